"""After a change of the zone: giving bookings ahead the instants that they had before, which are other wall times."""

from collections.abc import Iterable, Sequence

from backend import clock
from backend.bookings.endings import free_lapsed_places
from backend.bookings.queries.loading import load_bookings
from backend.bookings.queries.wall_times import TakenStretch, WallTime, list_taken, set_wall_times
from backend.bookings.shift_notices import announce_moves, follow_zone
from backend.bookings.shifted_requests import shift_requests
from backend.bookings.view import render_bookings
from backend.bookings.wall_shifts import Shift, place_shifted
from backend.bookings.zone_changes import OPEN, ShiftReason, ZoneShift, find_zone_shifts, write_down_shifts
from backend.contract.tenancy import InstantsKept, ShiftedBooking
from backend.transactions import UnitOfWork


def find_restorable(unit: UnitOfWork) -> list[ZoneShift]:
    """Return what the last change of the zone has shifted and nobody has changed since, in order of time.

    What is marked stays where it is, and so does what would begin in the past."""
    tenant = unit.tenant
    if tenant.zone_changed_at is None:
        return []
    shifts = find_zone_shifts(unit.conn, tenant, tenant.zone_changed_at, tenant.timezone).values()
    ahead = [shift for shift in shifts if shift.booking.status in OPEN and shift.before > unit.now]
    moved = [shift for shift in ahead if shift.before != shift.booking.starts_at]
    return sorted(moved, key=lambda shift: (shift.before, shift.booking.id))


def render_shifts(
    unit: UnitOfWork, shown: Sequence[ZoneShift], restorable: Iterable[ZoneShift]
) -> list[ShiftedBooking]:
    """Return some of the restorable bookings as a preview shows them."""
    rows = load_bookings(unit.conn, unit.tenant_id, [shift.booking.id for shift in shown])
    bookings = {booking.id: booking for booking in render_bookings(unit.conn, unit.tenant, rows, unit.actor, unit.now)}
    tz, staying = clock.load_zone(unit.tenant.timezone), _find_staying(unit, shown, restorable)
    return [
        ShiftedBooking(
            booking_id=shift.booking.id,
            client_name=bookings[shift.booking.id].client_name,
            service_names=[item.service_name for item in bookings[shift.booking.id].items],
            start=bookings[shift.booking.id].start,
            local_start=bookings[shift.booking.id].local_start,
            kept_start=clock.format_utc(shift.before),
            kept_local_start=clock.format_local(shift.before, tz),
            stays=shift.booking.id in staying,
        )
        for shift in shown
    ]


def _find_staying(unit: UnitOfWork, shown: Sequence[ZoneShift], restorable: Iterable[ZoneShift]) -> set[int]:
    """Return the ids of those whose place of before somebody else has taken since."""
    shifts = {shift.booking.id: shift.before - shift.booking.starts_at for shift in restorable}
    own: dict[int, list[TakenStretch]] = {}
    others: dict[int, list[TakenStretch]] = {}
    for taken in list_taken(unit.conn, unit.tenant_id, unit.now):
        if taken.booking_id in shifts:
            own.setdefault(taken.booking_id, []).append(taken)
        else:
            others.setdefault(taken.specialist_id, []).append(taken)
    return {
        shift.booking.id
        for shift in shown
        for mine in own.get(shift.booking.id, ())
        for other in others.get(mine.specialist_id, ())
        if mine.occ_start + shifts[shift.booking.id] < other.occ_end
        and other.occ_start < mine.occ_end + shifts[shift.booking.id]
        and (other.service_id != mine.service_id or mine.capacity == 1)
    }


def restore_instants(unit: UnitOfWork) -> InstantsKept:
    """Give all of them their instants of before, and tell clients and specialists; what is taken stays on the wall."""
    conn, tenant = unit.conn, unit.tenant
    free_lapsed_places(unit)
    restorable = {shift.booking.id: shift for shift in find_restorable(unit)}
    shifts = [Shift(shift.booking, shift.before - shift.booking.starts_at) for shift in restorable.values()]
    moved_s = place_shifted(conn, tenant.id, shifts, dict.fromkeys(restorable, 0))
    tz = clock.load_zone(tenant.timezone)
    moved = {booking_id: seconds for booking_id, seconds in moved_s.items() if seconds}
    walls = [
        WallTime(each, clock.format_wall(restorable[each].booking.starts_at + seconds, tz), tenant.timezone)
        for each, seconds in moved.items()
    ]
    set_wall_times(conn, tenant.id, walls)
    reason = ShiftReason("keep_instant", unit.actor.person_id)
    follow_zone(conn, tenant, moved, tz, unit.now)
    rows = write_down_shifts(conn, tenant, [restorable[each].booking for each in moved], reason, unit.now)
    shift_requests(conn, tenant, rows, lambda booking_id, instant: instant + moved[booking_id], unit.now)
    was = {booking_id: restorable[booking_id].booking.starts_at for booking_id in moved}
    announce_moves(conn, tenant, rows, was, unit.now, unit.actor.person_id)
    return InstantsKept(kept=len(moved), stayed=len(restorable) - len(moved))
