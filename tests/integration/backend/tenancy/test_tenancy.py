"""The tenant over HTTP and its business file against both databases."""

import asyncio
import time

from sqlalchemy import select, update

from backend.db import tables
from tests.support.backend_api import Api
from tests.support.business import Business
from tests.support.business_file import EXAMPLE, bring, dumped
from tests.support.business_rows import NOW

TENANT = {"name": "Barber House", "timezone": "Europe/Moscow", "locale": "ru", "currency": "RUB"}


async def test_telling_a_tenant_makes_it_once_and_follows_its_file(api: Api) -> None:
    answers = await asyncio.gather(*(api.call("PUT", "/v1/tenant", json=TENANT) for _ in range(8)))
    assert {answer.status for answer in answers} == {200}
    assert len(await api.db.read(lambda conn: conn.execute(select(tables.tenants.c.id)).all())) == 1
    changed = await api.call("PUT", "/v1/tenant", json=TENANT | {"name": "New", "bot_username": "barber_bot"})
    assert (changed.body["name"], changed.body["bot_username"]) == ("New", "barber_bot")
    # what the caller does not know is not taken away
    same = await api.call("PUT", "/v1/tenant", json=TENANT | {"name": "New"})
    assert same.body["bot_username"] == "barber_bot"
    lines = await api.db.read(
        lambda conn: conn.execute(select(tables.audit.c.action).order_by(tables.audit.c.seq)).scalars().all()
    )
    assert lines == ["tenant.created", "tenant.changed"]


async def test_what_a_tenant_may_not_be(api: Api) -> None:
    for change in (
        {"timezone": "Europe/Nowhere"},
        {"timezone": "../etc/passwd"},
        {"currency": "rub"},
        {"locale": "de"},
        {"id": 5},
    ):
        answer = await api.call("PUT", "/v1/tenant", json=TENANT | change)
        assert (answer.status, answer.body["code"]) == (400, "invalid")
    for slug in ("UPPER", "a", "-x", "x" * 33, "a_b"):
        assert (await api.call("PUT", "/v1/tenant", tenant=slug, json=TENANT)).status == 400
    assert (await api.call("PUT", "/v1/tenant", json=TENANT, client_type="public")).status == 403


async def test_a_disabled_tenant_answers_410(barber: Business, studio: Business) -> None:
    await barber.nobody.ok("PUT", "/v1/tenant", json=TENANT | {"enabled": False})
    await barber.client.refused("tenant_disabled", "GET", "/v1/tenant")
    await barber.nobody.refused("tenant_disabled", "POST", "/v1/people/identify", json={"tg_id": 5})
    await studio.client.ok("GET", "/v1/tenant")


async def test_the_checklist_is_read_off_the_data(api: Api) -> None:
    await api.call("PUT", "/v1/tenant", json=TENANT)
    fresh = (await api.call("GET", "/v1/tenant")).body["checklist"]
    assert set(fresh.values()) == {False}
    await bring(api, EXAMPLE)
    imported = (await api.call("GET", "/v1/tenant")).body["checklist"]
    assert imported == fresh | {"address": True, "services": True, "staff": True, "hours": True}


async def test_an_admin_sets_policies_and_marks_the_link_shared(barber: Business) -> None:
    told = await barber.admin.ok("PATCH", "/v1/tenant", json={"policies": {"hold_min": 5}, "address": "Lenina 5\n"})
    assert (told["policies"]["hold_min"], told["policies"]["slot_step_min"], told["address"]) == (5, 30, "Lenina 5")
    assert (await barber.admin.ok("POST", "/v1/tenant/shared"))["checklist"]["shared"] is True
    await barber.admin.refused("invalid", "PATCH", "/v1/tenant", json={"policies": {"hold_min": 0}})
    await barber.client.refused("forbidden", "PATCH", "/v1/tenant", json={"address": "Mine"})


