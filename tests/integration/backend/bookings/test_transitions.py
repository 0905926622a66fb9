"""A booking's life over HTTP: every step, from every state, by everybody."""

import asyncio
from typing import Any

import pytest
from icalendar import Calendar

from backend.bookings import rules
from backend.bookings.transitions import complete_unmarked, expire_all_holds
from backend.db import tables
from tests.support.backend_api import Api
from tests.support.business import ADMIN, CLIENT, OTHER, Business, open_business

DAY = "2026-06-10"
TEN, ELEVEN = f"{DAY}T10:00:00+02:00", f"{DAY}T11:00:00+02:00"
ANNA = 2001


async def shop_of(backend: Api, **policies: Any) -> tuple[Business, int, int]:
    """(shop, service, specialist whose account is ANNA)."""
    shop = await open_business(backend, **policies)
    service = await shop.add_service(60, price=150_050)
    return shop, service, await shop.add_specialist(service, tg_id=ANNA)


async def test_a_hold_is_confirmed_and_keeps_its_terms(backend: Api) -> None:
    shop, service, one = await shop_of(backend, cancel_until_min=120)
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
    shop, service, _ = await shop_of(backend)
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
    shop, service, _ = await shop_of(backend)
    held = await shop.client.booked(service, start=TEN, hold=True)
    backend.set_time("2026-06-01T00:10:00+00:00")
    assert await expire_all_holds(backend.db, int(backend.clock())) >= 1
    (row,) = await shop.rows(tables.bookings, tables.bookings.c.id == held["id"])
    (item,) = await shop.rows(tables.booking_items)
    assert (row.status, item.active) == ("expired", False)


async def test_approval(backend: Api) -> None:
    shop, service, _ = await shop_of(backend, approval=True)
    asked = await shop.client.booked(service, start=TEN, hold=True)
    asked = (await shop.client.step(asked, "confirm")).body
    assert asked["status"] == "pending"
    assert (await shop.client.step(asked, "approve")).status == 403
    assert (await shop.caller(ANNA).step(asked, "approve")).body["status"] == "confirmed"
    direct = await shop.client.booked(service, start=ELEVEN)
    assert direct["status"] == "pending"
    assert (await shop.admin.step(direct, "decline", {"reason": "full"})).body["status"] == "cancelled"
    assert (await shop.other.book(service, start=ELEVEN)).status == 201
    by_staff = await shop.admin.booked(service, start=f"{DAY}T12:00:00+02:00", client_id=shop.people[CLIENT])
    assert by_staff["status"] == "confirmed"
    assert by_staff["client_id"] == shop.people[CLIENT]


STATES = ["held", "pending", "confirmed", "arrived", "completed", "no_show", "cancelled", "expired"]
STEPS = {
    "confirm": "confirm", "approve": "approve", "decline": "decline", "cancel": "cancel", "undo": "undo",
    "arrived": "arrived", "complete": "complete", "no_show": "no-show", "unmark": "unmark", "coming": "coming", "move": "move",
}  # fmt: skip

# a step that staff mark -> the state after it
MARKS = {"arrived": "arrived", "complete": "completed", "no_show": "no_show", "unmark": "confirmed"}


async def brought_to(shop: Business, service: int, state: str, start: str) -> Any:
    """A booking in that state."""
    if state == "pending":
        booking = await shop.client.booked(service, start=start)
        await shop.api.db.write(shop.id, lambda conn: None)
        return booking
    if state in ("held", "expired"):
        return await shop.client.booked(service, start=start, hold=True)
    booking = await shop.admin.booked(service, start=start, client_id=shop.people[CLIENT])
    mark = {"arrived": "arrived", "completed": "complete", "no_show": "no-show"}.get(state)
    if mark is not None:
        shop.api.set_time(booking["start"])
        assert (await shop.admin.step(booking, mark)).status == 200
    if state == "cancelled":
        assert (await shop.admin.step(booking, "cancel")).status == 200
    return booking


