"""Changing hours, dates, time off and closures: bookings stay as they are, and those that a change touches are told."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from backend import clock
from backend.audit.service import record
from backend.auth.actor import Actor
from backend.clock import format_utc
from backend.contract.schedule import (
    WEEKDAYS,
    Affected,
    Changed,
    Closures,
    DateHours,
    Hours,
    NewTimeOff,
    Schedule,
    TimeOff,
)
from backend.errors import Forbidden, Invalid, NotFound
from backend.kit.text import clean_line
from backend.schedule import hours
from backend.schedule.intervals import Stretch
from backend.schedule.queries import calendars, touched
from backend.schedule.queries.facts import known_specialist
from backend.schedule.zones import Zone, text_of, wall_of, zone
from backend.transactions import UnitOfWork

# The longest time off that one entry may hold.
MAX_TIME_OFF_DAYS = 3 * 366


def own(conn: Connection, actor: Actor, specialist_id: int) -> None:
    """Raises Forbidden for another specialist's schedule, NotFound where there is none."""
    if not actor.is_admin and actor.specialist_id != specialist_id:
        known_specialist(conn, actor.tenant.id, specialist_id)
        raise Forbidden("Specialists see and change their own schedule only.")
    known_specialist(conn, actor.tenant.id, specialist_id)


def show(conn: Connection, actor: Actor, specialist_id: int, now: int) -> Schedule:
    """The week, and the dates and time off from today on."""
    own(conn, actor, specialist_id)
    today = zone(actor.tenant.timezone).day(now)
    week = calendars.week(conn, actor.tenant.id, specialist_id)
    dates = calendars.dates(conn, actor.tenant.id, specialist_id, today)
    return Schedule(
        hours=Hours(**{name: list(map(hours.render_shift, week.get(day, ()))) for day, name in enumerate(WEEKDAYS)}),
        dates={day: list(map(hours.render_shift, shifts)) for day, shifts in dates.items()},
        time_off=[
            TimeOff(row.id, row.starts_local, row.ends_local, row.reason)
            for row in calendars.time_off_rows(conn, actor.tenant.id, specialist_id, today)
        ],
    )


def put_week(conn: Connection, actor: Actor, specialist_id: int, body: Hours, now: int) -> Changed:
    """Replace the whole week."""
    own(conn, actor, specialist_id)
    rows = [(day, *shift) for day, name in enumerate(WEEKDAYS) for shift in _shifts(getattr(body, name), name)]

    def change() -> None:
        calendars.replace_week(conn, actor.tenant.id, specialist_id, rows)

    return _changed(conn, actor, [specialist_id], now, change, "schedule.hours", f"specialist:{specialist_id}")


def put_date(conn: Connection, actor: Actor, specialist_id: int, day: int, body: DateHours | None, now: int) -> Changed:
    """Replace the week for one date; None takes the override away."""
    own(conn, actor, specialist_id)
    shifts = None if body is None else _shifts(body.shifts, "shifts")

    def change() -> None:
        calendars.replace_date(conn, actor.tenant.id, specialist_id, day, shifts)

    told = {"date": text_of(day)}
    return _changed(conn, actor, [specialist_id], now, change, "schedule.date", f"specialist:{specialist_id}", told)


def add_time_off(conn: Connection, actor: Actor, specialist_id: int, body: NewTimeOff, now: int) -> Changed:
    """Cut a stretch of wall time out of the open time."""
    own(conn, actor, specialist_id)
    begins, ends = clock.parse_wall(body.start, "start"), clock.parse_wall(body.end, "end")
    if ends <= begins:
        raise Invalid("Time off must end after it starts.", field="end")
    if (ends - begins).days > MAX_TIME_OFF_DAYS:
        raise Invalid(f"Time off may last at most {MAX_TIME_OFF_DAYS} days.", field="end")
    found: list[int] = []

    def change() -> None:
        reason = clean_line(body.reason, 200)
        found.append(calendars.add_time_off(conn, actor.tenant.id, specialist_id, body.start, body.end, reason))

    cut = zone(actor.tenant.timezone).stretch(*wall_of(body.start), *wall_of(body.end))
    told = {"start": body.start, "end": body.end}
    changed = _changed(
        conn, actor, [specialist_id], now, change, "schedule.time_off", f"specialist:{specialist_id}", told, cut
    )
    changed.id = found[0]
    return changed


