"""What waits for an answer, or to be sent, while the zone is corrected: it keeps its wall time as its booking does."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import update

from backend.db import tables
from tests.support.backend_api import Api
from tests.support.business import Business, open_staffed_business
from tests.support.business_rows import CLIENT

LONDON, DUBAI, NEW_YORK = "Europe/London", "Asia/Dubai", "America/New_York"
KEEP = "/v1/tenant/zone-change/keep-instants"
# in London
TODAY, FAR = "2026-06-01", "2026-06-10"


async def open_in_london(backend: Api, **policies: Any) -> tuple[Business, Any]:
    """Open a business at nine in the morning, with a booking in ten days whose second thoughts are over; return both."""
    shop, service, specialist = await open_staffed_business(
        backend, timezone=LONDON, slot_step_min=30, cancel_until_min=0, **policies
    )
    backend.set_time("2026-06-01T09:00:00+01:00")
    start = f"{FAR}T10:00:00+01:00"
    booking = await shop.admin.booked(service, start=start, client_id=shop.people[CLIENT], specialist_id=specialist)
    backend.clock.shift_s += 1800
    return shop, booking


async def asked_of(shop: Business, booking: Any) -> Any:
    """Return what the booking's client has asked for, as an admin reads it."""
    return (await shop.admin.ok("GET", f"/v1/bookings/{booking['id']}"))["move_request"]


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize("held", [True, False])
async def test_another_time_that_was_asked_for_follows_the_zone(backend: Api, held: bool) -> None:
    """Held under approval, a wish inside the cut-off: still asked for, on the same wall, and approved there."""
    shop, booking = await open_in_london(backend, approval=held)
    if not held:
        own = update(tables.bookings).where(tables.bookings.c.id == booking["id"])
        policies = '{"cancel_until_min": 20160}'
        await backend.db.write(shop.id, lambda conn: conn.execute(own.values(policies=policies)) and None)
    moved = await shop.client.step(booking, "move", {"start": f"{FAR}T15:00:00+01:00"})
    told = moved.body["move_request"]
    assert told["held"] is held
    await shop.put_zone(NEW_YORK)
    asked = await asked_of(shop, booking)
    assert (instant(asked["start"]), asked["outcome"]) == (instant(f"{FAR}T15:00:00-04:00"), None)
    shift = instant(asked["decide_by"]) - instant(told["decide_by"])
    assert shift.total_seconds() == 5 * 3600
    if held:
        (hold,) = await shop.rows(tables.bookings, tables.bookings.c.status == "held")
        assert hold.hold_until == instant(asked["decide_by"]).timestamp()
    approved = await shop.admin.step(booking, "approve")
    assert (approved.status, approved.body.get("start")) == (200, f"{FAR}T19:00:00Z")


async def test_another_time_keeps_its_instant_with_the_booking(backend: Api) -> None:
    shop, booking = await open_in_london(backend, approval=True)
    told = (await shop.client.step(booking, "move", {"start": f"{FAR}T15:00:00+01:00"})).body["move_request"]
    await shop.put_zone(NEW_YORK)
    assert (await shop.admin.ok("POST", KEEP))["kept"] == 2
    asked = await asked_of(shop, booking)
    assert [asked[name] for name in ("start", "decide_by", "outcome")] == [told["start"], told["decide_by"], None]
    assert (await shop.admin.step(booking, "approve")).body["start"] == told["start"]


async def test_a_request_is_answered_before_it_begins_where_its_instant_is_kept(backend: Api) -> None:
    shop, booking = await open_in_london(backend, approval=True)
    asked = await shop.other.booked(*booking["service_ids"], start=f"{TODAY}T16:00:00+01:00")
    await shop.put_zone(NEW_YORK)
    await shop.admin.ok("POST", KEEP)
    again = await shop.admin.ok("GET", f"/v1/bookings/{asked['id']}")
    assert (again["start"], again["decide_by"]) == (asked["start"], asked["decide_by"])


async def test_who_has_arrived_stays_where_they_are(backend: Api) -> None:
    """What is marked is not shifted, be it a few minutes before its start."""
    shop, booking = await open_in_london(backend)
    backend.set_time(f"{FAR}T09:45:00+01:00")
    assert (await shop.admin.step(booking, "arrived")).status == 200
    await shop.put_zone(NEW_YORK)
    assert (await shop.admin.ok("GET", f"/v1/bookings/{booking['id']}"))["start"] == booking["start"]


async def test_a_question_waits_for_the_morning_of_the_new_zone(backend: Api) -> None:
    """Asked at night in London, where it waits for eight; in Kathmandu it is night as well, until later or earlier."""
    shop, booking = await open_in_london(backend)
    backend.set_time("2026-06-01T22:30:00+01:00")
    assert (await shop.admin.step(booking, "ask-move")).status == 200
    for zone, due, offset in (
        ("Asia/Dubai", "2026-06-02T08:00:00+04:00", "+04:00"),
        ("Asia/Kathmandu", "2026-06-02T08:00:00+05:45", "+05:45"),
        (NEW_YORK, "2026-06-01T17:30:00-04:00", "-04:00"),
    ):
        await shop.put_zone(zone)
        (question,) = await shop.rows(tables.outbox, tables.outbox.c.kind == "move_asked")
        assert question.due_at == instant(due).timestamp(), zone
        # it is worth sending until the booking begins, whenever that is
        assert question.expires_at == instant(f"{FAR}T10:00:00{offset}").timestamp(), zone


