"""A bot for each test, over the session's Redis."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from itertools import count
from typing import Any

import pytest

from tests.support.bot_chats import BotChats, bot_chats
from tests.support.servers import RedisServer

_numbers = count(1)


@pytest.fixture
async def open_chats(sqlite_url: str, redis_server: RedisServer) -> AsyncIterator[Callable[..., Any]]:
    """Start bots, each of a tenant that no other test has: `chats = await open_chats(locale="ru")`."""
    async with AsyncExitStack() as stack:

        async def make(**options: Any) -> BotChats:
            slug = f"bot-{next(_numbers)}"
            return await stack.enter_async_context(bot_chats(sqlite_url, redis_server.url, slug=slug, **options))

        yield make
