"""I'm late: about 10, 20 or 30 minutes, told to the business; on the booking's card, and on the reminder in its place."""

from typing import get_args

from backend.client.api import BackendRefused
from backend.contract.bookings import Booking, LateMinutes
from backend.contract.errors import Code
from bot.client.bookings import card_screen
from bot.client.callbacks import AskLate, KeepCard, SayLate
from bot.notices.answers import replace_notice
from bot.notices.compose import reminder_screen
from bot.request import Request
from bot.router import Router
from bot.ui import cards
from bot.ui.keyboards import Row, Screen, button_to

MINUTES: tuple[LateMinutes, ...] = get_args(LateMinutes)
_CHANGED = (Code.TOO_LATE, Code.TOO_SOON, Code.ILLEGAL_STEP)

router = Router()


@router.press(AskLate)
async def ask_late(request: Request, callback: AskLate) -> Screen | None:
    """Ask how late the client will be; once it has begun, say what is possible instead."""
    booking = await request.api.get_booking(callback.booking_id)
    if not cards.can_say_late(request, booking):
        return await _show(request, booking)
    labels = ("about-minutes", "minutes", "minutes")
    choice: Row = [
        button_to(request.t.label(label, minutes=minutes), SayLate(booking_id=booking.id, minutes=minutes))
        for label, minutes in zip(labels, MINUTES, strict=True)
    ]
    back: Row = [button_to(request.t.label("button-back"), KeepCard(booking_id=booking.id))]
    shown = _screen(request, booking)
    return await _show_screen(request, Screen(f"{shown.text}\n\n{request.t.html('late-ask')}", [choice, back]))


@router.press(SayLate)
async def say_late(request: Request, callback: SayLate) -> Screen | None:
    """Tell the business; another number takes the place of the one before."""
    minutes = next((each for each in MINUTES if each == callback.minutes), MINUTES[0])
    try:
        booking = await request.api.say_late(callback.booking_id, minutes, key=request.idempotency_key("late"))
    except BackendRefused as refusal:
        if refusal.code not in _CHANGED:
            raise
        booking = await request.api.get_booking(callback.booking_id)
    return await _show(request, booking)


@router.press(KeepCard)
async def keep_card(request: Request, callback: KeepCard) -> Screen | None:
    """Show the booking as it is."""
    return await _show(request, await request.api.get_booking(callback.booking_id))


def _screen(request: Request, booking: Booking) -> Screen:
    return reminder_screen(request, booking) if request.on_notice else card_screen(request, booking)


async def _show(request: Request, booking: Booking) -> Screen | None:
    return await _show_screen(request, _screen(request, booking))


async def _show_screen(request: Request, screen: Screen) -> Screen | None:
    """Show it where the button was: on the menu, or on the reminder, which stays a message of its own."""
    if not request.on_notice:
        return screen
    await replace_notice(request, screen)
    return None
