"""Rates as GCRA: the numbers that the scripts take, and the bucket in the process for when Redis is away."""

import time
from functools import lru_cache

import msgspec

from gateway.tenants.file import Rate

MAX_KEYS = 50_000


class GcraRate(msgspec.Struct, frozen=True, gc=False):
    """A rate in microseconds: `interval` between two on average, `tolerance` of how far a burst may run ahead."""

    interval: int
    tolerance: int

    @classmethod
    @lru_cache(maxsize=1024)
    def of(cls, rate: Rate, *, slower: int = 1) -> "GcraRate":
        """`slower` divides the rate; the burst shrinks with it, but one always passes. Equal rates share one object."""
        interval = max(1, rate.period_s * 1_000_000 * slower // rate.count)
        burst = max(1, rate.burst // slower)
        return cls(interval, interval * (burst - 1))


class Buckets:
    """GCRA in memory. Holds at most `MAX_KEYS` of the latest; the clock is monotonic seconds."""

    def __init__(self) -> None:
        self._at: dict[object, int] = {}

    def take(self, key: object, gauge: GcraRate, now: float | None = None) -> int:
        """0 when it passes, else how many milliseconds to wait."""
        now_us = int((time.monotonic() if now is None else now) * 1_000_000)
        at = max(self._at.pop(key, 0), now_us)
        over = at - now_us - gauge.tolerance
        self._at[key] = at if over > 0 else at + gauge.interval
        if len(self._at) > MAX_KEYS:
            del self._at[next(iter(self._at))]
        return -(-over // 1000) if over > 0 else 0

    def clear(self) -> None:
        """Forgets all, once Redis keeps the rates again."""
        self._at.clear()
