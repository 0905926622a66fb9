"""Errands: retried until done, replaced by a newer tenant, few at a time."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from gateway.sync import reconciler as module
from gateway.sync.reconciler import Reconciler, RetryLater
from gateway.tenants.snapshot import TenantSnapshot
from tests.support.gateway_rig import served


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FIRST_RETRY_S", 0.01)
    monkeypatch.setattr(module, "LAST_RETRY_S", 0.02)


@contextlib.asynccontextmanager
async def running(do: Callable[[TenantSnapshot], Any], **options: Any) -> AsyncIterator[Reconciler]:
    errands = Reconciler("test", do, **options)
    task = asyncio.create_task(errands.run())
    yield errands
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

    async with running(do) as errands:
        errands.put(served())
        await until(lambda: tries == 4)
        await until(lambda: not errands.waiting)
        await asyncio.sleep(0.05)
        assert tries == 4


async def test_it_comes_again_when_due() -> None:
    tries = 0

    async def do(_: TenantSnapshot) -> float:
        nonlocal tries
        tries += 1
        return 0.01

    async with running(do) as errands:
        shop = served()
        errands.put(shop)
        await until(lambda: tries > 3)
        errands.drop(shop.slug)
        seen = tries
        await asyncio.sleep(0.05)
        assert tries <= seen + 1


async def test_a_changed_tenant_replaces_the_old_one_also_while_it_is_under_way() -> None:
    gate, seen = asyncio.Event(), []

    async def do(shop: TenantSnapshot) -> None:
        seen.append(shop)
        await gate.wait()

    old = served()
    new = served(slug=old.slug)
    async with running(do) as errands:
        errands.put(old)
        await until(lambda: seen == [old])
        errands.put(new)
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

    shop = served()
    async with running(do) as errands:
        errands.put(shop)
        await until(lambda: tries == 1)
        errands.put(shop)
        await asyncio.sleep(0.02)
        gate.set()
        await until(lambda: tries == 2)


async def test_few_at_a_time_and_one_failure_is_its_own() -> None:
    busy, most, done = 0, 0, set()
    bad = served()

    async def do(shop: TenantSnapshot) -> None:
        nonlocal busy, most
        busy += 1
        most = max(most, busy)
        await asyncio.sleep(0.001)
        busy -= 1
        if shop is bad:
            raise RetryLater("never", 60.0)
        done.add(shop.slug)

    async with running(do, at_once=4) as errands:
        errands.put(bad)
        for _ in range(50):
            errands.put(served())
        await until(lambda: len(done) == 50)
        assert most <= 4
        assert errands.waiting == 1


async def test_hurrying_ends_the_pauses() -> None:
    down, tries = True, 0

    async def do(_: TenantSnapshot) -> None:
        nonlocal tries
        tries += 1
        if down:
            raise RetryLater("down", 60.0)

    async with running(do) as errands:
        errands.put(served())
        await until(lambda: errands.waiting == 1)
        down = False
        errands.hurry()
        await until(lambda: tries == 2 and not errands.waiting)
