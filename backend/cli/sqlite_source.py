"""A SQLite database as a source that is read table by table and never written."""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from hashlib import blake2b
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from backend.db.postgres_tables import TableShape
from backend.db.process_lock import hold_file
from backend.db.schema import DatabaseMissing, DatabaseUnusable, SchemaState, check_known, load_file_state

BATCH = 1000
_MASK = (1 << 128) - 1


class TableSum(NamedTuple):
    """How many rows a table has, and a checksum of their content, whatever their order."""

    rows: int
    checksum: str


class SumOfRows:
    """Counts rows and sums up their hashes: two tables are equal where both agree."""

    def __init__(self) -> None:
        self.rows = 0
        self._sum = 0
        self._encode = msgspec.msgpack.Encoder().encode

    def add(self, row: list[Any] | tuple[Any, ...]) -> None:
        """Count a row of None, integers, booleans, text and bytes."""
        self.rows += 1
        digest = blake2b(self._encode(row), digest_size=16).digest()
        self._sum = (self._sum + int.from_bytes(digest, "big")) & _MASK

    def result(self) -> TableSum:
        """Return what was found so far."""
        return TableSum(self.rows, f"{self._sum:032x}")


class SqliteSource:
    """One snapshot of a database file."""

    def __init__(self, handle: sqlite3.Connection) -> None:
        self._handle = handle
        self.state: SchemaState = load_file_state(handle)
        check_known(self.state)
        self._handle.execute("BEGIN")

    def own_part(self, tables: Iterable[TableShape]) -> list[TableShape]:
        """Return those of the tables, and of their columns, that the source has."""
        part = []
        for table in tables:
            own = {str(row[1]) for row in self._handle.execute(f'PRAGMA table_info("{table.name}")')}
            if own:
                part.append(TableShape(table.name, tuple(c for c in table.columns if c.name in own)))
        return part

    def count_rows(self, table: str) -> int:
        """Return the number of a table's rows."""
        return int(self._handle.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0])  # noqa: S608  our own tables

    def read_rows(self, table: TableShape) -> Iterator[list[Any]]:
        """Give a table's rows as PostgreSQL takes them, in the order in which they are stored."""
        columns = ", ".join(f'"{name}"' for name in table.column_names)
        booleans = [place for place, column in enumerate(table.columns) if column.type == "bool"]
        cursor = self._handle.execute(f'SELECT {columns} FROM "{table.name}"')  # noqa: S608  our own tables
        while batch := cursor.fetchmany(BATCH):
            for found in batch:
                row = list(found)
                for place in booleans:
                    if row[place] in (0, 1):  # anything else is refused by PostgreSQL
                        row[place] = bool(row[place])
                yield row


@contextmanager
def open_source(path: Path) -> Iterator[SqliteSource]:
    """Open a database that nobody serves, for reading alone. Raises DatabaseUnusable."""
    if not path.is_file():
        raise DatabaseMissing(path)
    with hold_file(path), closing(_connect(path)) as handle:
        try:
            yield SqliteSource(handle)
        except sqlite3.DatabaseError as exc:
            raise DatabaseUnusable(f"The database {path} cannot be read: {exc}.") from None


def _connect(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=30, isolation_level=None)
