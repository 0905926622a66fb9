"""Another business's id is a missing one, byte for byte; a role too low is refused: route by route."""

from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import select

from backend.app import feature_handlers
from backend.auth.access import Access
from backend.db import tables as t
from tests.support.api import NOW, Api
from tests.support.town import CLIENT, SPECIALIST, STRANGER, THERE, Town, add_booking_rows, settle

PACKAGES = ("people", "catalog", "tenancy", "overviews", "notices", "audit", "reports", "broadcasts", "holds")
MISSING = 987_654_321

# route -> (body, what its id is of); every route of these packages with an id in its path stands here
WITH_ID: dict[tuple[str, str], tuple[Any, str]] = {
    ("GET", "/v1/services/{}"): (None, "service"),
    ("GET", "/v1/services/{}/card"): (None, "service"),
    ("PATCH", "/v1/services/{}"): ({"name": "Mine"}, "service"),
    ("DELETE", "/v1/services/{}"): (None, "service"),
    ("GET", "/v1/specialists/{}"): (None, "specialist"),
    ("GET", "/v1/specialists/{}/card"): (None, "specialist"),
    ("GET", "/v1/specialists/{}/time-off/preview?from=2026-06-01&to=2026-06-02"): (None, "specialist"),
    ("PUT", "/v1/specialists/{}/account"): (None, "specialist"),
    ("PATCH", "/v1/specialists/{}"): ({"name": "Mine"}, "specialist"),
    ("DELETE", "/v1/specialists/{}"): (None, "specialist"),
    ("PATCH", "/v1/rooms/{}"): ({"name": "Mine"}, "room"),
    ("DELETE", "/v1/rooms/{}"): (None, "room"),
    ("GET", "/v1/clients/{}"): (None, "person"),
    ("PATCH", "/v1/clients/{}"): ({"note": "x"}, "person"),
    ("DELETE", "/v1/staff/{}/roles/admin"): (None, "admin"),
    ("DELETE", "/v1/invitations/{}"): (None, "invitation"),
    ("GET", "/v1/broadcasts/{}"): (None, "broadcast"),
    ("PATCH", "/v1/broadcasts/{}"): ({"text": "Mine"}, "broadcast"),
    ("POST", "/v1/broadcasts/{}/test"): (None, "broadcast"),
    ("POST", "/v1/broadcasts/{}/send"): (None, "broadcast"),
    ("POST", "/v1/broadcasts/{}/stop"): (None, "broadcast"),
}
# ids in a query
DAYS = {"from": "2026-06-01", "to": "2026-06-02"}
ASKED: list[tuple[str, str, str, dict[str, str]]] = [
    ("/v1/services", "specialist_id", "specialist", {}),
    ("/v1/specialists", "service_id", "service", {}),
    ("/v1/agenda", "specialist_id", "specialist", {"date": "2026-06-01"}),
    ("/v1/agendas", "specialist_id", "specialist", DAYS),
    *(
        (f"/v1/choices/{what}", name, name.removesuffix("_id"), DAYS)
        for what in ("slots", "days")
        for name in ("service_id", "booking_id")
    ),
]
# key-only routes whose id is not a tenant's own: the sender's epoch guards them
GUARDED_OTHERWISE = {("POST", "/v1/notices/{}/begin"), ("POST", "/v1/notices/{}/report")}
# whose ids mean nothing without the hold's token: see holds/test_holds.py
BY_TOKEN = {
    ("GET", "/v1/holds/{}"),
    ("POST", "/v1/holds/{}/cancel"),
    ("POST", "/v1/holds/{}/code"),
    ("POST", "/v1/holds/{}/confirm"),
}


def routes() -> list[tuple[str, str, Access]]:
    found = []
    for handler in feature_handlers():
        if handler.fn.__module__.split(".")[1] in PACKAGES:
            for method in handler.http_methods - {"OPTIONS", "HEAD"}:
                found += [(str(method), path, handler.opt["access"]) for path in handler.paths]
    return sorted(found, key=str)


def plain(path: str) -> str:
    """`/v1/staff/{person_id:int}/roles/{role:str}` as the table above writes it."""
    parts = ["{}" if part.startswith("{") else part for part in path.split("/")]
    if parts[-1] == "{}" and parts.count("{}") == 2:
        parts[-1] = "admin"
    return "/".join(parts)


def test_every_route_with_an_id_is_in_the_table() -> None:
    wanted = {(method, plain(path)) for method, path, _ in routes() if "{" in path}
    listed = {(method, path.partition("?")[0]) for method, path in WITH_ID}
    assert wanted == listed | GUARDED_OTHERWISE | BY_TOKEN


@pytest_asyncio.fixture
async def town(api: Api) -> Town:
    return await settle(api)


