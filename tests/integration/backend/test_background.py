"""What the application does by itself while it serves: from its start on, again and again, whatever becomes of a part."""

import asyncio

import pytest

from backend.background import run_chores
from backend.db import tables
from backend.db.engine import Database
from backend.errors import Unavailable
from tests.support.backend_api import serving_api
from tests.support.business import Business, open_salon
from tests.support.business_rows import NOW
from tests.support.waiting import until


async def test_an_application_that_starts_does_its_chores(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving_api(database_url) as api:
        salon = await open_salon(api, "barber")
        lapsed = await salon.add_booking(NOW + 7200, status="held", hold_until=NOW - 1)
        ended = await salon.add_booking(NOW - 86_400 * 3)
    monkeypatch.setattr("backend.app.run_chores", run_chores)
    async with serving_api(database_url) as api:
        salon = Business(api, salon.seeded)

        async def all_are_done() -> bool:
            rows = await salon.rows(tables.bookings)
            return {row.id: row.status for row in rows} == {lapsed: "expired", ended: "completed"}

        await until(all_are_done, pause_s=0.01)


async def test_a_chore_that_fails_keeps_none_from_its_turn(database: Database) -> None:
    done: list[int] = []
    twice = asyncio.Event()

    async def fail(_db: Database, _now: int) -> None:
        raise RuntimeError("broken")

    async def be_refused(_db: Database, _now: int) -> None:
        raise Unavailable(retry_after_s=1)

    async def note(db: Database, now: int) -> None:
        assert db is database
        done.append(now)
        if len(done) == 2:
            twice.set()

    now = float(NOW)
    async with run_chores([fail, be_refused, note], database, lambda: now, every_s=0.01):
        async with asyncio.timeout(20):
            await twice.wait()
    assert set(done) == {NOW}
    count = len(done)
    await asyncio.sleep(0.05)
    assert len(done) == count, "none is begun after the end"
