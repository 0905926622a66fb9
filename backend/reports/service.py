"""Figures of a business: read, added up, named. What counts as what: decisions/figures.md."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import date, timedelta
from typing import NamedTuple

from backend import clock
from backend.auth.actor import TenantRow
from backend.contract.reports import Figures, HourFigures, PeriodFigures, PeriodKind, Trend
from backend.errors import Invalid, NotFound
from backend.reports import queries, rules
from backend.reports.queries import NamedRow, Span
from backend.reports.tallies import Tally
from backend.reports.workload import Workload, load_workload
from backend.transactions import UnitOfWork

MAX_DAYS = 366


def parse_range(tenant: TenantRow, since: str, until: str) -> tuple[int, int]:
    """Return local dates, inclusive, as instants, half-open. Raises Invalid for a range backwards or over 366 days."""
    first, last = clock.parse_date(since, "from"), clock.parse_date(until, "to")
    if last < first or (last - first).days >= MAX_DAYS:
        raise Invalid(f"A range runs forward and has at most {MAX_DAYS} days.", field="to")
    tz = clock.load_zone(tenant.timezone)
    return clock.day_start(first, tz), clock.day_start(last + timedelta(days=1), tz)


class Basis(NamedTuple):
    """What figures and trends are counted from: what is wanted, who and what there is, and how busy they were."""

    span: Span
    since: str
    until: str
    name: str
    specialists: dict[int, NamedRow]
    services: dict[int, NamedRow]
    workload: Workload


def load_basis(
    unit: UnitOfWork, since: str, until: str, specialist_id: int | None = None, service_id: int | None = None
) -> Basis:
    """Return the basis for local dates, inclusive, of everybody or of one specialist or service. Raises Invalid, NotFound."""
    span = Span(*parse_range(unit.tenant, since, until), unit.now, specialist_id, service_id)
    specialists = queries.load_specialist_names(unit.conn, unit.tenant_id)
    services = queries.load_service_names(unit.conn, unit.tenant_id)
    name = _name_of(span, specialists, services)
    return Basis(span, since, until, name, specialists, services, load_workload(unit, span, specialists))


def load_figures(unit: UnitOfWork, basis: Basis) -> Figures:
    """Return everything that the figures screen shows."""
    conn, tenant, span, workload = unit.conn, unit.tenant, basis.span, basis.workload
    tz = clock.load_zone(tenant.timezone)
    total, by_day = Tally(), {day: Tally() for day in _days(basis.since, basis.until)}
    for by_start in queries.count_by_start(conn, tenant.id, span):
        total.add(by_start)
        by_day[str(clock.local_date(by_start.starts_at, tz))].add(by_start)
    by_specialist: dict[int, Tally] = defaultdict(Tally)
    by_service: dict[int, Tally] = defaultdict(Tally)
    for by_part in queries.count_by_part(conn, tenant.id, span):
        by_specialist[by_part.specialist_id].add(by_part)
        by_service[by_part.service_id].add(by_part)
    booked_min = {each: rules.count_minutes(stretches) for each, stretches in workload.booked.items()}
    open_min = {each: rules.count_minutes(stretches) for each, stretches in workload.opened.items()}
    clients = queries.count_clients(conn, tenant.id, span)
    return Figures(
        since=basis.since,
        until=basis.until,
        currency=tenant.currency,
        total=total.totals(),
        days=[tally.of_day(day) for day, tally in by_day.items()],
        specialists=[
            by_specialist[row.id].of_part(row, booked_min.get(row.id, 0), open_min.get(row.id, 0))
            for row in _listed(basis.specialists.values(), by_specialist)
        ],
        services=[by_service[row.id].of_part(row) for row in _listed(basis.services.values(), by_service)],
        name=basis.name,
        clients=clients.clients,
        new_clients=clients.new_clients,
        booked_min=sum(booked_min.values()),
        open_min=sum(open_min.values()),
        occupancy=rules.share_of(sum(booked_min.values()), sum(open_min.values())),
        hours=_hours(unit, span, workload),
    )


def _name_of(span: Span, specialists: dict[int, NamedRow], services: dict[int, NamedRow]) -> str:
    """Return the name of the span's specialist or service; nothing where all are counted. Raises NotFound."""
    names = []
    for row_id, rows in ((span.specialist_id, specialists), (span.service_id, services)):
        if row_id is not None:
            if row_id not in rows:
                raise NotFound()
            names.append(rows[row_id].name)
    return ", ".join(names)


def _days(since: str, until: str) -> list[str]:
    first = date.fromisoformat(since)
    return [str(first + timedelta(days=offset)) for offset in range((date.fromisoformat(until) - first).days + 1)]


def _listed(rows: Iterable[NamedRow], tallies: Collection[int]) -> list[NamedRow]:
    """Return those of today, and archived ones that have bookings in the range."""
    return [row for row in rows if row.archived_at is None or row.id in tallies]


def _hours(unit: UnitOfWork, span: Span, workload: Workload) -> list[HourFigures]:
    """Return the hours of the week in which anything was booked or open, Monday first."""
    tz = clock.load_zone(unit.tenant.timezone)
    booked, opened = (
        rules.minutes_by_hour((each for own in by_id.values() for each in own), span.since, span.until, tz)
        for by_id in workload
    )
    return [
        HourFigures(weekday, hour, booked.get((weekday, hour), 0), opened.get((weekday, hour), 0))
        for weekday, hour in sorted({*booked, *opened})
    ]


def load_trend(unit: UnitOfWork, basis: Basis, by: PeriodKind, week_start: int = 0) -> Trend:
    """Return the weeks or months side by side."""
    tenant, span, workload = unit.tenant, basis.span, basis.workload
    tz = clock.load_zone(tenant.timezone)
    first, last = clock.local_date(span.since, tz), clock.local_date(span.until - 1, tz)
    periods = rules.split_periods(first, last, by, week_start)
    bounds = [clock.day_start(begin, tz) for begin, _ in periods] + [span.until]
    booked, opened = (
        [sum(own) for own in zip(*(rules.minutes_by_period(each, bounds) for each in by_id.values()), strict=True)]
        for by_id in workload
    )
    return Trend(
        currency=tenant.currency,
        by=by,
        periods=[
            _period(
                unit,
                span._replace(since=bounds[place], until=bounds[place + 1]),
                dates,
                booked[place] if booked else 0,
                opened[place] if opened else 0,
            )
            for place, dates in enumerate(periods)
        ],
        name=basis.name,
    )


def _period(unit: UnitOfWork, span: Span, dates: tuple[date, date], booked_min: int, open_min: int) -> PeriodFigures:
    tally = Tally()
    for row in queries.count_by_status(unit.conn, unit.tenant_id, span):
        tally.add(row)
    clients = queries.count_clients(unit.conn, unit.tenant_id, span)
    first, last = dates
    return PeriodFigures(
        since=str(first),
        until=str(last),
        total=tally.totals(),
        clients=clients.clients,
        new_clients=clients.new_clients,
        booked_min=booked_min,
        open_min=open_min,
        occupancy=rules.share_of(booked_min, open_min),
    )
