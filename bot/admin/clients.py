"""Clients: the list, the card with its history, note, name and phone, blocking."""

from typing import Any

from backend.client.api import BackendRefused
from backend.contract.bookings import Status
from backend.contract.errors import Code
from backend.contract.people import Client, UpdateClient
from bot.admin.clients_words import client_label, client_of, find, name_and_phone, name_of
from bot.old_way import old_ask, old_go, old_paged, old_route, old_step
from bot.request import Request
from bot.ui import cards
from bot.ui.keyboards import Row, Screen
from bot.ui.text import Html, clean_text, escape, one_line
from bot.ui.times import parse

A_PAGE = 8
# The backend lists at most so many at once; beyond them one searches.
MOST = 200
LAST_PAGE = MOST // A_PAGE - 2
NOTE_MAX = 1000
_SEEN: tuple[Status, ...] = ("pending", "confirmed", "arrived", "completed", "no_show", "cancelled")


@old_route("a.cls")
async def listing(request: Request, page: int = 0) -> Screen:
    """By name, eight a page. A name or a phone typed here is looked for."""
    page = min(page, LAST_PAGE)
    found = (await find(request, limit=(page + 1) * A_PAGE + 1)).items
    shown, turning = old_paged(
        found[: (LAST_PAGE + 1) * A_PAGE], page, A_PAGE, lambda label, to: old_go(label, "a.cls", to)
    )
    rows: list[Row] = [[old_go(client_label(request, one), "a.cl", one.id)] for one in shown]
    await request.dialog.pause()
    text = request.t.html("clients" if found else "clients-none")
    act: Row = [old_go(request.t.label("button-find"), "a.clf"), old_go(request.t.label("button-new-client"), "a.cln")]
    return Screen(text, [act, *rows, turning, [old_go(request.t.label("button-back"), "a.menu")]])


@old_route("a.cl")
async def card(request: Request, client_id: int) -> Screen:
    """One client."""
    await request.dialog.pause()
    return card_screen(request, await client_of(request, client_id))


def card_screen(request: Request, client: Client, above: str = "") -> Screen:
    """Who it is, how often they came, what has been noted."""
    lines = [f"<b>{escape(name_of(request, client.name))}</b>"]
    if client.phone:
        lines.append(escape(one_line(client.phone)))
    if client.username:
        lines.append(f"@{escape(one_line(client.username))}")
    lines.append(request.t.html("client-visits", visits=client.visits, missed=client.no_shows))
    if client.last_visit:
        lines.append(request.t.html("client-last", when=request.times.when(client.last_visit)))
    if client.note:
        lines.append(request.t.html("client-note", note=Html(escape(clean_text(client.note, NOTE_MAX)))))
    if client.blocked:
        lines.append(request.t.html("client-blocked"))
    if client.tg_id is None:
        lines.append(request.t.html("client-offline"))
    elif client.unreachable:
        lines.append(request.t.html("client-unreachable"))
    if above:
        lines = [above, "", *lines]
    block = old_go(request.t.label("button-unblock"), "a.clb", client.id, 0) if client.blocked else old_go(
        request.t.label("button-block"), "a.clq", client.id
    )  # fmt: skip
    rows: list[Row] = [
        [old_go(request.t.label("button-book-for"), "k.svc", client.id, style="primary")],
        [
            old_go(request.t.label("button-visits"), "a.clv", client.id, 0),
            old_go(request.t.label("button-note"), "a.clt", client.id),
        ],
        [old_go(request.t.label("button-name-phone"), "a.clp", client.id), block],
        [old_go(request.t.label("button-back"), "a.cls", 0)],
    ]
    return Screen("\n".join(lines), rows)


