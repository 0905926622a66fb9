"""Cells of a CSV: none becomes a formula, whichever separator a reader takes; phones stay phones."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.kit.phones import canonical_number
from backend.reports.rules import phone_cell, plain_cell
from tests.support.written_phones import NUMBERS, written

_TEXTS = st.text(st.sampled_from("=+-@%;,|\t\n\r \"'ax1＝＋"), max_size=12)
_STARTS = ("=", "+", "-", "@", "＝", "＋")


@given(st.lists(_TEXTS, min_size=1, max_size=3), st.sampled_from(",;"), st.sampled_from(",;\t|"))
def test_no_cell_begins_as_a_formula(texts: list[str], written_with: str, read_with: str) -> None:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=written_with).writerow([1, *map(plain_cell, texts), "x"])
    for row in csv.reader(io.StringIO(out.getvalue(), newline=""), delimiter=read_with):
        assert not any(cell.lstrip(" \t\r\n").startswith(_STARTS) for cell in row), row


@given(st.data(), st.sampled_from(NUMBERS))
def test_a_phone_stays_that_phone_and_is_no_sum(data: st.DataObject, number: tuple[str, str, str, str]) -> None:
    region, code, trunk, national = number
    cell = phone_cell(data.draw(written(code, trunk, national)), region)
    assert canonical_number(cell, region) == code + national
    assert "'" not in cell
    assert " " in cell or cell.removeprefix("+").isdecimal()
    assert not cell.startswith(("0", "=", "-")) or " " in cell


@pytest.mark.parametrize(
    ("phone", "cell"),
    [
        ("+7 916 123-45-67", "+7 916 123-45-67"),
        ("+79161234567", "+79161234567"),
        ("+7-916-123-45-67", "+7 916 123 45 67"),
        ("07911123456", "+447911123456"),
        ("=1+1", "'=1+1"),
        ("", ""),
    ],
)
def test_how_a_phone_is_written(phone: str, cell: str) -> None:
    assert phone_cell(phone, "GB") == cell
