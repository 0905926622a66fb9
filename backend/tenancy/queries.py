"""Businesses in the database: what the tenant's file says, what an admin decides, how far the first steps have come."""

from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, Table, bindparam, exists, func, literal, select, update

from backend.contract.people import Locale
from backend.contract.tenancy import Source
from backend.db import dialect
from backend.db.compiled import CompiledQuery
from backend.db.rows import columns_of, fetch_first
from backend.db.tables import (
    bookings,
    date_hours,
    services,
    specialist_services,
    specialists,
    tenants,
    weekly_hours,
)

_T = tenants.c


class FileRow(NamedTuple):
    """What the tenant's file says of a business, as it is stored, and its last change of the zone."""

    id: int
    name: str
    timezone: str
    locale: Locale
    currency: str
    enabled: bool
    bot_username: str | None
    previous_timezone: str | None
    zone_changed_at: int | None
    name_source: Source
    timezone_source: Source
    locale_source: Source
    currency_source: Source


class Steps(NamedTuple):
    """Which of the first steps are done, read off the data; hours may be weekly ones or dates.

    Besides: who says the basics, and whether there is any booking (tried ones that were removed do not count)."""

    name_source: Source
    timezone_source: Source
    locale_source: Source
    currency_source: Source

    address: bool
    services: bool
    staff: bool
    weekly: bool
    dated: bool
    booked: bool
    tested: bool
    shared: bool


def find_first_created_at(conn: Connection) -> int | None:
    """Return when the first business was created; None where there is none yet."""
    return conn.execute(select(func.min(_T.created_at))).scalar()


def insert_tenant(conn: Connection, slug: str, values: Mapping[str, object], now: int) -> int | None:
    """Insert a business and return its id; None where there is one of that slug already."""
    statement = dialect.upsert_into(conn, tenants).values(slug=slug, created_at=now, **values)
    inserted = statement.on_conflict_do_nothing(index_elements=["slug"]).returning(_T.id)
    return conn.execute(inserted).scalar()


def lock_tenant(conn: Connection, slug: str) -> FileRow | None:
    """Return what the file has said of the business of that slug, locked until the end of the transaction."""
    return fetch_first(conn, FileRow, select(*columns_of(FileRow, tenants)).where(_T.slug == slug).with_for_update())


def find_file_row(conn: Connection, slug: str) -> FileRow | None:
    """Return what the file has said of the business of that slug; None where there is none."""
    return fetch_first(conn, FileRow, select(*columns_of(FileRow, tenants)).where(_T.slug == slug))


def update_tenant(conn: Connection, tenant_id: int, values: Mapping[str, object]) -> None:
    """Change columns of a business."""
    if values:
        conn.execute(update(tenants).where(_T.id == tenant_id).values(dict(values)))


def _exists_in(table: Table, *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists(select(literal(1)).select_from(table).where(table.c.tenant_id == bindparam("tenant"), *conditions))


_active = select(specialists.c.id).where(
    specialists.c.tenant_id == bindparam("tenant"), specialists.c.archived_at.is_(None)
)
_STEPS = CompiledQuery(
    Steps,
    select(
        _T.name_source,
        _T.timezone_source,
        _T.locale_source,
        _T.currency_source,
        (_T.address != "").label("address"),
        _exists_in(services, services.c.archived_at.is_(None)).label("services"),
        _exists_in(specialist_services, specialist_services.c.specialist_id.in_(_active)).label("staff"),
        _exists_in(weekly_hours, weekly_hours.c.specialist_id.in_(_active)).label("weekly"),
        _exists_in(date_hours, date_hours.c.specialist_id.in_(_active), date_hours.c.start_min >= 0).label("dated"),
        _exists_in(bookings, bookings.c.status != "held", bookings.c.status != "expired").label("booked"),
        _T.tested_at.is_not(None).label("tested"),
        _T.shared_at.is_not(None).label("shared"),
    ).where(_T.id == bindparam("tenant")),
)


def find_steps(conn: Connection, tenant_id: int) -> Steps | None:
    """Return how far the first steps have come; None where there is no such business."""
    return _STEPS.first(conn, tenant=tenant_id)