def remove_time_off(conn: Connection, actor: Actor, specialist_id: int, time_off_id: int, now: int) -> Changed:
    """Give the time back. Raises NotFound."""
    own(conn, actor, specialist_id)
    if not calendars.remove_time_off(conn, actor.tenant.id, specialist_id, time_off_id):
        raise NotFound()
    record(
        UnitOfWork(conn, actor, now),
        "schedule.time_off_removed",
        f"specialist:{specialist_id}",
        {"time_off": time_off_id},
    )
    return Changed(affected=[])


def closures(conn: Connection, actor: Actor, now: int) -> Closures:
    """Closed dates from today on."""
    today = zone(actor.tenant.timezone).day(now)
    return Closures(dates=calendars.closures_from(conn, actor.tenant.id, today))


def close(conn: Connection, actor: Actor, day: int, now: int) -> Changed:
    """Close the business on a date."""
    where = zone(actor.tenant.timezone)

    def change() -> None:
        calendars.add_closure(conn, actor.tenant.id, day)

    cut = (where.midnight(day), where.midnight(day + 1))
    return _changed(conn, actor, None, now, change, "schedule.closure", f"closure:{text_of(day)}", {}, cut)


def reopen(conn: Connection, actor: Actor, day: int, now: int) -> Changed:
    """Take a closure away. Raises NotFound."""
    if not calendars.remove_closure(conn, actor.tenant.id, day):
        raise NotFound()
    record(UnitOfWork(conn, actor, now), "schedule.closure_removed", f"closure:{text_of(day)}")
    return Changed(affected=[])


def _shifts(texts: Sequence[str], field: str) -> list[Stretch]:
    shifts = sorted(map(hours.parse_shift, texts))
    if hours.overlapping(shifts):
        raise Invalid("Shifts of one date must not overlap.", field=field)
    return shifts


def _changed(
    conn: Connection,
    actor: Actor,
    who: Collection[int] | None,
    now: int,
    change: Callable[[], None],
    action: str,
    subject: str,
    told: Mapping[str, object] | None = None,
    cut: Stretch | None = None,
) -> Changed:
    """Make the change; the visits ahead that lie less within the open time than before, or in what was cut out."""
    where = zone(actor.tenant.timezone)
    rows = touched.upcoming(conn, actor.tenant.id, who, now, now)
    before = _open(conn, actor, where, rows)
    change()
    after = _open(conn, actor, where, rows)
    hit: dict[int, Any] = {}
    for row, was, is_now in zip(rows, before, after, strict=True):
        if is_now < was or (cut is not None and row.starts_at < cut[1] and row.ends_at > cut[0]):
            hit[row.booking_id] = row
    affected = [
        Affected(
            booking_id=row.booking_id,
            start=format_utc(row.visit_start),
            local=where.local(row.visit_start).isoformat(),
            client_name=row.client_name,
            service_names=[one.service_name for one in rows if one.booking_id == row.booking_id],
        )
        for row in hit.values()
    ]
    record(UnitOfWork(conn, actor, now), action, subject, {**(told or {}), "affected": len(affected)})
    return Changed(affected=affected)


def _open(conn: Connection, actor: Actor, where: Zone, rows: Sequence[Any]) -> list[int]:
    """How many seconds of each item lie within its specialist's open time."""
    if not rows:
        return []
    tenant_id = actor.tenant.id
    days = (where.day(rows[0].starts_at) - hours.LOOK_BACK_DAYS, where.day(rows[-1].ends_at) + 2)
    who = {row.specialist_id for row in rows}
    week, dates, off = calendars.load(conn, tenant_id, where, who, *days)
    closed = calendars.closed_days(conn, tenant_id, *days)
    cuts = hours.closed_stretches(where, closed, *days)
    working = {}
    for one in who:
        shifts = hours.windows(where, week.get(one, hours.NO_HOURS), dates.get(one, {}), closed, *days)
        working[one] = hours.open_time(shifts, sorted([*cuts, *off.get(one, ())]))
    return [
        sum(
            max(0, min(end, row.ends_at) - max(start, row.starts_at))
            for start, end in working[row.specialist_id]
            if start < row.ends_at and end > row.starts_at
        )
        for row in rows
    ]
