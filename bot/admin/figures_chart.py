"""Charts of figures: bookings by day with the hours of the week, and weeks or months side by side."""

from datetime import date

from backend.contract.reports import Figures, Trend
from bot.admin.chart import Bar, Chart, HourGrid
from bot.admin.figures_span import FiguresSpan, to_percent
from bot.request import Request
from bot.ui.text import one_line

PARTS = 8


def figures_chart(request: Request, span: FiguresSpan, figures: Figures) -> Chart:
    """Return bookings by day, how busy each specialist was, and how busy the hours of the week were."""
    weekdays = request.times.weekdays()
    revenue = request.times.money(figures.total.revenue, figures.currency)
    columns = []
    for day in figures.days:
        on = date.fromisoformat(day.date)
        label = str(on.day) if span.month else f"{weekdays[on.weekday()]} {on.day}"
        columns.append(Bar(label, day.booked, str(day.booked)))
    bars = []
    for part in [] if span.service_id else figures.specialists[:PARTS]:
        if span.specialist_id in (0, part.id):
            occupancy = part.occupancy or 0.0
            bars.append(Bar(part.name, occupancy, request.t.label("figures-busy", share=to_percent(occupancy))))
    whose = one_line(figures.name) or request.tenant.name
    return Chart(
        title=f"{whose}: {span.title}",
        summary=request.t.label("figures-booked", count=figures.total.booked, revenue=revenue),
        days=columns,
        parts_title=request.t.label("figures-specialists"),
        parts=bars,
        hours=_hour_grid(request, figures),
    )


def _hour_grid(request: Request, figures: Figures) -> HourGrid | None:
    """Return the share of the open time that was booked, by weekday and hour; none where nothing was open."""
    hours = [hour for hour in figures.hours if hour.open_min]
    if not hours:
        return None
    first, last = min(hour.hour for hour in hours), max(hour.hour for hour in hours)
    shares = {(hour.weekday, hour.hour): hour.booked_min / hour.open_min for hour in hours}
    start = request.times.first_weekday
    order = [(start + offset) % 7 for offset in range(7)]
    return HourGrid(
        title=request.t.label("figures-hours"),
        rows=[request.times.weekdays()[weekday] for weekday in order],
        columns=[str(hour) for hour in range(first, last + 1)],
        shares=[[shares.get((weekday, hour)) for hour in range(first, last + 1)] for weekday in order],
    )


def trend_chart(request: Request, span: FiguresSpan, trend: Trend) -> Chart:
    """Return the money of each week or month, and how busy each was."""
    columns, bars = [], []
    for period in trend.periods:
        first, last = date.fromisoformat(period.since), date.fromisoformat(period.until)
        short = request.times.date_pair(first, last)[0]
        label = f"{first.month:02}.{first:%y}" if span.month else short
        amount = float(period.total.revenue)
        columns.append(Bar(label, amount, _short_amount(amount)))
        if period.occupancy is not None:
            share = request.t.label("figures-busy", share=to_percent(period.occupancy))
            bars.append(Bar(label, period.occupancy, share))
    whose = one_line(trend.name) or request.tenant.name
    title = request.t.label("figures-trend-months" if span.month else "figures-trend-weeks")
    total = sum(float(period.total.revenue) for period in trend.periods)
    booked = sum(period.total.booked for period in trend.periods)
    revenue = request.times.money(f"{total:.2f}", trend.currency)
    return Chart(
        title=f"{whose}: {title}",
        summary=request.t.label("figures-booked", count=booked, revenue=revenue),
        days=columns,
        parts_title=request.t.label("figures-occupancy"),
        parts=bars,
    )


def _short_amount(amount: float) -> str:
    """Return `950`, `12.5k`, `1.2M`: what has room above a column."""
    for least, sign in ((1_000_000, "M"), (10_000, "k")):
        if amount >= least:
            return f"{amount / (1000 if sign == 'k' else least):.1f}".removesuffix(".0") + sign
    return f"{amount:.0f}"
