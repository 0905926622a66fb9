"""Backups of a SQLite database: a consistent copy while serving, and the way back, verified before it replaces anything."""

import os
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from sqlalchemy import create_engine
from sqlalchemy.pool import StaticPool

from backend.db.process_lock import lock_database
from backend.db.schema import HEAD, DatabaseUnusable, SchemaState, check_known, load_state
from backend.errors import BadBackup


def copy_database(source: Path, target: Path) -> None:
    """Write a consistent copy, also while the source is served. Raises DatabaseUnusable where it cannot be read."""
    if not source.is_file():
        raise DatabaseUnusable(f"There is no database at {source} yet: run `slotgate migrate`.")
    # Created by ourselves, so that nobody else may read it at any moment.
    target.touch(mode=0o600)
    # VACUUM INTO reads one snapshot and waits for nobody; the online backup would never end under writes.
    with closing(sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro", uri=True, timeout=30)) as conn:
        try:
            conn.execute("VACUUM INTO ?", (str(target),))
        except sqlite3.DatabaseError as exc:
            raise DatabaseUnusable(f"The database {source} cannot be read: {exc}.") from None


def verify_database(path: Path) -> None:
    """Raise BadBackup unless the file is a whole database of a version that this program knows."""
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)) as conn:
            result = conn.execute("PRAGMA integrity_check").fetchone()[0]
            if result != "ok":
                raise BadBackup(f"{path} is damaged: {str(result).splitlines()[0]}.")
            if conn.execute("PRAGMA foreign_key_check").fetchone() is not None:
                raise BadBackup(f"{path} is not whole: something in it refers to what is missing.")
            state = _load_state(conn)
    except sqlite3.DatabaseError as exc:
        raise BadBackup(f"{path} is no backup of Slotgate: {exc}.") from None
    if state.revision is None:
        raise BadBackup(f"{path} is no backup of Slotgate: it has no tables of ours.")
    try:
        check_known(state)
    except DatabaseUnusable:
        raise BadBackup(
            f"{path} does not fit this version of Slotgate: it is of {state.revision}, we have {HEAD}."
        ) from None


def _load_state(handle: sqlite3.Connection) -> SchemaState:
    engine = create_engine("sqlite://", creator=lambda: handle, poolclass=StaticPool)
    with engine.connect() as conn:
        return load_state(conn)


def restore_database(target: Path, file: Path) -> Path | None:
    """Put a verified backup in the database's place and return where what was there before is kept, or None."""
    verify_database(file)
    target.parent.mkdir(parents=True, exist_ok=True)
    lock = lock_database(f"sqlite+aiosqlite:///{target}")
    part = target.with_name(target.name + ".restoring")
    try:
        part.unlink(missing_ok=True)
        part.touch(mode=0o600)
        part.write_bytes(file.read_bytes())
        verify_database(part)  # the copy as well
        sync_to_disk(part)
        kept = None
        if target.exists():
            _checkpoint(target)
            kept = target.with_name(target.name + ".before-restore")
            target.replace(kept)
        for suffix in ("-wal", "-shm"):
            target.with_name(target.name + suffix).unlink(missing_ok=True)
        part.rename(target)
        sync_to_disk(target.parent)
        return kept
    finally:
        part.unlink(missing_ok=True)
        if lock is not None:
            os.close(lock)


def _checkpoint(path: Path) -> None:
    """Bring what is still in the write-ahead log into the file that is kept; a damaged one is kept as it is."""
    with suppress(sqlite3.DatabaseError), closing(sqlite3.connect(path, timeout=5)) as conn:
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def sync_to_disk(path: Path) -> None:
    """Wait until a file or a directory is on the disk."""
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
