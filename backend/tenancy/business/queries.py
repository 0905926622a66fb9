"""What a business file reads and writes, whole sections at a time."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import msgspec
from sqlalchemy import Connection, Executable, Table, bindparam, delete, insert, select, update

from backend.contract.catalog import Starts
from backend.db.rows import columns_of, fetch_all, fetch_first
from backend.db.tables import (
    bookings,
    closures,
    date_hours,
    item_rooms,
    rooms,
    service_rooms,
    services,
    specialist_services,
    specialists,
    tenants,
    time_off,
    weekly_hours,
)
from backend.errors import NotFound
from backend.schedule.queries.upcoming import UpcomingItem, list_items_of_upcoming_bookings

CHUNK = 500
# A row to be written, by column.
Values = Mapping[str, object]


class StoredTenant(NamedTuple):
    """What of the business itself a file says; `policies` and `added_policies` are JSON documents."""

    address: str
    phone: str
    policies: str
    added_policies: str


class StoredRoom(NamedTuple):
    """A room with its number of places."""

    id: int
    name: str
    places: int


class StoredService(NamedTuple):
    """A service; `price` in hundredths."""

    id: int
    name: str
    description: str
    position: int
    price: int
    price_from: bool
    category: str
    duration_min: int
    buffer_before_min: int
    buffer_after_min: int
    capacity: int
    starts: Starts
    starts_undecided: bool
    archived_at: int | None


class StoredSpecialist(NamedTuple):
    """A specialist; `person_id` is the account that acts for them."""

    id: int
    name: str
    description: str
    position: int
    person_id: int | None
    archived_at: int | None


class _ServiceRoom(NamedTuple):
    service_id: int
    room_id: int


class _Offer(NamedTuple):
    specialist_id: int
    service_id: int
    price: int | None
    price_from: bool
    duration_min: int | None


class _WeekdayShift(NamedTuple):
    specialist_id: int
    weekday: int
    start_min: int
    end_min: int


class _DateShift(NamedTuple):
    specialist_id: int
    date: str
    start_min: int
    end_min: int


class _TimeOff(NamedTuple):
    specialist_id: int
    starts_local: str
    ends_local: str
    reason: str


class StoredOffer(NamedTuple):
    """A specialist's own price (hundredths; None: the service's), whether it is the least, and their own minutes."""

    price: int | None
    price_from: bool
    duration_min: int | None


class Stored(msgspec.Struct):
    """What the database has: rows by id, links by their owner's id. Archived rows are included."""

    tenant: StoredTenant
    rooms: dict[int, StoredRoom]
    services: dict[int, StoredService]
    service_rooms: dict[int, set[int]]
    specialists: dict[int, StoredSpecialist]
    offers: dict[int, dict[int, StoredOffer]]
    week: dict[int, dict[int, list[tuple[int, int]]]]
    dates: dict[int, dict[str, list[tuple[int, int]]]]
    time_off: dict[int, dict[tuple[str, str], str]]
    closures: set[str]


def load_stored(conn: Connection, tenant_id: int) -> Stored:
    """Return the whole business in ten queries, whatever its size. Raises NotFound."""
    tenant = fetch_first(
        conn, StoredTenant, select(*columns_of(StoredTenant, tenants)).where(tenants.c.id == tenant_id)
    )
    if tenant is None:
        raise NotFound()
    room_columns = (rooms.c.id, rooms.c.name, rooms.c.count.label("places"))
    all_rooms = select(*room_columns).where(rooms.c.tenant_id == tenant_id).order_by(rooms.c.id)
    all_services = _select_all(StoredService, services, tenant_id)
    all_specialists = _select_all(StoredSpecialist, specialists, tenant_id)
    stored = Stored(
        tenant=tenant,
        rooms={row.id: row for row in fetch_all(conn, StoredRoom, all_rooms)},
        services={row.id: row for row in fetch_all(conn, StoredService, all_services)},
        service_rooms={},
        specialists={row.id: row for row in fetch_all(conn, StoredSpecialist, all_specialists)},
        offers={},
        week={},
        dates={},
        time_off={},
        closures=set(conn.execute(select(closures.c.date).where(closures.c.tenant_id == tenant_id)).scalars()),
    )
    for link in fetch_all(conn, _ServiceRoom, _select_all(_ServiceRoom, service_rooms, tenant_id)):
        stored.service_rooms.setdefault(link.service_id, set()).add(link.room_id)
    for offer in fetch_all(conn, _Offer, _select_all(_Offer, specialist_services, tenant_id)):
        stored.offers.setdefault(offer.specialist_id, {})[offer.service_id] = StoredOffer(*offer[2:])
    for shift in fetch_all(conn, _WeekdayShift, _select_all(_WeekdayShift, weekly_hours, tenant_id)):
        shifts = stored.week.setdefault(shift.specialist_id, {}).setdefault(shift.weekday, [])
        shifts.append((shift.start_min, shift.end_min))
    for on_date in fetch_all(conn, _DateShift, _select_all(_DateShift, date_hours, tenant_id)):
        shifts = stored.dates.setdefault(on_date.specialist_id, {}).setdefault(on_date.date, [])
        if on_date.start_min >= 0:
            shifts.append((on_date.start_min, on_date.end_min))
    for off in fetch_all(conn, _TimeOff, _select_all(_TimeOff, time_off, tenant_id)):
        stored.time_off.setdefault(off.specialist_id, {})[off.starts_local, off.ends_local] = off.reason
    return stored


