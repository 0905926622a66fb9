"""Many at once: one place, one booking. The same on both databases."""

import asyncio
from collections import Counter
from itertools import pairwise
from typing import Any

from sqlalchemy import func, select

from backend.db import tables
from tests.support.backend_api import Api
from tests.support.business import Business, open_business

DAY = "2026-06-02"
TEN = f"{DAY}T10:00:00+02:00"


async def crowd(shop: Business, count: int) -> list[int]:
    """Add so many clients; return their Telegram ids."""
    people = range(5000, 5000 + count)
    for tg_id in people:
        await shop.add_person(tg_id)
    return list(people)


async def test_64_clients_want_one_place(backend: Api) -> None:
    shop = await open_business(backend, slot_step_min=30)
    service = await shop.add_service(60)
    await shop.add_specialist(service)
    people = await crowd(shop, 64)
    replies = await asyncio.gather(*(shop.caller(who).book(service, start=TEN) for who in people))
    assert Counter(reply.status for reply in replies) == {201: 1, 409: 63}
    for reply in replies:
        if reply.status == 409:
            assert reply.code == "slot_taken"
            offered = [one["start"] for one in reply.body["alternatives"]]
            assert offered == ["2026-06-02T07:00:00Z", "2026-06-02T09:00:00Z", "2026-06-02T09:30:00Z"]
    assert len(await shop.rows(tables.bookings)) == 1


async def test_overlapping_starts_leave_no_overlap(backend: Api) -> None:
    shop = await open_business(backend, slot_step_min=15)
    service = await shop.add_service(60, before=10, after=10)
    await shop.add_specialist(service, hours="09:00-13:00")
    people = await crowd(shop, 40)
    starts = [slot["start"] for slot in await shop.client.slots(service, day=DAY)]
    replies = await asyncio.gather(
        *(shop.caller(who).book(service, start=starts[number % len(starts)]) for number, who in enumerate(people))
    )
    assert {reply.status for reply in replies} == {201, 409}
    items = sorted((row.occ_start, row.occ_end) for row in await shop.rows(tables.booking_items))
    assert all(end <= start for (_, end), (start, _) in pairwise(items))
    assert len(items) == sum(reply.status == 201 for reply in replies) >= 2


async def test_any_specialist_gives_each_a_different_one_then_refuses(backend: Api) -> None:
    shop = await open_business(backend)
    service = await shop.add_service(60)
    specialists = {await shop.add_specialist(service) for _ in range(5)}
    people = await crowd(shop, 12)
    replies = await asyncio.gather(*(shop.caller(who).book(service, start=TEN) for who in people))
    assert Counter(reply.status for reply in replies) == {201: 5, 409: 7}
    assert {reply.body["specialist_id"] for reply in replies if reply.status == 201} == specialists
    assert {reply.code for reply in replies if reply.status == 409} == {"slot_taken"}


async def test_any_specialist_stays_fair_in_a_crowd(backend: Api) -> None:
    """Three clients at once, each at another hour, get three specialists; a crowd then fills everybody's day alike."""
    shop = await open_business(backend)
    service = await shop.add_service(60)
    specialists = [await shop.add_specialist(service, hours="09:00-13:00") for _ in range(3)]
    people = await crowd(shop, 12)

    async def book(numbers: range) -> Counter[int]:
        hours = ("09", "10", "11", "12")
        replies = await asyncio.gather(
            *(shop.caller(people[n]).book(service, start=f"{DAY}T{hours[n % 4]}:00:00+02:00") for n in numbers)
        )
        assert {reply.status for reply in replies} == {201}
        return Counter(reply.body["specialist_id"] for reply in replies)

    # in whatever order they come: nobody has two bookings before everybody has one
    counts = await book(range(3))
    assert counts == dict.fromkeys(specialists, 1)
    assert counts + await book(range(3, 12)) == dict.fromkeys(specialists, 4)


async def test_a_limit_holds_for_a_client_who_asks_for_all_at_once(backend: Api) -> None:
    shop = await open_business(backend, max_active_per_client=2)
    service = await shop.add_service(60)
    await shop.add_specialist(service)
    hours = range(9, 17)
    replies = await asyncio.gather(*(shop.client.book(service, start=f"{DAY}T{hour:02}:00:00+02:00") for hour in hours))
    assert Counter(reply.status for reply in replies) == {201: 2, 409: 6}
    assert {reply.code for reply in replies if reply.status == 409} == {"limit_reached"}


