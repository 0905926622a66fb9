"""What takes longer is seen to be at work: the spinner of the pressed button ends, and the chat shows that the bot types."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from aiogram import Bot

from backend.kit.http import Reply
from bot.telegram import TelegramUnavailable
from bot.ui import waiting
from tests.support.bot_chats import CLIENT, BotChats
from tests.support.machine import PATIENT_S


class _Slow:
    """Holds the backend's answers up until the bot has shown that it is at work, and lists what it calls meanwhile."""

    def __init__(self, chats: BotChats, monkeypatch: pytest.MonkeyPatch, *, telegram_is_up: bool = True) -> None:
        self.calls: list[str] = []
        request, call, shown = chats.backend.request, chats.runtime._session.call, asyncio.Event()

        async def answer_late(method: str, path: str, headers: dict[str, str], body: bytes | None) -> Reply:
            if path != "/v1/people/identify":
                await asyncio.wait_for(shown.wait(), PATIENT_S)
            return await request(method, path, headers, body)

        async def note_call(bot: Bot, method: str, params: Mapping[str, Any], *files: Any) -> Any:
            self.calls.append(method)
            if method == "sendChatAction":
                assert params["action"] == "typing"
                shown.set()
                if not telegram_is_up:
                    raise TelegramUnavailable(method, "away")
            return await call(bot, method, params, *files)

        monkeypatch.setattr(waiting, "SHOWN_AFTER_S", 0.0)
        monkeypatch.setattr(chats.backend, "request", answer_late)
        monkeypatch.setattr(chats.runtime._session, "call", note_call)


@pytest.mark.parametrize("telegram_is_up", [True, False])
async def test_a_slow_press_is_answered_at_once_and_once(
    open_chats: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, telegram_is_up: bool
) -> None:
    """Where the sign itself cannot be shown, the press is done all the same."""
    chats: BotChats = await open_chats()
    await chats.say(CLIENT, "/start s_1")
    answers = len(chats.answers)
    slow = _Slow(chats, monkeypatch, telegram_is_up=telegram_is_up)
    assert "Held for you" in await chats.press(CLIENT, "Today 10:00")
    assert slow.calls == ["answerCallbackQuery", "sendChatAction", "editMessageText"]
    assert len(chats.answers) == answers, "it has been answered already"


async def test_a_slow_message_shows_that_the_bot_types(
    open_chats: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    chats: BotChats = await open_chats()
    slow = _Slow(chats, monkeypatch)
    assert "What would you like to book?" in await chats.say(CLIENT, "/start")
    assert [method for method in slow.calls if method != "setMyCommands"] == ["sendChatAction", "sendMessage"]
