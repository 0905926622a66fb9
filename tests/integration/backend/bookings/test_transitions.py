"""The steps of a booking over HTTP: each from every state, by everybody."""

import asyncio
from typing import Any

import pytest

from backend.bookings import rules
from backend.db import tables
from tests.support.backend_api import Api
from tests.support.business import ANNA, Business, open_business, open_staffed_business
from tests.support.business_rows import CLIENT

DAY = "2026-06-10"
TEN, ELEVEN = f"{DAY}T10:00:00+02:00", f"{DAY}T11:00:00+02:00"


async def test_approval(backend: Api) -> None:
    shop, service, _ = await open_staffed_business(backend, approval=True)
    asked = await shop.client.booked(service, start=TEN, hold=True)
    asked = (await shop.client.step(asked, "confirm")).body
    assert asked["status"] == "pending"
    assert (await shop.client.step(asked, "approve")).status == 403
    assert (await shop.caller(ANNA).step(asked, "approve")).body["status"] == "confirmed"
    direct = await shop.client.booked(service, start=ELEVEN)
    assert direct["status"] == "pending"
    assert (await shop.admin.step(direct, "decline", {"reason": "full"})).body["status"] == "cancelled"
    assert (await shop.other.book(service, start=ELEVEN)).status == 201
    by_staff = await shop.admin.booked(service, start=f"{DAY}T12:00:00+02:00", client_id=shop.people[CLIENT])
    assert by_staff["status"] == "confirmed"
    assert by_staff["client_id"] == shop.people[CLIENT]


STATES = ["held", "pending", "confirmed", "arrived", "completed", "no_show", "cancelled", "expired"]
STEPS: dict[rules.Step, str] = {
    "confirm": "confirm", "approve": "approve", "decline": "decline", "cancel": "cancel", "undo": "undo",
    "arrived": "arrived", "complete": "complete", "no_show": "no-show", "unmark": "unmark", "coming": "coming", "move": "move",
}  # fmt: skip

# a step that staff mark -> the state after it
MARKS = {"arrived": "arrived", "complete": "completed", "no_show": "no_show", "unmark": "confirmed"}


async def bring_to_state(shop: Business, service: int, state: str, start: str) -> Any:
    """Return a booking in that state."""
    if state == "pending":
        booking = await shop.client.booked(service, start=start)
        await shop.api.db.write(shop.id, lambda conn: None)
        return booking
    if state in ("held", "expired"):
        return await shop.client.booked(service, start=start, hold=True)
    booking = await shop.admin.booked(service, start=start, client_id=shop.people[CLIENT])
    mark = {"arrived": "arrived", "completed": "complete", "no_show": "no-show"}.get(state)
    if mark is not None:
        shop.api.set_time(booking["start"])
        assert (await shop.admin.step(booking, mark)).status == 200
    if state == "cancelled":
        assert (await shop.admin.step(booking, "cancel")).status == 200
    return booking


@pytest.mark.parametrize("state", STATES)
async def test_illegal_steps_are_refused_and_change_nothing(state: str, backend: Api) -> None:
    shop, service, _ = await open_staffed_business(backend, approval=True)
    # marks come last: what runs by itself may still read their clock when the next booking is made
    in_order = sorted(STEPS.items(), key=lambda each: each[0] in MARKS)
    for hour, (step, path) in enumerate(in_order):
        backend.set_time("2026-06-01T00:00:00+00:00")
        booking = await bring_to_state(shop, service, state, f"2026-06-{10 + hour}T10:00:00+02:00")
        if state == "expired":
            backend.set_time("2026-06-01T00:20:00+00:00")
        elif step in MARKS and state != "held":
            backend.set_time(booking["start"])
        body = {"start": f"2026-06-{10 + hour}T12:00:00+02:00"} if step == "move" else None
        reply = await shop.admin.step(booking, path, body)
        seen = (await shop.admin.call("GET", f"/v1/bookings/{booking['id']}")).body
        # the mark that it has is none to make
        if state in rules.FROM[step] and MARKS.get(step) != state:
            assert reply.status == 200, (state, step, reply)
        else:
            assert (reply.status, reply.code) == (409, "illegal_step"), (state, step, reply)
            # nobody has answered the request until its start
            assert seen["status"] == ("cancelled" if state == "pending" and step in MARKS else state)
            assert seen["start"] == booking["start"]


async def test_cancel_until_the_cut_off_that_was_agreed(backend: Api) -> None:
    shop, service, _ = await open_staffed_business(backend, cancel_until_min=1440)
    one, two = await shop.client.booked(service, start=TEN), await shop.client.booked(service, start=ELEVEN)
    assert one["can_cancel_until"] == "2026-06-09T08:00:00Z"
    backend.set_time("2026-06-09T08:00:00+00:00")
    early = (await shop.client.step(one, "cancel")).body
    assert (early["status"], early["late"], early["end_reason"]) == ("cancelled", False, "client")
    backend.set_time("2026-06-09T09:00:01+00:00")
    late = (await shop.client.step(two, "cancel")).body
    assert (late["status"], late["late"], late["end_reason"]) == ("cancelled", True, "client_late")
    # the place is free at once
    assert two["start"] in {slot["start"] for slot in await shop.client.slots(service, day=DAY)}
    back = (await shop.client.step(two, "undo")).body
    assert (back["status"], back["late"], back["end_reason"]) == ("confirmed", False, None)
    backend.set_time(two["start"])
    refused = await shop.client.step(two, "cancel")
    assert (refused.status, refused.code) == (409, "too_late")
    by_staff = (await shop.caller(ANNA).step(two, "cancel")).body
    assert (by_staff["late"], by_staff["end_reason"]) == (False, "business")


