"""A booking's life over HTTP: every step, from every state, by everybody."""

import asyncio
from typing import Any

import pytest
from icalendar import Calendar

from backend.bookings import rules
from backend.bookings.transitions import expire_all_holds
from backend.db import tables
from tests.support.booking_stage import ADMIN, CLIENT, OTHER, Backend, Shop

DAY = "2026-06-10"
TEN, ELEVEN = f"{DAY}T10:00:00+02:00", f"{DAY}T11:00:00+02:00"
ANNA = 2001


async def shop_of(backend: Backend, **policies: Any) -> tuple[Shop, int, int]:
    """(shop, service, specialist whose account is ANNA)."""
    shop = await backend.shop(**policies)
    service = await shop.service(60, price=150_050)
    return shop, service, await shop.specialist(service, tg_id=ANNA)


async def test_a_hold_is_confirmed_and_keeps_its_terms(backend: Backend) -> None:
    shop, service, one = await shop_of(backend, cancel_until_min=120)
    held = await shop.booked(service, start=TEN, hold=True, comment="a\u202eb\x00c")
    assert (held["status"], held["hold_until"]) == ("held", "2026-06-01T00:10:00Z")
    assert (held["price"], held["comment"], held["specialist_id"]) == ("1500.50", "abc", one)
    change = await shop.call("PATCH", "/v1/tenant", {"policies": {"cancel_until_min": 60}}, who=ADMIN)
    assert change.status == 200, change
    change = await shop.call("PATCH", f"/v1/services/{service}", {"price": "9.00", "duration_min": 30}, who=ADMIN)
    assert change.status == 200, change
    done = (await shop.step(held, "confirm", {"comment": "window"})).body
    assert (done["status"], done["hold_until"], done["comment"]) == ("confirmed", None, "window")
    assert (done["price"], done["end"], done["can_cancel_until"]) == (
        "1500.50",
        "2026-06-10T09:00:00Z",
        "2026-06-10T06:00:00Z",
    )


async def test_a_hold_runs_out_by_itself(backend: Backend) -> None:
    shop, service, _ = await shop_of(backend)
    held = await shop.booked(service, start=TEN, hold=True)
    assert TEN not in [slot["local"] for slot in await shop.slots(service, day=DAY)]
    backend.set("2026-06-01T00:10:00+00:00")
    assert TEN in [slot["local"] for slot in await shop.slots(service, day=DAY)]
    seen = await shop.call("GET", f"/v1/bookings/{held['id']}")
    assert (seen.body["status"], seen.body["hold_until"]) == ("expired", None)
    late = await shop.step(held, "confirm")
    assert (late.status, late.code) == (409, "illegal_step")
    assert (await shop.book(service, start=TEN, who=OTHER)).status == 201
    history = await shop.call("GET", f"/v1/bookings/{held['id']}/history", who=ADMIN)
    assert [(line["action"], line["actor_role"], line["actor_id"]) for line in history.body["items"]][-1] == (
        "expire",
        "system",
        None,
    )


async def test_the_background_expires_holds_where_nobody_books(backend: Backend) -> None:
    shop, service, _ = await shop_of(backend)
    held = await shop.booked(service, start=TEN, hold=True)
    backend.set("2026-06-01T00:10:00+00:00")
    assert await expire_all_holds(backend.db, int(backend.clock())) >= 1
    (row,) = await shop.rows(tables.bookings, tables.bookings.c.id == held["id"])
    (item,) = await shop.rows(tables.booking_items)
    assert (row["status"], item["active"]) == ("expired", False)


async def test_approval(backend: Backend) -> None:
    shop, service, _ = await shop_of(backend, approval=True)
    asked = await shop.booked(service, start=TEN, hold=True)
    asked = (await shop.step(asked, "confirm")).body
    assert asked["status"] == "pending"
    assert (await shop.step(asked, "approve")).status == 403
    assert (await shop.step(asked, "approve", who=ANNA)).body["status"] == "confirmed"
    direct = await shop.booked(service, start=ELEVEN)
    assert direct["status"] == "pending"
    assert (await shop.step(direct, "decline", {"reason": "full"}, who=ADMIN)).body["status"] == "cancelled"
    assert (await shop.book(service, start=ELEVEN, who=OTHER)).status == 201
    by_staff = await shop.booked(service, start=f"{DAY}T12:00:00+02:00", who=ADMIN, client_id=shop.people[CLIENT])
    assert by_staff["status"] == "confirmed"
    assert by_staff["client_id"] == shop.people[CLIENT]


