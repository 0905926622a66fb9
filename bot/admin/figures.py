"""Figures of a week or a month, in words on the menu and as a picture of its own."""

import asyncio
import calendar
from datetime import date, timedelta

from backend.contract.reports import Figures, PartFigures
from bot.admin.figures_chart import Bar, Chart, png
from bot.old_way import old_go, old_route
from bot.request import Request
from bot.ui import cards
from bot.ui.keyboards import Row, Screen
from bot.ui.text import escape, one_line

MOST_BACK = 120
# Buttons carry no negative numbers: this one means now, smaller ones are ahead.
NOW = 8
PARTS = 8


class Span:
    """A week (Monday to Sunday) or a month: `NOW` is today's, `NOW + 1` the one before."""

    def __init__(self, request: Request, month: int, place: int) -> None:
        self.month, self.place = min(month, 1), min(place, MOST_BACK)
        today, back = request.times.today, self.place - NOW
        if self.month:
            index = today.year * 12 + today.month - 1 - back
            self.first = date(index // 12, index % 12 + 1, 1)
            self.last = self.first.replace(day=calendar.monthrange(self.first.year, self.first.month)[1])
            self.title = request.times.month(self.first)
        else:
            self.first = today - timedelta(days=today.weekday() + 7 * back)
            self.last = self.first + timedelta(days=6)
            self.title = f"{request.times.day(self.first)} – {request.times.day(self.last)}"

    async def figures(self, request: Request) -> Figures:
        """What the backend has counted."""
        return await request.api.get_figures(self.first.isoformat(), self.last.isoformat())


@old_route("a.fig")
async def figures(request: Request, month: int = 0, place: int = NOW) -> Screen:
    """The same as on the picture, in words."""
    span = Span(request, month, place)
    found = await span.figures(request)
    lines = [f"<b>{escape(span.title)}</b>", *_totals(request, found)]
    busiest = max(found.days, key=lambda day: day.booked, default=None)
    if busiest is not None and busiest.booked:
        day = request.times.day(date.fromisoformat(busiest.date))
        lines.append(request.t.html("figures-busiest", day=day, count=busiest.booked))
    for title, parts in (("figures-specialists", found.specialists), ("figures-services", found.services)):
        shown = [one for one in parts if one.booked][:PARTS]
        if shown:
            lines += ["", f"<b>{request.t.html(title)}</b>", *(_part(request, one, found.currency) for one in shown)]
    other = old_go(request.t.label("button-week" if span.month else "button-month"), "a.fig", 1 - span.month, NOW)
    turning: Row = [old_go("‹", "a.fig", span.month, span.place + 1), other]
    if span.place:
        turning.append(old_go("›", "a.fig", span.month, span.place - 1))
    chart: Row = [old_go(request.t.label("button-chart"), "a.figp", span.month, span.place, style="primary")]
    return Screen("\n".join(lines), [chart, turning, [old_go(request.t.label("button-back"), "a.menu")]])


def _totals(request: Request, found: Figures) -> list[str]:
    """`12 bookings, 18 000 ₽` and what became of them."""
    total = found.total
    revenue = request.times.money(total.revenue, found.currency)
    lines = [str(request.t.html("figures-booked", count=total.booked, revenue=revenue))]
    if total.cancelled:
        lines.append(request.t.html("figures-cancelled", count=total.cancelled))
    if total.no_show_rate is not None:
        lines.append(request.t.html("figures-missed", count=total.no_show, share=_percent(total.no_show_rate)))
    return lines


def _part(request: Request, one: PartFigures, currency: str) -> str:
    """`Anna: 5 bookings, 7 500 ₽, busy 62 %`"""
    said = [request.t.label("visits-count", count=one.booked), cards.price_text(request, one.revenue, currency)]
    if one.occupancy is not None:
        said.append(request.t.label("figures-busy", share=_percent(one.occupancy)))
    return f"{escape(one_line(one.name))}: {escape(', '.join(part for part in said if part))}"


def _percent(share: float) -> int:
    return round(share * 100)


@old_route("a.figp")
async def picture(request: Request, month: int, place: int) -> Screen | None:
    """The chart, as a message of its own; the menu stays as it is."""
    span = Span(request, month, place)
    found = await span.figures(request)
    weekdays = request.times.weekdays()
    days = [(date.fromisoformat(one.date), one) for one in found.days]
    chart = Chart(
        title=f"{request.tenant.name}: {span.title}",
        summary=request.t.label(
            "figures-booked", count=found.total.booked, revenue=request.times.money(found.total.revenue, found.currency)
        ),
        days=[Bar(str(day.day) if span.month else f"{weekdays[day.weekday()]} {day.day}", one.booked, str(one.booked))
              for day, one in days],
        parts_title=request.t.label("figures-specialists"),
        parts=[
            Bar(one.name, one.occupancy or 0.0, request.t.label("figures-busy", share=_percent(one.occupancy or 0.0)))
            for one in found.specialists[:PARTS]
        ],
    )  # fmt: skip
    content = await asyncio.to_thread(png, chart)
    params = {"caption": f"{span.title}. {chart.summary}"}
    await request.call_telegram("sendPhoto", params, {"photo": ("figures.png", content)})
    return None
