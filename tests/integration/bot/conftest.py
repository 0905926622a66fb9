"""A stage for the bot's journeys, one per test, over the session's Redis."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from itertools import count
from typing import Any

import pytest

from tests.support.bot_stage import Stage, stage
from tests.support.servers import RedisServer

_numbers = count(1)


@pytest.fixture
async def stages(sqlite_url: str, redis_server: RedisServer) -> AsyncIterator[Callable[..., Any]]:
    """Makes the stage: `on = await stages(locale="ru")`, with a tenant that no other test has."""
    async with AsyncExitStack() as stack:

        async def make(**options: Any) -> Stage:
            slug = f"stage-{next(_numbers)}"
            return await stack.enter_async_context(stage(sqlite_url, redis_server.url, slug=slug, **options))

        yield make
