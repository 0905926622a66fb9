"""Free times to which a booking can be moved, by the rules that moving itself goes by."""

from backend.bookings.access import load_visible
from backend.bookings.placement import load_services_as_booked
from backend.contract.schedule import Days, Slots
from backend.schedule.service import MovingBooking, SlotQuery, list_days, list_slots
from backend.transactions import UnitOfWork


def list_other_slots(
    unit: UnitOfWork, booking_id: int, specialist_id: int | None, days: tuple[int, int], limit: int | None
) -> Slots:
    """Return free starts whose own local date is in the range. Raises NotFound, also where the actor may not see it."""
    query, moving = _load_query(unit, booking_id, specialist_id)
    return list_slots(unit.conn, query, days, limit, moving)


def list_other_days(unit: UnitOfWork, booking_id: int, specialist_id: int | None, within: tuple[int, int]) -> Days:
    """Return dates with such a start, and the first one, also after the range. Raises NotFound."""
    query, moving = _load_query(unit, booking_id, specialist_id)
    return list_days(unit.conn, query, within, moving)


def _load_query(unit: UnitOfWork, booking_id: int, specialist_id: int | None) -> tuple[SlotQuery, MovingBooking]:
    """Return what is asked for: the booking's own place is free for it, but staying there is no move."""
    booking = load_visible(unit, booking_id)
    items = booking.items
    services = load_services_as_booked(unit.conn, unit.tenant_id, items)
    service_ids = [item.service_id for item in items]
    query = SlotQuery(unit.tenant, service_ids, specialist_id, unit.now, client_limits=not booking.by_staff)
    # with another specialist the same time is another place
    stays_at = booking.row.starts_at if specialist_id in (None, items[0].specialist_id) else None
    return query, MovingBooking(services, booking_id, stays_at)
