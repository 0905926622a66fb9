"""Counters of attempts in Redis: they end by themselves, whatever becomes of them."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from backend.contract.redis import redis_key, url_for
from backend.kit.attempts import AttemptCounter
from backend.kit.redis import SharedRedis
from tests.support.servers import INTERNAL_KEY, RedisServer


@pytest.fixture
async def redis(redis_server: RedisServer) -> AsyncIterator[SharedRedis]:
    shared = SharedRedis(url_for(redis_server.url, "backend", INTERNAL_KEY), timeout_s=5)
    yield shared
    await shared.close()


def new_name() -> str:
    return redis_key("attempts", "barber", "test", uuid4().hex)


async def test_attempts_at_once_are_all_counted_and_the_counter_ends(redis: SharedRedis) -> None:
    counter, name = AttemptCounter(redis, 60), new_name()
    counted = await asyncio.gather(*(counter.count(name) for _ in range(10)))
    assert sorted(attempts for attempts, _ in counted) == list(range(1, 11))
    assert all(0 < seconds_left <= 60 for _, seconds_left in counted)
    assert 0 < await redis.call(lambda r: r.ttl(name)) <= 60


async def test_what_is_taken_back_does_not_count(redis: SharedRedis) -> None:
    counter, name = AttemptCounter(redis, 60), new_name()
    await counter.count(name)
    await counter.take_back(name)
    assert (await counter.count(name))[0] == 1


async def test_taking_back_from_a_counter_that_has_ended_makes_none_that_never_ends(redis: SharedRedis) -> None:
    counter, name = AttemptCounter(redis, 60), new_name()
    await counter.count(name)
    await redis.call(lambda r: r.delete(name))
    await counter.take_back(name)
    assert await redis.get(name) is None
