"""Bookings of a span as files."""

import calendar
from datetime import date, timedelta
from typing import NamedTuple

from backend.client.reports import ExportFormat
from bot.admin.callbacks.business import ExportFile, Exports, ManageMenu
from bot.request import Request
from bot.router import Router
from bot.ui.keyboards import Row, Screen, button_to

FORMATS: tuple[tuple[ExportFormat, str], ...] = (("xlsx", "file-xlsx"), ("csv", "file-csv"), ("ics", "file-ics"))

router = Router(for_staff=True)


class ExportSpan(NamedTuple):
    """Local dates whose bookings go into one file, at most a year; `key` is the label."""

    key: str
    first: date
    last: date


def _export_spans(today: date) -> list[ExportSpan]:
    first = today.replace(day=1)
    before = first - timedelta(days=1)
    month_end = first.replace(day=calendar.monthrange(first.year, first.month)[1])
    return [
        ExportSpan("span-this-month", first, month_end),
        ExportSpan("span-last-month", before.replace(day=1), before),
        ExportSpan("span-next-days", today, today + timedelta(days=30)),
        ExportSpan("span-last-year", today - timedelta(days=365), today),
    ]


@router.press(Exports)
async def show_exports(request: Request, callback: Exports) -> Screen:
    """Show the spans, the chosen one marked, and the kinds of files."""
    spans = _export_spans(request.times.today)
    place = min(callback.span, len(spans) - 1)
    chosen = spans[place]
    rows: list[Row] = [
        [button_to(f"{request.t.label(span.key)}{' ✓' if at == place else ''}", Exports(span=at))]
        for at, span in enumerate(spans)
    ]
    rows.append(
        [button_to(request.t.label(key), ExportFile(span=place, kind=at)) for at, (_, key) in enumerate(FORMATS)]
    )
    text = request.t.html("export", first=request.times.day(chosen.first), last=request.times.day(chosen.last))
    return Screen(text, [*rows, [button_to(request.t.label("button-back"), ManageMenu())]])


@router.press(ExportFile)
async def send_export(request: Request, callback: ExportFile) -> None:
    """Send the file as a message of its own."""
    spans = _export_spans(request.times.today)
    span = spans[min(callback.span, len(spans) - 1)]
    ending, _ = FORMATS[min(callback.kind, len(FORMATS) - 1)]
    first, last = span.first.isoformat(), span.last.isoformat()
    content = await request.api.export_bookings(ending, first, last, request.locale)
    caption = request.t.label("export-caption", first=request.times.day(span.first), last=request.times.day(span.last))
    await request.send_file(f"{request.tenant.slug}-{first}-{last}.{ending}", content, caption)
