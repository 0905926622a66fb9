"""The only SQLite/PostgreSQL branches beside `guards.py`: upserts, JSON, savepoints, translation of the drivers' errors."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Table, Text
from sqlalchemy.dialects.postgresql import Insert as PostgresInsert
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import Insert as SqliteInsert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.exc import DBAPIError, InterfaceError, PendingRollbackError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from backend.db.guards import TAKEN
from backend.errors import Invalid, Refused, SlotTaken, StorageFull, Unavailable


def upsert_into(conn: Connection, table: Table) -> SqliteInsert | PostgresInsert:
    """Return an INSERT that knows `on_conflict_do_nothing` and `on_conflict_do_update`, on either database."""
    return sqlite_insert(table) if conn.dialect.name == "sqlite" else postgres_insert(table)


class json_array(FunctionElement[str]):  # noqa: N801 - it reads as a function of SQL
    """An aggregate: the values as the text of a JSON array. In no promised order."""

    type = Text()
    inherit_cache = True


@compiles(json_array, "sqlite")
def _json_array_sqlite(element: Any, compiler: Any, **kw: Any) -> str:
    return f"json_group_array({compiler.process(element.clauses, **kw)})"


@compiles(json_array, "postgresql")
def _json_array_postgres(element: Any, compiler: Any, **kw: Any) -> str:
    return f"json_agg({compiler.process(element.clauses, **kw)})::text"


class json_row(FunctionElement[str]):  # noqa: N801  reads as a function
    """The values as a JSON array, for `json_array` to gather."""

    type = Text()
    inherit_cache = True


@compiles(json_row, "sqlite")
def _json_row_sqlite(element: Any, compiler: Any, **kw: Any) -> str:
    return f"json_array({compiler.process(element.clauses, **kw)})"


@compiles(json_row, "postgresql")
def _json_row_postgres(element: Any, compiler: Any, **kw: Any) -> str:
    return f"json_build_array({compiler.process(element.clauses, **kw)})"


@contextmanager
def open_savepoint(conn: Connection, name: str = "part") -> Iterator[None]:
    """Undo what happens inside when it raises; the transaction goes on. Cheaper than `begin_nested`.

    What the database refuses is raised as the refusal that it means; trouble with it stays the driver's error."""
    _say(conn, f"SAVEPOINT {name}")
    try:
        yield
    except BaseException as exc:
        # a connection that was cut has nothing left to undo; saying so would hide why
        if not conn.invalidated:
            _say(conn, f"ROLLBACK TO SAVEPOINT {name}")
            _say(conn, f"RELEASE SAVEPOINT {name}")
        refused = translate_error(exc)
        if refused is None or refused is exc or refused.status >= 500:
            raise
        raise refused from exc
    _say(conn, f"RELEASE SAVEPOINT {name}")


def _say(conn: Connection, command: str) -> None:
    if conn.dialect.name == "sqlite":
        # every booking with a key does, and SQLAlchemy takes longer than SQLite
        conn.connection.cursor().execute(command)
    else:
        conn.exec_driver_sql(command)


def sqlstate_of(exc: BaseException) -> str | None:
    """Return PostgreSQL's five-character code of an error, or None."""
    original: Any = exc.orig if isinstance(exc, DBAPIError) else exc
    return getattr(original, "sqlstate", None)


def is_unreachable(exc: BaseException) -> bool:
    """Return whether a driver's error says that the database does not let us in.

    There is no server or no such database, the password is wrong, the server still starts or has no connection left.
    """
    original = exc.orig if isinstance(exc, DBAPIError) else exc
    if isinstance(original, (OSError, TimeoutError)):
        return not isinstance(original, PermissionError)
    return (sqlstate_of(exc) or "").startswith(_NO_WAY_IN)


def translate_error(exc: BaseException) -> Refused | None:
    """Return a driver's error as a refusal, or None for a fault of our own; a unique violation stays as it is."""
    if isinstance(exc, Refused):
        return exc
    if isinstance(exc, OverflowError):
        return Invalid("A number is out of range.")
    if isinstance(exc, (PoolTimeout, PendingRollbackError, ConnectionError, TimeoutError)):
        return Unavailable(retry_after_s=1)
    original = exc.orig if isinstance(exc, DBAPIError) else exc
    if isinstance(original, OverflowError):
        return Invalid("A number is out of range.")
    if isinstance(original, sqlite3.Error):
        return _translate_sqlite(original)
    state = sqlstate_of(exc)
    if state is not None:
        return _translate_postgres(state)
    if isinstance(exc, DBAPIError) and (exc.connection_invalidated or isinstance(exc, InterfaceError)):
        return Unavailable(retry_after_s=1)
    if isinstance(original, (OSError, EOFError)):
        return Unavailable(retry_after_s=1)
    return None


def _translate_sqlite(exc: sqlite3.Error) -> Refused | None:
    if TAKEN in str(exc):
        return SlotTaken()
    if isinstance(exc, sqlite3.ProgrammingError) and "closed" in str(exc):
        return Unavailable(retry_after_s=2)
    code = getattr(exc, "sqlite_errorcode", 0) & 0xFF
    if code == sqlite3.SQLITE_FULL:
        return StorageFull(retry_after_s=30)
    if code in (
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_INTERRUPT,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_NOTADB,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_ABORT,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_PROTOCOL,
        sqlite3.SQLITE_NOLFS,
        sqlite3.SQLITE_SCHEMA,
    ):
        return Unavailable(retry_after_s=2)
    return None


# Lost or refused connections, missing rights, resources, shutdown and timeouts, the system, configuration, old snapshots,
# damage; transactions that were rolled back for another's sake.
_SERVER_TROUBLE = ("08", "28", "3D", "40", "53", "57", "58", "72", "F0", "XX")
# An object that is not ready, a lock that was not free, two time-outs, a standby, a plan made stale by a migration, a role
# that lost a right.
_STATE_TROUBLE = ("55000", "55P03", "25P03", "25P04", "25006", "0A000", "42501")


_NO_WAY_IN = ("08", "28", "3D", "533", "57P")


def _translate_postgres(state: str) -> Refused | None:
    if state == "23P01":
        return SlotTaken()
    if state == "53100":
        return StorageFull(retry_after_s=30)
    if state[:2] in _SERVER_TROUBLE or state in _STATE_TROUBLE:
        return Unavailable(retry_after_s=1)
    if state[:2] == "22":
        return Invalid("A value is out of range.")
    return None
