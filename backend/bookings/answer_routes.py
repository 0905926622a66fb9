"""`/v1/bookings/{id}`: requests of clients, for a booking or for another time, and the answers of staff."""

from litestar import post
from litestar.params import FromPath, JSONBody

from backend.auth.access import Access
from backend.bookings import answers, moving
from backend.contract.bookings import Booking, Decline, Wish
from backend.idempotency import Answered
from backend.transactions import Transactions

BookingId = FromPath[int]


@post("/v1/bookings/{booking_id:int}/decline", access=Access.STAFF, status_code=200)
async def decline(
    booking_id: BookingId, transactions: Transactions, data: JSONBody[Decline | None] = None
) -> Answered[Booking]:
    """Refuse a request."""
    reason = "" if data is None else data.reason
    return await transactions.write(lambda unit: answers.decline_booking(unit, booking_id, reason), 200)


@post("/v1/bookings/{booking_id:int}/approve", access=Access.STAFF, status_code=200)
async def approve(booking_id: BookingId, transactions: Transactions) -> Answered[Booking]:
    """Accept a request."""
    return await transactions.write(lambda unit: answers.approve_booking(unit, booking_id), 200)


@post("/v1/bookings/{booking_id:int}/wish", access=Access.CLIENT, status_code=200)
async def ask_for_time(booking_id: BookingId, data: JSONBody[Wish], transactions: Transactions) -> Answered[Booking]:
    """Ask for another time in words; the booking stays until staff answer."""
    return await transactions.write(lambda unit: moving.ask_in_words(unit, booking_id, data.text), 200)


@post("/v1/bookings/{booking_id:int}/withdraw", access=Access.CLIENT, status_code=200)
async def withdraw_wish(booking_id: BookingId, transactions: Transactions) -> Answered[Booking]:
    """Take a request for another time back: the booking stays as it is."""
    return await transactions.write(lambda unit: moving.withdraw_wish(unit, booking_id), 200)


handlers = [approve, decline, ask_for_time, withdraw_wish]
