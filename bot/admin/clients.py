"""Clients: the list, the card with its history, name and phone, blocking; how a client reads to staff."""

from typing import NamedTuple

from aiogram.filters import StateFilter
from aiogram.fsm.state import State, StatesGroup
from aiogram.types import Message

from backend.client.api import BackendRefused
from backend.contract.bookings import Booking, Status
from backend.contract.errors import Code
from backend.contract.people import Client, Clients, UpdateClient
from backend.kit.phones import extract_phone
from bot.admin.callbacks.bookings import BookForServices
from bot.admin.callbacks.business import AuditLog, ManageMenu
from bot.admin.callbacks.clients import (
    ANY_TAG,
    AddClient,
    AskBlockClient,
    AskClientName,
    AskClientNote,
    ClientBookings,
    ClientCard,
    ClientJoinList,
    ClientList,
    ClientTagList,
    FindClient,
    SetClientBlocked,
    TagList,
)
from bot.fsm import Draft, load_draft, pause_draft
from bot.request import Request
from bot.router import Router
from bot.specialist.callbacks import StaffCard
from bot.ui import cards
from bot.ui.callbacks import Home
from bot.ui.client_lines import contact_lines, noted_lines, tags_text
from bot.ui.keyboards import Row, Screen, button_to, page_of
from bot.ui.prompts import ask_for_text
from bot.ui.text import DOT, Html, clean_text, escape, one_line, visible_name
from bot.ui.times import parse

A_PAGE = 8
# The backend lists at most so many at once; beyond them one searches.
MOST = 200
LAST_PAGE = MOST // A_PAGE - 2
_IN_HISTORY: tuple[Status, ...] = ("pending", "confirmed", "arrived", "completed", "no_show", "cancelled")

router = Router(for_staff=True)


class ClientForm(StatesGroup):
    """A client's name or number that is typed."""

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
    """Show the clients by name, eight a page: all, or those who have a tag. Specialists have their own."""
    page, tag = min(callback.page, LAST_PAGE), callback.tag
    found = await request.api.list_clients(tag=None if tag == ANY_TAG else tag, limit=(page + 1) * A_PAGE + 1)
    clients = found.items[: (LAST_PAGE + 1) * A_PAGE]
    shown, turning = page_of(clients, page, A_PAGE, lambda to: ClientList(page=to, tag=tag))
    rows: list[Row] = [[button_to(client_label(request, client), ClientCard(client_id=client.id))] for client in shown]
    await pause_draft(request.state)
    t = request.t
    head: Row = [button_to(t.label("button-find"), FindClient()), button_to(t.label("button-new-client"), AddClient())]
    lines: list[str] = [t.html("clients" if clients else "clients-none")]
    if found.tag is not None:
        lines = [t.html("clients-with-tag", tag=found.tag.name)]
    lines += [client_line(request, client) for client in shown]
    if page == LAST_PAGE and len(found.items) > len(clients):
        lines.append(t.html("list-ends"))
    narrow = button_to(t.label("button-by-tag"), TagList())
    if tag != ANY_TAG:
        narrow = button_to(t.label("button-all-clients"), ClientList())
    last: Row = [narrow, button_to(t.label("button-back"), ManageMenu() if request.is_admin else Home())]
    return Screen("\n".join(lines), [head, _join_row(request, found), *rows, turning, last])


def _join_row(request: Request, found: Clients) -> Row:
    """Return the way to walk-ins who may be, or have become, somebody in Telegram."""
    if found.proposed:
        label = request.t.label("button-joins", count=found.proposed)
        return [button_to(label, ClientJoinList(), style="primary")]
    return [button_to(request.t.label("button-joined"), ClientJoinList())] if found.undoable else []


def client_line(request: Request, client: Client) -> str:
    """Return `Anna Petrova · 5 bookings · last Fri 12 Dec · VIP` for the text above the buttons of a list."""
    parts = [f"<b>{escape(client_name(request, client))}</b>"]
    if not client.is_own:
        parts.append(request.t.html("client-of-others"))
    if client.bookings:
        parts.append(request.t.html("client-count", bookings=client.bookings))
    if client.last_booking:
        parts.append(
            request.t.html("client-last-day", day=request.times.day(request.times.local(client.last_booking).date()))
        )
    if client.tags:
        parts.append(escape(tags_text(tag.name for tag in client.tags)))
    return DOT.join(parts)


@router.press(ClientCard)
async def show_client(request: Request, callback: ClientCard) -> Screen:
    """Show one client."""
    await pause_draft(request.state)
    return client_screen(request, await request.api.get_client(callback.client_id), callback.booking_id)


def client_screen(request: Request, client: Client, booking_id: int = 0) -> Screen:
    """Return a client's card: who it is, how often they came, what has been noted; what an admin alone may do."""
    t, client_id = request.t, client.id
    bookings = button_to(t.label("button-bookings"), ClientBookings(client_id=client_id, page=0))
    note = AskClientNote(client_id=client_id, for_team=True, booking_id=booking_id)
    rows: list[Row] = [
        [button_to(t.label("button-book-for-them"), BookForServices(client_id=client_id), style="primary")],
        [bookings, button_to(t.label("button-team-note"), note)],
    ]
    if request.is_admin:
        rows += _admin_rows(request, client, booking_id)
    back = StaffCard(booking_id=booking_id) if booking_id else ClientList()
    rows.append([button_to(t.label("button-back"), back)])
    return Screen("\n".join(_client_lines(request, client)), rows)


def _admin_rows(request: Request, client: Client, booking_id: int) -> list[Row]:
    t, client_id = request.t, client.id
    if client.blocked:
        block = button_to(t.label("button-unblock"), SetClientBlocked(client_id=client_id, blocked=False))
    else:
        block = button_to(t.label("button-block"), AskBlockClient(client_id=client_id))
    note = AskClientNote(client_id=client_id, for_team=False, booking_id=booking_id)
    return [
        [
            button_to(t.label("button-tags"), ClientTagList(client_id=client_id)),
            button_to(t.label("button-note"), note),
        ],
        [button_to(t.label("button-name-phone"), AskClientName(client_id=client_id)), block],
        [button_to(t.label("button-audit"), AuditLog.only("person", client_id))],
    ]


def _client_lines(request: Request, client: Client) -> list[str]:
    t = request.t
    lines = [f"<b>{escape(client_name(request, client))}</b>"]
    lines += contact_lines(request, username=client.username, tg_id=client.tg_id, phone=client.phone)
    lines.append(t.html("client-bookings", bookings=client.bookings, missed=client.no_shows))
    if client.last_booking:
        lines.append(t.html("client-last", when=request.times.when(client.last_booking)))
    tags = [tag.name for tag in client.tags]
    lines += noted_lines(request, tags=tags, team_note=client.team_note, private_note=client.note)
    if client.blocked:
        lines.append(t.html("client-blocked"))
    if not client.in_telegram:
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
        return await change_client(request, client_id, UpdateClient(name=name or None, phone=phone))
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
    return await change_client(request, callback.client_id, UpdateClient(blocked=callback.blocked))


async def change_client(request: Request, client_id: int, change: UpdateClient, booking_id: int = 0) -> Screen:
    """Change what is kept about a client and return their card."""
    client = await request.api.update_client(client_id, change, key=request.idempotency_key("client"))
    await pause_draft(request.state)
    return client_screen(request, client, booking_id)._replace(toast=request.t.label("saved"))
