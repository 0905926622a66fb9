"""A real Redis with its users, and workers on it."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from gateway.supervisor.redis_server import start_redis
from tests.support.gateway_worker import GatewayWorker
from tests.support.own_redis import KEY, OwnRedis


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
async def start_worker(gateway_redis: OwnRedis, tmp_path: Path) -> AsyncIterator[Callable[..., Any]]:
    """Make workers on the shared Redis: `worker = await start_worker()`."""
    started: list[GatewayWorker] = []

    async def make(url: str | None = None, **options: Any) -> GatewayWorker:
        worker = GatewayWorker(url or gateway_redis.url, tmp_path, **options)
        started.append(worker)
        return await worker.start()

    yield make
    for worker in started:
        await worker.close()
