"""Bookings that are over and that nobody has marked: staff have a week to say whether they took place."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, and_, func, literal, or_, select

from backend.bookings.queries.listing import LONGEST_S
from backend.bookings.queries.loading import BookingRow, Viewer, is_done_by
from backend.db.rows import columns_of, fetch_all
from backend.db.tables import bookings

_B = bookings.c
WEEK_S = 7 * 86_400


def is_unmarked(now: int) -> ColumnElement[bool]:
    """Return the condition that a booking ended within the last 7 days and that nobody has marked it."""
    is_open = or_(_B.status == "confirmed", and_(_B.status == "completed", _B.unconfirmed))
    return and_(_B.ends_at > now - WEEK_S, _B.ends_at <= now, is_open)


def _is_seen_unmarked(tenant_id: int, viewer: Viewer, now: int) -> ColumnElement[bool]:
    conditions = [
        _B.tenant_id == tenant_id,
        # for the index, which is in order of the starts
        _B.starts_at > now - WEEK_S - LONGEST_S,
        _B.starts_at < now,
        is_unmarked(now),
    ]
    if not viewer.sees_all:
        conditions.append(is_done_by(literal(viewer.specialist_id)))
    return and_(*conditions)


def load_unmarked(
    conn: Connection, tenant_id: int, viewer: Viewer, now: int, offset: int, limit: int
) -> Sequence[BookingRow]:
    """Return those that ended within the last 7 days in the calendars that the viewer sees, the latest first."""
    statement = select(*columns_of(BookingRow, bookings)).where(_is_seen_unmarked(tenant_id, viewer, now))
    return fetch_all(
        conn, BookingRow, statement.order_by(_B.starts_at.desc(), _B.id.desc()).offset(offset).limit(limit)
    )


def count_unmarked(conn: Connection, tenant_id: int, viewer: Viewer, now: int) -> int:
    """Return how many there are."""
    return int(conn.execute(select(func.count()).where(_is_seen_unmarked(tenant_id, viewer, now))).scalar_one())
