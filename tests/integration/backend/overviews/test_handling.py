"""Closed days and days off that handle the bookings in their way, in one step."""

from datetime import UTC, datetime

import pytest_asyncio

from backend.db import tables
from tests.support.api import NOW, Api
from tests.support.town import ADMIN, CLIENT, SPECIALIST, Town, settle

DAY_S = 86_400
TOMORROW = NOW + DAY_S


@pytest_asyncio.fixture
async def town(api: Api) -> Town:
    return await settle(api)


def date_of(instant: int) -> str:
    return datetime.fromtimestamp(instant, UTC).date().isoformat()


async def status_of(town: Town, booking_id: int) -> str:
    return str((await town.ok("GET", f"/v1/bookings/{booking_id}"))["status"])


async def test_a_closed_day_cancels_what_is_booked_on_it_once(town: Town) -> None:
    booked = [await town.add_booking(TOMORROW), await town.add_booking(TOMORROW + 3600, status="pending")]
    later = await town.add_booking(TOMORROW + DAY_S)
    body = {"date": date_of(TOMORROW), "handling": "cancel"}
    for _ in range(2):  # the same key once more has the same answer, and no other effect
        handled = await town.ok("POST", "/v1/closures/handled", json=body, key="close")
        assert (handled["done"], handled["missed"]) == (2, 0)
        assert handled["changed"]["closures"] == {"dates": [date_of(TOMORROW)]}
    assert [await status_of(town, booking_id) for booking_id in (*booked, later)] == [
        "cancelled",
        "cancelled",
        "confirmed",
    ]
    assert len(await town.rows(tables.outbox, tables.outbox.c.kind == "cancelled")) >= 2


async def test_clients_are_asked_for_another_time_and_those_out_of_reach_counted(town: Town) -> None:
    reached = await town.add_booking(TOMORROW)
    offline = await town.ok("POST", "/v1/clients", json={"name": "Offline"})
    unreached = await town.add_booking(TOMORROW + 3600)
    await town.api.db.write(
        town.here.id,
        lambda conn: (
            conn.execute(
                tables.bookings.update().where(tables.bookings.c.id == unreached).values(client_id=offline["id"])
            ).rowcount
        ),
    )
    anna = town.here.specialists["Anna"]
    day = date_of(TOMORROW)
    body = {"first": day, "last": day, "handling": "ask_to_move", "reason": "ill"}
    handled = await town.ok("POST", f"/v1/specialists/{anna}/time-off/handled", SPECIALIST, json=body)
    assert (handled["done"], handled["missed"]) == (1, 1)
    (entry,) = handled["changed"]["schedule"]["time_off"]
    assert (entry["start"], entry["end"], entry["reason"]) == (
        f"{day}T00:00",
        f"{date_of(TOMORROW + DAY_S)}T00:00",
        "ill",
    )
    assert [await status_of(town, booking_id) for booking_id in (reached, unreached)] == ["confirmed", "confirmed"]
    asked = await town.rows(tables.outbox, tables.outbox.c.kind == "move_asked")
    assert [row.booking_id for row in asked] == [reached]


async def test_days_off_are_ones_own_and_closed_days_the_admins(town: Town) -> None:
    day = date_of(TOMORROW)
    closure = {"date": day, "handling": "cancel"}
    for who in (CLIENT, SPECIALIST):
        await town.refused("forbidden", "POST", "/v1/closures/handled", who, json=closure)
    boris = (await town.ok("POST", "/v1/specialists", json={"name": "Boris"}))["id"]
    time_off = {"first": day, "last": day, "handling": "cancel"}
    path = f"/v1/specialists/{boris}/time-off/handled"
    await town.refused("forbidden", "POST", path, SPECIALIST, json=time_off)
    await town.refused("forbidden", "POST", path, CLIENT, json=time_off)
    backwards = time_off | {"first": date_of(TOMORROW + DAY_S)}
    assert (await town.refused("invalid", "POST", path, ADMIN, json=backwards))["field"] == "last"
    assert (await town.ok("POST", path, ADMIN, json=time_off))["done"] == 0
