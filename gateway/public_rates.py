"""The rate of public clients, per tenant and address; it fails to a quarter, not open: nobody vouches for them."""

import math

import msgspec

from gateway.admission import RATE
from gateway.rates import Buckets, Gauge
from gateway.redis_link import RedisDown, RedisLink
from gateway.served import Served


class Standing(msgspec.Struct, frozen=True):
    """Where a client stands: `quota` per `window_s` seconds, `remaining` now, `reset_s` until one more passes."""

    passes: bool
    quota: int
    window_s: int
    remaining: int
    reset_s: int


class PublicRates:
    """Redis keeps them; without it, this process does, at a quarter."""

    def __init__(self, redis: RedisLink) -> None:
        self._redis = redis
        self._buckets = Buckets()

    async def take(self, served: Served, address: str) -> Standing:
        """Charges one request."""
        rate = served.tenant.rate_limits.public
        gauge = Gauge.of(rate)
        key = b"rate:{%b}:public:%b" % (served.slug.encode(), address.encode("utf-8", "replace")[:64])
        try:
            reply = await self._redis.run(RATE, (key,), (b"%d" % gauge.interval, b"%d" % gauge.tolerance))
        except RedisDown:
            slower = Gauge.of(rate, slower=4)
            wait_ms = self._buckets.take((served.slug, address), slower)
            return Standing(not wait_ms, max(1, rate.count // 4), rate.period_s, 0, _seconds(wait_ms or 1))
        match reply:
            case [int(passes), int(remaining), int(wait_ms)]:
                wait = _seconds(wait_ms) if wait_ms else math.ceil(gauge.interval / 1_000_000)
                return Standing(passes == 1, rate.count, rate.period_s, remaining, wait)
        raise AssertionError("the script answers nothing else")


def _seconds(ms: int) -> int:
    return max(1, math.ceil(ms / 1000))
