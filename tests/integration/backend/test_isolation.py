"""Another business's id is a missing one, byte for byte; a role too low is refused: route by route."""

from typing import Any

import pytest

from backend.app import feature_handlers
from backend.auth.access import Access
from backend.db import tables
from tests.support.business import STRANGER, Business, open_salon
from tests.support.business_rows import CLIENT, SPECIALIST

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
    ("GET", "/v1/specialists/{}/offers?from=2026-06-01&to=2026-06-02"): (None, "specialist"),
    ("GET", "/v1/specialists/{}/gap?from=2026-06-01T09:00:00Z&to=2026-06-01T12:00:00Z"): (None, "specialist"),
    ("PUT", "/v1/specialists/{}/account"): (None, "specialist"),
    ("PATCH", "/v1/specialists/{}"): ({"name": "Mine"}, "specialist"),
    ("DELETE", "/v1/specialists/{}"): (None, "specialist"),
    ("PATCH", "/v1/rooms/{}"): ({"name": "Mine"}, "room"),
    ("DELETE", "/v1/rooms/{}"): (None, "room"),
    ("GET", "/v1/clients/{}"): (None, "person"),
    ("PATCH", "/v1/clients/{}"): ({"note": "x"}, "person"),
    ("GET", "/v1/clients/{}/tags"): (None, "person"),
    ("POST", "/v1/clients/{}/tags"): ({"names": ["VIP"]}, "person"),
    ("DELETE", "/v1/clients/{}/tags/admin"): (None, "person"),
    ("POST", "/v1/client-joins/{}/accept"): (None, "join"),
    ("POST", "/v1/client-joins/{}/refuse"): (None, "join"),
    ("POST", "/v1/client-joins/{}/undo"): (None, "join"),
    ("DELETE", "/v1/staff/{}/roles/admin"): (None, "admin"),
    ("DELETE", "/v1/invitations/{}"): (None, "invitation"),
    ("GET", "/v1/broadcasts/{}"): (None, "broadcast"),
    ("PATCH", "/v1/broadcasts/{}"): ({"text": "Mine"}, "broadcast"),
    ("POST", "/v1/broadcasts/{}/test"): (None, "broadcast"),
    ("POST", "/v1/broadcasts/{}/send"): (None, "broadcast"),
    ("POST", "/v1/broadcasts/{}/schedule"): ({"local_time": "2026-12-12T10:00"}, "broadcast"),
    ("POST", "/v1/broadcasts/{}/unschedule"): (None, "broadcast"),
    ("POST", "/v1/broadcasts/{}/stop"): (None, "broadcast"),
}
# ids in a query
DAYS = {"from": "2026-06-01", "to": "2026-06-02"}
ASKED: list[tuple[str, str, str, dict[str, str]]] = [
    ("/v1/services", "specialist_id", "specialist", {}),
    ("/v1/specialists", "service_id", "service", {}),
    ("/v1/agenda", "specialist_id", "specialist", {"date": "2026-06-01"}),
    ("/v1/agendas", "specialist_id", "specialist", DAYS),
    ("/v1/calendar", "specialist_id", "specialist", DAYS),
    ("/v1/choices/services", "service_id", "service", {}),
    ("/v1/choices/services", "client_id", "person", {}),
    ("/v1/choices/services", "booking_id", "booking", {}),
    ("/v1/bookings/overview", "client_id", "person", {}),
    ("/v1/bookings/overview", "service_id", "service", {}),
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
    """Return a path as the table above writes it: `/v1/staff/{}/roles/admin`."""
    parts = ["{}" if part.startswith("{") else part for part in path.split("/")]
    if parts[-1] == "{}" and parts.count("{}") == 2:
        parts[-1] = "admin"
    return "/".join(parts)


def test_every_route_with_an_id_is_in_the_table() -> None:
    wanted = {(method, plain(path)) for method, path, _ in routes() if "{" in path}
    listed = {(method, path.partition("?")[0]) for method, path in WITH_ID}
    assert wanted == listed | GUARDED_OTHERWISE | BY_TOKEN


async def theirs(barber: Business, studio: Business) -> dict[str, Any]:
    """Return ids of things of the other business, of each kind."""
    issued = await studio.admin.ok("POST", "/v1/invitations", json={"role": "admin"})
    draft = await studio.admin.ok("POST", "/v1/broadcasts", json={"text": "Secret"})
    booking = await studio.add_booking()
    await studio.client.ok("PATCH", "/v1/people/me", json={"phone": "+49301234567"})
    await studio.admin.ok("POST", "/v1/clients", json={"name": "Walk-in", "phone": "+49301234567"})
    (join,) = (await studio.admin.ok("GET", "/v1/client-joins"))["items"]
    return {
        "join": join["id"],
        "booking": booking,
        "broadcast": draft["id"],
        "service": studio.services["Haircut"],
        "specialist": studio.specialists["Anna"],
        "room": studio.rooms["Chair"],
        "person": studio.people[CLIENT],
        "admin": studio.people[1003],
        "invitation": issued["id"],
    }


async def everything(business: Business) -> list[Any]:
    """Return all rows of a business that a foreign request might change."""
    kinds = (
        tables.broadcasts, tables.outbox, tables.services, tables.specialists, tables.rooms, tables.people, tables.roles,
        tables.specialist_services, tables.service_rooms, tables.client_joins,
        tables.client_tags, tables.known_clients,
    )  # fmt: skip
    return [await business.rows(kind) for kind in kinds]


async def test_anothers_id_is_a_missing_one_and_nothing_happens_to_it(barber: Business, studio: Business) -> None:
    ids = await theirs(barber, studio)
    before = await everything(studio)
    for (method, path), (body, kind) in WITH_ID.items():
        json = {} if body is None else {"json": body}
        foreign = await barber.admin.call(method, path.format(ids[kind]), **json)
        missing = await barber.admin.call(method, path.format("nothing" if kind == "invitation" else MISSING), **json)
        assert (foreign.status, foreign.content) == (404, missing.content), (method, path, foreign.text)
    for path, name, kind, more in ASKED:
        foreign = await barber.admin.call("GET", path, params={name: ids[kind], **more})
        missing = await barber.admin.call("GET", path, params={name: MISSING, **more})
        assert (foreign.status, foreign.content) == (404, missing.content), (path, name, foreign.text)
    own = {"service_id": barber.services["Haircut"], **DAYS}
    for name, kind in (("specialist_id", "specialist"), ("client_id", "person")):
        foreign = await barber.admin.call("GET", "/v1/choices/slots", params={**own, name: ids[kind]})
        missing = await barber.admin.call("GET", "/v1/choices/slots", params={**own, name: MISSING})
        assert (foreign.status, foreign.content) == (404, missing.content), (name, foreign.text)
    assert await everything(studio) == before
    # in their own business the same ids are there
    assert (await studio.admin.call("GET", f"/v1/services/{ids['service']}")).status == 200


async def test_ids_of_others_in_a_body_are_not_known(barber: Business, studio: Business) -> None:
    service, room = studio.services["Haircut"], studio.rooms["Chair"]
    mine = barber.services["Haircut"]
    await barber.admin.refused("invalid", "PATCH", f"/v1/services/{mine}", json={"room_ids": [room]})
    await barber.admin.refused(
        "invalid", "POST", "/v1/specialists", json={"name": "B", "services": [{"service_id": service}]}
    )


async def test_lists_have_only_ones_own(barber: Business, studio: Business) -> None:
    await studio.admin.ok("POST", "/v1/services", json={"name": "Secret", "duration_min": 5})
    await studio.admin.ok("POST", "/v1/clients", json={"name": "Secret"})
    draft = await studio.admin.ok("POST", "/v1/broadcasts", json={"text": "Secret"})
    await studio.admin.ok("POST", f"/v1/broadcasts/{draft['id']}/send")
    for path in ("services", "specialists", "rooms", "clients", "staff", "audit", "tenant", "broadcasts"):
        assert "Secret" not in (await barber.admin.call("GET", f"/v1/{path}")).text


@pytest.mark.parametrize(("method", "path", "access"), routes(), ids=str)
async def test_a_role_too_low_is_refused(sqlite_url: str, method: str, path: str, access: Access) -> None:
    from tests.support.backend_api import serving_api

    outside = {
        Access.OPERATOR: [],
        Access.PUBLIC: [],
        Access.CLIENT: [STRANGER, None],
        Access.STAFF: [STRANGER, None, CLIENT],
        Access.ADMIN: [STRANGER, None, CLIENT, SPECIALIST],
    }[access]
    async with serving_api(sqlite_url) as api:
        barber = await open_salon(api, "barber")
        at = plain(path).format(barber.people[CLIENT])
        for who in outside:
            problem = await barber.caller(who).refused("forbidden", method, at)
            assert problem["status"] == 403
        if access in (Access.OPERATOR, Access.STAFF, Access.ADMIN):
            # a public client never acts as staff, whatever id it sends
            await barber.admin.refused("forbidden", method, at, client_type="public")
