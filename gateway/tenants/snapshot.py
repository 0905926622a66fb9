"""A tenant ready to serve: everything that the webhook's path would otherwise work out anew for each update."""

from functools import lru_cache

import msgspec

from bot.context import TenantBot
from gateway.limits.gcra import GcraRate
from gateway.tenants.file import Tenant


class TenantSnapshot(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One tenant as one snapshot: a request keeps the one it began with. Secrets inside; the repr shows none."""

    tenant: Tenant
    bot: TenantBot
    bot_id: int
    seen: bytes
    tenant_rate_key: bytes
    person_rate_key: bytes
    ctx: bytes
    lane: bytes
    told: bytes
    tenant_rate: GcraRate
    person_rate: GcraRate
    rate_args: tuple[bytes, bytes, bytes, bytes]

    def __repr__(self) -> str:
        return f"Served({self.tenant.slug!r})"

    @property
    def slug(self) -> str:
        """The tenant's slug."""
        return self.tenant.slug

    @property
    def secret(self) -> bytes:
        """The webhook's secret; not kept a second time, since ten thousand of these are."""
        return self.tenant.webhook_secret.encode()

    @classmethod
    def of(cls, tenant: Tenant) -> "TenantSnapshot":
        """The keys end with a colon where an id follows. Claims carry the bot's id: update ids are a bot's own."""
        tag = b"{" + tenant.slug.encode() + b"}"
        per_tenant, per_person = GcraRate.of(tenant.rate_limits.per_tenant), GcraRate.of(tenant.rate_limits.per_user)
        return cls(
            tenant=tenant,
            bot=TenantBot(
                slug=tenant.slug,
                name=tenant.name,
                token=tenant.bot_token,
                timezone=tenant.timezone,
                locale=tenant.locale,
                currency=tenant.currency,
            ),
            bot_id=tenant.bot_id,
            seen=b"seen:%b:%d:" % (tag, tenant.bot_id),
            tenant_rate_key=b"rate:%b:all" % tag,
            person_rate_key=b"rate:%b:p:" % tag,
            ctx=b"ctx:%b:" % tag,
            lane=b"seen:%b:lane:" % tag,
            told=b"rate:%b:told:" % tag,
            tenant_rate=per_tenant,
            person_rate=per_person,
            rate_args=_rate_args(per_tenant, per_person),
        )


@lru_cache(maxsize=1024)
def _rate_args(per_tenant: GcraRate, per_person: GcraRate) -> tuple[bytes, bytes, bytes, bytes]:
    """The scripts' arguments; one tuple for all tenants that have the same rates."""
    return (
        b"%d" % per_tenant.interval,
        b"%d" % per_tenant.tolerance,
        b"%d" % per_person.interval,
        b"%d" % per_person.tolerance,
    )
