"""Admission on a real Redis: the two-phase claim, the rates, the queue over several workers, and Redis going away."""

import asyncio
import os
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from typing import Any

import pytest

from backend.contract.redis import url_for
from gateway.limits.rate import Rate
from gateway.tenants.file import RateLimits
from gateway.updates.admission import MAX_LAPSED, Verdict
from tests.support.gateway_worker import PERSON, make_snapshot
from tests.support.own_redis import KEY, OwnRedis, open_link
from tests.support.waiting import until

FREE = Rate(10_000, 60, 10_000)


async def test_a_done_update_is_never_admitted_again_by_anyone(start_worker: Callable[..., Any]) -> None:
    shop, one, two = make_snapshot(), await start_worker(), await start_worker()
    assert (await one.admit(shop, 7, PERSON)).verdict is Verdict.ADMITTED
    await one.complete(shop, 7, PERSON)
    for worker in (one, two, await start_worker()):
        assert (await worker.admit(shop, 7, PERSON)).verdict is Verdict.REPEATED


async def test_an_update_under_way_is_told_to_come_again(start_worker: Callable[..., Any]) -> None:
    shop, one, two = make_snapshot(), await start_worker(), await start_worker()
    await one.admit(shop, 7, PERSON)
    for worker in (one, two):
        again = await worker.admit(shop, 7, PERSON)
        assert again.verdict is Verdict.IN_PROGRESS
        assert again.wait_ms > 0


async def test_update_ids_are_a_bots_own(start_worker: Callable[..., Any]) -> None:
    worker, one, two = await start_worker(), make_snapshot(), make_snapshot()
    await worker.admit(one, 7, PERSON)
    await worker.complete(one, 7, PERSON)
    assert (await worker.admit(two, 7, PERSON)).verdict is Verdict.ADMITTED
    # the same business with another bot begins anew as well
    renewed = make_snapshot(slug=one.slug)
    assert (await worker.admit(renewed, 7, PERSON)).verdict is Verdict.ADMITTED


async def test_failures_are_counted_and_releases_are_not(start_worker: Callable[..., Any]) -> None:
    shop, one, two = make_snapshot(), await start_worker(), await start_worker()
    seen = []
    for worker, end in ((one, "fail"), (two, "release"), (two, "fail"), (one, "release")):
        admission = await worker.admit(shop, 7, PERSON)
        assert admission.verdict is Verdict.ADMITTED
        seen.append(admission.failures)
        await getattr(worker, end)(shop, 7, PERSON)
    assert seen == [0, 1, 1, 2]


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
    worker = await start_worker(own_redis.url)
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


async def test_one_claim_for_one_update_however_many_ask(start_worker: Callable[..., Any]) -> None:
    shop, workers = make_snapshot(), [await start_worker() for _ in range(4)]
    found = await asyncio.gather(*(w.admit(shop, 7, PERSON) for w in workers * 10))
    assert sum(a.verdict is Verdict.ADMITTED for a in found) == 1


async def test_a_persons_queue_is_one_workers_at_a_time(start_worker: Callable[..., Any]) -> None:
    shop, one, two = make_snapshot(), await start_worker(), await start_worker()
    await one.admit(shop, 1, PERSON)
    await one.admit(shop, 2, PERSON)
    assert (await two.admit(shop, 3, PERSON)).verdict is Verdict.QUEUED_ELSEWHERE
    assert (await two.admit(shop, 4, 2002)).verdict is Verdict.ADMITTED
    await one.complete(shop, 1, PERSON)
    assert (await two.admit(shop, 3, PERSON)).verdict is Verdict.QUEUED_ELSEWHERE
    await one.fail(shop, 2, PERSON)
    assert (await two.admit(shop, 3, PERSON)).verdict is Verdict.ADMITTED


async def test_the_context_comes_along(start_worker: Callable[..., Any]) -> None:
    shop, worker = make_snapshot(), await start_worker()
    assert (await worker.admit(shop, 1, PERSON)).context is None
    await worker.cache_person(shop)
    assert b'"tg_id":1001' in (await worker.admit(shop, 2, PERSON)).context


async def test_a_lapsed_lease_is_taken_over_and_five_are_poison(start_worker: Callable[..., Any]) -> None:
    shop = make_snapshot()
    for _ in range(MAX_LAPSED):
        dying = await start_worker(lease_s=0.02)
        assert (await until_admitted(dying, shop)).verdict is Verdict.ADMITTED
    assert (await until_admitted(await start_worker(), shop)).verdict is Verdict.POISON


async def test_a_late_release_does_not_end_anothers_lease(start_worker: Callable[..., Any]) -> None:
    shop, late, heir = make_snapshot(), await start_worker(lease_s=0.02), await start_worker()
    await late.admit(shop, 7, PERSON)
    assert (await until_admitted(heir, shop)).verdict is Verdict.ADMITTED
    await late.release(shop, 7, PERSON)
    assert (await (await start_worker()).admit(shop, 7, PERSON)).verdict is Verdict.IN_PROGRESS


async def test_renewal_keeps_a_long_ones_lease(
    start_worker: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.updates.admission.RENEW_S", 0.0)
    shop, slow, other = make_snapshot(), await start_worker(lease_s=0.3), await start_worker()
    await slow.admit(shop, 7, PERSON)
    until = time.monotonic() + 1.0
    while time.monotonic() < until:
        await slow.admission.renew()
        assert (await other.admit(shop, 7, PERSON)).verdict is Verdict.IN_PROGRESS
        await asyncio.sleep(0.05)


async def test_a_claim_survives_kill_9_of_its_worker(start_worker: Callable[..., Any], gateway_redis: OwnRedis) -> None:
    """Nothing is lost and nothing doubled: a dead worker's claim holds until its lease ends, then another may take it."""
    shop, worker = make_snapshot(), await start_worker()
    script = f"""
        import asyncio, os, signal
        import tests.support.gateway_worker as base
        from gateway.tenants.snapshot import TenantSnapshot
        async def main():
            worker = await base.GatewayWorker({gateway_redis.url!r}, base.Path('/nonexistent'), lease_s=1.0).start()
            shop = TenantSnapshot.of(base.make_tenant(slug={shop.slug!r}, token={shop.token!r}))
            for update_id in (7, 8):
                assert (await worker.admit(shop, update_id, {PERSON})).verdict == 0
            await worker.complete(shop, 8, {PERSON})
            os.kill(os.getpid(), signal.SIGKILL)
        asyncio.run(main())
    """
    env = {**os.environ, "PYTHONPATH": os.getcwd()}  # noqa: PTH109
    died = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", textwrap.dedent(script)], env=env, capture_output=True, text=True
    )
    assert died.returncode == -9, died.stderr
    first = await worker.admit(shop, 7, PERSON)
    assert first.verdict in (Verdict.IN_PROGRESS, Verdict.ADMITTED)
    assert (await worker.admit(shop, 8, PERSON)).verdict is Verdict.REPEATED
    if first.verdict is Verdict.IN_PROGRESS:
        assert (await until_admitted(worker, shop)).verdict is Verdict.ADMITTED


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
    worker = await start_worker(own_redis.url)
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


async def until_admitted(worker: Any, shop: Any) -> Any:
    """Ask again as Telegram would, until the dead worker's claim has lapsed."""
    deadline = time.monotonic() + 5
    while True:
        admission = await worker.admit(shop, 7, PERSON)
        if admission.verdict not in (Verdict.IN_PROGRESS, Verdict.QUEUED_ELSEWHERE) or time.monotonic() > deadline:
            return admission
        await asyncio.sleep(0.01)
