"""Bookings ahead keep the wall time that was promised when the zone or its rules change, not the instant in UTC."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import NamedTuple
from weakref import WeakSet
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import Connection

from backend import clock
from backend.audit.queries.chain import Entry, append_entries
from backend.auth.actor import TenantRow
from backend.auth.queries import load_tenant
from backend.bookings.endings import clock_unit, free_lapsed_places
from backend.bookings.queries.loading import BookingRow, HistoryRow, load_bookings
from backend.bookings.queries.shift_notices import drop_moves
from backend.bookings.queries.wall_times import (
    ZONE_CHANGED,
    PromisedBooking,
    WallTime,
    chunks_of,
    list_shift_details,
    load_promised,
    load_promised_by_id,
    set_wall_times,
    set_zone_change,
    tenants_with_bookings_ahead,
    tenants_with_zone_changed_since,
)
from backend.bookings.queries.writing import insert_histories
from backend.bookings.shift_notices import announce_moves, follow_zone, remind_anew
from backend.bookings.shifted_requests import shift_requests
from backend.bookings.wall_shifts import Shift, place_shifted
from backend.contract.bookings import Status
from backend.contract.notices import ZONE_CHANGED as ZONE_NOTICE
from backend.db.engine import Database
from backend.outbox.service import tell_admins

# Two zones are at most so far apart (UTC-12 and UTC+14).
FARTHEST_S = 26 * 3600
# So long after a change somebody who read the business before may still write a booking in the old zone.
LATE_S = 600
# What nobody has marked: it is still to come where its wall time is.
OPEN: frozenset[Status] = frozenset({"held", "pending", "confirmed"})
# A client who is there already has not come for another instant.
MARKED: frozenset[Status] = frozenset({"arrived", "completed", "no_show"})
# Databases that have been looked through since the process started.
_checked: WeakSet[Database] = WeakSet()


class ShiftCounts(NamedTuple):
    """How many bookings were shifted, and how many could not be."""

    shifted: int
    stuck: int


class ZoneShift(NamedTuple):
    """What the change of the zone did to a booking that is still as it left it: where it began, and its promise then.

    `before` is in epoch seconds, `local_start` a wall time of the zone before."""

    booking: PromisedBooking
    before: int
    local_start: str


class ShiftReason(NamedTuple):
    """Why bookings were shifted: the action in their history, and the admin who wished it; None: nobody did."""

    action: str
    actor_id: int | None = None


class _Detail(msgspec.Struct):
    start: tuple[str, str]
    local_start: str = ""


async def follow_zone_changes(db: Database, now: int) -> ShiftCounts:
    """Shift bookings ahead to the instant at which the wall shows what was promised.

    All are looked through once after the start: the tzdata package may be another. Later on only those of businesses whose
    zone has just changed: a booking may have been written meanwhile by somebody who read the old one.
    """
    first_time = db not in _checked
    find = tenants_with_bookings_ahead if first_time else tenants_with_zone_changed_since
    since = now if first_time else now - LATE_S
    shifted = stuck = 0
    for found in await db.read(lambda conn: find(conn, since)):
        if await db.read(partial(_has_strayed, slug=found.slug, now=now)):
            counts = await db.write(found.id, partial(restore_wall_times, slug=found.slug, now=now))
            shifted, stuck = shifted + counts.shifted, stuck + counts.stuck
    _checked.add(db)
    return ShiftCounts(shifted, stuck)


def _has_strayed(conn: Connection, slug: str, now: int) -> bool:
    tenant = load_tenant(conn, slug)
    if tenant is None:
        return False
    return bool(_of_other_zone(conn, tenant, now) or _find_strayed(conn, tenant, now))


def restore_wall_times(conn: Connection, slug: str, now: int) -> ShiftCounts:
    """Shift one tenant's bookings ahead, in one transaction; one whose new place is taken stays where it is."""
    tenant = load_tenant(conn, slug)
    if tenant is None:
        return ShiftCounts(0, 0)
    moved_zone = 0
    if others := _of_other_zone(conn, tenant, now):
        moved_zone = change_zone(conn, tenant, others[0].timezone, now)
        if tenant.zone_changed_at is None:
            # it was changed by a release that left the bookings where they were
            set_zone_change(conn, tenant.id, others[0].timezone, now)
    shifts = _find_strayed(conn, tenant, now)
    if shifts:
        free_lapsed_places(clock_unit(conn, tenant, now))
    moved_s = place_shifted(conn, tenant.id, shifts, dict.fromkeys((shift.booking.id for shift in shifts), 0))
    moved = [shift.booking for shift in shifts if moved_s[shift.booking.id]]
    set_wall_times(conn, tenant.id, [WallTime(booking.id, booking.local_start, booking.timezone) for booking in moved])
    write_down_shifts(conn, tenant, moved, ShiftReason("zone_rules"), now)
    return ShiftCounts(moved_zone + len(moved), len(shifts) - len(moved))


