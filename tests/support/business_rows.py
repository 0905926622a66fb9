"""Rows of a business, put straight into the tables, for tests that are not about how they get there."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlalchemy import Connection, Table, bindparam, insert, select

from backend.db import tables
from backend.db.compiled import CompiledQuery, insert_returning, insert_row
from backend.db.engine import Database

CLIENT, SPECIALIST, ADMIN, OTHER = 1001, 1002, 1003, 1004  # Telegram ids
# Monday 1 June 2026, 09:00 in UTC.
NOW = 1_780_304_400


class _Id(NamedTuple):
    id: int


class _Terms(NamedTuple):
    timezone: str
    currency: str
    policies: str


_TENANTS = tables.tenants.c
_TERMS = CompiledQuery(
    _Terms, select(_TENANTS.timezone, _TENANTS.currency, _TENANTS.policies).where(_TENANTS.id == bindparam("tenant"))
)


@dataclass
class Seeded:
    """The ids of what was put in: `services["Haircut"]`, `specialists["Anna"]`, `people[tg_id]`, `rooms["Chair"]`."""

    id: int
    slug: str
    services: dict[str, int] = field(default_factory=dict)
    specialists: dict[str, int] = field(default_factory=dict)
    people: dict[int, int] = field(default_factory=dict)
    rooms: dict[str, int] = field(default_factory=dict)


def add_row(conn: Connection, table: Table, values: Mapping[str, object]) -> int:
    """Add a row, by a statement that is built once, and return its id."""
    return insert_returning(conn, _Id, table, values).id


def add_tenant(conn: Connection, slug: str = "barber", **columns: Any) -> Seeded:
    """Add a business in UTC, English, EUR; `policies` may be a dict."""
    policies = columns.pop("policies", {})
    values: dict[str, Any] = {
        "name": slug.title(), "timezone": "UTC", "locale": "en", "currency": "EUR", "created_at": NOW
    }  # fmt: skip
    values |= {"slug": slug, "policies": json.dumps(policies), **columns}
    return Seeded(add_row(conn, tables.tenants, values), slug)


def add_person(conn: Connection, to: Seeded, tg_id: int, *roles: str, **columns: Any) -> int:
    """Add a person with `admin` or `specialist` among their roles, or a client."""
    values = {"name": f"Person {tg_id}", "name_search": f"person {tg_id}", "created_at": NOW} | columns
    to.people[tg_id] = person = add_row(conn, tables.people, {"tenant_id": to.id, "tg_id": tg_id, **values})
    for role in roles:
        insert_row(conn, tables.roles, {"tenant_id": to.id, "person_id": person, "role": role, "granted_at": NOW})
    return person


def add_room(conn: Connection, to: Seeded, name: str, count: int = 1) -> int:
    """Add a room of which there are `count`."""
    to.rooms[name] = add_row(conn, tables.rooms, {"tenant_id": to.id, "name": name, "count": count})
    return to.rooms[name]


def add_service(
    conn: Connection, to: Seeded, name: str = "Haircut", *, rooms: tuple[str, ...] = (), **columns: Any
) -> int:
    """Add a service of 30 minutes for 10.00 without buffers."""
    values = {"tenant_id": to.id, "name": name, "duration_min": 30, "price": 1000} | columns
    to.services[name] = service = add_row(conn, tables.services, values)
    for room in rooms:
        insert_row(conn, tables.service_rooms, {"tenant_id": to.id, "service_id": service, "room_id": to.rooms[room]})
    return service


def add_specialist(
    conn: Connection,
    to: Seeded,
    name: str = "Anna",
    *,
    services: tuple[str, ...] | None = None,
    shifts: tuple[tuple[int, int], ...] = ((540, 1080),),
    days: tuple[int, ...] = (0, 1, 2, 3, 4, 5, 6),
    person_id: int | None = None,
) -> int:
    """Add somebody who does every service so far (or those named), 9:00 to 18:00 each day (or `shifts` on `days`)."""
    values = {"tenant_id": to.id, "name": name, "person_id": person_id}
    to.specialists[name] = who = add_row(conn, tables.specialists, values)
    for service in to.services if services is None else services:
        offered = {"tenant_id": to.id, "specialist_id": who, "service_id": to.services[service]}
        insert_row(conn, tables.specialist_services, offered)
    hours = [
        {"tenant_id": to.id, "specialist_id": who, "weekday": weekday, "start_min": start, "end_min": end}
        for weekday in days
        for start, end in shifts
    ]
    if hours:
        conn.execute(insert(tables.weekly_hours), hours)
    return who


def add_booking(
    conn: Connection,
    to: Seeded,
    client_id: int | None,
    service_id: int,
    specialist_id: int,
    start: int,
    end: int,
    **more: Any,
) -> int:
    """Add a booking of one service past every rule but the database's own, and return its id.

    `more` may be `status` (confirmed), `rooms` (ids), `before` and `after` (buffers in seconds), `capacity`, `places`,
    `price` and columns of the booking. Its terms are those that the business has now. Raises what the database refuses.
    """
    status, rooms = more.pop("status", "confirmed"), more.pop("rooms", ())
    before, after, capacity = more.pop("before", 0), more.pop("after", 0), more.pop("capacity", 1)
    times = {"tenant_id": to.id, "starts_at": start, "ends_at": end, "price": more.pop("price", 1000)}
    times["places"] = more.pop("places", 1)
    if status == "held":
        more.setdefault("hold_until", NOW + 600)
    columns = {"client_id": client_id, "status": status, "local_start": "", "source": "internal", "created_at": 0}
    terms = _TERMS.first(conn, tenant=to.id)
    assert terms is not None
    booking_id = add_row(conn, tables.bookings, times | columns | terms._asdict() | more)
    occupied = {
        "specialist_id": specialist_id, "active": status not in ("cancelled", "expired"),
        "occ_start": start - before, "occ_end": end + after,
    }  # fmt: skip
    item = {
        "booking_id": booking_id, "position": 0, "service_id": service_id, "duration_min": (end - start) // 60,
        "capacity": capacity, "buffer_before_min": before // 60, "buffer_after_min": after // 60,
        "hold_until": more.get("hold_until"),
    }  # fmt: skip
    item_id = add_row(conn, tables.booking_items, times | occupied | item)
    for room_id in rooms:
        insert_row(conn, tables.item_rooms, occupied | {"tenant_id": to.id, "item_id": item_id, "room_id": room_id})
    return booking_id


def add_barber(
    conn: Connection, slug: str = "barber", *, specialists: tuple[str, ...] = ("Anna",), **columns: Any
) -> Seeded:
    """Add a whole small business: Haircut, specialists at work 9 to 18, an admin and two clients."""
    seeded = add_tenant(conn, slug, **columns)
    add_service(conn, seeded)
    for name in specialists:
        add_specialist(conn, seeded, name)
    add_person(conn, seeded, ADMIN, "admin")
    add_person(conn, seeded, CLIENT)
    add_person(conn, seeded, OTHER)
    return seeded


async def seed_barber(db: Database, slug: str = "barber", **options: Any) -> Seeded:
    """Run `add_barber` in a transaction of its own."""
    return await db.write(None, lambda conn: add_barber(conn, slug, **options))
