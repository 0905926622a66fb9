"""The week or month that figures are about, and how each figure reads."""

from datetime import date, timedelta

from backend.contract.reports import Figures, HourFigures, PartFigures, PeriodFigures
from bot.request import Request
from bot.ui import cards
from bot.ui.months import first_of_week, month_days, month_index
from bot.ui.text import escape, one_line

MOST_BACK = 120
# Buttons carry no negative numbers: this place means the present week or month, smaller ones are ahead.
NOW = 8
# So many weeks or months stand side by side.
WEEKS, MONTHS = 8, 12
BEST = 3


class FiguresSpan:
    """A week, from the weekday that begins it by custom, or a month: `NOW` is the present one, `NOW + 1` the one before.

    `specialist_id` and `service_id` are 0 where all count."""

    def __init__(self, request: Request, month: int, place: int, specialist_id: int = 0, service_id: int = 0) -> None:
        self.month, self.place = min(month, 1), min(place, MOST_BACK)
        self.specialist_id, self.service_id = specialist_id, service_id
        self.first, self.last = self._dates(request, self.place - NOW)
        self.title = request.times.month(self.first) if self.month else days_title(request, self.first, self.last)

    def _dates(self, request: Request, back: int) -> tuple[date, date]:
        today = request.times.today
        if self.month:
            return month_days(month_index(today) - back)
        first = first_of_week(request.times, today) - timedelta(weeks=back)
        return first, first + timedelta(days=6)

    @property
    def trend_first(self) -> date:
        """The first date of the weeks or months that stand side by side, this one the last of them."""
        if not self.month:
            return self.first - timedelta(weeks=WEEKS - 1)
        return month_days(month_index(self.first) - (MONTHS - 1))[0]

    @property
    def part(self) -> tuple[int | None, int | None]:
        """The specialist and the service, None where all count."""
        return self.specialist_id or None, self.service_id or None

    async def load_figures(self, request: Request) -> Figures:
        """Return what the backend has counted."""
        specialist_id, service_id = self.part
        return await request.api.get_figures(
            self.first.isoformat(), self.last.isoformat(), specialist_id=specialist_id, service_id=service_id
        )


def days_title(request: Request, first: date, last: date) -> str:
    """Return `Mon 7 Dec – Sun 13 Dec`."""
    return f"{request.times.day(first)} – {request.times.day(last)}"


def total_lines(request: Request, figures: Figures) -> list[str]:
    """Return `12 bookings, 18 000 ₽`, what became of them, and how busy it was."""
    t, total = request.t, figures.total
    earned, planned, lost, revenue = (
        request.times.money(amount, figures.currency)
        for amount in (total.earned, total.planned, total.lost, total.revenue)
    )
    lines: list[str] = [t.html("figures-booked", count=total.booked, revenue=revenue)]
    if total.booked:
        lines.append(t.html("figures-money", earned=earned, planned=planned, lost=lost))
    if figures.occupancy is not None:
        booked, opened = (round(minutes / 60) for minutes in (figures.booked_min, figures.open_min))
        share = to_percent(figures.occupancy)
        lines.append(t.html("figures-utilisation", share=share, booked=booked, opened=opened))
    if figures.clients:
        known = figures.clients - figures.new_clients
        lines.append(t.html("figures-clients", count=figures.clients, new=figures.new_clients, known=known))
    if total.cancelled:
        lines.append(t.html("figures-cancelled", count=total.cancelled))
    if total.no_show_rate is not None:
        lines.append(t.html("figures-missed", count=total.no_show, share=to_percent(total.no_show_rate)))
    return lines


def hour_lines(request: Request, hours: list[HourFigures]) -> list[str]:
    """Return the hours of the week in which most was booked, and the emptiest of the others."""
    best = sorted((hour for hour in hours if hour.booked_min), key=lambda hour: -hour.booked_min)[:BEST]
    if not best:
        return []
    lines: list[str] = [
        request.t.html("figures-best-hours", hours=", ".join(_hour_label(request, one) for one in best))
    ]
    others = [hour for hour in hours if hour not in best and _minutes_free(hour) > 0]
    free = sorted(others, key=lambda hour: (hour.booked_min / hour.open_min, -_minutes_free(hour)))[:BEST]
    if free:
        lines.append(request.t.html("figures-free-hours", hours=", ".join(_hour_label(request, one) for one in free)))
    return lines


def _minutes_free(hour: HourFigures) -> int:
    return hour.open_min - hour.booked_min


def _hour_label(request: Request, hour: HourFigures) -> str:
    return f"{request.times.day_names()[hour.weekday]} {request.times.wall_time(f'{hour.hour:02}:00')}"


def part_line(request: Request, part: PartFigures, currency: str) -> str:
    """Return `Anna: 5 bookings, 7 500 ₽, busy 62 %`."""
    texts = [request.t.label("bookings-count", count=part.booked), cards.price_text(request, part.revenue, currency)]
    if part.occupancy is not None:
        texts.append(request.t.label("figures-busy", share=to_percent(part.occupancy)))
    if part.no_show:
        texts.append(request.t.label("figures-no-shows", count=part.no_show))
    return f"{escape(one_line(part.name))}: {escape(', '.join(text for text in texts if text))}"


def period_lines(request: Request, span: FiguresSpan, period: PeriodFigures, currency: str) -> list[str]:
    """Return `December 2026`, and below it its bookings, money, clients and how busy it was."""
    first, last = date.fromisoformat(period.since), date.fromisoformat(period.until)
    title = request.times.month(first) if span.month else days_title(request, first, last)
    total = period.total
    revenue = request.times.money(total.revenue, currency)
    texts: list[str] = [request.t.html("figures-booked", count=total.booked, revenue=revenue)]
    if period.occupancy is not None:
        texts.append(request.t.html("figures-busy", share=to_percent(period.occupancy)))
    if period.new_clients:
        texts.append(request.t.html("figures-new", count=period.new_clients))
    if total.no_show:
        texts.append(request.t.html("figures-no-shows", count=total.no_show))
    return [f"<b>{escape(title)}</b>", ", ".join(texts)]


def to_percent(share: float) -> int:
    """Return a share as whole per cent."""
    return round(share * 100)
