"""Statements that run in every booking: built with Core like all others, compiled once, then handed to the driver.

Such a statement on SQLite takes 15.6 µs by SQLAlchemy's own execution and 4.9 µs this way, and all bookings pass through
one writer. On PostgreSQL, where the network costs more than both, they run the usual way.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any, Generic, NamedTuple, TypeVar

import msgspec
from sqlalchemy import Connection, Executable, Select, Table, bindparam, insert, select, update

from backend.db import dialect
from backend.db.rows import R, check_columns, columns_of, row_maker

S = TypeVar("S", bound=msgspec.Struct)
T = TypeVar("T")

# Compiled forms kept of one statement: one for each length of its lists.
MAX_FORMS = 256


class _Form(NamedTuple):
    """A statement as the driver takes it: `pick` puts the named values into the order of its places."""

    text: str
    pick: Callable[[Mapping[str, Any]], tuple[Any, ...]]
    constants: dict[str, Any]  # values of the statement itself


class CompiledStatement:
    """A statement that changes rows and returns none; `values` name its bind parameters, a list for an expanding one.

    Use it where a statement is fixed and runs very often. Values go to the driver as they are: numbers, text, bytes,
    booleans, None.
    """

    __slots__ = ("_forms", "_lists", "_statement")

    def __init__(self, statement: Executable) -> None:
        self._statement: Any = statement  # SQLAlchemy's base class lacks `compile`
        self._lists: list[str] | None = None  # known from the first values on
        self._forms: dict[tuple[int, ...], _Form] = {}

    def run(self, conn: Connection, **values: object) -> int:
        """Run it and return how many rows it touched."""
        if conn.dialect.name != "sqlite":
            return conn.execute(self._statement, values).rowcount
        return int(self._execute(conn, values).rowcount)

    def run_many(self, conn: Connection, rows: Sequence[Mapping[str, object]]) -> None:
        """Run it once for each of the rows, which have the same names and no lists."""
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
        """Return the driver's own cursor, which SQLAlchemy does not type."""
        text, pick, constants = self._form(conn, values)
        if constants:
            values |= constants
        for name in self._lists or ():
            values |= {f"{name}_{place}": value for place, value in enumerate(values[name], 1)}
        driver: Any = conn.connection.dbapi_connection
        return driver.execute(text, pick(values))

    def _form(self, conn: Connection, values: Mapping[str, Any]) -> _Form:
        if self._lists is None:
            self._lists = [name for name, value in values.items() if isinstance(value, list)]
        lengths = tuple([len(values[name]) for name in self._lists])
        return self._forms.get(lengths) or self._compile(conn, lengths, values)

    def _compile(self, conn: Connection, lengths: tuple[int, ...], values: Mapping[str, Any]) -> _Form:
        compiled: Any = self._statement.compile(dialect=conn.dialect)
        text, places = str(compiled), compiled.positiontup
        if lengths:
            # as many places as the lists have values: `ids` becomes `ids_1`, `ids_2`, …
            expanded = compiled.construct_expanded_state(values)
            text, places = expanded.statement, expanded.positiontup
        constants = {name: bind.value for name, bind in compiled.binds.items() if name not in values}
        if len(self._forms) >= MAX_FORMS:
            self._forms.clear()
        form = self._forms[lengths] = _Form(text, _picker(places), constants)
        return form


class CompiledQuery(CompiledStatement, Generic[R]):
    """A statement that returns rows of one type: a NamedTuple whose fields are its columns, in the same order."""

    __slots__ = ("_make", "row")

    def __init__(self, row: type[R], statement: Executable) -> None:
        super().__init__(statement)
        self.row = row
        described = _described(self._statement)
        check_columns(row, [column["name"] for column in described])
        self._make = row_maker(row, [column["type"] for column in described])

    def all(self, conn: Connection, **values: object) -> list[R]:
        """Return its rows."""
        if conn.dialect.name != "sqlite":
            return list(map(self._make, conn.execute(self._statement, values)))
        return list(map(self._make, self._execute(conn, values).fetchall()))

    def first(self, conn: Connection, **values: object) -> R | None:
        """Return its first row, or None."""
        rows = self.all(conn, **values)
        return rows[0] if rows else None


