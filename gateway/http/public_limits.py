"""The rates of public clients, per tenant and address. They fail to a quarter of each, not open, while Redis is away."""

import math
from ipaddress import IPv6Address, IPv6Network, ip_address

import msgspec

from backend.kit.redis_link import RedisLink
from gateway.limits.gcra import GcraRate, RateLimiter
from gateway.limits.rate import Rate
from gateway.tenants.snapshot import TenantSnapshot


class RateStatus(msgspec.Struct, frozen=True):
    """A client's standing: `quota` per `window_s` seconds, `remaining` now, `reset_s` until one more request passes."""

    passed: bool
    quota: int
    window_s: int
    remaining: int
    reset_s: int


class PublicLimits:
    """Charges the requests of public clients."""

    def __init__(self, redis: RedisLink) -> None:
        self._limiter = RateLimiter(redis)

    async def charge(self, tenant: TenantSnapshot, address: str, rule_rate: Rate | None = None) -> RateStatus:
        """Charge one request to the tenant's rate for public clients, or to the rate of a policy rule."""
        rate = rule_rate or tenant.rate_limits.public
        gcra = GcraRate.from_rate(rate)
        name = "public" if rule_rate is None else f"public-{rate.count}-{rate.period_s}"
        key = f"rate:{{{tenant.slug}}}:{name}:{_client_of(address)}".encode()
        charge = await self._limiter.charge(key, gcra, alone=GcraRate.from_rate(rate, slower=4))
        if charge.in_memory:
            quota = max(1, rate.count // 4)
            return RateStatus(not charge.wait_ms, quota, rate.period_s, 0, _whole_seconds(charge.wait_ms or 1))
        reset_s = _whole_seconds(charge.wait_ms) if charge.wait_ms else math.ceil(gcra.interval / 1_000_000)
        return RateStatus(not charge.wait_ms, rate.count, rate.period_s, charge.remaining, reset_s)


def _client_of(address: str) -> str:
    """Return what identifies a client: the address, of IPv6 its /64 network, since one household has 2**64 of them."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address.encode("utf-8", "replace")[:64].decode("utf-8", "replace")
    if isinstance(parsed, IPv6Address):
        return str(parsed.ipv4_mapped or IPv6Network((parsed, 64), strict=False).network_address)
    return str(parsed)


def _whole_seconds(ms: int) -> int:
    return max(1, math.ceil(ms / 1000))