async def test_an_import_twice_changes_nothing_and_comes_back_as_it_went(api: Api) -> None:
    await api.call("PUT", "/v1/tenant", json=TENANT)
    assert (await bring(api, EXAMPLE)).changes
    text = await dumped(api)
    for again in (EXAMPLE, text):
        result = await bring(api, again)
        assert (result.changes, result.kept, result.affected) == ([], [], [])
    assert await dumped(api) == text
    # into an empty business it makes the same one
    await api.call("PUT", "/v1/tenant", tenant="studio", json=TENANT)
    await bring(api, text, "studio")
    assert await dumped(api, "studio") == text


async def test_what_is_typed_in_the_bot_survives_the_way_through_a_file(barber: Business) -> None:
    await barber.admin.ok(
        "PATCH", f"/v1/services/{barber.services['Haircut']}", json={"description": "Line: 1\n- 'two'\t#3"}
    )
    quiet = {"quiet_hours": {"start": "22:00", "end": "08:00"}, "ask_phone": True, "reminders_min": [10, 4321]}
    await barber.admin.ok("PATCH", "/v1/tenant", json={"policies": quiet, "phone": "0123", "address": "no"})
    await barber.admin.ok(
        "POST", "/v1/services", json={"name": "12:30", "duration_min": 1439, "price": "0.01", "capacity": 7}
    )
    await barber.admin.ok("POST", "/v1/rooms", json={"name": "yes"})
    text = await dumped(barber.api)
    result = await bring(barber.api, text)
    assert (result.changes, result.kept) == ([], [])
    assert await dumped(barber.api) == text


async def test_a_business_has_two_phones(barber: Business) -> None:
    both = ["8-800-555-35-35", "+7 495 000-00-00"]
    for change in ({"phone": "8-800-555-35-35, +7 495 000-00-00"}, {"phones": both}):
        await barber.admin.ok("PATCH", "/v1/tenant", json={"phones": []})
        changed = await barber.admin.ok("PATCH", "/v1/tenant", json=change)
        public = await barber.nobody.ok("GET", "/v1/tenant", client_type="public")
        assert changed["phones"] == public["phones"] == both
        assert changed["phone"] == "8-800-555-35-35, +7 495 000-00-00"
    text = await dumped(barber.api)
    assert "phones: [8-800-555-35-35, +7 495 000-00-00]" in text
    await bring(barber.api, 'phone: "+7 495 111-11-11"')
    assert (await barber.admin.ok("GET", "/v1/tenant"))["phones"] == ["+7 495 111-11-11"]
    await bring(barber.api, text)
    assert await dumped(barber.api) == text
    for wrong in (
        {"phones": ["1, 2"]},
        {"phones": ["1" * 33]},
        {"phones": ["1"] * 6},
        {"phone": "1,2,3,4,5,6"},
        {"phone": "10 Downing Street"},
    ):
        await barber.admin.refused("invalid", "PATCH", "/v1/tenant", json=wrong)


async def test_what_bookings_depend_on_stays_and_is_told(barber: Business) -> None:
    booking = await barber.add_booking()
    result = await bring(barber.api, "services: [{name: New, duration: 1h}]\nspecialists: []\nrooms: []\n")
    assert {line.split(":")[0] for line in result.kept} == {"service Haircut", "specialist Anna"}
    assert "room Chair: removed" in result.changes
    services = {s["name"] for s in (await barber.admin.ok("GET", "/v1/services"))["items"]}
    assert services == {"Haircut", "New"}
    again = await bring(barber.api, "services: [{name: New, duration: 1h}]\nspecialists: []\nrooms: []\n")
    assert (again.changes, again.kept) == ([], result.kept)
    cancelled = update(tables.bookings).where(tables.bookings.c.id == booking).values(status="cancelled")
    await barber.api.db.write(barber.id, lambda conn: conn.execute(cancelled).rowcount)
    later = await bring(barber.api, "services: [{name: New, duration: 1h}]\n")
    assert later.changes == ["service Haircut: archived"]


