"""What business and client say to each other about a booking: `/v1/bookings/{id}/coming`, `/late`, `/message` and the like."""

from litestar import post
from litestar.params import FromPath, JSONBody

from backend.auth.access import Access
from backend.bookings import client_answers, client_messages
from backend.contract import Done
from backend.contract.bookings import Booking, Late, SendMessage, Shown
from backend.idempotency import Answered
from backend.transactions import Transactions

BookingId = FromPath[int]


@post("/v1/bookings/{booking_id:int}/message", access=Access.STAFF, status_code=200)
async def send_message(
    booking_id: BookingId, data: JSONBody[SendMessage], transactions: Transactions
) -> Answered[Booking]:
    """Send the client a text through the bot."""
    return await transactions.write(lambda unit: client_messages.send_text(unit, booking_id, data.text), 200)


@post("/v1/bookings/{booking_id:int}/coming", access=Access.CLIENT, status_code=200)
async def mark_coming(booking_id: BookingId, transactions: Transactions) -> Answered[Booking]:
    """Note that the client will come."""
    return await transactions.write(lambda unit: client_answers.mark_coming(unit, booking_id), 200)


@post("/v1/bookings/{booking_id:int}/late", access=Access.CLIENT, status_code=200)
async def mark_late(booking_id: BookingId, data: JSONBody[Late], transactions: Transactions) -> Answered[Booking]:
    """Tell who does the booking that its client will be late."""
    return await transactions.write(lambda unit: client_answers.mark_late(unit, booking_id, data.minutes), 200)


@post("/v1/bookings/{booking_id:int}/shown", access=Access.CLIENT, status_code=200)
async def note_shown(booking_id: BookingId, data: JSONBody[Shown], transactions: Transactions) -> Answered[Done]:
    """Note that the confirmation was sent anew, since its message could not be edited."""
    return await transactions.write(lambda unit: client_messages.note_shown(unit, booking_id, data.message_id), 200)


handlers = [send_message, mark_coming, mark_late, note_shown]
