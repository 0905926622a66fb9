"""Names of people and things on both databases: kept as typed, refused where they show nothing."""

import pytest

from backend.db import tables
from tests.support.business import STRANGER, Business
from tests.support.names import KEPT_NAMES, UNSEEN_NAMES


@pytest.mark.parametrize("name", KEPT_NAMES)
async def test_names_are_kept_as_typed(barber: Business, name: str) -> None:
    told = await barber.nobody.ok("POST", "/v1/people/identify", json={"tg_id": STRANGER, "first_name": name})
    assert told["name"] == name
    await barber.caller(STRANGER).ok("PATCH", "/v1/people/me", json={"name": name})
    walk_in = await barber.admin.ok("POST", "/v1/clients", json={"name": name, "note": name})
    things: dict[str, dict[str, object]] = {
        "services": {"duration_min": 30, "description": name},
        "specialists": {"description": name},
        "rooms": {},
    }
    for path, more in things.items():
        added = await barber.admin.ok("POST", f"/v1/{path}", json={"name": name, **more})
        changed = await barber.admin.ok("PATCH", f"/v1/{path}/{added['id']}", json={"name": f"{name} 2"})
        assert (added["name"], changed["name"]) == (name, f"{name} 2")
        assert added.get("description", name) == name
    assert (walk_in["name"], walk_in["note"]) == (name, name)
    stored = await barber.rows(tables.people, tables.people.c.tg_id == STRANGER)
    assert [row.name for row in stored] == [name]
    found = await barber.admin.ok("GET", "/v1/clients", params={"query": name})
    assert {client["name"] for client in found["items"]} == {name}


@pytest.mark.parametrize("name", UNSEEN_NAMES)
async def test_names_that_show_nothing_are_refused(barber: Business, name: str) -> None:
    told = await barber.nobody.ok("POST", "/v1/people/identify", json={"tg_id": STRANGER, "first_name": name})
    assert told["name"] == ""
    await barber.client.refused("invalid", "PATCH", "/v1/people/me", json={"name": name})
    await barber.admin.refused("invalid", "POST", "/v1/clients", json={"name": name})
    for path, more in {"services": {"duration_min": 30}, "specialists": {}, "rooms": {}}.items():
        await barber.admin.refused("invalid", "POST", f"/v1/{path}", json={"name": name, **more})
