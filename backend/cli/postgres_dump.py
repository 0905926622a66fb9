"""A PostgreSQL database as one compressed file of JSON lines, and back.

The first line says what it is, each row is a line of [table, values…] in the order in which rows refer to each other,
the last line counts the rows: a file that was cut off shows.
"""

import base64
import gzip
import zlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import LargeBinary, Table, text
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from backend.db.guards import GUARDS, drop_statement
from backend.db.schema import HEAD, DatabaseUnusable, check_usable, load_state
from backend.db.tables import metadata
from backend.errors import BadBackup

FORMAT = "slotgate-dump-1"
BATCH = 500


async def dump_database(url: URL, file: Path) -> None:
    """Write every table as it is at one instant."""
    engine = create_async_engine(url, isolation_level="REPEATABLE READ")
    try:
        async with engine.connect() as conn:
            await _check(conn)
            with gzip.open(file, "wb", compresslevel=6) as out:
                out.write(_line([FORMAT, HEAD]))
                rows = 0
                for table in metadata.sorted_tables:
                    async for row in await conn.stream(table.select()):
                        out.write(_line([str(table.name), *map(_plain, row)]))
                        rows += 1
                out.write(_line(["end", rows]))
    except OSError as exc:
        raise DatabaseUnusable(f"The database cannot be reached: {exc}.", exit_code=4) from None
    finally:
        await engine.dispose()


async def load_dump(url: URL, file: Path) -> int:
    """Replace every row with those of a dump, in one transaction, and return how many. Raises BadBackup."""
    for _ in _rows(file):  # all of it is read and counted before anything is touched
        pass
    engine = create_async_engine(url)
    try:
        async with engine.begin() as conn:
            await _check(conn)
            return await _replace(conn, file)
    except OSError as exc:
        raise DatabaseUnusable(f"The database cannot be reached: {exc}.", exit_code=4) from None
    finally:
        await engine.dispose()


async def _replace(conn: AsyncConnection, file: Path) -> int:
    guards = [n for n, sql in GUARDS["postgresql"].items() if not sql.startswith("CREATE FUNCTION")]
    # The rows have passed the guards once; a room of which there are fewer now must not stop them.
    for name in guards:
        await conn.exec_driver_sql(drop_statement("postgresql", name))
    names = ", ".join(f'"{table.name}"' for table in metadata.sorted_tables)
    await conn.exec_driver_sql(f"TRUNCATE {names}")
    count = 0
    async for table, batch in _batches(file):
        await conn.execute(table.insert(), batch)
        count += len(batch)
    for name in guards:
        await conn.exec_driver_sql(GUARDS["postgresql"][name])
    for table in metadata.sorted_tables:
        if (column := table.autoincrement_column) is not None and column.name == "id":
            await conn.execute(
                text(
                    f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), "  # noqa: S608 - our own tables
                    f'(SELECT COALESCE(max(id), 0) + 1 FROM "{table.name}"), false)'
                )
            )
    return count


async def _batches(file: Path) -> AsyncIterator[tuple[Table, list[dict[str, Any]]]]:
    table: Table | None = None
    batch: list[dict[str, Any]] = []
    for name, values in _rows(file):
        if table is None or name != table.name or len(batch) >= BATCH:
            if table is not None and batch:
                yield table, batch
            table, batch = metadata.tables[name], []
        batch.append(dict(zip((c.name for c in table.columns), _typed(table, values), strict=True)))
    if table is not None and batch:
        yield table, batch


def _rows(file: Path) -> Iterator[tuple[str, list[Any]]]:
    """Yield every row of a dump. Raises BadBackup where it is not ours, of another version, damaged or cut off."""
    count = 0
    try:
        with gzip.open(file, "rb") as lines:
            first = msgspec.json.decode(next(lines, b"null"))
            if first != [FORMAT, HEAD]:
                raise BadBackup(f"{file} is no dump of this version of Slotgate ({HEAD}).")
            for line in lines:
                name, *values = msgspec.json.decode(line, type=list[Any])
                if name == "end":
                    if values != [count]:
                        raise BadBackup(f"{file} is damaged: rows are missing.")
                    return
                if name not in metadata.tables or len(values) != len(metadata.tables[name].columns):
                    raise BadBackup(f"{file} is damaged at row {count + 1}.")
                count += 1
                yield name, values
    except (OSError, EOFError, ValueError, zlib.error) as exc:
        raise BadBackup(f"{file} is damaged: {exc}.") from None
    raise BadBackup(f"{file} is cut off after {count} rows.")


async def _check(conn: AsyncConnection) -> None:
    check_usable(await conn.run_sync(load_state))


def _line(values: list[Any]) -> bytes:
    return msgspec.json.encode(values) + b"\n"


def _plain(value: Any) -> Any:
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value


def _typed(table: Table, values: list[Any]) -> Iterator[Any]:
    for column, value in zip(table.columns, values, strict=True):
        yield base64.b64decode(value) if isinstance(column.type, LargeBinary) and value is not None else value
