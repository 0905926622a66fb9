"""Closed days and days off that handle the bookings in their way, in one step."""

from datetime import UTC, datetime

from sqlalchemy import update

from backend.db import tables
from tests.support.backend_api import NOW
from tests.support.business import Business

DAY_S = 86_400
TOMORROW = NOW + DAY_S
B = tables.bookings.c


def date_of(instant: int) -> str:
    return datetime.fromtimestamp(instant, UTC).date().isoformat()


async def statuses_of(barber: Business, *booking_ids: int) -> list[str]:
    return [(await barber.admin.ok("GET", f"/v1/bookings/{number}"))["status"] for number in booking_ids]


async def test_a_closed_day_cancels_what_is_booked_on_it_once(barber: Business) -> None:
    booked = [await barber.add_booking(TOMORROW), await barber.add_booking(TOMORROW + 3600, status="pending")]
    later = await barber.add_booking(TOMORROW + DAY_S)
    body = {"date": date_of(TOMORROW), "handling": "cancel"}
    for _ in range(2):  # the same key once more has the same answer, and no other effect
        handled = await barber.admin.ok("POST", "/v1/closures/handled", json=body, key="close")
        assert (handled["done"], handled["missed"]) == (2, 0)
        assert handled["changed"]["closures"] == {"dates": [date_of(TOMORROW)]}
    assert await statuses_of(barber, *booked, later) == ["cancelled", "cancelled", "confirmed"]
    told = await barber.rows(tables.outbox, tables.outbox.c.kind == "cancelled")
    assert {row.booking_id for row in told} == set(booked)


async def test_clients_are_asked_for_another_time_and_those_out_of_reach_counted(barber: Business) -> None:
    reached = await barber.add_booking(TOMORROW)
    offline = await barber.admin.ok("POST", "/v1/clients", json={"name": "Offline"})
    unreached = await barber.add_booking(TOMORROW + 3600)
    await barber.api.db.write(
        barber.id,
        lambda conn: conn.execute(update(tables.bookings).where(B.id == unreached).values(client_id=offline["id"])),
    )
    anna, day = barber.specialists["Anna"], date_of(TOMORROW)
    body = {"first": day, "last": day, "handling": "ask_to_move", "reason": "ill"}
    handled = await barber.specialist.ok("POST", f"/v1/specialists/{anna}/time-off/handled", json=body)
    assert (handled["done"], handled["missed"]) == (1, 1)
    (entry,) = handled["changed"]["schedule"]["time_off"]
    assert (entry["start"], entry["reason"]) == (f"{day}T00:00", "ill")
    assert entry["end"] == f"{date_of(TOMORROW + DAY_S)}T00:00"
    assert await statuses_of(barber, reached, unreached) == ["confirmed", "confirmed"]
    asked = await barber.rows(tables.outbox, tables.outbox.c.kind == "move_asked")
    assert [row.booking_id for row in asked] == [reached]


async def test_days_off_are_ones_own_and_closed_days_the_admins(barber: Business) -> None:
    day = date_of(TOMORROW)
    closure = {"date": day, "handling": "cancel"}
    for caller in (barber.client, barber.specialist):
        await caller.refused("forbidden", "POST", "/v1/closures/handled", json=closure)
    boris = (await barber.admin.ok("POST", "/v1/specialists", json={"name": "Boris"}))["id"]
    time_off = {"first": day, "last": day, "handling": "cancel"}
    path = f"/v1/specialists/{boris}/time-off/handled"
    for caller in (barber.client, barber.specialist):
        await caller.refused("forbidden", "POST", path, json=time_off)
    backwards = time_off | {"first": date_of(TOMORROW + DAY_S)}
    assert (await barber.admin.refused("invalid", "POST", path, json=backwards))["field"] == "last"
    assert (await barber.admin.ok("POST", path, json=time_off))["done"] == 0


async def test_a_closed_day_leaves_the_other_business_alone(barber: Business, studio: Business) -> None:
    theirs = await studio.add_booking(TOMORROW)
    body = {"date": date_of(TOMORROW), "handling": "cancel"}
    assert (await barber.admin.ok("POST", "/v1/closures/handled", json=body))["done"] == 0
    assert await statuses_of(studio, theirs) == ["confirmed"]
