"""Admission on a real Redis: the two-phase claim, the queue of each person over several workers."""

import asyncio
import os
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gateway.limits.rate import Rate
from gateway.updates.admission import MAX_LAPSED, Verdict
from tests.support.gateway_worker import PERSON, make_snapshot
from tests.support.own_redis import OwnRedis

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
    env = {**os.environ, "PYTHONPATH": str(Path.cwd())}
    died = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", textwrap.dedent(script)], env=env, capture_output=True, text=True
    )
    assert died.returncode == -9, died.stderr
    first = await worker.admit(shop, 7, PERSON)
    assert first.verdict in (Verdict.IN_PROGRESS, Verdict.ADMITTED)
    assert (await worker.admit(shop, 8, PERSON)).verdict is Verdict.REPEATED
    if first.verdict is Verdict.IN_PROGRESS:
        assert (await until_admitted(worker, shop)).verdict is Verdict.ADMITTED


async def until_admitted(worker: Any, shop: Any) -> Any:
    """Ask again as Telegram would, until the dead worker's claim has lapsed."""
    deadline = time.monotonic() + 5
    while True:
        admission = await worker.admit(shop, 7, PERSON)
        if admission.verdict not in (Verdict.IN_PROGRESS, Verdict.QUEUED_ELSEWHERE) or time.monotonic() > deadline:
            return admission
        await asyncio.sleep(0.01)
