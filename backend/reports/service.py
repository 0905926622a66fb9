"""Figures of a business: read, added up, named."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection

from backend import clock
from backend.auth.actor import TenantRow
from backend.contract.reports import DayFigures, Figures, PartFigures, Totals
from backend.errors import Invalid
from backend.kit.text import format_money
from backend.reports import queries, rules
from backend.schedule.hours import LOOK_BACK_DAYS
from backend.schedule.intervals import intersect_ranges
from backend.schedule.queries.calendars import load_calendars
from backend.schedule.zones import load_zone

MAX_DAYS = 366
_CAME = ("confirmed", "arrived", "completed", "no_show")


class Count:
    """Visits of one kind added up: by status, the sum earned, those whose time has come."""

    def __init__(self) -> None:
        self.status: dict[str, int] = defaultdict(int)
        self.revenue = 0
        self.came = 0

    def add(self, row: Any) -> None:
        self.status[row.status] += row.visits
        if row.status in queries.EARNING:
            self.revenue += int(row.price)
        if row.status in _CAME:
            self.came += row.visits if row.status == "no_show" else int(row.past)

    @property
    def booked(self) -> int:
        """Visits that were taken; a hold is not yet one."""
        return sum(count for status, count in self.status.items() if status != "held")

    @property
    def no_show_rate(self) -> float | None:
        """No-shows out of visits whose time has come."""
        return rules.rate(self.status["no_show"], self.came)


def span(tenant: TenantRow, since: str, until: str) -> tuple[int, int]:
    """Local dates, inclusive, as instants, half-open. Raises Invalid for a range backwards or over 366 days."""
    first, last = clock.parse_date(since, "from"), clock.parse_date(until, "to")
    if last < first or (last - first).days >= MAX_DAYS:
        raise Invalid(f"A range runs forward and has at most {MAX_DAYS} days.", field="to")
    tz = clock.zone(tenant.timezone)
    return clock.day_start(first, tz), clock.day_start(last + timedelta(days=1), tz)


def figures(conn: Connection, tenant: TenantRow, since: str, until: str, now: int) -> Figures:
    """Everything that the figures screen shows. Raises Invalid."""
    start, end = span(tenant, since, until)
    tz = clock.zone(tenant.timezone)
    total, days = Count(), dict[str, Count]()
    for offset in range((date.fromisoformat(until) - date.fromisoformat(since)).days + 1):
        days[str(date.fromisoformat(since) + timedelta(days=offset))] = Count()
    for row in queries.by_start(conn, tenant.id, start, end, now):
        total.add(row)
        days[str(clock.local_date(row.starts_at, tz))].add(row)
    by_specialist: dict[int, Count] = defaultdict(Count)
    by_service: dict[int, Count] = defaultdict(Count)
    for row in queries.by_part(conn, tenant.id, start, end, now):
        by_specialist[row.specialist_id].add(row)
        by_service[row.service_id].add(row)
    specialists, services = queries.names(conn, tenant.id)
    booked, opened = _minutes(conn, tenant, specialists, start, end)
    return Figures(
        since=since,
        until=until,
        currency=tenant.currency,
        total=_total(total),
        days=[_day(day, count) for day, count in days.items()],
        specialists=[
            _part(row, by_specialist[i], booked.get(i, 0), opened.get(i, 0))
            for i, row in specialists.items()
            if row.archived_at is None or i in by_specialist
        ],
        services=[
            _part(row, by_service[i])
            for i, row in services.items()
            if row.archived_at is None or i in by_service
        ],
    )  # fmt: skip


def _minutes(
    conn: Connection, tenant: TenantRow, specialists: Iterable[int], start: int, end: int
) -> tuple[dict[int, int], dict[int, int]]:
    """(minutes booked, minutes open) of each specialist within the range."""
    stretches: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for row in queries.occupied(conn, tenant.id, start, end):
        stretches[row.specialist_id].append((row.starts_at, row.ends_at))
    zone = load_zone(tenant.timezone)
    days = (zone.day(start) - LOOK_BACK_DAYS, zone.day(end - 1))
    calendars = load_calendars(conn, tenant.id, zone, list(specialists), *days)
    opened = {i: rules.covered(intersect_ranges(calendars.open_time(i), [(start, end)])) // 60 for i in specialists}
    return {i: rules.covered(found) // 60 for i, found in stretches.items()}, opened


def _total(count: Count) -> Totals:
    status = count.status
    return Totals(
        booked=count.booked,
        held=status["held"],
        pending=status["pending"],
        confirmed=status["confirmed"],
        arrived=status["arrived"],
        completed=status["completed"],
        no_show=status["no_show"],
        cancelled=status["cancelled"],
        revenue=format_money(count.revenue),
        no_show_rate=count.no_show_rate,
    )


def _day(day: str, count: Count) -> DayFigures:
    return DayFigures(
        date=day,
        booked=count.booked,
        cancelled=count.status["cancelled"],
        no_show=count.status["no_show"],
        revenue=format_money(count.revenue),
    )


def _part(row: Any, count: Count, booked_min: int | None = None, open_min: int | None = None) -> PartFigures:
    return PartFigures(
        id=row.id,
        name=row.name,
        booked=count.booked,
        cancelled=count.status["cancelled"],
        no_show=count.status["no_show"],
        revenue=format_money(count.revenue),
        no_show_rate=count.no_show_rate,
        booked_min=booked_min,
        open_min=open_min,
        occupancy=None if booked_min is None or open_min is None else rules.rate(booked_min, open_min),
    )
