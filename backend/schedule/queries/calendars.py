"""Working hours, other dates, time off and closures: read for the engine, shown to people, changed by them."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import NamedTuple

import msgspec
from sqlalchemy import BindParameter, Connection, bindparam, delete, insert, select

from backend.db import dialect
from backend.db.compiled import CompiledQuery, CompiledScalar
from backend.db.rows import columns_of, fetch_all, fetch_first
from backend.db.tables import closures, date_hours, time_off, weekly_hours
from backend.schedule.hours import Calendars, Shifts, Week, merge_shifts
from backend.schedule.intervals import Stretch
from backend.schedule.zones import Zone, format_day, parse_wall_minute

_W, _D, _T = weekly_hours.c, date_hours.c, time_off.c
# What `date_hours` holds for a day off.
DAY_OFF = (-1, -1)


class TimeOffRow(NamedTuple):
    """Time off in wall times."""

    id: int
    specialist_id: int
    starts_local: str
    ends_local: str
    reason: str


class _WeekColumns(NamedTuple):
    """A specialist's weekly hours, each column a JSON array."""

    specialist_id: int
    weekdays: str
    starts: str
    ends: str


class _DateHours(NamedTuple):
    specialist_id: int
    date: str
    start_min: int
    end_min: int


class _TimeOff(NamedTuple):
    specialist_id: int
    starts_local: str
    ends_local: str


class _WeekdayShift(NamedTuple):
    weekday: int
    start_min: int
    end_min: int


class _SpecialistShift(NamedTuple):
    specialist_id: int
    weekday: int
    start_min: int
    end_min: int


class _DateShift(NamedTuple):
    date: str
    start_min: int
    end_min: int


_IDS: BindParameter[int] = bindparam("ids", expanding=True)
_WEEKS = CompiledQuery(
    _WeekColumns,
    select(
        _W.specialist_id,
        dialect.json_array(_W.weekday).label("weekdays"),
        dialect.json_array(_W.start_min).label("starts"),
        dialect.json_array(_W.end_min).label("ends"),
    )
    .where(_W.tenant_id == bindparam("tenant"), _W.specialist_id.in_(_IDS))
    .group_by(_W.specialist_id),
)
_DATES = CompiledQuery(
    _DateHours,
    select(*columns_of(_DateHours, date_hours)).where(
        _D.tenant_id == bindparam("tenant"),
        _D.specialist_id.in_(_IDS),
        _D.date.between(bindparam("first"), bindparam("last")),
    ),
)
_TIME_OFF = CompiledQuery(
    _TimeOff,
    select(*columns_of(_TimeOff, time_off)).where(
        _T.tenant_id == bindparam("tenant"),
        _T.specialist_id.in_(_IDS),
        _T.starts_local < bindparam("after"),
        _T.ends_local > bindparam("first"),
    ),
)
_CLOSURES = CompiledScalar(
    select(closures.c.date).where(
        closures.c.tenant_id == bindparam("tenant"), closures.c.date.between(bindparam("first"), bindparam("last"))
    )
)
_decode_integers = msgspec.json.Decoder(list[int]).decode


def load_calendars(
    conn: Connection, tenant_id: int, zone: Zone, specialist_ids: Collection[int], first: int, last: int
) -> Calendars:
    """Return the specialists' calendars around the days `first..last`, with the closures among them."""
    whose = {"tenant": tenant_id, "ids": sorted(specialist_ids)}
    since = {"first": format_day(first)}
    until = {"last": format_day(last)}
    return Calendars(
        zone,
        first,
        last,
        weeks={specialist_id: _week(*columns) for specialist_id, *columns in _WEEKS.all(conn, **whose)},
        dates=_load_dates(conn, whose | since | until),
        time_off=_load_time_off(conn, zone, whose | since | {"after": format_day(last + 1)}),
        closures=frozenset(
            date.fromisoformat(day).toordinal() for day in _CLOSURES.all(conn, tenant=tenant_id, **since, **until)
        ),
    )


@lru_cache(maxsize=4096)
def _week(weekdays: str, starts: str, ends: str) -> Week:
    """Return columns of `weekly_hours` as a week; equal weeks are one object."""
    days: list[list[Stretch]] = [[] for _ in range(7)]
    for weekday, start, end in zip(*map(_decode_integers, (weekdays, starts, ends)), strict=True):
        days[weekday].append((start, end))
    return tuple(map(merge_shifts, days))  # type: ignore[return-value]  # seven of them


def _load_dates(conn: Connection, span: Mapping[str, object]) -> dict[int, dict[int, Shifts]]:
    found: dict[int, dict[int, list[Stretch]]] = defaultdict(lambda: defaultdict(list))
    for row in _DATES.all(conn, **span):
        found[row.specialist_id][date.fromisoformat(row.date).toordinal()].append((row.start_min, row.end_min))
    return {
        specialist_id: {day: merge_shifts(shifts) for day, shifts in days.items()}
        for specialist_id, days in found.items()
    }


def _load_time_off(conn: Connection, zone: Zone, span: Mapping[str, object]) -> dict[int, list[Stretch]]:
    found: dict[int, list[Stretch]] = defaultdict(list)
    for row in _TIME_OFF.all(conn, **span):
        if stretch := zone.stretch(*parse_wall_minute(row.starts_local), *parse_wall_minute(row.ends_local)):
            found[row.specialist_id].append(stretch)
    return {specialist_id: sorted(stretches) for specialist_id, stretches in found.items()}


