"""A message to many clients: write, look at it, try it on oneself, count, send; stop and go on."""

from aiogram.filters import StateFilter
from aiogram.fsm.state import State, StatesGroup
from aiogram.types import Message

from backend.client.api import BackendRefused
from backend.contract.broadcasts import MAX_CAPTION, Broadcast, NewBroadcast, UpdateBroadcast
from backend.contract.errors import Code
from bot.admin.broadcast_preview import audience_label, broadcast_screen, list_label, preview_screen, time_lines
from bot.admin.callbacks.broadcasts import (
    AskPicture,
    AskSendBroadcast,
    BroadcastCard,
    BroadcastList,
    RemovePicture,
    SendBroadcast,
    SendBroadcastHere,
    StopBroadcast,
    StopBroadcastHere,
    TryBroadcast,
    WriteBroadcast,
)
from bot.admin.callbacks.business import ManageMenu
from bot.fsm import Draft, drop_draft, load_draft, pause_draft
from bot.request import Request
from bot.router import Router
from bot.telegram import TelegramRefused
from bot.ui import broadcast_progress, rich_text
from bot.ui.keyboards import Row, Screen, button_to, keyboard_markup, page_of
from bot.ui.prompts import add_above, ask_for_text
from bot.ui.text import MAX_TEXT, clean_text

SHOWN, LAST_PAGE = 5, 8

router = Router(for_staff=True)


class BroadcastForm(StatesGroup):
    """What is typed or sent of a broadcast."""

    text = State()
    picture = State()


class BroadcastDraft(Draft):
    """The broadcast that is written again; 0 for a new one. `photo` is the picture that came before its text."""

    broadcast_id: int = 0
    photo: str = ""


@router.press(BroadcastList)
async def show_broadcasts(request: Request, callback: BroadcastList) -> Screen:
    """Show what waits for its time, what was not sent yet, what has been sent, and a button for a new one."""
    await pause_draft(request.state)
    page = min(callback.page, LAST_PAGE)
    broadcasts = (await request.api.list_broadcasts((page + 1) * SHOWN + 1)).items
    shown, turning = page_of(broadcasts[: (LAST_PAGE + 1) * SHOWN], page, SHOWN, lambda to: BroadcastList(page=to))
    rows: list[Row] = [
        [button_to(request.t.label("button-write"), WriteBroadcast(broadcast_id=0), style="primary")],
        *([button_to(list_label(request, one), BroadcastCard(broadcast_id=one.id))] for one in shown),
    ]
    text = request.t.html("broadcasts" if broadcasts else "broadcasts-none")
    return Screen(text, [*rows, turning, [button_to(request.t.label("button-back"), ManageMenu())]])


@router.press(WriteBroadcast)
async def ask_broadcast_text(request: Request, callback: WriteBroadcast) -> Screen:
    """Ask for the text."""
    return await _ask_text(request, BroadcastDraft(broadcast_id=callback.broadcast_id))


async def _ask_text(request: Request, draft: BroadcastDraft) -> Screen:
    back = button_to(
        request.t.label("button-back"),
        BroadcastCard(broadcast_id=draft.broadcast_id) if draft.broadcast_id else BroadcastList(),
    )
    question = request.t.html("broadcast-ask-below" if draft.photo else "broadcast-ask")
    return await ask_for_text(request, BroadcastForm.text, question, back, draft=draft)


@router.message(StateFilter(BroadcastForm.text))
async def take_broadcast_text(message: Message, request: Request) -> Screen:
    """Save the text, or the picture with its text, and show it before anything is sent."""
    draft = await load_draft(request.state, BroadcastDraft)
    text, photo = message.text or message.caption or "", _photo_of(message) or draft.photo
    if not clean_text(text):
        screen = await _ask_text(request, BroadcastDraft(broadcast_id=draft.broadcast_id, photo=photo))
        return screen if message.text or message.photo else add_above(_not_taken(request, message), screen)
    key, entities = request.idempotency_key("broadcast"), rich_text.entities_of(message)
    try:
        if draft.broadcast_id:
            change = UpdateBroadcast(text=text, entities=entities)
            if photo:
                change.photo = photo
            broadcast = await request.api.update_broadcast(draft.broadcast_id, change, key=key)
        else:
            new = NewBroadcast(text=text, entities=entities, photo=photo or None)
            broadcast = await request.api.create_broadcast(new, key=key)
    except BackendRefused as refusal:
        if refusal.code is not Code.INVALID:
            raise
        again = BroadcastDraft(broadcast_id=draft.broadcast_id, photo=photo)
        return add_above(_too_long(request, text), await _ask_text(request, again))
    await drop_draft(request.state)
    return preview_screen(request, broadcast)


def _photo_of(message: Message) -> str:
    """Return the id of the picture's largest form; nothing where there is none."""
    return message.photo[-1].file_id if message.photo else ""


def _too_long(request: Request, text: str) -> str:
    """Return how many characters there are too many, as Telegram counts them."""
    count = len(text.encode("utf-16-le")) // 2
    if count > MAX_TEXT:
        return request.t.html("broadcast-too-long", count=count, most=MAX_TEXT)
    return request.t.html("broadcast-caption-too-long", count=count, most=MAX_CAPTION)


def _not_taken(request: Request, message: Message) -> str:
    """Return what was wrong with something that is no text and no picture."""
    return request.t.html("broadcast-file" if message.document else "broadcast-media")


@router.press(AskPicture)
async def ask_picture(request: Request, callback: AskPicture) -> Screen:
    """Ask for a picture, or let it go."""
    return await _ask_picture(request, callback.broadcast_id)


