"""Visits that a change of a schedule may touch, and what a day's agenda shows."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Connection, Row, and_, func, or_, select, text

from backend.db.tables import booking_items, bookings, people, services, specialists

AnyRow = Row[*tuple[Any, ...]]
_I, _S = booking_items.c, specialists.c
_ACTIVE = text("booking_items.active")


def upcoming(conn: Connection, tenant_id: int, who: Collection[int] | None, since: int, now: int) -> Sequence[AnyRow]:
    """Items of visits ahead that begin from `since` on, with the names that an admin needs; `who` None: everybody's."""
    statement = (
        select(
            _I.booking_id, _I.specialist_id, _I.starts_at, _I.ends_at, _I.occ_start, _I.occ_end,
            bookings.c.starts_at.label("visit_start"), func.coalesce(people.c.name, "").label("client_name"),
            services.c.name.label("service_name"),
        )
        .join(bookings, and_(bookings.c.tenant_id == _I.tenant_id, bookings.c.id == _I.booking_id))
        .outerjoin(people, and_(people.c.tenant_id == _I.tenant_id, people.c.id == bookings.c.client_id))
        .join(services, and_(services.c.tenant_id == _I.tenant_id, services.c.id == _I.service_id))
        .where(
            _I.tenant_id == tenant_id,
            _ACTIVE,
            _I.starts_at >= since,
            bookings.c.status.in_(("held", "pending", "confirmed")),
            or_(_I.hold_until.is_(None), _I.hold_until > now),
        )
        .order_by(_I.starts_at, _I.booking_id, _I.position)
    )  # fmt: skip
    if who is not None:
        statement = statement.where(_I.specialist_id.in_(list(who)))
    return conn.execute(statement).all()


def names(conn: Connection, tenant_id: int, specialist_id: int | None = None) -> dict[int, str]:
    """Specialists in the business's order."""
    statement = select(_S.id, _S.name).where(_S.tenant_id == tenant_id, _S.archived_at.is_(None))
    if specialist_id is not None:
        statement = statement.where(_S.id == specialist_id)
    return {row.id: row.name for row in conn.execute(statement.order_by(_S.position, _S.id))}


def on_day(
    conn: Connection, tenant_id: int, who: Collection[int], since: int, until: int, now: int
) -> Sequence[AnyRow]:
    """(specialist, booking) of the items that begin in `[since, until)`, in order."""
    statement = (
        select(_I.specialist_id, _I.booking_id)
        .where(
            _I.tenant_id == tenant_id,
            _I.specialist_id.in_(list(who)),
            _ACTIVE,
            _I.starts_at >= since,
            _I.starts_at < until,
            or_(_I.hold_until.is_(None), _I.hold_until > now),
        )
        .order_by(_I.specialist_id, _I.starts_at, _I.booking_id)
    )
    return conn.execute(statement).all()
