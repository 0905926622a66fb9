"""The answer to a client's words: typed once, sent by the first who does; the others read who it was."""

from aiogram.filters import StateFilter
from aiogram.fsm.state import State, StatesGroup
from aiogram.types import Message

from backend.client.api import BackendRefused
from backend.contract.errors import Code
from backend.contract.messages import MessageWithBooking
from bot.fsm import Draft, drop_draft, keep_draft, load_draft
from bot.notices.callbacks import AnswerWords
from bot.request import Request
from bot.router import Router
from bot.specialist.callbacks import SendMessage, StaffCard
from bot.specialist.card import staff_card_screen
from bot.specialist.client_message import LONGEST, ClientMessageDraft
from bot.ui import cards
from bot.ui.keyboards import Row, Screen, button_to
from bot.ui.prompts import add_above, ask_for_text
from bot.ui.text import clean_text, quote_words

router = Router(for_staff=True)


class AnswerForm(StatesGroup):
    """What is typed in answer to a client."""

    text = State()


class AnswerDraft(Draft):
    """An answer to a client's words."""

    message_id: int


@router.press(AnswerWords)
async def ask_answer(request: Request, callback: AnswerWords) -> Screen:
    """Show the words and ask for the answer; or show that they are answered."""
    found = await request.api.get_message(callback.message_id)
    return await _ask_screen(request, found)


async def _ask_screen(request: Request, found: MessageWithBooking) -> Screen:
    message = found.message
    if message.status == "answered":
        return _answered_screen(request, found)
    lines = [request.t.html("answer-ask", name=cards.client_text(request, found.booking))]
    lines += [quote_words(message.text)] if message.text else []
    back = button_to(request.t.label("button-back"), StaffCard(booking_id=message.booking_id))
    draft = AnswerDraft(message_id=message.id)
    return await ask_for_text(request, AnswerForm.text, "\n".join(lines), back, draft=draft)


@router.message(StateFilter(AnswerForm.text))
async def take_answer(message: Message, request: Request) -> Screen:
    """Send the answer. Where somebody has been faster, what was typed can still be sent as a message."""
    message_id = (await load_draft(request.state, AnswerDraft)).message_id
    text = clean_text(message.text or "", LONGEST)
    if not text:
        return add_above(
            request.t.html("not-read"), await _ask_screen(request, await request.api.get_message(message_id))
        )
    try:
        await request.api.answer_words(message_id, text, key=request.idempotency_key("answer"))
    except BackendRefused as refusal:
        if refusal.code is not Code.ILLEGAL_STEP:
            raise
        return await _too_late_screen(request, message_id, text)
    await drop_draft(request.state)
    found = await request.api.get_message(message_id)
    return add_above(request.t.html("answer-sent"), staff_card_screen(request, found.booking))


async def _too_late_screen(request: Request, message_id: int, text: str) -> Screen:
    found = await request.api.get_message(message_id)
    if found.message.status != "answered":
        await drop_draft(request.state)
        return add_above(request.t.html("message-unreachable"), staff_card_screen(request, found.booking))
    booking_id = found.booking.id
    kept = await keep_draft(request.state, ClientMessageDraft(booking_id=booking_id, text=text))
    screen = _answered_screen(request, found)
    lines = [screen.text, "", request.t.html("answer-not-sent"), quote_words(text)]
    send: Row = [button_to(request.t.label("button-all-the-same-send"), SendMessage(booking_id=booking_id))]
    return Screen("\n".join(lines), [send, *screen.rows] if kept else screen.rows)


def _answered_screen(request: Request, found: MessageWithBooking) -> Screen:
    message = found.message
    lines = [request.t.html("answered-by", name=message.answered_by or request.t.label("client-nameless"))]
    lines += [quote_words(message.answer)] if message.answer else []
    back: Row = [button_to(request.t.label("button-open-booking"), StaffCard(booking_id=found.booking.id))]
    return Screen("\n".join(lines), [back])
