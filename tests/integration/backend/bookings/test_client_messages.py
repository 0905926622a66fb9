"""Messages to the client of a booking, and which notices staff choose to get, on both databases."""

from typing import Any

import pytest
from sqlalchemy import update

from backend.db import tables
from tests.support.business import Business
from tests.support.business_rows import ADMIN, CLIENT, NOW
from tests.support.displaced_bookings import claim

START = NOW + 3 * 86_400


async def test_a_message_reaches_the_client_and_nobody_else(barber: Business) -> None:
    """By the booking's specialist or an admin; the log tells that there was one, never what it said."""
    booking = await barber.add_booking(START)
    said = {"text": "Please use the back door\u202e.\n\nThank you"}
    first = await barber.specialist.call("POST", f"/v1/bookings/{booking}/message", json=said, key="m1")
    again = await barber.specialist.call("POST", f"/v1/bookings/{booking}/message", json=said, key="m1")
    assert (first.status, again.content) == (200, first.content)
    (notice,) = await claim(barber)
    assert (notice["kind"], notice["role"], notice["tg_id"]) == ("text", "client", CLIENT)
    assert notice["text"] == "Please use the back door.\n\nThank you"
    assert notice["booking"]["id"] == booking
    (line,) = await barber.rows(tables.audit, tables.audit.c.action == "booking.message")
    assert "door" not in line.detail


@pytest.mark.parametrize("path", ["message", "ask-move"])
async def test_only_staff_of_the_booking_may(barber: Business, studio: Business, path: str) -> None:
    booking = await barber.add_booking(START)
    body = {"json": {"text": "hello"}} if path == "message" else {}
    where = f"/v1/bookings/{booking}/{path}"
    await barber.client.refused("forbidden", "POST", where, **body)
    await barber.other.refused("forbidden", "POST", where, **body)
    await studio.admin.refused("not_found", "POST", where, **body)
    assert await claim(barber) == []


async def test_asked_for_another_time_while_there_is_one_to_give(barber: Business) -> None:
    booking, gone = await barber.add_booking(START), await barber.add_booking(START + 7200, status="cancelled")
    await barber.specialist.ok("POST", f"/v1/bookings/{booking}/ask-move")
    await barber.admin.refused("illegal_step", "POST", f"/v1/bookings/{gone}/ask-move")
    (notice,) = await claim(barber)
    assert (notice["kind"], notice["tg_id"]) == ("move_asked", CLIENT)


async def test_asked_in_vain_is_not_sent(barber: Business) -> None:
    """Cancelled before the message was due: it says nothing true any more."""
    booking = await barber.add_booking(START)
    await barber.admin.ok("POST", f"/v1/bookings/{booking}/ask-move")
    await barber.admin.ok("POST", f"/v1/bookings/{booking}/cancel", json={"notify": False})
    assert "move_asked" not in [one["kind"] for one in await claim(barber)]


async def test_a_client_whom_no_message_reaches(barber: Business) -> None:
    booking = await barber.add_booking(START)

    def block(conn: Any) -> None:
        conn.execute(
            update(tables.people).where(tables.people.c.id == barber.people[CLIENT]).values(unreachable_at=NOW)
        )

    await barber.api.db.write(barber.id, block)
    await barber.admin.refused("illegal_step", "POST", f"/v1/bookings/{booking}/message", json={"text": "hello"})
    # it needs a new time all the same, and staff see that they must call
    await barber.admin.ok("POST", f"/v1/bookings/{booking}/ask-move")
    assert [one["asked"] for one in (await barber.admin.ok("GET", "/v1/tasks"))["items"]] == ["unreachable"]


@pytest.mark.parametrize("text", ["", " \u200b ", "x" * 1001])
async def test_a_message_that_is_none(barber: Business, text: str) -> None:
    booking = await barber.add_booking(START)
    await barber.admin.refused("invalid", "POST", f"/v1/bookings/{booking}/message", json={"text": text})


@pytest.mark.parametrize(
    ("setting", "heard"),
    [("all", {"booked", "cancelled", "moved"}), ("changes", {"cancelled", "moved"}), ("none", set())],
)
async def test_staff_hear_what_they_have_chosen(barber: Business, setting: str, heard: set[str]) -> None:
    """Chosen by themselves, counting from the next message; what waits for an answer always comes."""
    me = await barber.admin.ok("PATCH", "/v1/people/me", json={"staff_notices": setting})
    assert me["staff_notices"] == setting
    booked, cancelled, asked = (
        await barber.add_booking(START),
        await barber.add_booking(START + 7200, status="cancelled"),
        await barber.add_booking(START + 14_400, status="pending"),
    )

    def tell(conn: Any) -> None:
        barber.announce(conn, None, booked, "booked")
        barber.announce(conn, None, booked, "moved", previous_start=START)
        barber.announce(conn, None, cancelled, "cancelled")
        barber.announce(conn, None, asked, "approval_asked")

    await barber.api.db.write(barber.id, tell)
    mine = {one["kind"] for one in await claim(barber) if one["tg_id"] == ADMIN}
    assert mine == heard | {"approval_asked"}


async def test_a_choice_that_there_is_not(barber: Business) -> None:
    await barber.admin.refused("invalid", "PATCH", "/v1/people/me", json={"staff_notices": "some"})
