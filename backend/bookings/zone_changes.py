"""Bookings ahead keep the wall time that was promised when a zone's rules change, not the instant in UTC."""

from functools import partial
from typing import NamedTuple
from weakref import WeakSet

import msgspec
from sqlalchemy import Connection

from backend import clock
from backend.auth.queries import load_tenant
from backend.bookings.queries.loading import HistoryRow, load_bookings
from backend.bookings.queries.wall_times import (
    BookingAhead,
    load_bookings_ahead,
    shift_booking,
    tenants_with_bookings_ahead,
)
from backend.bookings.queries.writing import insert_history
from backend.db import dialect
from backend.db.engine import Database
from backend.outbox.service import renew_reminders

# Databases that have been looked through since the process started.
_checked: WeakSet[Database] = WeakSet()


class ShiftCounts(NamedTuple):
    """How many bookings were shifted, and how many could not be."""

    shifted: int
    stuck: int


class _Shift(NamedTuple):
    booking: BookingAhead
    seconds: int


async def follow_zone_changes(db: Database, now: int) -> ShiftCounts:
    """Shift bookings ahead to the instant at which the wall shows what was promised; once after the start.

    Where the tzdata package has not changed, nothing is written. A booking whose new place is taken stays where it is.
    """
    if db in _checked:
        return ShiftCounts(0, 0)
    shifted = stuck = 0
    for tenant in await db.read(lambda conn: tenants_with_bookings_ahead(conn, now)):
        if await db.read(partial(_find_shifts, tenant_id=tenant.id, now=now)):
            counts = await db.write(tenant.id, partial(restore_wall_times, slug=tenant.slug, now=now))
            shifted, stuck = shifted + counts.shifted, stuck + counts.stuck
    _checked.add(db)
    return ShiftCounts(shifted, stuck)


def _find_shifts(conn: Connection, tenant_id: int, now: int) -> list[_Shift]:
    """Return the shifts of bookings that no longer begin at their wall time, in an order in which they are possible."""
    shifts = []
    for booking in load_bookings_ahead(conn, tenant_id, now):
        tz = clock.load_zone(booking.timezone)
        if booking.local_start and clock.format_wall(booking.starts_at, tz) != booking.local_start:
            wall = clock.parse_wall(booking.local_start)
            # a promised time that the clock skips now stays where it has been put
            if seconds := clock.wall_to_epoch(wall, tz) - booking.starts_at:
                shifts.append(_Shift(booking, seconds))
    # a booking that goes later makes room for the one before it, one that goes earlier for the one after it
    return sorted(shifts, key=lambda shift: -shift.booking.starts_at if shift.seconds > 0 else shift.booking.starts_at)


def restore_wall_times(conn: Connection, slug: str, now: int) -> ShiftCounts:
    """Shift one tenant's bookings ahead, in one transaction."""
    tenant = load_tenant(conn, slug)
    if tenant is None:
        return ShiftCounts(0, 0)
    shifted = stuck = 0
    for booking, seconds in _find_shifts(conn, tenant.id, now):
        try:
            with dialect.open_savepoint(conn, "shift"):
                shift_booking(conn, tenant.id, booking.id, seconds)
        except Exception as exc:
            refused = dialect.translate_error(exc)
            if refused is None or refused.status >= 500:
                raise
            stuck += 1
            continue
        starts = [clock.format_utc(booking.starts_at), clock.format_utc(booking.starts_at + seconds)]
        detail = msgspec.json.encode({"start": starts}).decode()
        change = HistoryRow(now, None, "system", "zone_rules", booking.status, booking.status, detail)
        insert_history(conn, tenant.id, booking.id, change)
        for row in load_bookings(conn, tenant.id, [booking.id]):
            renew_reminders(conn, tenant, row, now)
        shifted += 1
    return ShiftCounts(shifted, stuck)
