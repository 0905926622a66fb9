"""Days at a glance are what the days themselves show, on both databases: counts, what waits for staff, hours."""

from datetime import datetime
from typing import Any

import pytest

from backend.db import tables
from tests.support.backend_api import Api
from tests.support.business import Business, Caller, open_business
from tests.support.business_rows import CLIENT, NOW

DAY_S = 86_400
JUNE = {"from": "2026-06-01", "to": "2026-06-30"}


def _epoch(instant: str) -> int:
    return int(datetime.fromisoformat(instant).timestamp())


async def _days(caller: Caller, **params: Any) -> dict[str, dict[str, Any]]:
    found = await caller.ok("GET", "/v1/calendar", params=JUNE | params)
    return {day["date"]: day for day in found["days"]}


async def test_each_day_has_as_many_bookings_as_its_agenda(barber: Business) -> None:
    """Those that are held, were cancelled or have expired are not counted; Anna and Bella are told apart."""
    bella = await barber.add_specialist(barber.services["Haircut"])
    for day, statuses in ((-2, ["completed", "no_show"]), (0, ["confirmed", "held"]), (3, ["pending", "cancelled"])):
        for place, status in enumerate(statuses):
            await barber.add_booking(NOW + day * DAY_S + place * 3600, status=status)
    await barber.add_booking(NOW, specialist_id=bella)
    for params in ({}, {"specialist_id": bella}, {"specialist_id": barber.specialists["Anna"]}):
        span: dict[str, Any] = {"from": "2026-05-25", "to": "2026-06-07"} | params
        days = (await barber.admin.ok("GET", "/v1/calendar", params=span))["days"]
        agendas = (await barber.admin.ok("GET", "/v1/agendas", params=span))["items"]
        assert [day["date"] for day in days] == [agenda["date"] for agenda in agendas]
        assert [day["bookings"] for day in days] == [
            sum(booking["status"] != "held" for booking in agenda["bookings"]) for agenda in agendas
        ]
        assert sum(day["bookings"] for day in days) == {0: 5}.get(
            len(params), 1 if params.get("specialist_id") == bella else 4
        )


async def test_what_waits_for_staff_is_counted(barber: Business) -> None:
    """Requests of both kinds, tasks, and what ended within 7 days without a mark, completed by itself or not."""
    await barber.add_booking(NOW + DAY_S, status="pending", decide_by=NOW + 3600)
    await barber.add_booking(NOW + DAY_S + 7200, status="pending", decide_by=NOW - 1)
    asked = await barber.add_booking(NOW + DAY_S + 14_400)
    request = await barber.insert(
        tables.move_requests, booking_id=asked, sequence=0, decide_by=NOW + 3600, created_at=NOW
    )
    await barber.api.db.write(
        barber.id,
        lambda conn: conn.execute(
            tables.bookings.update().where(tables.bookings.c.id == asked).values(move_request_id=request)
        ),
    )
    await barber.add_booking(NOW + 2 * DAY_S, task="open")
    await barber.add_booking(NOW + 2 * DAY_S + 7200, task="placed")
    await barber.add_booking(NOW - 7200)
    await barber.add_booking(NOW - 14_400, status="completed", unconfirmed=True)
    await barber.add_booking(NOW - 21_600, status="completed")
    await barber.add_booking(NOW - 8 * DAY_S, status="completed", unconfirmed=True)
    days = await _days(barber.admin)
    waiting = {date: (day["requests"], day["tasks"], day["unmarked"]) for date, day in days.items()}
    assert {date: counts for date, counts in waiting.items() if any(counts)} == {
        "2026-06-01": (0, 0, 2),
        "2026-06-02": (2, 0, 0),
        "2026-06-03": (0, 1, 0),
    }
    assert (
        sum(day["unmarked"] for day in days.values())
        == (await barber.admin.ok("GET", "/v1/bookings/unmarked"))["total"]
    )


