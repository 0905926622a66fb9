"""Whom a broadcast is for, and what its Book button leads to."""

from typing import NamedTuple

from aiogram.filters import StateFilter
from aiogram.fsm.state import State, StatesGroup
from aiogram.types import Message
from msgspec import UNSET, UnsetType

from backend.client.api import BackendRefused
from backend.contract.broadcasts import Audience, AudienceKind, UpdateBroadcast
from backend.contract.errors import Code
from bot.admin.broadcast_preview import preview_screen
from bot.admin.callbacks.broadcasts import (
    AskUnseenDays,
    AudienceKinds,
    AudienceList,
    BookTargets,
    BroadcastCard,
    SetAudience,
    SetBookTarget,
)
from bot.fsm import Draft, drop_draft, load_draft, pause_draft
from bot.request import Request
from bot.router import Router
from bot.ui.keyboards import Button, Row, Screen, button_grid, button_to, page_of
from bot.ui.labels import cuttable_name
from bot.ui.prompts import add_above, ask_for_text
from bot.ui.text import one_line
from bot.ui.typed_values import read_days

KINDS: tuple[AudienceKind, ...] = ("all", "service", "specialist", "not_seen", "tag")
ALL, SERVICE, SPECIALIST, NOT_SEEN, TAG = range(len(KINDS))
# What is asked above a list of each kind.
_LISTS = {
    SERVICE: "broadcast-whom-service",
    SPECIALIST: "broadcast-whom-specialist",
    TAG: "broadcast-whom-tag",
}
UNSEEN_DAYS = (30, 60, 90, 180)
A_PAGE = 10

router = Router(for_staff=True)


class AudienceForm(StatesGroup):
    """What is typed of an audience."""

    days = State()


class AudienceDraft(Draft):
    """The broadcast that an audience is chosen for."""

    broadcast_id: int


class _Choice(NamedTuple):
    id: int
    name: str


@router.press(AudienceKinds)
async def show_audience_kinds(request: Request, callback: AudienceKinds) -> Screen:
    """Ask whom a broadcast is for."""
    await pause_draft(request.state)
    t, own = request.t, callback.broadcast_id
    rows: list[Row] = [
        [button_to(t.label("button-whom-all"), SetAudience(broadcast_id=own, kind=ALL))],
        [button_to(t.label("button-whom-service"), AudienceList(broadcast_id=own, kind=SERVICE))],
        [button_to(t.label("button-whom-specialist"), AudienceList(broadcast_id=own, kind=SPECIALIST))],
        [button_to(t.label("button-whom-not-seen"), AskUnseenDays(broadcast_id=own))],
        [button_to(t.label("button-whom-tag"), AudienceList(broadcast_id=own, kind=TAG))],
        [_back_button(request, own)],
    ]
    return Screen(t.html("broadcast-whom-ask"), rows)


def _back_button(request: Request, broadcast_id: int) -> Button:
    return button_to(request.t.label("button-back"), BroadcastCard(broadcast_id=broadcast_id))


@router.press(AudienceList)
async def show_audience_list(request: Request, callback: AudienceList) -> Screen:
    """Show the services, specialists or tags whose clients may be meant."""
    own, kind = callback.broadcast_id, callback.kind if callback.kind in _LISTS else SERVICE
    choices = await _load_choices(request, kind)
    shown, turning = page_of(
        choices, callback.page, A_PAGE, lambda to: AudienceList(broadcast_id=own, kind=kind, page=to)
    )
    rows: list[Row] = [
        [button_to(cuttable_name(one_line(one.name)), SetAudience(broadcast_id=own, kind=kind, value=one.id))]
        for one in shown
    ]
    text = request.t.html(_LISTS[kind] if choices else "broadcast-whom-none")
    back = button_to(request.t.label("button-back"), AudienceKinds(broadcast_id=own))
    return Screen(text, [*rows, turning, [back]])


async def _load_choices(request: Request, kind: int) -> list[_Choice]:
    """Return the services, specialists or tags; a tag's key is a number of twelve hexadecimal digits."""
    if kind == SPECIALIST:
        return [_Choice(one.id, one.name) for one in (await request.api.list_specialists()).items]
    if kind == TAG:
        return [_Choice(int(tag.key, 16), tag.name) for tag in (await request.api.list_tags()).items]
    return [_Choice(one.id, one.name) for one in (await request.api.list_services()).items]


