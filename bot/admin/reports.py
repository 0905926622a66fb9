"""Figures of a week or a month, in words and as a chart; bookings as files."""

import asyncio
import calendar
from datetime import date, timedelta
from typing import NamedTuple

from backend.client.reports import ExportFormat
from backend.contract.reports import Figures, PartFigures
from bot.admin.callbacks.business import ExportFile, Exports, FiguresChart, FiguresReport, ManageMenu
from bot.admin.chart import Bar, Chart, draw_png
from bot.request import Request
from bot.router import Router
from bot.ui import cards
from bot.ui.keyboards import Row, Screen, button_to
from bot.ui.prompts import more_lines
from bot.ui.text import escape, one_line

MOST_BACK = 120
# Buttons carry no negative numbers: this place means the present week or month, smaller ones are ahead.
NOW = 8
PARTS = 8
FORMATS: tuple[tuple[ExportFormat, str], ...] = (("xlsx", "file-xlsx"), ("csv", "file-csv"), ("ics", "file-ics"))

router = Router(for_staff=True)


class FiguresSpan:
    """A week, from the weekday that begins it by custom, or a month: `NOW` is the present one, `NOW + 1` the one before."""

    def __init__(self, request: Request, month: int, place: int) -> None:
        self.month, self.place = min(month, 1), min(place, MOST_BACK)
        today, back = request.times.today, self.place - NOW
        if self.month:
            index = today.year * 12 + today.month - 1 - back
            self.first = date(index // 12, index % 12 + 1, 1)
            self.last = self.first.replace(day=calendar.monthrange(self.first.year, self.first.month)[1])
            self.title = request.times.month(self.first)
        else:
            self.first = today - timedelta(days=request.times.column_of(today) + 7 * back)
            self.last = self.first + timedelta(days=6)
            self.title = f"{request.times.day(self.first)} – {request.times.day(self.last)}"

    async def load_figures(self, request: Request) -> Figures:
        """Return what the backend has counted."""
        return await request.api.get_figures(self.first.isoformat(), self.last.isoformat())


@router.press(FiguresReport)
async def show_figures(request: Request, callback: FiguresReport) -> Screen:
    """Show the figures in words."""
    span = FiguresSpan(request, callback.month, callback.place)
    figures = await span.load_figures(request)
    t = request.t
    lines = [f"<b>{escape(span.title)}</b>", *_total_lines(request, figures)]
    busiest = max(figures.days, key=lambda day: day.booked, default=None)
    if busiest is not None and busiest.booked:
        day = request.times.day(date.fromisoformat(busiest.date))
        lines.append(t.html("figures-busiest", day=day, count=busiest.booked))
    for title, parts in (("figures-specialists", figures.specialists), ("figures-services", figures.services)):
        busy = [part for part in parts if part.booked]
        if busy:
            shown = (_part_line(request, part, figures.currency) for part in busy[:PARTS])
            lines += ["", f"<b>{t.html(title)}</b>", *shown, *more_lines(request, len(busy) - PARTS)]
    month, place = span.month, span.place
    other = button_to(t.label("button-week" if month else "button-month"), FiguresReport(month=1 - month, place=NOW))
    turning: Row = [button_to("‹", FiguresReport(month=month, place=place + 1)), other]
    if place:
        turning.append(button_to("›", FiguresReport(month=month, place=place - 1)))
    chart: Row = [button_to(t.label("button-chart"), FiguresChart(month=month, place=place), style="primary")]
    return Screen("\n".join(lines), [chart, turning, [button_to(t.label("button-back"), ManageMenu())]])


def _total_lines(request: Request, figures: Figures) -> list[str]:
    """Return `12 bookings, 18 000 ₽` and what became of them."""
    total = figures.total
    earned, planned, lost, revenue = (
        request.times.money(amount, figures.currency)
        for amount in (total.earned, total.planned, total.lost, total.revenue)
    )
    lines: list[str] = [request.t.html("figures-booked", count=total.booked, revenue=revenue)]
    if total.booked:
        lines.append(request.t.html("figures-money", earned=earned, planned=planned, lost=lost))
    if total.cancelled:
        lines.append(request.t.html("figures-cancelled", count=total.cancelled))
    if total.no_show_rate is not None:
        lines.append(request.t.html("figures-missed", count=total.no_show, share=_percent(total.no_show_rate)))
    return lines


def _part_line(request: Request, part: PartFigures, currency: str) -> str:
    """Return `Anna: 5 bookings, 7 500 ₽, busy 62 %`."""
    texts = [request.t.label("visits-count", count=part.booked), cards.price_text(request, part.revenue, currency)]
    if part.occupancy is not None:
        texts.append(request.t.label("figures-busy", share=_percent(part.occupancy)))
    return f"{escape(one_line(part.name))}: {escape(', '.join(text for text in texts if text))}"


def _percent(share: float) -> int:
    return round(share * 100)


@router.press(FiguresChart)
async def send_chart(request: Request, callback: FiguresChart) -> None:
    """Send the chart as a message of its own."""
    span = FiguresSpan(request, callback.month, callback.place)
    chart = _figures_chart(request, span, await span.load_figures(request))
    content = await asyncio.to_thread(draw_png, chart)
    params = {"caption": f"{span.title}. {chart.summary}"}
    await request.call_telegram("sendPhoto", params, {"photo": ("figures.png", content)})


def _figures_chart(request: Request, span: FiguresSpan, figures: Figures) -> Chart:
    weekdays = request.times.weekdays()
    revenue = request.times.money(figures.total.revenue, figures.currency)
    columns = []
    for day in figures.days:
        on = date.fromisoformat(day.date)
        label = str(on.day) if span.month else f"{weekdays[on.weekday()]} {on.day}"
        columns.append(Bar(label, day.booked, str(day.booked)))
    bars = []
    for part in figures.specialists[:PARTS]:
        occupancy = part.occupancy or 0.0
        bars.append(Bar(part.name, occupancy, request.t.label("figures-busy", share=_percent(occupancy))))
    return Chart(
        title=f"{request.tenant.name}: {span.title}",
        summary=request.t.label("figures-booked", count=figures.total.booked, revenue=revenue),
        days=columns,
        parts_title=request.t.label("figures-specialists"),
        parts=bars,
    )


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
