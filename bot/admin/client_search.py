"""Finding a client by a typed name or phone, or entering a new one: for their card, or for a planned booking."""

from aiogram.filters import StateFilter
from aiogram.fsm.state import State, StatesGroup
from aiogram.types import Message
from msgspec.structs import replace

from backend.client.api import BackendRefused
from backend.contract.errors import Code
from backend.contract.people import Clients, NewClient
from backend.kit.phones import is_phone
from bot.admin.booking_plan import BookingPlan, load_confirm_screen
from bot.admin.callbacks.bookings import BookForNewClient
from bot.admin.callbacks.clients import AddClient, AddTypedClient, FindClient
from bot.admin.clients import client_label, client_line, client_screen, read_name_and_phone
from bot.fsm import drop_draft, keep_draft, load_draft
from bot.request import Request
from bot.router import Router
from bot.ui.keyboards import Button, Row, Screen, button_to
from bot.ui.labels import cuttable_name
from bot.ui.prompts import add_above, ask_for_text
from bot.ui.text import clean_text, one_line

SHOWN = 8
# The backend takes so long a query.
QUERY_MAX = 64

router = Router(for_staff=True)


class ClientSearchForm(StatesGroup):
    """What is typed to find or enter a client."""

    query = State()
    new_client = State()


@router.press(FindClient)
async def ask_client(request: Request, _: FindClient) -> Screen:
    """Ask whose card is looked for."""
    return await ask_client_screen(request, BookingPlan())


async def ask_client_screen(request: Request, plan: BookingPlan) -> Screen:
    """Return the question for whom the booking is, or whose card is looked for."""
    rows: list[Row] = [[_new_client_button(request, plan)]]
    question = request.t.html("client-ask")
    if not request.is_admin:
        # a specialist's own clients are few: most are a tap away
        own = await request.api.list_clients(limit=SHOWN)
        rows = [*_client_rows(request, plan, own), *rows]
    return await ask_for_text(request, ClientSearchForm.query, question, _back_button(request, plan), rows, draft=plan)


def _client_rows(request: Request, plan: BookingPlan, clients: Clients) -> list[Row]:
    """Return a button for each; without a booking to make, another specialist's client has no card to show."""
    return [
        [button_to(client_label(request, client), plan.choose_client(client.id))]
        for client in clients.items
        if client.is_own or plan.services
    ]


def _new_client_button(request: Request, plan: BookingPlan) -> Button:
    return button_to(request.t.label("button-new-client"), plan.new_client())


def _back_button(request: Request, plan: BookingPlan) -> Button:
    return button_to(request.t.label("button-back"), plan.back(request))


@router.message(StateFilter(ClientSearchForm.query))
async def find_clients(message: Message, request: Request) -> Screen:
    """Show the clients that match; the next text is looked for as well."""
    plan = await load_draft(request.state, BookingPlan)
    query = one_line(clean_text(message.text or "", 200), 200)
    if not query:
        return await ask_client_screen(request, plan)
    return await _found_screen(request, plan, query, await _search(request, query[:QUERY_MAX]))


async def find_typed_clients(request: Request, text: str) -> Screen | None:
    """Return the clients that match what staff have typed anywhere; None where nobody does."""
    query = one_line(clean_text(text, 200), 200)
    if not (request.is_admin or request.is_specialist) or not query or len(query) > QUERY_MAX:
        return None
    clients = await _search(request, query)
    return await _found_screen(request, BookingPlan(), query, clients) if clients.items else None


async def find_shared_client(request: Request, raw_state: str | None, name: str, phone: str) -> Screen:
    """Return the client of a contact that staff share, with the way to add them; where a new one is asked for, add them."""
    typed = f"{name}, {phone}"
    if raw_state not in (ClientSearchForm.query.state, ClientSearchForm.new_client.state):
        return await _found_screen(request, BookingPlan(), typed, await _search(request, phone))
    plan = await load_draft(request.state, BookingPlan)
    if raw_state == ClientSearchForm.new_client.state:
        return await _add_client(request, plan, typed)
    return await _found_screen(request, plan, typed, await _search(request, phone))


async def _found_screen(request: Request, plan: BookingPlan, query: str, clients: Clients) -> Screen:
    """Return those that were found; the next text is looked for as well."""
    rows = _client_rows(request, plan, clients)
    await keep_draft(request.state, replace(plan, typed=query), ClientSearchForm.query)
    key = "client-none" if not clients.items else "client-more" if clients.next else "client-found"
    lines: list[str] = [request.t.html(key, query=one_line(query, 60))]
    lines += [client_line(request, client) for client in clients.items]
    if name := read_name_and_phone(query).name:
        rows.append([button_to(request.t.label("button-add-typed", name=cuttable_name(name)), AddTypedClient())])
    return Screen("\n".join(lines), [*rows, [_new_client_button(request, plan)], [_back_button(request, plan)]])


async def _search(request: Request, query: str) -> Clients:
    """Return who matches. By a whole number a specialist finds anybody, and may book for them."""
    if not request.is_admin and is_phone(query):
        try:
            found = await request.api.find_client(query, key=request.idempotency_key("find"))
        except BackendRefused as refusal:
            if refusal.code is not Code.INVALID:
                raise
        else:
            return replace(found, items=found.items[:SHOWN])
    return await request.api.list_clients(query, limit=SHOWN)


@router.press(AddClient)
async def ask_new_client(request: Request, _: AddClient) -> Screen:
    """Ask for a new client."""
    return await _ask_new_client(request, BookingPlan())


@router.press(BookForNewClient)
async def ask_new_client_to_book_for(request: Request, callback: BookForNewClient) -> Screen:
    """Ask for a new client for whom a booking is made at once."""
    plan = BookingPlan(
        services=callback.services,
        specialist_id=callback.specialist_id,
        start=callback.start,
        force=callback.force,
    )
    return await _ask_new_client(request, plan)


async def _ask_new_client(request: Request, plan: BookingPlan, key: str = "client-new-ask") -> Screen:
    back = _back_button(request, plan)
    return await ask_for_text(request, ClientSearchForm.new_client, request.t.html(key), back, draft=plan)


@router.message(StateFilter(ClientSearchForm.new_client))
async def take_new_client(message: Message, request: Request) -> Screen:
    """Enter the client, and go on with the booking or to their card."""
    return await _add_client(request, await load_draft(request.state, BookingPlan), message.text or "")


@router.press(AddTypedClient)
async def add_typed_client(request: Request, _: AddTypedClient) -> Screen:
    """Enter the client who was looked for, so that nobody types a name twice."""
    plan = await load_draft(request.state, BookingPlan)
    return await _add_client(request, plan, plan.typed)


async def _add_client(request: Request, plan: BookingPlan, text: str) -> Screen:
    name, phone = read_name_and_phone(text)
    if not name:
        return await _ask_new_client(request, plan, "client-new-again")
    try:
        new = NewClient(name=name, phone=phone)
        client = await request.api.create_client(new, key=request.idempotency_key("client"))
    except BackendRefused as refusal:
        if refusal.code is not Code.INVALID:
            raise
        return await _ask_new_client(request, plan, "client-new-again")
    await drop_draft(request.state)
    if plan.services:
        return await load_confirm_screen(request, client.id, plan)
    return add_above(request.t.html("client-added"), client_screen(request, client))
