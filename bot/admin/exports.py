"""Bookings as files: which time, which kind; the file comes as a document."""

import calendar
from datetime import date, timedelta

from backend.client.reports import ExportFormat
from bot.old_way import old_go, old_route
from bot.request import Request
from bot.ui.keyboards import Row, Screen

FORMATS: tuple[tuple[ExportFormat, str], ...] = (("xlsx", "file-xlsx"), ("csv", "file-csv"), ("ics", "file-ics"))


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


@old_route("a.exp")
async def choose(request: Request, span: int = 0) -> Screen:
    """The time is chosen with one tap, the kind of file with the next."""
    spans = _spans(request.times.today)
    span = min(span, len(spans) - 1)
    _, first, last = spans[span]
    rows: list[Row] = []
    for at, (key, _, _) in enumerate(spans):
        rows.append([old_go(f"{request.t.label(key)}{' ✓' if at == span else ''}", "a.exp", at)])
    rows.append([old_go(request.t.label(key), "a.exf", span, at) for at, (_, key) in enumerate(FORMATS)])
    text = request.t.html("export", first=request.times.day(first), last=request.times.day(last))
    return Screen(text, [*rows, [old_go(request.t.label("button-back"), "a.menu")]])


@old_route("a.exf")
async def file(request: Request, span: int, kind: int) -> Screen | None:
    """The file, as a message of its own; the menu stays as it is."""
    spans = _spans(request.times.today)
    _, first, last = spans[min(span, len(spans) - 1)]
    ending, _ = FORMATS[min(kind, len(FORMATS) - 1)]
    content = await request.api.export_bookings(ending, first.isoformat(), last.isoformat(), request.locale)
    name = f"{request.tenant.slug}-{first.isoformat()}-{last.isoformat()}.{ending}"
    caption = request.t.label("export-caption", first=request.times.day(first), last=request.times.day(last))
    await request.send_file(name, content, caption)
    return None
