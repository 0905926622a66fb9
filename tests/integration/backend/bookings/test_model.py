"""Random steps on the real backend and on a model of it, from a seed, on both databases.

The long form: SLOTGATE_OPERATIONS=100000 (and SLOTGATE_SEED=…, which every failure names). The short forms beside it take
away something that the backend relies on, and the same comparison must find a difference.
"""

import asyncio
import os
import random
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Connection, text, update

from backend.db import guards, sqlite_connection
from backend.db.connect import open_database
from backend.db.tables import people
from backend.errors import Unavailable
from tests.support.backend_api import Api, serving_api
from tests.support.booking_model.playing import compare_with_model

OPERATIONS = int(os.environ.get("SLOTGATE_OPERATIONS", "250"))
SEED = int(os.environ.get("SLOTGATE_SEED", "20261122"))
# So many steps at most until a fault must have been seen; it is found in a few dozen.
ENOUGH = 1000


@pytest.mark.timeout(0)
async def test_the_backend_does_what_the_model_does(backend: Api) -> None:
    print(f"seed {SEED}, {OPERATIONS} operations")  # noqa: T201 - shown where the test fails
    await compare_with_model(backend, random.Random(SEED), OPERATIONS)


@pytest.mark.parametrize("guard", ["guard_items", "guard_rooms"])
async def test_a_missing_guard_is_noticed(guard: str, database_url: str) -> None:
    """The triggers, and on PostgreSQL the constraint with them."""
    async with serving_api(database_url) as backend:
        kind = backend.db.dialect
        for name in guards.GUARDS[kind]:
            if name.startswith(f"{guard}_"):
                gone = text(guards.drop_statement(kind, name))
                await backend.db.write(None, partial(Connection.execute, statement=gone))
        with pytest.raises(AssertionError, match="let in by the database"):
            await compare_with_model(backend, random.Random(SEED), ENOUGH, unasked=100)


@asynccontextmanager
async def neighbour(url: str) -> AsyncIterator[list[Unavailable]]:
    """Write to the same database all the while, as `slotgate import` does; return what was refused."""
    db = await open_database(url, serving=False)
    over = asyncio.Event()
    refused: list[Unavailable] = []

    async def write() -> None:
        while not over.is_set():
            try:
                await db.write(None, lambda conn: conn.execute(update(people).where(people.c.id == 1).values(note="")))
            except Unavailable as exc:
                refused.append(exc)

    task = asyncio.get_running_loop().create_task(write())
    try:
        yield refused
    finally:
        over.set()
        await task
        await db.close()


async def test_the_model_holds_beside_another_writer(database_url: str) -> None:
    async with serving_api(database_url) as backend, neighbour(database_url) as refused:
        await compare_with_model(backend, random.Random(SEED), 100)
        assert refused == []


async def test_a_missing_immediate_is_noticed(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A transaction that reads before it takes the lock is overtaken by the other writer, and refused."""

    def deferred(self: sqlite3.Connection, sql: str, *values: Any) -> Any:
        return sqlite3.Connection.execute(self, "BEGIN" if sql == "BEGIN IMMEDIATE" else sql, *values)

    monkeypatch.setattr(sqlite_connection._Handle, "execute", deferred, raising=False)
    async with serving_api(sqlite_url) as backend, neighbour(sqlite_url):
        # over HTTP, or told to the writer who asks nobody
        with pytest.raises((AssertionError, Unavailable), match=r"unavailable|cannot answer"):
            await compare_with_model(backend, random.Random(SEED), ENOUGH)
