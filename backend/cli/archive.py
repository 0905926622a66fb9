"""`backup` and `restore`: a consistent copy while serving, and the way back, verified before anything is replaced."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import rich_click as click
from sqlalchemy.engine import make_url

from backend.cli.postgres_dump import dump_database, load_dump
from backend.cli.sqlite_backup import copy_database, restore_database, sync_to_disk, verify_database
from backend.db.backup_record import record_backup
from backend.db.schema import DatabaseUnusable
from backend.errors import BadBackup, FileThere
from backend.kit.files import open_regular_file
from backend.settings import SettingsError, database_url

# The names that `backup` gives in a folder, and that `--keep` counts: in the order of time.
DATED, SUFFIX = "booking-", ".backup"


@click.command()
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option("--keep", type=click.IntRange(1), help="FILE is a folder: keep the newest N backups in it.")
@click.option(
    "--record", is_flag=True, help="Copy nothing: note that another program (Litestream …) has made a backup."
)
def backup(file: Path | None, keep: int | None, record: bool) -> None:
    """Write a consistent copy of the database, while serving. On PostgreSQL: our own portable dump.

    Where FILE is a folder, the copy gets a name with the time in it.
    """
    if record == (file is not None) or (record and keep):
        raise click.UsageError("Name the FILE to write, or say --record and nothing else.")
    if file is None:
        asyncio.run(record_backup(database_url()))
        return
    folder = file if file.is_dir() else None
    if keep is not None and folder is None:
        raise SettingsError(f"--keep needs a folder that is there: {file} is none.")
    if folder is not None:
        file = folder / f"{DATED}{datetime.now(UTC):%Y%m%dT%H%M%SZ}{SUFFIX}"
    _write_backup(file)
    try:
        asyncio.run(record_backup(database_url()))
    except (OSError, DatabaseUnusable) as error:  # the backup is whole all the same
        click.echo(f"The time of this backup is kept nowhere, and `doctor` will miss it: {error}", err=True)
    click.echo(f"{file}: {file.stat().st_size} bytes", err=True)
    if folder is not None and keep is not None:
        for old in sorted(folder.glob(f"{DATED}*{SUFFIX}"))[:-keep]:
            old.unlink()
            click.echo(f"{old} is removed.", err=True)


def _write_backup(file: Path) -> None:
    """Write and verify a copy that appears when it is whole. Raises FileThere, DatabaseUnusable."""
    if file.exists():
        raise FileThere(f"{file} is there already: a backup overwrites nothing.")
    url = make_url(database_url())
    part = file.with_name(file.name + ".part")
    part.unlink(missing_ok=True)
    try:
        if url.drivername.startswith("sqlite"):
            source = Path(url.database or "")
            copy_database(source, part)
            try:
                verify_database(part)
            except BadBackup as exc:  # then the source is damaged as well
                raise DatabaseUnusable(str(exc).replace(str(part), str(source))) from None
        else:
            part.touch(mode=0o600)
            asyncio.run(dump_database(url, part))
        sync_to_disk(part)
        part.rename(file)
    finally:
        part.unlink(missing_ok=True)


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
def restore(file: Path) -> None:
    """Verify a backup, then put it in the database's place. The backend must not be running."""
    # a missing file, a directory or an unreadable file is a wrong setting (as with `import`), not a bad backup
    try:
        open_regular_file(file).close()
    except ValueError as error:
        raise SettingsError(f"{file} cannot be restored: {error}.") from None
    url = make_url(database_url())
    if not url.drivername.startswith("sqlite"):
        rows, schema = asyncio.run(load_dump(url, file))
        kept = f" What was there before is in the schema {schema} of the same database." if schema else ""
        click.echo(f"Restored {rows} rows into {url.database}.{kept}", err=True)
        return
    target = Path(url.database or "")
    replaced = restore_database(target, file)
    kept = f"What was there before is in {replaced}." if replaced else "There was nothing before."
    click.echo(f"Restored into {target.resolve()}. {kept}", err=True)
