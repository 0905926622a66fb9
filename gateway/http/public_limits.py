"""The rate of public clients, per tenant and address; it fails to a quarter, not open: nobody vouches for them."""

import math
from ipaddress import IPv6Address, IPv6Network, ip_address

import msgspec

from backend.kit.redis import RedisDown, RedisLink
from gateway.limits.gcra import Buckets, GcraRate
from gateway.scripts import RATE
from gateway.tenants.file import Rate
from gateway.tenants.snapshot import TenantSnapshot


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

    async def take(self, served: TenantSnapshot, address: str, rate: Rate | None = None) -> Standing:
        """Charges one request to the tenant's rate for public clients, or to another rate that a rule names."""
        own = rate is not None
        rate = rate or served.tenant.rate_limits.public
        gauge = GcraRate.of(rate)
        client = _client(address)
        kind = f"public-{rate.count}-{rate.period_s}" if own else "public"
        key = f"rate:{{{served.slug}}}:{kind}:{client}".encode()
        try:
            reply = await self._redis.run(RATE, (key,), (b"%d" % gauge.interval, b"%d" % gauge.tolerance))
        except RedisDown:
            slower = GcraRate.of(rate, slower=4)
            wait_ms = self._buckets.take((served.slug, kind, client), slower)
            return Standing(not wait_ms, max(1, rate.count // 4), rate.period_s, 0, _seconds(wait_ms or 1))
        match reply:
            case [int(passes), int(remaining), int(wait_ms)]:
                wait = _seconds(wait_ms) if wait_ms else math.ceil(gauge.interval / 1_000_000)
                return Standing(passes == 1, rate.count, rate.period_s, remaining, wait)
        raise AssertionError("the script answers nothing else")


def _client(address: str) -> str:
    """Whom an address stands for: of IPv6, a household has 2**64."""
    try:
        found = ip_address(address)
    except ValueError:
        return address.encode("utf-8", "replace")[:64].decode("utf-8", "replace")
    if isinstance(found, IPv6Address):
        mapped = found.ipv4_mapped
        return str(mapped or IPv6Network((found, 64), strict=False).network_address)
    return str(found)


def _seconds(ms: int) -> int:
    return max(1, math.ceil(ms / 1000))