async def test_a_client_is_reminded_once_of_a_wall_time(backend: Api) -> None:
    """Reminded in London; the zone is corrected twice, each time to one in which the time of the reminder is to come."""
    shop, booking = await open_in_london(backend)
    backend.set_time("2026-06-09T10:00:00+01:00")
    sent = await shop.gateway.send(shop.slug)
    assert "reminder" in {notice["kind"] for notice in sent}
    own = (tables.outbox.c.booking_id == booking["id"], tables.outbox.c.kind == "reminder")
    for zone in (NEW_YORK, "America/Los_Angeles"):
        await shop.put_zone(zone)
        rows = await shop.rows(tables.outbox, *own, tables.outbox.c.status != "dropped")
        assert sorted((row.lead_min, row.message_id is None) for row in rows) == [(120, True), (1440, False)], zone


async def test_a_reminder_that_was_sent_is_not_sent_again(backend: Api) -> None:
    shop, service, _ = await open_staffed_business(backend, timezone=LONDON)
    booking = await shop.client.booked(service, start="2026-06-02T14:00:00+01:00")
    backend.set_time("2026-06-01T13:00:00Z")
    claimed = await shop.gateway.claim(shop.slug, limit=50)
    for notice in claimed:
        await shop.gateway.mark_sent(notice, 1)
    assert "reminder" in {notice["kind"] for notice in claimed}
    await shop.put_zone(NEW_YORK)  # the day before, 14:00, is still to come there
    rows = await shop.rows(
        tables.outbox, tables.outbox.c.booking_id == booking["id"], tables.outbox.c.kind == "reminder"
    )
    # what was sent may be edited, and is not sent anew
    assert sorted((row.lead_min, row.message_id) for row in rows if row.status != "dropped") == [
        (120, None), (1440, 1),
    ]  # fmt: skip
    await shop.put_zone(LONDON)
    rows = await shop.rows(
        tables.outbox, tables.outbox.c.booking_id == booking["id"], tables.outbox.c.kind == "reminder"
    )
    assert [row.message_id for row in rows if row.lead_min == 1440 and row.status != "dropped"] == [1]


async def test_messages_on_their_way_follow_the_zone(backend: Api) -> None:
    shop, service, _ = await open_staffed_business(
        backend, timezone=LONDON, quiet_hours={"start": "21:00", "end": "08:00"}
    )
    backend.set_time("2026-06-01T21:30:00Z")  # 22:30 in London, 01:30 in Dubai, 17:30 in New York
    booking = await shop.client.booked(service, start="2026-06-10T14:00:00+01:00")
    assert (await shop.admin.step(booking, "move", json={"start": "2026-06-11T15:00:00+01:00"})).status == 200

    async def waiting() -> Any:
        own = (tables.outbox.c.kind == "moved", tables.outbox.c.role == "client")
        (row,) = await shop.rows(tables.outbox, *own)
        return row

    for zone, due, previous in (
        (DUBAI, "2026-06-02T08:00:00+04:00", "2026-06-10T14:00:00+04:00"),
        (NEW_YORK, "2026-06-01T21:30:00+00:00", "2026-06-10T14:00:00-04:00"),
    ):
        await shop.put_zone(zone)
        row = await waiting()
        assert (row.due_at, row.previous_start) == tuple(
            int(datetime.fromisoformat(at).timestamp()) for at in (due, previous)
        )


async def test_a_request_is_answered_until_the_wall_time_that_was_told(backend: Api) -> None:
    shop, service, _ = await open_staffed_business(backend, timezone=LONDON, approval=True)
    asked = await shop.client.booked(service, start="2026-06-10T14:00:00+01:00")
    assert asked["status"] == "pending"

    async def deadline(zone: str) -> datetime:
        (row,) = await shop.rows(tables.bookings, tables.bookings.c.id == asked["id"])
        (item,) = await shop.rows(tables.booking_items, tables.booking_items.c.booking_id == asked["id"])
        assert item.hold_until == row.decide_by > int(backend.clock())
        return datetime.fromtimestamp(row.decide_by, ZoneInfo(zone)).replace(tzinfo=None)

    told = await deadline(LONDON)
    await shop.put_zone(NEW_YORK)
    assert await deadline(NEW_YORK) == told
    await shop.put_zone(LONDON)
    assert await deadline(LONDON) == told
    # where that time has passed already, staff are given theirs anew
    backend.clock.set(told.replace(tzinfo=ZoneInfo(LONDON)).timestamp() - 3600)
    await shop.put_zone(DUBAI)
    assert (await deadline(DUBAI)) > told
    assert (await shop.admin.step(asked, "approve")).body["status"] == "confirmed"
