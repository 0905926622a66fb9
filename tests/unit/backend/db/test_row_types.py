"""Rows are typed, and their types are true: what a query's caller misspells fails in mypy, what a row promises is so."""

from collections import defaultdict
from typing import Any, NamedTuple

import pytest
from sqlalchemy import Select, and_, func, select

from backend.db.tables import bookings, people, tenants
from tests.support.row_types import checking_row_maker, compiled_queries, disagreements
from tests.support.type_checking import replaced, type_errors

# a file that reads rows, and a column of one that it reads
CALLERS = {
    "backend/bookings/view.py": ".client_id",
    "backend/notices/sending.py": ".booking_status",
    "backend/schedule/affected.py": ".service_name",
}


def test_a_misspelt_column_fails_in_mypy() -> None:
    """The sources as they stand are checked by the static gate; here a mistake is put into each."""
    changed = {path: replaced(path, column, f"{column}x") for path, column in CALLERS.items()}
    errors = type_errors(changed)
    for path, column in CALLERS.items():
        said = f'has no attribute "{column[1:]}x"'
        assert any(line.startswith(f"{path}:") and said in line for line in errors), path
    assert not [line for line in errors if "has no attribute" not in line]


STATEMENTS: dict[type, list[Any]] = defaultdict(list)
for compiled in compiled_queries():
    STATEMENTS[compiled.row].append(compiled._statement)


@pytest.mark.parametrize("row", STATEMENTS, ids=lambda row: f"{row.__module__}.{row.__name__}")
def test_rows_are_annotated_as_their_columns_are(row: type) -> None:
    assert list(disagreements(row, *STATEMENTS[row])) == []


def test_most_queries_are_found() -> None:
    assert len(STATEMENTS) >= 20


class _Wrong(NamedTuple):
    id: str
    name: str | None
    person: int
    total: str


class _Right(NamedTuple):
    id: int
    name: str
    person: int | None
    total: int


def _statement() -> Select[Any]:
    own = and_(people.c.tenant_id == tenants.c.id, people.c.id == 1)
    number = select(func.count()).select_from(bookings).scalar_subquery()
    columns = (tenants.c.id, tenants.c.name, people.c.id.label("person"), number.label("total"))
    return select(*columns).select_from(tenants.outerjoin(people, own))


def test_annotations_that_lie_would_be_found() -> None:
    found = [sentence.split()[0] for sentence in disagreements(_Wrong, _statement())]
    assert found == ["_Wrong.id", "_Wrong.total", "_Wrong.name", "_Wrong.person"]
    assert list(disagreements(_Right, _statement())) == []


def test_values_that_are_not_as_annotated_would_be_found() -> None:
    make = checking_row_maker(_Right)
    assert make([1, "a", None, 2]).person is None
    for wrong in (["1", "a", None, 2], [1, None, None, 2], [1, "a", None, True]):
        with pytest.raises(AssertionError, match="is annotated"):
            make(wrong)
