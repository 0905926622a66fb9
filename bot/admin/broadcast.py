"""A message to every client: write, look at it, try it on oneself, count, send; stop and go on."""

from typing import Any

from backend.client.api import BackendRefused
from backend.contract.broadcasts import Broadcast, NewBroadcast, UpdateBroadcast
from backend.contract.errors import Code
from bot.old_way import old_ask, old_go, old_route, old_step
from bot.request import Request
from bot.telegram import TelegramRefused
from bot.ui import broadcast_progress, keyboards, rich_text
from bot.ui.keyboards import Row, Screen
from bot.ui.text import clean_text, cut_html, one_line

SHOWN = 5
# Room for the words around the text on the preview.
PREVIEW_MAX = 3400


async def _send(request: Request, broadcast_id: int) -> Broadcast:
    return await request.api.send_broadcast(broadcast_id, key=request.idempotency_key("broadcast-send"))


async def _stop(request: Request, broadcast_id: int) -> Broadcast:
    return await request.api.stop_broadcast(broadcast_id, key=request.idempotency_key("broadcast-stop"))


@old_route("a.bc")
async def listing(request: Request) -> Screen:
    """What has been sent, and a new one."""
    await request.dialog.pause()
    found = (await request.api.list_broadcasts(SHOWN)).items
    rows: list[Row] = [[old_go(request.t.label("button-write"), "a.bcw", 0, style="primary")]]
    for one in found:
        when = request.times.when(one.started_at or one.created_at)
        rows.append([old_go(f"{when} · {one_line(one.text, 40)}", "a.bcv", one.id)])
    text = request.t.html("broadcasts" if found else "broadcasts-none")
    return Screen(text, [*rows, [old_go(request.t.label("button-back"), "a.menu")]])


@old_route("a.bcw")
async def write(request: Request, broadcast_id: int) -> Screen:
    """The text is typed; 0 begins a new one."""
    back = old_go(request.t.label("button-back"), *(("a.bcv", broadcast_id) if broadcast_id else ("a.bc",)))
    return await old_ask(request, "a.bc", request.t.html("broadcast-ask"), back, broadcast=broadcast_id)


@old_step("a.bc")
async def written(request: Request, text: str, draft: dict[str, Any]) -> Screen:
    """Looked at before anything is sent."""
    broadcast_id = int(str(draft.get("broadcast", 0)))
    if not clean_text(text):
        return await write(request, broadcast_id)
    key, entities = request.idempotency_key("broadcast"), rich_text.entities_of(request.message)
    try:
        if broadcast_id:
            body = UpdateBroadcast(text=text, entities=entities)
            made = await request.api.update_broadcast(broadcast_id, body, key=key)
        else:
            new = NewBroadcast(text=text, entities=entities)
            made = await request.api.create_broadcast(new, key=key)
    except BackendRefused as refusal:
        if refusal.code is not Code.INVALID:
            raise
        return await write(request, broadcast_id)
    await request.dialog.end()
    return preview(request, made)


def preview(request: Request, it: Broadcast) -> Screen:
    """The text as clients will read it, and how many they are."""
    count = request.t.html("broadcast-count" if it.total else "broadcast-nobody", count=it.total)
    text = f"{request.t.html('broadcast-preview')}\n\n{_shown(it)}\n\n{count}"
    rows: list[Row] = [
        [
            old_go(request.t.label("button-try"), "a.bct", it.id),
            old_go(request.t.label("button-rewrite"), "a.bcw", it.id),
        ],
        [old_go(request.t.label("button-back"), "a.bc")],
    ]
    if it.total:
        rows.insert(1, [old_go(request.t.label("button-send", count=it.total), "a.bcq", it.id, style="primary")])
    return Screen(text, rows)


def _shown(it: Broadcast) -> str:
    return cut_html(rich_text.format_html(it.text, it.entities), PREVIEW_MAX)


@old_route("a.bcv")
async def view(request: Request, broadcast_id: int) -> Screen:
    """How far it is; a draft is looked at."""
    await request.dialog.pause()
    return _view(request, await request.api.get_broadcast(broadcast_id))


def _view(request: Request, it: Broadcast) -> Screen:
    if it.status == "draft":
        return preview(request, it)
    text = "\n".join([*broadcast_progress.progress_lines(request, it), "", _shown(it)])
    rows = broadcast_progress.progress_rows(request, it, "a")
    if it.status == "sending":
        rows.append([old_go(request.t.label("button-refresh"), "a.bcv", it.id)])
    return Screen(text, [*rows, [old_go(request.t.label("button-back"), "a.bc")]])


@old_route("a.bct")
async def try_out(request: Request, broadcast_id: int) -> Screen:
    """To oneself, as clients will get it."""
    it = await request.api.test_broadcast(broadcast_id, key=request.idempotency_key("broadcast-test"))
    return _view(request, it)._replace(toast=request.t.label("broadcast-tried"))


@old_route("a.bcq")
async def ask_send(request: Request, broadcast_id: int) -> Screen:
    """Really? It cannot be taken back."""
    it = await request.api.get_broadcast(broadcast_id)
    if it.status != "draft":
        return _view(request, it)
    rows: list[Row] = [
        [old_go(request.t.label("button-send", count=it.total), "a.bcs", it.id, style="danger")],
        [old_go(request.t.label("button-back"), "a.bcv", it.id)],
    ]
    return Screen(request.t.html("broadcast-sure", count=it.total), rows)


@old_route("a.bcs")
async def send(request: Request, broadcast_id: int) -> Screen:
    """It begins, or goes on; one message of its own shows how far it is."""
    it = await _send(request, broadcast_id)
    rows: list[Row] = [
        [old_go(request.t.label("button-refresh"), "a.bcv", it.id)],
        [old_go(request.t.label("button-back"), "a.bc")],
    ]
    return Screen(request.t.html("broadcast-follow"), rows, request.t.label("broadcast-begun"))


@old_route("a.bcx")
async def stop(request: Request, broadcast_id: int) -> Screen:
    """Nobody more gets it."""
    it = await _stop(request, broadcast_id)
    return _view(request, it)._replace(toast=request.t.label("broadcast-halted"))


@old_route("n.bcs")
async def send_here(request: Request, broadcast_id: int) -> Screen | None:
    """Go on, on the message itself."""
    await _here(request, await _send(request, broadcast_id))
    return None


@old_route("n.bcx")
async def stop_here(request: Request, broadcast_id: int) -> Screen | None:
    """Stop, on the message itself."""
    await _here(request, await _stop(request, broadcast_id))
    return None


async def _here(request: Request, it: Broadcast) -> None:
    markup = keyboards.keyboard_markup(broadcast_progress.progress_rows(request, it, "n"))
    params = {
        "text": "\n".join(broadcast_progress.progress_lines(request, it)),
        "parse_mode": "HTML",
        "reply_markup": markup,
    }
    try:
        await request.call_telegram("editMessageText", {"message_id": request.source_message_id, **params})
    except TelegramRefused as refusal:
        if not (refusal.unchanged or refusal.gone):
            raise
