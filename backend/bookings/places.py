"""Changing how many places of a group a booking takes, in one write transaction."""

from backend.auth.actor import decode_policies
from backend.bookings import rules
from backend.bookings.access import LoadedBooking
from backend.bookings.history import record_change
from backend.bookings.move_requests import keep_open
from backend.bookings.placement import PlaceRequest, find_place, load_services_as_booked, stay_with_specialists
from backend.bookings.queries.writing import set_places, update_booking
from backend.bookings.transitions import load_for_step
from backend.bookings.view import render_booking, render_items
from backend.contract.bookings import Booking
from backend.errors import Forbidden, TooLate
from backend.outbox.service import announce_change
from backend.schedule.queries.services import check_places
from backend.schedule.service import SlotQuery
from backend.transactions import UnitOfWork


def change_places(unit: UnitOfWork, booking_id: int, places: int) -> Booking:
    """Let the booking take so many places, each at the price at which it was booked.

    Its client may do so until the cut-off, and while it is held. Fewer places are always granted. Where the
    business approves by hand, more than it has approved are given by staff alone. Raises Invalid, SlotTaken with other times
    at which there are so many, Forbidden, TooLate, IllegalStep, NotFound.
    """
    booking = load_for_step(unit, booking_id, "places")
    row = booking.row
    if not booking.by_staff and row.status != "held":
        cut_off_min = decode_policies(row.policies).cancel_until_min
        until = rules.free_until(row.starts_at, cut_off_min, row.created_at, has_task=row.task is not None)
        if unit.now >= row.starts_at or unit.now > until:
            raise TooLate("The number of places can be changed until the cut-off; please call.")
        if places > row.places and row.status != "pending" and unit.tenant.policies.approval:
            raise Forbidden("The business approves bookings by hand: ask it for more places.", field="places")
    if places == row.places:
        return render_booking(unit, row, render_items(booking.items))
    if places > row.places:
        _check_more_places(unit, booking, places)
    prices = [item.price // row.places * places for item in booking.items]
    for item, price in zip(booking.items, prices, strict=True):
        set_places(unit.conn, unit.tenant_id, item.id, places, price)
    changed = update_booking(
        unit.conn,
        unit.tenant_id,
        row,
        calendars_follow=True,
        places=places,
        price=row.price // row.places * places,
        came_places=None if row.came_places is None else min(row.came_places, places),
    )
    keep_open(unit, row, changed.sequence)
    record_change(unit, row.id, "places", row.status, row.status, {"places": [row.places, places]})
    announce_change(unit, changed, "places")
    items = [item._replace(price=price, places=places) for item, price in zip(booking.items, prices, strict=True)]
    return render_booking(unit, changed, render_items(items))


def _check_more_places(unit: UnitOfWork, booking: LoadedBooking, places: int) -> None:
    """Raise SlotTaken, or Invalid, where the booking cannot have so many places at its start. The hours do not matter."""
    items = booking.items
    booked = stay_with_specialists(load_services_as_booked(unit.conn, unit.tenant_id, items), items)
    check_places(places, min(step.capacity for step in booked.steps))
    services = booked._replace(steps=[step._replace(places=places) for step in booked.steps])
    service_ids = [item.service_id for item in items]
    query = SlotQuery(unit.tenant, service_ids, items[0].specialist_id, unit.now, client_limits=not booking.by_staff)
    request = PlaceRequest(query, services, booking.row.starts_at, force=True, ignored_booking_id=booking.row.id)
    find_place(unit.conn, request)
