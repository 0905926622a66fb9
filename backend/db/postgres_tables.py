"""The tables of a PostgreSQL database as a whole: which there are, set aside, made anew, filled.

For commands that replace everything (restore, move): they work in one transaction, so that it is replaced or left alone.
"""

import re
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from graphlib import TopologicalSorter
from itertools import count
from typing import Any, NamedTuple

import asyncpg
from sqlalchemy import text
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from alembic import command
from backend.db.postgres import USE_LOCK
from backend.db.schema import (
    RANGE_TABLE,
    REVISION_TABLE,
    DatabaseUnusable,
    SchemaState,
    alembic_config,
    as_unusable,
    load_state,
)

# Ours are the tables that refer to `tenants`, whatever release made them.
_TABLES = """
SELECT c.relname AS name, array_agg(a.attname::text ORDER BY a.attnum) AS columns,
       array_agg(t.typname::text ORDER BY a.attnum) AS types,
       (SELECT COALESCE(array_agg(DISTINCT f.confrelid::regclass::text), '{}') FROM pg_constraint f
         WHERE f.contype = 'f' AND f.conrelid = c.oid AND f.confrelid <> c.oid) AS refers_to
  FROM pg_class c
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  JOIN pg_type t ON t.oid = a.atttypid
 WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r'
   AND (c.relname = 'tenants' OR EXISTS (
        SELECT 1 FROM pg_constraint f WHERE f.contype = 'f' AND f.conrelid = c.oid
           AND f.confrelid = to_regclass('tenants')))
 GROUP BY c.oid, c.relname ORDER BY c.relname
"""
_FUNCTIONS = """
SELECT DISTINCT tgfoid::regprocedure::text FROM pg_trigger
 WHERE NOT tgisinternal AND tgrelid = ANY($1::text[]::regclass[])
"""

# What extensions have made is no data of ours.
_FOREIGN = """
SELECT c.relname::text FROM pg_class c
 WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
   AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
   AND c.relname <> ALL ($1::text[]) ORDER BY c.relname
"""
# Indexes first: the checks of references and exclusions use them.
_REBUILT = """
SELECT format('DROP INDEX %I', c.relname) AS drop, pg_get_indexdef(c.oid) AS make, 1 AS place
  FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
 WHERE i.indrelid = ANY ($1::text[]::regclass[]) AND NOT i.indisunique AND NOT i.indisexclusion
UNION ALL
SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname),
       format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid)), 2
  FROM pg_constraint WHERE conrelid = ANY ($1::text[]::regclass[]) AND contype IN ('f', 'x')
 ORDER BY place
"""
# A table whose `id` has no sequence is left alone.
_GO_ON = """
SELECT setval(sequence, (SELECT COALESCE(max(id), 0) + 1 FROM "{0}"), false)
  FROM pg_get_serial_sequence('{0}', 'id') AS sequence WHERE sequence IS NOT NULL
"""
_MOVE = "moved from SQLite on {}, content {}"


class Column(NamedTuple):
    """A column and its type as PostgreSQL calls it: int8, int4, text, bool, bytea."""

    name: str
    type: str


class TableShape(NamedTuple):
    """A table with its columns in their order."""

    name: str
    columns: tuple[Column, ...]

    @property
    def column_names(self) -> list[str]:
        """The names of its columns."""
        return [column.name for column in self.columns]


