"""A hold over HTTP: confirmed, given back, run out."""

import json
from collections import Counter

from backend.bookings.endings import free_all_lapsed_places
from backend.db import tables
from tests.support.backend_api import Api
from tests.support.business import ANNA, open_staffed_business
from tests.support.business_rows import CLIENT

DAY = "2026-06-10"
TEN, ELEVEN = f"{DAY}T10:00:00+02:00", f"{DAY}T11:00:00+02:00"


async def test_a_hold_is_confirmed_and_keeps_its_terms(backend: Api) -> None:
    shop, service, one = await open_staffed_business(backend, cancel_until_min=120)
    held = await shop.client.booked(service, start=TEN, hold=True, comment="a\u202eb\x00c")
    assert (held["status"], held["hold_until"]) == ("held", "2026-06-01T00:10:00Z")
    assert (held["price"], held["comment"], held["specialist_id"]) == ("1500.50", "abc", one)
    change = await shop.admin.call("PATCH", "/v1/tenant", json={"policies": {"cancel_until_min": 60}})
    assert change.status == 200, change
    change = await shop.admin.call("PATCH", f"/v1/services/{service}", json={"price": "9.00", "duration_min": 30})
    assert change.status == 200, change
    done = (await shop.client.step(held, "confirm", {"comment": "window"})).body
    assert (done["status"], done["hold_until"], done["comment"]) == ("confirmed", None, "window")
    assert (done["price"], done["end"], done["can_cancel_until"]) == (
        "1500.50",
        "2026-06-10T09:00:00Z",
        "2026-06-10T06:00:00Z",
    )


async def test_a_hold_runs_out_by_itself(backend: Api) -> None:
    shop, service, _ = await open_staffed_business(backend)
    held = await shop.client.booked(service, start=TEN, hold=True)
    assert TEN not in [slot["local"] for slot in await shop.client.slots(service, day=DAY)]
    backend.set_time("2026-06-01T00:10:00+00:00")
    assert TEN in [slot["local"] for slot in await shop.client.slots(service, day=DAY)]
    seen = await shop.client.call("GET", f"/v1/bookings/{held['id']}")
    assert (seen.body["status"], seen.body["hold_until"]) == ("expired", None)
    late = await shop.client.step(held, "confirm")
    assert (late.status, late.code) == (409, "illegal_step")
    assert (await shop.other.book(service, start=TEN)).status == 201
    history = await shop.admin.call("GET", f"/v1/bookings/{held['id']}/history")
    assert [(line["action"], line["actor_role"], line["actor_id"]) for line in history.body["items"]][-1] == (
        "expire",
        "system",
        None,
    )


async def test_the_background_expires_holds_where_nobody_books(backend: Api) -> None:
    shop, service, _ = await open_staffed_business(backend)
    held = await shop.client.booked(service, start=TEN, hold=True)
    backend.set_time("2026-06-01T00:10:00+00:00")
    assert await free_all_lapsed_places(backend.db, int(backend.clock())) >= 1
    (row,) = await shop.rows(tables.bookings, tables.bookings.c.id == held["id"])
    (item,) = await shop.rows(tables.booking_items)
    assert (row.status, item.active) == ("expired", False)


async def test_a_hold_is_given_back_and_nothing_else_with_it(backend: Api) -> None:
    """A second tap on "give it back" must not cancel what has been confirmed meanwhile."""
    shop, service, _ = await open_staffed_business(backend)
    held = await shop.client.booked(service, start=TEN, hold=True)
    booked = await shop.client.booked(service, start=ELEVEN)
    dropped = await shop.client.step(held, "cancel", {"held_only": True})
    assert (dropped.status, dropped.body["status"]) == (200, "expired")
    for booking in (held, booked):
        refused = await shop.client.step(booking, "cancel", {"held_only": True})
        assert (refused.status, refused.code) == (409, "illegal_step")
    assert (await shop.client.ok("GET", f"/v1/bookings/{booked['id']}"))["status"] == "confirmed"


async def test_whoever_reads_it_where_they_confirmed_gets_no_message_about_it(backend: Api) -> None:
    """The specialist hears of it, the reminder is armed; without the word, and of what others do, the client does too."""
    shop, service, _ = await open_staffed_business(backend)

    async def told() -> list[tuple[str, str]]:
        rows = await shop.rows(tables.outbox, tables.outbox.c.status == "waiting")
        return sorted((row.role, row.kind) for row in rows)

    held = await shop.client.booked(service, start=TEN, hold=True)
    assert (await shop.client.step(held, "confirm", {"notify": False})).status == 200
    heard = await told()
    assert ("client", "booked") not in heard
    assert ("specialist", "booked") in heard
    assert ("client", "reminder") in heard
    assert (await shop.client.step(held, "cancel")).status == 200
    assert (await shop.client.step(held, "undo")).status == 200
    assert ("specialist", "restored") in await told()
    assert ("client", "restored") not in await told(), "one's own undo is on the screen"
    other = await shop.client.booked(service, start=ELEVEN, hold=True)
    assert (await shop.client.step(other, "confirm")).status == 200
    assert (await told()).count(("client", "booked")) == 1
    assert (await shop.admin.step(other, "cancel")).status == 200
    assert (await shop.admin.step(other, "undo")).status == 200
    assert (await told()).count(("client", "restored")) == 1


async def test_holds_that_were_left_are_seen_nowhere(backend: Api) -> None:
    """Six times opened and left, one of them given back: no figure, list, export or message tells of them."""
    shop, service, _ = await open_staffed_business(backend)
    booking = await shop.admin.booked(service, start="2026-06-05T10:00:00+02:00", client_id=shop.people[CLIENT])
    told = len(await shop.rows(tables.outbox))
    for hour in range(6):
        held = await shop.client.booked(service, start=f"{DAY}T1{hour}:00:00+02:00", hold=True)
        if hour == 3:
            await shop.client.step(held, "cancel")
        backend.clock.shift_s += 11 * 60
    await free_all_lapsed_places(backend.db, int(backend.clock()))
    assert Counter(row.status for row in await shop.rows(tables.bookings)) == {"expired": 6, "confirmed": 1}
    span = {"from": "2026-06-01", "to": "2026-06-30"}
    total = (await shop.admin.ok("GET", "/v1/reports/figures", params=span))["total"]
    assert (total["booked"], total["cancelled"], total["lost"]) == (1, 0, "0.00")
    for caller in (shop.client, shop.caller(ANNA), shop.admin):
        listed = (await caller.ok("GET", "/v1/bookings", params=span))["items"]
        assert [one["id"] for one in listed] == [booking["id"]]
    home = (await shop.client.ok("GET", "/v1/home", params={"role": "client"}))["client"]
    assert [one["id"] for one in home["bookings"]] == [booking["id"]]
    exported = await shop.client.ok("GET", "/v1/people/me/export")
    assert "expired" not in json.dumps(exported)
    assert [one["id"] for one in exported["bookings"]] == [booking["id"]]
    card = await shop.admin.ok("GET", f"/v1/clients/{shop.people[CLIENT]}")
    assert (card["bookings"], card["no_shows"], card["last_booking"]) == (0, 0, None)
    files = [await shop.admin.call("GET", f"/v1/reports/bookings.{kind}", params=span) for kind in ("csv", "ics")]
    files.append(await shop.client.call("GET", "/v1/bookings/calendar.ics"))
    for file in files:
        assert "2026-06-10" not in file.text
        assert "20260610" not in file.text
    assert len(await shop.rows(tables.outbox)) == told
