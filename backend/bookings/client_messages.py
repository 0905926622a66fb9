"""A message from the business to the client of a booking, through the bot: free text."""

from backend.audit.service import record
from backend.bookings.access import LoadedBooking, load_visible
from backend.bookings.view import render_booking, render_items
from backend.contract import Done
from backend.contract.bookings import Booking
from backend.contract.notices import Kind
from backend.errors import Forbidden, IllegalStep, Invalid, NotFound
from backend.kit.text import clean_lines
from backend.outbox.queries import replace_card_message
from backend.outbox.service import tell_client
from backend.transactions import UnitOfWork


def send_text(unit: UnitOfWork, booking_id: int, text: str) -> Booking:
    """Send the client a text. Raises Invalid for an empty one, IllegalStep where no message can reach them."""
    cleaned = clean_lines(text)
    if not cleaned.strip():
        raise Invalid("A message must not be empty.", field="text")
    booking = _load_as_staff(unit, booking_id)
    # the log says that there was a message, never what it said
    return _send(unit, booking, "text", "booking.message", cleaned)


def note_shown(unit: UnitOfWork, booking_id: int, message_id: int) -> Done:
    """Note in which message of the chat the actor, its client, reads of the booking from now on. Raises NotFound."""
    booking = load_visible(unit, booking_id)
    if booking.row.client_id != unit.actor.person_id:
        raise NotFound()
    replace_card_message(unit.conn, unit.tenant_id, booking_id, message_id)
    return Done()


def _load_as_staff(unit: UnitOfWork, booking_id: int) -> LoadedBooking:
    booking = load_visible(unit, booking_id)
    if not booking.by_staff:
        raise Forbidden("Only the business may do this.")
    return booking


def _send(unit: UnitOfWork, booking: LoadedBooking, kind: Kind, action: str, text: str | None = None) -> Booking:
    if not tell_client(unit, booking.row, kind, text):
        raise IllegalStep("No message reaches this client: they are not in the bot.")
    record(unit, action, f"booking:{booking.row.id}")
    return render_booking(unit, booking.row, render_items(booking.items))