STATES = ["held", "pending", "confirmed", "arrived", "completed", "no_show", "cancelled", "expired"]
STEPS = {
    "confirm": "confirm", "approve": "approve", "decline": "decline", "cancel": "cancel", "undo": "undo",
    "arrived": "arrived", "complete": "complete", "no_show": "no-show", "coming": "coming", "move": "move",
}  # fmt: skip


async def brought_to(shop: Shop, service: int, state: str, start: str) -> Any:
    """A booking in that state."""
    if state == "pending":
        booking = await shop.booked(service, start=start)
        await shop.backend.db.write(shop.id, lambda conn: None)
        return booking
    if state in ("held", "expired"):
        return await shop.booked(service, start=start, hold=True)
    booking = await shop.booked(service, start=start, who=ADMIN, client_id=shop.people[CLIENT])
    for step in {"arrived": ["arrived"], "completed": ["complete"], "no_show": ["no-show"]}.get(state, []):
        assert (await shop.step(booking, step, who=ADMIN)).status == 200
    if state == "cancelled":
        assert (await shop.step(booking, "cancel", who=ADMIN)).status == 200
    return booking


@pytest.mark.parametrize("state", STATES)
async def test_illegal_steps_are_refused_and_change_nothing(state: str, backend: Backend) -> None:
    shop, service, _ = await shop_of(backend, approval=True)
    for hour, (step, path) in enumerate(STEPS.items()):
        backend.set("2026-06-01T00:00:00+00:00")
        booking = await brought_to(shop, service, state, f"2026-06-{10 + hour}T10:00:00+02:00")
        if state == "expired":
            backend.set("2026-06-01T00:20:00+00:00")
        body = {"start": f"2026-06-{10 + hour}T12:00:00+02:00"} if step == "move" else None
        reply = await shop.step(booking, path, body, who=ADMIN)
        seen = (await shop.call("GET", f"/v1/bookings/{booking['id']}", who=ADMIN)).body
        if state in rules.FROM[step]:  # type: ignore[index]
            assert reply.status == 200, (state, step, reply)
        else:
            assert (reply.status, reply.code) == (409, "illegal_step"), (state, step, reply)
            assert seen["status"] == state
            assert seen["start"] == booking["start"]


async def test_cancel_until_the_cut_off_that_was_agreed(backend: Backend) -> None:
    shop, service, _ = await shop_of(backend, cancel_until_min=1440)
    one, two = await shop.booked(service, start=TEN), await shop.booked(service, start=ELEVEN)
    assert one["can_cancel_until"] == "2026-06-09T08:00:00Z"
    backend.set("2026-06-09T08:00:00+00:00")
    assert (await shop.step(one, "cancel")).status == 200
    backend.set("2026-06-09T09:00:01+00:00")
    late = await shop.step(two, "cancel")
    assert (late.status, late.code) == (409, "too_late")
    assert (await shop.step(two, "cancel", who=ANNA)).status == 200


async def test_undo_for_five_minutes(backend: Backend) -> None:
    shop, service, _ = await shop_of(backend)
    booking = await shop.booked(service, start=TEN)
    cancelled = (await shop.step(booking, "cancel")).body
    assert cancelled["undo_until"] == "2026-06-01T00:05:00Z"
    backend.set("2026-06-01T00:05:00+00:00")
    assert (await shop.step(booking, "undo")).body["status"] == "confirmed"
    await shop.step(booking, "cancel")
    backend.set("2026-06-01T00:10:01+00:00")
    late = await shop.step(booking, "undo")
    assert (late.status, late.code) == (409, "too_late")
    by_staff = await shop.booked(service, start=TEN)
    await shop.step(by_staff, "cancel", who=ADMIN)
    assert (await shop.step(by_staff, "undo")).status == 403
    assert (await shop.step(by_staff, "undo", who=ADMIN)).status == 200


async def test_an_undo_finds_the_place_taken(backend: Backend) -> None:
    shop, service, _ = await shop_of(backend)
    booking = await shop.booked(service, start=TEN)
    await shop.step(booking, "cancel")
    await shop.booked(service, start=TEN, who=OTHER)
    reply = await shop.step(booking, "undo")
    assert (reply.status, reply.code, len(reply.body["alternatives"])) == (409, "slot_taken", 3)


