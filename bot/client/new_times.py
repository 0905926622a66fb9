"""A booking that cannot take place as booked: what is offered instead, taken with one press."""

from backend.client.api import BackendRefused
from backend.contract.bookings import Booking
from backend.contract.errors import Code
from backend.contract.tasks import NewTimes
from backend.contract.tasks import TakeNewTime as TakeBody
from bot.client import times
from bot.client.bookings import card_screen
from bot.client.callbacks import AskCancel, BookingCard, MoveTimes, NewTimesMenu, TakeNewTime
from bot.client.confirmation import find_message_to_leave, leave_confirmation
from bot.request import Request
from bot.router import Router
from bot.ui import cards
from bot.ui.keyboards import Row, Screen, button_to
from bot.ui.new_times import new_times_lines, new_times_rows
from bot.ui.prompts import add_above
from bot.ui.times import from_epoch_minutes

router = Router()


@router.press(NewTimesMenu)
async def show_new_times(request: Request, callback: NewTimesMenu) -> Screen:
    """Show the times that are offered; the booking itself where it needs none any more."""
    return await _new_times_screen(request, callback.booking_id)


async def _new_times_screen(request: Request, booking_id: int, note: str = "") -> Screen:
    offered = await find_new_times(request, booking_id)
    booking = None if offered is None else offered.booking
    if offered is None or booking is None:
        screen = card_screen(request, await request.api.get_booking(booking_id))
        return add_above(note, screen) if note else screen
    rows = new_times_rows(
        request, offered, lambda who, start: TakeNewTime(booking_id=booking_id, specialist_id=who, start=start)
    )
    rows += change_rows(request, booking)
    rows.append([button_to(request.t.label("button-back"), BookingCard(booking_id=booking_id))])
    lines = new_times_lines(request, booking, offered)
    return Screen("\n".join([note, "", *lines] if note else lines), rows)


async def find_new_times(request: Request, booking_id: int) -> NewTimes | None:
    """Return what is offered instead of the booking; None where it needs no new time (any more)."""
    try:
        return await request.api.get_new_times(booking_id)
    except BackendRefused as refusal:
        if refusal.code is not Code.NOT_FOUND:
            raise
        return None


def offer_row(voice: cards.Voice, booking: Booking) -> Row:
    """Return the way to what is offered instead of the booking."""
    label = voice.t.label("button-new-times")
    return [button_to(label, NewTimesMenu(booking_id=booking.id), style="primary")]


def change_rows(voice: cards.Voice, booking: Booking) -> list[Row]:
    """Return the ways beside what is offered: any other time, and cancelling."""
    other = MoveTimes(booking_id=booking.id, specialist_id=0)
    cancel = AskCancel(booking_id=booking.id)
    return [
        [
            button_to(voice.t.label("button-other-time"), other),
            button_to(voice.t.label("button-cancel-booking"), cancel),
        ]
    ]


@router.press(TakeNewTime)
async def take_new_time(request: Request, callback: TakeNewTime) -> Screen:
    """Move the booking there; where that is gone, show the next times."""
    message_id = await find_message_to_leave(request)
    try:
        booking = await request_new_time(
            request, callback.booking_id, callback.specialist_id, callback.start, message_id
        )
    except BackendRefused as refusal:
        if is_gone(refusal):
            return await _new_times_screen(request, callback.booking_id, request.t.html("new-times-gone"))
        if refusal.code is not Code.ILLEGAL_STEP:
            raise
        booking = await request.api.get_booking(callback.booking_id)
        return add_above(request.t.html("new-times-settled"), card_screen(request, booking))
    return await leave_confirmation(request, booking, await request.api.get_tenant(), message_id, "moved")


async def request_new_time(
    request: Request, booking_id: int, specialist_id: int, start: int, message_id: int | None = None
) -> Booking:
    """Take a new time and return the booking there. `specialist_id` 0: any who is free; `start` in epoch minutes.

    `message_id` is the message that will show it."""
    body = TakeBody(start=from_epoch_minutes(start), specialist_id=specialist_id or None, message_id=message_id)
    return await request.api.take_new_time(booking_id, body, key=request.idempotency_key("new-time"))


def is_gone(refusal: BackendRefused) -> bool:
    """Return whether the time that was asked for is not free any more."""
    return refusal.code is Code.SLOT_TAKEN or refusal.code in times.OLD_TIME
