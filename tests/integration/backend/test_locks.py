"""Redis from the backend: courtesy locks that exclude, and a Redis that is gone and costs nothing."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from backend.contract.redis import url_for
from backend.kit.redis import TIMEOUT_S, RedisDown, SharedRedis
from backend.locks import courtesy_lock
from tests.support.machine import PATIENT_S
from tests.support.ports import free_port
from tests.support.servers import INTERNAL_KEY, RedisServer


def _url(server: RedisServer) -> str:
    return url_for(server.url, "backend", INTERNAL_KEY)


@pytest.fixture
async def shared(redis_server: RedisServer) -> AsyncIterator[SharedRedis]:
    """Return a link that waits long: only the tests of a server that hangs are about its time limit."""
    link = SharedRedis(_url(redis_server), timeout_s=PATIENT_S)
    yield link
    await link.close()


@pytest.fixture
def own_redis() -> Iterator[RedisServer]:
    server = RedisServer()
    yield server
    server.stop()


async def test_a_courtesy_lock_lets_one_in_at_a_time(shared: SharedRedis) -> None:
    inside = most = 0

    async def take_lock() -> bool:
        nonlocal inside, most
        async with courtesy_lock(shared, "barber", "slot", 1, wait_s=5) as held:
            inside += held
            most = max(most, inside)
            await asyncio.sleep(0.005)
            inside -= held
            return held

    assert all(await asyncio.gather(*(take_lock() for _ in range(10))))
    assert most == 1


async def test_whoever_does_not_get_the_lock_goes_on(shared: SharedRedis) -> None:
    async with (
        courtesy_lock(shared, "barber", "slot", 2) as first,
        courtesy_lock(shared, "barber", "slot", 2) as second,
    ):
        assert first
        assert not second
    assert await shared.call(lambda redis: redis.exists("locks:{barber}:slot:2")) == 0


async def test_a_lock_that_ran_out_is_not_taken_from_its_next_holder(shared: SharedRedis) -> None:
    async with courtesy_lock(shared, "barber", "slot", 3) as held:
        assert held
        await shared.call(lambda redis: redis.set("locks:{barber}:slot:3", "somebody else"))
    assert await shared.call(lambda redis: redis.get("locks:{barber}:slot:3")) == b"somebody else"


async def _costs_little(link: SharedRedis) -> None:
    """Check that it is one wait at the most, and then the breaker is open: a wait for each would take half a minute."""
    async with asyncio.timeout(15):
        for _ in range(120):
            async with courtesy_lock(link, "barber", "slot") as held:
                assert not held
            assert link.state == "down"


async def test_a_redis_that_refuses_costs_little_once() -> None:
    link = SharedRedis(f"redis://backend:x@127.0.0.1:{free_port()}")
    await _costs_little(link)
    with pytest.raises(RedisDown):
        await link.call(lambda redis: redis.ping())
    await link.close()


async def test_a_redis_that_hangs_costs_little_once_and_is_found_again(
    own_redis: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend.kit.redis.OPEN_S", 0.2)
    link = SharedRedis(_url(own_redis), timeout_s=TIMEOUT_S)
    assert await link.ping()
    os.kill(own_redis.pid, signal.SIGSTOP)
    try:
        await _costs_little(link)
    finally:
        os.kill(own_redis.pid, signal.SIGCONT)
    deadline = time.monotonic() + 5
    while not await link.ping():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)
    assert link.state == "up"
    await link.close()


async def test_a_loop_that_was_held_up_is_no_hanging_redis(redis_server: RedisServer) -> None:
    # the server has all that time to answer, on a busy machine too
    link = SharedRedis(_url(redis_server), timeout_s=0.5)
    await link.ping()
    for moment in range(8):  # wherever in the conversation the loop stands still
        asked = asyncio.ensure_future(link.ping())
        for _ in range(moment):
            await asyncio.sleep(0)
        asyncio.get_running_loop().call_soon(time.sleep, 1.0)
        assert await asked
    assert link.state == "up"
    await link.close()


async def test_a_wrong_password_is_as_down(redis_server: RedisServer) -> None:
    link = SharedRedis(url_for(redis_server.url, "backend", "another key"))
    await _costs_little(link)
    await link.close()


async def test_without_redis_nothing_is_asked() -> None:
    link: Any = SharedRedis(None)
    async with courtesy_lock(link, "barber", "slot") as held:
        assert not held
    assert link.state == "off"
