"""Typed rows: a NamedTuple names the columns that a statement selects, so that the type checker knows them.

class ServiceRow(NamedTuple):
    id: int
    name: str

statement = select(*columns_of(ServiceRow, services)).where(services.c.tenant_id == tenant_id)
fetch_all(conn, ServiceRow, statement)[0].name
"""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any, TypeVar, cast

from sqlalchemy import Boolean, Column, Connection, Executable, Table

# Every NamedTuple is one; the type checker has no narrower bound for them.
R = TypeVar("R", bound=tuple[Any, ...])


def columns_of(row: type[R], table: Table) -> list[Column[Any]]:
    """Return the table's columns that the row type names, in its order."""
    return [table.c[name] for name in field_names(row)]


def field_names(row: type[R]) -> tuple[str, ...]:
    """Return the names of a NamedTuple's fields."""
    return cast(tuple[str, ...], row._fields)  # type: ignore[attr-defined]  # every R is a NamedTuple, which its bound cannot say


def fetch_all(conn: Connection, row: type[R], statement: Executable) -> list[R]:
    """Run the statement and return its rows. Its columns are those of the row type, in the same order."""
    result = conn.execute(statement)
    check_columns(row, result.keys())
    return list(map(row_maker(row), result))


def fetch_first(conn: Connection, row: type[R], statement: Executable) -> R | None:
    """Run the statement and return its first row, or None."""
    result = conn.execute(statement)
    check_columns(row, result.keys())
    first = result.first()
    return None if first is None else row_maker(row)(first)


def stream_rows(conn: Connection, row: type[R], statement: Executable, batch: int) -> Iterator[R]:
    """Run the statement and yield its rows, of which no more than `batch` are in memory at a time."""
    result = conn.execute(statement, execution_options={"yield_per": batch})
    check_columns(row, result.keys())
    yield from map(row_maker(row), result)


def check_columns(row: type[R], names: Iterable[str]) -> None:
    """Raise TypeError where a statement selects other columns than the row type names."""
    selected = tuple(names)
    if selected != field_names(row):
        raise TypeError(f"{row.__name__} has {', '.join(field_names(row))}; selected are {', '.join(selected)}")


def row_maker(row: type[R], types: Iterable[Any] = ()) -> Callable[[Iterable[Any]], R]:
    """Return a function that makes rows of the values of their columns.

    `types` are SQLAlchemy's types of the columns where values come from SQLite's driver itself, which gives 0 and 1 for
    booleans: these become bool.
    """
    make: Callable[[Iterable[Any]], R] = partial(tuple.__new__, row)
    places = [place for place, kind in enumerate(types) if isinstance(kind, Boolean)]
    if not places:
        return make

    def with_booleans(values: Iterable[Any]) -> R:
        changed = list(values)
        for place in places:
            if changed[place] is not None:
                changed[place] = bool(changed[place])
        return make(changed)

    return with_booleans
