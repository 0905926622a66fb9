"""How fast one bot may send in bulk: at most 25 a second over all workers and gateways, kept in Redis."""

import asyncio

from backend.kit.redis import RedisDown, RedisLink
from gateway.limits.gcra import Buckets, GcraRate
from gateway.scripts import RATE

PER_SECOND = 25
_GAUGE = GcraRate(1_000_000 // PER_SECOND, 0)


class Pace:
    """Without Redis each process keeps the pace by itself; Telegram's own 429 then has the last word."""

    def __init__(self, redis: RedisLink) -> None:
        self._redis = redis
        self._buckets = Buckets()

    async def wait(self, slug: str) -> None:
        """Returns when this bot may send one more."""
        key = b"rate:{%b}:send" % slug.encode()
        args = (b"%d" % _GAUGE.interval, b"%d" % _GAUGE.tolerance)
        while True:
            try:
                reply = await self._redis.run(RATE, (key,), args)
                wait_ms = reply[2] if isinstance(reply, list) else 0
            except RedisDown:
                wait_ms = self._buckets.take(slug, _GAUGE)
            if not isinstance(wait_ms, int) or wait_ms <= 0:
                return
            await asyncio.sleep(wait_ms / 1000)