@pytest.mark.parametrize("state", STATES)
async def test_illegal_steps_are_refused_and_change_nothing(state: str, backend: Api) -> None:
    shop, service, _ = await shop_of(backend, approval=True)
    for hour, (step, path) in enumerate(STEPS.items()):
        backend.set_time("2026-06-01T00:00:00+00:00")
        booking = await brought_to(shop, service, state, f"2026-06-{10 + hour}T10:00:00+02:00")
        if state == "expired":
            backend.set_time("2026-06-01T00:20:00+00:00")
        elif step in MARKS and state != "held":
            backend.set_time(booking["start"])
        body = {"start": f"2026-06-{10 + hour}T12:00:00+02:00"} if step == "move" else None
        reply = await shop.admin.step(booking, path, body)
        seen = (await shop.admin.call("GET", f"/v1/bookings/{booking['id']}")).body
        # the mark that it has is none to make
        if state in rules.FROM[step] and MARKS.get(step) != state:  # type: ignore[index]
            assert reply.status == 200, (state, step, reply)
        else:
            assert (reply.status, reply.code) == (409, "illegal_step"), (state, step, reply)
            assert seen["status"] == state
            assert seen["start"] == booking["start"]


async def test_cancel_until_the_cut_off_that_was_agreed(backend: Api) -> None:
    shop, service, _ = await shop_of(backend, cancel_until_min=1440)
    one, two = await shop.client.booked(service, start=TEN), await shop.client.booked(service, start=ELEVEN)
    assert one["can_cancel_until"] == "2026-06-09T08:00:00Z"
    backend.set_time("2026-06-09T08:00:00+00:00")
    early = (await shop.client.step(one, "cancel")).body
    assert (early["status"], early["late"], early["end_reason"]) == ("cancelled", False, "client")
    backend.set_time("2026-06-09T09:00:01+00:00")
    late = (await shop.client.step(two, "cancel")).body
    assert (late["status"], late["late"], late["end_reason"]) == ("cancelled", True, "client_late")
    # the place is free at once
    assert two["start"] in {slot["start"] for slot in await shop.client.slots(service, day=DAY)}
    back = (await shop.client.step(two, "undo")).body
    assert (back["status"], back["late"], back["end_reason"]) == ("confirmed", False, None)
    backend.set_time(two["start"])
    refused = await shop.client.step(two, "cancel")
    assert (refused.status, refused.code) == (409, "too_late")
    by_staff = (await shop.caller(ANNA).step(two, "cancel")).body
    assert (by_staff["late"], by_staff["end_reason"]) == (False, "business")


async def test_a_client_may_think_again_for_a_quarter_of_an_hour(backend: Api) -> None:
    shop, service, _ = await shop_of(backend, cancel_until_min=1440 * 30)
    booking = await shop.client.booked(service, start=TEN)
    assert booking["can_cancel_until"] == "2026-06-01T00:15:00Z"
    backend.set_time("2026-06-01T00:15:00+00:00")
    assert (await shop.client.step(booking, "cancel")).body["end_reason"] == "client"
    again = await shop.client.booked(service, start=TEN)
    backend.set_time("2026-06-01T00:30:01+00:00")
    assert (await shop.client.step(again, "cancel")).body["end_reason"] == "client_late"


async def test_a_late_cancellation_is_told_at_once(backend: Api) -> None:
    shop, service, _ = await shop_of(backend, cancel_until_min=1440, quiet_hours={"start": "22:00", "end": "09:00"})
    booking = await shop.client.booked(service, start=TEN)
    backend.set_time("2026-06-10T02:00:00+00:00")
    await shop.client.step(booking, "cancel")
    told = [row for row in await shop.rows(tables.outbox) if row.kind == "cancelled"]
    assert {row.role for row in told} == {"specialist", "admin"}
    assert {row.due_at for row in told} == {int(backend.clock())}


async def test_i_will_come_is_refused_once_it_has_begun(backend: Api) -> None:
    shop, service, _ = await shop_of(backend)
    booking = await shop.client.booked(service, start=TEN)
    backend.set_time(booking["start"])
    refused = await shop.client.step(booking, "coming")
    assert (refused.status, refused.code) == (409, "too_late")


async def test_a_hold_is_given_back_and_nothing_else_with_it(backend: Api) -> None:
    """A second tap on "give it back" must not cancel what has been confirmed meanwhile."""
    shop, service, _ = await shop_of(backend)
    held = await shop.client.booked(service, start=TEN, hold=True)
    booked = await shop.client.booked(service, start=ELEVEN)
    dropped = await shop.client.step(held, "cancel", {"held_only": True})
    assert (dropped.status, dropped.body["status"]) == (200, "expired")
    for booking in (held, booked):
        refused = await shop.client.step(booking, "cancel", {"held_only": True})
        assert (refused.status, refused.code) == (409, "illegal_step")
    assert (await shop.client.ok("GET", f"/v1/bookings/{booked['id']}"))["status"] == "confirmed"


