"""Redis for every process but the gateway's workers: redis-py, which never waits long, behind a breaker.

The workers, on the path of every update, have a client of their own (`redis_link.py`), which raises the same errors.
"""

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import TYPE_CHECKING, Literal, TypeVar

if TYPE_CHECKING:
    from redis.asyncio import Redis

T = TypeVar("T")

TIMEOUT_S = 0.25
GRACE_S = 0.02  # a loop that was held up meets the time-out before the answer that already lies there: one more look
OPEN_S = 2.0  # how long nobody asks after a failure; then one call asks for all
# Error replies that are the caller's own doing; any other means that the server cannot or must not serve.
_CALLERS_FAULT = ("NOSCRIPT", "ERR", "WRONGTYPE")


class RedisFailure(Exception):
    """Redis has not done what it was asked for. `code` is the first word of its error reply, if it sent one."""

    def __init__(self, reason: str, code: str = "") -> None:
        self.code = code
        super().__init__(reason)


class RedisDown(RedisFailure):
    """Redis is not set up, did not answer in time or a moment ago, or cannot serve (loading, no memory, no right)."""


class RedisRefused(RedisFailure):
    """Redis answered that the command itself is wrong."""


def failure_of(code: str, reason: str) -> RedisFailure:
    """Return the failure that an error reply stands for."""
    return RedisRefused(reason, code) if code in _CALLERS_FAULT else RedisDown(reason, code)


class SharedRedis:
    """A pool of connections to one server. `url` None: there is none, and every call fails with RedisDown.

    `url` carries the credentials; it never goes into a repr, a log or an error. `timeout_s` limits each call as a whole,
    `open_s` is how long calls fail at once after one has failed."""

    def __init__(self, url: str | None, *, timeout_s: float = TIMEOUT_S, open_s: float | None = None) -> None:
        self._redis = None if url is None else _open(url)
        self._timeout_s = timeout_s
        self._open_s = open_s
        self._closed_until = 0.0

    @property
    def state(self) -> Literal["off", "up", "down"]:
        """As the last call found it; `off` without an address."""
        if self._redis is None:
            return "off"
        return "down" if self._closed_until else "up"

    async def call(self, use: Callable[["Redis"], Awaitable[T]]) -> T:
        """Return what `use(redis)` returns. Raises RedisDown, at once while the breaker is open, and RedisRefused."""
        # here and in `_open`: it adds 10 MB, which a worker of the gateway does without
        from redis.exceptions import RedisError

        now = monotonic()
        if self._redis is None or now < self._closed_until:
            raise RedisDown("no Redis is set up" if self._redis is None else "it has not answered a moment ago")
        if self._closed_until:
            self._break(now)  # this call asks for all
        try:
            result = await _wait(use(self._redis), self._timeout_s)
        except (RedisError, OSError, TimeoutError) as error:
            # never its words: a reply to AUTH may repeat what was sent
            code = _code_of(error)
            failure = failure_of(code, code or type(error).__name__)
            if isinstance(failure, RedisDown):
                self._break(monotonic())
            raise failure from error
        self._closed_until = 0.0
        return result

    async def get(self, name: str) -> bytes | None:
        """Return a value."""
        return _as_bytes(await self.call(lambda redis: redis.get(name)))

    async def getdel(self, name: str) -> bytes | None:
        """Return a value and delete it: of many callers one gets it."""
        return _as_bytes(await self.call(lambda redis: redis.getdel(name)))

    async def ping(self) -> bool:
        """Return whether it answers now."""
        try:
            await self.call(lambda redis: redis.ping())
        except RedisFailure:
            return False
        return True

    async def close(self) -> None:
        """Close the connections."""
        if self._redis is not None:
            await self._redis.aclose()

    def _break(self, now: float) -> None:
        self._closed_until = now + (OPEN_S if self._open_s is None else self._open_s)


def _open(url: str) -> "Redis":
    from redis.asyncio import Redis
    from redis.asyncio.retry import Retry
    from redis.backoff import NoBackoff

    return Redis.from_url(
        url,
        # redis-py's own would be for each read, and wait again for each repetition: `call` limits the whole
        socket_timeout=None,
        socket_connect_timeout=None,
        retry=Retry(NoBackoff(), 0),
        max_connections=64,
        # no CLIENT SETINFO: a right that Redis 7.0 does not know
        driver_info=None,
        decode_responses=False,
    )


def _as_bytes(value: bytes | str | None) -> bytes | None:
    """Return a reply as this pool has it: redis-py's types allow for decoded ones."""
    return value.encode() if isinstance(value, str) else value


def _code_of(error: BaseException | None) -> str:
    """Return the first word of the error reply; empty where there was no reply."""
    from redis.exceptions import RedisError, ResponseError

    while isinstance(error, RedisError):
        if error.status_code:
            return error.status_code
        if isinstance(error, ResponseError):
            return str(error).partition(" ")[0]
        error = error.__cause__  # over a Unix socket, redis-py wraps a reply to its greeting
    return ""


async def _wait(use: Awaitable[T], timeout_s: float) -> T:
    """Return the result. Raises TimeoutError without one in time; a loop that was held up waits so much longer."""
    task = asyncio.ensure_future(use)
    asked_at = monotonic()
    try:
        await asyncio.wait((task,), timeout=timeout_s)
        if not task.done():
            held_up_s = monotonic() - asked_at - timeout_s
            await asyncio.wait((task,), timeout=GRACE_S + min(max(held_up_s, 0.0), timeout_s))
        if not task.done():
            raise TimeoutError
        return task.result()
    finally:
        task.cancel()