async def test_a_client_may_think_again_for_a_quarter_of_an_hour(backend: Api) -> None:
    shop, service, _ = await open_staffed_business(backend, cancel_until_min=1440 * 30)
    booking = await shop.client.booked(service, start=TEN)
    assert booking["can_cancel_until"] == "2026-06-01T00:15:00Z"
    backend.set_time("2026-06-01T00:15:00+00:00")
    assert (await shop.client.step(booking, "cancel")).body["end_reason"] == "client"
    again = await shop.client.booked(service, start=TEN)
    backend.set_time("2026-06-01T00:30:01+00:00")
    assert (await shop.client.step(again, "cancel")).body["end_reason"] == "client_late"


async def test_a_late_cancellation_is_told_at_once(backend: Api) -> None:
    shop, service, _ = await open_staffed_business(
        backend, cancel_until_min=1440, quiet_hours={"start": "22:00", "end": "09:00"}
    )
    booking = await shop.client.booked(service, start=TEN)
    backend.set_time("2026-06-10T02:00:00+00:00")
    await shop.client.step(booking, "cancel")
    told = [row for row in await shop.rows(tables.outbox) if row.kind == "cancelled"]
    assert {row.role for row in told} == {"specialist", "admin"}
    assert {row.due_at for row in told} == {int(backend.clock())}


async def test_i_will_come_is_refused_once_it_has_begun(backend: Api) -> None:
    shop, service, _ = await open_staffed_business(backend)
    booking = await shop.client.booked(service, start=TEN)
    backend.set_time(booking["start"])
    refused = await shop.client.step(booking, "coming")
    assert (refused.status, refused.code) == (409, "too_late")


async def test_undo_for_five_minutes(backend: Api) -> None:
    shop, service, _ = await open_staffed_business(backend)
    booking = await shop.client.booked(service, start=TEN)
    cancelled = (await shop.client.step(booking, "cancel")).body
    assert cancelled["undo_until"] == "2026-06-01T00:05:00Z"
    backend.set_time("2026-06-01T00:05:00+00:00")
    assert (await shop.client.step(booking, "undo")).body["status"] == "confirmed"
    await shop.client.step(booking, "cancel")
    backend.set_time("2026-06-01T00:10:01+00:00")
    late = await shop.client.step(booking, "undo")
    assert (late.status, late.code) == (409, "too_late")
    by_staff = await shop.client.booked(service, start=TEN)
    await shop.admin.step(by_staff, "cancel")
    assert (await shop.client.step(by_staff, "undo")).status == 403
    assert (await shop.admin.step(by_staff, "undo")).status == 200


async def test_an_undo_finds_the_place_taken(backend: Api) -> None:
    shop, service, _ = await open_staffed_business(backend)
    booking = await shop.client.booked(service, start=TEN)
    await shop.client.step(booking, "cancel")
    await shop.other.booked(service, start=TEN)
    reply = await shop.client.step(booking, "undo")
    assert (reply.status, reply.code, len(reply.body["alternatives"])) == (409, "slot_taken", 3)


async def test_a_move_may_overlap_its_own_old_place_and_keeps_what_was_agreed(backend: Api) -> None:
    shop = await open_business(backend, slot_step_min=15)
    service = await shop.add_service(60, after=30, price=5000)
    one = await shop.add_specialist(service)
    booking = await shop.client.booked(service, start=TEN)
    await shop.admin.call("PATCH", f"/v1/services/{service}", json={"price": "1.00", "duration_min": 15})
    moved = (await shop.client.step(booking, "move", {"start": f"{DAY}T10:15:00+02:00"})).body
    assert (moved["start"], moved["end"]) == ("2026-06-10T08:15:00Z", "2026-06-10T09:15:00Z")
    assert (moved["price"], moved["sequence"], moved["specialist_id"]) == ("50.00", 1, one)
    (item,) = await shop.rows(tables.booking_items)
    assert item.occ_end - item.ends_at == 1800
    assert TEN not in [slot["local"] for slot in await shop.client.slots(service, day=DAY)]
    taken = await shop.other.booked(service, start=f"{DAY}T13:00:00+02:00")
    refused = await shop.client.step(booking, "move", {"start": taken["start"]})
    assert (refused.status, refused.code) == (409, "slot_taken")
    assert (await shop.client.call("GET", f"/v1/bookings/{booking['id']}")).body["start"] == moved["start"]


async def test_a_move_goes_to_another_specialist_where_anybody_may_do_it(backend: Api) -> None:
    shop = await open_business(backend)
    service = await shop.add_service(60)
    one, two = await shop.add_specialist(service), await shop.add_specialist(service)
    mine = await shop.client.booked(service, start=TEN, specialist_id=one)
    await shop.other.booked(service, start=ELEVEN, specialist_id=one)
    named = await shop.client.step(mine, "move", {"start": ELEVEN, "specialist_id": one})
    assert named.code == "slot_taken"
    assert (await shop.client.step(mine, "move", {"start": ELEVEN})).code == "slot_taken"
    moved = await shop.client.step(mine, "move", {"start": ELEVEN, "any_specialist": True})
    assert (moved.status, moved.body["specialist_id"]) == (200, two)


async def test_several_steps_at_once_take_one_effect(backend: Api) -> None:
    shop, service, _ = await open_staffed_business(backend)
    booking = await shop.client.booked(service, start=TEN, hold=True)
    replies = await asyncio.gather(*(shop.client.step(booking, "confirm") for _ in range(8)))
    assert sorted(reply.status for reply in replies) == [200] + [409] * 7
