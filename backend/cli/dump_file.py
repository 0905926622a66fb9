"""The file of a PostgreSQL backup: compressed lines of JSON.

The first line says what it is: format, revision, and the columns of every table. Then each row is a line of
[table, values…], tables in the order in which they refer to each other; the last line counts the rows, so that a file
that was cut off shows.
"""

import gzip
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from backend.errors import BadBackup

FORMAT = "slotgate-dump-2"
# of releases up to 0002: it names no columns, they are those of the revision
OLD_FORMAT = "slotgate-dump-1"
# where the old format's columns stood in another order than the migrations have made them
OLD_COLUMNS = {("0002", "outbox"): ("delivery", "error")}  # the first came right after the second
SQLITE_MAGIC = b"SQLite format 3\x00"


class DumpHead(NamedTuple):
    """What the first line says. `columns` is None in the old format."""

    revision: str
    columns: dict[str, list[str]] | None

    def columns_of(self, table: str, at_revision: list[str]) -> list[str]:
        """Return the columns of a table's rows; `at_revision` are those that the migrations have made."""
        if self.columns is not None:
            return self.columns[table]
        moved, after = OLD_COLUMNS.get((self.revision, table), (None, None))
        if moved is None or after is None:
            return at_revision
        rest = [name for name in at_revision if name != moved]
        place = rest.index(after) + 1
        return [*rest[:place], moved, *rest[place:]]


Rows = Iterator[tuple[str, list[Any]]]


@contextmanager
def open_dump(file: Path) -> Iterator[tuple[DumpHead, Rows]]:
    """Open a dump and give its head and its rows. Raises BadBackup where it is not ours, damaged or cut off."""
    with file.open("rb") as raw:
        if raw.read(len(SQLITE_MAGIC)) == SQLITE_MAGIC:
            raise BadBackup(f"{file} is a backup of SQLite, this database is PostgreSQL: restore it there and move it.")
    try:
        with gzip.open(file, "rb") as lines:
            head = _read_head(file, next(lines, b"null"))
            yield head, _read_rows(file, lines)
    except (OSError, EOFError, ValueError, zlib.error) as exc:
        raise BadBackup(f"{file} is damaged: {exc}.") from None


def _read_head(file: Path, line: bytes) -> DumpHead:
    match msgspec.json.decode(line):
        case [str() as form, str() as revision, dict() as columns] if form == FORMAT:
            return DumpHead(revision, msgspec.convert(columns, dict[str, list[str]]))
        case [str() as form, str() as revision] if form == OLD_FORMAT:
            return DumpHead(revision, None)
        case [str() as form, *_] if form.startswith("slotgate-dump-"):
            raise BadBackup(f"{file} was written by a newer version of Slotgate ({form}): upgrade Slotgate first.")
        case _:
            raise BadBackup(f"{file} is no backup of Slotgate.")


def _read_rows(file: Path, lines: gzip.GzipFile) -> Rows:
    count = 0
    decoder = msgspec.json.Decoder(list[Any])
    for line in lines:
        name, *values = decoder.decode(line)
        if name == "end":
            if values != [count]:
                raise BadBackup(f"{file} is damaged: rows are missing.")
            return
        count += 1
        yield str(name), values
    raise BadBackup(f"{file} is cut off after {count} rows.")


class DumpWriter:
    """Writes a dump, a line at a time."""

    def __init__(self, out: gzip.GzipFile, revision: str, columns: dict[str, list[str]]) -> None:
        self._out = out
        self._encoder = msgspec.json.Encoder()
        self._rows = 0
        self._write([FORMAT, revision, columns])

    def write_row(self, table: str, row: Iterable[Any]) -> None:
        """Write a row; bytes become base64."""
        self._write([table, *row])
        self._rows += 1

    def finish(self) -> int:
        """Write the last line and return the number of rows."""
        self._write(["end", self._rows])
        return self._rows

    def _write(self, line: list[Any]) -> None:
        self._out.write(self._encoder.encode(line) + b"\n")
