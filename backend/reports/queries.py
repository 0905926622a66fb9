"""Counts and rows for figures and files. Instants are epoch seconds, ranges half-open, by the visit's start."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, Row, and_, case, func, select

from backend.db.tables import ACTIVE, booking_items, bookings, people, services, specialists

AnyRow = Row[*tuple[Any, ...]]
_B, _I = bookings.c, booking_items.c
EARNING = ("confirmed", "arrived", "completed")
PAGE = 500


def by_start(conn: Connection, tenant_id: int, since: int, until: int, now: int) -> Sequence[AnyRow]:
    """A row for each start and status: how many visits, for how much, how many of them in the past."""
    return conn.execute(
        select(
            _B.starts_at,
            _B.status,
            func.count().label("visits"),
            func.sum(_B.price).label("price"),
            func.sum(case((_B.starts_at <= now, 1), else_=0)).label("past"),
        )
        .where(_B.tenant_id == tenant_id, _B.starts_at >= since, _B.starts_at < until, _B.status != "expired")
        .group_by(_B.starts_at, _B.status)
    ).all()


def by_part(conn: Connection, tenant_id: int, since: int, until: int, now: int) -> Sequence[AnyRow]:
    """A row for each specialist, service and status: items, price, minutes, how many of them in the past."""
    return conn.execute(
        select(
            _I.specialist_id,
            _I.service_id,
            _B.status,
            func.count().label("visits"),
            func.sum(_I.price).label("price"),
            func.sum(case((_B.starts_at <= now, 1), else_=0)).label("past"),
        )
        .join(bookings, and_(_B.tenant_id == _I.tenant_id, _B.id == _I.booking_id))
        .where(_B.tenant_id == tenant_id, _B.starts_at >= since, _B.starts_at < until, _B.status != "expired")
        .group_by(_I.specialist_id, _I.service_id, _B.status)
    ).all()


def occupied(conn: Connection, tenant_id: int, since: int, until: int) -> Sequence[AnyRow]:
    """The stretches (specialist_id, starts_at, ends_at) of visits that took or take place, without buffers."""
    return conn.execute(
        select(_I.specialist_id, _I.starts_at, _I.ends_at)
        .join(bookings, and_(_B.tenant_id == _I.tenant_id, _B.id == _I.booking_id))
        .where(
            _B.tenant_id == tenant_id,
            _B.starts_at >= since,
            _B.starts_at < until,
            _B.status.in_(tuple(status for status in ACTIVE if status != "held")),
        )
        .distinct()
    ).all()


def names(conn: Connection, tenant_id: int) -> tuple[dict[int, AnyRow], dict[int, AnyRow]]:
    """(specialists, services) by id in the business's own order, archived ones included."""
    found = []
    for table in (specialists, services):
        statement = select(table.c.id, table.c.name, table.c.archived_at).where(table.c.tenant_id == tenant_id)
        found.append({row.id: row for row in conn.execute(statement.order_by(table.c.position, table.c.id))})
    return found[0], found[1]


def lines(conn: Connection, tenant_id: int, since: int, until: int) -> Iterator[AnyRow]:
    """Visits with client, specialist and service: a row for each service of a visit, in order of the start."""
    columns = (
        _B.id, _B.starts_at, _B.ends_at, _B.status, _B.price, _B.currency, _B.comment, _B.sequence, _B.created_at,
        _I.position, _I.starts_at.label("item_start"), _I.ends_at.label("item_end"), _I.price.label("item_price"),
        people.c.name.label("client"), people.c.phone,
        specialists.c.name.label("specialist"), services.c.name.label("service"),
    )  # fmt: skip
    statement = (
        select(*columns)
        .join(booking_items, and_(_I.tenant_id == _B.tenant_id, _I.booking_id == _B.id))
        .join(people, and_(people.c.tenant_id == _B.tenant_id, people.c.id == _B.client_id))
        .join(specialists, and_(specialists.c.tenant_id == _I.tenant_id, specialists.c.id == _I.specialist_id))
        .join(services, and_(services.c.tenant_id == _I.tenant_id, services.c.id == _I.service_id))
        .where(_B.tenant_id == tenant_id, _B.starts_at >= since, _B.starts_at < until, _B.status != "expired")
        .order_by(_B.starts_at, _B.id, _I.position)
    )
    yield from conn.execute(statement, execution_options={"yield_per": PAGE})
