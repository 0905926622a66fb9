"""The database alone: writers who ask nobody before they write. N writers, M places, from a seed.

The rule in front of it is left out on purpose. With a guard taken away the same checker must find what is wrong.
The long form: SLOTGATE_WRITES=20000.
"""

import asyncio
import os
import random
from collections import defaultdict
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Connection, insert, select

from backend.db import guards
from backend.db.engine import Database
from backend.db.tables import (
    booking_items,
    bookings,
    item_rooms,
    people,
    rooms,
    services,
    specialist_services,
    specialists,
    tenants,
)
from backend.errors import SlotTaken

WRITES = int(os.environ.get("SLOTGATE_WRITES", "300"))
SEED = int(os.environ.get("SLOTGATE_SEED", "20261122"))
WRITERS, SPECIALISTS, PLACES = 24, 3, 12
# capacity by service; the third needs the room of which there is one, clients of the fourth start together
SERVICES = {1: 1, 2: 3, 3: 1, 4: 3}
TOGETHER = 4


def settle(conn: Connection) -> None:
    conn.execute(
        insert(tenants).values(id=1, slug="t1", name="t", timezone="UTC", locale="en", currency="EUR", created_at=0)
    )
    conn.execute(insert(people).values(id=1, tenant_id=1, created_at=0))
    conn.execute(insert(rooms).values(id=1, tenant_id=1, name="Chair", count=1))
    for one in range(1, SPECIALISTS + 1):
        conn.execute(insert(specialists).values(id=one, tenant_id=1, name=f"X{one}"))
    for service, capacity in SERVICES.items():
        conn.execute(
            insert(services).values(id=service, tenant_id=1, name=f"S{service}", duration_min=30, capacity=capacity,
                                    starts="together" if service == TOGETHER else "any")
        )  # fmt: skip
        for one in range(1, SPECIALISTS + 1):
            conn.execute(insert(specialist_services).values(tenant_id=1, specialist_id=one, service_id=service))


def write(conn: Connection, one: int, service: int, start: int, end: int, places: int) -> None:
    common = {"tenant_id": 1, "starts_at": start, "ends_at": end, "price": 0}
    booking = conn.execute(
        insert(bookings)
        .values(common | {"client_id": 1, "status": "confirmed", "local_start": "", "timezone": "UTC", "currency": "EUR"}
                | {"policies": "{}", "source": "internal", "created_at": 0})
        .returning(bookings.c.id)
    ).scalar_one()  # fmt: skip
    place = {"tenant_id": 1, "specialist_id": one, "occ_start": start, "occ_end": end, "active": True}
    item = conn.execute(
        insert(booking_items)
        .values(common | place | {"booking_id": booking, "position": 0, "service_id": service, "duration_min": 1}
                | {"buffer_before_min": 0, "buffer_after_min": 0, "capacity": SERVICES[service], "places": places})
        .returning(booking_items.c.id)
    ).scalar_one()  # fmt: skip
    if service == 3:
        conn.execute(insert(item_rooms).values(place | {"item_id": item, "room_id": 1}))


def faults(conn: Connection) -> list[str]:
    """Return what must never be, found minute by minute."""
    at: dict[tuple[int, int], list[Any]] = defaultdict(list)
    for row in conn.execute(select(booking_items).where(booking_items.c.active)):
        for minute in range(row.occ_start // 60, row.occ_end // 60):
            at[minute, row.specialist_id].append(row)
    held: dict[int, set[int]] = defaultdict(set)
    found = []
    for (minute, one), items in at.items():
        kinds = {item.service_id for item in items}
        if TOGETHER in kinds and len({item.starts_at for item in items}) > 1:
            found.append(f"specialist {one} has a class across itself at minute {minute}")
        if len(kinds) > 1 or sum(item.places for item in items) > SERVICES[items[0].service_id]:
            found.append(f"specialist {one} has {len(items)} bookings of services {kinds} at minute {minute}")
        if 3 in kinds:
            held[minute].add(one)
    found += [f"{len(who)} hold the one room at minute {minute}" for minute, who in held.items() if len(who) > 1]
    lost = conn.execute(select(bookings.c.id).where(bookings.c.id.not_in(select(booking_items.c.booking_id)))).all()
    return found + [f"booking {row.id} is without its item" for row in lost]


async def race(db: Database) -> tuple[int, int]:
    """Let the writers race; return (taken, refused)."""
    dice = random.Random(SEED)
    jobs = [
        (
            dice.randint(1, SPECIALISTS),
            # more often the one with the room, so that one missing is seen
            dice.choice([*SERVICES, 3, 3]),
            dice.randrange(PLACES) * 900,
            dice.choice([900, 1800, 3600]),
            dice.choice([1, 1, 2]),
        )
        for _ in range(WRITES)
    ]
    counts = {True: 0, False: 0}

    async def writer(number: int) -> None:
        for one, service, start, length, places in jobs[number::WRITERS]:
            taken = 1 if SERVICES[service] == 1 else places
            try:
                row = partial(write, one=one, service=service, start=start, end=start + length, places=taken)
                await db.write(1, row)
            except SlotTaken:
                counts[False] += 1
            else:
                counts[True] += 1

    await db.write(None, settle)
    await asyncio.gather(*(writer(number) for number in range(WRITERS)))
    return counts[True], counts[False]


@pytest.mark.timeout(0)
async def test_writers_who_ask_nobody_never_double_book(database: Database) -> None:
    print(f"seed {SEED}, {WRITES} writes")  # noqa: T201 - shown where the test fails
    taken, refused = await race(database)
    assert taken + refused == WRITES
    assert taken >= PLACES
    assert refused >= WRITES // 3
    assert await database.read(faults) == []


@pytest.mark.parametrize("guard", ["guard_items", "guard_rooms"])
async def test_the_checker_sees_a_guard_that_is_gone(database: Database, guard: str) -> None:
    def drop(conn: Connection) -> None:
        for name in guards.GUARDS[conn.dialect.name]:
            statement = guards.drop_statement(conn.dialect.name, name) if name.startswith(f"{guard}_") else ""
            if statement:
                conn.exec_driver_sql(statement)

    await database.write(None, drop)
    await race(database)
    found = await database.read(faults)
    assert any(("bookings of services" in one) == (guard == "guard_items") for one in found), found[:3]
