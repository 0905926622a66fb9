"""Cached reads: no answer is older than a write, from any process; nothing is read twice without need."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, func, insert, select
from sqlalchemy.engine import make_url

from backend.db import sqlite_connection
from backend.db.connect import open_database
from backend.db.engine import Database
from backend.db.sqlite import SqliteDatabase
from backend.db.tables import people, roles, services, tenants
from backend.errors import Invalid
from tests.support.backend_api import serving_api
from tests.support.business import Business, open_business
from tests.support.business_rows import add_tenant


def _named(conn: Connection, tenant_id: int, name: str) -> int:
    found = select(func.count()).where(people.c.tenant_id == tenant_id, people.c.name == name)
    return int(conn.execute(found).scalar_one())


def _add(tenant_id: int, name: str) -> Any:
    return lambda conn: conn.execute(insert(people).values(tenant_id=tenant_id, name=name, created_at=0))


def _refuses(conn: Connection, tenant_id: int) -> int:
    raise Invalid(f"nothing about {tenant_id}")


async def test_a_write_of_anybody_is_seen_by_the_next_who_asks(database: Database, database_url: str) -> None:
    tenant = (await database.write(None, add_tenant)).id
    assert await database.read_cached(_named, tenant, "Ann") == 0
    await database.write(tenant, _add(tenant, "Ann"))
    assert await database.read_cached(_named, tenant, "Ann") == 1
    neighbour = await open_database(database_url, serving=False)  # as a command beside the server
    try:
        for count in range(30):
            assert await database.read_cached(_named, tenant, "Bob") == count
            await neighbour.write(tenant, _add(tenant, "Bob"))
    finally:
        await neighbour.close()
    with pytest.raises(Invalid):
        await database.read_cached(_refuses, tenant)
    assert (await database.read_cached(_named, tenant, "Ann"), await database.read_cached(_named, tenant, "Bob")) == (
        1,
        30,
    )


async def test_readers_in_a_crowd_are_never_told_less_than_was_acknowledged(database: Database) -> None:
    tenant = (await database.write(None, add_tenant)).id
    written = 0

    async def write() -> None:
        nonlocal written
        for _ in range(60):
            await database.write(tenant, _add(tenant, "Ann"))
            written += 1

    async def read() -> None:
        while written < 60:
            least = written
            assert await database.read_cached(_named, tenant, "Ann") >= least
            await asyncio.sleep(0)

    await asyncio.gather(write(), *(read() for _ in range(4)))
    assert await database.read_cached(_named, tenant, "Ann") == 60


@pytest.fixture
async def sqlite_db(sqlite_url: str) -> Any:
    opened = await open_database(sqlite_url)
    yield opened
    await opened.close()


async def test_a_commit_amid_a_reading_is_seen_by_the_next(sqlite_db: Database, sqlite_url: str) -> None:
    tenant = (await sqlite_db.write(None, add_tenant)).id

    def overtaken(conn: Connection, tenant_id: int) -> int:
        found = _named(conn, tenant_id, "Ann")
        with closing(sqlite3.connect(Path(make_url(sqlite_url).database or ""))) as other, other:
            other.execute("INSERT INTO people (tenant_id, name, created_at) VALUES (?, 'Ann', 0)", (tenant_id,))
        return found

    assert [await sqlite_db.read_cached(overtaken, tenant) for _ in range(4)] == [0, 1, 2, 3]


async def test_while_nobody_writes_sqlite_is_read_once(sqlite_db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite_connection, "MAX_ANSWERS", 10)
    tenant = (await sqlite_db.write(None, add_tenant)).id
    read: list[str] = []

    def counted(conn: Connection, tenant_id: int, name: str) -> int:
        read.append(name)
        return _named(conn, tenant_id, name)

    for _ in range(3):
        for name in ("Ann", "Bob"):
            assert await sqlite_db.read_cached(counted, tenant, name) == 0
    assert read == ["Ann", "Bob"]
    for number in range(100):
        await sqlite_db.read_cached(counted, tenant, f"n{number}")
    assert isinstance(sqlite_db, SqliteDatabase)
    assert len(sqlite_db._inline._answers) <= 10


async def test_what_one_backend_changes_the_other_tells_at_once(database_url: str) -> None:
    """Any change by any process is seen: a price, a role, the currency, the business itself."""
    async with serving_api(database_url) as here, serving_api(database_url) as there:
        shop = await open_business(here)
        other = Business(there, shop.seeded)
        service = await shop.add_service(price=1000)
        for _ in range(2):  # the second time it is known
            assert await _told(shop) == await _told(other) == [(service, "10.00", "EUR")]
            assert (await other.admin.call("GET", "/v1/rooms")).status == 200
        await _run(shop, services.update().values(price=1200))
        assert await _told(other) == [(service, "12.00", "EUR")]
        await _run(shop, tenants.update().values(currency="GBP"))
        assert await _told(other) == [(service, "12.00", "GBP")]
        await _run(shop, roles.delete())
        assert (await other.admin.call("GET", "/v1/rooms")).code == "forbidden"
        await _run(shop, tenants.update().values(enabled=False))
        assert (await other.client.call("GET", "/v1/services")).code == "tenant_disabled"


async def _told(shop: Business) -> list[tuple[int, str, str]]:
    items = (await shop.client.call("GET", "/v1/services")).body["items"]
    return [(one["id"], one["price"], one["currency"]) for one in items]


async def _run(shop: Business, statement: Any) -> None:
    await shop.api.db.write(shop.id, lambda conn: conn.execute(statement))
