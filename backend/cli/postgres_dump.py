"""Backups of a PostgreSQL database: a consistent dump while serving, and the way back, in one transaction."""

import base64
import gzip
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any, NamedTuple

import asyncpg
from sqlalchemy import make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

from backend.cli.dump_file import DumpHead, DumpWriter, Rows, open_dump
from backend.contract.versions import HEAD, REVISIONS
from backend.db.postgres_tables import (
    TableShape,
    driver_of,
    load_tables,
    loading_rows,
    migrate_within,
    open_alone,
    set_aside,
)
from backend.db.schema import as_unusable, check_known, load_state
from backend.errors import BadBackup

BATCH = 1000
# A backup is made more often than it is read: little time rather than the last per cent.
COMPRESSION = 3

# what asyncpg raises for values that are none of a column, the server for rows that do not fit together
BAD_ROWS = (
    asyncpg.DataError,
    asyncpg.IntegrityConstraintViolationError,
    asyncpg.InterfaceError,
    TypeError,
    ValueError,
    OverflowError,
)


class Restored(NamedTuple):
    """How many rows were loaded, and the schema in which what was there before is kept."""

    rows: int
    kept_in: str | None


async def dump_database(url: URL, file: Path) -> None:
    """Write every table as it is at one instant, at whatever revision the database is. Raises DatabaseUnusable."""
    engine = create_async_engine(url, isolation_level="REPEATABLE READ", hide_parameters=True)
    try:
        async with engine.connect() as conn:
            state = await conn.run_sync(load_state)
            check_known(state)
            driver = await driver_of(conn)
            tables = await load_tables(driver)
            with gzip.open(file, "wb", compresslevel=COMPRESSION) as out:
                columns = {table.name: table.column_names for table in tables}
                writer = DumpWriter(out, str(state.revision), columns)
                for table in tables:
                    query = f'SELECT {_quoted(table)} FROM "{table.name}"'  # noqa: S608  our own tables
                    async for row in driver.cursor(query, prefetch=BATCH):
                        writer.write_row(table.name, row)
                writer.finish()
    except (DBAPIError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as exc:
        raise as_unusable(exc, url) from None
    finally:
        await engine.dispose()


async def load_dump(url: URL, file: Path) -> Restored:
    """Put a dump in the place of everything, in one transaction, and bring it to HEAD. Raises BadBackup, DatabaseUnusable.

    The rows are loaded into the schema of the dump's own revision and migrated as any database of that time.
    """
    with open_dump(file) as (head, rows):
        if head.revision not in REVISIONS:
            raise BadBackup(
                f"{file} was written by a newer version of Slotgate (it is of {head.revision}, we have {HEAD}): "
                "upgrade Slotgate first."
            )
        async with open_alone(make_url(url)) as conn:
            driver = await driver_of(conn)
            kept = await set_aside(driver, f"before_restore_{datetime.now(UTC):%Y%m%d_%H%M%S}")
            await migrate_within(conn, head.revision)
            tables = await load_tables(driver)
            try:
                async with loading_rows(driver, tables):
                    count = await _load_rows(driver, file, {table.name: table for table in tables}, head, rows)
            except BAD_ROWS as exc:
                raise BadBackup(f"{file} is damaged: {str(exc).splitlines()[0].rstrip('.')}.") from None
            await migrate_within(conn, "head")
            return Restored(count, kept)


async def _load_rows(
    driver: asyncpg.Connection,
    file: Path,
    tables: dict[str, TableShape],
    head: DumpHead,
    rows: Rows,
) -> int:
    total = 0
    for name, group in groupby(rows, key=itemgetter(0)):
        if name not in tables or (head.columns is not None and name not in head.columns):
            raise BadBackup(f"{file} is damaged: there is no table {name} in {head.revision}.")
        table = tables[name]
        columns = head.columns_of(name, table.column_names)
        binary = [columns.index(c.name) for c in table.columns if c.type == "bytea"]
        status = await driver.copy_records_to_table(name, records=_records(group, binary), columns=columns)
        total += int(status.split()[-1])
    return total


def _records(group: Iterator[tuple[str, list[Any]]], binary: list[int]) -> Iterator[list[Any]]:
    for _, values in group:
        for place in binary:
            if values[place] is not None:
                values[place] = base64.b64decode(values[place])
        yield values


def _quoted(table: TableShape) -> str:
    return ", ".join(f'"{name}"' for name in table.column_names)
