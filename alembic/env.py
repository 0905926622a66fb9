"""Runs the migrations on either database: one transaction, one migration at a time.

The address comes from the caller, from `-x url=…`, or from SLOTGATE_DATABASE_URL.
"""

import asyncio
from pathlib import Path

from sqlalchemy import Connection, event, make_url, pool
from sqlalchemy.ext.asyncio import create_async_engine

from alembic import context
from backend.db.tables import metadata
from backend.settings import database_url

# Any number that nothing else uses: two migrations at once must not meet.
MIGRATION_LOCK = (0x510, 0x6A7E)


def _url() -> str:
    given = context.config.attributes.get("url") or context.get_x_argument(as_dictionary=True).get("url")
    return str(given or database_url())


def _migrate(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        # A change that waits for a lock must not stop everybody behind it.
        connection.exec_driver_sql("SET LOCAL lock_timeout = '10s'")
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock({}, {})".format(*MIGRATION_LOCK))
    context.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()


async def _run() -> None:
    url = make_url(_url())
    engine = create_async_engine(url, poolclass=pool.NullPool)
    if engine.dialect.name == "sqlite":
        _prepare(Path(url.database or ""))
        _transactional_ddl(engine.sync_engine)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(_migrate)
    finally:
        await engine.dispose()


def _prepare(path: Path) -> None:
    """Names and telephone numbers of people are in the file: nobody else's to read."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)


def _transactional_ddl(engine: object) -> None:
    """sqlite3 would commit before DDL: take transactions into our own hands, and take the lock at once."""

    @event.listens_for(engine, "connect")
    def connect(dbapi_connection, _record):  # type: ignore[no-untyped-def]  # the driver's own types
        dbapi_connection.isolation_level = None
        cursor = dbapi_connection.cursor()
        cursor.execute("PRAGMA busy_timeout=60000")
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(conn):  # type: ignore[no-untyped-def]  # as the event gives it
        conn.exec_driver_sql("BEGIN IMMEDIATE")


asyncio.run(_run())
