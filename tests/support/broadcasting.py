"""Broadcasts over the backend's API, as the tests use them: drafted, sent, claimed, begun, reported."""

from typing import Any

from sqlalchemy import insert

from backend.db import tables
from tests.support.business import Business
from tests.support.business_rows import NOW

LEASE_S = 60


async def draft(business: Business, words: str = "We are open on Sunday!") -> Any:
    """Draft a broadcast and return it."""
    return await business.admin.ok("POST", "/v1/broadcasts", json={"text": words})


async def do(business: Business, broadcast: Any, step: str, **more: Any) -> Any:
    """Do a step of a broadcast that must succeed: test, send, stop."""
    return await business.admin.ok("POST", f"/v1/broadcasts/{broadcast['id']}/{step}", **more)


async def see(business: Business, broadcast: Any) -> Any:
    """Return a broadcast as it is now."""
    return await business.admin.ok("GET", f"/v1/broadcasts/{broadcast['id']}")


async def crowd(business: Business, count: int) -> None:
    """Add so many more clients."""

    def add(conn: Any) -> None:
        common = {"tenant_id": business.id, "name": "C", "created_at": NOW}
        conn.execute(insert(tables.people), [common | {"tg_id": 50_000 + n} for n in range(count)])

    await business.api.db.write(business.id, add)


async def claim(business: Business, *kinds: str, **body: Any) -> list[Any]:
    """Claim the notices that are due, as a sender does, and return those of the kinds, else those of broadcasts."""
    items = await business.gateway.claim("barber", "studio", **{"lease_s": LEASE_S} | body)
    return [one for one in items if one["kind"] in (kinds or ("broadcast",))]


async def begin(business: Business, notice: Any) -> bool:
    """Ask whether a claimed notice may be sent; return the answer."""
    path = f"/v1/notices/{notice['id']}/begin"
    answer = await business.gateway.call("POST", path, json={"epoch": notice["epoch"]})
    assert answer.status in (200, 409)
    return answer.status == 200


async def report(business: Business, notice: Any, outcome: str = "sent", **body: Any) -> int:
    """Report how sending ended; return the status."""
    return (await business.gateway.report(notice, outcome, **body)).status
