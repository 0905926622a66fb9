"""Dates in seven columns: every day once, under its weekday, also around the new year and the leap day."""

from datetime import date, timedelta

import pytest

from bot.ui.keyboards import Button, Row
from bot.ui.labels import label_fits
from bot.ui.months import days_grid, first_of_week, month_days, month_index
from bot.ui.times import Times


def _times(zone: str = "Europe/Moscow", locale: str = "en") -> Times:
    return Times(zone, locale, 1_796_000_000)


def _days_by_column(rows: list[Row]) -> list[tuple[date, int]]:
    cells = ((button, column) for row in rows[1:] for column, button in enumerate(row))
    return [(date.fromisoformat(button.label), column) for button, column in cells if "-" in button.label]


def _day_cell(day: date) -> Button:
    return Button(day.isoformat())


@pytest.mark.parametrize("zone", ["Europe/Moscow", "America/New_York"])
@pytest.mark.parametrize(
    "month", [(2026, 12), (2027, 1), (2027, 2), (2028, 2), (2026, 2), (2100, 2), (2027, 5)], ids=str
)
def test_a_month_has_each_day_once_under_its_weekday(zone: str, month: tuple[int, int]) -> None:
    times = _times(zone)
    first, last = month_days(month_index(date(*month, 1)))
    assert (first.day, (last + timedelta(days=1)).day, last.month) == (1, 1, first.month)
    rows = days_grid(times, first, last, _day_cell)
    assert all(len(row) == 7 for row in rows)
    placed = _days_by_column(rows)
    assert [day for day, _ in placed] == [first + timedelta(days=n) for n in range((last - first).days + 1)]
    assert all(times.weekdays()[day.weekday()] == rows[0][column].label for day, column in placed)


def test_a_leap_day_is_there_in_leap_years_alone() -> None:
    assert month_days(month_index(date(2028, 2, 1)))[1] == date(2028, 2, 29)
    assert month_days(month_index(date(2027, 2, 1)))[1] == date(2027, 2, 28)
    assert month_days(month_index(date(2100, 2, 1)))[1] == date(2100, 2, 28)


def test_a_week_begins_by_custom() -> None:
    """2 January 2027 is a Saturday: its week began last year, on Monday or on Sunday."""
    day = date(2027, 1, 2)
    assert first_of_week(_times(), day) == date(2026, 12, 28)
    assert first_of_week(_times("America/New_York"), day) == date(2026, 12, 27)
    assert first_of_week(_times(), date(2026, 12, 28)) == date(2026, 12, 28)


def test_five_weeks_over_a_new_year_are_whole() -> None:
    times = _times()
    begin = first_of_week(times, date(2026, 12, 31))
    rows = days_grid(times, begin, begin + timedelta(days=34), _day_cell)
    assert len(rows) == 6
    assert rows[1][4].label == "2027-01-01"
    assert all(button.callback is None for button in rows[0]), "weekdays cannot be pressed"


@pytest.mark.parametrize("locale", ["en", "ru"])
def test_days_and_months_fit_their_columns(locale: str) -> None:
    """Every day of this year and the next between ‹ and ›, with a count in two columns; every month in six."""
    times = _times(locale=locale)
    for number in range(730):
        day = times.narrow_day(date(2026, 1, 1) + timedelta(days=number))
        assert label_fits(day, 3), day
        assert label_fits(f"{day}: 120 !", 2), day
    assert all(label_fits(times.month_name(date(2026, month, 1)), 6) for month in range(1, 13))
    assert len({times.month_name(date(2026, month, 1)) for month in range(1, 13)}) == 12
    assert all(label_fits(f"{day}{mark}", 7) for day in range(1, 32) for mark in "•!×")
