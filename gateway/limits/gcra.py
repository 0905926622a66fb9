"""The generic cell rate algorithm: its numbers, and charging a key in Redis or, while Redis is away, in this process."""

import time
from functools import lru_cache

import msgspec

from backend.kit.redis import RedisDown
from backend.kit.redis_link import RedisLink
from gateway.limits.rate import Rate
from gateway.scripts import CHARGE

MAX_KEYS = 50_000


class GcraRate(msgspec.Struct, frozen=True, gc=False):
    """A rate in microseconds: `interval` between two events on average, `tolerance` for how far a burst may run ahead."""

    interval: int
    tolerance: int

    @classmethod
    @lru_cache(maxsize=1024)
    def from_rate(cls, rate: Rate, *, slower: int = 1) -> "GcraRate":
        """Return the numbers of a rate divided by `slower`; the burst shrinks too, to 1 at least. Equal rates share one."""
        interval = max(1, rate.period_s * 1_000_000 * slower // rate.count)
        burst = max(1, rate.burst // slower)
        return cls(interval, interval * (burst - 1))


class MemoryLimiter:
    """GCRA in this process. Keeps the `MAX_KEYS` keys charged last; the clock is monotonic seconds."""

    def __init__(self) -> None:
        self._arrivals: dict[object, int] = {}

    def charge(self, key: object, rate: GcraRate, now: float | None = None) -> int:
        """Charge one event to a key. Return 0 if it passes, else the milliseconds until one would."""
        now_us = int((time.monotonic() if now is None else now) * 1_000_000)
        arrival = max(self._arrivals.pop(key, 0), now_us)
        excess = arrival - now_us - rate.tolerance
        self._arrivals[key] = arrival if excess > 0 else arrival + rate.interval
        if len(self._arrivals) > MAX_KEYS:
            del self._arrivals[next(iter(self._arrivals))]
        return -(-excess // 1000) if excess > 0 else 0


class Charge(msgspec.Struct, frozen=True, gc=False):
    """What charging a key found: `wait_ms` is 0 if it passed. `in_memory`: Redis was away, `remaining` is unknown."""

    wait_ms: int
    remaining: int = 0
    in_memory: bool = False


class RateLimiter:
    """Charges keys in Redis, shared by all workers and gateways; while Redis is away, each process counts by itself."""

    def __init__(self, redis: RedisLink) -> None:
        self._redis = redis
        self._memory = MemoryLimiter()

    async def charge(self, key: bytes, rate: GcraRate, *, alone: GcraRate | None = None) -> Charge:
        """Charge one event to a key; `alone` is the rate that holds instead while Redis is away."""
        try:
            reply = await self._redis.run(CHARGE, (key,), (b"%d" % rate.interval, b"%d" % rate.tolerance))
        except RedisDown:
            return Charge(self._memory.charge(key, alone or rate), in_memory=True)
        match reply:
            case [int(remaining), int(wait_ms)]:
                return Charge(wait_ms, remaining)
        raise AssertionError("the script answers nothing else")
