"""Businesses put straight into the tables, for tests that are not about how they get there."""

import json
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, insert

from backend.db import tables as t
from backend.db.engine import Database
from tests.support.api import NOW

ADMIN_TG, CLIENT_TG, OTHER_CLIENT_TG = 1003, 1001, 1004


@dataclass
class Seeded:
    """Ids of what was put in: `services["Haircut"]`, `specialists["Anna"]`, `people[tg_id]`, `rooms["Chair"]`."""

    id: int
    slug: str
    services: dict[str, int] = field(default_factory=dict)
    specialists: dict[str, int] = field(default_factory=dict)
    people: dict[int, int] = field(default_factory=dict)
    rooms: dict[str, int] = field(default_factory=dict)


def add_tenant(conn: Connection, slug: str = "barber", **columns: Any) -> Seeded:
    """A business in UTC, English, EUR; `policies` may be a dict."""
    policies = columns.pop("policies", {})
    values: dict[str, Any] = {
        "name": slug.title(), "timezone": "UTC", "locale": "en", "currency": "EUR", "created_at": NOW
    }  # fmt: skip
    statement = insert(t.tenants).values(slug=slug, policies=json.dumps(policies), **(values | columns))
    return Seeded(conn.execute(statement.returning(t.tenants.c.id)).scalar_one(), slug)


def add_person(conn: Connection, to: Seeded, tg_id: int, *roles: str, **columns: Any) -> int:
    """A person with `admin` or `specialist` among their roles, or a client."""
    values = {"name": f"Person {tg_id}", "name_search": f"person {tg_id}", "created_at": NOW} | columns
    statement = insert(t.people).values(tenant_id=to.id, tg_id=tg_id, **values).returning(t.people.c.id)
    person = to.people[tg_id] = conn.execute(statement).scalar_one()
    for role in roles:
        conn.execute(insert(t.roles).values(tenant_id=to.id, person_id=person, role=role, granted_at=NOW))
    return person


def add_room(conn: Connection, to: Seeded, name: str, count: int = 1) -> int:
    """A room of which there are `count`."""
    statement = insert(t.rooms).values(tenant_id=to.id, name=name, count=count).returning(t.rooms.c.id)
    to.rooms[name] = conn.execute(statement).scalar_one()
    return to.rooms[name]


def add_service(
    conn: Connection, to: Seeded, name: str = "Haircut", *, rooms: tuple[str, ...] = (), **columns: Any
) -> int:
    """A service of 30 minutes for 10.00 without buffers."""
    values = {"duration_min": 30, "price": 1000} | columns
    statement = insert(t.services).values(tenant_id=to.id, name=name, **values).returning(t.services.c.id)
    to.services[name] = conn.execute(statement).scalar_one()
    for room in rooms:
        conn.execute(
            insert(t.service_rooms).values(tenant_id=to.id, service_id=to.services[name], room_id=to.rooms[room])
        )
    return to.services[name]


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
    """Somebody who does every service so far (or those named), 9:00 to 18:00 each day (or `shifts` on `days`)."""
    statement = insert(t.specialists).values(tenant_id=to.id, name=name, person_id=person_id)
    who = to.specialists[name] = conn.execute(statement.returning(t.specialists.c.id)).scalar_one()
    for service in to.services if services is None else services:
        conn.execute(
            insert(t.specialist_services).values(tenant_id=to.id, specialist_id=who, service_id=to.services[service])
        )
    for weekday in days:
        for start, end in shifts:
            conn.execute(
                insert(t.weekly_hours).values(
                    tenant_id=to.id, specialist_id=who, weekday=weekday, start_min=start, end_min=end
                )
            )
    return who


def barber(
    conn: Connection, slug: str = "barber", *, specialists: tuple[str, ...] = ("Anna",), **columns: Any
) -> Seeded:
    """A whole small business: Haircut, specialists at work 9 to 18, an admin and two clients."""
    made = add_tenant(conn, slug, **columns)
    add_service(conn, made)
    for name in specialists:
        add_specialist(conn, made, name)
    add_person(conn, made, ADMIN_TG, "admin")
    add_person(conn, made, CLIENT_TG)
    add_person(conn, made, OTHER_CLIENT_TG)
    return made


async def seed(db: Database, slug: str = "barber", **options: Any) -> Seeded:
    """`barber` in a transaction of its own."""
    return await db.write(None, lambda conn: barber(conn, slug, **options))