def _find_strayed(conn: Connection, tenant: TenantRow, now: int) -> list[Shift]:
    """Return the bookings ahead of the business's zone that no longer begin at their wall time."""
    shifts, tz = [], clock.load_zone(tenant.timezone)
    for booking in load_promised(conn, tenant.id, now):
        if booking.status == "cancelled" or booking.timezone != tenant.timezone or not booking.local_start:
            continue
        is_there = clock.format_wall(booking.starts_at, tz) == booking.local_start
        # a promised time that the clock skips now stays where it has been put
        if not is_there and (seconds := _instant_of(booking, tz) - booking.starts_at):
            shifts.append(Shift(booking, seconds))
    return shifts


def _of_other_zone(conn: Connection, tenant: TenantRow, now: int) -> list[PromisedBooking]:
    """Return the bookings of another zone that are ahead on one of both walls."""
    tz = clock.load_zone(tenant.timezone)
    return [
        booking
        for booking in load_promised(conn, tenant.id, now - FARTHEST_S)
        if booking.timezone != tenant.timezone
        and booking.status not in MARKED
        and (booking.starts_at > now or (booking.status in OPEN and _instant_of(booking, tz) > now))
    ]


def _instant_of(booking: PromisedBooking, tz: ZoneInfo) -> int:
    """Return the instant of the booking's wall time in a zone; its own instant where none was kept."""
    if not booking.local_start:
        return booking.starts_at
    return clock.wall_to_epoch(clock.parse_wall(booking.local_start), tz)


def change_zone(conn: Connection, tenant: TenantRow, previous: str, now: int, restored_since: int | None = None) -> int:
    """Shift the bookings of another zone into the business's, whose row has it already, and return how many there were.

    They keep their wall times. `restored_since`: the zone of before that change is put back, and whatever the change has
    left as it was returns to exactly where it was. Nobody is told but of a wall time that could not be kept.
    """
    free_lapsed_places(clock_unit(conn, tenant, now))
    tz = clock.load_zone(tenant.timezone)
    before = {} if restored_since is None else find_zone_shifts(conn, tenant, restored_since, previous)
    others = {booking.id: booking for booking in _of_other_zone(conn, tenant, now)}
    others |= {booking_id: shift.booking for booking_id, shift in before.items()}
    if not others:
        return 0
    shifts = [
        Shift(each, (before[each.id].before if each.id in before else _instant_of(each, tz)) - each.starts_at)
        for each in others.values()
    ]
    moved_s = place_shifted(conn, tenant.id, shifts)
    walls = {}
    for booking, planned_s in shifts:
        promised = before[booking.id].local_start if booking.id in before else booking.local_start
        # a promise stands, also where the clock skips it, unless its place was taken
        kept = promised and moved_s[booking.id] == planned_s
        walls[booking.id] = promised if kept else clock.format_wall(booking.starts_at + moved_s[booking.id], tz)
    set_wall_times(conn, tenant.id, [WallTime(each, wall, tenant.timezone) for each, wall in walls.items()])
    follow_zone(conn, tenant, moved_s, clock.load_zone(previous), now)
    rows = write_down_shifts(conn, tenant, list(others.values()), ShiftReason(ZONE_CHANGED), now)
    shift_requests(conn, tenant, rows, partial(_to_zone, clock.load_zone(previous), tz), now)
    new_walls = [each for each in others.values() if each.local_start != walls[each.id]]
    _announce_new_walls(conn, tenant, new_walls, now, restored_since)
    detail = {"timezone": [previous, tenant.timezone], "bookings": len(shifts)}
    append_entries(conn, tenant.id, [Entry(now, "system", "tenant.zone_changed", f"tenant:{tenant.id}", detail, "")])
    tell_admins(conn, tenant, f"{ZONE_NOTICE} {previous} {tenant.timezone} {len(shifts)}", now)
    return len(shifts)


