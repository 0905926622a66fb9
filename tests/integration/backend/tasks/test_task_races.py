"""Presses about bookings that need a new time, all at once; on both databases."""

import asyncio
from collections.abc import Awaitable
from typing import Any

from backend.db import tables
from tests.support.asgi import Reply
from tests.support.business import Business
from tests.support.business_rows import CLIENT, OTHER
from tests.support.displaced_bookings import DAY, HOUR, START, booking_of, deliver, grace_of, open_tasks, take_off, utc

PEOPLE = range(9000, 9008)


def take(barber: Business, who: int, booking: int, start: int, specialist: int) -> Awaitable[Reply]:
    """Press on an offered time."""
    body = {"start": utc(start), "specialist_id": specialist}
    key = f"{who}-{booking}-{start}-{specialist}"
    return barber.caller(who).call("POST", f"/v1/bookings/{booking}/new-time", json=body, key=key)


async def taken(barber: Business) -> list[tuple[int, int]]:
    """Return (specialist, start) of everything that occupies a place, in order."""
    items = await barber.rows(tables.booking_items, tables.booking_items.c.active)
    return sorted((item.specialist_id, item.starts_at) for item in items)


async def ill_with_bookings(barber: Business, people: range) -> list[int]:
    """Let Anna be ill on a day with a booking for each of these people; return the bookings' ids."""
    ids = []
    for number, tg_id in enumerate(people):
        await barber.add_person(tg_id)
        ids.append(await barber.add_booking(START + (number - 4) * 1800, who=tg_id))
    return ids


async def test_two_clients_press_for_the_last_offered_place(barber: Business) -> None:
    """One gets it, the other keeps their booking and their task, and is told other times."""
    grace = await grace_of(barber)
    mine, theirs = await barber.add_booking(START), await barber.add_booking(START + HOUR, who=OTHER)
    await take_off(barber)
    at = START + 2 * HOUR
    replies = await asyncio.gather(take(barber, CLIENT, mine, at, grace), take(barber, OTHER, theirs, at, grace))
    assert sorted(reply.status for reply in replies) == [200, 409]
    lost = next(reply for reply in replies if reply.status == 409)
    loser = theirs if replies[0].status == 200 else mine
    assert (lost.code, len(lost.body["alternatives"])) == ("slot_taken", 3)
    assert await open_tasks(barber) == [loser]
    anna, stays = barber.specialists["Anna"], START if loser == mine else START + HOUR
    assert await taken(barber) == sorted([(anna, stays), (grace, at)])


async def test_a_client_presses_two_times_at_once(barber: Business) -> None:
    """Two buttons of one message, or one button twice: one press counts, and only its place is taken."""
    grace = await grace_of(barber)
    for day, starts in ((0, (HOUR, 2 * HOUR)), (1, (HOUR, HOUR))):
        own = START + day * DAY
        booking = await barber.add_booking(own)
        await take_off(barber, own)
        presses = [
            barber.client.call(
                "POST",
                f"/v1/bookings/{booking}/new-time",
                json={"start": utc(own + later), "specialist_id": grace},
                key=f"{day}-{number}",
            )
            for number, later in enumerate(starts)
        ]
        replies = await asyncio.gather(*presses)
        assert sorted((reply.status, reply.code if reply.status > 299 else "") for reply in replies) == [
            (200, ""), (409, "illegal_step"),
        ]  # fmt: skip
        won = next(reply.body for reply in replies if reply.status == 200)
        shown = await booking_of(barber, booking)
        assert (shown["start"], shown["task"], shown["specialist_id"]) == (won["start"], None, grace)
        assert len(await taken(barber)) == day + 1
    assert await open_tasks(barber) == []


async def test_a_day_off_is_withdrawn_while_clients_choose(barber: Business) -> None:
    """The faster one has another time, and all others have theirs as booked; nobody is left with a task."""
    grace = await grace_of(barber)
    ids = await ill_with_bookings(barber, PEOPLE)
    before = {each: (await booking_of(barber, each))["start"] for each in ids}
    off = (await take_off(barber))["id"]
    await deliver(barber)
    path = f"/v1/specialists/{barber.specialists['Anna']}/time-off/{off}"

    def press(number: int) -> Awaitable[Reply]:
        return take(barber, PEOPLE[number], ids[number], START + (number - 4) * 1800, grace)

    half = len(ids) // 2
    replies = await asyncio.gather(
        *map(press, range(half)), barber.specialist.call("DELETE", path), *map(press, range(half, len(ids)))
    )
    withdrawn, presses = replies[half], [*replies[:half], *replies[half + 1 :]]
    assert withdrawn.status == 200, withdrawn
    assert {(reply.status, reply.code if reply.status > 299 else "") for reply in presses} <= {
        (200, ""), (409, "illegal_step"),
    }  # fmt: skip
    assert await open_tasks(barber) == []
    standing = set()
    for each, reply in zip(ids, presses, strict=True):
        shown = await booking_of(barber, each)
        moved = reply.status == 200
        assert (shown["start"], shown["task"], shown["status"]) == (before[each], None, "confirmed")
        assert shown["specialist_id"] == (grace if moved else barber.specialists["Anna"])
        standing |= set() if moved else {each}
    assert len(set(await taken(barber))) == len(ids)
    # who was asked and has chosen nothing reads that their time stands
    told = await barber.rows(tables.outbox, tables.outbox.c.kind == "time_stands")
    assert {row.booking_id for row in told} == standing


async def test_all_are_placed_while_clients_choose(barber: Business) -> None:
    """Each booking has one place in the end: that which its client chose, or that which staff gave it first."""
    grace = await grace_of(barber)
    ids = await ill_with_bookings(barber, PEOPLE)
    await take_off(barber)

    def press(number: int) -> Awaitable[Reply]:
        return take(barber, PEOPLE[number], ids[number], START + DAY + number * 1800, grace)

    replies: list[Any] = await asyncio.gather(
        *map(press, range(4)), barber.admin.call("POST", "/v1/tasks/placements", json={}), *map(press, range(4, 8))
    )
    placed = {one["booking"]["id"] for one in replies.pop(4).body["placed"]}
    chosen = {each for each, reply in zip(ids, replies, strict=True) if reply.status == 200}
    assert {reply.code for reply in replies if reply.status != 200} <= {"illegal_step"}
    assert (placed | chosen, placed & chosen) == (set(ids), set())
    assert await open_tasks(barber) == []
    for each in ids:
        assert (await booking_of(barber, each))["task"] == ("placed" if each in placed else None)
    assert len(set(await taken(barber))) == len(ids)
