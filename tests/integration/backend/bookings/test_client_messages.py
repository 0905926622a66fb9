"""A word to the client of a booking, and of what staff want to be told, on both databases."""

from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import update

from backend.db import tables as t
from tests.support.api import NOW, Api
from tests.support.town import ADMIN, CLIENT, HERE, OTHER, SPECIALIST, THERE, Town, settle

START = NOW + 3 * 86_400


@pytest_asyncio.fixture
async def town(api: Api) -> Town:
    return await settle(api)


async def due(town: Town) -> list[Any]:
    claimed = await town.ok("POST", "/v1/notices/claim", None, json={"tenants": [HERE, THERE]}, tenant=None)
    return claimed["items"]  # type: ignore[no-any-return]


async def test_a_message_reaches_the_client_and_nobody_else(town: Town) -> None:
    """By the booking's specialist or an admin; the log tells that there was one, never what it said."""
    booking = await town.add_booking(START)
    said = {"text": "Please use the back door\u202e.\n\nThank you"}
    first = await town.call("POST", f"/v1/bookings/{booking}/message", SPECIALIST, json=said, key="m1")
    again = await town.call("POST", f"/v1/bookings/{booking}/message", SPECIALIST, json=said, key="m1")
    assert (first.status_code, again.content) == (200, first.content)
    (notice,) = await due(town)
    assert (notice["kind"], notice["role"], notice["tg_id"]) == ("text", "client", CLIENT)
    assert notice["text"] == "Please use the back door.\n\nThank you"
    assert notice["booking"]["id"] == booking
    (line,) = await town.rows(t.audit, t.audit.c.action == "booking.message")
    assert "door" not in line.detail


@pytest.mark.parametrize("path", ["message", "ask-move"])
async def test_only_staff_of_the_booking_may(town: Town, path: str) -> None:
    booking = await town.add_booking(START)
    body = {"json": {"text": "hello"}} if path == "message" else {}
    where = f"/v1/bookings/{booking}/{path}"
    await town.refused("forbidden", "POST", where, CLIENT, **body)
    await town.refused("forbidden", "POST", where, OTHER, **body)
    await town.refused("not_found", "POST", where, ADMIN, tenant=THERE, **body)
    assert await due(town) == []


async def test_asked_for_another_time_while_there_is_one_to_give(town: Town) -> None:
    booking, gone = await town.add_booking(START), await town.add_booking(START + 7200, status="cancelled")
    await town.ok("POST", f"/v1/bookings/{booking}/ask-move", SPECIALIST)
    await town.refused("illegal_step", "POST", f"/v1/bookings/{gone}/ask-move")
    (notice,) = await due(town)
    assert (notice["kind"], notice["tg_id"]) == ("move_asked", CLIENT)


async def test_asked_in_vain_is_not_sent(town: Town) -> None:
    """Cancelled before the message was due: it says nothing true any more."""
    booking = await town.add_booking(START)
    await town.ok("POST", f"/v1/bookings/{booking}/ask-move")
    await town.ok("POST", f"/v1/bookings/{booking}/cancel", json={"notify": False})
    assert "move_asked" not in [one["kind"] for one in await due(town)]


async def test_a_client_whom_no_message_reaches(town: Town) -> None:
    booking = await town.add_booking(START)

    def block(conn: Any) -> None:
        conn.execute(update(t.people).where(t.people.c.id == town.here.people[CLIENT]).values(unreachable_at=NOW))

    await town.api.db.write(town.here.id, block)
    await town.refused("illegal_step", "POST", f"/v1/bookings/{booking}/message", json={"text": "hello"})
    await town.refused("illegal_step", "POST", f"/v1/bookings/{booking}/ask-move")


@pytest.mark.parametrize("text", ["", " \u200b ", "x" * 1001])
async def test_a_message_that_is_none(town: Town, text: str) -> None:
    booking = await town.add_booking(START)
    await town.refused("invalid", "POST", f"/v1/bookings/{booking}/message", json={"text": text})


@pytest.mark.parametrize(
    ("setting", "heard"),
    [("all", {"booked", "cancelled", "moved"}), ("changes", {"cancelled", "moved"}), ("none", set())],
)
async def test_staff_hear_what_they_have_chosen(town: Town, setting: str, heard: set[str]) -> None:
    """Chosen by themselves, counting from the next message; what waits for an answer always comes."""
    me = await town.ok("PATCH", "/v1/people/me", ADMIN, json={"staff_notices": setting})
    assert me["staff_notices"] == setting
    booked, cancelled, asked = (
        await town.add_booking(START),
        await town.add_booking(START + 7200, status="cancelled"),
        await town.add_booking(START + 14_400, status="pending"),
    )

    def tell(conn: Any) -> None:
        town.announce(conn, None, booked, "booked")
        town.announce(conn, None, booked, "moved", previous_start=START)
        town.announce(conn, None, cancelled, "cancelled")
        town.announce(conn, None, asked, "approval_asked")

    await town.api.db.write(town.here.id, tell)
    mine = {one["kind"] for one in await due(town) if one["tg_id"] == ADMIN}
    assert mine == heard | {"approval_asked"}


async def test_a_choice_that_there_is_not(town: Town) -> None:
    await town.refused("invalid", "PATCH", "/v1/people/me", ADMIN, json={"staff_notices": "some"})
