"""Same person? A walk-in and a phone shared in Telegram: the admins are asked in a message, and answer on it."""

from collections.abc import Callable
from typing import Any

import pytest

from backend.contract.bookings import NewBooking
from backend.contract.people import NewClient, UpdateMe
from tests.support.admin_chat import LANGUAGES, AdminChat, open_admin_chat
from tests.support.bot_chats import ADMIN, CLIENT, BotChats


async def ask(open_chats: Callable[..., Any], locale: str, name: str = "Maria") -> tuple[AdminChat, int]:
    """Let staff enter a walk-in with a booking, and somebody of another name share the same number."""
    chat = await open_admin_chat(open_chats, locale)
    chats = chat.chats
    admin = await chats.open_business()
    walk_in = await admin.create_client(NewClient(name=name, phone="8 (916) 765-43-21"), key="walk-in")
    new = NewBooking([1], "2026-12-09T11:00:00Z", specialist_id=1, client_id=walk_in.id)
    await admin.create_booking(new, key="book")
    me = chats.backend.act_as(chats.tenant.slug, CLIENT, "r-8")
    await me.update_me(UpdateMe(phone="+7 916 765-43-21"), key="share")
    await chats.deliver()
    return chat, walk_in.id


def question(chats: BotChats, chat: AdminChat) -> Any:
    """Return the newest message with the question's buttons."""
    return chats.holding(ADMIN, str(chat.t.label("button-same-person")))


@pytest.mark.parametrize("locale", LANGUAGES)
async def test_an_admin_says_that_they_are_one(open_chats: Callable[..., Any], locale: str) -> None:
    chat, _ = await ask(open_chats, locale)
    chats = chat.chats
    asked = question(chats, chat)
    assert "Maria" in asked.content["text"]
    assert "916" in asked.content["text"]
    me = chats.backend.act_as(chats.tenant.slug, CLIENT, "r-8")
    assert (await me.list_bookings()).items == []
    await chats.press(ADMIN, str(chat.t.label("button-same-person")), message=asked)
    assert str(chat.t.html("join-joined")) in str(asked.content["text"])
    assert str(chat.t.label("button-same-person")) not in chats.labels_of(asked)
    assert len((await me.list_bookings()).items) == 1
    # what is done can be undone, from the notice as well
    await chats.press(ADMIN, str(chat.t.label("button-open")), message=asked)
    await chat.press("button-undo-join")
    assert (await me.list_bookings()).items == []


async def test_an_admin_says_that_they_are_two_and_is_not_asked_again(open_chats: Callable[..., Any]) -> None:
    chat, walk_in = await ask(open_chats, "en")
    chats = chat.chats
    asked = question(chats, chat)
    await chats.press(ADMIN, str(chat.t.label("button-two-people")), message=asked)
    assert str(chat.t.html("join-apart")) in str(asked.content["text"])
    me = chats.backend.act_as(chats.tenant.slug, CLIENT, "r-8")
    await me.update_me(UpdateMe(phone="+7 916 765-43-21"), key="again")
    assert await chats.deliver() == []
    admin = chats.backend.act_as(chats.tenant.slug, ADMIN, "r-4")
    assert (await admin.list_client_joins()).items == []
    assert (await admin.get_client(walk_in)).id == walk_in


async def test_the_question_is_void_once_somebody_has_answered(open_chats: Callable[..., Any]) -> None:
    chat, _ = await ask(open_chats, "en")
    chats = chat.chats
    admin = chats.backend.act_as(chats.tenant.slug, ADMIN, "r-4")
    (join,) = (await admin.list_client_joins()).items
    await admin.decide_client_join(join.id, "accept", key="elsewhere")
    asked = question(chats, chat)
    await chats.press(ADMIN, str(chat.t.label("button-same-person")), message=asked)
    assert str(chat.t.html("join-outdated")) in str(asked.content["text"])


async def test_nobody_is_asked_where_it_is_sure(open_chats: Callable[..., Any]) -> None:
    chat, _ = await ask(open_chats, "en", name=chat_name())
    label = str(chat.t.label("button-same-person"))
    assert not any(label in chat.chats.labels_of(one) for one in chat.chats.live(ADMIN))


def chat_name() -> str:
    """The first name of the sandbox's client."""
    return "Alex"


async def test_two_people_are_told_apart_where_they_are_compared(open_chats: Callable[..., Any]) -> None:
    chat, _ = await ask(open_chats, "en")
    chats = chat.chats
    await chats.press(ADMIN, "Open", message=question(chats, chat))
    await chat.press("button-two-people")
    assert not [label for label in chat.labels if label == "Same person"]
    assert (await (await chats.admin()).list_client_joins()).items == []
    me = chats.backend.act_as(chats.tenant.slug, CLIENT, "r-8")
    assert (await me.list_bookings()).items == [], "the walk-in's booking stays theirs"
