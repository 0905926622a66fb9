"""The migration history against tables.py on both databases, and migrations that go wrong or run twice."""

import asyncio
import os
import re
import sqlite3
import sys
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import CheckConstraint, Connection, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from alembic import command
from backend.contract.versions import OLDEST, REVISIONS
from backend.db.connect import open_database
from backend.db.engine import Database
from backend.db.guards import GUARDS
from backend.db.schema import DatabaseUnusable, alembic_config, migrate
from backend.db.tables import metadata
from backend.notices.sending import claim_notices
from tests.support.servers import PostgresServer, apart


def _words(sql: str) -> str:
    """Return SQL without what the databases add or write in their own way: quotes, brackets, casts, BETWEEN, IN, case."""
    sql = re.sub(r"::(text|bigint|integer)(\[\])?", "", sql.lower())
    sql = re.sub(r"= any \(array\[(.*?)\]\)", r"in (\1)", sql)
    sql = re.sub(r"(\w+) between (\d+) and (\d+)", r"\1 >= \2 and \1 <= \3", sql)
    return re.sub(r"[\s()'\"]+", "", sql)


def _indexes(conn: Connection, table: str) -> dict[str, Any]:
    found = {}
    for index in inspect(conn).get_indexes(table):
        if index.get("duplicates_constraint"):
            continue
        options = index.get("dialect_options", {})
        where = options.get("sqlite_where", options.get("postgresql_where"))
        name = index["name"]
        assert name is not None
        found[name] = (
            index["column_names"],
            bool(index["unique"]),
            _words(str(where)) if where is not None else None,
        )
    return found


def _expected_indexes(table: Any, dialect: str) -> dict[str | None, Any]:
    found = {}
    for index in table.indexes:
        where = index.dialect_options[dialect]["where"]
        found[index.name] = (
            [c.name for c in index.columns],
            bool(index.unique),
            _words(str(where)) if where is not None else None,
        )
    return found


def _compare(conn: Connection) -> None:
    context = MigrationContext.configure(conn, opts={"compare_type": True, "compare_server_default": False})
    ours = ("alembic_version", "schema_revision")
    differences = [d for d in compare_metadata(context, metadata) if not (d[0] == "remove_table" and d[1].name in ours)]
    assert differences == []
    for table in metadata.sorted_tables:
        expected = _expected_indexes(table, conn.dialect.name)
        found = {k: v for k, v in _indexes(conn, table.name).items() if not k.startswith("guard_")}
        assert found == expected, table.name
        # a check inside a column escapes both the tables' list and this comparison: it stands beside the columns
        assert not [c.name for c in table.columns if any(isinstance(one, CheckConstraint) for one in c.constraints)]
        checks = {c["name"]: _words(c["sqltext"]) for c in inspect(conn).get_check_constraints(table.name)}
        wanted = {str(c.name): _words(str(c.sqltext)) for c in table.constraints if isinstance(c, CheckConstraint)}
        assert checks == wanted, table.name


async def test_the_migrated_schema_is_that_of_the_tables(database: Database) -> None:
    await database.read(_compare)


def _defaults(conn: Connection) -> dict[str, set[str]]:
    return {
        table: {c["name"] for c in inspect(conn).get_columns(table) if c["default"] is not None and c["name"] != "id"}
        for table in metadata.tables
    }


async def test_defaults_are_those_of_the_tables(database: Database) -> None:
    wanted = {t.name: {c.name for c in t.columns if c.server_default is not None} for t in metadata.sorted_tables}
    assert await database.read(_defaults) == wanted


