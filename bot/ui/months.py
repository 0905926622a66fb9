"""A month in seven columns to pick a date from, any date: for days off, closures, other hours."""

from collections.abc import Callable
from datetime import date, timedelta

from bot.old_way import old_go
from bot.request import Request
from bot.ui.keyboards import Button, Row, button_grid

# Telegram takes no empty label: a braille blank shows nothing.
BLANK = "\u2800"
AHEAD_MONTHS = 24


def month_index(day: date) -> int:
    """How a month travels in a button: year * 12 + month - 1."""
    return day.year * 12 + day.month - 1


def month_rows(
    request: Request, index: int, first: date, pick: Callable[[str, date], Button], leaf: Callable[[str, int], Button]
) -> tuple[str, list[Row]]:
    """(title, rows). `pick(label, day)` is a date's button, from `first` on; `leaf(label, index)` turns the page."""
    least = month_index(first)
    index = min(max(index, least), least + AHEAD_MONTHS)
    begin = date(index // 12, index % 12 + 1, 1)
    last = date((index + 1) // 12, (index + 1) % 12 + 1, 1) - timedelta(days=1)
    blank = old_go(BLANK, "-")
    # weeks that are over are not shown
    shown = max(begin, first - timedelta(days=first.weekday()))
    cells = [blank] * shown.weekday()
    for number in range((last - shown).days + 1):
        day = shown + timedelta(days=number)
        cells.append(pick(str(day.day), day) if day >= first else blank)
    cells += [blank] * (-len(cells) % 7)
    rows: list[Row] = [[old_go(name, "-") for name in request.times.weekdays()], *button_grid(cells, 7)]
    turning: Row = [leaf("‹", index - 1)] if index > least else []
    if index < least + AHEAD_MONTHS:
        turning.append(leaf("›", index + 1))
    return request.times.month(begin), [*rows, turning]
