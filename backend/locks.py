"""Redis as the backend uses it: a link that fails fast behind a breaker, and courtesy locks.

Redis being down, slow or wrong changes nothing about correctness: a courtesy lock only keeps a crowd from queueing in
the database, and whoever does not get it goes on without. What must not work without Redis (one-time codes) uses
`call` and refuses on RedisDown.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from secrets import token_hex
from time import monotonic
from typing import Any, Literal, TypeVar

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from backend.contract.redis import key

T = TypeVar("T")

TIMEOUT_S = 0.25
GRACE_S = 0.02  # a loop that was held up meets the time-out before the answer that already lies there: one more look
OPEN_S = 2.0  # how long nobody asks after a failure; then one asks for all
LOCK_MS = 3_000
_RELEASE = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end return 0"


class RedisDown(Exception):
    """Redis is not set up, does not answer, or has not answered a moment ago."""


class SharedRedis:
    """The link to Redis. `url` None: there is none, and everything that can do without does."""

    def __init__(self, url: str | None) -> None:
        self._redis: Redis | None = None
        if url is not None:
            self._redis = Redis.from_url(
                url,
                socket_timeout=None,  # `call` limits what a use takes in all
                socket_connect_timeout=None,
                retry=Retry(NoBackoff(), 0),
                max_connections=64,
                decode_responses=False,
            )
        self._closed_until = 0.0
        self.failures = 0

    @property
    def state(self) -> Literal["off", "up", "down"]:
        """As last seen."""
        if self._redis is None:
            return "off"
        return "down" if self._closed_until else "up"

    async def call(self, use: Callable[["Redis"], Awaitable[T]]) -> T:
        """Run `use(redis)`; it may take 0.25 s in all. Raises RedisDown, at once while the breaker is open."""
        now = monotonic()
        if self._redis is None or now < self._closed_until:
            raise RedisDown
        if self._closed_until:
            self._closed_until = now + OPEN_S  # this call asks for all
        try:
            result = await _in_time(use(self._redis))
        except (RedisError, OSError, TimeoutError) as exc:
            self._closed_until = monotonic() + OPEN_S
            self.failures += 1
            raise RedisDown from exc
        self._closed_until = 0.0
        return result

    @asynccontextmanager
    async def courtesy(self, slug: str, *parts: object, wait_s: float = 0.05) -> AsyncIterator[bool]:
        """Hold `locks:{slug}:…` while inside, where it can be had within `wait_s`; yields whether it was.

        Only a courtesy: the database decides.
        """
        name, token = key("locks", slug, *parts), token_hex(8)
        held = False
        until = monotonic() + wait_s
        try:
            while not (held := bool(await self.call(lambda r: r.set(name, token, nx=True, px=LOCK_MS)))):
                if monotonic() >= until:
                    break
                await asyncio.sleep(0.01)
        except RedisDown:
            held = False
        try:
            yield held
        finally:
            if held:
                await self._release(name, token)

    async def _release(self, name: str, token: str) -> None:
        async def release(redis: Any) -> None:
            await redis.eval(_RELEASE, 1, name, token)

        try:
            await self.call(release)
        except RedisDown:
            return  # it ends by itself

    async def ping(self) -> bool:
        """Whether it answers now."""
        try:
            await self.call(lambda redis: redis.ping())
        except RedisDown:
            return False
        return True

    async def close(self) -> None:
        """Give the connections back."""
        if self._redis is not None:
            await self._redis.aclose()


async def _in_time(use: Awaitable[T]) -> T:
    """Raises TimeoutError after 0.25 s without an answer."""
    task = asyncio.ensure_future(use)
    try:
        for wait_s in (TIMEOUT_S, GRACE_S):
            if not task.done():
                await asyncio.wait((task,), timeout=wait_s)
        if not task.done():
            raise TimeoutError
        return task.result()
    finally:
        task.cancel()
