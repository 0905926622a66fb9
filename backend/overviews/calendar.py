"""Days at a glance: how many bookings each has, what of them waits for staff, and when somebody works."""

from collections.abc import Collection, Iterable
from typing import NamedTuple

from backend.clock import format_utc
from backend.contract.overviews import Calendar, CalendarDay, Gap
from backend.overviews import queries
from backend.overviews.agenda import list_shown_specialists
from backend.schedule.hours import Calendars
from backend.schedule.intervals import Stretch, merge_stretches, subtract_stretches
from backend.schedule.queries.calendars import load_calendars
from backend.schedule.zones import Zone, format_day, load_zone
from backend.transactions import UnitOfWork


class _Counted(NamedTuple):
    """What the bookings of one day amount to."""

    bookings: int = 0
    requests: int = 0
    tasks: int = 0
    unmarked: int = 0


def load_calendar(unit: UnitOfWork, first: int, last: int, specialist_id: int | None) -> Calendar:
    """Return the local dates `first..last`, of all specialists or of one; specialists see their own.

    Raises Forbidden, NotFound."""
    names, specialist_id = list_shown_specialists(unit, specialist_id)
    conn, tenant_id, zone = unit.conn, unit.tenant_id, load_zone(unit.tenant.timezone)
    within = queries.StartRange(zone.midnight(first), zone.midnight(last + 1), unit.now)
    counted = _count_by_day(zone, queries.count_bookings_by_start(conn, tenant_id, specialist_id, within))
    calendars = load_calendars(conn, tenant_id, zone, names, first, last)
    shifts = _open_by_day(calendars, names)
    days = []
    for day in range(first, last + 1):
        hours = [
            Gap(format_utc(start), format_utc(end), zone.local(start).isoformat()) for start, end in shifts.get(day, ())
        ]
        count = counted.get(day, _Counted())
        days.append(CalendarDay(format_day(day), hours, *count))
    return Calendar(days=days, specialist_name=None if specialist_id is None else names[specialist_id])


def _count_by_day(zone: Zone, rows: Iterable[queries.StartCount]) -> dict[int, _Counted]:
    """Return by local day what begins on it."""
    counted: dict[int, _Counted] = {}
    for starts_at, *counts in rows:
        day = zone.day(starts_at)
        before = counted.get(day, _Counted())
        counted[day] = _Counted(*(old + new for old, new in zip(before, counts, strict=True)))
    return counted


def _open_by_day(calendars: Calendars, specialist_ids: Collection[int]) -> dict[int, list[Stretch]]:
    """Return when any of the specialists works, by the local day on which the shift begins."""
    by_day: dict[int, list[Stretch]] = {}
    for specialist_id in specialist_ids:
        closed = calendars.closed_time(specialist_id)
        for shift in calendars.shifts(specialist_id, calendars.first, calendars.last):
            by_day.setdefault(calendars.zone.day(shift[0]), []).extend(subtract_stretches([shift], closed))
    return {day: merge_stretches(stretches) for day, stretches in by_day.items()}