async def test_undo_for_five_minutes(backend: Api) -> None:
    shop, service, _ = await shop_of(backend)
    booking = await shop.client.booked(service, start=TEN)
    cancelled = (await shop.client.step(booking, "cancel")).body
    assert cancelled["undo_until"] == "2026-06-01T00:05:00Z"
    backend.set_time("2026-06-01T00:05:00+00:00")
    assert (await shop.client.step(booking, "undo")).body["status"] == "confirmed"
    await shop.client.step(booking, "cancel")
    backend.set_time("2026-06-01T00:10:01+00:00")
    late = await shop.client.step(booking, "undo")
    assert (late.status, late.code) == (409, "too_late")
    by_staff = await shop.client.booked(service, start=TEN)
    await shop.admin.step(by_staff, "cancel")
    assert (await shop.client.step(by_staff, "undo")).status == 403
    assert (await shop.admin.step(by_staff, "undo")).status == 200


async def test_an_undo_finds_the_place_taken(backend: Api) -> None:
    shop, service, _ = await shop_of(backend)
    booking = await shop.client.booked(service, start=TEN)
    await shop.client.step(booking, "cancel")
    await shop.other.booked(service, start=TEN)
    reply = await shop.client.step(booking, "undo")
    assert (reply.status, reply.code, len(reply.body["alternatives"])) == (409, "slot_taken", 3)


async def test_a_move_may_overlap_its_own_old_place_and_keeps_what_was_agreed(backend: Api) -> None:
    shop = await open_business(backend, slot_step_min=15)
    service = await shop.add_service(60, after=30, price=5000)
    one = await shop.add_specialist(service)
    booking = await shop.client.booked(service, start=TEN)
    await shop.admin.call("PATCH", f"/v1/services/{service}", json={"price": "1.00", "duration_min": 15})
    moved = (await shop.client.step(booking, "move", {"start": f"{DAY}T10:15:00+02:00"})).body
    assert (moved["start"], moved["end"]) == ("2026-06-10T08:15:00Z", "2026-06-10T09:15:00Z")
    assert (moved["price"], moved["sequence"], moved["specialist_id"]) == ("50.00", 1, one)
    (item,) = await shop.rows(tables.booking_items)
    assert item.occ_end - item.ends_at == 1800
    assert TEN not in [slot["local"] for slot in await shop.client.slots(service, day=DAY)]
    taken = await shop.other.booked(service, start=f"{DAY}T13:00:00+02:00")
    refused = await shop.client.step(booking, "move", {"start": taken["start"]})
    assert (refused.status, refused.code) == (409, "slot_taken")
    assert (await shop.client.call("GET", f"/v1/bookings/{booking['id']}")).body["start"] == moved["start"]


async def test_a_move_goes_to_another_specialist_where_the_same_is_not_free(backend: Api) -> None:
    shop = await open_business(backend)
    service = await shop.add_service(60)
    one, two = await shop.add_specialist(service), await shop.add_specialist(service)
    mine = await shop.client.booked(service, start=TEN, specialist_id=one)
    await shop.other.booked(service, start=ELEVEN, specialist_id=one)
    named = await shop.client.step(mine, "move", {"start": ELEVEN, "specialist_id": one})
    assert named.code == "slot_taken"
    moved = await shop.client.step(mine, "move", {"start": ELEVEN})
    assert (moved.status, moved.body["specialist_id"]) == (200, two)


async def test_the_calendar_file_is_stable_and_grows(backend: Api) -> None:
    shop, service, _ = await shop_of(backend)
    booking = await shop.client.booked(service, start=TEN)

    async def event() -> Any:
        reply = await shop.client.call("GET", f"/v1/bookings/{booking['id']}/calendar.ics")
        assert reply.headers["content-type"] == "text/calendar; charset=utf-8"
        return Calendar.from_ical(reply.content).walk("VEVENT")[0]

    before = await event()
    await shop.client.step(booking, "move", {"start": ELEVEN})
    after = await event()
    assert before["uid"] == after["uid"]
    assert (before["sequence"], after["sequence"]) == (0, 1)
    assert after["dtstart"].dt.isoformat() == "2026-06-10T09:00:00+00:00"
    await shop.client.step(booking, "cancel")
    gone = await event()
    assert (gone["uid"], gone["status"], gone["sequence"]) == (before["uid"], "CANCELLED", 2)