async def theirs(town: Town) -> dict[str, Any]:
    """Ids of things of the other business, of each kind."""
    issued = await town.ok("POST", "/v1/invitations", json={"role": "admin"}, tenant=THERE)
    draft = await town.ok("POST", "/v1/broadcasts", json={"text": "Secret"}, tenant=THERE)
    booking = await town.api.db.write(
        town.there.id,
        lambda conn: add_booking_rows(conn, town.there, NOW + 7200, status="confirmed", who=CLIENT, minutes=30),
    )
    return {
        "booking": booking,
        "broadcast": draft["id"],
        "service": town.there.services["Haircut"],
        "specialist": town.there.specialists["Anna"],
        "room": town.there.rooms["Chair"],
        "person": town.there.people[CLIENT],
        "admin": town.there.people[1003],
        "invitation": issued["id"],
    }


async def everything(town: Town) -> list[Any]:
    tables = (
        t.broadcasts,
        t.outbox,
        t.services,
        t.specialists,
        t.rooms,
        t.people,
        t.roles,
        t.specialist_services,
        t.service_rooms,
    )
    there = town.there.id
    return await town.api.db.read(
        lambda conn: [list(conn.execute(select(one).where(one.c.tenant_id == there))) for one in tables]
    )


async def test_anothers_id_is_a_missing_one_and_nothing_happens_to_it(town: Town) -> None:
    ids = await theirs(town)
    before = await everything(town)
    for (method, path), (body, kind) in WITH_ID.items():
        json = {} if body is None else {"json": body}
        foreign = await town.call(method, path.format(ids[kind]), **json)
        missing = await town.call(method, path.format("nothing" if kind == "invitation" else MISSING), **json)
        assert (foreign.status_code, foreign.content) == (404, missing.content), (method, path, foreign.text)
    for path, name, kind, more in ASKED:
        foreign = await town.call("GET", path, params={name: ids[kind], **more})
        missing = await town.call("GET", path, params={name: MISSING, **more})
        assert (foreign.status_code, foreign.content) == (404, missing.content), (path, name, foreign.text)
    own = {"service_id": town.here.services["Haircut"], **DAYS}
    for name, kind in (("specialist_id", "specialist"), ("client_id", "person")):
        foreign = await town.call("GET", "/v1/choices/slots", params={**own, name: ids[kind]})
        missing = await town.call("GET", "/v1/choices/slots", params={**own, name: MISSING})
        assert (foreign.status_code, foreign.content) == (404, missing.content), (name, foreign.text)
    assert await everything(town) == before
    # in their own business the same ids are there
    assert (await town.call("GET", f"/v1/services/{ids['service']}", tenant=THERE)).status_code == 200


async def test_ids_of_others_in_a_body_are_not_known(town: Town) -> None:
    service, room = town.there.services["Haircut"], town.there.rooms["Chair"]
    mine = town.here.services["Haircut"]
    await town.refused("invalid", "PATCH", f"/v1/services/{mine}", json={"room_ids": [room]})
    await town.refused("invalid", "POST", "/v1/specialists", json={"name": "B", "services": [{"service_id": service}]})


async def test_lists_have_only_ones_own(town: Town) -> None:
    await town.ok("POST", "/v1/services", json={"name": "Secret", "duration_min": 5}, tenant=THERE)
    await town.ok("POST", "/v1/clients", json={"name": "Secret"}, tenant=THERE)
    draft = await town.ok("POST", "/v1/broadcasts", json={"text": "Secret"}, tenant=THERE)
    await town.ok("POST", f"/v1/broadcasts/{draft['id']}/send", tenant=THERE)
    for path in ("services", "specialists", "rooms", "clients", "staff", "audit", "tenant", "broadcasts"):
        assert "Secret" not in (await town.call("GET", f"/v1/{path}")).text


@pytest.mark.parametrize(("method", "path", "access"), routes(), ids=str)
async def test_a_role_too_low_is_refused(sqlite_url: str, method: str, path: str, access: Access) -> None:
    from tests.support.api import serving_app

    outside = {
        Access.OPERATOR: [],
        Access.PUBLIC: [],
        Access.CLIENT: [STRANGER, None],
        Access.STAFF: [STRANGER, None, CLIENT],
        Access.ADMIN: [STRANGER, None, CLIENT, SPECIALIST],
    }[access]
    async with serving_app(sqlite_url) as api:
        town = await settle(api)
        at = plain(path).format(town.here.people[CLIENT])
        for who in outside:
            problem = await town.refused("forbidden", method, at, who)
            assert problem["status"] == 403
        if access in (Access.OPERATOR, Access.STAFF, Access.ADMIN):
            # a public client never acts as staff, whoever it says it is
            await town.refused("forbidden", method, at, 1003, client_type="public")
