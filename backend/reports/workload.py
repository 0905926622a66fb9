"""How much of their open time specialists are booked: a class takes its specialist's time once."""

from collections import defaultdict
from collections.abc import Mapping
from typing import NamedTuple

from backend.reports import queries, rules
from backend.reports.queries import NamedRow, Span
from backend.schedule.hours import LOOK_BACK_DAYS
from backend.schedule.intervals import Stretch, merge_stretches
from backend.schedule.queries.calendars import load_calendars
from backend.schedule.zones import load_zone
from backend.transactions import UnitOfWork


class Workload(NamedTuple):
    """The stretches booked and open within a span, by specialist; those of one are disjoint."""

    booked: dict[int, list[Stretch]]
    opened: dict[int, list[Stretch]]


def load_workload(unit: UnitOfWork, span: Span, specialists: Mapping[int, NamedRow]) -> Workload:
    """Return what is booked and open. Who was removed is open until then; of one service nothing counts as open."""
    taken: dict[int, list[Stretch]] = defaultdict(list)
    for row in queries.list_occupied(unit.conn, unit.tenant_id, span):
        taken[row.specialist_id].append((row.starts_at, row.ends_at))
    booked = {
        each: rules.clip_stretches(merge_stretches(stretches), span.since, span.until)
        for each, stretches in taken.items()
    }
    if span.service_id is not None:
        return Workload(booked, {})
    wanted = [each for each in specialists if span.specialist_id in (None, each)]
    zone = load_zone(unit.tenant.timezone)
    days = (zone.day(span.since) - LOOK_BACK_DAYS, zone.day(span.until - 1))
    calendars = load_calendars(unit.conn, unit.tenant_id, zone, wanted, *days)
    opened = {}
    for each in wanted:
        until = min(span.until, specialists[each].archived_at or span.until)
        opened[each] = rules.clip_stretches(merge_stretches(calendars.open_time(each)), span.since, until)
    return Workload(booked, opened)
