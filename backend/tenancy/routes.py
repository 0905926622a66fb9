"""`/v1/tenant`: the business, its policies and first steps."""

from typing import Annotated

from litestar import get, patch, post, put
from litestar.params import JSONBody, QueryParameter

from backend.auth.access import Access
from backend.auth.actor import hide_private_fields
from backend.auth.contexts import share_basics
from backend.auth.queries import load_tenant
from backend.bodies import StrictRequest
from backend.contract.public import PublicTenant
from backend.contract.tenancy import InstantsKept, PutTenant, Tenant, UpdateTenant, ZonePreview
from backend.db.engine import Database
from backend.idempotency import Answered
from backend.kit.redis import SharedRedis
from backend.tenancy import service, zones
from backend.transactions import Transactions

# Bookings of one answer.
MAX_SHIFTED = 100


@put("/v1/tenant", access=Access.OPERATOR)
async def put_tenant(
    data: JSONBody[PutTenant], tenant_slug: str, request: StrictRequest, db: Database, now: int, redis: SharedRedis
) -> Tenant:
    """Create the business or bring it to what its file says. The same once more writes nothing."""
    service.check_file(tenant_slug, data)
    if await db.read(lambda conn: service.differs_from_file(conn, tenant_slug, data)):
        tenant = await db.read_at_once(load_tenant, tenant_slug)
        request_id = request.scope["state"]["request_id"]
        await db.write(
            None if tenant is None else tenant.id,
            lambda conn: service.put_tenant(conn, tenant_slug, data, now, request_id=request_id),
        )
    answer = await db.read(lambda conn: service.reload_business(conn, tenant_slug))
    await share_basics(redis, answer)
    return answer


@get("/v1/tenant", access=Access.PUBLIC)
async def get_tenant(transactions: Transactions) -> Tenant | PublicTenant:
    """Return the business as its people see it."""
    tenant = await transactions.read_cached(service.load_business)
    return hide_private_fields(transactions.actor, tenant, PublicTenant)


@patch("/v1/tenant", access=Access.ADMIN)
async def update_tenant(
    data: JSONBody[UpdateTenant], transactions: Transactions, redis: SharedRedis
) -> Answered[Tenant]:
    """Change address, phone, policies, or what the tenant's file leaves out. Bookings keep their policies."""
    answer = await transactions.write(lambda unit: service.update_business(unit, data), 200)
    await share_basics(
        redis, await transactions.read(lambda unit: service.reload_business(unit.conn, unit.tenant.slug))
    )
    return answer


@post("/v1/tenant/shared", access=Access.ADMIN, status_code=200)
async def mark_shared(transactions: Transactions) -> Answered[Tenant]:
    """Record that an admin has shared the bot's link: the last of the first steps."""
    return await transactions.write(service.mark_shared, 200)


@get("/v1/tenant/zone-change", access=Access.ADMIN)
async def preview_zone_change(
    transactions: Transactions,
    offset: Annotated[int, QueryParameter(ge=0, le=1_000_000)] = 0,
    limit: Annotated[int, QueryParameter(ge=1, le=MAX_SHIFTED)] = MAX_SHIFTED,
) -> ZonePreview:
    """Return what keeping the instants of bookings ahead would do, while that is possible after a change of the zone."""
    return await transactions.read(lambda unit: zones.preview_instants(unit, offset, limit))


@post("/v1/tenant/zone-change/keep-instants", access=Access.ADMIN, status_code=200)
async def keep_instants(transactions: Transactions) -> Answered[InstantsKept]:
    """Give bookings ahead the instants that they had before the zone was changed; their clients are told. Once."""
    return await transactions.write(zones.keep_instants, 200)


handlers = [put_tenant, get_tenant, update_tenant, mark_shared, preview_zone_change, keep_instants]
