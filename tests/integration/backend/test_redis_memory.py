"""A Redis that fills up is noticed long before it refuses to write: a line in the log, figures, the readiness route."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from operator import methodcaller

import pytest

from backend.contract.redis import url_for
from backend.kit.redis import SharedRedis
from backend.redis_memory import FULL_FROM, MemoryUse, RedisMemory
from tests.support.backend_api import Api
from tests.support.exposition import Exposition
from tests.support.servers import INTERNAL_KEY, RedisServer
from tests.support.waiting import until

MIB = 2**20


@pytest.fixture
def small() -> Iterator[RedisServer]:
    server = RedisServer(max_memory="20mb")
    yield server
    server.stop()


@asynccontextmanager
async def watched(redis: SharedRedis) -> AsyncIterator[RedisMemory]:
    memory = RedisMemory(redis, every_s=0.01)
    task = asyncio.create_task(memory.watch())
    try:
        yield memory
    finally:
        task.cancel()


async def test_each_rise_above_the_mark_is_told_once(small: RedisServer, capsys: pytest.CaptureFixture[str]) -> None:
    redis = SharedRedis(url_for(small.url, "backend", INTERNAL_KEY), timeout_s=30)
    names = [f"fsm:{{shop}}:{n}" for n in range(15)]
    async with watched(redis) as memory:
        for _ in range(2):
            for name in names:
                await redis.call(methodcaller("set", name, b"x" * MIB))
            await until(lambda: memory.use is not None and memory.use.share >= FULL_FROM)
            await redis.call(lambda r: r.delete(*names))
            await until(lambda: memory.use is not None and memory.use.share < FULL_FROM / 2)
    await redis.close()
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    told = [line for line in lines if line["event"] == "redis_filling_up"]
    assert [(line["level"], line["limit_bytes"]) for line in told] == [("warning", 20 * MIB)] * 2
    assert all(line["percent"] >= FULL_FROM * 100 for line in told)


async def test_a_redis_that_goes_away_has_no_figures(small: RedisServer) -> None:
    redis = SharedRedis(url_for(small.url, "backend", INTERNAL_KEY), timeout_s=30, open_s=0)
    async with watched(redis) as memory:
        await until(lambda: memory.use is not None)
        small.kill()
        await until(lambda: memory.use is None)
        small.start()
        await until(lambda: memory.use is not None)
    await redis.close()


async def test_the_figures_stand_in_readiness_and_metrics(api: Api) -> None:
    memory = api.app.state.readiness._memory
    await until(lambda: memory.use is not None)
    ready = (await api.send("GET", "/health/ready")).body
    assert (ready["redis_used_bytes"], ready["redis_limit_bytes"]) == memory.use
    page = Exposition((await api.send("GET", "/metrics")).content)
    assert page.value("slotgate_redis_memory_bytes") == memory.use.used > 0
    assert page.value("slotgate_redis_memory_limit_bytes") == memory.use.limit


def test_without_a_limit_nothing_is_full() -> None:
    assert MemoryUse(10**12, 0).share == 0.0