async def test_ones_own_bookings_are_one_calendar_with_the_same_events(backend: Api) -> None:
    shop, service, _ = await shop_of(backend)
    mine, other = await shop.client.booked(service, start=TEN), await shop.other.booked(service, start=ELEVEN)

    async def events(who: int) -> dict[str, Any]:
        reply = await shop.caller(who).call("GET", "/v1/bookings/calendar.ics")
        assert reply.headers["content-type"] == "text/calendar; charset=utf-8"
        return {str(event["uid"]): event for event in Calendar.from_ical(reply.content).walk("VEVENT")}

    alone = await shop.client.call("GET", f"/v1/bookings/{mine['id']}/calendar.ics")
    event = Calendar.from_ical(alone.content).walk("VEVENT")[0]
    assert await events(CLIENT) == {str(event["uid"]): event}
    assert [uid.partition("@")[0] for uid in await events(OTHER)] == [f"booking-{other['id']}"]
    # an admin who sees all bookings is no client of any
    assert await events(ADMIN) == {}
    await shop.client.step(mine, "cancel")
    assert await events(CLIENT) == {}


async def test_history_tells_who_did_what(backend: Api) -> None:
    shop, service, one = await shop_of(backend)
    booking = await shop.client.booked(service, start=TEN, hold=True)
    await shop.client.step(booking, "confirm")
    await shop.client.step(booking, "coming")
    await shop.admin.step(booking, "move", {"start": ELEVEN})
    backend.set_time(ELEVEN)
    await shop.caller(ANNA).step(booking, "arrived")
    assert (await shop.client.call("GET", f"/v1/bookings/{booking['id']}/history")).status == 403
    lines = (await shop.admin.call("GET", f"/v1/bookings/{booking['id']}/history")).body["items"]
    assert [(line["action"], line["actor_id"], line["actor_role"], line["to_status"]) for line in lines] == [
        ("hold", shop.people[CLIENT], "client", "held"),
        ("confirm", shop.people[CLIENT], "client", "confirmed"),
        ("coming", shop.people[CLIENT], "client", "confirmed"),
        ("move", shop.people[ADMIN], "admin", "confirmed"),
        ("arrived", shop.people[ANNA], "specialist", "arrived"),
    ]
    assert [line["actor_name"] for line in lines[2:]] == [f"Person {who}" for who in (CLIENT, ADMIN, ANNA)]
    assert lines[3]["detail"]["start"] == ["2026-06-10T08:00:00Z", "2026-06-10T09:00:00Z"]
    assert lines[3]["detail"]["specialist_id"] == [one, one]


async def test_lists_by_role_filter_and_page(backend: Api) -> None:
    shop, service, one = await shop_of(backend)
    other = await shop.add_specialist(service)
    mine = [
        await shop.client.booked(service, start=f"2026-06-{day}T10:00:00+02:00", specialist_id=one)
        for day in (10, 11, 12)
    ]
    theirs = await shop.other.booked(service, start=TEN, specialist_id=other)

    async def ids(who: int, **query: Any) -> list[int]:
        found: list[int] = []
        cursor: str | None = None
        while True:
            more = {} if cursor is None else {"cursor": cursor}
            reply = await shop.caller(who).call("GET", "/v1/bookings", params={"limit": 2, **query, **more})
            assert reply.status == 200, reply
            found += [one["id"] for one in reply.body["items"]]
            cursor = reply.body["next"]
            if cursor is None:
                return found

    own = [booking["id"] for booking in mine]
    everything = [own[0], theirs["id"], own[1], own[2]]
    assert await ids(CLIENT) == own
    assert await ids(ANNA) == own
    assert await ids(ADMIN) == everything
    assert await ids(ADMIN, order="desc") == everything[::-1]
    assert await ids(ADMIN, specialist_id=other) == [theirs["id"]]
    assert await ids(ADMIN, client_id=shop.people[OTHER]) == [theirs["id"]]
    assert await ids(ADMIN, **{"from": "2026-06-11", "to": "2026-06-11"}) == [own[1]]
    await shop.client.step(mine[0], "cancel")
    assert await ids(CLIENT, status="cancelled") == [own[0]]
    assert await ids(ADMIN, status=["confirmed", "cancelled"]) == everything
    seen = (await shop.caller(ANNA).call("GET", f"/v1/bookings/{own[1]}")).body
    assert seen["client_name"] == f"Person {CLIENT}"
    assert (await shop.client.call("GET", f"/v1/bookings/{own[1]}")).body["client_name"] == ""
    assert (await shop.other.call("GET", f"/v1/bookings/{own[1]}")).status == 404
    for bad in ({"limit": 0}, {"limit": 9999}, {"cursor": "x"}, {"status": "nope"}, {"from": "2026-13-01"}):
        reply = await shop.client.call("GET", "/v1/bookings", params=bad)
        assert (reply.status, reply.code) == (400, "invalid"), (bad, reply)


