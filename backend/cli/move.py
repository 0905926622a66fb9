"""`move-to-postgres`: a SQLite installation into an empty PostgreSQL, verified table by table, in one transaction."""

import asyncio
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import Path
from typing import Any, NamedTuple

import asyncpg
import msgspec
import rich_click as click
from sqlalchemy.engine import URL, make_url
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.cli.data import json_option
from backend.cli.sqlite_source import BATCH, SqliteSource, SumOfRows, TableSum, open_source
from backend.contract.versions import REVISIONS
from backend.db.postgres_tables import (
    TableShape,
    describe_move,
    driver_of,
    find_foreign_tables,
    load_tables,
    loading_rows,
    migrate_within,
    open_alone,
    read_move,
    set_aside,
)
from backend.db.schema import DatabaseTooNew
from backend.errors import MoveRefused
from backend.settings import SettingsError, database_url

Progress = Callable[[int], object]


class Moved(NamedTuple):
    """What was moved: each table with its rows and checksum. `earlier`: when it had been moved before, else None."""

    tables: dict[str, TableSum]
    earlier: str | None

    @property
    def digest(self) -> str:
        """A checksum of everything."""
        return blake2b(msgspec.json.encode(sorted(self.tables.items())), digest_size=16).hexdigest()


@click.command("move-to-postgres")
@click.argument("url")
@json_option
def move_to_postgres(url: str, as_json: bool) -> None:
    """Copy a SQLite installation into an empty PostgreSQL and verify every table; the source stays as it is.

    URL is the new SLOTGATE_DATABASE_URL. Its password may stand in PGPASSWORD instead, where no process list shows it.
    """
    source, target = make_url(database_url()), make_url(database_url({"SLOTGATE_DATABASE_URL": url}))
    if not source.drivername.startswith("sqlite"):
        raise SettingsError("There is nothing to move: SLOTGATE_DATABASE_URL names a PostgreSQL database already.")
    if target.drivername.startswith("sqlite"):
        raise SettingsError("The address to move to must be one of PostgreSQL: postgresql+asyncpg://…")
    with open_source(Path(source.database or "")) as opened:
        moved = asyncio.run(_move(opened, target))
    rows = sum(table.rows for table in moved.tables.values())
    if as_json:
        tables = [{"name": name, **table._asdict()} for name, table in moved.tables.items()]
        click.echo(msgspec.json.encode({"database": target.database, "moved_before": moved.earlier, "tables": tables}))
    if moved.earlier is not None:
        click.echo(f"All of it was moved to {target.database} on {moved.earlier} already: nothing to do.", err=True)
        return
    click.echo(f"{len(moved.tables)} tables with {rows} rows are in {target.database}, each verified.", err=True)
    click.echo("The SQLite file is as it was. Set SLOTGATE_DATABASE_URL to the new address and start again.", err=True)


async def _move(source: SqliteSource, target: URL) -> Moved:
    if source.state.revision not in REVISIONS:
        raise DatabaseTooNew(source.state)
    async with open_alone(target) as conn:
        driver = await driver_of(conn)
        if foreign := await find_foreign_tables(driver):
            raise MoveRefused(
                f"The database {target.database} holds tables that are not Slotgate's ({', '.join(foreign[:3])}): "
                "give an empty one."
            )
        tables = await load_tables(driver)
        if tables and await driver.fetchval("SELECT EXISTS (SELECT 1 FROM tenants)"):
            return await _recognize(source, driver, target, tables)
        await set_aside(driver, "slotgate_empty")  # tables without rows go
        return await _copy_all(source, conn, driver)


async def _copy_all(source: SqliteSource, conn: AsyncConnection, driver: asyncpg.Connection) -> Moved:
    """Copy every table into the schema of the source's revision, verify, then migrate. Raises MoveRefused."""
    await migrate_within(conn, str(source.state.revision))
    tables = await load_tables(driver)
    found: dict[str, TableSum] = {}
    with _progress_bar("Moving", 2 * _total(source, tables)) as advance:
        async with loading_rows(driver, tables):
            for table in tables:
                found[table.name] = await _copy_table(source, driver, table, advance)
        for table in tables:
            if (there := await _sum_table(driver, table, advance)) != found[table.name]:
                raise MoveRefused(
                    f"The table {table.name} is not the same after the copy ({there.rows} of {found[table.name].rows} "
                    "rows): nothing was changed."
                )
    moved = Moved(found, None)
    await migrate_within(conn, "head")
    await describe_move(driver, f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC", moved.digest)
    return moved


async def _copy_table(
    source: SqliteSource, driver: asyncpg.Connection, table: TableShape, advance: Progress
) -> TableSum:
    summed = SumOfRows()
    rows = _counted(source.read_rows(table), summed, advance)
    try:
        await driver.copy_records_to_table(table.name, records=rows, columns=table.column_names)
    except (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError, ValueError, TypeError) as exc:
        sentence = str(exc).splitlines()[0].rstrip(".")
        raise MoveRefused(f"The table {table.name} does not fit into PostgreSQL: {sentence}.") from None
    if summed.rows != source.count_rows(table.name):
        raise MoveRefused(f"Not every row of the table {table.name} was read: nothing was changed.")
    return summed.result()


async def _recognize(source: SqliteSource, driver: asyncpg.Connection, target: URL, tables: list[TableShape]) -> Moved:
    """Return what was moved earlier, if it is what the source holds. Raises MoveRefused."""
    earlier = await read_move(driver)
    if earlier is None:
        raise MoveRefused(f"The database {target.database} holds data already: give an empty one.")
    found: dict[str, TableSum] = {}
    own = source.own_part(tables)  # the target may have got further tables and columns since
    with _progress_bar("Comparing", _total(source, own)) as advance:
        for table in own:
            summed = SumOfRows()
            for _ in _counted(source.read_rows(table), summed, advance):
                pass
            found[table.name] = summed.result()
    at, digest = earlier
    moved = Moved(found, at)
    if moved.digest != digest:
        raise MoveRefused(
            f"The database {target.database} was moved to on {at}, and this source has other content: nothing was changed."
        )
    return moved


async def _sum_table(driver: asyncpg.Connection, table: TableShape, advance: Progress) -> TableSum:
    summed = SumOfRows()
    columns = ", ".join(f'"{name}"' for name in table.column_names)
    # read to its end a cursor is closed: an open one would be in the way of the migration
    async for row in driver.cursor(f'SELECT {columns} FROM "{table.name}"', prefetch=BATCH):  # noqa: S608  our own tables
        summed.add(tuple(row))
        if summed.rows % BATCH == 0:
            advance(BATCH)
    advance(summed.rows % BATCH)
    return summed.result()


def _counted(rows: Iterator[list[Any]], summed: SumOfRows, advance: Progress) -> Iterator[list[Any]]:
    for row in rows:
        summed.add(row)
        if summed.rows % BATCH == 0:
            advance(BATCH)
        yield row
    advance(summed.rows % BATCH)


@contextmanager
def _progress_bar(label: str, rows: int) -> Iterator[Progress]:
    """Show on a terminal how far it is."""
    with click.progressbar(length=rows, label=label, file=sys.stderr, hidden=not sys.stderr.isatty()) as bar:
        yield bar.update


def _total(source: SqliteSource, tables: Iterable[TableShape]) -> int:
    return sum(source.count_rows(table.name) for table in tables)
