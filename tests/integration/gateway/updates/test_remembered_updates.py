"""What Redis keeps of updates that are done: a bit each, beside the marks of the version before."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from backend.contract.redis import url_for
from backend.kit.redis_link import RedisLink
from gateway.tenants.snapshot import TenantSnapshot
from gateway.updates.admission import RANGE, Verdict
from tests.support.gateway_worker import PERSON, make_snapshot
from tests.support.own_redis import KEY, OwnRedis, open_link

DAY_S = 24 * 3600
# What one update took when each had a key of its own, measured as below.
KEY_OF_ITS_OWN = 162


@pytest.fixture
async def server(gateway_redis: OwnRedis) -> AsyncIterator[RedisLink]:
    """Give a test the right to look at every key and to delete any."""
    async with open_link(url_for(gateway_redis.running.url, "backend", KEY)) as link:
        yield link


async def forget_marks(server: RedisLink, shop: TenantSnapshot) -> None:
    """Let a minute pass: nothing is left of updates that are done but their bits."""
    names = [name for name in await names_of(server, shop) if b":r" not in name]
    if names:
        await server.call(b"DEL", *names)


async def names_of(server: RedisLink, shop: TenantSnapshot) -> list[bytes]:
    cursor, found = b"0", []
    while True:
        reply: Any = await server.call(b"SCAN", cursor, b"MATCH", b"seen:{%b}*" % shop.slug.encode(), b"COUNT", b"5000")
        cursor = reply[0]
        found += reply[1]
        if cursor == b"0":
            return found


async def verdict(start_worker: Callable[..., Any], shop: TenantSnapshot, update_id: int) -> Verdict:
    """Return what a worker that has seen nothing itself decides."""
    worker = await start_worker()
    admission = await worker.admit(shop, update_id, PERSON)
    if admission.verdict is Verdict.ADMITTED:
        await worker.release(shop, update_id, PERSON)
    return admission.verdict  # type: ignore[no-any-return]  # workers are Any


@pytest.mark.parametrize("update_id", [0, RANGE - 1, RANGE, RANGE + 7, 8 * RANGE + 8, 2**53])
async def test_an_update_is_remembered_for_more_than_a_day_and_its_neighbours_are_not(
    start_worker: Callable[..., Any], server: RedisLink, update_id: int
) -> None:
    shop, worker = make_snapshot(), await start_worker()
    await worker.admit(shop, update_id, PERSON)
    await worker.complete(shop, update_id, PERSON)
    await forget_marks(server, shop)
    assert await verdict(start_worker, shop, update_id) is Verdict.REPEATED
    (name,) = await names_of(server, shop)
    ttl = await server.call(b"TTL", name)
    assert isinstance(ttl, int)
    assert ttl > DAY_S
    for other in {update_id - 1, update_id + 1, update_id + 8, update_id + RANGE} - {-1, 2**53 + RANGE}:
        assert await verdict(start_worker, shop, other) is Verdict.ADMITTED


async def test_updates_done_at_once_in_any_order_are_all_remembered(
    start_worker: Callable[..., Any], server: RedisLink
) -> None:
    shop, workers = make_snapshot(), [await start_worker() for _ in range(3)]
    done = [n * 7 % 600 for n in range(300)]

    async def work(n: int, update_id: int) -> None:
        await workers[n % 3].admit(shop, update_id, 2000 + n)
        await workers[n % 3].complete(shop, update_id, 2000 + n)

    await asyncio.gather(*(work(n, update_id) for n, update_id in enumerate(done)))
    await forget_marks(server, shop)
    fresh = await start_worker()
    found = {n for n in range(600) if (await fresh.admit(shop, n, 5000 + n)).verdict is Verdict.REPEATED}
    assert found == set(done)


async def test_a_failed_or_released_update_is_not_remembered_as_done(
    start_worker: Callable[..., Any], server: RedisLink
) -> None:
    shop, worker = make_snapshot(), await start_worker()
    for update_id, end in ((1, "fail"), (2, "release")):
        await worker.admit(shop, update_id, PERSON)
        await getattr(worker, end)(shop, update_id, PERSON)
    await worker.admit(shop, 3, PERSON)
    await worker.complete(shop, 3, PERSON)
    fresh = await start_worker()
    assert [(await fresh.admit(shop, n, 60 + n)).verdict for n in (1, 2, 3)] == [
        Verdict.ADMITTED,
        Verdict.ADMITTED,
        Verdict.REPEATED,
    ]


async def test_workers_of_the_version_before_and_of_this_one_agree(
    start_worker: Callable[..., Any], server: RedisLink
) -> None:
    shop, worker = make_snapshot(), await start_worker()
    # what that version leaves: a key for 25 hours
    await server.call(b"SET", shop.claim_key + b"7", b"D", b"EX", b"90000")
    assert await verdict(start_worker, shop, 7) is Verdict.REPEATED
    # and what it looks for
    await worker.admit(shop, 8, PERSON)
    await worker.complete(shop, 8, PERSON)
    assert await server.call(b"GET", shop.claim_key + b"8") == b"D"
    ttl = await server.call(b"TTL", shop.claim_key + b"8")
    assert isinstance(ttl, int)
    assert 0 < ttl <= 60


@pytest.mark.parametrize(("step", "share"), [(1, 100), (3, 50), (17, 10)])
async def test_an_update_takes_a_tenth_of_a_key_of_its_own(
    start_worker: Callable[..., Any], server: RedisLink, step: int, share: int
) -> None:
    """One after the other, as Telegram numbers them; and with gaps, which a bot of several servers may see."""
    shop, worker = make_snapshot(), await start_worker()
    updates = range(733_000_000, 733_000_000 + 3000 * step, step)
    for first in range(0, 3000, 100):
        await asyncio.gather(*(worker.complete(shop, n, PERSON) for n in updates[first : first + 100]))
    await forget_marks(server, shop)
    size = 0
    for name in await names_of(server, shop):
        used = await server.call(b"MEMORY", b"USAGE", name)
        assert isinstance(used, int)
        size += used
    assert size / len(updates) < KEY_OF_ITS_OWN / share