def _select_all(row: type[tuple[object, ...]], table: Table, tenant_id: int) -> Executable:
    """Return a statement for all rows of the tenant, in the order of the primary key."""
    return select(*columns_of(row, table)).where(table.c.tenant_id == tenant_id).order_by(*table.primary_key)


def insert_rows(conn: Connection, table: Table, rows: Iterable[Values]) -> None:
    """Insert rows of one table, if there are any."""
    values = [dict(row) for row in rows]
    if values:
        conn.execute(insert(table), values)


def insert_named(conn: Connection, table: Table, rows: Sequence[Values]) -> dict[str, int]:
    """Insert services, specialists or rooms and return their ids by name."""
    ids: dict[str, int] = {}
    for start in range(0, len(rows), CHUNK):
        part = [dict(row) for row in rows[start : start + CHUNK]]
        ids |= {name: row_id for row_id, name in conn.execute(insert(table).returning(table.c.id, table.c.name), part)}
    return ids


def update_rows(conn: Connection, table: Table, tenant_id: int, changed: Mapping[int, Values]) -> None:
    """Update rows by id; rows with the same columns go together."""
    groups: dict[tuple[str, ...], list[dict[str, object]]] = {}
    for row_id, values in changed.items():
        groups.setdefault(tuple(sorted(values)), []).append({"b_id": row_id} | {f"b_{k}": v for k, v in values.items()})
    for columns, rows in groups.items():
        statement = update(table).where(table.c.tenant_id == tenant_id, table.c.id == bindparam("b_id"))
        conn.execute(statement.values({c: bindparam(f"b_{c}") for c in columns}), rows)


def replace_rows(
    conn: Connection, table: Table, tenant_id: int, column: str, owners: Iterable[int], rows: Iterable[Values]
) -> None:
    """Replace everything that the table has for these owners by the rows."""
    listed = list(owners)
    for start in range(0, len(listed), CHUNK):
        part = listed[start : start + CHUNK]
        conn.execute(delete(table).where(table.c.tenant_id == tenant_id, table.c[column].in_(part)))
    insert_rows(conn, table, rows)


def delete_offers(conn: Connection, tenant_id: int, service_ids: Iterable[int]) -> None:
    """Let nobody offer these services any more."""
    replace_rows(conn, specialist_services, tenant_id, "service_id", service_ids, [])


def delete_rooms(conn: Connection, tenant_id: int, room_ids: Sequence[int]) -> None:
    """Delete rooms that no booking ahead holds, with what past bookings say of them."""
    for table, column in ((item_rooms, "room_id"), (service_rooms, "room_id"), (rooms, "id")):
        replace_rows(conn, table, tenant_id, column, room_ids, [])


def replace_closures(conn: Connection, tenant_id: int, dates: Iterable[str]) -> None:
    """Close exactly these dates."""
    conn.execute(delete(closures).where(closures.c.tenant_id == tenant_id))
    insert_rows(conn, closures, [{"tenant_id": tenant_id, "date": d} for d in dates])


def list_items_ahead(conn: Connection, tenant_id: int, now: int) -> list[UpcomingItem]:
    """Return the items of bookings that have not ended and occupy their place, in order of the bookings' starts."""
    ahead = select(bookings.c.id).where(bookings.c.tenant_id == tenant_id, bookings.c.ends_at > now)
    return list_items_of_upcoming_bookings(conn, tenant_id, now, ahead)


def find_rooms_needed(conn: Connection, tenant_id: int, now: int) -> set[int]:
    """Return the rooms that bookings still ahead occupy."""
    taken = item_rooms.c
    statement = select(taken.room_id).where(taken.tenant_id == tenant_id, taken.active, taken.occ_end > now).distinct()
    return set(conn.execute(statement).scalars())
