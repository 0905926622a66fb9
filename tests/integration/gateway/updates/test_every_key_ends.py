"""Every key in Redis ends by itself, in any order of actions, and when keys have ended or been evicted between."""

import random
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import pytest
from aiogram.fsm.storage.base import StorageKey
from redis.asyncio import Redis

from backend.contract.redis import redis_key, url_for
from backend.holds.codes import Codes
from backend.kit.attempts import AttemptCounter
from backend.kit.redis import SharedRedis
from backend.kit.redis_link import RedisLink
from backend.locks import courtesy_lock
from bot.fsm import RedisStorage, TenantKeyBuilder
from gateway.limits.gcra import GcraRate, RateLimiter
from gateway.limits.rate import Rate
from gateway.scripts import SCRIPTS
from gateway.tenants.file import RateLimits
from tests.support.gateway_worker import make_snapshot
from tests.support.own_redis import KEY, OwnRedis

STEPS = 400
Act = Callable[[], Awaitable[object]]


@pytest.mark.parametrize("seed", range(4))
async def test_no_key_is_without_an_end(own_redis: OwnRedis, start_worker: Callable[..., Any], seed: int) -> None:
    chance = random.Random(seed)
    slow = Rate(5, 60, 5)
    shop = make_snapshot(rate_limits=RateLimits(slow, slow))
    workers = [await start_worker(own_redis.url) for _ in range(2)]
    backend_url = url_for(own_redis.running.url, "backend", KEY)
    shared = SharedRedis(backend_url, timeout_s=5)
    watcher = Redis.from_url(backend_url)
    link = RedisLink(url_for(own_redis.running.url, "bot", KEY), SCRIPTS, timeout_s=5)
    await link.start()
    counter, codes, limiter = AttemptCounter(shared, 60), Codes(shared, KEY, shop.slug), RateLimiter(workers[0].link)
    drafts = RedisStorage(link, TenantKeyBuilder({1: shop.slug}))

    async def lock() -> None:
        async with courtesy_lock(shared, shop.slug, chance.randrange(2)):
            await lose_a_key()

    async def lose_a_key() -> None:
        """As its end, or an eviction, would."""
        if (name := await watcher.randomkey()) is not None:
            await watcher.delete(name)

    def update(act: str) -> Act:
        worker = chance.choice(workers)
        return lambda: getattr(worker, act)(shop, chance.randrange(6), chance.randrange(2) + 1)

    acts: list[Callable[[], Act]] = [
        *(partial(update, act) for act in ("admit", "admit", "complete", "fail", "release")),
        lambda: chance.choice(workers).admission.renew,
        lambda: lambda: limiter.charge(f"rate:{{{shop.slug}}}:x".encode(), GcraRate(1000, 5000)),
        lambda: lambda: counter.count(redis_key("attempts", shop.slug, 1)),
        lambda: lambda: counter.take_back(redis_key("attempts", shop.slug, 1)),
        lambda: lambda: codes.store(1, "123456", 7, chance.randrange(-5, 60)),
        lambda: lambda: codes.redeem(1, "123456"),
        lambda: lambda: codes.forgive_guess(1),
        lambda: lambda: codes.restore(1, "123456", 7, 30),
        lambda: lambda: drafts.set_data(StorageKey(1, 2, 2), {"a": 1} if chance.random() < 0.7 else {}),
        lambda: lock,
        lambda: lose_a_key,
    ]
    done: list[int] = []
    for _ in range(STEPS):
        number = chance.randrange(len(acts))
        done.append(number)
        await acts[number]()()
        async for name in watcher.scan_iter(count=1000):
            # -1: without an end; -2: it has ended meanwhile
            assert await watcher.pttl(name) != -1, f"{name} after {done[-5:]}"
    await link.close()
    await shared.close()
    await watcher.aclose()
