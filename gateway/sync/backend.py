"""Tells the backend what each tenant's file says, until it has confirmed it."""

import asyncio
import contextlib
from pathlib import Path

import msgspec

from backend.client.api import BackendClient, BackendRefused, BackendUnavailable
from backend.contract.tenancy import PutTenant, Tenant
from backend.kit.logging import log
from gateway.sync.reconciler import Reconciler, RetryLater
from gateway.tenants.basics import BasicsCache
from gateway.tenants.environment import backend_fields
from gateway.tenants.places import find_place
from gateway.tenants.snapshot import TenantSnapshot

REPEAT_S = 3600.0
# A business with many bookings ahead takes a while to shift them all.
ZONE_WAIT_S = 15.0


class BackendSync:
    """`PUT /v1/tenant` on load, on change, and once an hour (a restored database may not know the tenant)."""

    def __init__(self, backend: BackendClient, basics: BasicsCache, tenants_dir: Path) -> None:
        self._backend = backend
        self._basics = basics
        self._tenants_dir = tenants_dir
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
        fields = {**backend_fields(tenant), "bot_username": self._usernames.get(tenant.bot_id)}
        body = msgspec.convert(fields, PutTenant)
        try:
            answer = await self._backend.put_tenant(tenant.slug, body, f"tenant-{tenant.fingerprint[:16]}")
        except BackendUnavailable as error:
            raise RetryLater("the backend does not answer", error.retry_after_s) from None
        except BackendRefused as refused:
            # the answer to a business that was just switched off is a 410, and it has been stored
            if refused.problem.status != 410:
                raise RetryLater(f"the backend refuses: {refused.code} {refused.problem.detail}") from None
        else:
            self._compare_currency(tenant, answer)
        self._confirmed.add(tenant.slug)
        return REPEAT_S

    def _compare_currency(self, tenant: TenantSnapshot, answer: Tenant) -> None:
        """Serve a business in the currency of its bookings, and say where its file says another."""
        kept = "currency" not in tenant.left_out and answer.currency != tenant.currency
        self._basics.keep_currency(tenant.slug, kept=kept)
        if kept:
            message = f"is {tenant.currency}, but there are bookings in {answer.currency}, which stays: put it back"
            problem = find_place(self._tenants_dir / f"{tenant.slug}.yaml", "currency", message)
            log.error("currency_locked", tenant=tenant.slug, problem=str(problem))
