"""Asking the client for a telephone number. Only one's own contact is believed; `contact` takes it."""

from aiogram.filters import StateFilter
from aiogram.fsm.state import State, StatesGroup
from aiogram.types import Message

from backend.contract.tenancy import Policies
from bot.client.callbacks import ConfirmBooking, HeldBooking
from bot.client.offer import BookingDraft
from bot.fsm import keep_draft, load_draft
from bot.request import Request
from bot.router import Router
from bot.telegram import TelegramRefused
from bot.ui.cards import consent_lines
from bot.ui.keyboards import Row, Screen, button_to

router = Router()


class PhoneForm(StatesGroup):
    """What is waited for before a confirmation."""

    contact = State()


async def ask_phone(request: Request, booking_id: int, comment: str, policies: Policies) -> Screen:
    """Ask for the number: Share, or Skip where that is allowed; with what sharing it agrees to, where the business says.

    The Share button needs Telegram's own keyboard, and so a message of its own."""
    share = {"text": request.t.label("button-share"), "request_contact": True}
    keyboard = {"keyboard": [[share]], "resize_keyboard": True, "one_time_keyboard": True}
    prompt_id = await request.send_message(request.t.html("phone-how"), reply_markup=keyboard)
    required = policies.phone_required
    draft = BookingDraft(booking_id=booking_id, comment=comment, prompt_id=prompt_id, phone_required=required)
    await keep_draft(request.state, draft, PhoneForm.contact)
    question = request.t.html("phone-required" if required else "phone-ask")
    consent = consent_lines(request.t, policies.consent_text, policies.consent_link)
    return Screen("\n\n".join([question, *consent]), _rows(request, draft))


def _rows(request: Request, draft: BookingDraft) -> list[Row]:
    row: Row = [button_to(request.t.label("button-back"), HeldBooking(booking_id=draft.booking_id))]
    if not draft.phone_required:
        skip = ConfirmBooking(booking_id=draft.booking_id, has_comment=bool(draft.comment), skip_phone=True)
        row.insert(0, button_to(request.t.label("button-skip"), skip))
    return [row]


@router.message(StateFilter(PhoneForm.contact))
async def ask_phone_again(_: Message, request: Request) -> Screen:
    """Say that a number is only taken from one's own contact: something was typed instead."""
    return Screen(request.t.html("phone-how"), _rows(request, await load_draft(request.state, BookingDraft)))


async def remove_prompt(request: Request, draft: BookingDraft | None) -> None:
    """Remove the prompt, and Telegram's keyboard with it, which only a message can take away."""
    if draft is None or draft.prompt_id is None:
        return
    notice_id = await request.send_message(request.t.html("phone-skipped"), reply_markup={"remove_keyboard": True})
    await delete_message(request, notice_id)
    await delete_message(request, draft.prompt_id)


async def delete_message(request: Request, message_id: int) -> None:
    """Delete a message of the bot's; one that is gone already is no failure."""
    try:
        await request.call_telegram("deleteMessage", {"message_id": message_id})
    except TelegramRefused as refusal:
        if refusal.blocked:
            raise
