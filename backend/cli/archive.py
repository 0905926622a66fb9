"""`backup` and `restore`: a consistent copy while serving, and the way back, verified before anything is replaced."""

import asyncio
import os
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

import rich_click as click
from sqlalchemy.engine import make_url

from backend.db.schema import HEAD, DatabaseUnusable, check_revision
from backend.errors import Refused
from backend.settings import database_url


class BadBackup(Refused):
    """The file is no backup that could be restored here."""


class FileThere(Refused):
    """A backup never overwrites anything."""


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
def backup(file: Path) -> None:
    """Write a consistent copy of the database, while serving. On PostgreSQL: our own portable dump."""
    if file.exists():
        raise FileThere(f"{file} is there already: a backup overwrites nothing.")
    url = make_url(database_url())
    part = file.with_name(file.name + ".part")
    part.unlink(missing_ok=True)
    try:
        if url.drivername.startswith("sqlite"):
            source = Path(url.database or "")
            _copy_sqlite(source, part)
            try:
                verify_sqlite(part)
            except BadBackup as exc:  # then so is what was copied
                raise DatabaseUnusable(str(exc).replace(str(part), str(source))) from None
        else:
            from backend.cli.dump import dump

            part.touch(mode=0o600)
            asyncio.run(dump(url, part))
        _sync(part)
        part.rename(file)
    finally:
        part.unlink(missing_ok=True)
    click.echo(f"{file}: {file.stat().st_size} bytes", err=True)


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
def restore(file: Path) -> None:
    """Verify a backup, then put it in the database's place. The backend must not be running."""
    # one that is not there, a directory, one that may not be read: as with `import`, a wrong setting, no refused backup
    file.open("rb").close()
    url = make_url(database_url())
    if not url.drivername.startswith("sqlite"):
        from backend.cli.dump import load

        rows = asyncio.run(load(url, file))
        click.echo(f"Restored: {rows} rows.", err=True)
        return
    kept = _restore_sqlite(Path(url.database or ""), file)
    click.echo("Restored." + (f" What was there before is in {kept}." if kept else ""), err=True)


def _copy_sqlite(source: Path, target: Path) -> None:
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


def verify_sqlite(path: Path) -> None:
    """Raise BadBackup unless the file is a whole database of a version that we know."""
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)) as conn:
            told = conn.execute("PRAGMA integrity_check").fetchone()[0]
            if told != "ok":
                raise BadBackup(f"{path} is damaged: {str(told).splitlines()[0]}.")
            if conn.execute("PRAGMA foreign_key_check").fetchone() is not None:
                raise BadBackup(f"{path} is not whole: something in it refers to what is missing.")
            row = conn.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.DatabaseError as exc:
        raise BadBackup(f"{path} is no backup of Slotgate: {exc}.") from None
    found = None if row is None else str(row[0])
    try:
        check_revision(found)
    except DatabaseUnusable as exc:
        # An older one is migrated after it is restored.
        if found is None or "newer" in str(exc):
            raise BadBackup(f"{path} does not fit this version of Slotgate ({found}, we have {HEAD}).") from None


def _restore_sqlite(target: Path, file: Path) -> Path | None:
    from backend.cli.serve import hold

    verify_sqlite(file)
    target.parent.mkdir(parents=True, exist_ok=True)
    held = hold(f"sqlite+aiosqlite:///{target}")
    part = target.with_name(target.name + ".restoring")
    try:
        part.unlink(missing_ok=True)
        part.touch(mode=0o600)
        part.write_bytes(file.read_bytes())
        verify_sqlite(part)  # the copy as well
        _sync(part)
        kept = None
        if target.exists():
            _settle(target)
            kept = target.with_name(target.name + ".before-restore")
            target.replace(kept)
        for suffix in ("-wal", "-shm"):
            target.with_name(target.name + suffix).unlink(missing_ok=True)
        part.rename(target)
        _sync(target.parent)
        return kept
    finally:
        part.unlink(missing_ok=True)
        if held is not None:
            os.close(held)


def _settle(path: Path) -> None:
    """Bring what is still in the write-ahead log into the file that is kept; a damaged one is kept as it is."""
    with suppress(sqlite3.DatabaseError), closing(sqlite3.connect(path, timeout=5)) as conn:
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _sync(path: Path) -> None:
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