@pytest.mark.parametrize(
    ("last_hour", "next_day"), [("2026-03-29T23:30+02:00", "2026-03-30"), ("2026-10-25T23:30+01:00", "2026-10-26")]
)
async def test_days_of_23_and_25_hours_keep_their_bookings(backend: Api, last_hour: str, next_day: str) -> None:
    shop = await open_business(backend, timezone="Europe/Berlin")
    service = await shop.add_service(30)
    anna = await shop.add_specialist(service)
    at = _epoch(last_hour)
    for start in (at, at + 3600, at + 7200):
        await shop.add_booking(start, service_id=service, specialist_id=anna)
    span = {"from": last_hour[:10], "to": next_day}
    days = (await shop.admin.ok("GET", "/v1/calendar", params=span))["days"]
    assert [day["bookings"] for day in days] == [1, 2]
    assert [day["shifts"][0]["local"][11:16] for day in days] == ["09:00", "09:00"]


async def test_hours_are_those_of_anybody_and_each_day_has_its_own(barber: Business) -> None:
    """Shifts round the clock stay apart by day; a closure and time off leave none."""
    service = barber.services["Haircut"]
    night = await barber.add_specialist(service, hours="00:00-24:00")
    await barber.insert(tables.closures, date="2026-06-04")
    await barber.insert(
        tables.time_off, specialist_id=night, starts_local="2026-06-05T00:00", ends_local="2026-06-06T00:00", reason=""
    )
    theirs = await _days(barber.admin, specialist_id=night)
    assert [len(theirs[f"2026-06-0{day}"]["shifts"]) for day in range(1, 8)] == [1, 1, 1, 0, 0, 1, 1]
    everybody = await _days(barber.admin)
    assert [len(everybody[f"2026-06-0{day}"]["shifts"]) for day in range(3, 7)] == [1, 0, 1, 1]
    assert everybody["2026-06-05"]["shifts"][0]["local"][11:16] == "09:00", "Anna works"


async def test_specialists_see_their_own_days_and_clients_none(barber: Business, studio: Business) -> None:
    bella = await barber.add_specialist(barber.services["Haircut"])
    await barber.add_booking(NOW + 3600, specialist_id=bella)
    await studio.add_booking(NOW + 3600)
    assert (await _days(barber.specialist))["2026-06-01"]["bookings"] == 0
    await barber.specialist.refused("forbidden", "GET", "/v1/calendar", params=JUNE | {"specialist_id": bella})
    await barber.client.refused("forbidden", "GET", "/v1/calendar", params=JUNE)
    found = await barber.admin.ok("GET", "/v1/calendar", params=JUNE | {"specialist_id": bella})
    assert found["specialist_name"] is not None
    assert (await barber.admin.ok("GET", "/v1/calendar", params=JUNE))["specialist_name"] is None
    for bad in ({"to": "2026-08-02"}, {"to": "2026-05-01"}, {"from": "tomorrow"}):
        await barber.admin.refused("invalid", "GET", "/v1/calendar", params=JUNE | bad)


async def test_an_agenda_names_those_who_were_reminded_and_have_not_answered(barber: Business) -> None:
    """Neither those who come, nor a reminder that waits, nor one of the time before a move."""
    start = NOW + 5 * 3600
    silent, comes, waits, moved = [
        await barber.add_booking(start + place * 3600, coming_at=NOW if place == 1 else None) for place in range(4)
    ]
    for booking_id, expires_at, status in (
        (silent, start, "sent"),
        (comes, start + 3600, "sent"),
        (waits, start + 2 * 3600, "waiting"),
        (moved, start - 3600, "sent"),
    ):
        await barber.insert(
            tables.outbox,
            kind="reminder",
            role="client",
            person_id=barber.people[CLIENT],
            booking_id=booking_id,
            lead_min=120,
            due_at=NOW - 60,
            expires_at=expires_at,
            status=status,
            created_at=NOW,
        )
    for caller in (barber.admin, barber.specialist):
        assert (await caller.ok("GET", "/v1/agenda", params={"date": "2026-06-01"}))["unanswered"] == [silent]
        assert (await caller.ok("GET", "/v1/home"))["agenda"]["unanswered"] == [silent]
        assert (await caller.ok("GET", "/v1/bookings/overview"))["unanswered"] == [silent]
