"""Random steps: booking, moving, changing places, and writing past the rules."""

from dataclasses import replace
from typing import Any

from sqlalchemy import Connection

from backend.bookings.endings import free_lapsed_places
from backend.db import tables
from backend.errors import SlotTaken
from tests.support.asgi import Reply
from tests.support.booking_model.bookings import AskedTime, ModelBooking, minute_of, rfc
from tests.support.booking_model.business import HOLD_MIN, LIMIT, Limits
from tests.support.booking_model.comparison import Comparison
from tests.support.business_rows import ADMIN, CLIENT, OTHER, add_booking

# Of several specialists who all are refused, the reason that is told: the one that is nearest to a free time.
CLOSEST = ("slot_taken", "outside_hours", "beyond_horizon", "too_soon")


async def book(comparison: Comparison) -> None:
    """Book something at random."""
    model, dice, shop = comparison.model, comparison.dice, comparison.shop
    who = dice.choice([CLIENT, OTHER, ADMIN])
    services = dice.choice([[one] for one in model.services] + [dice.sample(model.services, 2)])
    start, able = dice.choice(model.starts()), model.able(services)
    named = dice.choice([*able, None])
    if named is None and len(services) > 1:
        named = able[0]  # several in turn are another test's matter
    hold = dice.random() < 0.4
    places = dice.choice([1, 1, 2]) if all(one.capacity > 1 for one in services) else 1
    body: dict[str, Any] = {"hold": hold, "places": places} | ({} if named is None else {"specialist_id": named})
    staff, client = who == ADMIN, shop.people[who]
    # a new hold ends the client's old one, so that its place is free to them
    replaced = model.holds_of(client) if hold else []
    trials = {
        one: model.trial(services, [s.durations[one] for s in services], one, start, places)
        for one in (able if named is None else [named])
    }
    limits: Limits = "staff" if staff else "client"
    codes = {
        one: model.code_of(trial, limits, without=replaced[0].id if replaced else -1) for one, trial in trials.items()
    }
    code = choose_code(codes)
    across = {model.overlaps(client, start, trial.end) for one, trial in trials.items() if codes[one] is None}
    if len(across) > 1:
        return  # whether the client has time hangs on who would do it
    if (not staff and model.ahead(client) >= LIMIT) or (code is None and across == {True}):
        code = "limit_reached"
    reply = await shop.caller(who).book(*(s.id for s in services), start=rfc(start), **body)
    if comparison.expect(reply, 201, code, ("book", who, [s.id for s in services], named, rfc(start))):
        one = reply.body["specialist_id"]
        assert codes[one] is None
        for old in replaced:
            old.status = "expired"
        status = "held" if hold else "pending" if model.approval and not staff else "confirmed"
        booking = replace(
            trials[one], id=reply.body["id"], client=client, status=status, created=model.now,
            hold_until=model.now + HOLD_MIN if hold else None,
            decide_by=model.answered_by(start) if model.approval and not staff else None,
        )  # fmt: skip
        model.bookings[booking.id] = booking
        told = (reply.body["status"], reply.body["start"], reply.body["price"])
        assert told == (status, rfc(start), booking.price)
        comparison.check_deadline(booking, reply)


def choose_code(codes: dict[int, str | None]) -> str | None:
    """Return the code of the refusal where all are refused, by specialist; None where one is free."""
    return None if None in codes.values() else min((code for code in codes.values() if code), key=CLOSEST.index)


async def book_unasked(comparison: Comparison) -> None:
    """Write a booking past the rules; the database alone says whether the place is free."""
    model, dice, shop = comparison.model, comparison.dice, comparison.shop
    service = dice.choice(model.services)
    one, start = dice.choice(list(service.durations)), dice.choice(model.starts())
    places = dice.choice([1, 2]) if service.capacity > 1 else 1
    trial = model.trial([service], [service.durations[one]], one, start, places)
    booking = replace(trial, client=shop.people[OTHER], unasked=True)

    def write(conn: Connection) -> int:
        free_lapsed_places(shop.unit(conn, None))  # every writer does
        return add_booking(
            conn, shop.seeded, booking.client, service.id, one, start * 60, booking.end * 60,
            before=service.before * 60, after=service.after * 60, capacity=service.capacity, rooms=service.rooms,
            places=places, price=booking.prices[0] * places, local_start=booking.wall.isoformat()[:16],
        )  # fmt: skip

    fits = model.still_fits(booking)
    try:
        booking.id = await shop.api.db.write(shop.id, write)
    except SlotTaken:
        assert not fits, ("refused by the database", booking)
    else:
        assert fits, ("let in by the database", booking)
        model.bookings[booking.id] = booking


