"""Rows that the backend reads through SQLAlchemy are held against their annotations, value by value."""

from collections.abc import Iterator

import pytest

from backend.db import rows
from tests.support.row_types import checking_row_maker


@pytest.fixture(scope="session", autouse=True)
def _rows_are_as_annotated() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rows, "row_maker", checking_row_maker)
        yield
