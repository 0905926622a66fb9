"""Moving a visit: another time, Yes. The old place is freed in the same transaction, or kept."""

from backend.client.api import BackendRefused
from backend.contract.bookings import Booking, Move
from backend.contract.errors import Code
from backend.contract.schedule import Slot
from bot.client import times
from bot.client.bookings import card_screen
from bot.client.done import done_screen
from bot.client.times import Choice
from bot.old_way import old_go, old_route
from bot.request import Request
from bot.specialist.day import staff_card
from bot.ui import cards
from bot.ui.keyboards import Button, Row, Screen
from bot.ui.prompts import add_above
from bot.ui.text import escape
from bot.ui.times import from_epoch_minutes

_MOVABLE = ("pending", "confirmed")
_OLD_TIME = {Code.TOO_SOON, Code.OUTSIDE_HOURS, Code.BEYOND_HORIZON, Code.NONEXISTENT_TIME}


def _choice(request: Request, booking: Booking, specialist_id: int) -> Choice:
    title = request.t.html("move-title", service=cards.service_names(booking), when=request.times.when(booking.start))
    return Choice("m.", booking.id, specialist_id, booking.service_ids, title, _keep(request, booking))


def _for_somebody(request: Request, booking: Booking) -> bool:
    """Whether staff move somebody else's visit: the same road, but it begins and ends at the staff's card."""
    return booking.client_id != request.person.id and (request.is_admin or request.is_specialist)


def _keep(request: Request, booking: Booking) -> Button:
    if _for_somebody(request, booking):
        return old_go(request.t.label("button-keep"), "s.card", booking.id)
    return old_go(request.t.label("button-keep-time"), "b.card", booking.id)


def _card(request: Request, booking: Booking) -> Screen:
    return staff_card(request, booking) if _for_somebody(request, booking) else card_screen(request, booking)


@old_route("m.near")
async def near(request: Request, booking_id: int, specialist_id: int) -> Screen:
    """The soonest times for the same services, of the same specialist at first."""
    booking = await request.api.get_booking(booking_id)
    if booking.status not in _MOVABLE:
        return _card(request, booking)
    return await times.soonest(request, _choice(request, booking, specialist_id))


@old_route("m.who")
async def who(request: Request, booking_id: int, specialist_id: int) -> Screen:
    """With somebody else."""
    booking = await request.api.get_booking(booking_id)
    return await times.specialists(request, _choice(request, booking, specialist_id))


@old_route("m.mon")
async def month(request: Request, booking_id: int, specialist_id: int, index: int) -> Screen:
    """The month with its free days."""
    booking = await request.api.get_booking(booking_id)
    return await times.month(request, _choice(request, booking, specialist_id), index)


@old_route("m.day")
async def day(request: Request, booking_id: int, specialist_id: int, ordinal: int, page: int) -> Screen:
    """The times of one day."""
    booking = await request.api.get_booking(booking_id)
    return await times.day_times(request, _choice(request, booking, specialist_id), ordinal, page)


@old_route("m.pick")
async def pick(request: Request, booking_id: int, specialist_id: int, start: int) -> Screen:
    """Move from then to then?"""
    booking = await request.api.get_booking(booking_id)
    if booking.status not in _MOVABLE:
        return _card(request, booking)
    instant = from_epoch_minutes(start)
    lines = [
        request.t.html("move-ask", old=request.times.when(booking.start), new=request.times.own(instant)),
        escape(cards.service_names(booking)),
        request.t.html("zone-line", zone=request.times.zone_name(instant)),
    ]
    rows: list[Row] = [
        [old_go(request.t.label("button-yes-move"), "m.ok", booking_id, specialist_id, start, style="success")],
        [
            old_go(request.t.label("button-change-time"), "m.near", booking_id, specialist_id),
            _keep(request, booking),
        ],
    ]
    return Screen("\n".join(lines), rows)


@old_route("m.ok")
async def move(request: Request, booking_id: int, specialist_id: int, start: int) -> Screen:
    """Moved; or the new time is gone, the old one stays, and the nearest are shown."""
    body = Move(start=from_epoch_minutes(start), specialist_id=specialist_id or None)
    try:
        booking = await request.api.move_booking(booking_id, body, key=request.idempotency_key("move"))
    except BackendRefused as refusal:
        if refusal.code is not Code.SLOT_TAKEN and refusal.code not in _OLD_TIME:
            raise
        return await _instead(request, refusal, booking_id, specialist_id)
    if _for_somebody(request, booking):
        return add_above(
            request.t.html("moved-for", when=request.times.own(booking.start)), staff_card(request, booking)
        )
    return done_screen(request, booking, await request.api.get_tenant(), "moved")


async def _instead(request: Request, refusal: BackendRefused, booking_id: int, specialist_id: int) -> Screen:
    choice = _choice(request, await request.api.get_booking(booking_id), specialist_id)
    alternatives = refusal.problem.alternatives
    if refusal.code is not Code.SLOT_TAKEN or not alternatives:
        return await times.soonest(request, choice, request.t.html("refused-time"))
    slots = [Slot(start=one.start, local=one.local, specialist_ids=one.specialist_ids) for one in alternatives[:3]]
    return times.times_screen(request, choice, slots, request.t.html("refused-slot-taken"))
