"""When the last backup was completed, for `doctor` and the metrics: told by the command that makes one, read by every backend.

PostgreSQL keeps it in a comment on a table, where the backends of all machines find it. Beside a running backend no other
process may write to SQLite; there it is a file beside the database.
"""

import time
from pathlib import Path

from sqlalchemy import Connection, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError

from backend.db.schema import RANGE_TABLE, DatabaseMissing, as_unusable

NAME = "last-backup"
_WORDS = "last backup at "


def data_folder(database_url: str, data_dir: Path) -> Path:
    """Return where the data are: the folder of SQLite's file, else the data directory."""
    url = make_url(database_url)
    return Path(url.database or "").parent if url.drivername.startswith("sqlite") else data_dir


async def record_backup(database_url: str) -> None:
    """Note that a backup has been completed now. Raises OSError or DatabaseUnusable where it cannot be."""
    url, now = make_url(database_url), int(time.time())
    if url.drivername.startswith("sqlite"):
        _write_file(Path(url.database or ""), now)
        return
    await _write_comment(url, now)


def load_backup_record(conn: Connection) -> int | None:
    """Return when the last backup was completed (epoch seconds); None where none is known."""
    try:
        if conn.dialect.name == "sqlite":
            file = conn.exec_driver_sql("SELECT file FROM pragma_database_list WHERE name = 'main'").scalar_one()
            return int(Path(file).with_name(NAME).read_text())
        said = conn.scalar(text("SELECT obj_description(to_regclass(:name), 'pg_class')"), {"name": RANGE_TABLE})
        return int(str(said or "").removeprefix(_WORDS))
    except (OSError, ValueError):
        return None


def _write_file(database: Path, now: int) -> None:
    if not database.is_file():
        raise DatabaseMissing(database)
    part = database.with_name(f"{NAME}.part")
    part.write_text(f"{now}\n")
    part.replace(database.with_name(NAME))


async def _write_comment(url: URL, now: int) -> None:
    # every backend imports this file, and SQLite does without SQLAlchemy's asyncio
    from sqlalchemy.ext.asyncio import create_async_engine

    engine = create_async_engine(url, hide_parameters=True)
    try:
        async with engine.begin() as conn:
            await conn.exec_driver_sql(f"COMMENT ON TABLE {RANGE_TABLE} IS '{_WORDS}{now}'")
    except (DBAPIError, OSError) as exc:
        raise as_unusable(exc, url) from None
    finally:
        await engine.dispose()
