"""Clients: the list, the card with its history, note, name and phone, blocking; how a client reads to staff."""

from typing import NamedTuple

from aiogram.filters import StateFilter
from aiogram.fsm.state import State, StatesGroup
from aiogram.types import Message

from backend.client.api import BackendRefused
from backend.contract.bookings import Booking, Status
from backend.contract.errors import Code
from backend.contract.people import Client, UpdateClient
from backend.kit.phones import extract_phone
from bot.admin.callbacks.bookings import BookForServices
from bot.admin.callbacks.business import ManageMenu
from bot.admin.callbacks.clients import (
    AddClient,
    AskBlockClient,
    AskClientName,
    AskClientNote,
    ClientBookings,
    ClientCard,
    ClientJoinList,
    ClientList,
    FindClient,
    ForgetClientNote,
    SetClientBlocked,
)
from bot.fsm import Draft, load_draft, pause_draft
from bot.request import Request
from bot.router import Router
from bot.specialist.callbacks import StaffCard
from bot.ui import cards
from bot.ui.keyboards import Row, Screen, button_to, page_of
from bot.ui.prompts import ask_for_text
from bot.ui.text import Html, clean_text, escape, one_line, visible_name
from bot.ui.times import parse

A_PAGE = 8
# The backend lists at most so many at once; beyond them one searches.
MOST = 200
LAST_PAGE = MOST // A_PAGE - 2
NOTE_MAX = 1000
_IN_HISTORY: tuple[Status, ...] = ("pending", "confirmed", "arrived", "completed", "no_show", "cancelled")

router = Router(for_staff=True)


class ClientForm(StatesGroup):
    """What is typed about a client."""

    note = State()
    name = State()


class ClientDraft(Draft):
    """The client that it is typed about."""

    client_id: int


def client_name(voice: cards.Voice, client: Client) -> str:
    """Return the name, or words for none."""
    return visible_name(client.name) or voice.t.label("client-nameless")


def client_label(voice: cards.Voice, client: Client) -> str:
    """Return `Maria Petrova · +7 900 123-45-67`."""
    name = visible_name(client.name, 36) or voice.t.label("client-nameless")
    mark = voice.t.label("client-blocked-mark") if client.blocked else ""
    return " · ".join(part for part in (name, one_line(client.phone or "", 24), mark) if part)


class NameAndPhone(NamedTuple):
    """What was typed of a client; no name is an empty one."""

    name: str
    phone: str | None


def read_name_and_phone(text: str) -> NameAndPhone:
    """Return the name and the phone number that a text holds."""
    line = " ".join(clean_text(text, 500).split())
    rest, phone = extract_phone(line)
    return NameAndPhone(visible_name(" ".join(rest.split()).strip(" ,;:")), phone)


@router.press(ClientList)
async def show_clients(request: Request, callback: ClientList) -> Screen:
    """Show the clients by name, eight a page."""
    page = min(callback.page, LAST_PAGE)
    found = await request.api.list_clients(limit=(page + 1) * A_PAGE + 1)
    clients = found.items
    shown, turning = page_of(clients[: (LAST_PAGE + 1) * A_PAGE], page, A_PAGE, lambda to: ClientList(page=to))
    rows: list[Row] = [[button_to(client_label(request, client), ClientCard(client_id=client.id))] for client in shown]
    await pause_draft(request.state)
    t = request.t
    head: Row = [button_to(t.label("button-find"), FindClient()), button_to(t.label("button-new-client"), AddClient())]
    back = button_to(t.label("button-back"), ManageMenu())
    lines = [t.html("clients" if clients else "clients-none")]
    if page == LAST_PAGE and len(clients) > (LAST_PAGE + 1) * A_PAGE:
        lines.append(t.html("list-ends"))
    joins: Row = []
    if found.proposed:
        label = t.label("button-joins", count=found.proposed)
        joins = [button_to(label, ClientJoinList(), style="primary")]
    elif found.undoable:
        joins = [button_to(t.label("button-joined"), ClientJoinList())]
    return Screen("\n".join(lines), [head, joins, *rows, turning, [back]])


@router.press(ClientCard)
async def show_client(request: Request, callback: ClientCard) -> Screen:
    """Show one client."""
    await pause_draft(request.state)
    return client_screen(request, await request.api.get_client(callback.client_id))


def client_screen(request: Request, client: Client) -> Screen:
    """Return a client's card: who it is, how often they came, what has been noted."""
    t, client_id = request.t, client.id
    if client.blocked:
        block = button_to(t.label("button-unblock"), SetClientBlocked(client_id=client_id, blocked=False))
    else:
        block = button_to(t.label("button-block"), AskBlockClient(client_id=client_id))
    rows: list[Row] = [
        [button_to(t.label("button-book-for"), BookForServices(client_id=client_id), style="primary")],
        [
            button_to(t.label("button-visits"), ClientBookings(client_id=client_id, page=0)),
            button_to(t.label("button-note"), AskClientNote(client_id=client_id)),
        ],
        [button_to(t.label("button-name-phone"), AskClientName(client_id=client_id)), block],
        [button_to(t.label("button-back"), ClientList())],
    ]
    return Screen("\n".join(_client_lines(request, client)), rows)


def _client_lines(request: Request, client: Client) -> list[str]:
    t = request.t
    lines = [f"<b>{escape(client_name(request, client))}</b>"]
    if client.phone:
        lines.append(escape(one_line(client.phone)))
    if client.username:
        lines.append(f"@{escape(one_line(client.username))}")
    lines.append(t.html("client-visits", visits=client.visits, missed=client.no_shows))
    if client.last_visit:
        lines.append(t.html("client-last", when=request.times.when(client.last_visit)))
    if client.note:
        lines.append(t.html("client-note", note=Html(escape(clean_text(client.note, NOTE_MAX)))))
    if client.blocked:
        lines.append(t.html("client-blocked"))
    if client.tg_id is None:
        lines.append(t.html("client-offline"))
    elif client.unreachable:
        lines.append(t.html("client-unreachable"))
    return lines


