"""The published cases of free times, through the pure engine."""

from typing import Any

import pytest

from tests.support.availability_cases import CASES, solve


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_published_case(case: dict[str, Any]) -> None:
    assert solve(case) == case["expect"]
