"""Bookings as files: which time, which kind; the file comes as a document."""

import calendar
from datetime import date, timedelta

from bot.request import Turn
from bot.ui.callbacks import route
from bot.ui.keyboards import Row, Screen, go

FORMATS = (("xlsx", "file-xlsx"), ("csv", "file-csv"), ("ics", "file-ics"))


def _spans(today: date) -> list[tuple[str, date, date]]:
    """(words, first day, last day), at most a year each."""
    first = today.replace(day=1)
    before = first - timedelta(days=1)
    return [
        ("span-this-month", first, first.replace(day=calendar.monthrange(first.year, first.month)[1])),
        ("span-last-month", before.replace(day=1), before),
        ("span-next-days", today, today + timedelta(days=30)),
        ("span-last-year", today - timedelta(days=365), today),
    ]


@route("a.exp")
async def choose(turn: Turn, span: int = 0) -> Screen:
    """The time is chosen with one tap, the kind of file with the next."""
    spans = _spans(turn.times.today)
    span = min(span, len(spans) - 1)
    _, first, last = spans[span]
    rows: list[Row] = []
    for at, (key, _, _) in enumerate(spans):
        rows.append([go(f"{turn.t.label(key)}{' ✓' if at == span else ''}", "a.exp", at)])
    rows.append([go(turn.t.label(key), "a.exf", span, at) for at, (_, key) in enumerate(FORMATS)])
    text = turn.t.html("export", first=turn.times.day(first), last=turn.times.day(last))
    return Screen(text, [*rows, [go(turn.t.label("button-back"), "a.menu")]])


@route("a.exf")
async def file(turn: Turn, span: int, kind: int) -> Screen | None:
    """The file, as a message of its own; the menu stays as it is."""
    spans = _spans(turn.times.today)
    _, first, last = spans[min(span, len(spans) - 1)]
    ending, _ = FORMATS[min(kind, len(FORMATS) - 1)]
    query = [("from", first.isoformat()), ("to", last.isoformat()), ("locale", turn.locale)]
    content = await turn.api.content(f"/v1/reports/bookings.{ending}", query=query)
    name = f"{turn.tenant.slug}-{first.isoformat()}-{last.isoformat()}.{ending}"
    caption = turn.t.label("export-caption", first=turn.times.day(first), last=turn.times.day(last))
    await turn.send_file(name, content, caption)
    return None
