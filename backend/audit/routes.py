"""`/v1/audit`: admins read their business's log, the gateway adds its decisions."""

from typing import Annotated, Any

import msgspec
from litestar import get, post
from litestar.params import JSONBody, QueryParameter
from sqlalchemy import Connection

from backend import clock
from backend.audit import queries
from backend.auth.actor import Actor
from backend.auth.guard import Access
from backend.auth.queries import load_tenant
from backend.contract.audit import AuditAccepted, AuditEntry, AuditPage, NewAuditEntries
from backend.db.engine import Database
from backend.errors import Invalid, NotFound
from backend.kit.text import clean_line


@get("/v1/audit", access=Access.ADMIN)
async def read_audit(
    actor: Actor,
    db: Database,
    limit: Annotated[int, QueryParameter(ge=1, le=200)] = 50,
    cursor: Annotated[str | None, QueryParameter(max_length=20)] = None,
) -> AuditPage:
    """The newest first, a page at a time."""
    if cursor is not None and not (cursor.isascii() and cursor.isdigit() and len(cursor) < 16):
        raise Invalid("This cursor is not from here.", field="cursor")
    before = None if cursor is None else int(cursor)
    rows = await db.read(lambda conn: queries.page(conn, actor.tenant.id, before, limit + 1))
    items = [
        AuditEntry(
            seq=row.seq,
            at=clock.format_utc(row.at),
            actor=row.actor,
            action=row.action,
            object=row.object,
            detail=msgspec.json.decode(row.detail),
            request_id=row.request_id,
        )
        for row in rows[:limit]
    ]
    return AuditPage(items=items, next=str(items[-1].seq) if len(rows) > limit else None)


@post("/v1/audit", access=Access.OPERATOR, status_code=200)
async def add_audit(data: JSONBody[NewAuditEntries], tenant_slug: str, db: Database, now: int) -> AuditAccepted:
    """Appends a batch of the gateway's decisions to the tenant's log."""
    tenant = await db.read(lambda conn: load_tenant(conn, tenant_slug))
    if tenant is None:
        raise NotFound()
    entries = [
        queries.Entry(
            at=now if one.at is None else clock.parse_instant(one.at, "at"),
            actor=clean_line(one.actor, 128),
            action=clean_line(one.action, 128),
            object=clean_line(one.object, 128),
            detail={clean_line(key, 64): _clean(value) for key, value in one.detail.items()},
            request_id=clean_line(one.request_id, 64),
        )
        for one in data.items
    ]

    def write(conn: Connection) -> None:
        queries.extend(conn, tenant.id, entries)

    await db.write(tenant.id, write)
    return AuditAccepted(count=len(entries))


def _clean(value: Any) -> Any:
    return clean_line(value, 500) if isinstance(value, str) else value


handlers = [read_audit, add_audit]
