"""Redis as the backend uses it: courtesy locks, which it can do without, and `redis_required` for what it cannot.

A courtesy lock keeps a crowd from queueing in the database; the database alone decides.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from secrets import token_hex
from time import monotonic
from typing import Any

from backend.contract.redis import redis_key
from backend.errors import Unavailable
from backend.kit.redis import RedisFailure, SharedRedis

LOCK_MS = 3_000
RETRY_AFTER_S = 2
_RELEASE = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end return 0"


@contextmanager
def redis_required() -> Iterator[None]:
    """Raise Unavailable where Redis fails inside."""
    try:
        yield
    except RedisFailure:
        raise Unavailable(retry_after_s=RETRY_AFTER_S) from None


@asynccontextmanager
async def courtesy_lock(redis: SharedRedis, slug: str, *parts: object, wait_s: float = 0.05) -> AsyncIterator[bool]:
    """Hold `locks:{slug}:…` while inside, if it can be had within `wait_s`; yields whether it is held.

    Redis being down, slow or wrong changes nothing about correctness."""
    name, token = redis_key("locks", slug, *parts), token_hex(8)
    until = monotonic() + wait_s
    try:
        while not (held := bool(await redis.call(lambda r: r.set(name, token, nx=True, px=LOCK_MS)))):
            if monotonic() >= until:
                break
            await asyncio.sleep(0.01)
    except RedisFailure:
        held = False
    try:
        yield held
    finally:
        if held:
            await _release(redis, name, token)


async def _release(redis: SharedRedis, name: str, token: str) -> None:
    # Any: redis-py's stub of `eval` answers for its blocking client as well
    async def release(connection: Any) -> None:
        await connection.eval(_RELEASE, 1, name, token)

    try:
        await redis.call(release)
    except RedisFailure:
        return  # it ends by itself
