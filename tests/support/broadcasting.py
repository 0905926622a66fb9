"""Broadcasts over the backend's API, in the words of the tests: drafted, stepped on, claimed, begun, reported."""

from typing import Any

from sqlalchemy import insert

from backend.db import tables as t
from tests.support.api import NOW
from tests.support.town import HERE, THERE, Town

LEASE_S = 60


async def draft(town: Town, words: str = "We are open on Sunday!") -> Any:
    return await town.ok("POST", "/v1/broadcasts", json={"text": words})


async def do(town: Town, broadcast: Any, step: str, **more: Any) -> Any:
    return await town.ok("POST", f"/v1/broadcasts/{broadcast['id']}/{step}", **more)


async def see(town: Town, broadcast: Any) -> Any:
    return await town.ok("GET", f"/v1/broadcasts/{broadcast['id']}")


async def crowd(town: Town, count: int) -> None:
    """So many more clients."""

    def add(conn: Any) -> None:
        common = {"tenant_id": town.here.id, "name": "C", "created_at": NOW}
        conn.execute(insert(t.people), [common | {"tg_id": 50_000 + n} for n in range(count)])

    await town.api.db.write(town.here.id, add)


async def claim(town: Town, kind: str = "broadcast", **body: Any) -> list[Any]:
    sent = {"tenants": [HERE, THERE], "lease_s": LEASE_S} | body
    items = (await town.ok("POST", "/v1/notices/claim", None, json=sent, tenant=None))["items"]
    return [one for one in items if one["kind"] == kind]


async def begin(town: Town, notice: Any) -> bool:
    path = f"/v1/notices/{notice['id']}/begin"
    answer = await town.call("POST", path, None, json={"epoch": notice["epoch"]}, tenant=None)
    assert answer.status_code in (200, 409)
    return answer.status_code == 200


async def report(town: Town, notice: Any, outcome: str = "sent", **body: Any) -> int:
    sent = {"epoch": notice["epoch"], "outcome": outcome} | body
    answer = await town.call("POST", f"/v1/notices/{notice['id']}/report", None, json=sent, tenant=None)
    return answer.status_code
