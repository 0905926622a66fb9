"""Backups of a SQLite database: a consistent copy while serving, and the way back, verified before it replaces anything."""

import os
import shutil
import sqlite3
from contextlib import closing, suppress
from itertools import count
from pathlib import Path

from sqlalchemy import URL

from backend.contract.versions import HEAD
from backend.db.process_lock import hold_file
from backend.db.schema import DatabaseMissing, DatabaseUnusable, check_known, load_file_state, migrate
from backend.errors import BadBackup

GZIP_MAGIC = b"\x1f\x8b"
LOG_SUFFIXES = ("-wal", "-shm")


def copy_database(source: Path, target: Path) -> None:
    """Write a consistent copy, also while the source is served. Raises DatabaseUnusable where it cannot be read."""
    if not source.is_file():
        raise DatabaseMissing(source)
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
    with path.open("rb") as raw:
        if raw.read(len(GZIP_MAGIC)) == GZIP_MAGIC:
            raise BadBackup(f"{path} is a backup of PostgreSQL, this database is SQLite.")
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)) as conn:
            result = conn.execute("PRAGMA integrity_check").fetchone()[0]
            if result != "ok":
                raise BadBackup(f"{path} is damaged: {str(result).splitlines()[0]}.")
            if conn.execute("PRAGMA foreign_key_check").fetchone() is not None:
                raise BadBackup(f"{path} is not whole: something in it refers to what is missing.")
            state = load_file_state(conn)
    except sqlite3.DatabaseError as exc:
        raise BadBackup(f"{path} is no backup of Slotgate: {exc}.") from None
    if state.revision is None:
        raise BadBackup(f"{path} is no backup of Slotgate: it has no tables of ours.")
    try:
        check_known(state)
    except DatabaseUnusable:
        raise BadBackup(
            f"{path} comes from a newer version of Slotgate (it is of {state.revision}, we have {HEAD}): "
            "upgrade Slotgate first."
        ) from None


def restore_database(target: Path, file: Path) -> Path | None:
    """Put a verified backup in the database's place and return where what was there before is kept, or None.

    The backup is brought to HEAD before it replaces anything; one with a newer schema that can be used stays as it is.
    """
    verify_database(file)
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(target.name + ".restoring")
    with hold_file(target):
        try:
            _remove(part)
            part.touch(mode=0o600)
            shutil.copyfile(file, part)
            migrate(URL.create("sqlite+aiosqlite", database=str(part)))
            _checkpoint(part)
            sync_to_disk(part)
            kept = _keep(target) if target.exists() else None
            for suffix in LOG_SUFFIXES:
                target.with_name(target.name + suffix).unlink(missing_ok=True)
            part.replace(target)  # at no instant is there no database
            sync_to_disk(target.parent)
            return kept
        finally:
            _remove(part)


def _keep(path: Path) -> Path:
    """Keep a database under another name beside it, with what was still in its log, and return that name."""
    names = (path.with_name(f"{path.name}.before-restore{'' if n == 1 else f'-{n}'}") for n in count(1))
    kept = next(name for name in names if not name.exists())
    _checkpoint(path)
    try:
        os.link(path, kept)
    except OSError:  # a file system without links
        shutil.copyfile(path, kept)
        kept.chmod(0o600)
        sync_to_disk(kept)
    log = path.with_name(path.name + "-wal")
    if log.exists() and log.stat().st_size:  # a damaged database
        log.replace(kept.with_name(kept.name + "-wal"))
    return kept


def _remove(path: Path) -> None:
    for suffix in ("", *LOG_SUFFIXES):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def _checkpoint(path: Path) -> None:
    """Bring what is still in the write-ahead log into the file; a damaged one is left as it is."""
    with suppress(sqlite3.DatabaseError), closing(sqlite3.connect(path, timeout=5)) as conn:
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def sync_to_disk(path: Path) -> None:
    """Wait until a file or a directory is on the disk."""
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
