"""Random steps about bookings that need a new time: offered and taken, placed with others, kept, told; messages that leave."""

from tests.support.booking_model.booking_steps import choose_code, code_at, note_move
from tests.support.booking_model.bookings import ModelBooking, minute_of, rfc
from tests.support.booking_model.comparison import Comparison
from tests.support.booking_model.task_rules import (
    deliver,
    end_booking,
    nearest_times,
    open_task,
    others_at_same_time,
)
from tests.support.business_rows import ADMIN


def has_task(booking: ModelBooking) -> bool:
    """Return whether a booking needs a new time."""
    return booking.task is not None


async def take_new_time(comparison: Comparison) -> None:
    """Look at what is offered instead of a booking, and take it or something else."""
    model, dice = comparison.model, comparison.dice
    booking = comparison.some_booking(has_task) or comparison.some_booking()
    if booking is None:
        return
    who, staff = comparison.some_actor(booking)
    caller, path = comparison.shop.caller(who), f"/v1/bookings/{booking.id}"
    offered = await caller.call("GET", f"{path}/new-times")
    assert offered.status == (404 if booking.task is None else 200), (booking, offered)
    chosen = [(start, one) for start in dice.sample(model.starts(), 2) for one in (*model.able(booking.services), None)]
    if booking.task is not None:
        chosen += 3 * _check_offers(comparison, booking, offered.body)
    start, one = dice.choice(chosen)
    if len(booking.services) > 1 and one is None:
        one = booking.specialist  # several in turn are another test's matter
    code: str | None = "illegal_step"
    codes: dict[int, str | None] = {}
    if booking.task is not None and not staff and booking.start <= model.now:
        code = "too_late"
    elif booking.task is not None:
        asked = model.able(booking.services) if one is None else [one]
        codes = {each: code_at(comparison, booking, each, start, staff=staff) for each in asked}
        # whether the client has time does not hang on the specialist
        code = "limit_reached" if "limit_reached" in codes.values() else choose_code(codes)
    body = {"start": rfc(start)} | ({} if one is None else {"specialist_id": one})
    reply = await caller.call("POST", f"{path}/new-time", json=body)
    if comparison.expect(reply, 200, code, ("new-time", who, booking, body)):
        assert codes[reply.body["specialist_id"]] is None
        model.settle(booking)
        note_move(comparison, booking, reply, start=start, staff=staff)
        assert reply.body["status"] == booking.status


def _check_offers(comparison: Comparison, booking: ModelBooking, offered: dict) -> list[tuple[int, int | None]]:  # type: ignore[type-arg]  # JSON
    """Compare what is offered instead with the model, and return it."""
    model, same = comparison.model, offered["same_time"]
    able = others_at_same_time(model, booking)
    if len(booking.services) == 1:
        assert (same is not None) == bool(able), (booking, same, able)
        nearest = nearest_times(model, booking)
        told = {minute_of(each["start"]): each["specialist_id"] for each in offered["others"]}
        assert list(told) == list(nearest), (booking, told, nearest)
        for start, one in told.items():
            assert one == booking.specialist if booking.specialist in nearest[start] else one in nearest[start]
    elif able:
        assert same is not None, booking
    offers = [*offered["others"], *([] if same is None else [same])]
    for offer in offers:
        if (one := offer["specialist_id"]) is not None:
            assert one in model.able(booking.services), ("not all of it is theirs to do", booking, offer)
            today = [model.prices[service.id, one] for service in booking.services]
            lower = sum(min(pair) for pair in zip(booking.prices, today, strict=True)) * booking.places
            assert offer["price"] == f"{lower / 100:.2f}", (booking, offer)
    if same is not None and same["specialist_id"] is not None:
        assert minute_of(same["start"]) == booking.start
        assert same["specialist_id"] in able, (booking, same, able)
    return [(minute_of(offer["start"]), offer["specialist_id"]) for offer in offers if offer["specialist_id"]]


