"""What a client says about a booking that stands: that they will come, or how late."""

from backend.bookings.history import record_change
from backend.bookings.queries.writing import update_booking
from backend.bookings.transitions import load_for_step
from backend.bookings.view import render_booking, render_items
from backend.contract.bookings import LATE_FROM_S, Booking
from backend.errors import TooLate, TooSoon
from backend.outbox.service import tell_staff
from backend.outbox.staff_news import tell_staff_news
from backend.transactions import UnitOfWork


def mark_coming(unit: UnitOfWork, booking_id: int) -> Booking:
    """Note that the client says they will come. Raises TooLate once it has begun."""
    booking = load_for_step(unit, booking_id, "coming")
    if booking.row.starts_at <= unit.now:
        raise TooLate("This booking has begun already.")
    row = update_booking(unit.conn, unit.tenant_id, booking.row, coming_at=unit.now)
    if booking.row.coming_at is None:
        tell_staff_news(unit, "coming", row.id)
    record_change(unit, row.id, "coming", row.status, row.status)
    return render_booking(unit, row, render_items(booking.items))


def mark_late(unit: UnitOfWork, booking_id: int, minutes: int) -> Booking:
    """Note that the client will be about so many minutes late, and tell who does the booking; the last number counts.

    Raises TooLate once it has begun, TooSoon long before."""
    booking = load_for_step(unit, booking_id, "late")
    row = booking.row
    if row.starts_at <= unit.now:
        raise TooLate("This booking has begun already; please call.")
    if unit.now < row.starts_at - LATE_FROM_S:
        raise TooSoon("This can be said three hours before the booking at the earliest.")
    if row.late_min != minutes:
        row = update_booking(unit.conn, unit.tenant_id, row, late_min=minutes)
        tell_staff(unit, row, "late", expires_at=row.ends_at)
        record_change(unit, row.id, "late", row.status, row.status, {"minutes": minutes})
    return render_booking(unit, row, render_items(booking.items))
