"""A tenant ready to serve: with everything that the path of an update would otherwise compute for each update."""

from functools import lru_cache

import msgspec

from gateway.limits.gcra import GcraRate
from gateway.tenants.file import Tenant


class TenantSnapshot(Tenant, frozen=True, kw_only=True, gc=False):
    """One tenant at one moment: a request keeps the snapshot that it began with. Secrets inside; the repr shows none.

    Redis keys that end with a colon are followed by an id. Claims carry the bot's id, since update ids are a bot's own.
    What the keys say (`lane`, `told`) stays as it is: workers of two versions share them during an upgrade.
    """

    claim_key: bytes
    tenant_rate_key: bytes
    person_rate_key: bytes
    context_key: bytes
    queue_key: bytes
    notified_key: bytes
    tenant_rate: GcraRate
    person_rate: GcraRate
    rate_args: tuple[bytes, bytes, bytes, bytes]

    @property
    def secret(self) -> bytes:
        """The webhook's secret; not kept as bytes as well, since there may be ten thousand of these."""
        return self.webhook_secret.encode()

    @classmethod
    def of(cls, tenant: Tenant) -> "TenantSnapshot":
        """Return a tenant's snapshot."""
        tag = b"{" + tenant.slug.encode() + b"}"
        tenant_rate = GcraRate.from_rate(tenant.rate_limits.per_tenant)
        person_rate = GcraRate.from_rate(tenant.rate_limits.per_user)
        return cls(
            **msgspec.structs.asdict(tenant),
            claim_key=b"seen:%b:%d:" % (tag, tenant.bot_id),
            tenant_rate_key=b"rate:%b:all" % tag,
            person_rate_key=b"rate:%b:p:" % tag,
            context_key=b"ctx:%b:" % tag,
            queue_key=b"seen:%b:lane:" % tag,
            notified_key=b"rate:%b:told:" % tag,
            tenant_rate=tenant_rate,
            person_rate=person_rate,
            rate_args=_rate_args(tenant_rate, person_rate),
        )


@lru_cache(maxsize=1024)
def _rate_args(tenant_rate: GcraRate, person_rate: GcraRate) -> tuple[bytes, bytes, bytes, bytes]:
    """Return the script's arguments; one tuple for all tenants that have the same rates."""
    return (
        b"%d" % tenant_rate.interval,
        b"%d" % tenant_rate.tolerance,
        b"%d" % person_rate.interval,
        b"%d" % person_rate.tolerance,
    )
