"""A message to every client: write, look at it, try it on oneself, count, send; stop and go on."""

from aiogram.filters import StateFilter
from aiogram.fsm.state import State, StatesGroup
from aiogram.types import Message

from backend.client.api import BackendRefused
from backend.contract.broadcasts import Broadcast, NewBroadcast, UpdateBroadcast
from backend.contract.errors import Code
from bot.admin.callbacks.business import (
    AskSendBroadcast,
    BroadcastCard,
    BroadcastList,
    ManageMenu,
    SendBroadcast,
    SendBroadcastHere,
    StopBroadcast,
    StopBroadcastHere,
    TryBroadcast,
    WriteBroadcast,
)
from bot.fsm import Draft, drop_draft, load_draft, pause_draft
from bot.request import Request
from bot.router import Router
from bot.telegram import TelegramRefused
from bot.ui import broadcast_progress, rich_text
from bot.ui.keyboards import Row, Screen, button_to, keyboard_markup, page_of
from bot.ui.labels import cuttable_name
from bot.ui.prompts import ask_for_text
from bot.ui.text import clean_text, cut_html, one_line

SHOWN, LAST_PAGE = 5, 8
# Room for the words around the text on the preview.
PREVIEW_MAX = 3400

router = Router(for_staff=True)


class BroadcastForm(StatesGroup):
    """What is typed of a broadcast."""

    text = State()


class BroadcastDraft(Draft):
    """The broadcast that is written again; 0 for a new one."""

    broadcast_id: int = 0


@router.press(BroadcastList)
async def show_broadcasts(request: Request, callback: BroadcastList) -> Screen:
    """Show what has been sent, the latest first, and a button for a new one."""
    await pause_draft(request.state)
    page = min(callback.page, LAST_PAGE)
    broadcasts = (await request.api.list_broadcasts((page + 1) * SHOWN + 1)).items
    shown, turning = page_of(broadcasts[: (LAST_PAGE + 1) * SHOWN], page, SHOWN, lambda to: BroadcastList(page=to))
    rows: list[Row] = [
        [button_to(request.t.label("button-write"), WriteBroadcast(broadcast_id=0), style="primary")],
    ]
    for broadcast in shown:
        when = request.times.when(broadcast.started_at or broadcast.created_at)
        label = f"{when} · {cuttable_name(one_line(broadcast.text))}"
        rows.append([button_to(label, BroadcastCard(broadcast_id=broadcast.id))])
    text = request.t.html("broadcasts" if broadcasts else "broadcasts-none")
    return Screen(text, [*rows, turning, [button_to(request.t.label("button-back"), ManageMenu())]])


@router.press(WriteBroadcast)
async def ask_broadcast_text(request: Request, callback: WriteBroadcast) -> Screen:
    """Ask for the text."""
    return await _ask_text(request, callback.broadcast_id)


async def _ask_text(request: Request, broadcast_id: int) -> Screen:
    back = button_to(
        request.t.label("button-back"),
        BroadcastCard(broadcast_id=broadcast_id) if broadcast_id else BroadcastList(),
    )
    draft = BroadcastDraft(broadcast_id=broadcast_id)
    return await ask_for_text(request, BroadcastForm.text, request.t.html("broadcast-ask"), back, draft=draft)


@router.message(StateFilter(BroadcastForm.text))
async def take_broadcast_text(message: Message, request: Request) -> Screen:
    """Save the text and show it before anything is sent."""
    broadcast_id = (await load_draft(request.state, BroadcastDraft)).broadcast_id
    text = message.text or ""
    if not clean_text(text):
        return await _ask_text(request, broadcast_id)
    key, entities = request.idempotency_key("broadcast"), rich_text.entities_of(message)
    try:
        if broadcast_id:
            change = UpdateBroadcast(text=text, entities=entities)
            broadcast = await request.api.update_broadcast(broadcast_id, change, key=key)
        else:
            new = NewBroadcast(text=text, entities=entities)
            broadcast = await request.api.create_broadcast(new, key=key)
    except BackendRefused as refusal:
        if refusal.code is not Code.INVALID:
            raise
        return await _ask_text(request, broadcast_id)
    await drop_draft(request.state)
    return _preview_screen(request, broadcast)