@router.press(ClientBookings)
async def show_client_bookings(request: Request, callback: ClientBookings) -> Screen:
    """Show every booking of a client, the latest first."""
    client_id, page = callback.client_id, min(callback.page, LAST_PAGE)
    overview = await request.api.get_bookings_overview(
        client_id=client_id, status=_IN_HISTORY, order="desc", limit=(page + 1) * A_PAGE + 1
    )
    bookings, name = overview.items, overview.client_name or ""
    shown, turning = page_of(
        bookings[: (LAST_PAGE + 1) * A_PAGE], page, A_PAGE, lambda to: ClientBookings(client_id=client_id, page=to)
    )
    rows: list[Row] = [
        [button_to(_history_label(request, booking), StaffCard(booking_id=booking.id))] for booking in shown
    ]
    key = "client-history" if bookings else "client-history-none"
    text = request.t.html(key, name=one_line(name) or request.t.label("client-nameless"))
    if page == LAST_PAGE and len(bookings) > (LAST_PAGE + 1) * A_PAGE:
        text = Html(f"{text}\n{request.t.html('list-ends')}")
    back = button_to(request.t.label("button-back"), ClientCard(client_id=client_id))
    return Screen(text, [*rows, turning, [back]])


def _history_label(request: Request, booking: Booking) -> str:
    """Return `Fri 12 Dec 14:30 · Haircut · cancelled`; a confirmed booking that is over needs no word."""
    label = cards.booking_label(request, booking)
    if booking.status == "confirmed" and parse(booking.start).timestamp() <= request.now:
        return label
    status = booking.status.replace("_", "-")
    return f"{label} · {request.t.label(f'status-{status}')}"


@router.press(AskClientNote)
async def ask_client_note(request: Request, callback: AskClientNote) -> Screen:
    """Ask what to remember about a client."""
    return await _ask_note(request, callback.client_id)


async def _ask_note(request: Request, client_id: int) -> Screen:
    client = await request.api.get_client(client_id)
    forget = button_to(request.t.label("button-forget-note"), ForgetClientNote(client_id=client_id))
    question = request.t.html("note-ask", name=client_name(request, client))
    return await ask_for_text(
        request,
        ClientForm.note,
        question,
        button_to(request.t.label("button-back"), ClientCard(client_id=client_id)),
        [[forget]] if client.note else [],
        draft=ClientDraft(client_id=client_id),
    )


@router.message(StateFilter(ClientForm.note))
async def take_client_note(message: Message, request: Request) -> Screen:
    """Save the note."""
    client_id = (await load_draft(request.state, ClientDraft)).client_id
    note = clean_text(message.text or "", NOTE_MAX)
    if not note:
        return await _ask_note(request, client_id)
    return await _change_client(request, client_id, UpdateClient(note=note[:NOTE_MAX]))


@router.press(ForgetClientNote)
async def forget_client_note(request: Request, callback: ForgetClientNote) -> Screen:
    """Remove the note."""
    return await _change_client(request, callback.client_id, UpdateClient(note=""))


@router.press(AskClientName)
async def ask_client_name(request: Request, callback: AskClientName) -> Screen:
    """Ask for another name or phone."""
    return await _ask_name(request, callback.client_id)


async def _ask_name(request: Request, client_id: int) -> Screen:
    client = await request.api.get_client(client_id)
    question = request.t.html("client-change-ask", name=client_name(request, client))
    back = button_to(request.t.label("button-back"), ClientCard(client_id=client_id))
    return await ask_for_text(request, ClientForm.name, question, back, draft=ClientDraft(client_id=client_id))


@router.message(StateFilter(ClientForm.name))
async def take_client_name(message: Message, request: Request) -> Screen:
    """Save the name, the phone or both; what was not typed stays."""
    client_id = (await load_draft(request.state, ClientDraft)).client_id
    name, phone = read_name_and_phone(message.text or "")
    if not name and not phone:
        return await _ask_name(request, client_id)
    try:
        return await _change_client(request, client_id, UpdateClient(name=name or None, phone=phone))
    except BackendRefused as refusal:
        if refusal.code is not Code.INVALID:
            raise
        return (await _ask_name(request, client_id))._replace(text=request.t.html("client-new-again"))


@router.press(AskBlockClient)
async def ask_block_client(request: Request, callback: AskBlockClient) -> Screen:
    """Say what blocking means, before it is done."""
    client = await request.api.get_client(callback.client_id)
    block = SetClientBlocked(client_id=client.id, blocked=True)
    rows: list[Row] = [
        [button_to(request.t.label("button-yes-block"), block, style="danger")],
        [button_to(request.t.label("button-back"), ClientCard(client_id=client.id))],
    ]
    return Screen(request.t.html("block-ask", name=client_name(request, client)), rows)


@router.press(SetClientBlocked)
async def set_client_blocked(request: Request, callback: SetClientBlocked) -> Screen:
    """Block a client, or let them book again."""
    return await _change_client(request, callback.client_id, UpdateClient(blocked=callback.blocked))


async def _change_client(request: Request, client_id: int, change: UpdateClient) -> Screen:
    client = await request.api.update_client(client_id, change, key=request.idempotency_key("client"))
    await pause_draft(request.state)
    return client_screen(request, client)._replace(toast=request.t.label("saved"))
