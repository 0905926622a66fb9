"""A bot for each test, over the session's Redis."""

import ssl
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from functools import cache
from itertools import count
from types import SimpleNamespace
from typing import Any

import aiogram.client.session.aiohttp
import pytest

from bot.ui import waiting
from tests.support.applications import run_no_chores
from tests.support.bot_chats import BotChats, bot_chats
from tests.support.machine import PATIENT_S
from tests.support.servers import RedisServer

_numbers = count(1)


@pytest.fixture(scope="session", autouse=True)
def _certificates_are_read_once() -> Iterator[None]:
    """Let aiogram's sessions share the authorities that it trusts: each bot would read them anew, 20 ms, and ask none."""
    with pytest.MonkeyPatch.context() as patch:
        shared = SimpleNamespace(create_default_context=cache(ssl.create_default_context))
        patch.setattr(aiogram.client.session.aiohttp, "ssl", shared)
        yield


@pytest.fixture(autouse=True)
def _nothing_comes_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out what the backend does by itself, and the sign of work that a busy machine would show.

    The sign answers a press and is a call of its own; `test_waiting.py` has it."""
    monkeypatch.setattr("backend.app.run_chores", run_no_chores)
    monkeypatch.setattr(waiting, "SHOWN_AFTER_S", PATIENT_S)


@pytest.fixture
async def open_chats(sqlite_url: str, redis_server: RedisServer) -> AsyncIterator[Callable[..., Any]]:
    """Start bots, each of a tenant that no other test has: `chats = await open_chats(locale="ru")`."""
    async with AsyncExitStack() as stack:

        async def make(**options: Any) -> BotChats:
            slug = f"bot-{next(_numbers)}"
            return await stack.enter_async_context(bot_chats(sqlite_url, redis_server.url, slug=slug, **options))

        yield make
