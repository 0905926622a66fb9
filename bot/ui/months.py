"""A month in seven columns to pick a date from, any date: for days off, closures, other hours."""

from collections.abc import Callable
from datetime import date, timedelta

from bot.request import Request
from bot.ui.callbacks import Blank
from bot.ui.keyboards import BLANK_LABEL, Button, Row, button_grid, button_to

AHEAD_MONTHS = 24


def month_index(day: date) -> int:
    """Return how a month travels in a button: year * 12 + month - 1."""
    return day.year * 12 + day.month - 1


def month_rows(
    request: Request, month: int, first: date, pick: Callable[[str, date], Button], leaf: Callable[[str, int], Button]
) -> tuple[str, list[Row]]:
    """Return (title, rows) of a month.

    `pick(label, day)` is the button of a date, from `first` on; `leaf(label, month)` is the button of another month."""
    least = month_index(first)
    month = min(max(month, least), least + AHEAD_MONTHS)
    begin = date(month // 12, month % 12 + 1, 1)
    last = date((month + 1) // 12, (month + 1) % 12 + 1, 1) - timedelta(days=1)
    blank = button_to(BLANK_LABEL, Blank())
    # weeks that are over are not shown
    shown = max(begin, first - timedelta(days=request.times.column_of(first)))
    cells = [blank] * request.times.column_of(shown)
    for number in range((last - shown).days + 1):
        day = shown + timedelta(days=number)
        cells.append(pick(str(day.day), day) if day >= first else blank)
    cells += [blank] * (-len(cells) % 7)
    rows: list[Row] = [[button_to(name, Blank()) for name in request.times.week_columns()], *button_grid(cells, 7)]
    turning: Row = [leaf("‹", month - 1)] if month > least else []
    if month < least + AHEAD_MONTHS:
        turning.append(leaf("›", month + 1))
    return request.times.month(begin), [*rows, turning]
