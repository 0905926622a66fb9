"""How much of their open time specialists are booked: a class takes its specialist's time once."""

from collections.abc import Mapping
from itertools import chain
from typing import NamedTuple

from backend.reports import buckets
from backend.reports.buckets import StretchCount
from backend.reports.queries.figures import FigureScope, count_booked_time
from backend.reports.queries.lines import NamedRow
from backend.schedule.hours import LOOK_BACK_DAYS
from backend.schedule.intervals import clip_stretches, merge_stretches
from backend.schedule.queries.calendars import load_calendars
from backend.schedule.zones import Zone
from backend.transactions import UnitOfWork


class SpentTime(NamedTuple):
    """Time of specialists within a scope: the minutes of each, and the seconds of all by the start of a bucket of time."""

    minutes: dict[int, int]
    seconds: dict[int, int]


class Workload(NamedTuple):
    """The time that is booked and the time that is open."""

    booked: SpentTime
    opened: SpentTime


def load_workload(unit: UnitOfWork, scope: FigureScope, zone: Zone, specialists: Mapping[int, NamedRow]) -> Workload:
    """Return what is booked and open. Who was removed is open until then; of one service nothing counts as open."""
    bucket_s = buckets.bucket_length(zone.list_offsets(scope.since, scope.until))
    counts = count_booked_time(unit.conn, unit.tenant_id, scope, bucket_s)
    booked = SpentTime(
        {row.specialist_id: (row.ends - row.starts) // 60 for row in counts if row.specialist_id is not None},
        buckets.seconds_by_bucket((row for row in counts if row.specialist_id is None), bucket_s),
    )
    if scope.service_id is not None:
        return Workload(booked, SpentTime({}, {}))
    days = (zone.day(scope.since) - LOOK_BACK_DAYS, zone.day(scope.until - 1))
    calendars = load_calendars(unit.conn, unit.tenant_id, zone, scope.specialist_ids, *days)
    opened: dict[int, list[StretchCount]] = {}
    for each in scope.specialist_ids:
        until = min(scope.until, specialists[each].archived_at or scope.until)
        stretches = clip_stretches(merge_stretches(calendars.open_time(each)), scope.since, until)
        opened[each] = [buckets.count_stretch(stretch, bucket_s) for stretch in stretches]
    minutes = {each: sum(row.ends - row.starts for row in rows) // 60 for each, rows in opened.items()}
    return Workload(booked, SpentTime(minutes, buckets.seconds_by_bucket(chain(*opened.values()), bucket_s)))
