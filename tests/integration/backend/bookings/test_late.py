"""I'm late, on both databases: who is told, until when it can be said, and that the last number replaces the one before."""

from typing import Any

import pytest

from backend.db import tables
from tests.support.business import Business
from tests.support.business_rows import ADMIN, CLIENT, NOW, SPECIALIST
from tests.support.displaced_bookings import claim

HOUR = 3600
START = NOW + 2 * HOUR


async def late(barber: Business, booking: int, minutes: int) -> Any:
    return await barber.client.ok("POST", f"/v1/bookings/{booking}/late", json={"minutes": minutes})


async def test_the_specialist_is_told_and_another_number_takes_the_place(barber: Business) -> None:
    booking = await barber.add_booking(START)
    assert (await late(barber, booking, 20))["late_min"] == 20
    (notice,) = await claim(barber)
    assert (notice["kind"], notice["role"], notice["tg_id"]) == ("late", "specialist", SPECIALIST)
    assert (notice["booking"]["late_min"], notice["message_id"]) == (20, None)
    await barber.gateway.mark_sent(notice, 7)
    await late(barber, booking, 20)
    assert await claim(barber) == [], "the same number is told once"
    await late(barber, booking, 30)
    (again,) = await claim(barber)
    assert (again["id"], again["message_id"], again["booking"]["late_min"]) == (notice["id"], 7, 30)
    # a third number while the second is on its way
    await late(barber, booking, 10)
    assert await claim(barber) == []
    await barber.gateway.mark_sent(again, 8)
    (last,) = await claim(barber)
    assert (last["id"], last["message_id"], last["booking"]["late_min"]) == (notice["id"], 8, 10)
    history = await barber.admin.ok("GET", f"/v1/bookings/{booking}/history")
    assert [entry["detail"]["minutes"] for entry in history["items"] if entry["action"] == "late"] == [20, 30, 10]


async def test_a_number_changed_before_the_message_is_sent_is_one_message(barber: Business) -> None:
    booking = await barber.add_booking(START)
    await late(barber, booking, 10)
    await late(barber, booking, 20)
    (notice,) = await claim(barber)
    assert notice["booking"]["late_min"] == 20


@pytest.mark.parametrize("gone", ["no account", "blocked"])
async def test_admins_are_told_where_no_specialist_can_be(barber: Business, gone: str) -> None:
    table = tables.people if gone == "blocked" else tables.specialists
    values: dict[str, Any] = {"unreachable_at": NOW} if gone == "blocked" else {"person_id": None}
    where = table.c.id == (barber.people[SPECIALIST] if gone == "blocked" else next(iter(barber.specialists.values())))

    def write(conn: Any) -> None:
        conn.execute(table.update().where(table.c.tenant_id == barber.id, where).values(**values))

    await barber.api.db.write(barber.id, write)
    await late(barber, await barber.add_booking(START), 10)
    assert [(notice["role"], notice["tg_id"]) for notice in await claim(barber)] == [("admin", ADMIN)]


async def test_it_can_be_said_from_three_hours_before_until_it_begins(barber: Business) -> None:
    for start, code in ((NOW + 3 * HOUR + 60, "too_soon"), (NOW, "too_late"), (NOW - 3 * HOUR, "too_late")):
        booking = await barber.add_booking(start)
        await barber.client.refused(code, "POST", f"/v1/bookings/{booking}/late", json={"minutes": 10})
    assert await barber.rows(tables.outbox) == []
    await late(barber, await barber.add_booking(NOW + 2 * HOUR), 10)


@pytest.mark.parametrize("status", ["pending", "cancelled", "arrived", "no_show", "completed"])
async def test_only_what_stands_and_waits_can_be_late(barber: Business, status: str) -> None:
    booking = await barber.add_booking(START, status=status)
    await barber.client.refused("illegal_step", "POST", f"/v1/bookings/{booking}/late", json={"minutes": 10})


@pytest.mark.parametrize("body", [{}, {"minutes": 15}, {"minutes": "10"}, {"minutes": 10, "x": 1}, {"minutes": None}])
async def test_other_numbers_are_none(barber: Business, body: Any) -> None:
    booking = await barber.add_booking(START)
    await barber.client.refused("invalid", "POST", f"/v1/bookings/{booking}/late", json=body)


async def test_it_is_the_clients_own_booking(barber: Business, studio: Business) -> None:
    booking = await barber.add_booking(START)
    for stranger in (barber.other, studio.client, studio.admin):
        await stranger.refused("not_found", "POST", f"/v1/bookings/{booking}/late", json={"minutes": 10})


async def test_a_move_ends_it(barber: Business) -> None:
    """And a cancellation takes back what has not been sent."""
    booking = await barber.add_booking(START)
    await late(barber, booking, 10)
    await barber.client.ok("POST", f"/v1/bookings/{booking}/cancel")
    assert "late" not in [notice["kind"] for notice in await claim(barber)]
    assert CLIENT in barber.people