async def test_a_group_takes_as_many_as_it_holds(backend: Api) -> None:
    shop = await open_business(backend)
    service = await shop.add_service(60, capacity=4)
    await shop.add_specialist(service)
    people = await crowd(shop, 10)
    replies = await asyncio.gather(*(shop.caller(who).book(service, start=TEN) for who in people))
    assert Counter(reply.status for reply in replies) == {201: 4, 409: 6}


async def test_rooms_are_never_over_full(backend: Api) -> None:
    shop = await open_business(backend)
    chair = await shop.add_room(2)
    service = await shop.add_service(60, rooms=[chair])
    for _ in range(4):
        await shop.add_specialist(service)
    people = await crowd(shop, 10)
    replies = await asyncio.gather(*(shop.caller(who).book(service, start=TEN) for who in people))
    assert Counter(reply.status for reply in replies) == {201: 2, 409: 8}


async def test_of_two_movers_one_wins_and_the_other_keeps_the_old_place(backend: Api) -> None:
    shop = await open_business(backend)
    service = await shop.add_service(60)
    await shop.add_specialist(service)
    mine = await shop.client.booked(service, start=f"{DAY}T12:00:00+02:00")
    theirs = await shop.other.booked(service, start=f"{DAY}T13:00:00+02:00")
    replies = await asyncio.gather(
        shop.client.step(mine, "move", {"start": TEN}), shop.other.step(theirs, "move", {"start": TEN})
    )
    assert sorted(reply.status for reply in replies) == [200, 409]
    starts = {row.id: row.starts_at for row in await shop.rows(tables.bookings)}
    loser, old = (mine, mine["start"]) if replies[0].status == 409 else (theirs, theirs["start"])
    reply = await shop.admin.call("GET", f"/v1/bookings/{loser['id']}")
    assert (reply.body["start"], reply.body["status"]) == (old, "confirmed")
    assert len(set(starts.values())) == 2


async def test_two_pending_requests_never_share_a_place(backend: Api) -> None:
    shop = await open_business(backend, approval=True)
    service = await shop.add_service(60)
    await shop.add_specialist(service)
    replies = await asyncio.gather(shop.client.book(service, start=TEN), shop.other.book(service, start=TEN))
    assert sorted(reply.status for reply in replies) == [201, 409]
    won = next(reply.body for reply in replies if reply.status == 201)
    approvals = await asyncio.gather(*(shop.admin.step(won, "approve") for _ in range(2)))
    assert [reply.body["status"] for reply in approvals if reply.status == 200] == ["confirmed"]
    assert {reply.code for reply in approvals if reply.status != 200} == {"illegal_step"}


async def test_one_key_at_once_has_one_effect_and_the_same_bytes(backend: Api) -> None:
    shop = await open_business(backend)
    service = await shop.add_service(60)
    for _ in range(3):
        await shop.add_specialist(service)
    replies = await asyncio.gather(*(shop.client.book(service, start=TEN, key="draft-1") for _ in range(16)))
    assert {reply.status for reply in replies} == {201}
    assert len({reply.content for reply in replies}) == 1
    assert sum(reply.headers.get("idempotent-replayed") == "true" for reply in replies) == 15
    statement = select(func.count()).where(tables.bookings.c.tenant_id == shop.id)
    count: Any = await backend.db.read(lambda conn: conn.execute(statement).scalar())
    assert count == 1
    other = await shop.client.book(service, start=f"{DAY}T11:00:00+02:00", key="draft-1")
    assert (other.status, other.code) == (422, "idem_mismatch")


async def test_a_refusal_is_repeated_too(backend: Api) -> None:
    shop = await open_business(backend)
    service = await shop.add_service(60)
    await shop.add_specialist(service)
    taken = await shop.other.booked(service, start=TEN)
    first = await shop.client.book(service, start=TEN, key="draft-2")
    await shop.admin.step(taken, "cancel")
    again = await shop.client.book(service, start=TEN, key="draft-2")
    assert first.status == again.status == 409
    assert first.content == again.content


async def test_one_place_is_taken_by_cancel_undo_and_booking_at_once(backend: Api) -> None:
    shop = await open_business(backend)
    service = await shop.add_service(60)
    await shop.add_specialist(service)
    mine = await shop.client.booked(service, start=TEN)
    assert (await shop.client.step(mine, "cancel")).status == 200
    undone, booked = await asyncio.gather(shop.client.step(mine, "undo"), shop.other.book(service, start=TEN))
    assert sorted([undone.status == 200, booked.status == 201]) == [False, True]
    loser = undone if undone.status != 200 else booked
    assert (loser.status, loser.code) == (409, "slot_taken")
