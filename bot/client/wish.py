"""Asking for another time in words, and taking such a request back."""

from aiogram.filters import StateFilter
from aiogram.fsm.state import State, StatesGroup
from aiogram.types import Message

from backend.client.api import BackendRefused
from backend.contract.errors import Code
from bot.client.bookings import card_screen
from bot.client.callbacks import BookingCard
from bot.client.wish_callbacks import AskWish, WithdrawWish
from bot.fsm import Draft, drop_draft, load_draft
from bot.request import Request
from bot.router import Router
from bot.ui.keyboards import Screen, button_to
from bot.ui.prompts import add_above, ask_for_text
from bot.ui.text import clean_text

LONGEST = 500
_CHANGED = (Code.ILLEGAL_STEP, Code.TOO_LATE)

router = Router()


class WishForm(StatesGroup):
    """What is typed to ask for another time."""

    text = State()


class WishDraft(Draft):
    """The booking for which another time is wanted."""

    booking_id: int


@router.press(AskWish)
async def ask_wish(request: Request, callback: AskWish) -> Screen:
    """Ask which time would suit."""
    back = button_to(request.t.label("button-keep-time"), BookingCard(booking_id=callback.booking_id))
    draft = WishDraft(booking_id=callback.booking_id)
    return await ask_for_text(request, WishForm.text, request.t.html("wish-ask"), back, draft=draft)


@router.message(StateFilter(WishForm.text))
async def take_wish(message: Message, request: Request) -> Screen:
    """Pass the words on to the business; the booking stays."""
    booking_id = (await load_draft(request.state, WishDraft)).booking_id
    text = clean_text(message.text or "", LONGEST)
    if not text:
        return add_above(request.t.html("not-read"), await ask_wish(request, AskWish(booking_id=booking_id)))
    note = "wish-sent"
    try:
        booking = await request.api.ask_for_time(booking_id, text, key=request.idempotency_key("wish"))
    except BackendRefused as refusal:
        if refusal.code not in _CHANGED:
            raise
        booking, note = await request.api.get_booking(booking_id), "refused-step"
    await drop_draft(request.state)
    return add_above(request.t.html(note), card_screen(request, booking))


@router.press(WithdrawWish)
async def withdraw_wish(request: Request, callback: WithdrawWish) -> Screen:
    """Keep the booking where it is; nothing is asked for any more."""
    note = "wish-withdrawn"
    try:
        booking = await request.api.withdraw_wish(callback.booking_id, key=request.idempotency_key("withdraw"))
    except BackendRefused as refusal:
        if refusal.code not in _CHANGED:
            raise
        booking, note = await request.api.get_booking(callback.booking_id), "refused-step"
    return add_above(request.t.html(note), card_screen(request, booking))
