"""Working hours, overrides, time off and closures: read for the engine, shown to people, changed by them."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import BindParameter, Connection, bindparam, delete, insert, select

from backend.db import dialect
from backend.db.compiled import CompiledQuery, CompiledScalar
from backend.db.rows import columns_of, fetch_all
from backend.db.tables import closures, date_hours, time_off, weekly_hours
from backend.schedule import hours
from backend.schedule.hours import Shifts, Week
from backend.schedule.intervals import Stretch
from backend.schedule.zones import Zone, text_of, wall_of

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


def load(
    conn: Connection, tenant_id: int, zone: Zone, who: Collection[int], first: int, last: int
) -> tuple[dict[int, Week], dict[int, dict[int, Shifts]], dict[int, list[Stretch]]]:
    """Weeks, overrides and time off (in instants) of the specialists around the days `first..last`."""
    whose = {"tenant": tenant_id, "ids": sorted(who)}
    week = {one: _week(*texts) for one, *texts in _WEEKS.all(conn, **whose)}
    start = {"first": text_of(first)}
    dates = _dates(conn, whose | start | {"last": text_of(last)})
    return week, dates, _time_off(conn, zone, whose | start | {"after": text_of(last + 1)})


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
    select(_D.specialist_id, _D.date, _D.start_min, _D.end_min).where(
        _D.tenant_id == bindparam("tenant"),
        _D.specialist_id.in_(_IDS),
        _D.date.between(bindparam("first"), bindparam("last")),
    ),
)
_TIME_OFF = CompiledQuery(
    _TimeOff,
    select(_T.specialist_id, _T.starts_local, _T.ends_local).where(
        _T.tenant_id == bindparam("tenant"),
        _T.specialist_id.in_(_IDS),
        _T.starts_local < bindparam("after"),
        _T.ends_local > bindparam("first"),
    ),
)
_CLOSED = CompiledScalar(
    select(closures.c.date).where(
        closures.c.tenant_id == bindparam("tenant"), closures.c.date.between(bindparam("first"), bindparam("last"))
    )
)
_integers = msgspec.json.Decoder(list[int]).decode


@lru_cache(maxsize=4096)
def _week(weekdays: str, starts: str, ends: str) -> Week:
    """Columns of `weekly_hours` as a week; equal weeks are one object."""
    days: list[list[Stretch]] = [[] for _ in range(7)]
    for weekday, start, end in zip(*map(_integers, (weekdays, starts, ends)), strict=True):
        days[weekday].append((start, end))
    return tuple(map(hours.shifts_of, days))  # type: ignore[return-value]


def _dates(conn: Connection, span: Mapping[str, Any]) -> dict[int, dict[int, Shifts]]:
    found: dict[int, dict[int, list[Stretch]]] = defaultdict(lambda: defaultdict(list))
    for one, day, start, end in _DATES.all(conn, **span):
        found[one][date.fromisoformat(day).toordinal()].append((start, end))
    return {one: {day: hours.shifts_of(pairs) for day, pairs in days.items()} for one, days in found.items()}


def _time_off(conn: Connection, zone: Zone, span: Mapping[str, Any]) -> dict[int, list[Stretch]]:
    found: dict[int, list[Stretch]] = defaultdict(list)
    for one, start, end in _TIME_OFF.all(conn, **span):
        if stretch := zone.stretch(*wall_of(start), *wall_of(end)):
            found[one].append(stretch)
    return {one: sorted(stretches) for one, stretches in found.items()}


def closed_days(conn: Connection, tenant_id: int, first: int, last: int) -> frozenset[int]:
    """The closures among the days `first..last`."""
    span = {"tenant": tenant_id, "first": text_of(first), "last": text_of(last)}
    return frozenset(date.fromisoformat(day).toordinal() for day in _CLOSED.all(conn, **span))


def week(conn: Connection, tenant_id: int, specialist_id: int) -> dict[int, list[Stretch]]:
    """Weekday (0 is Monday) -> shifts, as they were entered."""
    statement = select(_W.weekday, _W.start_min, _W.end_min).where(
        _W.tenant_id == tenant_id, _W.specialist_id == specialist_id
    )
    found: dict[int, list[Stretch]] = {}
    for weekday, start, end in conn.execute(statement.order_by(_W.weekday, _W.start_min)):
        found.setdefault(weekday, []).append((start, end))
    return found


def replace_week(conn: Connection, tenant_id: int, specialist_id: int, shifts: Iterable[tuple[int, int, int]]) -> None:
    """Put (weekday, start, end) in place of the whole week."""
    conn.execute(delete(weekly_hours).where(_W.tenant_id == tenant_id, _W.specialist_id == specialist_id))
    rows = [
        {"tenant_id": tenant_id, "specialist_id": specialist_id, "weekday": day, "start_min": start, "end_min": end}
        for day, start, end in shifts
    ]
    if rows:
        conn.execute(insert(weekly_hours), rows)


def dates(conn: Connection, tenant_id: int, specialist_id: int, since: int) -> dict[str, list[Stretch]]:
    """Overrides from the day `since` on; a day off has no shifts."""
    statement = select(_D.date, _D.start_min, _D.end_min).where(
        _D.tenant_id == tenant_id, _D.specialist_id == specialist_id, _D.date >= text_of(since)
    )
    found: dict[str, list[Stretch]] = {}
    for day, start, end in conn.execute(statement.order_by(_D.date, _D.start_min)):
        shifts = found.setdefault(day, [])
        if start >= 0:
            shifts.append((start, end))
    return found


def replace_date(
    conn: Connection, tenant_id: int, specialist_id: int, day: int, shifts: Sequence[Stretch] | None
) -> None:
    """Put shifts in place of that date's override; none of them is a day off, None takes the override away."""
    own = (_D.tenant_id == tenant_id, _D.specialist_id == specialist_id, _D.date == text_of(day))
    conn.execute(delete(date_hours).where(*own))
    if shifts is None:
        return
    fixed = {"tenant_id": tenant_id, "specialist_id": specialist_id, "date": text_of(day)}
    rows = [{**fixed, "start_min": start, "end_min": end} for start, end in shifts or [DAY_OFF]]
    conn.execute(insert(date_hours), rows)


