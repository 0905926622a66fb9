"""Figures of a week or a month: in words, by specialist and service, side by side with others, as a chart and as files."""

import asyncio
from collections.abc import Sequence
from datetime import date

from backend.client.reports import TableFormat
from backend.contract.reports import PartFigures, Trend
from bot.admin.callbacks.business import (
    FiguresChart,
    FiguresFile,
    FiguresParts,
    FiguresReport,
    FiguresTrend,
    ManageMenu,
    TrendChart,
)
from bot.admin.chart import draw_png
from bot.admin.figures_chart import figures_chart, trend_chart
from bot.admin.figures_span import NOW, FiguresSpan, hour_lines, part_line, period_lines, to_percent, total_lines
from bot.request import Request
from bot.router import Router
from bot.ui import cards
from bot.ui.keyboards import Row, Screen, button_to, page_of
from bot.ui.labels import cuttable_name
from bot.ui.prompts import more_lines
from bot.ui.text import escape, one_line

PARTS, A_PAGE = 8, 10
TABLES: tuple[tuple[TableFormat, str], ...] = (("xlsx", "file-xlsx"), ("csv", "file-csv"))

router = Router(for_staff=True)


def _span_of(request: Request, callback: FiguresReport | FiguresTrend | FiguresChart | TrendChart) -> FiguresSpan:
    return FiguresSpan(request, callback.month, callback.place, callback.specialist_id, callback.service_id)


@router.press(FiguresReport)
async def show_figures(request: Request, callback: FiguresReport) -> Screen:
    """Show the figures in words."""
    span = _span_of(request, callback)
    figures = await span.load_figures(request)
    t = request.t
    title = f"{one_line(figures.name)}, {span.title}" if figures.name else span.title
    lines = [f"<b>{escape(title)}</b>", *total_lines(request, figures)]
    busiest = max(figures.days, key=lambda day: day.booked, default=None)
    if busiest is not None and busiest.booked:
        day = request.times.day(date.fromisoformat(busiest.date))
        lines.append(t.html("figures-busiest", day=day, count=busiest.booked))
    lines += hour_lines(request, figures.hours)
    for key, parts, own in (
        ("figures-specialists", figures.specialists, span.specialist_id),
        ("figures-services", figures.services, span.service_id),
    ):
        busy = [part for part in parts if part.booked and not own]
        if busy:
            shown = (part_line(request, part, figures.currency) for part in busy[:PARTS])
            lines += ["", f"<b>{t.html(key)}</b>", *shown, *more_lines(request, len(busy) - PARTS)]
    return Screen("\n".join(lines), _figures_rows(request, span))


def _figures_rows(request: Request, span: FiguresSpan) -> list[Row]:
    """Return the buttons below the figures."""
    t, month, place = request.t, span.month, span.place
    part = (span.specialist_id, span.service_id)
    other_label = t.label("button-week" if month else "button-month")
    turning: Row = [
        button_to("‹", FiguresReport(month, place + 1, *part)),
        button_to(other_label, FiguresReport(1 - month, NOW, *part)),
    ]
    if place:
        turning.append(button_to("›", FiguresReport(month, place - 1, *part)))
    trend = t.label("button-trend-months" if month else "button-trend-weeks")
    rows: list[Row] = [
        [button_to(t.label("button-chart"), FiguresChart(month, place, *part), style="primary")],
        turning,
        [button_to(trend, FiguresTrend(month, place, *part))],
    ]
    if part != (0, 0):
        return [*rows, [button_to(t.label("button-back"), FiguresReport(month, place))]]
    return [
        *rows,
        [
            button_to(t.label("figures-specialists"), FiguresParts(month, place, services=False)),
            button_to(t.label("figures-services"), FiguresParts(month, place, services=True)),
        ],
        [button_to(t.label(key), FiguresFile(month, place, at)) for at, (_, key) in enumerate(TABLES)],
        [button_to(t.label("button-back"), ManageMenu())],
    ]