async def test_a_move_may_overlap_its_own_old_place_and_keeps_what_was_agreed(backend: Backend) -> None:
    shop = await backend.shop(slot_step_min=15)
    service = await shop.service(60, after=30, price=5000)
    one = await shop.specialist(service)
    booking = await shop.booked(service, start=TEN)
    await shop.call("PATCH", f"/v1/services/{service}", {"price": "1.00", "duration_min": 15}, who=ADMIN)
    moved = (await shop.step(booking, "move", {"start": f"{DAY}T10:15:00+02:00"})).body
    assert (moved["start"], moved["end"]) == ("2026-06-10T08:15:00Z", "2026-06-10T09:15:00Z")
    assert (moved["price"], moved["sequence"], moved["specialist_id"]) == ("50.00", 1, one)
    (item,) = await shop.rows(tables.booking_items)
    assert item["occ_end"] - item["ends_at"] == 1800
    assert TEN not in [slot["local"] for slot in await shop.slots(service, day=DAY)]
    taken = await shop.booked(service, start=f"{DAY}T13:00:00+02:00", who=OTHER)
    refused = await shop.step(booking, "move", {"start": taken["start"]})
    assert (refused.status, refused.code) == (409, "slot_taken")
    assert (await shop.call("GET", f"/v1/bookings/{booking['id']}")).body["start"] == moved["start"]


async def test_a_move_goes_to_another_specialist_where_the_same_is_not_free(backend: Backend) -> None:
    shop = await backend.shop()
    service = await shop.service(60)
    one, two = await shop.specialist(service), await shop.specialist(service)
    mine = await shop.booked(service, start=TEN, specialist_id=one)
    await shop.booked(service, start=ELEVEN, specialist_id=one, who=OTHER)
    named = await shop.step(mine, "move", {"start": ELEVEN, "specialist_id": one})
    assert named.code == "slot_taken"
    moved = await shop.step(mine, "move", {"start": ELEVEN})
    assert (moved.status, moved.body["specialist_id"]) == (200, two)


async def test_the_calendar_file_is_stable_and_grows(backend: Backend) -> None:
    shop, service, _ = await shop_of(backend)
    booking = await shop.booked(service, start=TEN)

    async def event() -> Any:
        reply = await shop.call("GET", f"/v1/bookings/{booking['id']}/calendar.ics")
        assert reply.headers["content-type"] == "text/calendar; charset=utf-8"
        return Calendar.from_ical(reply.raw).walk("VEVENT")[0]

    before = await event()
    await shop.step(booking, "move", {"start": ELEVEN})
    after = await event()
    assert before["uid"] == after["uid"]
    assert (before["sequence"], after["sequence"]) == (0, 1)
    assert after["dtstart"].dt.isoformat() == "2026-06-10T09:00:00+00:00"
    await shop.step(booking, "cancel")
    gone = await event()
    assert (gone["uid"], gone["status"], gone["sequence"]) == (before["uid"], "CANCELLED", 2)


async def test_ones_own_bookings_are_one_calendar_with_the_same_events(backend: Backend) -> None:
    shop, service, _ = await shop_of(backend)
    mine, other = await shop.booked(service, start=TEN), await shop.booked(service, start=ELEVEN, who=OTHER)

    async def events(who: int) -> dict[str, Any]:
        reply = await shop.call("GET", "/v1/bookings/calendar.ics", who=who)
        assert reply.headers["content-type"] == "text/calendar; charset=utf-8"
        return {str(event["uid"]): event for event in Calendar.from_ical(reply.raw).walk("VEVENT")}

    alone = await shop.call("GET", f"/v1/bookings/{mine['id']}/calendar.ics")
    event = Calendar.from_ical(alone.raw).walk("VEVENT")[0]
    assert await events(CLIENT) == {str(event["uid"]): event}
    assert [uid.partition("@")[0] for uid in await events(OTHER)] == [f"booking-{other['id']}"]
    # an admin who sees all bookings is no client of any
    assert await events(ADMIN) == {}
    await shop.step(mine, "cancel")
    assert await events(CLIENT) == {}