@router.press(AskUnseenDays)
async def ask_unseen_days(request: Request, callback: AskUnseenDays) -> Screen:
    """Ask for how many days the clients have not been there."""
    return await _ask_days(request, callback.broadcast_id)


async def _ask_days(request: Request, broadcast_id: int) -> Screen:
    presets = [
        button_to(
            request.t.label("label-days", count=days), SetAudience(broadcast_id=broadcast_id, kind=NOT_SEEN, value=days)
        )
        for days in UNSEEN_DAYS
    ]
    back = button_to(request.t.label("button-back"), AudienceKinds(broadcast_id=broadcast_id))
    draft = AudienceDraft(broadcast_id=broadcast_id)
    question = request.t.html("broadcast-days-ask")
    return await ask_for_text(request, AudienceForm.days, question, back, button_grid(presets, 2), draft=draft)


@router.message(StateFilter(AudienceForm.days))
async def take_unseen_days(message: Message, request: Request) -> Screen:
    """Take the number of days that has been typed."""
    broadcast_id = (await load_draft(request.state, AudienceDraft)).broadcast_id
    days = read_days(message.text or "")
    if not days:
        return add_above(request.t.html("broadcast-days-not-read"), await _ask_days(request, broadcast_id))
    await drop_draft(request.state)
    return await _change(request, broadcast_id, audience=Audience("not_seen", days=days))


@router.press(SetAudience)
async def set_audience(request: Request, callback: SetAudience) -> Screen:
    """Choose whom it is for; the Book button leads to the service that they know."""
    await pause_draft(request.state)
    kind, value, own = callback.kind, callback.value, callback.broadcast_id
    if kind == SERVICE:
        return await _change(request, own, audience=Audience("service", id=value), book_service_id=value)
    if kind == SPECIALIST:
        return await _change(request, own, audience=Audience("specialist", id=value), book_service_id=None)
    if kind == TAG:
        return await _change(request, own, audience=Audience("tag", tag=f"{value:012x}"))
    if kind == NOT_SEEN:
        return await _change(request, own, audience=Audience("not_seen", days=max(value, 1)))
    return await _change(request, own, audience=Audience())


@router.press(BookTargets)
async def show_book_targets(request: Request, callback: BookTargets) -> Screen:
    """Show what the Book button may lead to."""
    own = callback.broadcast_id
    services = (await request.api.list_services()).items
    shown, turning = page_of(services, callback.page, A_PAGE, lambda to: BookTargets(broadcast_id=own, page=to))
    rows: list[Row] = [
        [button_to(request.t.label("button-books-any"), SetBookTarget(broadcast_id=own, service_id=0))],
        *(
            [button_to(cuttable_name(one_line(one.name)), SetBookTarget(broadcast_id=own, service_id=one.id))]
            for one in shown
        ),
    ]
    return Screen(request.t.html("broadcast-books-ask"), [*rows, turning, [_back_button(request, own)]])


@router.press(SetBookTarget)
async def set_book_target(request: Request, callback: SetBookTarget) -> Screen:
    """Choose what the Book button leads to."""
    return await _change(request, callback.broadcast_id, book_service_id=callback.service_id or None)


async def _change(
    request: Request,
    broadcast_id: int,
    *,
    audience: Audience | UnsetType = UNSET,
    book_service_id: int | UnsetType | None = UNSET,
) -> Screen:
    """Change the broadcast and show it. What is there no longer, as it was removed meanwhile, is said."""
    change = UpdateBroadcast(audience=audience, book_service_id=book_service_id)
    key = request.idempotency_key("broadcast")
    try:
        broadcast = await request.api.update_broadcast(broadcast_id, change, key=key)
    except BackendRefused as refusal:
        if refusal.code is not Code.INVALID:
            raise
        return Screen(request.t.html("broadcast-choice-gone"), [[_back_button(request, broadcast_id)]])
    return preview_screen(request, broadcast)
