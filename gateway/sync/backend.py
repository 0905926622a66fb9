"""Tells the backend what each tenant's file says, until it has confirmed it."""

import asyncio
import contextlib

from backend.client.api import BackendClient, BackendRefused, BackendUnavailable
from backend.contract.tenancy import PutTenant
from gateway.sync.reconciler import Reconciler, RetryLater
from gateway.tenants.snapshot import TenantSnapshot

REPEAT_S = 3600.0
# A business with many bookings ahead takes a while to shift them all.
ZONE_WAIT_S = 15.0


class BackendSync:
    """`PUT /v1/tenant` on load, on change, and once an hour (a restored database may not know the tenant)."""

    def __init__(self, backend: BackendClient) -> None:
        self._backend = backend
        self._usernames: dict[int, str] = {}
        self._confirmed: set[str] = set()
        self.reconciler = Reconciler("tenant_announcement", self._put_tenant)

    def is_confirmed(self, slug: str) -> bool:
        """Return whether the backend has confirmed this tenant since this process began."""
        return slug in self._confirmed

    def set_username(self, tenant: TenantSnapshot, username: str) -> None:
        """Note a bot's username, from getMe; if it is new, the backend is told at once."""
        if self._usernames.get(tenant.bot_id) != username:
            self._usernames[tenant.bot_id] = username
            self.reconciler.enqueue(tenant)

    async def announce_zone(self, tenant: TenantSnapshot) -> None:
        """Tell the backend of a tenant's new zone before this worker shows times in it; if that takes long, afterwards."""
        with contextlib.suppress(RetryLater, TimeoutError):
            async with asyncio.timeout(ZONE_WAIT_S):
                await self._put_tenant(tenant)

    async def _put_tenant(self, tenant: TenantSnapshot) -> float:
        # the wire's shape of a business: what of its file the backend stores
        body = PutTenant(
            name=tenant.name,
            timezone=tenant.timezone,
            locale=tenant.locale,
            currency=tenant.currency,
            enabled=tenant.enabled,
            bot_username=self._usernames.get(tenant.bot_id),
        )
        try:
            await self._backend.put_tenant(tenant.slug, body, f"tenant-{tenant.fingerprint[:16]}")
        except BackendUnavailable as error:
            raise RetryLater("the backend does not answer", error.retry_after_s) from None
        except BackendRefused as refused:
            # the answer to a business that was just switched off is a 410, and it has been stored
            if refused.problem.status != 410:
                raise RetryLater(f"the backend refuses: {refused.code} {refused.problem.detail}") from None
        self._confirmed.add(tenant.slug)
        return REPEAT_S
