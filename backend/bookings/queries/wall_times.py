"""Bookings ahead and the wall times that were promised for them, for a change of a zone's rules."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection, select, update

from backend.bookings.queries.writing import release_places
from backend.contract.bookings import Status
from backend.db.rows import columns_of, fetch_all
from backend.db.tables import ACTIVE, booking_items, bookings, item_rooms, tenants

_B, _I, _R = bookings.c, booking_items.c, item_rooms.c


class BookingAhead(NamedTuple):
    """The promise on the wall (`local_start` in `timezone`), and the instant at which the booking begins."""

    id: int
    status: Status
    starts_at: int
    local_start: str
    timezone: str


class TenantSlug(NamedTuple):
    """A tenant by its id and its slug."""

    id: int
    slug: str


def tenants_with_bookings_ahead(conn: Connection, now: int) -> list[TenantSlug]:
    """Return the tenants that have a booking which has not begun."""
    is_ahead = select(_B.id).where(_B.tenant_id == tenants.c.id, _B.starts_at > now).exists()
    return fetch_all(conn, TenantSlug, select(tenants.c.id, tenants.c.slug).where(is_ahead))


def load_bookings_ahead(conn: Connection, tenant_id: int, now: int) -> Sequence[BookingAhead]:
    """Return the bookings that have not begun and occupy their places."""
    statement = select(*columns_of(BookingAhead, bookings)).where(
        _B.tenant_id == tenant_id, _B.starts_at > now, _B.status.in_(ACTIVE)
    )
    return fetch_all(conn, BookingAhead, statement)


def shift_booking(conn: Connection, tenant_id: int, booking_id: int, seconds: int) -> None:
    """Put the whole booking so many seconds later. Raises (from the database) where its new place is taken."""
    release_places(conn, tenant_id, booking_id)
    is_item = (_I.tenant_id == tenant_id, _I.booking_id == booking_id)
    times = {column: column + seconds for column in (_B.starts_at, _B.ends_at)}
    conn.execute(update(bookings).where(_B.tenant_id == tenant_id, _B.id == booking_id).values(times))
    item_times = {column: column + seconds for column in (_I.starts_at, _I.ends_at, _I.occ_start, _I.occ_end)}
    conn.execute(update(booking_items).where(*is_item).values({**item_times, _I.active: True}))
    room_times = {column: column + seconds for column in (_R.occ_start, _R.occ_end)}
    is_room = (_R.tenant_id == tenant_id, _R.item_id.in_(select(_I.id).where(*is_item)))
    conn.execute(update(item_rooms).where(*is_room).values({**room_times, _R.active: True}))
