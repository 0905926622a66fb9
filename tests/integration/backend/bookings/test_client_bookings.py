"""What a client has already: one place at a time, one hold, so many bookings ahead; a move keeps its specialist."""

import asyncio
from collections import Counter

from backend.db import tables
from tests.support.backend_api import Api
from tests.support.business import Business, open_business
from tests.support.business_rows import CLIENT

DAY = "2026-06-10"


def at(clock: str) -> str:
    return f"{DAY}T{clock}:00+02:00"


async def two_chairs(backend: Api, max_active_per_client: int = 1000) -> tuple[Business, int, int, int]:
    """Return (shop, service of an hour, and two who do it)."""
    shop = await open_business(backend, slot_step_min=30, max_active_per_client=max_active_per_client)
    service = await shop.add_service(60)
    return shop, service, await shop.add_specialist(service), await shop.add_specialist(service)


async def test_a_client_is_in_one_place_at_a_time(backend: Api) -> None:
    shop, service, one, two = await two_chairs(backend)
    first = await shop.client.booked(service, start=at("10:00"), specialist_id=one)
    for start in ("09:30", "10:00", "10:30"):
        refused = await shop.client.book(service, start=at(start), specialist_id=two)
        assert (refused.status, refused.code, refused.body["field"]) == (409, "limit_reached", "client_overlap")
        assert refused.body["booking"] == {"id": first["id"], "start": first["start"], "end": first["end"]}
    # what begins as the other ends is no overlap
    await shop.client.booked(service, start=at("11:00"), specialist_id=two)
    await shop.other.booked(service, start=at("10:00"), specialist_id=two)


async def test_staff_may_book_a_client_twice_at_a_time_and_nothing_else_is_lifted(backend: Api) -> None:
    shop, service, one, two = await two_chairs(backend)
    client_id = shop.people[CLIENT]
    await shop.client.booked(service, start=at("10:00"), specialist_id=one)
    assert (
        await shop.admin.book(service, start=at("10:00"), specialist_id=two, client_id=client_id)
    ).code == "limit_reached"
    child = await shop.admin.booked(
        service, start=at("10:00"), specialist_id=two, client_id=client_id, allow_overlap=True
    )
    assert child["status"] == "confirmed"
    taken = await shop.admin.book(
        service, start=at("10:00"), specialist_id=two, client_id=client_id, allow_overlap=True
    )
    assert taken.code == "slot_taken"
    refused = await shop.other.book(service, start=at("12:00"), specialist_id=two, allow_overlap=True)
    assert (refused.status, refused.code) == (403, "forbidden")


async def test_a_move_onto_another_booking_of_the_client_is_refused(backend: Api) -> None:
    shop, service, one, two = await two_chairs(backend)
    first = await shop.client.booked(service, start=at("10:00"), specialist_id=one)
    second = await shop.client.booked(service, start=at("12:00"), specialist_id=two)
    refused = await shop.client.step(second, "move", {"start": at("10:30")})
    assert (refused.code, refused.body["booking"]["id"]) == ("limit_reached", first["id"])
    assert (await shop.client.ok("GET", f"/v1/bookings/{second['id']}"))["start"] == second["start"]
    # its own place is not in its way
    assert (await shop.client.step(second, "move", {"start": at("12:30")})).status == 200
    moved = await shop.admin.step(second, "move", {"start": at("10:30"), "allow_overlap": True})
    assert moved.status == 200


async def test_a_cancelled_booking_is_not_brought_back_over_another(backend: Api) -> None:
    shop, service, one, two = await two_chairs(backend)
    first = await shop.client.booked(service, start=at("10:00"), specialist_id=one)
    await shop.client.step(first, "cancel")
    await shop.client.booked(service, start=at("10:30"), specialist_id=two)
    assert (await shop.client.step(first, "undo")).code == "limit_reached"


