"""Bookings and the wall times that were promised for them, for a change of the zone or of its rules."""

from collections.abc import Collection, Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, select, update

from backend.contract.bookings import Status
from backend.db.compiled import CompiledStatement
from backend.db.rows import columns_of, fetch_all
from backend.db.tables import booking_history, booking_items, bookings, item_rooms, tasks, tenants

_B, _I, _R, _H = bookings.c, booking_items.c, item_rooms.c, booking_history.c
# How many bookings one statement names.
CHUNK = 500
# The action of the history rows that say what a change of the zone did.
ZONE_CHANGED = "zone_changed"


class PromisedBooking(NamedTuple):
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


class WallTime(NamedTuple):
    """What a booking is promised from now on: `local_start` on the wall of the zone."""

    booking_id: int
    local_start: str
    timezone: str


class ShiftDetail(NamedTuple):
    """What the history says of a change of the zone: JSON with the starts before and after."""

    booking_id: int
    detail: str


class TakenStretch(NamedTuple):
    """The occupied stretch of one service of a booking."""

    booking_id: int
    specialist_id: int
    service_id: int
    capacity: int
    occ_start: int
    occ_end: int


_SET_WALL_TIME = CompiledStatement(
    update(bookings)
    .where(_B.tenant_id == bindparam("tenant"), _B.id == bindparam("booking_id"))
    .values(local_start=bindparam("wall"), timezone=bindparam("zone"), sequence=_B.sequence + 1)
)


def tenants_with_bookings_ahead(conn: Connection, now: int) -> list[TenantSlug]:
    """Return the tenants that have a booking which has not begun."""
    is_ahead = select(_B.id).where(_B.tenant_id == tenants.c.id, _B.starts_at > now).exists()
    return fetch_all(conn, TenantSlug, select(tenants.c.id, tenants.c.slug).where(is_ahead))


def tenants_with_zone_changed_since(conn: Connection, since: int) -> list[TenantSlug]:
    """Return the tenants whose zone has been changed since then."""
    changed = tenants.c.zone_changed_at >= since
    return fetch_all(conn, TenantSlug, select(tenants.c.id, tenants.c.slug).where(changed))


def load_promised(conn: Connection, tenant_id: int, since: int) -> list[PromisedBooking]:
    """Return the bookings that begin after then, whatever became of them; lapsed holds are not among them."""
    statement = select(*columns_of(PromisedBooking, bookings)).where(
        _B.tenant_id == tenant_id, _B.starts_at > since, _B.status != "expired"
    )
    return fetch_all(conn, PromisedBooking, statement)


def load_promised_by_id(conn: Connection, tenant_id: int, booking_ids: Collection[int]) -> list[PromisedBooking]:
    """Return these bookings."""
    statement = select(*columns_of(PromisedBooking, bookings))
    return [
        row
        for ids in chunks_of(booking_ids)
        for row in fetch_all(conn, PromisedBooking, statement.where(_B.tenant_id == tenant_id, _B.id.in_(ids)))
    ]


def list_shift_details(conn: Connection, tenant_id: int, since: int) -> list[ShiftDetail]:
    """Return what changes of the zone since then did to bookings, the latest last."""
    statement = (
        select(*columns_of(ShiftDetail, booking_history))
        .where(_H.tenant_id == tenant_id, _H.action == ZONE_CHANGED, _H.at >= since)
        .order_by(_H.id)
    )
    return fetch_all(conn, ShiftDetail, statement)


def set_zone_change(conn: Connection, tenant_id: int, previous: str | None, changed_at: int | None) -> None:
    """Note the last change of a business's zone; None: there is none that could be taken back."""
    values = {"previous_timezone": previous, "zone_changed_at": changed_at}
    conn.execute(update(tenants).where(tenants.c.id == tenant_id).values(values))


def list_taken(conn: Connection, tenant_id: int, since: int) -> list[TakenStretch]:
    """Return the stretches that are occupied after then."""
    statement = select(*columns_of(TakenStretch, booking_items)).where(
        _I.tenant_id == tenant_id, _I.active, _I.occ_end > since
    )
    return fetch_all(conn, TakenStretch, statement)


def chunks_of(booking_ids: Collection[int]) -> Iterator[list[int]]:
    """Yield the ids, as many at a time as a statement names."""
    rest = iter(booking_ids)
    while ids := list(islice(rest, CHUNK)):
        yield ids


def release_many(conn: Connection, tenant_id: int, booking_ids: Sequence[int]) -> None:
    """Give the places of bookings back."""
    items = (_I.tenant_id == tenant_id, _I.booking_id.in_(booking_ids))
    of_items = select(_I.id).where(*items)
    conn.execute(update(booking_items).where(*items).values(active=False))
    conn.execute(update(item_rooms).where(_R.tenant_id == tenant_id, _R.item_id.in_(of_items)).values(active=False))


def shift_bookings(
    conn: Connection, tenant_id: int, booking_ids: Sequence[int], seconds: int, *, takes_places: bool
) -> None:
    """Put whole bookings, whose places are given back, so many seconds later, where they take their places or do not.

    Raises (from the database) where one is taken."""
    items = (_I.tenant_id == tenant_id, _I.booking_id.in_(booking_ids))
    times = {column: column + seconds for column in (_B.starts_at, _B.ends_at)}
    conn.execute(update(bookings).where(_B.tenant_id == tenant_id, _B.id.in_(booking_ids)).values(times))
    item_times = {column: column + seconds for column in (_I.starts_at, _I.ends_at, _I.occ_start, _I.occ_end)}
    conn.execute(update(booking_items).where(*items).values({**item_times, _I.active: takes_places}))
    room_times = {column: column + seconds for column in (_R.occ_start, _R.occ_end)}
    in_rooms = (_R.tenant_id == tenant_id, _R.item_id.in_(select(_I.id).where(*items)))
    conn.execute(update(item_rooms).where(*in_rooms).values({**room_times, _R.active: takes_places}))
    open_tasks = (tasks.c.tenant_id == tenant_id, tasks.c.booking_id.in_(booking_ids), tasks.c.closed_at.is_(None))
    conn.execute(update(tasks).where(*open_tasks).values(warn_at=tasks.c.warn_at + seconds))


def set_wall_times(conn: Connection, tenant_id: int, walls: Sequence[WallTime]) -> None:
    """Write down what bookings are promised from now on; calendars that have them follow."""
    if walls:
        rows = [
            {"tenant": tenant_id, "booking_id": wall.booking_id, "wall": wall.local_start, "zone": wall.timezone}
            for wall in walls
        ]
        _SET_WALL_TIME.run_many(conn, rows)
