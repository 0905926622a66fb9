"""Whether the annotations of a row type tell the truth about what a statement selects."""

import importlib
import pkgutil
from collections.abc import Callable, Iterable, Iterator
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from sqlalchemy import Column, FromClause, Join, Label
from sqlalchemy.dialects import sqlite
from sqlalchemy.sql.type_api import TypeEngine

import backend
from backend.db.compiled import CompiledQuery


def compiled_queries() -> list[CompiledQuery[Any]]:
    """Return every query that the backend's modules make when they are imported."""
    names = [found.name for found in pkgutil.walk_packages(backend.__path__, "backend.")]
    modules = [importlib.import_module(name) for name in names if not name.endswith("__main__")]
    queries = {id(query): query for module in modules for query in _queries_in(vars(module).values())}
    return list(queries.values())


def _queries_in(values: Iterable[Any]) -> Iterator[CompiledQuery[Any]]:
    for value in list(values):
        if isinstance(value, CompiledQuery):
            yield value
        elif isinstance(value, dict):
            yield from _queries_in(value.values())
        elif isinstance(value, list | tuple):
            yield from _queries_in(value)


def allowed_types(annotation: Any) -> set[type]:
    """Return the types that values may have: `Literal["a"] | None` allows str and NoneType."""
    origin = get_origin(annotation)
    if origin in (Union, UnionType):
        return set().union(*(allowed_types(one) for one in get_args(annotation)))
    if origin is Literal:
        return {type(value) for value in get_args(annotation)}
    return {NoneType if annotation is None else origin or annotation}


def disagreements(row: type, *statements: Any) -> Iterator[str]:
    """Yield a sentence for each field whose annotation does not agree with what the statements select for it.

    A field is None exactly where the column of one of them may be NULL. An expression's nullability is not known to
    SQLAlchemy: only its type counts.
    """
    hints = get_type_hints(row)
    nullable: dict[str, bool] = {}
    for statement in statements:
        described = statement.returning_column_descriptions if statement.is_dml else statement.column_descriptions
        outer = set() if statement.is_dml else set(_outer_joined(_sources(statement)))
        for column in described:
            name, kind = column["name"], _python_type(column["type"])
            if kind is not None and allowed_types(hints[name]) - {NoneType} != {kind}:
                yield f"{row.__name__}.{name} is annotated {hints[name]}, and the column is {kind.__name__}"
            source = column["expr"].element if isinstance(column["expr"], Label) else column["expr"]
            if isinstance(source, Column):
                nullable[name] = nullable.get(name, False) or bool(source.nullable) or source.table in outer
    for name, may_be_null in nullable.items():
        if may_be_null != (NoneType in allowed_types(hints[name])):
            said = "may" if may_be_null else "may not"
            yield f"{row.__name__}.{name} is annotated {hints[name]}, and the column {said} be NULL"


def _sources(statement: Any) -> Iterable[FromClause]:
    """Return what a SELECT reads from; joins are known once it is compiled."""
    state: Any = statement.compile(dialect=sqlite.dialect()).compile_state
    return list(state.froms)


def _python_type(kind: TypeEngine[Any]) -> type | None:
    try:
        return kind.python_type
    except NotImplementedError:  # an expression whose type SQLAlchemy does not know
        return None


def _outer_joined(sources: Iterable[FromClause], nullable: bool = False) -> Iterator[FromClause]:
    """Yield the tables whose columns are NULL where an outer join finds no row."""
    for source in sources:
        if isinstance(source, Join):
            yield from _outer_joined([source.left], nullable or source.full)
            yield from _outer_joined([source.right], nullable or source.isouter or source.full)
        elif nullable:
            yield source


def checking_row_maker(row: type[tuple[Any, ...]], types: Iterable[Any] = ()) -> Callable[[Iterable[Any]], Any]:
    """Stand in for `rows.row_maker`: make the rows, and fail where a value has not the type of its annotation."""
    hints = get_type_hints(row)
    allowed = [(name, tuple(allowed_types(hint))) for name, hint in hints.items()]

    def make(values: Iterable[Any]) -> Any:
        made = tuple.__new__(row, values)
        for value, (name, kinds) in zip(made, allowed, strict=True):
            assert type(value) in kinds, f"{row.__name__}.{name} is annotated {hints[name]} and has {value!r}"
        return made

    return make
