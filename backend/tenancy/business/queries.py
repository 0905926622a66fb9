"""What a business file reads and writes, whole sections at a time."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, Table, bindparam, delete, func, insert, select, update

from backend.db.tables import (
    ACTIVE,
    booking_items,
    bookings,
    closures,
    date_hours,
    item_rooms,
    people,
    rooms,
    service_rooms,
    services,
    specialist_services,
    specialists,
    tenants,
    time_off,
    weekly_hours,
)

CHUNK = 500
AnyRow = Row[*tuple[Any, ...]]


class Stored(msgspec.Struct):
    """What the database has: rows by id, links by their owner's id. Archived rows are included."""

    tenant: AnyRow
    rooms: dict[int, AnyRow]
    services: dict[int, AnyRow]
    service_rooms: dict[int, set[int]]
    specialists: dict[int, AnyRow]
    offers: dict[int, dict[int, tuple[int | None, int | None]]]
    week: dict[int, dict[int, list[tuple[int, int]]]]
    dates: dict[int, dict[str, list[tuple[int, int]]]]
    time_off: dict[int, dict[tuple[str, str], str]]
    closures: set[str]


def load(conn: Connection, tenant_id: int) -> Stored:
    """The whole business in ten queries, whatever its size."""

    def all_of(table: Table) -> Sequence[AnyRow]:
        return conn.execute(select(table).where(table.c.tenant_id == tenant_id).order_by(*table.primary_key)).all()

    stored = Stored(
        tenant=conn.execute(select(tenants).where(tenants.c.id == tenant_id)).one(),
        rooms={row.id: row for row in all_of(rooms)},
        services={row.id: row for row in all_of(services)},
        service_rooms={},
        specialists={row.id: row for row in all_of(specialists)},
        offers={},
        week={},
        dates={},
        time_off={},
        closures={row.date for row in all_of(closures)},
    )
    for row in all_of(service_rooms):
        stored.service_rooms.setdefault(row.service_id, set()).add(row.room_id)
    for row in all_of(specialist_services):
        stored.offers.setdefault(row.specialist_id, {})[row.service_id] = (row.price, row.duration_min)
    for row in all_of(weekly_hours):
        shifts = stored.week.setdefault(row.specialist_id, {}).setdefault(row.weekday, [])
        shifts.append((row.start_min, row.end_min))
    for row in all_of(date_hours):
        shifts = stored.dates.setdefault(row.specialist_id, {}).setdefault(row.date, [])
        if row.start_min >= 0:
            shifts.append((row.start_min, row.end_min))
    for row in all_of(time_off):
        stored.time_off.setdefault(row.specialist_id, {})[row.starts_local, row.ends_local] = row.reason
    return stored


def insert_rows(conn: Connection, table: Table, rows: Iterable[dict[str, Any]]) -> None:
    """Many rows of one table; none is fine."""
    listed = list(rows)
    if listed:
        conn.execute(insert(table), listed)


def insert_named(conn: Connection, table: Table, rows: list[dict[str, Any]]) -> dict[str, int]:
    """Inserts services, specialists or rooms; gives their ids by name."""
    ids: dict[str, int] = {}
    for start in range(0, len(rows), CHUNK):
        part = rows[start : start + CHUNK]
        for row in conn.execute(insert(table).returning(table.c.id, table.c.name), part):
            ids[row.name] = row.id
    return ids


def update_rows(conn: Connection, table: Table, tenant_id: int, changed: dict[int, dict[str, Any]]) -> None:
    """Updates rows by id; rows with the same columns go together."""
    groups: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for row_id, values in changed.items():
        groups.setdefault(tuple(sorted(values)), []).append({"b_id": row_id} | {f"b_{k}": v for k, v in values.items()})
    for columns, rows in groups.items():
        statement = update(table).where(table.c.tenant_id == tenant_id, table.c.id == bindparam("b_id"))
        conn.execute(statement.values({c: bindparam(f"b_{c}") for c in columns}), rows)


def replace_rows(
    conn: Connection, table: Table, tenant_id: int, column: str, owners: Iterable[int], rows: list[dict[str, Any]]
) -> None:
    """Everything that `table` has for these owners is replaced by `rows`."""
    listed = list(owners)
    for start in range(0, len(listed), CHUNK):
        part = listed[start : start + CHUNK]
        conn.execute(delete(table).where(table.c.tenant_id == tenant_id, table.c[column].in_(part)))
    insert_rows(conn, table, rows)


def delete_offers(conn: Connection, tenant_id: int, service_ids: Iterable[int]) -> None:
    """Nobody offers these services any more."""
    replace_rows(conn, specialist_services, tenant_id, "service_id", service_ids, [])


def delete_rooms(conn: Connection, tenant_id: int, room_ids: Sequence[int]) -> None:
    """Removes rooms that no upcoming visit needs, with the traces of past occupancy."""
    for table, column in ((item_rooms, "room_id"), (service_rooms, "room_id"), (rooms, "id")):
        replace_rows(conn, table, tenant_id, column, room_ids, [])


def replace_closures(conn: Connection, tenant_id: int, dates: Iterable[str]) -> None:
    """Exactly these dates are closed."""
    conn.execute(delete(closures).where(closures.c.tenant_id == tenant_id))
    insert_rows(conn, closures, [{"tenant_id": tenant_id, "date": d} for d in dates])


def upcoming_items(conn: Connection, tenant_id: int, now: int) -> Sequence[AnyRow]:
    """The items of visits that still lie ahead and occupy their place, in order of their start."""
    item = booking_items.c
    return conn.execute(
        select(
            item.id, item.booking_id, item.service_id, item.specialist_id, item.starts_at, item.ends_at,
            services.c.name.label("service_name"), func.coalesce(people.c.name, "").label("client_name"),
            bookings.c.starts_at.label("visit_starts_at"),
        )
        .join(bookings, (bookings.c.tenant_id == item.tenant_id) & (bookings.c.id == item.booking_id))
        .join(services, (services.c.tenant_id == item.tenant_id) & (services.c.id == item.service_id))
        .outerjoin(people, (people.c.tenant_id == bookings.c.tenant_id) & (people.c.id == bookings.c.client_id))
        .where(
            bookings.c.tenant_id == tenant_id,
            bookings.c.ends_at > now,
            bookings.c.status.in_(ACTIVE),
            (bookings.c.status != "held") | (bookings.c.hold_until > now),
        )
        .order_by(bookings.c.starts_at, item.booking_id, item.position)
    ).all()  # fmt: skip


def rooms_needed(conn: Connection, tenant_id: int, now: int) -> set[int]:
    """The rooms that visits still ahead occupy."""
    taken = item_rooms.c
    statement = select(taken.room_id).where(taken.tenant_id == tenant_id, taken.active, taken.occ_end > now).distinct()
    return set(conn.execute(statement).scalars())
