"""A Redis server of a test's own, with the product's users."""

import contextlib
import os
import signal
from collections.abc import AsyncIterator
from typing import Any

from backend.contract.redis import url_for
from backend.kit.redis_link import RedisLink
from gateway.scripts import SCRIPTS

KEY = "k" * 32
# How long a test of a frozen server waits for its answers; until it is frozen it has as much time for them.
HANG_S = 1.0


class OwnRedis:
    """A redis-server of a test's own, which it may stop, freeze and kill."""

    def __init__(self, running: Any) -> None:
        self.running = running
        self.url: str = url_for(running.url, "gateway", KEY)

    @property
    def pid(self) -> int:
        """The server's process id."""
        return int(self.running.child.process.pid)

    def freeze(self) -> None:
        """Stop the server without ending it: it answers nobody."""
        os.kill(self.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """Let a frozen server go on."""
        os.kill(self.pid, signal.SIGCONT)

    async def flush(self) -> None:
        """Delete every key."""
        async with open_link(url_for(self.running.url, "backend", KEY)) as link:
            cursor = b"0"
            while True:
                reply = await link.call(b"SCAN", cursor, b"COUNT", b"1000")
                assert isinstance(reply, list)
                position, found = reply
                assert isinstance(position, bytes)
                assert isinstance(found, list)
                cursor, names = position, [name for name in found if isinstance(name, bytes)]
                if names:
                    await link.call(b"DEL", *names)
                if cursor == b"0":
                    return


@contextlib.asynccontextmanager
async def open_link(url: str) -> AsyncIterator[RedisLink]:
    """Connect to Redis for as long as the context lasts."""
    link = RedisLink(url, SCRIPTS)
    await link.start()
    try:
        yield link
    finally:
        await link.close()