def load_week(conn: Connection, tenant_id: int, specialist_id: int) -> dict[int, list[Stretch]]:
    """Return shifts by weekday (0 is Monday), as they were entered."""
    statement = select(*columns_of(_WeekdayShift, weekly_hours)).where(
        _W.tenant_id == tenant_id, _W.specialist_id == specialist_id
    )
    week: dict[int, list[Stretch]] = {}
    for row in fetch_all(conn, _WeekdayShift, statement.order_by(_W.weekday, _W.start_min)):
        week.setdefault(row.weekday, []).append((row.start_min, row.end_min))
    return week


def load_weeks(conn: Connection, tenant_id: int) -> dict[int, dict[int, list[Stretch]]]:
    """Return the weeks of all specialists who have hours, as `load_week` does."""
    statement = select(*columns_of(_SpecialistShift, weekly_hours)).where(_W.tenant_id == tenant_id)
    weeks: dict[int, dict[int, list[Stretch]]] = {}
    for row in fetch_all(conn, _SpecialistShift, statement.order_by(_W.specialist_id, _W.weekday, _W.start_min)):
        week = weeks.setdefault(row.specialist_id, {})
        week.setdefault(row.weekday, []).append((row.start_min, row.end_min))
    return weeks


def replace_weekdays(
    conn: Connection, tenant_id: int, specialist_id: int, shifts: Mapping[int, Iterable[Stretch]]
) -> None:
    """Give these weekdays (0 is Monday) these shifts; the others stay as they are."""
    own = (_W.tenant_id == tenant_id, _W.specialist_id == specialist_id, _W.weekday.in_(list(shifts)))
    conn.execute(delete(weekly_hours).where(*own))
    fixed = {"tenant_id": tenant_id, "specialist_id": specialist_id}
    rows = [
        {**fixed, "weekday": day, "start_min": start, "end_min": end}
        for day, on_day in shifts.items()
        for start, end in on_day
    ]
    if rows:
        conn.execute(insert(weekly_hours), rows)


def load_dates_from(conn: Connection, tenant_id: int, specialist_id: int, since: int) -> dict[str, list[Stretch]]:
    """Return the shifts of dates that have their own, from the day `since` on; a day off has none."""
    statement = select(*columns_of(_DateShift, date_hours)).where(
        _D.tenant_id == tenant_id, _D.specialist_id == specialist_id, _D.date >= format_day(since)
    )
    dates: dict[str, list[Stretch]] = {}
    for row in fetch_all(conn, _DateShift, statement.order_by(_D.date, _D.start_min)):
        shifts = dates.setdefault(row.date, [])
        if row.start_min >= 0:
            shifts.append((row.start_min, row.end_min))
    return dates


def replace_date(
    conn: Connection, tenant_id: int, specialist_id: int, day: int, shifts: Sequence[Stretch] | None
) -> None:
    """Give the date its own shifts: an empty list is a day off, None lets the week hold again."""
    own = (_D.tenant_id == tenant_id, _D.specialist_id == specialist_id, _D.date == format_day(day))
    conn.execute(delete(date_hours).where(*own))
    if shifts is None:
        return
    fixed = {"tenant_id": tenant_id, "specialist_id": specialist_id, "date": format_day(day)}
    rows = [{**fixed, "start_min": start, "end_min": end} for start, end in shifts or [DAY_OFF]]
    conn.execute(insert(date_hours), rows)


def list_time_off(conn: Connection, tenant_id: int, specialist_id: int, since: int) -> list[TimeOffRow]:
    """Return the time off that ends after the day `since` begins, in order."""
    statement = select(*columns_of(TimeOffRow, time_off)).where(
        _T.tenant_id == tenant_id, _T.specialist_id == specialist_id, _T.ends_local > format_day(since)
    )
    return fetch_all(conn, TimeOffRow, statement.order_by(_T.starts_local, _T.id))


def insert_time_off(conn: Connection, tenant_id: int, specialist_id: int, start: str, end: str, reason: str) -> int:
    """Insert time off (wall times) and return its id. The same stretch again keeps its id and takes the new reason."""
    statement = dialect.upsert_into(conn, time_off).values(
        tenant_id=tenant_id, specialist_id=specialist_id, starts_local=start, ends_local=end, reason=reason
    )
    key = ["tenant_id", "specialist_id", "starts_local", "ends_local"]
    kept = statement.on_conflict_do_update(index_elements=key, set_={"reason": reason})
    return int(conn.execute(kept.returning(_T.id)).scalar_one())


def delete_time_off(conn: Connection, tenant_id: int, specialist_id: int, time_off_id: int) -> TimeOffRow | None:
    """Delete time off and return it; None where there was none."""
    own = (_T.tenant_id == tenant_id, _T.specialist_id == specialist_id, _T.id == time_off_id)
    deleted = fetch_first(conn, TimeOffRow, select(*columns_of(TimeOffRow, time_off)).where(*own))
    conn.execute(delete(time_off).where(*own))
    return deleted


def list_closures_from(conn: Connection, tenant_id: int, since: int) -> list[str]:
    """Return the closed dates from the day `since` on."""
    statement = select(closures.c.date).where(closures.c.tenant_id == tenant_id, closures.c.date >= format_day(since))
    return list(conn.execute(statement.order_by(closures.c.date)).scalars())


def insert_closure(conn: Connection, tenant_id: int, day: int) -> None:
    """Close that date; it may be closed already."""
    statement = dialect.upsert_into(conn, closures).values(tenant_id=tenant_id, date=format_day(day))
    conn.execute(statement.on_conflict_do_nothing())


def delete_closure(conn: Connection, tenant_id: int, day: int) -> bool:
    """Open that date again and return whether it was closed."""
    own = (closures.c.tenant_id == tenant_id, closures.c.date == format_day(day))
    return bool(conn.execute(delete(closures).where(*own)).rowcount)
