"""Which schemas this program works with, and how they are brought about (Alembic, from the `alembic` directory).

A database says two things of itself: at which revision it is (`schema_revision`), and from which revision on a program
can use it (`alembic_version`: there the releases up to 0002 look, and they demand exactly their own). A migration that
only adds leaves the second where it was, so the release before starts and works on the newer schema. Why it is so:
backend/decisions/schema-range.md.
"""

import sqlite3
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import URL, Connection, create_engine, inspect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import StaticPool

from backend.contract.versions import HEAD, OLDEST, REVISIONS
from backend.db.dialect import is_unreachable

if TYPE_CHECKING:
    from alembic.config import Config

REVISION_TABLE = "schema_revision"
RANGE_TABLE = "alembic_version"

# Alembic keeps what it is doing in globals.
_ONE_AT_A_TIME = Lock()


class SchemaState(NamedTuple):
    """What a database says of itself: its revision, and the oldest revision of a program that can use it.

    Both are None where there are no tables yet.
    """

    revision: str | None
    usable_from: str | None


class DatabaseUnusable(Exception):
    """The database cannot be served from, told in one sentence. `exit_code` is the command line's."""

    def __init__(self, sentence: str, *, exit_code: int = 3) -> None:
        super().__init__(sentence)
        self.exit_code = exit_code


class DatabaseMissing(DatabaseUnusable):
    """There is no SQLite file where it should be: only `migrate`, `up` and `demo` make one."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"There is no database at {path.absolute()}: run this in the folder of your installation or name it in "
            "SLOTGATE_DATA_DIR; `slotgate migrate` makes a new one."
        )


class DatabaseTooNew(DatabaseUnusable):
    """The database cannot be used by a program as old as this one."""

    def __init__(self, state: SchemaState) -> None:
        super().__init__(
            f"The database comes from a newer version of Slotgate ({state.revision}) and can be used by "
            f"programs of version {state.usable_from} or later, this one has {HEAD}: upgrade Slotgate first."
        )


def load_state(conn: Connection) -> SchemaState:
    """Return what a database says of itself; revision and range are one where only the older table is there."""
    usable_from = _only_value(conn, RANGE_TABLE)
    return SchemaState(_only_value(conn, REVISION_TABLE) or usable_from, usable_from)


def load_file_state(handle: sqlite3.Connection) -> SchemaState:
    """Return what a SQLite file says of itself, of a connection that stays open."""
    with create_engine("sqlite://", creator=lambda: handle, poolclass=StaticPool).connect() as conn:
        return load_state(conn)


def _only_value(conn: Connection, table: str) -> str | None:
    if not inspect(conn).has_table(table):
        return None
    found = conn.exec_driver_sql(f"SELECT version_num FROM {table}").scalar()  # noqa: S608  a constant
    return None if found is None else str(found)


def check_known(state: SchemaState) -> None:
    """Raise DatabaseUnusable unless this program can read the database: older ones as well, they can be migrated."""
    if state.revision is None:
        raise DatabaseUnusable("The database has no tables yet: run `slotgate migrate`.")
    if state.usable_from not in REVISIONS:
        raise DatabaseTooNew(state)


def check_usable(state: SchemaState) -> None:
    """Raise DatabaseUnusable unless this program can serve the database as it is."""
    check_known(state)
    if state.revision in REVISIONS[: REVISIONS.index(OLDEST)]:
        raise DatabaseUnusable(
            f"The database is at version {state.revision}, {OLDEST} or later is needed: run `slotgate migrate`."
        )


def alembic_config(url: str | URL) -> "Config":
    """Return Alembic's configuration for a database address."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_scripts()).replace("%", "%%"))
    config.attributes["url"] = url
    return config


def _scripts() -> Path:
    """Return the folder of the migrations: a package of ours in a wheel, the top-level directory in the repository.

    In this order: beside an installed `backend` stands the library of that name."""
    packed = Path(__file__).parents[1] / "migrations"
    return packed if packed.is_dir() else Path(__file__).resolve().parents[2] / "alembic"


def migrate(url: str | URL) -> str:
    """Bring the database to HEAD and return its revision; also while an older version serves, also twice at once.

    One with a newer schema that this program can use is left as it is. Blocking, with an event loop of its own. A failed
    migration leaves the schema as it was.
    """
    from alembic.script import ScriptDirectory

    from alembic import command

    config = alembic_config(url)
    assert ScriptDirectory.from_config(config).get_current_head() == HEAD
    try:
        with _ONE_AT_A_TIME:
            command.upgrade(config, "head")
    except (DBAPIError, OSError, TimeoutError) as exc:
        raise _failed(exc) from exc
    return str(config.attributes["revision"])


def _failed(exc: Exception) -> DatabaseUnusable:
    cause = str(exc.orig if isinstance(exc, DBAPIError) else exc).strip().splitlines()
    said = (cause[0] if cause else type(exc).__name__).rstrip(".")
    if isinstance(exc, OSError) and exc.filename is not None:
        return DatabaseUnusable(f"The database's file cannot be used: {exc.strerror}: {exc.filename}")
    if is_unreachable(exc):
        return DatabaseUnusable(f"The database cannot be reached: {said}.", exit_code=4)
    if "not a database" in said or "malformed" in said:
        return DatabaseUnusable("The database is damaged or is no database: restore it from a backup.")
    return DatabaseUnusable(f"The migration failed and changed nothing: {said}.", exit_code=1)


def as_unusable(exc: Exception, url: URL) -> DatabaseUnusable:
    """Return what a driver's error means to an operator, in one sentence without a secret."""
    cause = exc.orig if isinstance(exc, DBAPIError) else exc
    said = (str(cause).strip().splitlines() or [type(cause).__name__])[0].rstrip(".")
    said = said.split(">: ", 1)[-1]  # SQLAlchemy puts the driver's class before it
    if is_unreachable(exc):
        where = f"{url.host or url.query.get('host') or 'the local socket'}/{url.database}"
        return DatabaseUnusable(f"The database at {where} cannot be reached: {said}.", exit_code=4)
    return DatabaseUnusable(f"This failed and changed nothing: {said}.", exit_code=1)