async def test_history_tells_who_did_what(backend: Backend) -> None:
    shop, service, one = await shop_of(backend)
    booking = await shop.booked(service, start=TEN, hold=True)
    await shop.step(booking, "confirm")
    await shop.step(booking, "coming")
    await shop.step(booking, "move", {"start": ELEVEN}, who=ADMIN)
    await shop.step(booking, "arrived", who=ANNA)
    assert (await shop.call("GET", f"/v1/bookings/{booking['id']}/history")).status == 403
    lines = (await shop.call("GET", f"/v1/bookings/{booking['id']}/history", who=ADMIN)).body["items"]
    assert [(line["action"], line["actor_id"], line["actor_role"], line["to_status"]) for line in lines] == [
        ("hold", shop.people[CLIENT], "client", "held"),
        ("confirm", shop.people[CLIENT], "client", "confirmed"),
        ("coming", shop.people[CLIENT], "client", "confirmed"),
        ("move", shop.people[ADMIN], "admin", "confirmed"),
        ("arrived", shop.people[ANNA], "specialist", "arrived"),
    ]
    assert [line["actor_name"] for line in lines[2:]] == [f"P{who}" for who in (CLIENT, ADMIN, ANNA)]
    assert lines[3]["detail"]["start"] == ["2026-06-10T08:00:00Z", "2026-06-10T09:00:00Z"]
    assert lines[3]["detail"]["specialist_id"] == [one, one]


async def test_lists_by_role_filter_and_page(backend: Backend) -> None:
    shop, service, one = await shop_of(backend)
    other = await shop.specialist(service)
    mine = [
        await shop.booked(service, start=f"2026-06-{day}T10:00:00+02:00", specialist_id=one) for day in (10, 11, 12)
    ]
    theirs = await shop.booked(service, start=TEN, specialist_id=other, who=OTHER)

    async def ids(who: int, **query: Any) -> list[int]:
        found: list[int] = []
        cursor: str | None = None
        while True:
            more = {} if cursor is None else {"cursor": cursor}
            reply = await shop.call("GET", "/v1/bookings", who=who, limit=2, **query, **more)
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
    assert await ids(ADMIN, from_="2026-06-11", to="2026-06-11") == [own[1]]
    await shop.step(mine[0], "cancel")
    assert await ids(CLIENT, status="cancelled") == [own[0]]
    assert await ids(ADMIN, status=["confirmed", "cancelled"]) == everything
    seen = (await shop.call("GET", f"/v1/bookings/{own[1]}", who=ANNA)).body
    assert seen["client_name"] == "P1001"
    assert (await shop.call("GET", f"/v1/bookings/{own[1]}")).body["client_name"] == ""
    assert (await shop.call("GET", f"/v1/bookings/{own[1]}", who=OTHER)).status == 404
    for bad in ({"limit": 0}, {"limit": 9999}, {"cursor": "x"}, {"status": "nope"}, {"from_": "2026-13-01"}):
        reply = await shop.call("GET", "/v1/bookings", **bad)
        assert (reply.status, reply.code) == (400, "invalid"), (bad, reply)


async def test_several_steps_at_once_take_one_effect(backend: Backend) -> None:
    shop, service, _ = await shop_of(backend)
    booking = await shop.booked(service, start=TEN, hold=True)
    replies = await asyncio.gather(*(shop.step(booking, "confirm") for _ in range(8)))
    assert sorted(reply.status for reply in replies) == [200] + [409] * 7


async def test_whoever_reads_it_where_they_confirmed_gets_no_message_about_it(backend: Backend) -> None:
    """The specialist hears of it, the reminder is armed; without the word, and of what others do, the client does too."""
    shop, service, _ = await shop_of(backend)

    async def told() -> list[tuple[str, str]]:
        rows = await shop.rows(tables.outbox, tables.outbox.c.status == "waiting")
        return sorted((row["role"], row["kind"]) for row in rows)

    held = await shop.booked(service, start=TEN, hold=True)
    assert (await shop.step(held, "confirm", {"notify": False})).status == 200
    heard = await told()
    assert ("client", "booked") not in heard
    assert ("specialist", "booked") in heard
    assert ("client", "reminder") in heard
    assert (await shop.step(held, "cancel")).status == 200
    assert (await shop.step(held, "undo")).status == 200
    assert ("client", "booked") not in await told(), "one's own undo is on the screen"
    other = await shop.booked(service, start=ELEVEN, hold=True)
    assert (await shop.step(other, "confirm")).status == 200
    assert (await told()).count(("client", "booked")) == 1
    assert (await shop.step(other, "cancel", who=ADMIN)).status == 200
    assert (await shop.step(other, "undo", who=ADMIN)).status == 200
    assert (await told()).count(("client", "booked")) == 2