def find_zone_shifts(conn: Connection, tenant: TenantRow, since: int, zone: str) -> dict[int, ZoneShift]:
    """Return by id the bookings that are as the change of the zone at `since` has left them, with their starts before.

    `zone` is the one to which it was changed."""
    details = {
        row.booking_id: msgspec.json.decode(row.detail, type=_Detail)
        for row in list_shift_details(conn, tenant.id, since)
    }
    found = {}
    for booking in load_promised_by_id(conn, tenant.id, details):
        detail = details[booking.id]
        before, after = map(clock.parse_instant, detail.start)
        if booking.timezone == zone and booking.starts_at == after and booking.status != "expired":
            found[booking.id] = ZoneShift(booking, before, detail.local_start)
    return found


def _to_zone(previous: ZoneInfo, tz: ZoneInfo, _: int, instant: int) -> int:
    """Return when the new clocks show what the old ones show at an instant."""
    return clock.wall_to_epoch(datetime.fromtimestamp(instant, previous).replace(tzinfo=None), tz)


def _announce_new_walls(
    conn: Connection, tenant: TenantRow, moved: Sequence[PromisedBooking], now: int, restored_since: int | None
) -> None:
    """Tell everybody concerned of the bookings ahead whose wall time is another now.

    Where they return to what it was and nobody has read yet of the time between, nobody need read of either."""
    promised = {booking.id: booking for booking in moved if booking.local_start}
    if not promised:
        return
    tz, ids = clock.load_zone(tenant.timezone), list(promised)
    unread = set() if restored_since is None else drop_moves(conn, tenant.id, ids, restored_since, now)
    rows = [row for row in _load_rows(conn, tenant.id, ids) if row.starts_at > now and row.id not in unread]
    announce_moves(conn, tenant, rows, {row.id: _instant_of(promised[row.id], tz) for row in rows}, now)


def _load_rows(conn: Connection, tenant_id: int, booking_ids: Sequence[int]) -> list[BookingRow]:
    return [row for ids in chunks_of(booking_ids) for row in load_bookings(conn, tenant_id, ids)]


def write_down_shifts(
    conn: Connection,
    tenant: TenantRow,
    moved: Sequence[PromisedBooking],
    change: ShiftReason,
    now: int,
) -> list[BookingRow]:
    """Write the history of bookings that were shifted and the reminders of those to come; return them as they are now."""
    rows = {row.id: row for row in _load_rows(conn, tenant.id, [booking.id for booking in moved])}
    role = "system" if change.actor_id is None else "admin"
    lines = []
    for booking in moved:
        starts = [clock.format_utc(booking.starts_at), clock.format_utc(rows[booking.id].starts_at)]
        detail = msgspec.json.encode({"start": starts, "local_start": booking.local_start}).decode()
        status = booking.status
        lines.append((booking.id, HistoryRow(now, change.actor_id, role, change.action, status, status, detail)))
    insert_histories(conn, tenant.id, lines)
    confirmed = [row for row in rows.values() if row.status == "confirmed"]
    remind_anew(conn, tenant, confirmed, {booking.id: booking.starts_at for booking in moved}, now)
    return list(rows.values())
