"""Runs the migrations on either database: one transaction, one migration at a time.

The address comes from the caller, from `-x url=…`, or from SLOTGATE_DATABASE_URL; a caller may also give a connection,
and then the migrations are a part of its transaction.

Alembic keeps its revision in `schema_revision`. `alembic_version` says from which revision on a program can use the
database (see backend/db/schema.py): each migration states it as `usable_from`; without it, only programs that know the
migration can.
"""

import asyncio
import sys
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, create_engine, event, inspect, make_url, pool, text

from alembic import context
from backend.contract.versions import REVISIONS
from backend.db.schema import RANGE_TABLE, REVISION_TABLE, check_known, load_state
from backend.db.tables import metadata
from backend.settings import database_url

# Any number that nothing else uses: two migrations at once must not meet.
MIGRATION_LOCK = (0x510, 0x6A7E)


def _url() -> URL:
    given = context.config.attributes.get("url") or context.get_x_argument(as_dictionary=True).get("url")
    return make_url(given or database_url())


def _migrate(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        # A change that waits for a lock must not stop everybody behind it.
        connection.exec_driver_sql("SET LOCAL lock_timeout = '10s'")
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock({}, {})".format(*MIGRATION_LOCK))
    state = load_state(connection)
    if state.revision is not None:
        check_known(state)
    if state.revision is not None and state.revision not in REVISIONS:
        # a newer schema that this program can use stays as it is
        context.config.attributes["revision"] = state.revision
        return
    _prepare_tables(connection)
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=True,
        version_table=REVISION_TABLE,
        on_version_apply=_record_range,
        include_name=lambda name, kind, _parents: kind != "table" or name != RANGE_TABLE,
    )
    with context.begin_transaction():
        context.run_migrations()
    context.config.attributes["revision"] = load_state(connection).revision


def _prepare_tables(connection: Connection) -> None:
    """Make both tables; what releases up to 0002 kept in `alembic_version` is revision and range at once."""
    for table in (RANGE_TABLE, REVISION_TABLE):
        if not inspect(connection).has_table(table):
            connection.exec_driver_sql(
                f"CREATE TABLE {table} (version_num VARCHAR(32) NOT NULL CONSTRAINT {table}_pkc PRIMARY KEY)"
            )
            if table == REVISION_TABLE:
                connection.exec_driver_sql(f"INSERT INTO {table} SELECT version_num FROM {RANGE_TABLE}")  # noqa: S608  constants


def _record_range(*, ctx: Any, step: Any, **_: Any) -> None:
    """Write from which revision on a program can use the schema that a migration has made."""
    script = step.up_revision
    usable_from = getattr(script.module, "usable_from", script.revision)
    ctx.connection.exec_driver_sql(f"DELETE FROM {RANGE_TABLE}")  # noqa: S608  a constant
    ctx.connection.execute(text(f"INSERT INTO {RANGE_TABLE} VALUES (:value)"), {"value": usable_from})  # noqa: S608  a constant


def _refuse_downgrade() -> None:
    chosen = getattr(context.config.cmd_opts, "cmd", None)
    if chosen and chosen[0].__name__ == "downgrade":
        sys.stderr.write(
            "A database is never migrated downwards: the release before works on this schema as it is "
            "(`slotgate --version` names the range), and a backup is the way back.\n"
        )
        sys.exit(1)


def _run() -> None:
    url = _url()
    if url.get_backend_name() == "sqlite":
        _migrate_file(url)
    else:
        asyncio.run(_migrate_server(url))


def _migrate_file(url: URL) -> None:
    """Migrate SQLite in this thread: a change of threads for each statement would take half of the time."""
    _prepare(Path(url.database or ""))
    engine = create_engine(url.set(drivername="sqlite"), poolclass=pool.NullPool)
    _transactional_ddl(engine)
    with engine.begin() as connection:
        _migrate(connection)


async def _migrate_server(url: URL) -> None:
    # brings SQLAlchemy's ORM with it, which SQLite does without
    from sqlalchemy.ext.asyncio import create_async_engine

    engine = create_async_engine(url, poolclass=pool.NullPool)
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


_refuse_downgrade()
if (given := context.config.attributes.get("connection")) is not None:
    _migrate(given)
else:
    _run()