async def test_every_guard_is_in_the_migrated_schema_word_for_word(database: Database) -> None:
    def stored(conn: Connection) -> dict[str, str]:
        if conn.dialect.name == "sqlite":
            return dict(conn.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")).all())
        rows = conn.execute(text("SELECT proname, prosrc FROM pg_proc WHERE proname LIKE 'guard%'")).all()
        triggers = conn.execute(text("SELECT tgname, '' FROM pg_trigger WHERE NOT tgisinternal")).all()
        constraints = conn.execute(text("SELECT conname, '' FROM pg_constraint WHERE contype = 'x'")).all()
        return dict([*rows, *triggers, *constraints])

    found = await database.read(stored)
    guards = GUARDS[database.dialect]
    assert set(found) == set(guards)
    for name, source in found.items():
        assert source in guards[name]


def test_the_code_knows_every_revision() -> None:
    script = ScriptDirectory.from_config(alembic_config("sqlite+aiosqlite:///unused.db"))
    revisions = list(reversed(list(script.walk_revisions())))
    assert tuple(r.revision for r in revisions) == REVISIONS
    assert OLDEST in REVISIONS
    # each says from which revision on a program can use its schema; the first two are from before the rule
    for revision in revisions[2:]:
        assert revision.module.usable_from in REVISIONS[: REVISIONS.index(revision.revision) + 1]


async def test_migrating_again_changes_nothing_also_while_somebody_writes(
    database_url: str, database: Database
) -> None:
    stop = asyncio.Event()

    async def write_on() -> int:
        count = 0
        while not stop.is_set():
            await database.write(
                None, lambda conn: conn.execute(text("UPDATE alembic_version SET version_num = version_num"))
            )
            count += 1
        return count

    writer = asyncio.ensure_future(write_on())
    await asyncio.to_thread(migrate, database_url)
    stop.set()
    assert await writer > 0


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    """Return the address of a database without tables."""
    if request.param == "sqlite":
        yield f"sqlite+aiosqlite:///{tmp_path}/new/booking.db"
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    name = apart(lambda: asyncio.run(server.create("template0")))
    yield server.url(name)
    apart(lambda: asyncio.run(server.drop(name)))


async def test_two_migrations_at_once_end_well(empty_url: str) -> None:
    migrating = (sys.executable, "-m", "backend", "migrate")
    env = {**os.environ, "SLOTGATE_DATABASE_URL": empty_url}
    running = [await asyncio.create_subprocess_exec(*migrating, env=env) for _ in range(3)]
    assert [await process.wait() for process in running] == [0, 0, 0]
    await (await open_database(empty_url)).close()


async def execute(url: str, statement: str) -> None:
    engine = create_async_engine(url)
    async with engine.begin() as conn:
        await conn.exec_driver_sql(statement)
    await engine.dispose()


NOW = 1_780_304_400
# Messages as the release before 0002 had them: (kind, status, error).
OF_BEFORE = [
    ("broadcast", "leased", "begun"),
    ("broadcast", "leased", None),
    ("broadcast", "failed", "unsure"),
    ("broadcast", "failed", "begun"),
    ("broadcast", "waiting", "Too Many Requests"),
    ("progress", "leased", "last"),
    ("progress", "waiting", None),
    ("booked", "failed", "unsure"),
]


async def test_how_far_a_delivery_is_is_carried_over(empty_url: str) -> None:
    """Migration 0002; and what that release goes on writing while it still serves is accepted."""
    await asyncio.to_thread(command.upgrade, alembic_config(empty_url), "0001")
    await execute(
        empty_url,
        "INSERT INTO tenants (id, slug, name, timezone, locale, currency, created_at) "
        f"VALUES (1, 'barber', 'Barber', 'UTC', 'en', 'EUR', {NOW})",
    )
    await execute(empty_url, f"INSERT INTO people (id, tenant_id, tg_id, created_at) VALUES (1, 1, 5, {NOW})")
    insert = (
        "INSERT INTO outbox (id, tenant_id, kind, role, person_id, status, error, due_at, created_at) "
        "VALUES ({}, 1, '{}', 'client', 1, '{}', {}, 1, 1)"
    )
    for number, (kind, status, error) in enumerate(OF_BEFORE, 1):
        await execute(empty_url, insert.format(number, kind, status, "NULL" if error is None else f"'{error}'"))
    await asyncio.to_thread(migrate, empty_url)
    await execute(empty_url, insert.format(100, "broadcast", "waiting", "NULL"))
    await execute(empty_url, "UPDATE outbox SET status = 'leased', epoch = epoch + 1 WHERE id = 100")
    await execute(empty_url, "UPDATE outbox SET error = 'begun' WHERE id = 100")
    database = await open_database(empty_url)
    statement = text("SELECT id, delivery FROM outbox WHERE delivery IS NOT NULL ORDER BY id")
    carried = await database.read(lambda conn: [tuple(row) for row in conn.execute(statement)])
    assert carried == [(1, "begun"), (3, "unsure"), (6, "last")]
    # the new release does not send again what the old one may have begun
    await database.write(None, lambda conn: conn.execute(text("UPDATE outbox SET lease_until = 2")))
    claimed = await database.write(None, lambda conn: claim_notices(conn, [1, 2, 100], NOW, 60))
    assert claimed.rows == []
    again = text("SELECT id, status, delivery FROM outbox WHERE id IN (1, 2, 100) ORDER BY id")
    found = await database.read(lambda conn: [tuple(row) for row in conn.execute(again)])
    assert found == [(number, "failed", "unsure") for number in (1, 2, 100)]
    await database.close()


async def test_bookings_that_were_cancelled_while_held_become_expired(empty_url: str) -> None:
    """Migration 0003: what was never booked is no cancelled booking, and what was says who ended it."""
    await asyncio.to_thread(command.upgrade, alembic_config(empty_url), "0002")
    await execute(
        empty_url,
        "INSERT INTO tenants (id, slug, name, timezone, locale, currency, created_at) "
        f"VALUES (1, 'barber', 'Barber', 'UTC', 'en', 'EUR', {NOW})",
    )
    await execute(empty_url, f"INSERT INTO people (id, tenant_id, tg_id, created_at) VALUES (1, 1, 5, {NOW})")
    for number, (ended_as, by) in enumerate((("held", 1), ("confirmed", 1), ("confirmed", "NULL")), 1):
        await execute(
            empty_url,
            "INSERT INTO bookings (id, tenant_id, client_id, status, starts_at, ends_at, local_start, timezone, price, "
            "currency, policies, source, created_at, cancelled_at, cancelled_by, cancelled_from) VALUES "
            f"({number}, 1, 1, 'cancelled', {NOW}, {NOW + 60}, '', 'UTC', 1, 'EUR', '{{}}', 'internal', 1, 2, {by}, "
            f"'{ended_as}')",
        )
    await asyncio.to_thread(migrate, empty_url)
    database = await open_database(empty_url)
    statement = text("SELECT status, end_reason, cancelled_from FROM bookings ORDER BY id")
    found = await database.read(lambda conn: [tuple(row) for row in conn.execute(statement)])
    await database.close()
    assert found == [
        ("expired", None, None), ("cancelled", "client", "confirmed"), ("cancelled", "business", "confirmed"),
    ]  # fmt: skip


async def test_a_failed_migration_leaves_nothing_behind(empty_url: str) -> None:
    # the last table of the first migration is there already: everything before it must be undone
    Path(make_url(empty_url).database or "").parent.mkdir(parents=True, exist_ok=True)
    await execute(empty_url, "CREATE TABLE item_rooms (id integer)")
    with pytest.raises(DatabaseUnusable, match="changed nothing"):
        await asyncio.to_thread(migrate, empty_url)
    with pytest.raises(DatabaseUnusable, match="no tables yet"):
        await open_database(empty_url)
    await execute(empty_url, "DROP TABLE item_rooms")
    await asyncio.to_thread(migrate, empty_url)
    await (await open_database(empty_url)).close()


async def test_a_newer_database_is_refused_in_one_sentence(database_url: str, database: Database) -> None:
    await database.write(None, lambda conn: conn.execute(text("UPDATE alembic_version SET version_num = '9999'")))
    for attempt in (open_database(database_url), asyncio.to_thread(migrate, database_url)):
        with pytest.raises(DatabaseUnusable, match="newer version"):
            await attempt


def test_the_database_is_nobody_elses_to_read(tmp_path: Path) -> None:
    apart(lambda: migrate(f"sqlite+aiosqlite:///{tmp_path}/d/booking.db"))
    assert (tmp_path / "d" / "booking.db").stat().st_mode & 0o077 == 0
    with sqlite3.connect(tmp_path / "d" / "booking.db") as conn:
        assert conn.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    conn.close()
