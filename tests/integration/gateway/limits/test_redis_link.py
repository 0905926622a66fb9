"""The lean connection to Redis when the server hangs, and when it is the loop that is held up."""

import asyncio
import contextlib
import gc
import os
import time

import pytest
import uvloop

from backend.contract.redis import url_for
from backend.kit.redis import TIMEOUT_S, RedisDown, RedisRefused
from backend.kit.redis_link import RedisLink
from tests.support.own_redis import KEY, OwnRedis
from tests.support.waiting import until


async def _link(url: str, timeout_s: float = TIMEOUT_S) -> RedisLink:
    link = RedisLink(url, timeout_s=timeout_s)
    await link.start()
    return link


def test_a_loop_that_was_held_up_is_no_hanging_server(gateway_redis: OwnRedis) -> None:
    """On the loop that production runs on: held up while it reads, it looks at its timers before it reads again."""

    async def held_up() -> None:
        # the server has all that time to answer, on a busy machine too
        link = await _link(gateway_redis.url, timeout_s=1.5)
        loop, (reading, writing) = asyncio.get_running_loop(), os.pipe()

        def hold_up() -> None:
            os.read(reading, 1)
            time.sleep(1.6)

        loop.add_reader(reading, hold_up)
        try:
            os.write(writing, b".")
            assert await link.call(b"PING") == b"PONG"
            assert link.up
        finally:
            loop.remove_reader(reading)
            os.close(reading)
            os.close(writing)
            await link.close()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        for _ in range(3):
            runner.run(held_up())


async def test_two_links_wait_once_for_a_server_that_hangs(own_redis: OwnRedis) -> None:
    gateway = await _link(own_redis.url)
    # with a time-out so long that it can only have learned it from the other
    bot = await _link(url_for(own_redis.running.url, "bot", KEY), timeout_s=3600)
    bot.add_sibling(gateway)
    own_redis.freeze()
    for link in (gateway, bot):
        with pytest.raises(RedisDown):
            await asyncio.wait_for(link.call(b"PING"), 30)
    own_redis.thaw()
    await until(lambda: gateway.up and bot.up)
    await gateway.close()
    await bot.close()


async def test_what_a_lost_connection_was_told_is_told_to_the_next(own_redis: OwnRedis) -> None:
    """Told to a server that hangs, then while there is no connection; each once more, in order, and never too late."""
    link = await _link(own_redis.url)
    own_redis.freeze()
    link.tell(b"SET", b"ctx:{told}:hanging", b"1")
    link.tell(b"SET", b"ctx:{told}:twice", b"1")
    await until(lambda: not link.up)
    link.tell(b"SET", b"ctx:{told}:twice", b"2")
    own_redis.thaw()
    await until(lambda: link.up)
    told = [await link.call(b"GET", b"ctx:{told}:" + key) for key in (b"hanging", b"twice")]
    assert told == [b"1", b"2"]
    await link.close()


async def test_several_commands_fail_together_and_leave_nothing_unheard(own_redis: OwnRedis) -> None:
    """Each of their replies is a failure; one that nobody took would be an error in the log of the loop."""
    link, unheard = await _link(own_redis.url), list[str]()
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: unheard.append(context["message"]))
    try:
        gets = [(b"GET", b"ctx:{several}:1")] * 3
        *found, foreign = await link.call_all([*gets, (b"GET", b"slots:{other}:1")])
        assert found == [None, None, None]
        assert isinstance(foreign, RedisRefused)
        own_redis.freeze()
        reason = ""
        try:
            await link.call_all(gets)
        except RedisDown as down:  # not `pytest.raises`, which would hold on to the replies
            reason = str(down)
        assert reason == "no answer in time"
        await asyncio.sleep(0)  # in which the loop lets go of what has failed
        gc.collect()
        assert not unheard
        own_redis.thaw()
        await until(lambda: link.up)
        assert await link.call_all(gets) == [None, None, None]
    finally:
        asyncio.get_running_loop().set_exception_handler(None)
        await link.close()


@pytest.mark.parametrize("said", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b":1\r\n:2\r\n"], ids=["no Redis", "unasked"])
async def test_what_is_no_redis_is_down(said: bytes) -> None:
    async def other(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        writer.write(said)
        await reader.read()
        writer.close()

    server = await asyncio.start_server(other, "127.0.0.1", 0)
    link = RedisLink(f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}/0", timeout_s=3600)
    await link.connect()
    with contextlib.suppress(RedisDown):
        assert await link.call(b"PING") == 1
    await until(lambda: not link.up)
    await link.close()
    server.close()
    await server.wait_closed()
