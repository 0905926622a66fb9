"""Routes of the business itself."""

from backend.client.requests import Requester
from backend.contract import tenancy


class TenancyRoutes(Requester):
    """`/v1/tenant` and below."""

    __slots__ = ()

    async def get_tenant(self) -> tenancy.Tenant:
        """Return the business with its policies and first steps."""
        return await self.call("GET", "/v1/tenant", tenancy.Tenant)

    async def update_tenant(self, change: tenancy.UpdateTenant, *, key: str) -> tenancy.Tenant:
        """Change address, phone or policies (admins)."""
        return await self.call("PATCH", "/v1/tenant", tenancy.Tenant, body=change, key=key)

    async def preview_zone_change(self, *, limit: int) -> tenancy.ZonePreview:
        """Return what keeping the instants after a change of the zone would do (admins)."""
        return await self.call("GET", "/v1/tenant/zone-change", tenancy.ZonePreview, query=[("limit", limit)])

    async def keep_instants(self, *, key: str) -> tenancy.InstantsKept:
        """Give bookings ahead the instants of before the zone was changed; once (admins)."""
        return await self.call("POST", "/v1/tenant/zone-change/keep-instants", tenancy.InstantsKept, key=key)

    async def mark_shared(self, *, key: str) -> tenancy.Tenant:
        """Record that an admin has shared the bot's link, the last of the first steps."""
        return await self.call("POST", "/v1/tenant/shared", tenancy.Tenant, key=key)
