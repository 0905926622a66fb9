"""Booking transactions at `synchronous=FULL`, 64 callers: the one writer against SQLAlchemy's async engine as it comes.

Both carry out the same `service.create_booking`, each for a place of its own, in the same file. The rival has aiosqlite
connections in SQLAlchemy's own pool as it comes, begins and commits as SQLAlchemy does by default, waits for locks and
tries again when told "locked". Beside it stands the same with a pool of one connection, whose callers wait in line
instead of for the lock: what somebody who knows SQLite would set. The three take turns, so that a busy machine is
busy for all of them.
"""

import asyncio
import shutil
import tempfile
import time
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, event
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from backend.auth.actor import Actor
from backend.auth.queries import load_tenant_and_person
from backend.bookings import service
from backend.contract.bookings import NewBooking
from backend.db.schema import migrate
from backend.transactions import UnitOfWork
from tests.support.backend_api import Api, serving_api
from tests.support.business import Business, open_business

DAY = 1_782_000_000 // 86_400 * 86_400
TURNS = 3
Work = Callable[[Connection], Any]
Write = Callable[[Work], Awaitable[Any]]


class Orders:
    """Places to take, each once: 40 specialists, half an hour each, around the clock."""

    def __init__(self, actors: list[Actor], wanted: int, people: list[int], now: int) -> None:
        self.actors, self.wanted, self.people, self.now = actors, wanted, people, now
        self.taken = 0

    def next(self) -> Work:
        """Return the next place to book."""
        number, self.taken = self.taken, self.taken + 1
        one, start = self.people[number % len(self.people)], DAY + number // len(self.people) * 1800
        body = NewBooking(service_ids=[self.wanted], start="", specialist_id=one)
        actor = self.actors[number % len(self.actors)]
        return lambda conn: service.create_booking(UnitOfWork(conn, actor, self.now), body, start)


async def orders(backend: Api, shop: Business) -> Orders:
    """Open a business to book in and return its free places."""
    wanted = await shop.add_service(30)
    people = [await shop.add_specialist(wanted, hours="00:00-24:00") for _ in range(40)]
    actors = []
    for tg_id in range(10_000, 10_200):
        await shop.add_person(tg_id)
        found = await backend.db.read(partial(load_tenant_and_person, slug=shop.slug, tg_id=tg_id))
        assert found is not None
        actors.append(Actor(*found, "internal", "bench"))
    return Orders(actors, wanted, people, int(backend.clock()))


async def rate(write: Write, todo: Orders, callers: int, seconds: float) -> float:
    """Return bookings a second."""
    done, until = 0, time.perf_counter() + seconds

    async def caller() -> None:
        nonlocal done
        while time.perf_counter() < until:
            await write(todo.next())
            done += 1

    began = time.perf_counter()
    await asyncio.gather(*(caller() for _ in range(callers)))
    return done / (time.perf_counter() - began)


def naive(path: Path, **pool: int) -> tuple[AsyncEngine, Write]:
    """Open SQLAlchemy's async engine over aiosqlite, with nothing but the durability and a patient wait set."""
    engine = create_async_engine(f"sqlite+aiosqlite:///{path}", **pool)

    @event.listens_for(engine.sync_engine, "connect")
    def prepare(raw: Any, _: Any) -> None:
        cursor = raw.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=5000"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    async def write(work: Work) -> Any:
        while True:
            try:
                async with engine.begin() as conn:
                    return await conn.run_sync(work)
            except OperationalError as exc:
                if "locked" not in str(exc):
                    raise
            except Exception as exc:
                if "locked" not in str(exc):
                    raise

    return engine, write


async def _measure(directory: Path, seconds: float) -> dict[str, Any]:
    path = directory / "booking.db"
    await asyncio.to_thread(migrate, f"sqlite+aiosqlite:///{path}")
    result: dict[str, Any] = {"what": "booking transactions, synchronous=FULL"}
    async with serving_api(f"sqlite+aiosqlite:///{path}", checked=False) as backend:
        backend.set_time("2026-05-01T00:00:00+00:00")
        shop = await open_business(backend, "UTC", slot_step_min=30)
        todo = await orders(backend, shop)

        async def write(work: Work) -> Any:
            return await backend.db.write(shop.id, work)

        result |= await _growing(write, todo, seconds)
        result |= await _side_by_side(backend, path, (write, todo), seconds)
    return result | {"wanted": {"times_the_rival": ["at least", 5], "times_one_caller": ["at least", 1.2]}}


async def _growing(write: Write, todo: Orders, seconds: float) -> dict[str, Any]:
    """Return the rates with more and more callers: they share a commit, and the slower the disk, the more that is."""
    callers, sums = (1, 8, 64), [0.0, 0.0, 0.0]
    for _ in range(TURNS):
        for place, count in enumerate(callers):
            sums[place] += await rate(write, todo, count, seconds / TURNS)
    found = {f"per_second_{count}_callers_alone": one / TURNS for count, one in zip(callers, sums, strict=True)}
    return found | {"times_one_caller": sums[-1] / sums[0]}


async def _side_by_side(backend: Api, path: Path, ours: tuple[Write, Orders], seconds: float) -> dict[str, Any]:
    """Return the rates with 64 callers of each, in turns."""
    pool, line = naive(path), naive(path, pool_size=1, max_overflow=0)
    rivals = [
        (write, await orders(backend, await open_business(backend, "UTC", slot_step_min=30)))
        for _, write in (pool, line)
    ]
    sums = [0.0, 0.0, 0.0]
    try:
        for _ in range(TURNS):
            for place, (write, todo) in enumerate((ours, *rivals)):
                sums[place] += await rate(write, todo, 64, seconds / TURNS)
    finally:
        for engine, _ in (pool, line):
            await engine.dispose()
    own, rival, in_line = (one / TURNS for one in sums)
    return {
        "per_second_64_callers": own,
        "rival_per_second_64_callers": rival,
        "rival_in_line_per_second_64_callers": in_line,
        "times_the_rival": own / rival,
        "times_the_rival_in_line": own / in_line,
    }


def measure(seconds: float = 3) -> dict[str, Any]:
    """Return the bookings a second of both."""
    directory = Path(tempfile.mkdtemp(prefix="slotgate-bench-"))
    try:
        return asyncio.run(_measure(directory, seconds))
    finally:
        shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    import json
    import sys

    json.dump(measure(), sys.stdout, indent=1)
