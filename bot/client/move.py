"""Moving a visit: another time, Yes. The old place is freed in the same transaction, or kept."""

from backend.client.api import BackendRefused
from backend.contract.bookings import Booking, Move
from backend.contract.errors import Code
from backend.contract.schedule import Slot
from bot.client import times
from bot.client.bookings import card_screen
from bot.client.done import done_screen
from bot.client.times import Choice
from bot.request import Turn
from bot.specialist.day import staff_card
from bot.ui import cards
from bot.ui.callbacks import route
from bot.ui.keyboards import Button, Row, Screen, go
from bot.ui.prompts import above
from bot.ui.text import escape
from bot.ui.times import from_minutes

_MOVABLE = ("pending", "confirmed")
_OLD_TIME = {Code.TOO_SOON, Code.OUTSIDE_HOURS, Code.BEYOND_HORIZON, Code.NONEXISTENT_TIME}


def _choice(turn: Turn, booking: Booking, specialist_id: int) -> Choice:
    title = turn.t.html("move-title", service=cards.service_names(booking), when=turn.times.when(booking.start))
    return Choice("m.", booking.id, specialist_id, booking.service_ids, title, _keep(turn, booking))


def _for_somebody(turn: Turn, booking: Booking) -> bool:
    """Whether staff move somebody else's visit: the same road, but it begins and ends at the staff's card."""
    return booking.client_id != turn.person.id and (turn.is_admin or turn.is_specialist)


def _keep(turn: Turn, booking: Booking) -> Button:
    if _for_somebody(turn, booking):
        return go(turn.t.label("button-keep"), "s.card", booking.id)
    return go(turn.t.label("button-keep-time"), "b.card", booking.id)


def _card(turn: Turn, booking: Booking) -> Screen:
    return staff_card(turn, booking) if _for_somebody(turn, booking) else card_screen(turn, booking)


@route("m.near")
async def near(turn: Turn, booking_id: int, specialist_id: int) -> Screen:
    """The soonest times for the same services, of the same specialist at first."""
    booking = await turn.api.booking(booking_id)
    if booking.status not in _MOVABLE:
        return _card(turn, booking)
    return await times.soonest(turn, _choice(turn, booking, specialist_id))


@route("m.who")
async def who(turn: Turn, booking_id: int, specialist_id: int) -> Screen:
    """With somebody else."""
    booking = await turn.api.booking(booking_id)
    return await times.specialists(turn, _choice(turn, booking, specialist_id))


@route("m.mon")
async def month(turn: Turn, booking_id: int, specialist_id: int, index: int) -> Screen:
    """The month with its free days."""
    booking = await turn.api.booking(booking_id)
    return await times.month(turn, _choice(turn, booking, specialist_id), index)


@route("m.day")
async def day(turn: Turn, booking_id: int, specialist_id: int, ordinal: int, page: int) -> Screen:
    """The times of one day."""
    booking = await turn.api.booking(booking_id)
    return await times.day_times(turn, _choice(turn, booking, specialist_id), ordinal, page)


@route("m.pick")
async def pick(turn: Turn, booking_id: int, specialist_id: int, start: int) -> Screen:
    """Move from then to then?"""
    booking = await turn.api.booking(booking_id)
    if booking.status not in _MOVABLE:
        return _card(turn, booking)
    instant = from_minutes(start)
    lines = [
        turn.t.html("move-ask", old=turn.times.when(booking.start), new=turn.times.own(instant)),
        escape(cards.service_names(booking)),
        turn.t.html("zone-line", zone=turn.times.zone_name(instant)),
    ]
    rows: list[Row] = [
        [go(turn.t.label("button-yes-move"), "m.ok", booking_id, specialist_id, start, style="success")],
        [
            go(turn.t.label("button-change-time"), "m.near", booking_id, specialist_id),
            _keep(turn, booking),
        ],
    ]
    return Screen("\n".join(lines), rows)


@route("m.ok")
async def move(turn: Turn, booking_id: int, specialist_id: int, start: int) -> Screen:
    """Moved; or the new time is gone, the old one stays, and the nearest are shown."""
    body = Move(start=from_minutes(start), specialist_id=specialist_id or None)
    try:
        booking = await turn.api.move(booking_id, body, key=turn.key("move"))
    except BackendRefused as refusal:
        if refusal.code is not Code.SLOT_TAKEN and refusal.code not in _OLD_TIME:
            raise
        return await _instead(turn, refusal, booking_id, specialist_id)
    if _for_somebody(turn, booking):
        return above(turn.t.html("moved-for", when=turn.times.own(booking.start)), staff_card(turn, booking))
    return done_screen(turn, booking, await turn.api.tenant(), "moved")


async def _instead(turn: Turn, refusal: BackendRefused, booking_id: int, specialist_id: int) -> Screen:
    choice = _choice(turn, await turn.api.booking(booking_id), specialist_id)
    alternatives = refusal.problem.alternatives
    if refusal.code is not Code.SLOT_TAKEN or not alternatives:
        return await times.soonest(turn, choice, turn.t.html("refused-time"))
    slots = [Slot(start=one.start, local=one.local, specialist_ids=one.specialist_ids) for one in alternatives[:3]]
    return times.times_screen(turn, choice, slots, turn.t.html("refused-slot-taken"))
