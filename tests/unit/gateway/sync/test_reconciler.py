"""The reconciler: tasks retried until done, replaced by a newer tenant, few at a time."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from gateway.sync.reconciler import Reconciler, RetryLater
from gateway.tenants.snapshot import TenantSnapshot
from tests.support.gateway_worker import make_snapshot


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.sync.reconciler.FIRST_RETRY_S", 0.01)
    monkeypatch.setattr("gateway.sync.reconciler.LAST_RETRY_S", 0.02)


@contextlib.asynccontextmanager
async def running(do: Callable[[TenantSnapshot], Any], **options: Any) -> AsyncIterator[Reconciler]:
    reconciler = Reconciler("test", do, **options)
    task = asyncio.create_task(reconciler.run())
    yield reconciler
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.005)


async def test_it_is_tried_until_it_is_done() -> None:
    tries = 0

    async def do(_: TenantSnapshot) -> None:
        nonlocal tries
        tries += 1
        if tries < 4:
            raise RetryLater("not yet") if tries % 2 else ValueError

    async with running(do) as reconciler:
        reconciler.enqueue(make_snapshot())
        await until(lambda: tries == 4)
        await until(lambda: not reconciler.failing)
        await asyncio.sleep(0.05)
        assert tries == 4


async def test_it_comes_again_when_due() -> None:
    tries = 0

    async def do(_: TenantSnapshot) -> float:
        nonlocal tries
        tries += 1
        return 0.01

    async with running(do) as reconciler:
        shop = make_snapshot()
        reconciler.enqueue(shop)
        await until(lambda: tries > 3)
        reconciler.remove(shop.slug)
        seen = tries
        await asyncio.sleep(0.05)
        assert tries <= seen + 1


async def test_a_changed_tenant_replaces_the_old_one_also_while_it_is_under_way() -> None:
    gate, seen = asyncio.Event(), []

    async def do(shop: TenantSnapshot) -> None:
        seen.append(shop)
        await gate.wait()

    old = make_snapshot()
    new = make_snapshot(slug=old.slug)
    async with running(do) as reconciler:
        reconciler.enqueue(old)
        await until(lambda: seen == [old])
        reconciler.enqueue(new)
        await asyncio.sleep(0.02)
        assert seen == [old]  # never two at once for one tenant
        gate.set()
        await until(lambda: seen == [old, new])


async def test_what_is_asked_for_while_it_is_under_way_is_done_again_afterwards() -> None:
    gate, tries = asyncio.Event(), 0

    async def do(_: TenantSnapshot) -> None:
        nonlocal tries
        tries += 1
        await gate.wait()

    shop = make_snapshot()
    async with running(do) as reconciler:
        reconciler.enqueue(shop)
        await until(lambda: tries == 1)
        reconciler.enqueue(shop)
        await asyncio.sleep(0.02)
        gate.set()
        await until(lambda: tries == 2)


async def test_few_at_a_time_and_one_failure_is_its_own() -> None:
    busy, most, done = 0, 0, set()
    bad = make_snapshot()

    async def do(shop: TenantSnapshot) -> None:
        nonlocal busy, most
        busy += 1
        most = max(most, busy)
        await asyncio.sleep(0.001)
        busy -= 1
        if shop is bad:
            raise RetryLater("never", 60.0)
        done.add(shop.slug)

    async with running(do, max_at_once=4) as reconciler:
        reconciler.enqueue(bad)
        for _ in range(50):
            reconciler.enqueue(make_snapshot())
        await until(lambda: len(done) == 50)
        assert most <= 4
        assert reconciler.failing == 1


async def test_retrying_now_ends_the_pauses() -> None:
    down, tries = True, 0

    async def do(_: TenantSnapshot) -> None:
        nonlocal tries
        tries += 1
        if down:
            raise RetryLater("down", 60.0)

    async with running(do) as reconciler:
        reconciler.enqueue(make_snapshot())
        await until(lambda: reconciler.failing == 1)
        down = False
        reconciler.retry_now()
        await until(lambda: tries == 2 and not reconciler.failing)
