"""Statements that run in every booking: built with Core like all others, compiled once, then handed to the driver.

SQLAlchemy's own execution costs fifteen times what SQLite takes for such a statement, and all bookings pass through one
writer. On PostgreSQL, where the network costs more than both, they run the usual way.
"""

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any, Generic, NamedTuple, TypeVar

import msgspec
from sqlalchemy import Connection, Executable, Select, Table, bindparam, insert, select, update

from backend.db import dialect

R = TypeVar("R", bound=msgspec.Struct)

# Compiled forms kept of one statement: one for each length of its lists.
KEPT = 256


class _Made(NamedTuple):
    """A statement as the driver takes it: `pick` puts the named values into the order of its places."""

    text: str
    pick: Callable[[Mapping[str, Any]], tuple[Any, ...]]
    constants: dict[str, Any]  # values of the statement itself


class CompiledStatement:
    """One statement; `values` name its bind parameters, a list for an expanding one.

    Use it where a statement is fixed and runs very often. Values go to the driver as they are: numbers, text, bytes,
    booleans, None; booleans come back from SQLite as 0 and 1.
    """

    __slots__ = ("_lists", "_made", "_row", "_statement")

    def __init__(self, statement: Executable) -> None:
        given: Any = statement
        self._statement = given
        is_change = getattr(statement, "is_dml", False)
        described = given.returning_column_descriptions if is_change else given.column_descriptions
        self._row: Any = namedtuple("Row", [one["name"] for one in described], rename=True) if described else None
        self._lists: list[str] | None = None  # known from the first values on
        self._made: dict[tuple[int, ...], _Made] = {}

    def all(self, conn: Connection, **values: Any) -> Sequence[Any]:
        """Its rows, with the columns as attributes and in order."""
        if conn.dialect.name != "sqlite":
            return conn.execute(self._statement, values).all()
        return list(map(self._row._make, self._execute(conn, values).fetchall()))

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
        return int(self._execute(conn, values).rowcount)

    def run_many(self, conn: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        """Carry it out once for each of the rows, which have the same names and no lists."""
        if conn.dialect.name != "sqlite":
            conn.execute(self._statement, rows)
            return
        text, pick, constants = self._form(conn, rows[0])
        cursor = conn.connection.cursor()
        try:
            cursor.executemany(text, [pick({**row, **constants} if constants else row) for row in rows])
        finally:
            cursor.close()

    def _execute(self, conn: Connection, values: dict[str, Any]) -> Any:
        text, pick, constants = self._form(conn, values)
        if constants:
            values |= constants
        for name in self._lists or ():
            values |= {f"{name}_{place}": value for place, value in enumerate(values[name], 1)}
        driver: Any = conn.connection.dbapi_connection
        return driver.execute(text, pick(values))

    def _form(self, conn: Connection, values: Mapping[str, Any]) -> _Made:
        if self._lists is None:
            self._lists = [name for name, value in values.items() if isinstance(value, list)]
        lengths = tuple([len(values[name]) for name in self._lists])
        return self._made.get(lengths) or self._compile(conn, lengths, values)

    def _compile(self, conn: Connection, lengths: tuple[int, ...], values: Mapping[str, Any]) -> _Made:
        statement = self._statement
        if lengths:
            # as many places as the lists have values: `ids` becomes `ids_1`, `ids_2`, …
            compiled: Any = statement.params(**values).compile(
                dialect=conn.dialect, compile_kwargs={"render_postcompile": True}
            )
        else:
            compiled = statement.compile(dialect=conn.dialect)
        constants = {name: bind.value for name, bind in compiled.binds.items() if name not in values}
        if len(self._made) >= KEPT:
            self._made.clear()
        made = self._made[lengths] = _Made(str(compiled), _picker(compiled.positiontup), constants)
        return made


class JsonRows(Generic[R]):
    """A fixed statement of which there are many rows, as structs (`array_like`, `order=True`) sorted by their fields.

    The database makes one JSON text of them. Row by row, SQLite's driver takes twice as long, and gives the interpreter
    away and asks for it back at each of them, which many requests at once pay for several times over.
    """

    __slots__ = ("_decode", "_hot")

    def __init__(self, row: type[R], statement: Select[Any]) -> None:
        found = statement.subquery()
        self._hot = CompiledStatement(select(dialect.json_array(dialect.json_row(*found.c)).label("rows")))
        self._decode = msgspec.json.Decoder(list[row]).decode  # type: ignore[valid-type]  # known when it runs

    def all(self, conn: Connection, **values: Any) -> list[R]:
        """Its rows. `values` as for `CompiledStatement`; columns are numbers, text, None."""
        rows: list[Any] = self._decode(self._hot.scalar(conn, **values) or "[]")
        rows.sort()
        return rows


def _picker(names: Sequence[str]) -> Callable[[Mapping[str, Any]], tuple[Any, ...]]:
    if len(names) > 1:
        return itemgetter(*names)
    return lambda values: tuple([values[name] for name in names])


def add(conn: Connection, table: Table, values: Mapping[str, Any]) -> None:
    """Insert one row. Columns that are not given have their defaults."""
    _insert(table, tuple(values)).run(conn, **values)


def added(conn: Connection, table: Table, values: Mapping[str, Any]) -> Any:
    """Insert one row; the row as it is then, with its number and its defaults."""
    return _insert(table, tuple(values), returning=True).first(conn, **values)


def change(
    conn: Connection, table: Table, where: Mapping[str, Any], values: Mapping[str, Any], grows: str | None = None
) -> int:
    """Change the rows whose columns have the values of `where` (none of them NULL); how many. `grows` counts on by one."""
    statement = _update(table, tuple(where), tuple(values), grows)
    named = {f"is_{name}": value for name, value in where.items()}
    return statement.run(conn, **named, **{f"to_{name}": value for name, value in values.items()})


@lru_cache(maxsize=KEPT)
def _update(table: Table, where: tuple[str, ...], names: tuple[str, ...], grows: str | None) -> CompiledStatement:
    values: dict[str, Any] = {name: bindparam(f"to_{name}") for name in names}
    if grows is not None:
        values[grows] = table.c[grows] + 1
    return CompiledStatement(
        update(table).where(*(table.c[name] == bindparam(f"is_{name}") for name in where)).values(values)
    )


@lru_cache(maxsize=KEPT)
def _insert(table: Table, names: tuple[str, ...], returning: bool = False) -> CompiledStatement:
    statement = insert(table).values({name: bindparam(name) for name in names})
    return CompiledStatement(statement.returning(table) if returning else statement)
