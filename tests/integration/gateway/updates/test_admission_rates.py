"""The rates of persons and businesses on a real Redis, and floods, which do not reach it."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from gateway.limits.rate import Rate
from gateway.tenants.file import RateLimits
from gateway.updates.admission import Verdict
from tests.support.gateway_worker import PERSON, make_snapshot
from tests.support.own_redis import HANG_S, OwnRedis
from tests.support.waiting import until

FREE = Rate(10_000, 60, 10_000)


async def test_a_person_over_the_rate_is_told_once_and_others_pass(start_worker: Callable[..., Any]) -> None:
    shop = make_snapshot(rate_limits=RateLimits(Rate(1, 60, 3), FREE))
    worker = await start_worker()
    found = [await worker.admit(shop, n, PERSON) for n in range(6)]
    assert [a.verdict for a in found] == [Verdict.ADMITTED] * 3 + [Verdict.PERSON_LIMITED] * 3
    assert [a.notify for a in found[3:]] == [True, False, False]
    assert (await worker.admit(shop, 100, 2002)).verdict is Verdict.ADMITTED
    assert (await worker.admit(shop, 101, PERSON, exempt=True)).verdict is Verdict.ADMITTED


async def test_a_flood_does_not_reach_redis(start_worker: Callable[..., Any], own_redis: OwnRedis) -> None:
    shop = make_snapshot(rate_limits=RateLimits(Rate(1, 60, 1), FREE))
    worker = await start_worker(own_redis.url, redis_timeout_s=HANG_S)
    first = [await worker.admit(shop, n, PERSON) for n in range(3)]
    own_redis.freeze()  # a question now waits, and is then admitted: Redis being away fails open
    flood = [await worker.admit(shop, n, PERSON) for n in range(3, 100)]
    assert {a.verdict for a in flood} == {Verdict.PERSON_LIMITED}
    assert not any(a.notify for a in flood)
    assert first[0].verdict is Verdict.ADMITTED
    assert (await worker.admit(shop, 100, PERSON, exempt=True)).verdict is Verdict.ADMITTED


async def test_what_another_worker_let_in_is_not_dropped_in_a_flood(start_worker: Callable[..., Any]) -> None:
    shop = make_snapshot(rate_limits=RateLimits(Rate(1, 3600, 2), FREE))
    one, two = await start_worker(), await start_worker()
    for n in (7, 8):
        await one.admit(shop, n, PERSON)
        await one.fail(shop, n, PERSON)
    # the second worker knows of the flood only, from its own question
    assert (await two.admit(shop, 9, PERSON)).verdict is Verdict.PERSON_LIMITED
    assert (await two.admit(shop, 10, PERSON)).verdict is Verdict.PERSON_LIMITED
    for n in (8, 7):
        again = await two.admit(shop, n, PERSON)
        assert (again.verdict, again.failures) == (Verdict.ADMITTED, 1)
        await two.complete(shop, n, PERSON)


async def test_a_flood_is_over_by_redis_clock_however_late_its_answer_comes(
    start_worker: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An update that another worker admitted meanwhile, and gave back to Telegram, is not dropped here."""
    shop = make_snapshot(rate_limits=RateLimits(per_user=Rate(1, 1, 1), per_tenant=FREE))
    one, two = await start_worker(), await start_worker()
    assert (await two.admit(shop, 1, PERSON)).verdict is Verdict.ADMITTED
    await two.complete(shop, 1, PERSON)
    ask = one.link.run

    async def late(*question: Any) -> Any:
        answer = await ask(*question)

        async def let_in() -> bool:
            return (await two.admit(shop, 3, PERSON)).verdict is Verdict.ADMITTED

        await until(let_in)
        await two.release(shop, 3, PERSON)
        return answer

    with monkeypatch.context() as patched:
        patched.setattr(one.link, "run", late)
        assert (await one.admit(shop, 2, PERSON)).verdict is Verdict.PERSON_LIMITED
    assert (await one.admit(shop, 3, PERSON)).verdict is Verdict.ADMITTED


async def test_what_was_known_of_a_flood_ends_with_redis(start_worker: Callable[..., Any], own_redis: OwnRedis) -> None:
    """Another worker may have admitted on its own what is repeated here."""
    shop = make_snapshot(rate_limits=RateLimits(Rate(1, 3600, 1), FREE))
    worker = await start_worker(own_redis.url)
    for n in range(3):
        await worker.admit(shop, n, PERSON)
    assert worker.decide_locally(shop, 9, PERSON) is not None
    await own_redis.running.stop()
    await until(lambda: not worker.link.up)
    assert worker.decide_locally(shop, 9, PERSON) is None


async def test_a_raised_rate_ends_a_flood_at_once(start_worker: Callable[..., Any]) -> None:
    worker = await start_worker()
    strict = make_snapshot(rate_limits=RateLimits(Rate(1, 3600, 1), FREE))
    for n in range(3):
        await worker.admit(strict, n, PERSON)
    free = make_snapshot(rate_limits=RateLimits(FREE, FREE), slug=strict.slug, token=strict.token)
    numbers = iter(range(9, 1000))

    async def let_in() -> bool:
        return (await worker.admit(free, next(numbers), PERSON)).verdict is Verdict.ADMITTED

    await until(let_in)


async def test_a_person_is_let_in_again_when_their_time_has_come(start_worker: Callable[..., Any]) -> None:
    shop = make_snapshot(rate_limits=RateLimits(Rate(5, 1, 1), FREE))
    worker = await start_worker()
    numbers = iter(range(1000))
    await worker.admit(shop, next(numbers), PERSON)
    assert (await worker.admit(shop, next(numbers), PERSON)).verdict is Verdict.PERSON_LIMITED

    async def let_in() -> bool:
        return (await worker.admit(shop, next(numbers), PERSON)).verdict is Verdict.ADMITTED

    await until(let_in)


async def test_a_dropped_update_does_not_eat_the_businesss_rate(start_worker: Callable[..., Any]) -> None:
    shop = make_snapshot(rate_limits=RateLimits(Rate(1, 60, 1), Rate(1, 60, 2)))
    worker = await start_worker()
    for n in range(5):
        await worker.admit(shop, n, PERSON)
    assert (await worker.admit(shop, 10, 2002)).verdict is Verdict.ADMITTED
    third = await worker.admit(shop, 11, 3003)
    assert third.verdict is Verdict.TENANT_LIMITED
    assert 59_000 < third.wait_ms <= 60_000


async def test_what_was_admitted_once_is_not_charged_again(start_worker: Callable[..., Any]) -> None:
    shop = make_snapshot(rate_limits=RateLimits(Rate(1, 60, 1), Rate(1, 60, 1)))
    one, two = await start_worker(), await start_worker()
    for worker in (one, two, one):
        assert (await worker.admit(shop, 7, PERSON)).verdict is Verdict.ADMITTED
        await worker.release(shop, 7, PERSON)


async def test_rates_hold_over_several_workers_at_once(start_worker: Callable[..., Any]) -> None:
    shop = make_snapshot(rate_limits=RateLimits(FREE, Rate(1, 3600, 20)))
    workers = [await start_worker() for _ in range(3)]
    found = await asyncio.gather(*(workers[n % 3].admit(shop, n, 10_000 + n) for n in range(100)))
    assert sum(a.verdict is Verdict.ADMITTED for a in found) == 20