async def _ask_picture(request: Request, broadcast_id: int) -> Screen:
    remove = button_to(request.t.label("button-no-picture"), RemovePicture(broadcast_id=broadcast_id))
    back = button_to(request.t.label("button-back"), BroadcastCard(broadcast_id=broadcast_id))
    question, draft = request.t.html("broadcast-picture-ask"), BroadcastDraft(broadcast_id=broadcast_id)
    return await ask_for_text(request, BroadcastForm.picture, question, back, [[remove]], draft=draft)


@router.message(StateFilter(BroadcastForm.picture))
async def take_picture(message: Message, request: Request) -> Screen:
    """Put the picture above the text; a text that comes with it is not the broadcast's."""
    broadcast_id = (await load_draft(request.state, BroadcastDraft)).broadcast_id
    photo = _photo_of(message)
    if not photo:
        return add_above(_not_taken(request, message), await _ask_picture(request, broadcast_id))
    try:
        change = UpdateBroadcast(photo=photo)
        broadcast = await request.api.update_broadcast(broadcast_id, change, key=request.idempotency_key("broadcast"))
    except BackendRefused as refusal:
        if refusal.code is not Code.INVALID:
            raise
        refused = request.t.html("broadcast-caption-needs", most=MAX_CAPTION)
        return add_above(refused, await _ask_picture(request, broadcast_id))
    await drop_draft(request.state)
    return preview_screen(request, broadcast)


@router.press(RemovePicture)
async def remove_picture(request: Request, callback: RemovePicture) -> Screen:
    """Send it without a picture."""
    await pause_draft(request.state)
    change, key = UpdateBroadcast(photo=None), request.idempotency_key("broadcast")
    return preview_screen(request, await request.api.update_broadcast(callback.broadcast_id, change, key=key))


@router.press(BroadcastCard)
async def show_broadcast(request: Request, callback: BroadcastCard) -> Screen:
    """Show one broadcast."""
    await pause_draft(request.state)
    return broadcast_screen(request, await request.api.get_broadcast(callback.broadcast_id))


@router.press(TryBroadcast)
async def try_broadcast(request: Request, callback: TryBroadcast) -> Screen:
    """Send it to oneself, as clients will get it."""
    key = request.idempotency_key("broadcast-test")
    broadcast = await request.api.test_broadcast(callback.broadcast_id, key=key)
    return broadcast_screen(request, broadcast)._replace(toast=request.t.label("broadcast-tried"))


@router.press(AskSendBroadcast)
async def ask_send_broadcast(request: Request, callback: AskSendBroadcast) -> Screen:
    """Ask before it is sent: it cannot be taken back."""
    broadcast = await request.api.get_broadcast(callback.broadcast_id)
    if broadcast.status not in ("draft", "scheduled"):
        return broadcast_screen(request, broadcast)
    t, total = request.t, broadcast.total
    rows: list[Row] = [
        [button_to(t.label("button-send", count=total), SendBroadcast(broadcast_id=broadcast.id), style="danger")],
        [button_to(t.label("button-back"), BroadcastCard(broadcast_id=broadcast.id))],
    ]
    lines: list[str] = [
        t.html("broadcast-sure", count=total),
        t.html("broadcast-whom", whom=audience_label(request, broadcast)),
    ]
    if broadcast.status == "draft":
        lines += time_lines(request, broadcast)
    return Screen("\n".join(lines), rows)


@router.press(SendBroadcast)
async def send_broadcast(request: Request, callback: SendBroadcast) -> Screen:
    """Begin to send it, or go on; a message of its own shows how far it is."""
    broadcast = await _send(request, callback.broadcast_id)
    rows: list[Row] = [
        [button_to(request.t.label("button-refresh"), BroadcastCard(broadcast_id=broadcast.id))],
        [button_to(request.t.label("button-back"), BroadcastList())],
    ]
    lines = [request.t.html("broadcast-follow"), *time_lines(request, broadcast)]
    return Screen("\n".join(lines), rows, request.t.label("broadcast-begun"))


@router.press(StopBroadcast)
async def stop_broadcast(request: Request, callback: StopBroadcast) -> Screen:
    """Stop: nobody more gets it."""
    broadcast = await _stop(request, callback.broadcast_id)
    return broadcast_screen(request, broadcast)._replace(toast=request.t.label("broadcast-halted"))


@router.press(SendBroadcastHere)
async def send_broadcast_here(request: Request, callback: SendBroadcastHere) -> None:
    """Go on, on the message that shows the progress."""
    await _edit_progress(request, await _send(request, callback.broadcast_id))


@router.press(StopBroadcastHere)
async def stop_broadcast_here(request: Request, callback: StopBroadcastHere) -> None:
    """Stop, on the message that shows the progress."""
    await _edit_progress(request, await _stop(request, callback.broadcast_id))


async def _send(request: Request, broadcast_id: int) -> Broadcast:
    return await request.api.send_broadcast(broadcast_id, key=request.idempotency_key("broadcast-send"))


async def _stop(request: Request, broadcast_id: int) -> Broadcast:
    return await request.api.stop_broadcast(broadcast_id, key=request.idempotency_key("broadcast-stop"))


async def _edit_progress(request: Request, broadcast: Broadcast) -> None:
    send, stop = SendBroadcastHere(broadcast_id=broadcast.id), StopBroadcastHere(broadcast_id=broadcast.id)
    rows = broadcast_progress.progress_rows(request, broadcast, send=send, stop=stop)
    params = {
        "message_id": request.source_message_id,
        "text": "\n".join(broadcast_progress.progress_lines(request, broadcast)),
        "parse_mode": "HTML",
        "reply_markup": keyboard_markup(rows),
    }
    try:
        await request.call_telegram("editMessageText", params)
    except TelegramRefused as refusal:
        if not (refusal.unchanged or refusal.gone):
            raise
