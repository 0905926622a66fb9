"""Free times to which a booking can be moved, by the rules that moving itself goes by."""

from typing import NamedTuple

from backend.bookings.access import load_visible
from backend.bookings.placement import load_services_as_booked, stay_with_specialists
from backend.contract.schedule import Days, Slots
from backend.schedule.service import MovingBooking, SlotQuery, list_days, list_slots
from backend.transactions import UnitOfWork


class RescheduleQuery(NamedTuple):
    """Which booking is to be moved and to whom: a specialist, anybody, or (the default) those who do it today."""

    booking_id: int
    specialist_id: int | None
    any_specialist: bool = False


def list_other_slots(
    unit: UnitOfWork, reschedule: RescheduleQuery, days: tuple[int, int], limit: int | None, *, spread: bool = False
) -> Slots:
    """Return free starts whose own local date is in the range, as `list_slots` does.

    Raises NotFound, also where the actor may not see it."""
    query, moving = _load_query(unit, reschedule)
    return list_slots(unit.conn, query, days, limit, moving, spread=spread)


def list_other_days(unit: UnitOfWork, reschedule: RescheduleQuery, within: tuple[int, int]) -> Days:
    """Return dates with such a start, and the first one, also after the range. Raises NotFound."""
    query, moving = _load_query(unit, reschedule)
    return list_days(unit.conn, query, within, moving)


def _load_query(unit: UnitOfWork, reschedule: RescheduleQuery) -> tuple[SlotQuery, MovingBooking]:
    """Return what is asked for: the booking's own place is free for it, but staying there is no move."""
    booking = load_visible(unit, reschedule.booking_id)
    items, specialist_id = booking.items, reschedule.specialist_id
    needs_new_time = booking.row.task == "open" and not booking.by_staff
    services = load_services_as_booked(unit.conn, unit.tenant_id, items, on_offer=needs_new_time)
    if specialist_id is None and not reschedule.any_specialist:
        services = stay_with_specialists(services, items)
        specialist_id = items[0].specialist_id
    service_ids = [item.service_id for item in items]
    query = SlotQuery(
        unit.tenant,
        service_ids,
        specialist_id,
        unit.now,
        client_limits=not booking.by_staff,
        at_short_notice=booking.row.task is not None,
    )
    # with another specialist the same time is another place
    stays_at = booking.row.starts_at if specialist_id in (None, items[0].specialist_id) else None
    return query, MovingBooking(services, reschedule.booking_id, stays_at)