@asynccontextmanager
async def open_alone(url: URL) -> AsyncIterator[AsyncConnection]:
    """Open one transaction on a database that nobody serves. Raises DatabaseUnusable where a backend does."""
    # what is prepared before a table is made anew must not be used after
    engine = create_async_engine(url, connect_args={"statement_cache_size": 0}, hide_parameters=True)
    try:
        async with engine.begin() as conn:
            await conn.exec_driver_sql("SET LOCAL lock_timeout = '10s'")
            await _require_unserved(conn, url)
            yield conn
    except (DBAPIError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as exc:
        raise as_unusable(exc, url) from exc
    finally:
        await engine.dispose()


async def _require_unserved(conn: AsyncConnection, url: URL) -> None:
    alone = await conn.scalar(text("SELECT pg_try_advisory_xact_lock({}, {})".format(*USE_LOCK)))
    # releases up to 0002 hold no lock, but say their name
    others = await conn.scalar(
        text(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
            "AND application_name = 'slotgate'"
        )
    )
    if not alone or others:
        raise DatabaseUnusable(f"A backend uses the database {url.database}: stop it first.", exit_code=1)


async def driver_of(conn: AsyncConnection) -> asyncpg.Connection:
    """Return asyncpg's connection, in the same transaction: for COPY and cursors."""
    raw = await conn.get_raw_connection()
    return raw.driver_connection


async def load_tables(driver: asyncpg.Connection) -> list[TableShape]:
    """Return our tables, those that others refer to first; none where there are none."""
    found = {row["name"]: row for row in await driver.fetch(_TABLES)}
    order = TopologicalSorter({name: [r for r in row["refers_to"] if r in found] for name, row in found.items()})
    return [
        TableShape(name, tuple(map(Column, found[name]["columns"], found[name]["types"])))
        for name in order.static_order()
    ]


async def find_foreign_tables(driver: asyncpg.Connection) -> list[str]:
    """Return the names of tables and views that are not ours."""
    ours = [table.name for table in await load_tables(driver)]
    return [row[0] for row in await driver.fetch(_FOREIGN, [*ours, RANGE_TABLE, REVISION_TABLE])]


async def describe_move(driver: asyncpg.Connection, at: str, digest: str) -> None:
    """Write into the database that everything in it was moved there, and what that was."""
    await driver.execute(f"COMMENT ON TABLE {REVISION_TABLE} IS '{_MOVE.format(at, digest)}'")


async def read_move(driver: asyncpg.Connection) -> tuple[str, str] | None:
    """Return when a database was moved to and the digest of what was moved; None where it was not."""
    said = await driver.fetchval("SELECT obj_description(to_regclass($1), 'pg_class')", REVISION_TABLE)
    found = re.fullmatch(_MOVE.format("(.+)", "([0-9a-f]+)"), said or "")
    return None if found is None else (found[1], found[2])


async def set_aside(driver: asyncpg.Connection, schema: str) -> str | None:
    """Move our tables and all that belongs to them into a new schema and return its name; None where nothing was in them.

    What holds no business at all is dropped. `schema` is the name if no schema has it yet.
    """
    tables = [table.name for table in await load_tables(driver)]
    filled = bool(tables) and await driver.fetchval("SELECT EXISTS (SELECT 1 FROM tenants)")
    functions = [row[0] for row in await driver.fetch(_FUNCTIONS, tables)]
    names = (schema if n == 1 else f"{schema}_{n}" for n in count(1))
    while await driver.fetchval("SELECT to_regnamespace($1) IS NOT NULL", name := next(names)):
        pass
    await driver.execute(f'CREATE SCHEMA "{name}"')
    for table in (*tables, RANGE_TABLE, REVISION_TABLE):
        await driver.execute(f'ALTER TABLE IF EXISTS "{table}" SET SCHEMA "{name}"')
    for function in functions:
        await driver.execute(f'ALTER FUNCTION {function} SET SCHEMA "{name}"')
    if not filled:
        await driver.execute(f'DROP SCHEMA "{name}" CASCADE')
    return name if filled else None


async def migrate_within(conn: AsyncConnection, revision: str) -> SchemaState:
    """Bring the schema to a revision within the connection's transaction and return what it says of itself."""
    config = alembic_config("")

    def upgrade(connection: Any) -> SchemaState:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        return load_state(connection)

    return await conn.run_sync(upgrade)


@asynccontextmanager
async def loading_rows(driver: asyncpg.Connection, tables: Iterable[TableShape]) -> AsyncIterator[None]:
    """Load rows into empty tables inside, without triggers; then everything is checked and indexed at once.

    Rows have passed the guards once: a room of which there are fewer now must not stop them. At the end the sequences go
    on after the rows, and the planner knows the tables. Raises IntegrityConstraintViolationError.
    """
    names = [table.name for table in tables]
    # row by row, the exclusion alone costs twice as much as all else together
    await driver.execute("SET LOCAL maintenance_work_mem = '128MB'")
    later = await driver.fetch(_REBUILT, names)
    for row in later:
        await driver.execute(row["drop"])
    for name in names:
        await driver.execute(f'ALTER TABLE "{name}" DISABLE TRIGGER USER')
    yield
    for row in later:
        await driver.execute(row["make"])
    for table in tables:
        await driver.execute(f'ALTER TABLE "{table.name}" ENABLE TRIGGER USER')
        await driver.execute(f'ANALYZE "{table.name}"')
        if "id" in table.column_names:
            await driver.execute(_GO_ON.format(table.name))
