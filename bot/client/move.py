"""Moving a booking: another time, Yes. The old place is freed in the same transaction, or kept."""

from datetime import date

from typing_extensions import override

from backend.client.api import BackendRefused
from backend.contract.bookings import Booking, Move
from backend.contract.errors import Code
from backend.contract.overviews import Choice
from bot.client import times
from bot.client.bookings import card_screen
from bot.client.callbacks import (
    AskMove,
    BookingCard,
    MoveAllTheSame,
    MoveBooking,
    MoveDays,
    MoveDayTimes,
    MoveSpecialists,
    MoveTimes,
)
from bot.client.confirmation import find_message_to_leave, leave_confirmation
from bot.client.purpose import Purpose
from bot.client.wish_callbacks import AskWish
from bot.request import Request
from bot.router import Router
from bot.specialist.callbacks import StaffCard
from bot.specialist.card import overlap_screen, staff_card_screen
from bot.ui import cards
from bot.ui.keyboards import Button, Row, Screen, button_to
from bot.ui.prompts import add_above
from bot.ui.text import DOT, Html, escape
from bot.ui.times import from_epoch_minutes

_MOVABLE = ("pending", "confirmed")

router = Router()


class MovePurpose(Purpose):
    """Choosing another time for a booking. Back keeps the one that it has."""

    def __init__(self, booking_id: int, specialist_id: int) -> None:
        super().__init__(specialist_id, booking_id=booking_id)
        self._id = booking_id

    @override
    def soonest(self, specialist_id: int) -> MoveTimes:
        return MoveTimes(booking_id=self._id, specialist_id=specialist_id)

    @override
    def specialists(self, specialist_id: int, page: int = 0) -> MoveSpecialists:
        return MoveSpecialists(booking_id=self._id, specialist_id=specialist_id, page=page)

    @override
    def days(self, specialist_id: int, first: int) -> MoveDays:
        return MoveDays(booking_id=self._id, specialist_id=specialist_id, first=first)

    @override
    def day(self, specialist_id: int, day: int, page: int) -> MoveDayTimes:
        return MoveDayTimes(booking_id=self._id, specialist_id=specialist_id, day=day, page=page)

    @override
    def pick(self, specialist_id: int, start: int) -> AskMove:
        return AskMove(booking_id=self._id, specialist_id=specialist_id, start=start)

    @override
    def title(self, request: Request, choice: Choice) -> Html:
        booking = _moving(choice)
        when = request.times.when(booking.start)
        return request.t.html("move-title", service=cards.service_names(booking), when=when)

    @override
    def back_button(self, request: Request, choice: Choice) -> Button:
        return _keep_button(request, _moving(choice))

    @override
    def own_day(self, request: Request, choice: Choice) -> date:
        return request.times.local(_moving(choice).start).date()

    @override
    def can_be_chosen(self, choice: Choice) -> bool:
        return _moving(choice).status in _MOVABLE

    @override
    async def other_screen(self, request: Request, choice: Choice | None) -> Screen:
        assert choice is not None, "a booking that is not there is refused"
        return _card_screen(request, _moving(choice))


def _moving(choice: Choice) -> Booking:
    assert choice.booking is not None, "the choice of a move has its booking"
    return choice.booking


def _is_for_somebody(request: Request, booking: Booking) -> bool:
    """Return whether staff move a client's booking: that begins and ends at the staff's card."""
    return booking.client_id != request.person.id and (request.is_admin or request.is_specialist)


def _keep_button(request: Request, booking: Booking) -> Button:
    if _is_for_somebody(request, booking):
        return button_to(request.t.label("button-keep"), StaffCard(booking_id=booking.id))
    # a time that cannot be kept is not offered to be kept
    key = "button-back" if booking.task == "open" else "button-keep-time"
    return button_to(request.t.label(key), BookingCard(booking_id=booking.id))


def _card_screen(request: Request, booking: Booking) -> Screen:
    return staff_card_screen(request, booking) if _is_for_somebody(request, booking) else card_screen(request, booking)


@router.press(MoveTimes)
async def show_move_times(request: Request, callback: MoveTimes) -> Screen:
    """Show the soonest times for the same services."""
    more = None
    if not (request.is_admin or request.is_specialist):
        more = button_to(request.t.label("button-wish"), AskWish(booking_id=callback.booking_id))
    purpose = MovePurpose(callback.booking_id, callback.specialist_id)
    return await times.soonest_screen(request, purpose, more=more)


