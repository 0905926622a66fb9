"""Declining a request: with a typed reason that its client reads, or without one."""

from aiogram.filters import StateFilter
from aiogram.fsm.state import State, StatesGroup
from aiogram.types import Message

from backend.client.api import BackendRefused
from backend.contract.bookings import Booking
from backend.contract.errors import Code
from bot.fsm import Draft, drop_draft, load_draft
from bot.request import Request
from bot.router import Router
from bot.specialist.callbacks import AskDecline, DeclineBooking, StaffCard
from bot.specialist.card import may_decide, staff_card_screen
from bot.ui import cards
from bot.ui.keyboards import Row, Screen, button_to
from bot.ui.prompts import add_above, ask_for_text
from bot.ui.text import clean_text

LONGEST = 500

router = Router(for_staff=True)


class DeclineForm(StatesGroup):
    """What is typed when a request is declined."""

    reason = State()


class DeclineDraft(Draft):
    """The request that is being declined."""

    booking_id: int


@router.press(AskDecline)
async def ask_decline(request: Request, callback: AskDecline) -> Screen:
    """Ask for a reason."""
    return await decline_screen(request, await request.api.get_booking(callback.booking_id))


async def decline_screen(request: Request, booking: Booking) -> Screen:
    """Return the question for a reason; the card where there is nothing to decline any more."""
    keeps = cards.asks_to_move(booking)
    if not (keeps or booking.status == "pending") or not may_decide(request, booking):
        return staff_card_screen(request, booking)
    name = cards.client_text(request, booking) or request.t.label("data-none")
    key, label = ("keep-time-ask", "button-keep-silently") if keeps else ("decline-ask", "button-decline-silently")
    question = request.t.html(key, name=name, when=request.times.time_tag(booking.start))
    without: Row = [button_to(request.t.label(label), DeclineBooking(booking_id=booking.id), style="danger")]
    back = button_to(request.t.label("button-back"), StaffCard(booking_id=booking.id))
    return await ask_for_text(
        request, DeclineForm.reason, question, back, [without], draft=DeclineDraft(booking_id=booking.id)
    )


@router.message(StateFilter(DeclineForm.reason))
async def take_reason(message: Message, request: Request) -> Screen:
    """Decline with the typed reason."""
    booking_id = (await load_draft(request.state, DeclineDraft)).booking_id
    reason = clean_text(message.text or "", LONGEST)
    if not reason:
        return add_above(request.t.html("not-read"), await ask_decline(request, AskDecline(booking_id=booking_id)))
    return await _decline(request, booking_id, reason)


@router.press(DeclineBooking)
async def decline_booking(request: Request, callback: DeclineBooking) -> Screen:
    """Decline without a reason."""
    return await _decline(request, callback.booking_id, "")


async def _decline(request: Request, booking_id: int, reason: str) -> Screen:
    key = request.idempotency_key("decline")
    try:
        booking = await request.api.decline_booking(booking_id, reason, key=key)
        note = "declined-here" if booking.status == "cancelled" else "kept-here"
    except BackendRefused as refusal:
        if refusal.code is not Code.ILLEGAL_STEP:
            raise
        booking, note = await request.api.get_booking(booking_id), "refused-step"
    await drop_draft(request.state)
    return add_above(request.t.html(note), staff_card_screen(request, booking))
