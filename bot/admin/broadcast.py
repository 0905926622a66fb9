"""A message to every client: write, look at it, try it on oneself, count, send; stop and go on."""

from typing import Any

from backend.client.api import BackendRefused
from backend.contract.broadcasts import Broadcast, Broadcasts, NewBroadcast, UpdateBroadcast
from backend.contract.errors import Code
from bot.dialogs import step
from bot.request import Turn
from bot.telegram import TelegramRefused
from bot.ui import broadcast_progress, keyboards, rich_text
from bot.ui.callbacks import route
from bot.ui.keyboards import Row, Screen, go
from bot.ui.prompts import ask
from bot.ui.text import clean, cut_html, one_line

SHOWN = 5
# Room for the words around the text on the preview.
PREVIEW_MAX = 3400


async def _call(turn: Turn, broadcast_id: int, name: str) -> Broadcast:
    """A step of a broadcast: test, send, stop."""
    path = f"/v1/broadcasts/{broadcast_id}/{name}"
    return await turn.api.call("POST", path, Broadcast, key=turn.key(f"broadcast-{name}"))


async def _get(turn: Turn, broadcast_id: int) -> Broadcast:
    return await turn.api.call("GET", f"/v1/broadcasts/{broadcast_id}", Broadcast)


@route("a.bc")
async def listing(turn: Turn) -> Screen:
    """What has been sent, and a new one."""
    await turn.dialog.pause()
    found = (await turn.api.call("GET", "/v1/broadcasts", Broadcasts, query=[("limit", SHOWN)])).items
    rows: list[Row] = [[go(turn.t.label("button-write"), "a.bcw", 0, style="primary")]]
    for one in found:
        when = turn.times.when(one.started_at or one.created_at)
        rows.append([go(f"{when} · {one_line(one.text, 40)}", "a.bcv", one.id)])
    text = turn.t.html("broadcasts" if found else "broadcasts-none")
    return Screen(text, [*rows, [go(turn.t.label("button-back"), "a.menu")]])


@route("a.bcw")
async def write(turn: Turn, broadcast_id: int) -> Screen:
    """The text is typed; 0 begins a new one."""
    back = go(turn.t.label("button-back"), *(("a.bcv", broadcast_id) if broadcast_id else ("a.bc",)))
    return await ask(turn, "a.bc", turn.t.html("broadcast-ask"), back, broadcast=broadcast_id)


@step("a.bc")
async def written(turn: Turn, text: str, draft: dict[str, Any]) -> Screen:
    """Looked at before anything is sent."""
    broadcast_id = int(str(draft.get("broadcast", 0)))
    if not clean(text):
        return await write(turn, broadcast_id)
    key, entities = turn.key("broadcast"), rich_text.entities_of(turn.message)
    try:
        if broadcast_id:
            body = UpdateBroadcast(text=text, entities=entities)
            made = await turn.api.call("PATCH", f"/v1/broadcasts/{broadcast_id}", Broadcast, body=body, key=key)
        else:
            new = NewBroadcast(text=text, entities=entities)
            made = await turn.api.call("POST", "/v1/broadcasts", Broadcast, body=new, key=key)
    except BackendRefused as refusal:
        if refusal.code is not Code.INVALID:
            raise
        return await write(turn, broadcast_id)
    await turn.dialog.end()
    return preview(turn, made)


def preview(turn: Turn, it: Broadcast) -> Screen:
    """The text as clients will read it, and how many they are."""
    count = turn.t.html("broadcast-count" if it.total else "broadcast-nobody", count=it.total)
    text = f"{turn.t.html('broadcast-preview')}\n\n{_shown(it)}\n\n{count}"
    rows: list[Row] = [
        [go(turn.t.label("button-try"), "a.bct", it.id), go(turn.t.label("button-rewrite"), "a.bcw", it.id)],
        [go(turn.t.label("button-back"), "a.bc")],
    ]
    if it.total:
        rows.insert(1, [go(turn.t.label("button-send", count=it.total), "a.bcq", it.id, style="primary")])
    return Screen(text, rows)


def _shown(it: Broadcast) -> str:
    return cut_html(rich_text.html(it.text, it.entities), PREVIEW_MAX)


@route("a.bcv")
async def view(turn: Turn, broadcast_id: int) -> Screen:
    """How far it is; a draft is looked at."""
    await turn.dialog.pause()
    return _view(turn, await _get(turn, broadcast_id))


def _view(turn: Turn, it: Broadcast) -> Screen:
    if it.status == "draft":
        return preview(turn, it)
    text = "\n".join([*broadcast_progress.lines(turn, it), "", _shown(it)])
    rows = broadcast_progress.rows(turn, it, "a")
    if it.status == "sending":
        rows.append([go(turn.t.label("button-refresh"), "a.bcv", it.id)])
    return Screen(text, [*rows, [go(turn.t.label("button-back"), "a.bc")]])


@route("a.bct")
async def try_out(turn: Turn, broadcast_id: int) -> Screen:
    """To oneself, as clients will get it."""
    it = await _call(turn, broadcast_id, "test")
    return _view(turn, it)._replace(toast=turn.t.label("broadcast-tried"))


@route("a.bcq")
async def ask_send(turn: Turn, broadcast_id: int) -> Screen:
    """Really? It cannot be taken back."""
    it = await _get(turn, broadcast_id)
    if it.status != "draft":
        return _view(turn, it)
    rows: list[Row] = [
        [go(turn.t.label("button-send", count=it.total), "a.bcs", it.id, style="danger")],
        [go(turn.t.label("button-back"), "a.bcv", it.id)],
    ]
    return Screen(turn.t.html("broadcast-sure", count=it.total), rows)


@route("a.bcs")
async def send(turn: Turn, broadcast_id: int) -> Screen:
    """It begins, or goes on; one message of its own shows how far it is."""
    it = await _call(turn, broadcast_id, "send")
    rows: list[Row] = [[go(turn.t.label("button-refresh"), "a.bcv", it.id)], [go(turn.t.label("button-back"), "a.bc")]]
    return Screen(turn.t.html("broadcast-follow"), rows, turn.t.label("broadcast-begun"))


@route("a.bcx")
async def stop(turn: Turn, broadcast_id: int) -> Screen:
    """Nobody more gets it."""
    it = await _call(turn, broadcast_id, "stop")
    return _view(turn, it)._replace(toast=turn.t.label("broadcast-halted"))


@route("n.bcs")
async def send_here(turn: Turn, broadcast_id: int) -> Screen | None:
    """Go on, on the message itself."""
    await _here(turn, await _call(turn, broadcast_id, "send"))
    return None


@route("n.bcx")
async def stop_here(turn: Turn, broadcast_id: int) -> Screen | None:
    """Stop, on the message itself."""
    await _here(turn, await _call(turn, broadcast_id, "stop"))
    return None


async def _here(turn: Turn, it: Broadcast) -> None:
    markup = keyboards.markup(broadcast_progress.rows(turn, it, "n"))
    params = {"text": "\n".join(broadcast_progress.lines(turn, it)), "parse_mode": "HTML", "reply_markup": markup}
    try:
        await turn.call("editMessageText", {"message_id": turn.source_id, **params})
    except TelegramRefused as refusal:
        if not (refusal.unchanged or refusal.gone):
            raise
