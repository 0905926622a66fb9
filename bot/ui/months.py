"""Dates in seven columns to pick one from: a month for days off, closures and other hours, and any range of days."""

from collections.abc import Callable
from datetime import date, timedelta

from bot.request import Request
from bot.ui.keyboards import Button, Row, button_grid, disabled_button
from bot.ui.times import Times

AHEAD_MONTHS = 23


def month_index(day: date) -> int:
    """Return how a month travels in a button: year * 12 + month - 1."""
    return day.year * 12 + day.month - 1


def month_days(month: int) -> tuple[date, date]:
    """Return the first and the last date of a month, year * 12 + month - 1."""
    first_of_next = date((month + 1) // 12, (month + 1) % 12 + 1, 1)
    return date(month // 12, month % 12 + 1, 1), first_of_next - timedelta(days=1)


def first_of_week(times: Times, day: date) -> date:
    """Return the first date of the week with that day, as weeks begin by custom."""
    return day - timedelta(days=times.column_of(day))


def days_grid(times: Times, first: date, last: date, cell: Callable[[date], Button]) -> list[Row]:
    """Return the weekdays' names and the weeks from `first` to `last`; `cell(day)` is the button of a date."""
    cells = [disabled_button()] * times.column_of(first)
    cells += [cell(first + timedelta(days=number)) for number in range((last - first).days + 1)]
    cells += [disabled_button()] * (-len(cells) % 7)
    return [[disabled_button(name) for name in times.week_columns()], *button_grid(cells, 7)]


def twelve_months(times: Times, first: int, leaf: Callable[[str, int], Button]) -> list[Row]:
    """Return two rows with the twelve months from `first` on; `leaf(label, month)` is the button of a month."""
    months = range(first, first + 12)
    return button_grid([leaf(times.month_name(month_days(month)[0]), month) for month in months], 6)


def month_rows(
    request: Request, month: int, first: date, pick: Callable[[str, date], Button], leaf: Callable[[str, int], Button]
) -> tuple[str, list[Row]]:
    """Return (title, rows) of a month, with the ways to its neighbours and to the other months of a year.

    `pick(label, day)` is the button of a date, from `first` on; `leaf(label, month)` is the button of another month."""
    least = month_index(first)
    month = min(max(month, least), least + AHEAD_MONTHS)
    begin, last = month_days(month)
    # weeks that are over are not shown
    shown = max(begin, first_of_week(request.times, first))
    rows = days_grid(
        request.times,
        shown,
        last,
        lambda day: pick(str(day.day), day) if day >= first else disabled_button(str(day.day)),
    )
    turning: Row = [leaf("‹", month - 1)] if month > least else []
    if month < least + AHEAD_MONTHS:
        turning.append(leaf("›", month + 1))
    year = least + (month - least) // 12 * 12
    return request.times.month(begin), [*rows, turning, *twelve_months(request.times, year, leaf)]
