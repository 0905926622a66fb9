"""Tells the backend what each tenant's file says, until it has heard it."""

from backend.client.api import BackendClient, BackendRefused, BackendUnavailable
from backend.contract.tenancy import PutTenant
from gateway.sync.reconciler import Reconciler, RetryLater
from gateway.tenants.snapshot import TenantSnapshot

REPEAT_S = 3600.0


class Announcer:
    """`PUT /v1/tenant` on load, on change, and once an hour (a restored database may have forgotten)."""

    def __init__(self, backend: BackendClient) -> None:
        self._backend = backend
        self._usernames: dict[int, str] = {}
        self._told: dict[str, str] = {}
        self.errands = Reconciler("tenant_announcement", self._tell)

    def knows(self, slug: str) -> bool:
        """Whether the backend has heard of this tenant since this process began."""
        return slug in self._told

    def learned(self, served: TenantSnapshot, username: str) -> None:
        """A bot's username, from getMe; told at once if it is news."""
        if self._usernames.get(served.bot_id) != username:
            self._usernames[served.bot_id] = username
            self.errands.put(served)

    async def _tell(self, served: TenantSnapshot) -> float:
        tenant = served.tenant
        body = PutTenant(
            name=tenant.name,
            timezone=tenant.timezone,
            locale=tenant.locale,
            currency=tenant.currency,
            enabled=tenant.enabled,
            bot_username=self._usernames.get(served.bot_id),
        )
        try:
            await self._backend.put_tenant(tenant.slug, body, f"tenant-{tenant.fingerprint[:16]}")
        except BackendUnavailable as error:
            raise RetryLater("the backend is not there", error.retry_after_s) from None
        except BackendRefused as refused:
            # a business that was just switched off may be answered so, and has been heard
            if refused.problem.status != 410:
                raise RetryLater(f"the backend refuses: {refused.code} {refused.problem.detail}") from None
        self._told[tenant.slug] = tenant.fingerprint
        return REPEAT_S
