"""Figures of a business: read, added up, named. What counts as what: decisions/figures.md."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import timedelta
from typing import NamedTuple

from backend import clock
from backend.auth.actor import TenantRow
from backend.contract.reports import Figures, HourFigures, PeriodFigures, PeriodKind, Trend
from backend.errors import Invalid, NotFound
from backend.reports import buckets, rules
from backend.reports.queries import figures, lines
from backend.reports.queries.figures import ClientCount, DayCount, FigureScope
from backend.reports.queries.lines import NamedRow
from backend.reports.tallies import Tally
from backend.reports.workload import Workload, load_workload
from backend.schedule.zones import Zone, format_day, load_zone
from backend.transactions import UnitOfWork

MAX_DAYS = 366
NO_CLIENTS = ClientCount(0, 0, 0)


def parse_range(tenant: TenantRow, since: str, until: str) -> tuple[int, int]:
    """Return local dates, inclusive, as instants, half-open. Raises Invalid for a range backwards or over 366 days."""
    first, last = clock.parse_date(since, "from"), clock.parse_date(until, "to")
    if last < first or (last - first).days >= MAX_DAYS:
        raise Invalid(f"A range runs forward and has at most {MAX_DAYS} days.", field="to")
    tz = clock.load_zone(tenant.timezone)
    return clock.day_start(first, tz), clock.day_start(last + timedelta(days=1), tz)


class Basis(NamedTuple):
    """What figures and trends are counted from: what is wanted, who and what there is, what each day had, how busy it was."""

    scope: FigureScope
    since: str
    until: str
    name: str
    zone: Zone
    specialists: dict[int, NamedRow]
    services: dict[int, NamedRow]
    days: list[DayCount]
    workload: Workload


def load_basis(
    unit: UnitOfWork, since: str, until: str, specialist_id: int | None = None, service_id: int | None = None
) -> Basis:
    """Return the basis for local dates, inclusive, of everybody or of one specialist or service. Raises Invalid, NotFound."""
    start, end = parse_range(unit.tenant, since, until)
    specialists = lines.load_specialist_names(unit.conn, unit.tenant_id)
    services = lines.load_service_names(unit.conn, unit.tenant_id)
    wanted = tuple(each for each in specialists if specialist_id in (None, each))
    scope = FigureScope(start, end, unit.now, wanted, specialist_id, service_id)
    name = _name_of(scope, specialists, services)
    zone = load_zone(unit.tenant.timezone)
    days = figures.count_by_day(unit.conn, unit.tenant_id, scope, zone.list_offsets(start, end))
    workload = load_workload(unit, scope, zone, specialists)
    return Basis(scope, since, until, name, zone, specialists, services, days, workload)


def load_figures(unit: UnitOfWork, basis: Basis) -> Figures:
    """Return everything that the figures screen shows."""
    conn, tenant, scope, (booked, opened) = unit.conn, unit.tenant, basis.scope, basis.workload
    first, last = basis.zone.day(scope.since), basis.zone.day(scope.until - 1)
    total, by_day = Tally(), {day: Tally() for day in range(first, last + 1)}
    for row in basis.days:
        total.add(row)
        by_day[row.day].add(row)
    by_specialist: dict[int, Tally] = defaultdict(Tally)
    by_service: dict[int, Tally] = defaultdict(Tally)
    for by_part in figures.count_by_part(conn, tenant.id, scope):
        # a booking counts once with each specialist and service, however many of its items are theirs
        paid_alone = by_part._replace(bookings=0, begun=0)
        by_specialist[by_part.specialist_id].add(paid_alone if by_part.again_specialist else by_part)
        by_service[by_part.service_id].add(paid_alone if by_part.again_service else by_part)
    booked_min, open_min = sum(booked.minutes.values()), sum(opened.minutes.values())
    clients = figures.count_clients(conn, tenant.id, scope, [scope.since]).get(scope.since, NO_CLIENTS)
    return Figures(
        since=basis.since,
        until=basis.until,
        currency=tenant.currency,
        total=total.totals(),
        days=[tally.of_day(format_day(day)) for day, tally in by_day.items()],
        specialists=[
            by_specialist[row.id].of_part(row, booked.minutes.get(row.id, 0), opened.minutes.get(row.id, 0))
            for row in _listed(basis.specialists.values(), by_specialist)
        ],
        services=[by_service[row.id].of_part(row) for row in _listed(basis.services.values(), by_service)],
        name=basis.name,
        clients=clients.clients,
        new_clients=clients.new_clients,
        booked_min=booked_min,
        open_min=open_min,
        occupancy=rules.share_of(booked_min, open_min),
        hours=_hours(basis),
    )


def _name_of(scope: FigureScope, specialists: dict[int, NamedRow], services: dict[int, NamedRow]) -> str:
    """Return the name of the scope's specialist or service; nothing where all are counted. Raises NotFound."""
    names = []
    for row_id, rows in ((scope.specialist_id, specialists), (scope.service_id, services)):
        if row_id is not None:
            if row_id not in rows:
                raise NotFound()
            names.append(rows[row_id].name)
    return ", ".join(names)


def _listed(rows: Iterable[NamedRow], tallies: Collection[int]) -> list[NamedRow]:
    """Return those of today, and archived ones that have bookings in the range."""
    return [row for row in rows if row.archived_at is None or row.id in tallies]


def _hours(basis: Basis) -> list[HourFigures]:
    """Return the hours of the week in which anything was booked or open, Monday first."""
    booked, opened = (buckets.minutes_by_hour(spent.seconds, basis.zone) for spent in basis.workload)
    return [
        HourFigures(weekday, hour, booked.get((weekday, hour), 0), opened.get((weekday, hour), 0))
        for weekday, hour in sorted({*booked, *opened})
    ]


def load_trend(unit: UnitOfWork, basis: Basis, by: PeriodKind, week_start: int = 0) -> Trend:
    """Return the weeks or months side by side."""
    zone, scope = basis.zone, basis.scope
    first, last = (clock.local_date(at, zone.tz) for at in (scope.since, scope.until - 1))
    periods = rules.split_periods(first, last, by, week_start)
    starts = [clock.day_start(begin, zone.tz) for begin, _ in periods]
    tallies = [Tally() for _ in periods]
    first_days = [begin.toordinal() for begin, _ in periods]
    for row in basis.days:
        tallies[bisect_right(first_days, row.day) - 1].add(row)
    clients = figures.count_clients(unit.conn, unit.tenant_id, scope, starts)
    booked, opened = (buckets.minutes_by_period(spent.seconds, starts) for spent in basis.workload)
    return Trend(
        currency=unit.tenant.currency,
        by=by,
        periods=[
            PeriodFigures(
                since=str(begin),
                until=str(end),
                total=tallies[place].totals(),
                clients=came.clients,
                new_clients=came.new_clients,
                booked_min=booked[place],
                open_min=opened[place],
                occupancy=rules.share_of(booked[place], opened[place]),
            )
            for place, ((begin, end), start) in enumerate(zip(periods, starts, strict=True))
            for came in (clients.get(start, NO_CLIENTS),)
        ],
        name=basis.name,
    )
