"""Changing hours, dates, time off and closures. Bookings stay as they are; the answer lists those that a change touches."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from msgspec import UNSET

from backend import clock
from backend.audit.service import record
from backend.contract.schedule import (
    WEEKDAYS,
    Changed,
    Closures,
    DateHours,
    Hours,
    NewTimeOff,
    Schedule,
    TimeOff,
    UpdateHours,
)
from backend.errors import Forbidden, Invalid, NotFound
from backend.kit.text import clean_line
from backend.outbox.staff_news import tell_staff_news
from backend.schedule import hours
from backend.schedule.affected import list_affected
from backend.schedule.intervals import Stretch
from backend.schedule.queries import calendars
from backend.schedule.queries.services import require_specialist
from backend.schedule.queries.upcoming import UpcomingItem, list_upcoming_items
from backend.schedule.zones import Zone, format_day, load_zone, parse_wall_minute
from backend.transactions import UnitOfWork

# The longest time off that one entry may hold.
MAX_TIME_OFF_DAYS = 3 * 366


def require_own_calendar(unit: UnitOfWork, specialist_id: int) -> str:
    """Return the specialist's name. Raises Forbidden for another's schedule, NotFound where there is no such one."""
    name = require_specialist(unit.conn, unit.tenant_id, specialist_id)
    if not unit.actor.is_admin and unit.actor.specialist_id != specialist_id:
        raise Forbidden("Specialists see and change their own schedule only.")
    return name


def load_schedule(unit: UnitOfWork, specialist_id: int) -> Schedule:
    """Return the week, and the dates and time off from today on. Raises Forbidden, NotFound."""
    name = require_own_calendar(unit, specialist_id)
    conn, tenant_id = unit.conn, unit.tenant_id
    today = _zone(unit).day(unit.now)
    week = calendars.load_week(conn, tenant_id, specialist_id)
    dates = calendars.load_dates_from(conn, tenant_id, specialist_id, today)
    return Schedule(
        name=name,
        hours=render_week(week),
        dates={day: list(map(hours.render_shift, shifts)) for day, shifts in dates.items()},
        time_off=[
            TimeOff(row.id, row.starts_local, row.ends_local, row.reason)
            for row in calendars.list_time_off(conn, tenant_id, specialist_id, today)
        ],
    )


def render_week(week: Mapping[int, Iterable[Stretch]]) -> Hours:
    """Return shifts by weekday as the wire has them."""
    return Hours(**{name: list(map(hours.render_shift, week.get(day, ()))) for day, name in enumerate(WEEKDAYS)})


def replace_hours(unit: UnitOfWork, specialist_id: int, body: Hours | UpdateHours) -> Changed:
    """Replace the weekdays that the body has. Raises Forbidden, Invalid, NotFound."""
    require_own_calendar(unit, specialist_id)
    given = {day: getattr(body, name) for day, name in enumerate(WEEKDAYS)}
    shifts = {day: _parse_shifts(texts, WEEKDAYS[day]) for day, texts in given.items() if texts is not UNSET}
    change = _Change("schedule.hours", f"specialist:{specialist_id}", [specialist_id])
    changed = change.make(unit, lambda: calendars.replace_weekdays(unit.conn, unit.tenant_id, specialist_id, shifts))
    return _with_schedule(unit, specialist_id, changed)


def _with_schedule(unit: UnitOfWork, specialist_id: int, changed: Changed) -> Changed:
    changed.schedule = load_schedule(unit, specialist_id)
    return changed


def replace_date_hours(unit: UnitOfWork, specialist_id: int, day: int, body: DateHours | None) -> Changed:
    """Give one date its own shifts; None lets the week hold again. Raises Forbidden, Invalid, NotFound."""
    require_own_calendar(unit, specialist_id)
    shifts = None if body is None else _parse_shifts(body.shifts, "shifts")
    change = _Change("schedule.date", f"specialist:{specialist_id}", [specialist_id], {"date": format_day(day)})
    changed = change.make(unit, lambda: calendars.replace_date(unit.conn, unit.tenant_id, specialist_id, day, shifts))
    if shifts == []:
        tell_staff_news(unit, "off", specialist_id, f"{format_day(day)}T00:00/{format_day(day + 1)}T00:00")
    return _with_schedule(unit, specialist_id, changed)


def add_time_off(unit: UnitOfWork, specialist_id: int, body: NewTimeOff) -> Changed:
    """Cut a stretch of wall time out of the open time. Raises Forbidden, Invalid, NotFound."""
    require_own_calendar(unit, specialist_id)
    begins, ends = clock.parse_wall(body.start, "start"), clock.parse_wall(body.end, "end")
    if ends <= begins:
        raise Invalid("Time off must end after it starts.", field="end")
    if (ends - begins).days > MAX_TIME_OFF_DAYS:
        raise Invalid(f"Time off may last at most {MAX_TIME_OFF_DAYS} days.", field="end")
    change = _Change(
        "schedule.time_off",
        f"specialist:{specialist_id}",
        [specialist_id],
        {"start": body.start, "end": body.end},
        cut=_zone(unit).stretch(*parse_wall_minute(body.start), *parse_wall_minute(body.end)),
    )
    changed = change.make(
        unit,
        lambda: calendars.insert_time_off(
            unit.conn, unit.tenant_id, specialist_id, body.start, body.end, clean_line(body.reason, 200)
        ),
    )
    tell_staff_news(unit, "off", specialist_id, f"{body.start}/{body.end}")
    return _with_schedule(unit, specialist_id, changed)


def remove_time_off(unit: UnitOfWork, specialist_id: int, time_off_id: int) -> Changed:
    """Give the time back. Raises Forbidden, NotFound."""
    require_own_calendar(unit, specialist_id)
    removed = calendars.delete_time_off(unit.conn, unit.tenant_id, specialist_id, time_off_id)
    if removed is None:
        raise NotFound()
    subject, detail = f"specialist:{specialist_id}", {"start": removed.starts_local, "end": removed.ends_local}
    record(unit, "schedule.time_off_removed", subject, detail)
    tell_staff_news(unit, "back", specialist_id, f"{removed.starts_local}/{removed.ends_local}")
    return _with_schedule(unit, specialist_id, Changed(affected=[]))


def list_closures(unit: UnitOfWork) -> Closures:
    """Return the closed dates from today on."""
    today = _zone(unit).day(unit.now)
    return Closures(dates=calendars.list_closures_from(unit.conn, unit.tenant_id, today))


def add_closures(unit: UnitOfWork, first: int, last: int) -> Changed:
    """Close the business on the dates from the first to the last."""
    zone = _zone(unit)
    cut = (zone.midnight(first), zone.midnight(last + 1))

    def close() -> None:
        for day in range(first, last + 1):
            calendars.insert_closure(unit.conn, unit.tenant_id, day)

    detail = {"last": format_day(last)} if last > first else None
    change = _Change("schedule.closure", f"closure:{format_day(first)}", None, detail, cut=cut)
    changed = change.make(unit, close)
    changed.closures = list_closures(unit)
    return changed


def remove_closures(unit: UnitOfWork, first: int, last: int) -> Changed:
    """Open the business again on those of the dates that are closed. Raises NotFound where none of them is."""
    opened = [day for day in range(first, last + 1) if calendars.delete_closure(unit.conn, unit.tenant_id, day)]
    if not opened:
        raise NotFound()
    for day in opened:
        record(unit, "schedule.closure_removed", f"closure:{format_day(day)}")
    return Changed(affected=[], closures=list_closures(unit))


def _zone(unit: UnitOfWork) -> Zone:
    return load_zone(unit.tenant.timezone)


def _parse_shifts(texts: Sequence[str], field: str) -> list[Stretch]:
    shifts = sorted(map(hours.parse_shift, texts))
    if hours.shifts_overlap(shifts):
        raise Invalid("Shifts of one date must not overlap.", field=field)
    return shifts


class _Change:
    """A change of open time: how the audit log calls it, whose time it is (None: everybody's), what is cut out."""

    def __init__(
        self,
        action: str,
        subject: str,
        specialist_ids: Collection[int] | None,
        detail: Mapping[str, object] | None = None,
        cut: Stretch | None = None,
    ) -> None:
        self._action, self._subject = action, subject
        self._specialist_ids = specialist_ids
        self._detail = detail or {}
        self._cut = cut

    def make(self, unit: UnitOfWork, write: Callable[[], int | None]) -> Changed:
        """Write the change, record it and return the bookings ahead that it touches, with the id that `write` returns.

        Touched is what lies less within the open time than before, or in what was cut out."""
        items = list_upcoming_items(unit.conn, unit.tenant_id, self._specialist_ids, unit.now)
        before = _open_seconds(unit, items)
        new_id = write()
        after = _open_seconds(unit, items)
        touched = {
            item.booking_id
            for item, was_open, is_open in zip(items, before, after, strict=True)
            if is_open < was_open or self._is_cut(item)
        }
        affected = list_affected(items, _zone(unit).tz, touched)
        detail = {**self._detail, "affected": len(affected)}
        record(unit, self._action, self._subject, detail)
        return Changed(affected=affected, id=new_id)

    def _is_cut(self, item: UpcomingItem) -> bool:
        return self._cut is not None and item.starts_at < self._cut[1] and item.ends_at > self._cut[0]


def _open_seconds(unit: UnitOfWork, items: Sequence[UpcomingItem]) -> list[int]:
    """Return how many seconds of each item lie within its specialist's open time."""
    if not items:
        return []
    zone = _zone(unit)
    specialist_ids = {item.specialist_id for item in items}
    first, last = zone.day(items[0].starts_at) - hours.LOOK_BACK_DAYS, zone.day(items[-1].ends_at) + 2
    loaded = calendars.load_calendars(unit.conn, unit.tenant_id, zone, specialist_ids, first, last)
    open_time = {specialist_id: loaded.open_time(specialist_id) for specialist_id in specialist_ids}
    return [
        sum(
            max(0, min(end, item.ends_at) - max(start, item.starts_at))
            for start, end in open_time[item.specialist_id]
            if start < item.ends_at and end > item.starts_at
        )
        for item in items
    ]
