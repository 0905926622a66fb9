"""Words nobody asked for: with a booking ahead they are offered to the business, kept for a day, and sent by one press."""

from aiogram.filters import StateFilter
from aiogram.fsm.state import State, StatesGroup
from aiogram.types import Message

from backend.client.api import BackendRefused
from backend.contract.errors import Code
from backend.contract.messages import LONGEST_MESSAGE, ClientMessages, Media, NewMessage
from bot.client.callbacks import BookingCard, Contacts
from bot.client.home import client_home_screen
from bot.fsm import Draft, drop_draft, load_draft
from bot.notices.callbacks import DropWords, ReplyWords, SendWords, UnsentWords
from bot.request import Request
from bot.router import Router
from bot.ui import cards
from bot.ui.callbacks import Home
from bot.ui.keyboards import Row, Screen, button_to
from bot.ui.prompts import add_above, ask_for_text
from bot.ui.text import clean_text, quote_words

_MEDIA: dict[Media, str] = {"photo": "media-photo", "voice": "media-voice"}

router = Router()


class ReplyForm(StatesGroup):
    """What is typed back to the business."""

    text = State()


class ReplyDraft(Draft):
    """A reply about a booking."""

    booking_id: int


def words_of(message: Message, *, booking_id: int | None = None, send: bool = False) -> NewMessage | None:
    """Return what can be passed on of a message: text, a picture or a recording; None for anything else."""
    text = clean_text(message.text or message.caption or "", LONGEST_MESSAGE)
    if message.photo:
        file_id = message.photo[-1].file_id
        return NewMessage(text=text, media="photo", file_id=file_id, booking_id=booking_id, send=send)
    if message.voice is not None:
        file_id = message.voice.file_id
        return NewMessage(text=text, media="voice", file_id=file_id, booking_id=booking_id, send=send)
    return NewMessage(text=text, booking_id=booking_id, send=send) if message.text and text else None


async def offer_words(request: Request, message: Message) -> Screen | None:
    """Keep what somebody has written and ask whether the business shall have it; None where it has nothing to do with it."""
    words = words_of(message)
    if words is None:
        return None
    try:
        unsent = await request.api.keep_words(words, key=request.idempotency_key("words"))
    except BackendRefused as refusal:
        if refusal.code is Code.LIMIT_REACHED:
            return _call_screen(request, "words-limit")
        if refusal.code not in (Code.ILLEGAL_STEP, Code.FORBIDDEN, Code.INVALID):
            raise
        return None
    return _ask_screen(request, unsent)


def _ask_screen(request: Request, unsent: ClientMessages) -> Screen:
    t = request.t
    lines = [t.html("words-ask"), ""]
    for message in unsent.items:
        lines += [t.html(_MEDIA[message.media])] if message.media else []
        lines += [quote_words(message.text)] if message.text else []
    lines += ["", t.html("words-about", booking=cards.booking_label(request, unsent.booking))]
    rows: list[Row] = [
        [
            button_to(t.label("button-send-words"), SendWords(), style="success"),
            button_to(t.label("button-no"), DropWords()),
        ],
        [button_to(t.label("button-home"), Home())],
    ]
    return Screen("\n".join(lines), rows)


@router.press(UnsentWords)
async def show_unsent(request: Request, _: UnsentWords) -> Screen:
    """Show again what has not been sent."""
    try:
        return _ask_screen(request, await request.api.get_unsent())
    except BackendRefused as refusal:
        if refusal.code is not Code.NOT_FOUND:
            raise
        return await _home_with(request, "words-none")


@router.press(SendWords)
async def send_words(request: Request, _: SendWords) -> Screen:
    """Send it; the answer comes as a message of its own."""
    try:
        await request.api.send_words(key=request.idempotency_key("send"))
    except BackendRefused as refusal:
        if refusal.code is Code.LIMIT_REACHED:
            return _call_screen(request, "words-limit")
        if refusal.code is Code.FORBIDDEN:
            return _call_screen(request, "words-refused")
        if refusal.code is not Code.ILLEGAL_STEP:
            raise
        return await _not_sent_screen(request)
    return await _home_with(request, "words-sent")


async def _not_sent_screen(request: Request) -> Screen:
    """Return that there is nothing to send (a second press), or that nobody of the business can be reached just now."""
    try:
        await request.api.get_unsent()
    except BackendRefused as refusal:
        if refusal.code is not Code.NOT_FOUND:
            raise
        return await _home_with(request, "words-none")
    return _call_screen(request, "words-refused")


@router.press(DropWords)
async def drop_words(request: Request, _: DropWords) -> Screen:
    """Forget it."""
    try:
        await request.api.discard_words(key=request.idempotency_key("discard"))
    except BackendRefused as refusal:
        if refusal.code is not Code.ILLEGAL_STEP:
            raise
        return await _home_with(request, "words-none")
    return await _home_with(request, "words-dropped")


@router.press(ReplyWords)
async def ask_reply(request: Request, callback: ReplyWords) -> Screen:
    """Ask what to write back."""
    return await _reply_screen(request, callback.booking_id)


async def _reply_screen(request: Request, booking_id: int) -> Screen:
    back = button_to(request.t.label("button-back"), BookingCard(booking_id=booking_id))
    draft = ReplyDraft(booking_id=booking_id)
    return await ask_for_text(request, ReplyForm.text, request.t.html("reply-ask"), back, draft=draft)


@router.message(StateFilter(ReplyForm.text))
async def take_reply(message: Message, request: Request) -> Screen:
    """Send the reply; what cannot be sent now is kept for a day."""
    booking_id = (await load_draft(request.state, ReplyDraft)).booking_id
    words = words_of(message, booking_id=booking_id, send=True)
    if words is None:
        return add_above(request.t.html("not-read"), await _reply_screen(request, booking_id))
    try:
        await request.api.keep_words(words, key=request.idempotency_key("reply"))
    except BackendRefused as refusal:
        if refusal.code not in (Code.LIMIT_REACHED, Code.ILLEGAL_STEP, Code.FORBIDDEN):
            raise
        await drop_draft(request.state)
        if refusal.code is Code.LIMIT_REACHED:
            await offer_words(request, message)
            return _call_screen(request, "words-limit")
        return _call_screen(request, "words-refused")
    await drop_draft(request.state)
    return await _home_with(request, "words-sent")


def _call_screen(request: Request, key: str) -> Screen:
    """Return a sentence with the way to the telephone; what was written is kept."""
    rows: list[Row] = [
        [button_to(request.t.label("button-contacts"), Contacts())],
        [button_to(request.t.label("button-home"), Home())],
    ]
    return Screen(request.t.html(key), rows)


async def _home_with(request: Request, key: str) -> Screen:
    return add_above(request.t.html(key), await client_home_screen(request))
