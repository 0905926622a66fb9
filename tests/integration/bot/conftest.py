"""A real Redis for the bot's journeys, and a stage per test."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from gateway import redis_server
from tests.support.bot_stage import KEY, Stage, stage


@pytest.fixture(scope="session")
async def bot_redis_url(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """Shared: every stage has its own slug or flushes nothing of the others."""
    running = await redis_server.start(tmp_path_factory.mktemp("bot-redis"), KEY)
    yield running.url
    await running.stop()


@pytest.fixture
async def stages(tmp_path: Path, bot_redis_url: str) -> AsyncIterator[Callable[..., Any]]:
    """Makes a stage: `stage = await stages(locale="ru")`; each has a tenant of its own."""
    async with AsyncExitStack() as stack:
        made = 0

        async def make(**options: Any) -> Stage:
            nonlocal made
            made += 1
            directory = tmp_path / str(made)
            directory.mkdir()
            slug = f"b{abs(hash(str(directory))) % 10**10}"
            return await stack.enter_async_context(stage(directory, bot_redis_url, slug=slug, **options))

        yield make