@router.press(FiguresParts)
async def show_parts(request: Request, callback: FiguresParts) -> Screen:
    """Show the specialists or the services, those with most money first; a press leads to the figures of one."""
    span = FiguresSpan(request, callback.month, callback.place)
    figures = await span.load_figures(request)
    parts = sorted(
        figures.services if callback.services else figures.specialists, key=lambda part: -float(part.revenue)
    )
    shown, turning = page_of(
        parts, callback.page, A_PAGE, lambda to: FiguresParts(span.month, span.place, callback.services, to)
    )
    rows: list[Row] = [
        [button_to(_part_label(request, part, figures.currency), _part_report(span, part, services=callback.services))]
        for part in shown
    ]
    title = request.t.html("figures-services" if callback.services else "figures-specialists")
    text = f"<b>{escape(span.title)}</b>\n{request.t.html('figures-parts', what=title)}"
    back = button_to(request.t.label("button-back"), FiguresReport(span.month, span.place))
    return Screen(text, [*rows, turning, [back]])


def _part_report(span: FiguresSpan, part: PartFigures, *, services: bool) -> FiguresReport:
    own = (0, part.id) if services else (part.id, 0)
    return FiguresReport(span.month, span.place, *own)


def _part_label(request: Request, part: PartFigures, currency: str) -> str:
    """Return `7 500 ₽, 62 % · Anna`."""
    texts = [cards.price_text(request, part.revenue, currency) or "0"]
    if part.occupancy is not None:
        texts.append(request.t.label("figures-share", share=to_percent(part.occupancy)))
    return f"{', '.join(texts)} · {cuttable_name(one_line(part.name))}"


@router.press(FiguresTrend)
async def show_trend(request: Request, callback: FiguresTrend) -> Screen:
    """Show the last weeks or months side by side, the latest first."""
    span = _span_of(request, callback)
    trend = await _load_trend(request, span)
    title = request.t.html("figures-trend-months" if span.month else "figures-trend-weeks")
    lines = [f"<b>{title}</b>" + (f": {escape(one_line(trend.name))}" if trend.name else "")]
    for period in reversed(trend.periods):
        lines += ["", *period_lines(request, span, period, trend.currency)]
    part = (span.specialist_id, span.service_id)
    rows: list[Row] = [
        [button_to(request.t.label("button-chart"), TrendChart(span.month, span.place, *part), style="primary")],
        [button_to(request.t.label("button-back"), FiguresReport(span.month, span.place, *part))],
    ]
    return Screen("\n".join(lines), rows)


async def _load_trend(request: Request, span: FiguresSpan) -> Trend:
    specialist_id, service_id = span.part
    return await request.api.get_trend(
        span.trend_first.isoformat(),
        span.last.isoformat(),
        "month" if span.month else "week",
        week_start=request.times.first_weekday,
        specialist_id=specialist_id,
        service_id=service_id,
    )


@router.press(FiguresChart)
async def send_chart(request: Request, callback: FiguresChart) -> None:
    """Send the chart as a message of its own."""
    span = _span_of(request, callback)
    chart = figures_chart(request, span, await span.load_figures(request))
    content = await asyncio.to_thread(draw_png, chart)
    await _send_picture(request, (span.title, chart.summary), content)


@router.press(TrendChart)
async def send_trend_chart(request: Request, callback: TrendChart) -> None:
    """Send the weeks or months as a chart, as a message of its own."""
    span = _span_of(request, callback)
    chart = trend_chart(request, span, await _load_trend(request, span))
    content = await asyncio.to_thread(draw_png, chart)
    await _send_picture(request, (chart.title, chart.summary), content)


async def _send_picture(request: Request, caption: Sequence[str], content: bytes) -> None:
    params = {"caption": ". ".join(part for part in caption if part)}
    await request.call_telegram("sendPhoto", params, {"photo": ("figures.png", content)})


@router.press(FiguresFile)
async def send_figures(request: Request, callback: FiguresFile) -> None:
    """Send the figures as a file, as a message of its own."""
    span = FiguresSpan(request, callback.month, callback.place)
    ending, _ = TABLES[min(callback.kind, len(TABLES) - 1)]
    first, last = span.first.isoformat(), span.last.isoformat()
    week_start = request.times.first_weekday
    content = await request.api.export_figures(ending, first, last, request.locale, week_start=week_start)
    caption = request.t.label("figures-caption", span=span.title)
    await request.send_file(f"{request.tenant.slug}-figures-{first}-{last}.{ending}", content, caption)