async def test_many_bookings_of_one_client_at_once_are_one(backend: Api) -> None:
    shop, service, *_ = await two_chairs(backend)
    starts = [at(clock) for clock in ("10:00", "10:30") for _ in range(8)]
    replies = await asyncio.gather(*(shop.client.book(service, start=start) for start in starts))
    assert Counter(reply.status for reply in replies) == {201: 1, 409: 15}
    assert len(await shop.rows(tables.bookings)) == 1


async def test_a_new_hold_ends_the_old_one(backend: Api) -> None:
    shop, service, one, _ = await two_chairs(backend, max_active_per_client=1)
    first = await shop.client.booked(service, start=at("10:00"), specialist_id=one, hold=True)
    # over its own place, too: that is free to its client
    second = await shop.client.booked(service, start=at("10:30"), specialist_id=one, hold=True)
    assert (await shop.client.ok("GET", f"/v1/bookings/{first['id']}"))["status"] == "expired"
    assert [b["id"] for b in (await shop.client.ok("GET", "/v1/bookings"))["items"]] == [second["id"]]
    # where the new one is refused the old one stays
    await shop.other.booked(service, start=at("13:00"), specialist_id=one)
    assert (await shop.client.book(service, start=at("13:00"), specialist_id=one, hold=True)).code == "slot_taken"
    assert (await shop.client.step(second, "confirm")).body["status"] == "confirmed"


async def test_holds_count_neither_as_bookings_nor_as_overlap_until_they_are_confirmed(backend: Api) -> None:
    shop, service, one, two = await two_chairs(backend, max_active_per_client=2)
    held = await shop.client.booked(service, start=at("10:00"), specialist_id=one, hold=True)
    booked = await shop.client.booked(service, start=at("10:30"), specialist_id=two)
    refused = await shop.client.step(held, "confirm")
    assert (refused.code, refused.body["booking"]["id"]) == ("limit_reached", booked["id"])
    await shop.client.step(booked, "cancel")
    for clock in ("14:00", "15:00"):
        await shop.client.booked(service, start=at(clock), specialist_id=two)
    assert (await shop.client.step(held, "confirm")).code == "limit_reached"


async def test_a_move_stays_with_its_specialist_unless_another_is_wanted(backend: Api) -> None:
    shop, service, one, two = await two_chairs(backend)
    booking = await shop.client.booked(service, start=at("10:00"), specialist_id=one)
    await shop.other.booked(service, start=at("12:00"), specialist_id=one)
    refused = await shop.client.step(booking, "move", {"start": at("12:00")})
    assert refused.code == "slot_taken"
    assert all(one in slot["specialist_ids"] for slot in refused.body["alternatives"])
    path = f"/v1/bookings/{booking['id']}/slots"
    days = {"from": DAY, "to": DAY}
    own = {slot["start"] for slot in (await shop.client.ok("GET", path, params=days))["slots"]}
    anybody = {
        slot["start"] for slot in (await shop.client.ok("GET", path, params=days | {"any_specialist": True}))["slots"]
    }
    assert f"{DAY}T10:00:00Z" in anybody - own
    moved = await shop.client.step(booking, "move", {"start": at("12:00"), "any_specialist": True})
    assert moved.body["specialist_id"] == two
    named = await shop.client.step(booking, "move", {"start": at("15:00"), "specialist_id": one})
    assert named.body["specialist_id"] == one


async def test_a_booking_of_two_specialists_moves_with_both(backend: Api) -> None:
    shop = await open_business(backend, slot_step_min=30)
    cut, colour = await shop.add_service(60), await shop.add_service(60)
    anna, bob = await shop.add_specialist(cut), await shop.add_specialist(colour)
    third = await shop.add_specialist(cut, colour, hours="12:00-18:00")
    booking = await shop.client.booked(cut, colour, start=at("10:00"), specialist_id=anna)
    assert [item["specialist_id"] for item in booking["items"]] == [anna, bob]
    moved = (await shop.client.step(booking, "move", {"start": at("13:00")})).body
    assert [item["specialist_id"] for item in moved["items"]] == [anna, bob]
    anybody = (await shop.client.step(booking, "move", {"start": at("15:00"), "specialist_id": third})).body
    assert {item["specialist_id"] for item in anybody["items"]} == {third}
