"""What the drivers raise for troubles of the database's own: the caller is told to come again, never that we failed."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest
from sqlalchemy import Connection, text
from sqlalchemy.dialects.postgresql.asyncpg import AsyncAdapt_asyncpg_dbapi
from sqlalchemy.exc import DBAPIError, PendingRollbackError

from backend.db.connect import open_database
from backend.db.dialect import open_savepoint, translate_error
from backend.db.engine import Database
from backend.db.postgres import RETRIES
from backend.db.sqlite import SqliteDatabase
from backend.db.sqlite_connection import SqliteConnection
from backend.errors import Invalid, StorageFull, Unavailable

TROUBLES = (
    asyncpg.AdminShutdownError, asyncpg.CannotConnectNowError, asyncpg.CrashShutdownError, asyncpg.QueryCanceledError,
    asyncpg.TooManyConnectionsError, asyncpg.OutOfMemoryError, asyncpg.InsufficientResourcesError,
    asyncpg.ConnectionDoesNotExistError, asyncpg.ConnectionFailureError, asyncpg.ProtocolViolationError,
    asyncpg.DeadlockDetectedError, asyncpg.SerializationError, asyncpg.StatementCompletionUnknownError,
    asyncpg.TransactionRollbackError, asyncpg.LockNotAvailableError, asyncpg.ObjectNotInPrerequisiteStateError,
    asyncpg.IdleInTransactionSessionTimeoutError, asyncpg.ReadOnlySQLTransactionError, asyncpg.SnapshotTooOldError,
    asyncpg.InvalidCatalogNameError, asyncpg.InvalidPasswordError, asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InsufficientPrivilegeError, asyncpg.PostgresIOError, asyncpg.DuplicateFileError, asyncpg.ConfigFileError,
    asyncpg.InternalServerError, asyncpg.DataCorruptedError, asyncpg.IndexCorruptedError,
    asyncpg.InvalidCachedStatementError,
)  # fmt: skip


@pytest.fixture
async def postgres(postgres_url: str) -> AsyncIterator[Database]:
    opened = await open_database(postgres_url)
    yield opened
    await opened.close()


@pytest.fixture
async def sqlite_db(sqlite_url: str) -> AsyncIterator[Database]:
    opened = await open_database(sqlite_url)
    yield opened
    await opened.close()


@pytest.mark.parametrize("kind", TROUBLES, ids=lambda kind: kind.__name__)
async def test_a_trouble_of_the_server_is_unavailable_even_in_a_savepoint(
    postgres: Database, kind: type[asyncpg.PostgresError]
) -> None:
    """The server raises each for real, by its SQLSTATE, in the middle of a transaction."""
    begun = 0

    def fail(conn: Connection) -> None:
        nonlocal begun
        begun += 1
        with open_savepoint(conn):
            conn.exec_driver_sql(f"DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '{kind.sqlstate}'; END $$")

    with pytest.raises(Unavailable) as told:
        await postgres.write(None, fail)
    assert told.value.retry_after_s
    assert 1 <= begun <= RETRIES + 1
    assert await postgres.read(lambda conn: conn.scalar(text("SELECT 1"))) == 1


async def test_a_number_that_does_not_fit_is_the_callers_fault(postgres: Database) -> None:
    with pytest.raises(Invalid):
        await postgres.write(None, lambda conn: conn.execute(text("SELECT CAST(:n AS bigint)"), {"n": 2**70}))


async def test_a_full_disk_is_told_as_such(postgres: Database) -> None:
    with pytest.raises(StorageFull):
        await postgres.write(
            None, lambda conn: conn.exec_driver_sql("DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '53100'; END $$")
        )


@pytest.mark.parametrize("limit", ["lock_timeout", "statement_timeout", "transaction_timeout"])
async def test_time_limits_of_the_server(postgres: Database, postgres_url: str, limit: str) -> None:
    other = await open_database(postgres_url)
    try:
        connection = await other._engine.connect()  # type: ignore[attr-defined]  # a lock that outlives a function
        await connection.execute(text("LOCK TABLE tenants"))

        def wait(conn: Connection) -> None:
            conn.exec_driver_sql(f"SET LOCAL {limit} = '50ms'")
            conn.execute(text("SELECT 1 FROM tenants"))

        with pytest.raises(Unavailable) as told:
            await postgres.write(None, wait)
        assert told.value.retry_after_s
        await connection.close()
    finally:
        await other.close()


def test_what_the_driver_says_without_a_sqlstate() -> None:
    interface = AsyncAdapt_asyncpg_dbapi.InterfaceError

    def wrapped(cause: Exception) -> BaseException:
        try:
            raise interface(str(cause)) from cause  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it without types
        except interface as error:
            return DBAPIError.instance("SELECT 1", None, error, AsyncAdapt_asyncpg_dbapi.Error)

    for words in ("connection is closed", "cannot perform operation: another operation is in progress"):
        assert isinstance(translate_error(wrapped(asyncpg.InterfaceError(words))), Unavailable)
    for error in (PendingRollbackError("x"), ConnectionResetError(), OSError(), TimeoutError(), EOFError()):
        assert isinstance(translate_error(error), Unavailable), error


async def test_a_database_that_is_closed_answers_so(sqlite_url: str, postgres_url: str) -> None:
    for url in (sqlite_url, postgres_url):
        database = await open_database(url)
        await database.close()
        for brief in (False, True):
            with pytest.raises(Unavailable):
                await database.read(lambda conn: conn.scalar(text("SELECT 1")), brief=brief)
        with pytest.raises(Unavailable):
            await database.read_cached(lambda conn: conn.scalar(text("SELECT 1")))
        with pytest.raises(Unavailable):
            await database.write(None, lambda conn: conn.scalar(text("SELECT 1")))


async def test_a_writer_whose_connection_is_lost_refuses_and_does_not_hang(
    sqlite_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert isinstance(sqlite_db, SqliteDatabase)
    lost = await SqliteConnection.open(sqlite_db.path, inline=True)
    handle = lost.handle
    await lost._conn.close()
    with monkeypatch.context() as patch:
        patch.setattr(sqlite_db._writer._conn, "_connection", handle)
        writes = [sqlite_db.write(None, lambda conn: conn.scalar(text("SELECT 1"))) for _ in range(3)]
        async with asyncio.timeout(10):
            told = await asyncio.gather(*writes, return_exceptions=True)
        assert {type(one) for one in told} == {Unavailable}
    assert await sqlite_db.write(None, lambda conn: conn.scalar(text("SELECT 1"))) == 1
