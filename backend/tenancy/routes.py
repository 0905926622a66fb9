"""`/v1/tenant`: the business, its policies and first steps."""

import re
from typing import Any

from litestar import Request, get, patch, post, put
from litestar.params import JSONBody
from sqlalchemy import Connection

from backend import clock
from backend import idempotency as commands
from backend.audit.service import record
from backend.auth.access import Access
from backend.auth.actor import Actor, TenantRow, hide_private_fields
from backend.auth.queries import load_tenant
from backend.contract.public import PublicTenant
from backend.contract.tenancy import PutTenant, Tenant, UpdateTenant
from backend.db.engine import Database
from backend.errors import Invalid, NotFound
from backend.kit.text import clean_line
from backend.tenancy import queries
from backend.transactions import UnitOfWork

_SLUG = re.compile(r"\A[a-z0-9][a-z0-9-]{1,31}\Z")


def _shown(conn: Connection, slug: str) -> Tenant:
    tenant = load_tenant(conn, slug)
    if tenant is None:
        raise NotFound()
    return Tenant(
        slug=tenant.slug,
        name=tenant.name,
        timezone=tenant.timezone,
        locale=tenant.locale,
        currency=tenant.currency,
        address=tenant.address,
        phone=tenant.phone,
        bot_username=tenant.bot_username,
        policies=tenant.policies,
        checklist=queries.checklist(conn, tenant.id),
    )


@put("/v1/tenant", access=Access.OPERATOR)
async def put_tenant(
    data: JSONBody[PutTenant], tenant_slug: str, request: Request[Any, Any, Any], db: Database, now: int
) -> Tenant:
    """Makes the tenant or brings it to what its file says. Telling the same again writes nothing."""
    if not _SLUG.match(tenant_slug):
        raise Invalid("X-Tenant must be a slug: lower-case letters, digits and dashes.", field="X-Tenant")
    clock.zone(data.timezone)
    known = await db.read_cached(load_tenant, tenant_slug)
    if known is None or not _says(known, data):
        request_id = request.scope["state"]["request_id"]
        await db.write(
            None if known is None else known.id,
            lambda conn: queries.upsert_tenant(conn, tenant_slug, data, now, request_id=request_id),
        )
    return await db.read(lambda conn: _shown(conn, tenant_slug))


def _says(known: TenantRow, told: PutTenant) -> bool:
    fields = [f for f in told.__struct_fields__ if f != "bot_username" or told.bot_username is not None]
    return all(getattr(known, field) == getattr(told, field) for field in fields)


@get("/v1/tenant", access=Access.PUBLIC)
async def get_tenant(actor: Actor, db: Database) -> Tenant | PublicTenant:
    """The business as its people see it."""
    return hide_private_fields(actor, await db.read_cached(_shown, actor.tenant.slug), PublicTenant)


@patch("/v1/tenant", access=Access.ADMIN)
async def update_tenant(
    data: JSONBody[UpdateTenant], actor: Actor, request: Request[Any, Any, Any], db: Database, now: int
) -> commands.Answered[Tenant]:
    """Address, phone, policies. Bookings keep the policies that they were made with."""

    def write(conn: Connection) -> Tenant:
        values: dict[str, Any] = {}
        if data.address is not None:
            values["address"] = clean_line(data.address, 300)
        if data.phone is not None:
            values["phone"] = clean_line(data.phone, 32)
        if data.policies is not None:
            values["policies"] = queries.encode_policies(data.policies)
        queries.change(conn, actor.tenant.id, values)
        if values:
            record(
                UnitOfWork(conn, actor, now), "tenant.changed", f"tenant:{actor.tenant.id}", {"fields": sorted(values)}
            )
        return _shown(conn, actor.tenant.slug)

    return await commands.run(request, actor, db, write, status=200)


@post("/v1/tenant/shared", access=Access.ADMIN, status_code=200)
async def mark_shared(
    actor: Actor, request: Request[Any, Any, Any], db: Database, now: int
) -> commands.Answered[Tenant]:
    """An admin has shared the bot's link: the last of the first steps."""

    def write(conn: Connection) -> Tenant:
        if not queries.checklist(conn, actor.tenant.id).shared:
            queries.change(conn, actor.tenant.id, {"shared_at": now})
            record(UnitOfWork(conn, actor, now), "tenant.shared", f"tenant:{actor.tenant.id}")
        return _shown(conn, actor.tenant.slug)

    return await commands.run(request, actor, db, write, status=200)


handlers = [put_tenant, get_tenant, update_tenant, mark_shared]
