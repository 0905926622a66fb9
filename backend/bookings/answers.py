"""Answers of the staff to what clients ask for: a booking that they approve, or another time for one that stands.

Each in one write transaction, each with a line of history.
"""

from backend.bookings.access import LoadedBooking, may_decide
from backend.bookings.endings import end_booking
from backend.bookings.move_requests import open_request
from backend.bookings.moving import accept_move, decline_move
from backend.bookings.queries.writing import keep_places, update_booking
from backend.bookings.rules import Step
from backend.bookings.transitions import check_step, finish_step, load_after_lapses
from backend.contract.bookings import Booking
from backend.errors import Forbidden
from backend.kit.text import clean_lines
from backend.outbox.requests import renew_request_notices
from backend.transactions import UnitOfWork


def approve_booking(unit: UnitOfWork, booking_id: int) -> Booking:
    """Accept a request. Raises Forbidden for a specialist who does only a part of it."""
    request, asks_to_move = _load_request(unit, booking_id, "approve")
    if asks_to_move:
        return accept_move(unit, request)
    keep_places(unit.conn, unit.tenant_id, booking_id, None)
    row = update_booking(
        unit.conn,
        unit.tenant_id,
        request.row,
        calendars_follow=True,
        status="confirmed",
        decide_by=None,
        decided_by=unit.actor.person_id,
    )
    renew_request_notices(unit, booking_id)
    return finish_step(unit, request, row, "approve", "approved")


def decline_booking(unit: UnitOfWork, booking_id: int, reason: str) -> Booking:
    """Refuse a request; its place is free again, and its client reads the reason. Raises as `approve_booking`."""
    request, asks_to_move = _load_request(unit, booking_id, "decline")
    if asks_to_move:
        return decline_move(unit, request, reason)
    row = update_booking(unit.conn, unit.tenant_id, request.row, decided_by=unit.actor.person_id)
    ended = end_booking(unit, row, "declined", clean_lines(reason))
    return finish_step(unit, request, ended, "decline", "declined")


def _load_request(unit: UnitOfWork, booking_id: int, step: Step) -> tuple[LoadedBooking, bool]:
    """Return the booking that is asked for, and whether it stands and its client has asked for another time."""
    request = load_after_lapses(unit, booking_id)
    asks_to_move = request.by_staff and open_request(unit, request.row) is not None
    if not asks_to_move:
        check_step(request, step)
    if not may_decide(unit.actor, request.items):
        raise Forbidden("Only an admin decides over a booking of several specialists.")
    return request, asks_to_move
