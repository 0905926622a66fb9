"""One process serves a SQLite database: a lock that the system gives back when the process ends."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.engine import make_url

from backend.db.schema import DatabaseUnusable


def lock_database(database_url: str) -> int | None:
    """Lock a SQLite database for this process and return the open file to keep; None for PostgreSQL.

    The lock is on the directory, so nothing is left behind. Raises DatabaseUnusable where another process serves it.
    """
    url = make_url(database_url)
    if not url.drivername.startswith("sqlite"):
        return None
    return lock_file(Path(url.database or ""))


def lock_file(path: Path) -> int:
    """Lock the SQLite database at a path for this process and return the open file to keep."""
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        fcntl.flock(directory, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(directory)
        raise DatabaseUnusable(f"Another backend serves {path}: stop it first.", exit_code=1) from None
    return directory


@contextmanager
def hold_file(path: Path) -> Iterator[None]:
    """Hold the lock on a SQLite database inside. Raises DatabaseUnusable where another process serves it."""
    lock = lock_file(path)
    try:
        yield
    finally:
        os.close(lock)