def _preview_screen(request: Request, broadcast: Broadcast) -> Screen:
    """Return the text as clients will read it, and how many they are."""
    t, total = request.t, broadcast.total
    count = t.html("broadcast-count" if total else "broadcast-nobody", count=total)
    text = f"{t.html('broadcast-preview')}\n\n{_text_html(broadcast)}\n\n{count}"
    rows: list[Row] = [
        [
            button_to(t.label("button-try"), TryBroadcast(broadcast_id=broadcast.id)),
            button_to(t.label("button-rewrite"), WriteBroadcast(broadcast_id=broadcast.id)),
        ],
        [button_to(t.label("button-back"), BroadcastList())],
    ]
    if total:
        send = AskSendBroadcast(broadcast_id=broadcast.id)
        rows.insert(1, [button_to(t.label("button-send", count=total), send, style="primary")])
    return Screen(text, rows)


def _text_html(broadcast: Broadcast) -> str:
    return cut_html(rich_text.format_html(broadcast.text, broadcast.entities), PREVIEW_MAX)


@router.press(BroadcastCard)
async def show_broadcast(request: Request, callback: BroadcastCard) -> Screen:
    """Show one broadcast."""
    await pause_draft(request.state)
    return _broadcast_screen(request, await request.api.get_broadcast(callback.broadcast_id))


def _broadcast_screen(request: Request, broadcast: Broadcast) -> Screen:
    """Return how far a broadcast is, or the preview of a draft."""
    if broadcast.status == "draft":
        return _preview_screen(request, broadcast)
    text = "\n".join([*broadcast_progress.progress_lines(request, broadcast), "", _text_html(broadcast)])
    send, stop = SendBroadcast(broadcast_id=broadcast.id), StopBroadcast(broadcast_id=broadcast.id)
    rows = broadcast_progress.progress_rows(request, broadcast, send=send, stop=stop)
    if broadcast.status == "sending":
        rows.append([button_to(request.t.label("button-refresh"), BroadcastCard(broadcast_id=broadcast.id))])
    return Screen(text, [*rows, [button_to(request.t.label("button-back"), BroadcastList())]])


@router.press(TryBroadcast)
async def try_broadcast(request: Request, callback: TryBroadcast) -> Screen:
    """Send it to oneself, as clients will get it."""
    key = request.idempotency_key("broadcast-test")
    broadcast = await request.api.test_broadcast(callback.broadcast_id, key=key)
    return _broadcast_screen(request, broadcast)._replace(toast=request.t.label("broadcast-tried"))


@router.press(AskSendBroadcast)
async def ask_send_broadcast(request: Request, callback: AskSendBroadcast) -> Screen:
    """Ask before it is sent: it cannot be taken back."""
    broadcast = await request.api.get_broadcast(callback.broadcast_id)
    if broadcast.status != "draft":
        return _broadcast_screen(request, broadcast)
    t, total = request.t, broadcast.total
    rows: list[Row] = [
        [button_to(t.label("button-send", count=total), SendBroadcast(broadcast_id=broadcast.id), style="danger")],
        [button_to(t.label("button-back"), BroadcastCard(broadcast_id=broadcast.id))],
    ]
    return Screen(t.html("broadcast-sure", count=total), rows)


@router.press(SendBroadcast)
async def send_broadcast(request: Request, callback: SendBroadcast) -> Screen:
    """Begin to send it, or go on; a message of its own shows how far it is."""
    broadcast = await _send(request, callback.broadcast_id)
    rows: list[Row] = [
        [button_to(request.t.label("button-refresh"), BroadcastCard(broadcast_id=broadcast.id))],
        [button_to(request.t.label("button-back"), BroadcastList())],
    ]
    return Screen(request.t.html("broadcast-follow"), rows, request.t.label("broadcast-begun"))


@router.press(StopBroadcast)
async def stop_broadcast(request: Request, callback: StopBroadcast) -> Screen:
    """Stop: nobody more gets it."""
    broadcast = await _stop(request, callback.broadcast_id)
    return _broadcast_screen(request, broadcast)._replace(toast=request.t.label("broadcast-halted"))


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
