"""A day as staff see it: when each specialist works, what is booked, which gaps are left.

A shift belongs to the day on which it starts, and is shown there whole. What runs over from the night before is shown
as well, but its free time only while it lasts: a gap stands on one day, not on two.
"""

from sqlalchemy import Connection

from backend.auth.actor import Actor
from backend.clock import format_utc
from backend.contract.schedule import Agenda, AgendaDay, Gap
from backend.errors import Forbidden, NotFound
from backend.schedule import hours, intervals
from backend.schedule.facts import Busy
from backend.schedule.intervals import Stretch
from backend.schedule.queries import calendars, facts, touched
from backend.schedule.zones import Zone, text_of, zone


def agenda(conn: Connection, actor: Actor, day: int, specialist_id: int | None, now: int) -> Agenda:
    """The local date `day`; a specialist sees their own. Raises Forbidden, NotFound."""
    if not actor.is_admin:
        if specialist_id is not None and specialist_id != actor.specialist_id:
            raise Forbidden("Specialists see their own day only.")
        specialist_id = actor.specialist_id
        if specialist_id is None:
            raise Forbidden("This account has no calendar.")
    tenant_id, where = actor.tenant.id, zone(actor.tenant.timezone)
    names = touched.names(conn, tenant_id, specialist_id)
    if specialist_id is not None and not names:
        raise NotFound()
    days = (day - hours.LOOK_BACK_DAYS, day + 1)
    since, until = where.midnight(day), where.midnight(day + 1)
    week, dates, off = calendars.load(conn, tenant_id, where, names, *days)
    closed = calendars.closed_days(conn, tenant_id, *days)
    cuts = hours.closed_stretches(where, closed, *days)
    busy = facts.busy(conn, tenant_id, names, since, where.midnight(day + 2), now, by_what=False)
    visits: dict[int, dict[int, None]] = {one: {} for one in names}
    for one, booking_id in touched.on_day(conn, tenant_id, names, since, until, now):
        visits[one][booking_id] = None
    shown = []
    for one, name in names.items():
        known = week.get(one, hours.NO_HOURS), dates.get(one, {}), closed
        shifts = hours.windows(where, *known, *days)
        working = hours.open_time(shifts, sorted([*cuts, *off.get(one, ())]))
        ends = max([until, *(end for _, end in hours.windows(where, *known, day, day))])
        today = [(start, min(end, ends)) for start, end in working if start < until and end > since]
        begins = since
        if now < since:
            begins = max([since, *(end for _, end in hours.windows(where, *known, days[0], day - 1))])
        ahead = [(max(start, begins), end) for start, end in today if end > begins]
        taken = busy.get(one, Busy())
        gaps = intervals.subtract(ahead, list(zip(taken.starts, taken.ends, strict=True)))
        shown.append(AgendaDay(one, name, _shown(where, today), list(visits[one]), _shown(where, gaps)))
    return Agenda(date=text_of(day), days=shown)


def _shown(where: Zone, stretches: list[Stretch]) -> list[Gap]:
    return [Gap(format_utc(start), format_utc(end), where.local(start).isoformat()) for start, end in stretches]
