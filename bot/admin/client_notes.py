"""Notes about a client: one for the whole team, which specialists write as well, and one for the admins alone."""

from aiogram.filters import StateFilter
from aiogram.fsm.state import State, StatesGroup
from aiogram.types import Message

from backend.client.api import BackendRefused
from backend.contract.errors import Code
from backend.contract.people import NOTE_MAX, Client, UpdateClient
from bot.admin.callbacks.clients import AskClientNote, ClientCard, ForgetClientNote
from bot.admin.clients import change_client, client_name
from bot.fsm import Draft, load_draft
from bot.request import Request
from bot.router import Router
from bot.ui.keyboards import Row, Screen, button_to
from bot.ui.prompts import add_above, ask_for_text
from bot.ui.text import Html, clean_text, escape, quote_words

router = Router(for_staff=True)


class ClientNoteForm(StatesGroup):
    """What is typed to remember."""

    note = State()


class ClientNoteDraft(Draft):
    """About whom it is typed, for whom, and the note as the writer has read it."""

    client_id: int
    for_team: bool
    booking_id: int
    read_note: str


@router.press(AskClientNote)
async def ask_client_note(request: Request, callback: AskClientNote) -> Screen:
    """Ask what to remember about a client."""
    client = await request.api.get_client(callback.client_id)
    return await _ask_note(request, client, for_team=callback.for_team, booking_id=callback.booking_id)


async def _ask_note(request: Request, client: Client, *, for_team: bool, booking_id: int) -> Screen:
    note = client.team_note if for_team else client.note
    question = request.t.html("team-note-ask" if for_team else "note-ask", name=client_name(request, client))
    if note:
        question = Html(f"{question}\n\n{quote_words(note)}\n{request.t.html('note-replaced')}")
    draft = ClientNoteDraft(client_id=client.id, for_team=for_team, booking_id=booking_id, read_note=note)
    forget = ForgetClientNote(client_id=client.id, for_team=for_team, booking_id=booking_id)
    return await ask_for_text(
        request,
        ClientNoteForm.note,
        question,
        button_to(request.t.label("button-back"), ClientCard(client_id=client.id, booking_id=booking_id)),
        _presets(request, note, forget),
        draft=draft,
    )


def _presets(request: Request, note: str, forget: ForgetClientNote) -> list[Row]:
    """Return the note to copy, so that words can be added to it, and the button that removes it."""
    if not note:
        return []
    return [[button_to(request.t.label("button-forget-note"), forget)]]


@router.message(StateFilter(ClientNoteForm.note))
async def take_client_note(message: Message, request: Request) -> Screen:
    """Save the note. One that is too long, or that somebody has changed meanwhile, is asked for again; nothing is cut."""
    draft = await load_draft(request.state, ClientNoteDraft)
    typed = clean_text(message.text or "", 2 * NOTE_MAX)
    if not typed or len(typed) > NOTE_MAX:
        client = await request.api.get_client(draft.client_id)
        again = await _ask_note(request, client, for_team=draft.for_team, booking_id=draft.booking_id)
        if not typed:
            return again
        return add_above(request.t.html("note-too-long", most=NOTE_MAX, count=len(message.text or "")), again)
    change = UpdateClient(read_note=draft.read_note)
    if draft.for_team:
        change.team_note = typed
    else:
        change.note = typed
    try:
        return await change_client(request, draft.client_id, change, draft.booking_id)
    except BackendRefused as refusal:
        if refusal.code is not Code.ILLEGAL_STEP:
            raise
    client = await request.api.get_client(draft.client_id)
    again = await _ask_note(request, client, for_team=draft.for_team, booking_id=draft.booking_id)
    yours = Html(f"{request.t.html('note-changed')}\n<code>{escape(typed)}</code>")
    return add_above(yours, again)


@router.press(ForgetClientNote)
async def forget_client_note(request: Request, callback: ForgetClientNote) -> Screen:
    """Remove the note."""
    change = UpdateClient(team_note="") if callback.for_team else UpdateClient(note="")
    return await change_client(request, callback.client_id, change, callback.booking_id)
