"""A message to the client of a booking: typed, previewed, sent through the bot."""

from aiogram.filters import StateFilter
from aiogram.fsm.state import State, StatesGroup
from aiogram.types import Message

from backend.client.api import BackendRefused
from backend.contract.errors import Code
from bot.fsm import Draft, drop_draft, find_draft, keep_draft, load_draft
from bot.request import Request
from bot.router import Router
from bot.specialist.callbacks import SendMessage, StaffCard, WriteMessage
from bot.specialist.card import staff_card_screen
from bot.ui import cards
from bot.ui.keyboards import Row, Screen, button_to
from bot.ui.prompts import add_above, ask_for_text
from bot.ui.text import Html, clean_text, escape

LONGEST = 1000

router = Router(for_staff=True)


class ClientMessageForm(StatesGroup):
    """What is typed to a client."""

    text = State()


class ClientMessageDraft(Draft):
    """A message to the client of a booking; `text` is empty until it has been typed."""

    booking_id: int
    text: str = ""


@router.press(WriteMessage)
async def ask_message(request: Request, callback: WriteMessage) -> Screen:
    """Ask what the client shall read."""
    return await _ask_screen(request, callback.booking_id)


async def _ask_screen(request: Request, booking_id: int) -> Screen:
    booking = await request.api.get_booking(booking_id)
    back = button_to(request.t.label("button-back"), StaffCard(booking_id=booking_id))
    question = request.t.html(
        "message-ask", name=cards.client_text(request, booking), booking=cards.booking_label(request, booking)
    )
    draft = ClientMessageDraft(booking_id=booking_id)
    return await ask_for_text(request, ClientMessageForm.text, question, back, draft=draft)


@router.message(StateFilter(ClientMessageForm.text))
async def take_message(message: Message, request: Request) -> Screen:
    """Show the message as the client will read it, before it is sent."""
    booking_id = (await load_draft(request.state, ClientMessageDraft)).booking_id
    text = clean_text(message.text or "", LONGEST)
    if not text:
        return add_above(request.t.html("not-read"), await _ask_screen(request, booking_id))
    booking = await request.api.get_booking(booking_id)
    if not await keep_draft(request.state, ClientMessageDraft(booking_id=booking_id, text=text)):
        return add_above(request.t.html("start-over"), staff_card_screen(request, booking))
    rows: list[Row] = [
        [button_to(request.t.label("button-send-message"), SendMessage(booking_id=booking_id), style="success")],
        [
            button_to(request.t.label("button-write-again"), WriteMessage(booking_id=booking_id)),
            button_to(request.t.label("button-back"), StaffCard(booking_id=booking_id)),
        ],
    ]
    preview = request.t.html("message-preview", name=cards.client_text(request, booking), text=Html(escape(text)))
    return Screen(preview, rows)


@router.press(SendMessage)
async def send_message(request: Request, callback: SendMessage) -> Screen:
    """Send the typed message."""
    booking_id = callback.booking_id
    draft = await find_draft(request.state, ClientMessageDraft)
    if draft is None or draft.booking_id != booking_id or not draft.text:
        return await _ask_screen(request, booking_id)
    try:
        booking = await request.api.message_client(booking_id, draft.text, key=request.idempotency_key("message"))
    except BackendRefused as refusal:
        if refusal.code is not Code.ILLEGAL_STEP:
            raise
        await drop_draft(request.state)
        screen = staff_card_screen(request, await request.api.get_booking(booking_id))
        return add_above(request.t.html("message-unreachable"), screen)
    await drop_draft(request.state)
    return add_above(request.t.html("message-sent"), staff_card_screen(request, booking))
