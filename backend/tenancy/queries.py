"""Businesses in the database: what the tenant's file says, what an admin decides, how far the first steps have come."""

from typing import Any, NamedTuple

import msgspec
from sqlalchemy import ColumnElement, Connection, Table, bindparam, exists, literal, select, update

from backend.audit.queries import Entry, append_entries
from backend.contract.tenancy import Checklist, PutTenant
from backend.db import dialect
from backend.db.compiled import CompiledQuery
from backend.db.tables import (
    bookings,
    date_hours,
    services,
    specialist_services,
    specialists,
    tenants,
    weekly_hours,
)
from backend.errors import NotFound


def upsert_tenant(
    conn: Connection, slug: str, told: PutTenant, now: int, *, actor: str = "gateway", request_id: str = ""
) -> int:
    """The tenant's id, its row made or brought to what its file says. What the file does not say stays.

    Two callers at once make one row."""
    values = {field: getattr(told, field) for field in told.__struct_fields__}
    if told.bot_username is None:
        del values["bot_username"]
    statement = dialect.upsert(conn, tenants).values(slug=slug, created_at=now, **values)
    made = conn.execute(statement.on_conflict_do_nothing(index_elements=["slug"]).returning(tenants.c.id)).scalar()
    if made is not None:
        _record(conn, made, "tenant.created", actor, {"slug": slug}, request_id, now)
        return int(made)
    row = conn.execute(select(tenants).where(tenants.c.slug == slug).with_for_update()).one()
    different = {name: value for name, value in values.items() if getattr(row, name) != value}
    if different:
        conn.execute(update(tenants).where(tenants.c.id == row.id).values(**different))
        _record(conn, row.id, "tenant.changed", actor, {"fields": sorted(different)}, request_id, now)
    return int(row.id)


def _record(
    conn: Connection, tenant_id: int, action: str, actor: str, detail: dict[str, Any], request_id: str, now: int
) -> None:
    append_entries(conn, tenant_id, [Entry(now, actor, action, f"tenant:{tenant_id}", detail, request_id)])


def change(conn: Connection, tenant_id: int, values: dict[str, Any]) -> None:
    """What an admin decides: address, phone, policies, shared_at."""
    if values:
        conn.execute(update(tenants).where(tenants.c.id == tenant_id).values(**values))


def _any_of(table: Table, *conditions: Any) -> ColumnElement[bool]:
    return exists(select(literal(1)).select_from(table).where(table.c.tenant_id == bindparam("tenant"), *conditions))


_active = select(specialists.c.id).where(
    specialists.c.tenant_id == bindparam("tenant"), specialists.c.archived_at.is_(None)
)


class _Steps(NamedTuple):
    address: bool
    services: bool
    staff: bool
    weekly: bool
    dated: bool
    tested: bool
    shared: bool


_CHECKLIST = CompiledQuery(
    _Steps,
    select(
        (tenants.c.address != "").label("address"),
        _any_of(services, services.c.archived_at.is_(None)).label("services"),
        _any_of(specialist_services, specialist_services.c.specialist_id.in_(_active)).label("staff"),
        _any_of(weekly_hours, weekly_hours.c.specialist_id.in_(_active)).label("weekly"),
        _any_of(date_hours, date_hours.c.specialist_id.in_(_active), date_hours.c.start_min >= 0).label("dated"),
        _any_of(bookings, bookings.c.status != "held", bookings.c.status != "expired").label("tested"),
        tenants.c.shared_at.is_not(None).label("shared"),
    ).where(tenants.c.id == bindparam("tenant")),
)


def checklist(conn: Connection, tenant_id: int) -> Checklist:
    """What is done of the first steps, read off the data."""
    row = _CHECKLIST.first(conn, tenant=tenant_id)
    if row is None:
        raise NotFound()
    return Checklist(
        address=row.address,
        services=row.services,
        staff=row.staff,
        hours=row.weekly or row.dated,
        test_booking=row.tested,
        shared=row.shared,
    )


def encode_policies(policies: msgspec.Struct) -> str:
    """As the column keeps them."""
    return msgspec.json.encode(policies).decode()