class CompiledScalar(CompiledStatement, Generic[T]):
    """A statement that selects one column."""

    __slots__ = ()

    def __init__(self, statement: Select[T]) -> None:
        super().__init__(statement)

    def first(self, conn: Connection, **values: object) -> T | None:
        """Return the value of its first row, or None where there is no row."""
        rows = self.all(conn, **values)
        return rows[0] if rows else None

    def all(self, conn: Connection, **values: object) -> list[T]:
        """Return the values of all rows."""
        if conn.dialect.name != "sqlite":
            return list(conn.execute(self._statement, values).scalars())
        return [value for (value,) in self._execute(conn, values).fetchall()]


class JsonRows(Generic[S]):
    """A fixed statement with many rows, as structs (`array_like`, `order=True`) sorted by their fields.

    The database makes one JSON text of them. Row by row, SQLite's driver takes twice as long, and gives the interpreter
    away and asks for it back at each of them, which many requests at once pay for several times over.
    """

    __slots__ = ("_decode", "_query")

    def __init__(self, row: type[S], statement: Select[*tuple[Any, ...]]) -> None:
        rows = statement.subquery()
        self._query: CompiledScalar[str] = CompiledScalar(
            select(dialect.json_array(dialect.json_row(*rows.c)).label("rows"))
        )
        self._decode = msgspec.json.Decoder(list[row]).decode  # type: ignore[valid-type]  # known when it runs

    def all(self, conn: Connection, **values: object) -> list[S]:
        """Return its rows. `values` as for `CompiledStatement`; columns are numbers, text, None."""
        rows: list[S] = self._decode(self._query.first(conn, **values) or "[]")
        rows.sort()  # type: ignore[call-arg]  # `order=True` makes them comparable
        return rows


def _described(statement: Any) -> Sequence[Mapping[str, Any]]:
    """Return SQLAlchemy's descriptions of the columns of a SELECT or of RETURNING: `name`, `type` and more."""
    found: Sequence[Mapping[str, Any]] = (
        statement.returning_column_descriptions
        if getattr(statement, "is_dml", False)
        else statement.column_descriptions
    )
    return found


def _picker(names: Sequence[str]) -> Callable[[Mapping[str, Any]], tuple[Any, ...]]:
    if len(names) > 1:
        return itemgetter(*names)
    return lambda values: tuple([values[name] for name in names])


def insert_row(conn: Connection, table: Table, values: Mapping[str, object]) -> None:
    """Insert one row. Columns that are not given have their defaults."""
    _insert(table, tuple(values)).run(conn, **values)


def insert_rows(conn: Connection, table: Table, rows: Sequence[Mapping[str, object]]) -> None:
    """Insert rows, none or many, which have the same columns. Those that are not given have their defaults."""
    if rows:
        _insert(table, tuple(rows[0])).run_many(conn, rows)


def insert_returning(conn: Connection, row: type[R], table: Table, values: Mapping[str, object]) -> R:
    """Insert one row and return it, with its number and its defaults."""
    statement: CompiledQuery[R] = _insert_returning(row, table, tuple(values))
    inserted = statement.first(conn, **values)
    assert inserted is not None, "an INSERT returns its row"
    return inserted


def update_rows(
    conn: Connection,
    table: Table,
    where: Mapping[str, object],
    values: Mapping[str, object],
    increment: str | None = None,
) -> int:
    """Change the rows whose columns have the values of `where` (none of them NULL) and return how many.

    The column named by `increment` grows by one.
    """
    statement = _update(table, tuple(where), tuple(values), increment)
    named = {f"is_{name}": value for name, value in where.items()}
    return statement.run(conn, **named, **{f"to_{name}": value for name, value in values.items()})


@lru_cache(maxsize=MAX_FORMS)
def _update(table: Table, where: tuple[str, ...], names: tuple[str, ...], increment: str | None) -> CompiledStatement:
    values: dict[str, Any] = {name: bindparam(f"to_{name}") for name in names}
    if increment is not None:
        values[increment] = table.c[increment] + 1
    return CompiledStatement(
        update(table).where(*(table.c[name] == bindparam(f"is_{name}") for name in where)).values(values)
    )


@lru_cache(maxsize=MAX_FORMS)
def _insert(table: Table, names: tuple[str, ...]) -> CompiledStatement:
    return CompiledStatement(insert(table).values({name: bindparam(name) for name in names}))


@lru_cache(maxsize=MAX_FORMS)
def _insert_returning(row: type[R], table: Table, names: tuple[str, ...]) -> CompiledQuery[R]:
    statement = insert(table).values({name: bindparam(name) for name in names})
    return CompiledQuery(row, statement.returning(*columns_of(row, table)))