async def test_several_steps_at_once_take_one_effect(backend: Api) -> None:
    shop, service, _ = await shop_of(backend)
    booking = await shop.client.booked(service, start=TEN, hold=True)
    replies = await asyncio.gather(*(shop.client.step(booking, "confirm") for _ in range(8)))
    assert sorted(reply.status for reply in replies) == [200] + [409] * 7


async def test_whoever_reads_it_where_they_confirmed_gets_no_message_about_it(backend: Api) -> None:
    """The specialist hears of it, the reminder is armed; without the word, and of what others do, the client does too."""
    shop, service, _ = await shop_of(backend)

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
    assert ("client", "booked") not in await told(), "one's own undo is on the screen"
    other = await shop.client.booked(service, start=ELEVEN, hold=True)
    assert (await shop.client.step(other, "confirm")).status == 200
    assert (await told()).count(("client", "booked")) == 1
    assert (await shop.admin.step(other, "cancel")).status == 200
    assert (await shop.admin.step(other, "undo")).status == 200
    assert (await told()).count(("client", "booked")) == 2


async def test_marks_are_made_from_when_they_can_be_true_and_changed_for_a_day(backend: Api) -> None:
    shop, service, _ = await shop_of(backend)
    anna = shop.caller(ANNA)
    booking = await shop.client.booked(service, start=TEN)

    async def mark(path: str, at: str, who: Any = anna) -> Any:
        backend.set_time(at)
        reply = await who.step(booking, path)
        return reply.body["status"] if reply.status == 200 else reply.code

    assert await mark("arrived", "2026-06-10T07:29:59+00:00") == "too_soon"
    assert await mark("arrived", "2026-06-10T07:30:00+00:00") == "arrived"
    assert await mark("no-show", "2026-06-10T07:59:59+00:00") == "too_soon"
    assert await mark("unmark", "2026-06-10T07:59:59+00:00") == "confirmed"
    assert await mark("no-show", "2026-06-10T08:00:00+00:00") == "no_show"
    assert await mark("no-show", "2026-06-10T08:00:00+00:00") == "illegal_step"
    assert await mark("arrived", "2026-06-11T09:00:00+00:00") == "arrived"
    assert await mark("no-show", "2026-06-11T09:00:01+00:00") == "too_late"
    assert await mark("no-show", "2026-07-11T09:00:01+00:00", shop.admin) == "no_show"
    assert await mark("unmark", "2026-07-11T09:00:01+00:00", shop.admin) == "confirmed"
    history = await shop.admin.ok("GET", f"/v1/bookings/{booking['id']}/history")
    assert [entry["action"] for entry in history["items"]][1:] == [
        "arrived", "unmark", "no_show", "arrived", "no_show", "unmark",
    ]  # fmt: skip
    assert all(row.kind in ("booked", "reminder") for row in await shop.rows(tables.outbox))


async def test_what_nobody_has_marked_is_completed_half_a_day_after_its_end(backend: Api) -> None:
    shop, service, _ = await shop_of(backend)
    unmarked = await shop.client.booked(service, start=TEN)
    missed = await shop.client.booked(service, start=ELEVEN)
    backend.set_time(missed["start"])
    await shop.admin.step(missed, "no-show")
    end = int(backend.clock())  # the second begins as the first ends
    for now, status in ((end + 12 * 3600 - 1, "confirmed"), (end + 12 * 3600, "completed")):
        await complete_unmarked(backend.db, now)
        seen = await shop.admin.ok("GET", f"/v1/bookings/{unmarked['id']}")
        assert (seen["status"], seen["unconfirmed"]) == (status, status == "completed")
    assert (await shop.admin.ok("GET", f"/v1/bookings/{missed['id']}"))["status"] == "no_show"
    # staff may still say what happened, and then it is theirs
    backend.clock.set(end + 13 * 3600)
    assert (await shop.caller(ANNA).step(unmarked, "complete")).body["unconfirmed"] is False
    assert all(row.kind in ("booked", "reminder") for row in await shop.rows(tables.outbox))
    await complete_unmarked(backend.db, end + 14 * 3600)
    history = await shop.admin.ok("GET", f"/v1/bookings/{unmarked['id']}/history")
    assert [(entry["action"], entry["actor_role"]) for entry in history["items"]][1:] == [
        ("complete", "system"), ("complete", "specialist"),
    ]  # fmt: skip
