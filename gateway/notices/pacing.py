"""How fast one bot may send in bulk: at most 25 messages a second over all workers and gateways."""

import asyncio

from backend.kit.redis_link import RedisLink
from gateway.limits.gcra import GcraRate, RateLimiter

PER_SECOND = 25
_RATE = GcraRate(1_000_000 // PER_SECOND, 0)


class Pacer:
    """Keeps every bot's pace. While Redis is away each process does so by itself, and Telegram's 429 bounds the sum."""

    def __init__(self, redis: RedisLink) -> None:
        self._limiter = RateLimiter(redis)

    async def wait(self, slug: str) -> None:
        """Wait until the tenant's bot may send one more message."""
        key = b"rate:{%b}:send" % slug.encode()
        while True:
            charge = await self._limiter.charge(key, _RATE)
            if not charge.wait_ms:
                return
            await asyncio.sleep(charge.wait_ms / 1000)