@old_route("a.clv")
async def visits(request: Request, client_id: int, page: int) -> Screen:
    """Every visit of theirs, the latest first."""
    page = min(page, LAST_PAGE)
    client = await client_of(request, client_id)
    found = (
        await request.api.list_bookings(client_id=client_id, status=_SEEN, order="desc", limit=(page + 1) * A_PAGE + 1)
    ).items
    shown, turning = old_paged(
        found[: (LAST_PAGE + 1) * A_PAGE], page, A_PAGE, lambda label, to: old_go(label, "a.clv", client_id, to)
    )
    rows: list[Row] = []
    for one in shown:
        state = request.t.label(f"status-{one.status.replace('_', '-')}")
        past = parse(one.start).timestamp() <= request.now
        label = cards.booking_label(request, one)
        rows.append([old_go(label if one.status == "confirmed" and past else f"{label} · {state}", "s.card", one.id)])
    key = "client-history" if found else "client-history-none"
    text = request.t.html(key, name=name_of(request, client.name))
    return Screen(text, [*rows, turning, [old_go(request.t.label("button-back"), "a.cl", client_id)]])


@old_route("a.clt")
async def ask_note(request: Request, client_id: int) -> Screen:
    """What to remember about them."""
    client = await client_of(request, client_id)
    back = old_go(request.t.label("button-back"), "a.cl", client_id)
    forget: list[Row] = [[old_go(request.t.label("button-forget-note"), "a.cltx", client_id)]] if client.note else []
    question = request.t.html("note-ask", name=name_of(request, client.name))
    return await old_ask(request, "a.note", question, back, forget, client=client_id)


@old_step("a.note")
async def noted(request: Request, text: str, draft: dict[str, Any]) -> Screen:
    """The note has been typed."""
    client_id = int(str(draft["client"]))
    note = clean_text(text, NOTE_MAX)
    if not note:
        return await ask_note(request, client_id)
    return await _change(request, client_id, UpdateClient(note=note[:NOTE_MAX]))


@old_route("a.cltx")
async def forget_note(request: Request, client_id: int) -> Screen:
    """Nothing to remember any more."""
    return await _change(request, client_id, UpdateClient(note=""))


@old_route("a.clp")
async def ask_name(request: Request, client_id: int) -> Screen:
    """Another name or phone."""
    client = await client_of(request, client_id)
    question = request.t.html("client-change-ask", name=name_of(request, client.name))
    return await old_ask(
        request, "a.name", question, old_go(request.t.label("button-back"), "a.cl", client_id), client=client_id
    )


@old_step("a.name")
async def named(request: Request, text: str, draft: dict[str, Any]) -> Screen:
    """A name, a phone or both have been typed; what was not typed stays."""
    client_id = int(str(draft["client"]))
    name, phone = name_and_phone(text)
    if not name and not phone:
        return await ask_name(request, client_id)
    try:
        return await _change(request, client_id, UpdateClient(name=name or None, phone=phone))
    except BackendRefused as refusal:
        if refusal.code is not Code.INVALID:
            raise
        screen = await ask_name(request, client_id)
        return screen._replace(text=request.t.html("client-new-again"))


@old_route("a.clq")
async def ask_block(request: Request, client_id: int) -> Screen:
    """What blocking means, before it is done."""
    client = await client_of(request, client_id)
    rows: list[Row] = [
        [old_go(request.t.label("button-yes-block"), "a.clb", client_id, 1, style="danger")],
        [old_go(request.t.label("button-back"), "a.cl", client_id)],
    ]
    return Screen(request.t.html("block-ask", name=name_of(request, client.name)), rows)


@old_route("a.clb")
async def block(request: Request, client_id: int, blocked: int) -> Screen:
    """Blocked, or welcome again."""
    return await _change(request, client_id, UpdateClient(blocked=bool(blocked)))


async def _change(request: Request, client_id: int, change: UpdateClient) -> Screen:
    client = await request.api.update_client(client_id, change, key=request.idempotency_key("client"))
    await request.dialog.pause()
    return card_screen(request, client)._replace(toast=request.t.label("saved"))