@router.press(MoveSpecialists)
async def show_move_specialists(request: Request, callback: MoveSpecialists) -> Screen:
    """Show who else can take it."""
    return await times.specialists_screen(request, MovePurpose(callback.booking_id, 0), callback.page)


@router.press(MoveDays)
async def show_move_days(request: Request, callback: MoveDays) -> Screen:
    """Show five weeks with their free days."""
    purpose = MovePurpose(callback.booking_id, callback.specialist_id)
    return await times.days_screen(request, purpose, callback.first)


@router.press(MoveDayTimes)
async def show_move_day_times(request: Request, callback: MoveDayTimes) -> Screen:
    """Show the times of one day."""
    purpose = MovePurpose(callback.booking_id, callback.specialist_id)
    return await times.day_screen(request, purpose, callback.day, callback.page)


@router.press(AskMove)
async def ask_move(request: Request, callback: AskMove) -> Screen:
    """Ask before it is moved from then to then."""
    booking = await request.api.get_booking(callback.booking_id)
    if booking.status not in _MOVABLE:
        return _card_screen(request, booking)
    instant = from_epoch_minutes(callback.start)
    asks = cards.is_past_cut_off(request, booking) and not _is_for_somebody(request, booking)
    lines = [
        request.t.html(
            "move-ask-wish" if asks else "move-ask",
            old=request.times.when(booking.start),
            new=request.times.time_tag(instant),
        ),
        escape(DOT.join(_what_moves(booking, callback.specialist_id))),
        request.t.html("zone-line", zone=request.times.zone_name(instant)),
    ]
    yes = MoveBooking(booking_id=booking.id, specialist_id=callback.specialist_id, start=callback.start)
    rows: list[Row] = [
        [button_to(request.t.label("button-yes-ask" if asks else "button-yes-move"), yes, style="success")],
        [
            button_to(
                request.t.label("button-change-time"),
                MoveTimes(booking_id=booking.id, specialist_id=callback.specialist_id),
            ),
            _keep_button(request, booking),
        ],
    ]
    return Screen("\n".join(lines), rows)


def _what_moves(booking: Booking, specialist_id: int) -> list[str]:
    """Return the services, and the specialist where that one stays."""
    stays = specialist_id and specialist_id == cards.sole_specialist(booking)
    return [cards.service_names(booking), *([cards.specialist_names(booking)] if stays else [])]


@router.press(MoveBooking)
async def move_booking(request: Request, callback: MoveBooking) -> Screen:
    """Move it; where the new time is gone, the old one stays and the nearest are shown."""
    return await _move(request, callback)


@router.press(MoveAllTheSame)
async def move_all_the_same(request: Request, callback: MoveAllTheSame) -> Screen:
    """Move a client's booking to a time at which they have another."""
    return await _move(request, callback, allow_overlap=True)


async def _move(request: Request, callback: MoveBooking | MoveAllTheSame, *, allow_overlap: bool = False) -> Screen:
    message_id = await find_message_to_leave(request)
    body = Move(
        start=from_epoch_minutes(callback.start),
        specialist_id=callback.specialist_id or None,
        any_specialist=not callback.specialist_id,
        allow_overlap=allow_overlap,
        message_id=message_id,
    )
    try:
        booking = await request.api.move_booking(callback.booking_id, body, key=request.idempotency_key("move"))
    except BackendRefused as refusal:
        if refusal.problem.booking is not None and (request.is_admin or request.is_specialist):
            go_on = MoveAllTheSame(
                booking_id=callback.booking_id, specialist_id=callback.specialist_id, start=callback.start
            )
            back = MoveTimes(booking_id=callback.booking_id, specialist_id=callback.specialist_id)
            return overlap_screen(request, refusal.problem.booking, go_on, back)
        if refusal.code is Code.IDEM_MISMATCH:
            # it was moved by this very press, before its menu was sent anew
            return _card_screen(request, await request.api.get_booking(callback.booking_id))
        if refusal.code is not Code.SLOT_TAKEN and refusal.code not in times.OLD_TIME:
            raise
        purpose = MovePurpose(callback.booking_id, callback.specialist_id)
        return await times.other_times_screen(request, purpose, refusal)
    if _is_for_somebody(request, booking):
        moved = request.t.html("moved-for", when=request.times.time_tag(booking.start))
        told = cards.told_line(request, booking)
        return add_above(f"{moved} {told}", staff_card_screen(request, booking))
    if cards.asks_to_move(booking):
        return card_screen(request, booking)
    return await leave_confirmation(request, booking, await request.api.get_tenant(), message_id, "moved")