async def move(comparison: Comparison) -> None:
    """Move a booking at random."""
    model, booking = comparison.model, comparison.some_booking()
    if booking is None:
        return
    who, staff = comparison.some_actor(booking)
    start = comparison.dice.choice([*model.starts(), booking.start, booking.start + 15])
    if start not in model.world.walls:
        return
    code = code_of_move(comparison, booking, start, staff=staff)
    reply = await comparison.shop.caller(who).step(
        {"id": booking.id}, "move", {"start": rfc(start), "specialist_id": booking.specialist}
    )
    if comparison.expect(reply, 200, code, ("move", who, booking, rfc(start))):
        model.settle(booking)
        if not staff and model.asks_to_move(booking):
            await _ask(comparison, booking, start, reply)
        else:
            note_move(comparison, booking, reply, start=start, staff=staff)


def code_of_move(comparison: Comparison, booking: ModelBooking, start: int, *, staff: bool) -> str | None:
    """Return the code with which a move with the same specialist is refused; None where it is possible."""
    model = comparison.model
    if booking.status not in ("held", "pending", "confirmed"):
        return "illegal_step"
    if not staff and booking.start <= model.now:
        return "too_late"
    return code_at(comparison, booking, booking.specialist, start, staff=staff)


def code_at(comparison: Comparison, booking: ModelBooking, one: int, start: int, *, staff: bool) -> str | None:
    """Return the code with which a booking is refused that would be there and then instead."""
    model = comparison.model
    # the place that is held for what was asked before is free for what is asked now
    hold = None if booking.asked is None else booking.asked.hold
    if hold is not None:
        model.bookings[hold].status = "expired"
    limits: Limits = "staff" if staff else "displaced" if booking.task or booking.placed else "client"
    trial = model.trial(booking.services, booking.durations, one, start, booking.places)
    code = model.code_of(trial, limits, without=booking.id)
    if hold is not None:
        model.bookings[hold].status = "held"
    if code is None and booking.status != "held" and model.overlaps(
        booking.client, start, trial.end, without=booking.id
    ):  # fmt: skip
        return "limit_reached"
    return code


def note_move(comparison: Comparison, booking: ModelBooking, reply: Reply, *, start: int, staff: bool) -> None:
    """Put a booking where the backend has put it, and compare what the answer says of it."""
    model = comparison.model
    accepted = booking.status == "pending" and (staff or booking.task is not None or booking.placed)
    model.relocate(booking, reply.body["specialist_id"], start)
    if accepted:
        booking.status, booking.decide_by = "confirmed", None
    elif booking.decide_by is not None:
        booking.decide_by = model.answered_by(start)
    told = (minute_of(reply.body["start"]), minute_of(reply.body["end"]), reply.body["price"], reply.body["task"])
    assert told == (start, booking.end, booking.price, None), booking
    comparison.check_deadline(booking, reply)


async def _ask(comparison: Comparison, booking: ModelBooking, start: int, reply: Reply) -> None:
    """Note that a client asks for another time: the booking stays, and its new place may be held."""
    model, shop, told = comparison.model, comparison.shop, reply.body["move_request"]
    assert (minute_of(reply.body["start"]), minute_of(told["start"])) == (booking.start, start)
    answered = min(booking.start, model.answered_by(start))
    held = model.approval and model.may_change_places(booking) and model.leaves_an_hour(answered)
    decide_by = answered if held else min(booking.start, start)
    hold = (await shop.rows(tables.move_requests, tables.move_requests.c.booking_id == booking.id))[-1].hold_id
    assert minute_of(told["decide_by"]) == decide_by
    booking.asked = AskedTime(start, decide_by, hold is not None, hold)
    if hold is not None:
        assert held
        trial = model.trial(booking.services, booking.durations, booking.specialist, start, booking.places)
        model.bookings[hold] = replace(
            trial, id=hold, status="held", hold_until=decide_by, own=tuple(booking.stretches())
        )


async def change_places(comparison: Comparison) -> None:
    """Change how many places a booking with groups takes."""
    model, booking = comparison.model, comparison.some_booking()
    if booking is None or any(service.capacity == 1 for service in booking.services):
        return
    who, staff = comparison.some_actor(booking)
    places = comparison.dice.randint(1, min(service.capacity for service in booking.services))
    code: str | None = None
    if booking.status not in ("held", "pending", "confirmed", "arrived"):
        code = "illegal_step"
    elif not staff and not model.may_change_places(booking):
        code = "too_late"
    elif places > booking.places:
        more_than_approved = model.approval and not staff and booking.status not in ("held", "pending")
        wanted = replace(booking, places=places)
        code = None if model.still_fits(wanted, without=booking.id) else "slot_taken"
        code = "forbidden" if more_than_approved else code
    reply = await comparison.shop.caller(who).step({"id": booking.id}, "places", {"places": places})
    if comparison.expect(reply, 200, code, ("places", who, booking, places)):
        booking.places = places
        assert (reply.body["places"], reply.body["price"]) == (places, booking.price)