async def place_with_others(comparison: Comparison) -> None:
    """Place all with others at their own times; a preview says the same and changes nothing."""
    model, admin = comparison.model, comparison.shop.admin
    tasks = sorted(filter(has_task, model.bookings.values()), key=lambda booking: (booking.start, booking.id))
    if any(len(booking.services) > 1 for booking in tasks):
        return  # two who share a booking are another test's matter
    shown = await admin.ok("POST", "/v1/tasks/placements", json={"preview": True})
    done = await admin.ok("POST", "/v1/tasks/placements", json={})
    chosen = {each["booking"]["id"]: each["booking"] for each in done["placed"]}
    assert {each["booking"]["id"]: each["booking"]["specialist_id"] for each in shown["placed"]} == {
        each: booking["specialist_id"] for each, booking in chosen.items()
    }
    left = 0
    for booking in tasks:
        able = _able_to_take_over(comparison, booking)
        told = chosen.pop(booking.id, None)
        assert (told is not None) == bool(able), (booking, told, able)
        if told is None:
            left += 1
            continue
        assert told["specialist_id"] in able
        model.relocate(booking, told["specialist_id"], booking.start)
        booking.status, booking.decide_by, booking.placed = "confirmed", None, True
        assert (told["status"], told["task"], told["price"]) == ("confirmed", "placed", booking.price), booking
    assert (chosen, done["left"]) == ({}, left)


def _able_to_take_over(comparison: Comparison, booking: ModelBooking) -> set[int]:
    """Return the others who can do the booking at its own time, which staff give them."""
    model = comparison.model
    if booking.start <= model.now or model.overlaps(booking.client, booking.start, booking.end, without=booking.id):
        return set()
    trials = {
        one: model.trial(booking.services, booking.durations, one, booking.start, booking.places)
        for one in set(model.able(booking.services)) - {booking.specialist}
    }
    return {one for one, trial in trials.items() if model.code_of(trial, "staff", without=booking.id) is None}


async def settle_by_hand(comparison: Comparison) -> None:
    """Let staff keep the time of a booking, say that its client was told, or ask for another time."""
    model = comparison.model
    booking = comparison.some_booking(has_task) or comparison.some_booking()
    if booking is None:
        return
    name = comparison.dice.choice(["keep-time", "told", "ask-move"])
    who, staff = comparison.some_actor(booking)
    code = None if booking.task is not None else "illegal_step"
    if name == "keep-time" and booking.start <= model.now:
        code = "illegal_step"
    if name == "ask-move":
        code = None if booking.lies_ahead and booking.start > model.now else "illegal_step"
    code = code if staff else "forbidden"
    reply = await comparison.shop.caller(who).step({"id": booking.id}, name)
    if comparison.expect(reply, 200, code, (name, who, booking)):
        if name == "told":
            end_booking(model, booking, "business", comparison.shop.people[ADMIN])
        elif name == "keep-time":
            booking.task = None
        elif booking.task is None:
            open_task(model, booking, "asked")
        told = (reply.body["status"], reply.body["task"], reply.body["end_reason"])
        assert told == (booking.status, "open" if booking.task else None, booking.end_reason), (name, booking)


async def deliver_messages(comparison: Comparison) -> None:
    """Send what is due, as a gateway does; no reminder leaves for a booking that needs a new time."""
    shop, model = comparison.shop, comparison.model
    while notices := await shop.gateway.claim(shop.slug, lease_s=600):
        for notice in notices:
            if notice["kind"] == "reminder" and notice["message_id"] is None:
                booking = model.bookings[notice["booking"]["id"]]
                assert (booking.status, booking.task) == ("confirmed", None), booking
                assert minute_of(notice["booking"]["start"]) == booking.start
                await shop.gateway.ok("POST", f"/v1/notices/{notice['id']}/begin", json={"epoch": notice["epoch"]})
                assert notice["lead_min"] not in booking.reminded, ("reminded twice", booking)
                booking.reminded.add(notice["lead_min"])
            await shop.gateway.mark_sent(notice, notice["id"])
    deliver(model)
