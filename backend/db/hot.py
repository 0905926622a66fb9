"""Statements that run in every booking: built with Core like all others, compiled once, then handed to the driver.

SQLAlchemy's own execution costs fifteen times what SQLite takes for such a statement, and all bookings pass through one
writer. On PostgreSQL, where the network costs more than both, they run the usual way.
"""

from collections import namedtuple
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Executable, Table, bindparam, insert

# Compiled forms kept of one statement: one for each length of its lists.
KEPT = 256


class Hot:
    """One statement; `values` name its bind parameters, a list for an expanding one.

    Use it where a statement is fixed and runs very often. Values go to the driver as they are: numbers, text, bytes,
    booleans, None; booleans come back from SQLite as 0 and 1.
    """

    __slots__ = ("_made", "_row", "_statement")

    def __init__(self, statement: Executable) -> None:
        given: Any = statement
        self._statement = given
        is_change = getattr(statement, "is_dml", False)
        described = given.returning_column_descriptions if is_change else given.column_descriptions
        self._row: Any = namedtuple("Row", [one["name"] for one in described], rename=True) if described else None
        self._made: dict[tuple[int, ...], tuple[str, list[tuple[str, int | None]], dict[str, Any]]] = {}

    def all(self, conn: Connection, **values: Any) -> Sequence[Any]:
        """Its rows, with the columns as attributes and in order."""
        if conn.dialect.name != "sqlite":
            return conn.execute(self._statement, values).all()
        cursor = self._execute(conn, values)
        try:
            return list(map(self._row._make, cursor.fetchall()))
        finally:
            cursor.close()

    def first(self, conn: Connection, **values: Any) -> Any:
        """Its first row, or None."""
        rows = self.all(conn, **values)
        return rows[0] if rows else None

    def scalar(self, conn: Connection, **values: Any) -> Any:
        """The first column of its first row, or None."""
        row = self.first(conn, **values)
        return None if row is None else row[0]

    def run(self, conn: Connection, **values: Any) -> int:
        """Carry it out; how many rows it touched."""
        if conn.dialect.name != "sqlite":
            return int(conn.execute(self._statement, values).rowcount)
        cursor = self._execute(conn, values)
        try:
            return int(cursor.rowcount)
        finally:
            cursor.close()

    def _execute(self, conn: Connection, values: dict[str, Any]) -> Any:
        lengths = tuple(len(value) for value in values.values() if isinstance(value, list))
        made = self._made.get(lengths)
        if made is None:
            made = self._compile(conn, lengths, values)
        text, places, constants = made
        arguments = tuple(
            constants[name] if name in constants else values[name] if index is None else values[name][index]
            for name, index in places
        )
        cursor = conn.connection.cursor()
        cursor.execute(text, arguments)
        return cursor

    def _compile(
        self, conn: Connection, lengths: tuple[int, ...], values: dict[str, Any]
    ) -> tuple[str, list[tuple[str, int | None]], dict[str, Any]]:
        """(SQL, where each argument comes from, constants of the statement itself)."""
        lists = {name: value for name, value in values.items() if isinstance(value, list)}
        statement = self._statement
        if lists:
            compiled: Any = statement.params(**values).compile(
                dialect=conn.dialect, compile_kwargs={"render_postcompile": True}
            )
        else:
            compiled = statement.compile(dialect=conn.dialect)
        expanded = {
            f"{name}_{place + 1}": (name, place) for name, value in lists.items() for place in range(len(value))
        }
        places: list[tuple[str, int | None]] = [expanded.get(name, (name, None)) for name in compiled.positiontup]
        constants = {name: bind.value for name, bind in compiled.binds.items() if name not in values}
        if len(self._made) >= KEPT:
            self._made.clear()
        made = self._made[lengths] = (str(compiled), places, constants)
        return made


def add(conn: Connection, table: Table, values: Mapping[str, Any], returning: str | None = None) -> Any:
    """Insert one row; what the column `returning` became. Columns that are not given have their defaults."""
    statement = _insert(table, tuple(values), returning)
    if returning is None:
        return statement.run(conn, **values)
    return statement.scalar(conn, **values)


@lru_cache(maxsize=KEPT)
def _insert(table: Table, names: tuple[str, ...], returning: str | None) -> Hot:
    statement = insert(table).values({name: bindparam(name) for name in names})
    return Hot(statement if returning is None else statement.returning(table.c[returning]))