async def test_a_changed_service_and_changed_hours_list_the_bookings(barber: Business) -> None:
    booking = await barber.add_booking(NOW + 86_400)  # Tuesday, 09:00
    text = await dumped(barber.api)
    dearer = await bring(barber.api, text.replace("'10.00'", "'12.00'"))
    assert dearer.changes == ["service Haircut: price changed"]
    assert [one.booking_id for one in dearer.affected] == [booking]
    text = await dumped(barber.api)
    shorter = await bring(barber.api, text.replace("tue: ['09:00-18:00']", "tue: ['09:30-18:00']"))
    assert shorter.changes == ["specialist Anna: hours changed"]
    assert [one.booking_id for one in shorter.affected] == [booking]
    still = await bring(barber.api, text.replace("tue: ['09:00-18:00']", "tue: ['09:00-09:30']"))
    assert still.affected == []
    closed = await bring(barber.api, "closures: ['2026-06-02', '2026-06-03']")
    assert [one.booking_id for one in closed.affected] == [booking]
    assert (await barber.rows(tables.bookings, tables.bookings.c.id == booking))[0].price == 1000


async def test_an_archived_service_comes_back_under_its_name(barber: Business) -> None:
    old = barber.services["Haircut"]
    await bring(barber.api, "services: []\nspecialists: []")
    text = "rooms: [{name: Chair, count: 2}]\nservices: [{name: Haircut, duration: 30m, price: '10', rooms: [Chair]}]"
    assert "service Haircut: brought back" in (await bring(barber.api, text)).changes
    assert [s["id"] for s in (await barber.admin.ok("GET", "/v1/services"))["items"]] == [old]


async def test_a_thousand_services_are_imported_and_looked_through_again(barber: Business) -> None:
    names = [f"S{n}" for n in range(1000)]
    lines = "".join(f"  - {{name: {name}, price: '10', duration: 1h}}\n" for name in names)
    text = f"services:\n{lines}specialists:\n  - {{name: Zoe, services: [{', '.join(names)}]}}\n"
    started = time.perf_counter()
    await bring(barber.api, text)
    assert (await bring(barber.api, text)).changes == []
    assert time.perf_counter() - started < 60  # a second or two on an idle machine


async def test_a_file_says_how_the_clients_of_a_group_start(barber: Business) -> None:
    groups = """
services:
  - {name: Cut, price: "10.00", duration: 30m}
  - {name: Yoga, price: "15.00", duration: 1h, capacity: 8}
  - {name: Gym, price: "5.00", duration: 1h, capacity: 20, starts: any}
"""
    backend, admin = barber.api, barber.admin
    await bring(backend, groups)

    async def starts() -> dict[str, str | None]:
        reply = await admin.call("GET", "/v1/services")
        return {one["name"]: one["starts"] for one in reply.body["items"] if one["name"] in ("Cut", "Yoga", "Gym")}

    assert await starts() == {"Cut": None, "Yoga": "together", "Gym": "any"}
    assert (await bring(backend, groups)).changes == []
    text = await dumped(backend)
    assert text.count("starts: ") == 2
    assert (await bring(backend, text)).changes == []
    # a group from before there was a choice: asked at home until an admin, or a file, has said it
    undecided = (
        update(tables.services).where(tables.services.c.name == "Yoga").values(starts="any", starts_undecided=True)
    )
    await backend.db.write(barber.id, lambda conn: conn.execute(undecided))
    home = await admin.call("GET", "/v1/home", params={"role": "admin"})
    assert [group["name"] for group in home.body["undecided_groups"]] == ["Yoga"]
    assert (await bring(backend, groups)).changes == []
    assert await starts() == {"Cut": None, "Yoga": "any", "Gym": "any"}
    yoga = home.body["undecided_groups"][0]["id"]
    assert (await admin.call("PATCH", f"/v1/services/{yoga}", json={"starts": "together"})).status == 200
    home = await admin.call("GET", "/v1/home", params={"role": "admin"})
    assert home.body["undecided_groups"] == []
