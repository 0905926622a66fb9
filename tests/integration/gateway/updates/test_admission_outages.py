"""Admission while Redis is flushed, hung or gone."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from backend.contract.redis import url_for
from gateway.limits.rate import Rate
from gateway.tenants.file import RateLimits
from gateway.updates.admission import Verdict
from tests.support.gateway_worker import PERSON, make_snapshot
from tests.support.own_redis import HANG_S, KEY, OwnRedis, open_link
from tests.support.waiting import until

FREE = Rate(10_000, 60, 10_000)


async def test_a_flushed_redis_is_told_its_scripts_again(start_worker: Callable[..., Any], own_redis: OwnRedis) -> None:
    worker, shop = await start_worker(own_redis.url), make_snapshot()
    async with open_link(url_for(own_redis.running.url, "backend", KEY)) as link:
        await link.call(b"SCRIPT", b"FLUSH")
    assert (await worker.admit(shop, 7, PERSON)).verdict is Verdict.ADMITTED
    assert worker.metrics.redis_fallback._value.get() == 0


async def test_a_hung_redis_costs_one_short_wait_and_updates_go_on(
    start_worker: Callable[..., Any], own_redis: OwnRedis
) -> None:
    shop = make_snapshot(rate_limits=RateLimits(Rate(1, 60, 3), FREE))
    worker = await start_worker(own_redis.url, redis_timeout_s=HANG_S)
    await worker.admit(shop, 1, PERSON)
    await worker.complete(shop, 1, PERSON)
    own_redis.freeze()
    assert (await worker.admit(shop, 2, 2002)).verdict is Verdict.ADMITTED
    assert not worker.link.up  # the first one waited, and all that follow know it
    await worker.complete(shop, 2, 2002)
    async with asyncio.timeout(15):  # a wait for each would take 30 s
        found = [(await worker.admit(shop, n, 3003)) for n in range(10, 130)]
    assert [a.verdict for a in found] == [Verdict.ADMITTED] * 3 + [Verdict.PERSON_LIMITED] * 117
    assert [a.notify for a in found[3:]] == [True] + [False] * 116
    # this worker remembers what it has completed, before Redis hung and meanwhile
    for update_id in (1, 2):
        assert (await worker.admit(shop, update_id, PERSON)).verdict is Verdict.REPEATED
    assert worker.metrics.redis_fallback._value.get() > 0
    own_redis.thaw()
    await until(lambda: worker.link.up)
    await worker.admit(shop, 30, 4004)
    await worker.complete(shop, 30, 4004)
    other = await start_worker(own_redis.url)
    assert (await other.admit(shop, 30, 4004)).verdict is Verdict.REPEATED


async def test_a_claim_whose_end_was_lost_is_no_obstacle_to_its_worker(
    start_worker: Callable[..., Any], own_redis: OwnRedis
) -> None:
    """The update comes again at once, not when the lease lapses; for another worker it is in progress."""
    worker, shop = await start_worker(own_redis.url, redis_timeout_s=HANG_S), make_snapshot()
    assert (await worker.admit(shop, 7, PERSON)).verdict is Verdict.ADMITTED
    own_redis.freeze()
    await worker.admit(shop, 8, 2002)
    assert not worker.link.up
    await worker.release(shop, 7, PERSON)
    own_redis.thaw()
    await until(lambda: worker.link.up)
    other = await start_worker(own_redis.url)
    assert (await other.admit(shop, 7, PERSON)).verdict is Verdict.IN_PROGRESS
    assert (await worker.admit(shop, 7, PERSON)).verdict is Verdict.ADMITTED
    assert (await worker.admit(shop, 7, PERSON)).verdict is Verdict.IN_PROGRESS, "it is at work now"


async def test_a_refused_redis_is_no_obstacle(start_worker: Callable[..., Any]) -> None:
    worker, shop = await start_worker("redis://gateway:x@127.0.0.1:1/0"), make_snapshot()
    assert not worker.link.up
    async with asyncio.timeout(15):  # a wait for each would take 40 s
        for n in range(80):
            assert (await worker.admit(shop, n, PERSON)).verdict is Verdict.ADMITTED
            await worker.complete(shop, n, PERSON)
    assert (await worker.admit(shop, 5, PERSON)).verdict is Verdict.REPEATED


async def test_a_wrong_password_reads_as_down_and_is_never_shown(
    start_worker: Callable[..., Any], gateway_redis: OwnRedis, capsys: pytest.CaptureFixture[str]
) -> None:
    url = gateway_redis.running.url.replace("://", "://gateway:hunter2-secret@")
    worker = await start_worker(url)
    assert not worker.link.up
    assert "hunter2" not in "".join(capsys.readouterr())
