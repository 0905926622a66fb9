"""A day as staff see it: when each specialist works, what is booked, which gaps are left.

A shift belongs to the day on which it starts, and is shown there whole. What runs over from the night before is shown as
well, but its free time only while it lasts: a gap stands on one day, not on two.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from backend.bookings.access import viewer_of
from backend.bookings.queries.listing import Filters, load_page
from backend.bookings.queries.unmarked import count_unmarked
from backend.bookings.view import render_bookings
from backend.clock import format_utc
from backend.contract.bookings import Booking, Status
from backend.contract.overviews import Agenda, AgendaDay, Gap
from backend.errors import Forbidden, NotFound
from backend.overviews import queries
from backend.schedule.facts import NOTHING_OCCUPIED, Occupied
from backend.schedule.hours import LOOK_BACK_DAYS, Calendars
from backend.schedule.intervals import Stretch, subtract_stretches
from backend.schedule.queries.calendars import load_calendars
from backend.schedule.queries.facts import CalendarWindow, load_occupied
from backend.schedule.zones import Zone, format_day, load_zone
from backend.transactions import UnitOfWork

# Bookings of one answer. Of days with more, staff look at one specialist after the other.
MAX_BOOKINGS = 500
# Those that stand, are held or took place.
_LISTED: tuple[Status, ...] = ("held", "pending", "confirmed", "arrived", "completed", "no_show")


class _Booked(NamedTuple):
    """Bookings of all the days, with their starts in epoch seconds: whole ones, and the items of each specialist."""

    bookings: Sequence[tuple[int, Booking]]
    items: Sequence[queries.BookedItem]


def load_agendas(unit: UnitOfWork, first: int, last: int, specialist_id: int | None) -> list[Agenda]:
    """Return the agendas of the local dates `first..last`, of all specialists or of one; specialists see their own.

    Raises Forbidden, NotFound."""
    names, specialist_id = list_shown_specialists(unit, specialist_id)
    conn, tenant_id, zone = unit.conn, unit.tenant_id, load_zone(unit.tenant.timezone)
    since, until = zone.midnight(first), zone.midnight(last + 1)
    calendars = load_calendars(conn, tenant_id, zone, names, first - LOOK_BACK_DAYS, last + 1)
    window = CalendarWindow(names, since, zone.midnight(last + 2), unit.now, with_bookings=False)
    occupied = load_occupied(conn, tenant_id, window)
    booked = _Booked(
        _list_bookings(unit, since, until, specialist_id),
        queries.list_booked_items(conn, tenant_id, names, since, until, unit.now),
    )
    listed = {booking.id for _, booking in booked.bookings}
    is_cut = len(listed) == MAX_BOOKINGS
    unmarked = count_unmarked(conn, tenant_id, viewer_of(unit.actor), unit.now)
    unanswered = find_unanswered(unit, booked.bookings)
    agendas = []
    for day in range(first, last + 1):
        begins, ends = zone.midnight(day), zone.midnight(day + 1)
        around = calendars._replace(first=day - LOOK_BACK_DAYS, last=day + 1)
        booking_ids = _booking_ids(booked.items, begins, ends)
        days = []
        for each, name in names.items():
            shifts, gaps = _shifts_and_gaps(around, each, day, occupied.get(each, NOTHING_OCCUPIED), unit.now)
            days.append(AgendaDay(each, name, _render(zone, shifts), booking_ids.get(each, []), _render(zone, gaps)))
        bookings = [booking for start, booking in booked.bookings if begins <= start < ends]
        more = len(set().union(*booking_ids.values()) - listed) if is_cut else 0
        silent = [booking.id for booking in bookings if booking.id in unanswered]
        agendas.append(Agenda(format_day(day), days, bookings, more, unmarked, silent))
    return agendas


def list_shown_specialists(unit: UnitOfWork, specialist_id: int | None) -> tuple[dict[int, str], int | None]:
    """Return the names of the specialists whose days are shown, and the id where it is one; specialists see their own.

    Raises Forbidden, NotFound."""
    if not unit.actor.is_admin:
        specialist_id = own_calendar(unit, specialist_id)
    names = queries.list_specialist_names(unit.conn, unit.tenant_id, specialist_id)
    if specialist_id is not None and not names:
        raise NotFound()
    return names, specialist_id


def own_calendar(unit: UnitOfWork, specialist_id: int | None) -> int:
    """Return the calendar that a specialist sees: their own. Raises Forbidden."""
    own_id = unit.actor.specialist_id
    if specialist_id is not None and specialist_id != own_id:
        raise Forbidden("Specialists see their own day only.")
    if own_id is None:
        raise Forbidden("This account has no calendar.")
    return own_id


def _list_bookings(unit: UnitOfWork, since: int, until: int, specialist_id: int | None) -> list[tuple[int, Booking]]:
    """Return the bookings that begin in `[since, until)` and that the actor may see, each with its start, in order."""
    filters = Filters(since, until, _LISTED, specialist_id, None, False, MAX_BOOKINGS, None)
    rows = load_page(unit.conn, unit.tenant_id, viewer_of(unit.actor), filters, unit.now)
    bookings = render_bookings(unit.conn, unit.tenant, rows, unit.actor, unit.now)
    return [(row.starts_at, booking) for row, booking in zip(rows, bookings, strict=True)]


def find_unanswered(unit: UnitOfWork, bookings: Iterable[tuple[int, Booking]]) -> set[int]:
    """Return the ids of the bookings, given with their starts, whose client was reminded and has not answered."""
    open_ids = [booking.id for start, booking in bookings if _awaits_answer(booking, start, unit.now)]
    return queries.list_reminded(unit.conn, unit.tenant_id, open_ids)


def _awaits_answer(booking: Booking, start: int, now: int) -> bool:
    """Return whether the client may still say that they will come, and has not."""
    return booking.status == "confirmed" and start > now and not booking.coming and booking.task != "open"


def _booking_ids(items: Sequence[queries.BookedItem], since: int, until: int) -> dict[int, list[int]]:
    """Return by specialist the bookings of the items that begin in `[since, until)`, each once, in order."""
    found: dict[int, dict[int, None]] = {}
    for item in items:
        if since <= item.starts_at < until:
            found.setdefault(item.specialist_id, {})[item.booking_id] = None
    return {specialist_id: list(booking_ids) for specialist_id, booking_ids in found.items()}


def _shifts_and_gaps(
    calendars: Calendars, specialist_id: int, day: int, occupied: Occupied, now: int
) -> tuple[list[Stretch], list[Stretch]]:
    """Return the specialist's open time of the day, and what of it is free."""
    zone = calendars.zone
    since, until = zone.midnight(day), zone.midnight(day + 1)
    ends = max([until, *(end for _, end in calendars.shifts(specialist_id, day, day))])
    shifts = [
        (start, min(end, ends)) for start, end in calendars.open_time(specialist_id) if start < until and end > since
    ]
    begins = since
    if now < since:
        # the gaps of shifts that began before stand on those shifts' own day
        begins = max([since, *(end for _, end in calendars.shifts(specialist_id, calendars.first, day - 1))])
    ahead = [(max(start, begins), end) for start, end in shifts if end > begins]
    return shifts, subtract_stretches(ahead, list(zip(occupied.starts, occupied.ends, strict=True)))


def _render(zone: Zone, stretches: Sequence[Stretch]) -> list[Gap]:
    return [Gap(format_utc(start), format_utc(end), zone.local(start).isoformat()) for start, end in stretches]
