"""Visits ahead, for the change of a zone's rules."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection, select, update

from backend.bookings.queries import release
from backend.contract.bookings import Status
from backend.db.rows import fetch_all
from backend.db.tables import ACTIVE, booking_items, bookings, item_rooms, tenants


class BookingAhead(NamedTuple):
    """What was promised on the wall (`local_start` in `timezone`) and when the booking begins."""

    id: int
    status: Status
    starts_at: int
    local_start: str
    timezone: str


_B, _I, _R = bookings.c, booking_items.c, item_rooms.c


def tenants_with_visits_ahead(conn: Connection, now: int) -> list[tuple[int, str]]:
    """(id, slug) of the tenants with a visit that has not begun."""
    ahead = select(_B.id).where(_B.tenant_id == tenants.c.id, _B.starts_at > now).exists()
    return [(row.id, row.slug) for row in conn.execute(select(tenants.c.id, tenants.c.slug).where(ahead))]


def upcoming(conn: Connection, tenant_id: int, now: int) -> Sequence[BookingAhead]:
    """Visits ahead that occupy their places: what was promised, and when they begin."""
    statement = select(_B.id, _B.status, _B.starts_at, _B.local_start, _B.timezone).where(
        _B.tenant_id == tenant_id, _B.starts_at > now, _B.status.in_(ACTIVE)
    )
    return fetch_all(conn, BookingAhead, statement)


def shift(conn: Connection, tenant_id: int, booking_id: int, seconds: int) -> None:
    """Put the whole visit so many seconds later. Raises (from the database) where its new place is taken."""
    release(conn, tenant_id, booking_id)
    own = (_I.tenant_id == tenant_id, _I.booking_id == booking_id)
    visit = {column: column + seconds for column in (_B.starts_at, _B.ends_at)}
    conn.execute(update(bookings).where(_B.tenant_id == tenant_id, _B.id == booking_id).values(visit))
    later = {column: column + seconds for column in (_I.starts_at, _I.ends_at, _I.occ_start, _I.occ_end)}
    conn.execute(update(booking_items).where(*own).values({**later, _I.active: True}))
    held = {column: column + seconds for column in (_R.occ_start, _R.occ_end)}
    mine = select(_I.id).where(*own)
    conn.execute(
        update(item_rooms).where(_R.tenant_id == tenant_id, _R.item_id.in_(mine)).values({**held, _R.active: True})
    )
