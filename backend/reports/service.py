"""Figures of a business: read, added up, named."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import date, timedelta

from backend import clock
from backend.auth.actor import TenantRow
from backend.contract.bookings import Status
from backend.contract.reports import DayFigures, Figures, PartFigures, Totals
from backend.errors import Invalid
from backend.kit.text import format_money
from backend.reports import queries, rules
from backend.reports.queries import NamedRow, PartCount, StartCount
from backend.schedule.hours import LOOK_BACK_DAYS
from backend.schedule.intervals import intersect_ranges
from backend.schedule.queries.calendars import load_calendars
from backend.schedule.zones import load_zone
from backend.transactions import UnitOfWork

MAX_DAYS = 366
# What counts as revenue: it took place, or will.
_EARNING: frozenset[Status] = frozenset({"confirmed", "arrived", "completed"})
_LOST: frozenset[Status] = frozenset({"cancelled", "no_show"})


class Tally:
    """Bookings added up: by status, the money, and how many have begun."""

    def __init__(self) -> None:
        self.by_status: dict[Status, int] = defaultdict(int)
        self.earned = 0
        self.planned = 0
        self.lost = 0
        self.begun = 0

    def add(self, row: StartCount | PartCount) -> None:
        """Add the bookings of a row."""
        self.by_status[row.status] += row.bookings
        if row.status in _EARNING:
            self.earned += row.begun_price
            self.planned += row.price - row.begun_price
            self.begun += row.begun
        elif row.status in _LOST:
            self.lost += row.price
            self.begun += row.bookings if row.status == "no_show" else 0

    @property
    def revenue(self) -> int:
        """What was earned and what is planned."""
        return self.earned + self.planned

    @property
    def booked(self) -> int:
        """How many bookings were made."""
        return sum(self.by_status.values())

    @property
    def no_show_rate(self) -> float | None:
        """The share of no-shows among the bookings whose time has come."""
        return rules.share_of(self.by_status["no_show"], self.begun)


def parse_range(tenant: TenantRow, since: str, until: str) -> tuple[int, int]:
    """Return local dates, inclusive, as instants, half-open. Raises Invalid for a range backwards or over 366 days."""
    first, last = clock.parse_date(since, "from"), clock.parse_date(until, "to")
    if last < first or (last - first).days >= MAX_DAYS:
        raise Invalid(f"A range runs forward and has at most {MAX_DAYS} days.", field="to")
    tz = clock.load_zone(tenant.timezone)
    return clock.day_start(first, tz), clock.day_start(last + timedelta(days=1), tz)


def load_figures(unit: UnitOfWork, since: str, until: str) -> Figures:
    """Return everything that the figures screen shows. Raises Invalid."""
    conn, tenant = unit.conn, unit.tenant
    start, end = parse_range(tenant, since, until)
    tz = clock.load_zone(tenant.timezone)
    total, by_day = Tally(), {day: Tally() for day in _days(since, until)}
    for by_start in queries.count_by_start(conn, tenant.id, start, end, unit.now):
        total.add(by_start)
        by_day[str(clock.local_date(by_start.starts_at, tz))].add(by_start)
    by_specialist: dict[int, Tally] = defaultdict(Tally)
    by_service: dict[int, Tally] = defaultdict(Tally)
    for by_part in queries.count_by_part(conn, tenant.id, start, end, unit.now):
        by_specialist[by_part.specialist_id].add(by_part)
        by_service[by_part.service_id].add(by_part)
    specialists = queries.load_specialist_names(conn, tenant.id)
    booked_min, open_min = _minutes(unit, specialists.keys(), start, end)
    return Figures(
        since=since,
        until=until,
        currency=tenant.currency,
        total=_total(total),
        days=[_day(day, tally) for day, tally in by_day.items()],
        specialists=[
            _part(row, by_specialist[row.id], booked_min.get(row.id, 0), open_min.get(row.id, 0))
            for row in _listed(specialists.values(), by_specialist)
        ],
        services=[
            _part(row, by_service[row.id])
            for row in _listed(queries.load_service_names(conn, tenant.id).values(), by_service)
        ],
    )


def _days(since: str, until: str) -> list[str]:
    first = date.fromisoformat(since)
    return [str(first + timedelta(days=offset)) for offset in range((date.fromisoformat(until) - first).days + 1)]


def _listed(rows: Iterable[NamedRow], tallies: Collection[int]) -> list[NamedRow]:
    """Return those of today, and archived ones that have bookings in the range."""
    return [row for row in rows if row.archived_at is None or row.id in tallies]


def _minutes(
    unit: UnitOfWork, specialist_ids: Collection[int], start: int, end: int
) -> tuple[dict[int, int], dict[int, int]]:
    """Return the minutes booked and the minutes open of each specialist within the range."""
    stretches: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for row in queries.list_occupied(unit.conn, unit.tenant_id, start, end):
        stretches[row.specialist_id].append((row.starts_at, row.ends_at))
    zone = load_zone(unit.tenant.timezone)
    days = (zone.day(start) - LOOK_BACK_DAYS, zone.day(end - 1))
    calendars = load_calendars(unit.conn, unit.tenant_id, zone, list(specialist_ids), *days)
    booked_min = {each: rules.covered_seconds(occupied) // 60 for each, occupied in stretches.items()}
    open_min = {
        each: rules.covered_seconds(intersect_ranges(calendars.open_time(each), [(start, end)])) // 60
        for each in specialist_ids
    }
    return booked_min, open_min


def _total(tally: Tally) -> Totals:
    status = tally.by_status
    return Totals(
        booked=tally.booked,
        pending=status["pending"],
        confirmed=status["confirmed"],
        arrived=status["arrived"],
        completed=status["completed"],
        no_show=status["no_show"],
        cancelled=status["cancelled"],
        revenue=format_money(tally.revenue),
        earned=format_money(tally.earned),
        planned=format_money(tally.planned),
        lost=format_money(tally.lost),
        no_show_rate=tally.no_show_rate,
    )


def _day(day: str, tally: Tally) -> DayFigures:
    return DayFigures(
        date=day,
        booked=tally.booked,
        cancelled=tally.by_status["cancelled"],
        no_show=tally.by_status["no_show"],
        revenue=format_money(tally.revenue),
    )


def _part(row: NamedRow, tally: Tally, booked_min: int | None = None, open_min: int | None = None) -> PartFigures:
    return PartFigures(
        id=row.id,
        name=row.name,
        booked=tally.booked,
        cancelled=tally.by_status["cancelled"],
        no_show=tally.by_status["no_show"],
        revenue=format_money(tally.revenue),
        no_show_rate=tally.no_show_rate,
        booked_min=booked_min,
        open_min=open_min,
        occupancy=None if booked_min is None or open_min is None else rules.share_of(booked_min, open_min),
    )
