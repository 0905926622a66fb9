"""A real Redis with its users, and workers on it."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from gateway.supervisor.redis_server import start_redis
from tests.support.gateway_rig import KEY, OwnRedis, Rig


@pytest.fixture(scope="session")
async def gateway_redis(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[OwnRedis]:
    """Share one server among the tests that do not stop it; each uses tenants of its own."""
    running = await start_redis(tmp_path_factory.mktemp("gateway-redis"), KEY)
    yield OwnRedis(running)
    await running.stop()


@pytest.fixture
async def own_redis(tmp_path: Path) -> AsyncIterator[OwnRedis]:
    """Give a test a server that it may stop or freeze."""
    running = await start_redis(tmp_path, KEY)
    redis = OwnRedis(running)
    yield redis
    if running.child is not None and running.child.alive:
        redis.thaw()
    await running.stop()


@pytest.fixture
async def rigs(gateway_redis: OwnRedis, tmp_path: Path) -> AsyncIterator[Callable[..., Any]]:
    """Make workers on the shared Redis: `rig = await rigs()`."""
    started: list[Rig] = []

    async def make(url: str | None = None, **options: Any) -> Rig:
        rig = Rig(url or gateway_redis.url, tmp_path, **options)
        started.append(rig)
        return await rig.start()

    yield make
    for rig in started:
        await rig.close()
