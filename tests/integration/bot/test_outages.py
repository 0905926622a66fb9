"""What the person sees when something is away: the backend, Redis, Telegram."""

import asyncio
import contextlib
import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from aiogram import Bot

from backend.client.api import BackendUnavailable
from backend.kit.http import Http
from backend.kit.redis import RedisDown
from bot.session import Session
from bot.telegram import TelegramUnavailable
from gateway.sandbox.people import press_button, send_text
from tests.support.bot_chats import CLIENT, BotChats


class _Gone:
    """Sends the bot's calls to a port where nobody listens, for a while."""

    def __init__(self, chats: BotChats) -> None:
        self._backend = chats.backend

    def __enter__(self) -> None:
        self._real, self._backend._http = self._backend._http, Http("http://127.0.0.1:1", timeout_s=1, connect_s=1)

    def __exit__(self, *_: object) -> None:
        self._backend._http = self._real


async def test_a_booking_that_met_an_outage_is_tried_again_with_the_same_key(open_chats: Callable[..., Any]) -> None:
    """Nothing was saved; Try again makes one booking."""
    chats: BotChats = await open_chats()
    await chats.say(CLIENT, "/start s_1")
    await chats.press(CLIENT, "Today 10:00")
    press_button(chats.sandbox, chats.bot, CLIENT, chats.menu(CLIENT).id, label="Confirm")
    [update] = await chats.take()
    context = await chats.context(CLIENT)
    with _Gone(chats):
        await chats.runtime.process_update(context, json.dumps(update).encode())
        assert chats.text(CLIENT).startswith("Not booked yet. Nothing was saved.")
    assert "You're booked" in await chats.press(CLIENT, "Try again")
    booked = await chats.backend.act_as(chats.tenant.slug, CLIENT, "t").list_bookings(status=("confirmed",))
    assert len(booked.items) == 1


async def test_a_message_that_met_an_outage_comes_again(open_chats: Callable[..., Any]) -> None:
    """It is raised, so that Telegram keeps it."""
    chats: BotChats = await open_chats()
    send_text(chats.sandbox, chats.bot, CLIENT, "/start")
    [update] = await chats.take()
    context = await chats.context(CLIENT)
    with _Gone(chats), pytest.raises(BackendUnavailable):
        await chats.runtime.process_update(context, json.dumps(update).encode())
    await chats.runtime.process_update(context, json.dumps(update).encode())
    assert "What would you like to book?" in chats.text(CLIENT)


async def test_without_redis_booking_goes_on(open_chats: Callable[..., Any]) -> None:
    """Only what is typed has to wait."""
    chats: BotChats = await open_chats()
    await chats.say(CLIENT, "/start s_1")
    await chats.link.close()
    await chats.press(CLIENT, "Today 10:00")
    assert "Typing does not work" in await chats.press(CLIENT, "Comment")
    await chats.press(CLIENT, "Back")
    assert "You're booked" in await chats.press(CLIENT, "Confirm")


async def test_telegrams_flood_limit_is_raised_with_its_wait(open_chats: Callable[..., Any]) -> None:
    """The gateway asks Telegram to come again."""
    chats: BotChats = await open_chats()
    send_text(chats.sandbox, chats.bot, CLIENT, "/start")
    [update] = await chats.take()
    context = await chats.context(CLIENT)
    chats.sandbox.transient[chats.tenant.token].flood_until = time.monotonic() + 30
    with pytest.raises(TelegramUnavailable) as raised:
        await chats.runtime.process_update(context, json.dumps(update).encode())
    assert 1 <= raised.value.retry_after <= 31
    assert chats.tenant.token not in str(raised.value)


@pytest.mark.parametrize("failure", [TelegramUnavailable("deleteMessage", "timed out"), asyncio.CancelledError()])
async def test_a_menu_that_could_not_be_removed_goes_with_the_next(
    open_chats: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, failure: BaseException
) -> None:
    """Telegram did not answer when the old menu was to go, or the update was given up there and comes again: one menu stays."""
    chats: BotChats = await open_chats()
    await chats.say(CLIENT, "/start")
    send_text(chats.sandbox, chats.bot, CLIENT, "/start")
    [update] = await chats.take()
    context = await chats.context(CLIENT)
    call = Session.call

    async def fail(session: Session, bot: Bot, method: str, *arguments: Any) -> Any:
        if method == "deleteMessage":
            raise failure
        return await call(session, bot, method, *arguments)

    monkeypatch.setattr(Session, "call", fail)
    with contextlib.suppress(asyncio.CancelledError):
        await chats.runtime.process_update(context, json.dumps(update).encode())
    assert len(chats.live(CLIENT)) == 2
    monkeypatch.undo()
    assert "language" in await chats.press(CLIENT, "Language", message=chats.live(CLIENT)[-1])
    assert len(chats.live(CLIENT)) == 1


async def test_a_menu_that_could_not_be_read_at_first_goes_all_the_same(
    open_chats: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connection to Redis is given up when the message comes, and there again when it is answered."""
    chats: BotChats = await open_chats()
    await chats.say(CLIENT, "/start")
    call = chats.link.call

    async def fail_once(*parts: bytes) -> Any:
        if not parts[1].startswith(b"last_menu:"):
            return await call(*parts)
        monkeypatch.undo()
        raise RedisDown("given up")

    monkeypatch.setattr(chats.link, "call", fail_once)
    await chats.say(CLIENT, "/start")
    assert chats.link.call == call
    assert len(chats.live(CLIENT)) == 1


async def test_who_has_blocked_the_bot_is_left_alone(open_chats: Callable[..., Any]) -> None:
    """A refusal to deliver is no failure of the update."""
    chats: BotChats = await open_chats()
    send_text(chats.sandbox, chats.bot, CLIENT, "/start")
    [update] = await chats.take()
    chats.sandbox.chat(chats.bot, CLIENT).blocked = True
    assert await chats.runtime.process_update(await chats.context(CLIENT), json.dumps(update).encode()) is None
