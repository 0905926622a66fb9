"""Tags of clients: given and taken one press each, typed where they are new; the list of clients by tag."""

import re

from aiogram.filters import StateFilter
from aiogram.fsm.state import State, StatesGroup
from aiogram.types import Message

from backend.client.api import BackendRefused
from backend.contract.errors import Code
from backend.contract.people import MAX_TAGS, TAG_MAX, AddTags, ClientTags, Tag
from bot.admin.callbacks.clients import (
    AddClientTag,
    AskClientTag,
    ClientCard,
    ClientList,
    ClientTagList,
    RemoveClientTag,
    TagList,
)
from bot.admin.clients import client_name
from bot.fsm import Draft, load_draft, pause_draft
from bot.request import Request
from bot.router import Router
from bot.ui.cards import ticked_label
from bot.ui.keyboards import Button, Row, Screen, button_grid, button_to, page_of
from bot.ui.labels import cuttable_name
from bot.ui.prompts import add_above, ask_for_text
from bot.ui.text import clean_text, one_line

A_PAGE = 16
_BETWEEN = re.compile(r"[,;\n]+")

router = Router(for_staff=True)


class ClientTagForm(StatesGroup):
    """A new tag."""

    tag = State()


class ClientTagDraft(Draft):
    """Whose tag is typed."""

    client_id: int


@router.press(TagList)
async def show_tags(request: Request, callback: TagList) -> Screen:
    """Show the tags by which the list can be narrowed, the most used first."""
    tags = (await request.api.list_tags()).items
    shown, turning = page_of(tags, callback.page, A_PAGE, lambda to: TagList(page=to))
    buttons = [
        button_to(f"{cuttable_name(one_line(tag.name))} ({tag.clients})", ClientList(tag=tag.key)) for tag in shown
    ]
    text = request.t.html("tags" if tags else "tags-none")
    back = button_to(request.t.label("button-back"), ClientList())
    return Screen(text, [*button_grid(buttons, 2), turning, [back]])


@router.press(ClientTagList)
async def show_client_tags(request: Request, callback: ClientTagList) -> Screen:
    """Show a client's tags and those that others have."""
    await pause_draft(request.state)
    return _tags_screen(request, await request.api.get_client_tags(callback.client_id), callback.page)


def _tags_screen(request: Request, found: ClientTags, page: int = 0) -> Screen:
    """Return the tags of a client, ticked, before those of others."""
    client, t = found.client, request.t
    own = {tag.key for tag in client.tags}
    tags = [*client.tags, *(tag for tag in found.tags if tag.key not in own)]
    shown, turning = page_of(tags, page, A_PAGE, lambda to: ClientTagList(client_id=client.id, page=to))
    rows = button_grid([_tag_button(client.id, tag, on=tag.key in own) for tag in shown], 2)
    last: Row = [
        button_to(t.label("button-new-tag"), AskClientTag(client_id=client.id)),
        button_to(t.label("button-back"), ClientCard(client_id=client.id)),
    ]
    return Screen(t.html("client-tags-choose", name=client_name(request, client)), [*rows, turning, last])


def _tag_button(client_id: int, tag: Tag, *, on: bool) -> Button:
    kind = RemoveClientTag if on else AddClientTag
    return button_to(ticked_label(tag.name, on=on), kind(client_id=client_id, tag=tag.key))


@router.press(AddClientTag)
async def add_client_tag(request: Request, callback: AddClientTag) -> Screen:
    """Give the client a tag that others have."""
    return await _add(request, callback.client_id, AddTags(keys=[callback.tag]))


@router.press(RemoveClientTag)
async def remove_client_tag(request: Request, callback: RemoveClientTag) -> Screen:
    """Take a tag from the client."""
    key = request.idempotency_key("tag")
    return _tags_screen(request, await request.api.remove_client_tag(callback.client_id, callback.tag, key=key))


@router.press(AskClientTag)
async def ask_client_tag(request: Request, callback: AskClientTag) -> Screen:
    """Ask for a new tag."""
    return await _ask_tag(request, callback.client_id)


async def _ask_tag(request: Request, client_id: int) -> Screen:
    back = button_to(request.t.label("button-back"), ClientTagList(client_id=client_id))
    question = request.t.html("tag-ask", most=TAG_MAX)
    return await ask_for_text(request, ClientTagForm.tag, question, back, draft=ClientTagDraft(client_id=client_id))


@router.message(StateFilter(ClientTagForm.tag))
async def take_client_tag(message: Message, request: Request) -> Screen:
    """Give the client what was typed: one tag, or several with commas between."""
    client_id = (await load_draft(request.state, ClientTagDraft)).client_id
    typed = [one_line(part, 200).lstrip("# ") for part in _BETWEEN.split(clean_text(message.text or ""))]
    names = [name for name in typed if name]
    if not names or len(names) > MAX_TAGS or any(len(name) > TAG_MAX for name in names):
        return await _ask_tag_again(request, client_id)
    return await _add(request, client_id, AddTags(names=names))


async def _ask_tag_again(request: Request, client_id: int) -> Screen:
    sentence = request.t.html("tag-not-read", most=TAG_MAX, tags=MAX_TAGS)
    return add_above(sentence, await _ask_tag(request, client_id))


async def _add(request: Request, client_id: int, tags: AddTags) -> Screen:
    try:
        found = await request.api.add_client_tags(client_id, tags, key=request.idempotency_key("tag"))
    except BackendRefused as refusal:
        if refusal.code is Code.INVALID:
            return await _ask_tag_again(request, client_id)
        if refusal.code not in (Code.LIMIT_REACHED, Code.NOT_FOUND):
            raise
        key = "tags-too-many" if refusal.code is Code.LIMIT_REACHED else "tag-gone"
        sentence = request.t.html(key, most=MAX_TAGS)
        found = await request.api.get_client_tags(client_id)
        return add_above(sentence, _tags_screen(request, found))
    await pause_draft(request.state)
    return _tags_screen(request, found)._replace(toast=request.t.label("saved"))
