"""What reaches people about their bookings and when, from the booking to the sender's claim, over HTTP on both databases."""

import asyncio
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest

from backend.db import tables
from backend.notices.rules import PER_SECOND
from tests.support.backend_api import Api
from tests.support.business import Business, open_business
from tests.support.business_rows import ADMIN, CLIENT

# Bookings of one business on one minute are spread over so much time before it.
SPREAD = timedelta(minutes=5)


async def claimed(shop: Business, when: datetime | None = None) -> list[dict[str, Any]]:
    """Return what a sender gets at that time, and report all of it as sent."""
    if when is not None:
        shop.api.set_time(when.isoformat())
    found: list[dict[str, Any]] = []
    while notices := await shop.gateway.claim(shop.slug, limit=100):
        found += notices
        for notice in notices:
            await shop.gateway.mark_sent(notice)
    return found


async def reminded(shop: Business, when: datetime) -> list[int]:
    """Return the leads of the reminders that a sender gets at that time."""
    return [notice["lead_min"] for notice in await claimed(shop, when) if notice["kind"] == "reminder"]


@pytest.mark.parametrize(
    ("start", "day_before", "two_hours_before"),
    [
        # the wall's own day is 23 hours long, and 25
        ("2026-03-29T12:00:00+02:00", "2026-03-28T12:00:00+01:00", "2026-03-29T10:00:00+02:00"),
        ("2026-10-25T12:00:00+01:00", "2026-10-24T12:00:00+02:00", "2026-10-25T10:00:00+01:00"),
        ("2026-06-10T12:00:00+02:00", "2026-06-09T12:00:00+02:00", "2026-06-10T10:00:00+02:00"),
    ],
)
async def test_reminders_go_by_the_business_wall(
    start: str, day_before: str, two_hours_before: str, backend: Api
) -> None:
    begins, early, late = map(datetime.fromisoformat, (start, day_before, two_hours_before))
    backend.set_time((begins - timedelta(days=5)).isoformat())
    shop = await open_business(backend)
    service = await shop.add_service(60)
    await shop.add_specialist(service)
    await shop.client.booked(service, start=start)
    assert await reminded(shop, early - SPREAD - timedelta(seconds=1)) == []
    assert await reminded(shop, early) == [1440]
    assert await reminded(shop, late - SPREAD - timedelta(seconds=1)) == []
    assert await reminded(shop, late) == [120]
    assert await reminded(shop, begins) == []


async def test_a_clock_an_hour_off_loses_no_reminder_and_repeats_none(backend: Api) -> None:
    shop = await open_business(backend)
    service = await shop.add_service(60)
    await shop.add_specialist(service)
    due = datetime.fromisoformat("2026-06-09T12:00:00+02:00")
    await shop.client.booked(service, start="2026-06-10T12:00:00+02:00")
    hour = timedelta(hours=1)
    assert await reminded(shop, due - 2 * hour) == []
    assert await reminded(shop, due - hour + hour) == [1440]  # an hour ahead: early, and once
    assert await reminded(shop, due - hour) == []  # set right
    assert await reminded(shop, due) == []
    late = due + timedelta(hours=22)
    assert await reminded(shop, late - hour) == []  # an hour behind when the next is due
    assert await reminded(shop, late + hour) == [120]  # set right: late, and before the booking
    assert await reminded(shop, late) == []


async def test_a_cancelled_booking_is_not_spoken_of_and_one_that_comes_back_is(backend: Api) -> None:
    shop = await open_business(backend)
    service = await shop.add_service(60)
    await shop.add_specialist(service)
    due = datetime.fromisoformat("2026-06-09T12:00:00+02:00")
    gone, kept = [await shop.client.booked(service, start=f"2026-06-10T{hour}:00:00+02:00") for hour in ("12", "13")]
    await claimed(shop)
    for booking in (gone, kept):
        assert (await shop.client.step(booking, "cancel")).status == 200
    assert (await shop.client.step(kept, "undo")).status == 200
    told = [(notice["booking"]["id"], notice["kind"]) for notice in await claimed(shop) if notice["role"] == "admin"]
    assert told == [(gone["id"], "cancelled"), (kept["id"], "restored")]
    assert await reminded(shop, due) == []
    assert await reminded(shop, due + timedelta(hours=1)) == [1440]


async def test_what_happens_at_night_is_told_in_the_morning(backend: Api) -> None:
    shop = await open_business(backend, quiet_hours={"start": "22:00", "end": "08:00"})
    service = await shop.add_service(60)
    await shop.add_specialist(service, hours="00:00-24:00")
    night = datetime.fromisoformat("2026-06-01T23:30:00+02:00")
    backend.set_time(night.isoformat())
    await shop.client.booked(service, start="2026-06-10T09:00:00+02:00")
    # who acts is awake, who runs the business sleeps
    assert [notice["role"] for notice in await claimed(shop)] == ["client"]
    assert await claimed(shop, datetime.fromisoformat("2026-06-02T07:59:00+02:00")) == []
    assert [n["role"] for n in await claimed(shop, datetime.fromisoformat("2026-06-02T08:00:00+02:00"))] == ["admin"]
    # two hours before 9:00 is 7:00: after the night there is still an hour
    await reminded(shop, datetime.fromisoformat("2026-06-09T21:00:00+02:00"))
    assert await reminded(shop, datetime.fromisoformat("2026-06-10T07:55:00+02:00")) == []
    assert await reminded(shop, datetime.fromisoformat("2026-06-10T08:05:00+02:00")) == [120]


async def test_hundreds_on_one_minute_are_spread(backend: Api) -> None:
    shop = await open_business(backend)
    service = await shop.add_service(60, capacity=400)
    await shop.add_specialist(service)
    people = range(6000, 6300)
    for tg_id in people:
        await shop.add_person(tg_id)
    start = "2026-06-10T09:00:00+02:00"
    line = iter(people)

    async def caller() -> None:
        for who in line:
            await shop.caller(who).booked(service, start=start)

    await asyncio.gather(*(caller() for _ in range(8)))
    rows = await shop.rows(tables.outbox, tables.outbox.c.kind == "reminder")
    seconds = Counter((row.lead_min, row.due_at) for row in rows)
    assert len(rows) == 600
    assert max(seconds.values()) <= PER_SECOND
    exact = datetime.fromisoformat(start)
    for lead in (1440, 120):
        due = int((exact - timedelta(minutes=lead)).timestamp())
        assert {due - 300 <= row.due_at <= due for row in rows if row.lead_min == lead} == {True}


async def test_everybody_concerned_is_told_of_each_change_once(backend: Api) -> None:
    shop = await open_business(backend)
    service = await shop.add_service(60)
    await shop.add_specialist(service, tg_id=2001)
    booking = await shop.client.booked(service, start="2026-06-10T12:00:00+02:00")
    told = Counter((n["kind"], n["tg_id"]) for n in await claimed(shop))
    assert told == {("booked", CLIENT): 1, ("booked", 2001): 1, ("booked", ADMIN): 1}
    moved = {"start": "2026-06-11T12:00:00+02:00"}
    assert (await shop.client.step(booking, "move", moved, key="once")).status == 200
    assert (await shop.client.step(booking, "move", moved, key="once")).status == 200
    told = Counter((n["kind"], n["tg_id"]) for n in await claimed(shop))
    assert told == {("moved", 2001): 1, ("moved", ADMIN): 1}
