"""Counters of attempts in Redis: each ends by itself, and counts by who makes the attempts."""

from typing import Any

from backend.kit.redis import SharedRedis

# A counter that has ended since it was counted stays away: made anew by a bare DECR, it would never end.
_TAKE_BACK = "if redis.call('exists', KEYS[1]) == 1 then redis.call('decr', KEYS[1]) end"


class AttemptCounter:
    """Counts attempts, each name for `window_s` seconds from its first one. Every method raises RedisFailure."""

    def __init__(self, redis: SharedRedis, window_s: int) -> None:
        self._redis = redis
        self._window_s = window_s

    async def count(self, name: str) -> tuple[int, int]:
        """Add one attempt; return how many there are, and in how many seconds the counter ends."""

        # Any: redis-py types the replies of a pipeline for its blocking client as well
        async def add(redis: Any) -> tuple[int, int]:
            pipe = redis.pipeline(transaction=True)
            pipe.set(name, 0, nx=True, ex=self._window_s)
            pipe.incr(name)
            pipe.ttl(name)
            _, attempts, seconds_left = await pipe.execute()
            return int(attempts), max(1, int(seconds_left))

        return await self._redis.call(add)

    async def take_back(self, name: str) -> None:
        """Remove one attempt, which was none; nothing is left of a counter that has ended since."""

        async def subtract(redis: Any) -> None:
            await redis.eval(_TAKE_BACK, 1, name)

        await self._redis.call(subtract)
