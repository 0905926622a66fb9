"""Two backends on one database, as with `slotgate import` beside a running one: what each decides, the other knows.

Everybody gets an answer of the contract, nobody a place of somebody else, and no limit is passed by two who count at the
same time. The same checker finds what is wrong where writes do not follow one another: without IMMEDIATE, without the
tenant's lock. From a seed; the long form: SLOTGATE_WRITES=5000.
"""

import asyncio
import os
import random
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import text

from backend.db import postgres, sqlite_connection, tables
from tests.support.backend_api import serving_api
from tests.support.business import Business, open_business

WRITES = int(os.environ.get("SLOTGATE_WRITES", "240"))
SEED = int(os.environ.get("SLOTGATE_SEED", "20261122"))
DAYS = [f"2026-06-{day:02}" for day in range(2, 22)]
LIMIT, CALLERS = 3, 24


@asynccontextmanager
async def two(database_url: str) -> AsyncIterator[list[Business]]:
    """Serve one business by two backends."""
    async with serving_api(database_url) as here, serving_api(database_url) as there:
        shop = await open_business(here, slot_step_min=30, max_active_per_client=LIMIT)
        yield [shop, Business(there, shop.seeded)]


async def faults(both: list[Business]) -> list[str]:
    """Let many clients book at once through both backends; return what must never be, if it was."""
    shop, dice = both[0], random.Random(SEED)
    service = await shop.add_service(60)
    for _ in range(2):
        await shop.add_specialist(service)
    clients = range(5000, 5000 + WRITES // 10)
    for tg_id in clients:
        await shop.add_person(tg_id)
    # each client asks for more than the limit allows, in one breath and at both
    orders = [(who, f"{dice.choice(DAYS)}T{dice.randint(9, 15):02}:{dice.choice(('00', '30'))}:00+02:00")
              for who in clients for _ in range(10)]  # fmt: skip
    line = iter(enumerate(orders))
    found: list[str] = []
    taken: Counter[int] = Counter()

    async def caller() -> None:
        for number, (who, start) in line:
            reply = await both[number % 2].caller(who).book(service, start=start)
            if reply.status == 201:
                taken[who] += 1
            elif (reply.status, reply.code) not in ((409, "slot_taken"), (409, "limit_reached")):
                found.append(f"{start} was answered {reply}")

    await asyncio.gather(*(caller() for _ in range(CALLERS)))
    found += [f"client {who} has {count} bookings" for who, count in taken.items() if count > LIMIT]
    rows = await shop.rows(tables.booking_items)
    kept = sorted((row.specialist_id, row.occ_start, row.occ_end) for row in rows)
    found += [f"{a} meets {b}" for a, b in pairwise(kept) if a[0] == b[0] and b[1] < a[2]]
    if len(rows) != taken.total():
        found.append(f"{taken.total()} bookings were acknowledged, {len(rows)} are kept")
    return found


@pytest.mark.timeout(0)
async def test_two_backends_never_get_into_each_others_way(database_url: str) -> None:
    print(f"seed {SEED}, {WRITES} writes")  # noqa: T201 - shown where the test fails
    async with two(database_url) as both:
        assert await faults(both) == []
        assert len(await both[1].rows(tables.bookings)) > WRITES // 10


async def test_the_checker_sees_writes_that_do_not_follow_one_another(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def deferred(self: sqlite3.Connection, sql: str, *values: Any) -> Any:
        return sqlite3.Connection.execute(self, "BEGIN" if sql == "BEGIN IMMEDIATE" else sql, *values)

    monkeypatch.setattr(sqlite_connection._Handle, "execute", deferred, raising=False)
    monkeypatch.setattr(postgres, "_LOCK", text("SELECT CAST(:tenant AS bigint)"))
    async with two(database_url) as both:
        # SQLite refuses whom a deferred transaction was overtaken by (503), PostgreSQL lets two count the same bookings
        assert len(await faults(both)) > 3