def time_off_rows(conn: Connection, tenant_id: int, specialist_id: int, since: int) -> Sequence[TimeOffRow]:
    """Time off that ends after the day `since` begins."""
    statement = select(*columns_of(TimeOffRow, time_off)).where(
        _T.tenant_id == tenant_id, _T.specialist_id == specialist_id, _T.ends_local > text_of(since)
    )
    return fetch_all(conn, TimeOffRow, statement.order_by(_T.starts_local, _T.id))


def add_time_off(conn: Connection, tenant_id: int, specialist_id: int, start: str, end: str, reason: str) -> int:
    """Insert time off (wall times); its id. The same stretch again keeps its id and takes the new reason."""
    statement = dialect.upsert(conn, time_off).values(
        tenant_id=tenant_id, specialist_id=specialist_id, starts_local=start, ends_local=end, reason=reason
    )
    key = ["tenant_id", "specialist_id", "starts_local", "ends_local"]
    kept = statement.on_conflict_do_update(index_elements=key, set_={"reason": reason})
    return int(conn.execute(kept.returning(_T.id)).scalar_one())


def remove_time_off(conn: Connection, tenant_id: int, specialist_id: int, time_off_id: int) -> bool:
    """Whether there was one to remove."""
    own = (_T.tenant_id == tenant_id, _T.specialist_id == specialist_id, _T.id == time_off_id)
    return bool(conn.execute(delete(time_off).where(*own)).rowcount)


def closures_from(conn: Connection, tenant_id: int, since: int) -> list[str]:
    """Closed dates from the day `since` on."""
    statement = select(closures.c.date).where(closures.c.tenant_id == tenant_id, closures.c.date >= text_of(since))
    return list(conn.execute(statement.order_by(closures.c.date)).scalars())


def add_closure(conn: Connection, tenant_id: int, day: int) -> None:
    """Close that date; closed already is fine."""
    statement = dialect.upsert(conn, closures).values(tenant_id=tenant_id, date=text_of(day))
    conn.execute(statement.on_conflict_do_nothing())


def remove_closure(conn: Connection, tenant_id: int, day: int) -> bool:
    """Whether that date was closed."""
    own = (closures.c.tenant_id == tenant_id, closures.c.date == text_of(day))
    return bool(conn.execute(delete(closures).where(*own)).rowcount)
