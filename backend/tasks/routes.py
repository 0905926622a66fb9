"""`/v1/tasks` for staff, and the new times of one booking for its client."""

from typing import Annotated

from litestar import get, post
from litestar.params import JSONBody, PathParameter

from backend import clock
from backend.auth.access import Access
from backend.contract.bookings import Booking
from backend.contract.tasks import NewTimes, Placements, PlaceTasks, TakeNewTime, Tasks
from backend.idempotency import Answered
from backend.tasks import listing, new_times, service
from backend.tasks.watch import watch_tasks
from backend.transactions import Transactions

BookingId = Annotated[int, PathParameter(ge=1, lt=2**53)]


@get("/v1/tasks", access=Access.STAFF)
async def list_tasks(transactions: Transactions) -> Tasks:
    """Return the bookings that need a new time: all of them for an admin, a specialist's own."""
    return await transactions.read(listing.load_tasks)


@post("/v1/tasks/placements", access=Access.ADMIN, status_code=200)
async def place_tasks(data: JSONBody[PlaceTasks], transactions: Transactions) -> Answered[Placements]:
    """Give them to other specialists at their own times, as far as others are free; with `preview` show that only."""
    if data.preview:
        return await transactions.preview(listing.place_with_others)
    return await transactions.write(listing.place_with_others, 200)


@get("/v1/bookings/{booking_id:int}/new-times", access=Access.CLIENT)
async def get_new_times(booking_id: BookingId, transactions: Transactions) -> NewTimes:
    """Return what is offered instead of a booking that cannot take place as booked."""
    return await transactions.read(lambda unit: new_times.list_new_times(unit, booking_id))


@post("/v1/bookings/{booking_id:int}/new-time", access=Access.CLIENT, status_code=200)
async def take_new_time(
    booking_id: BookingId, data: JSONBody[TakeNewTime], transactions: Transactions
) -> Answered[Booking]:
    """Take one of the times that are offered, free of notice, cut-off and approval."""
    start = clock.parse_start(data.start, clock.load_zone(transactions.actor.tenant.timezone))
    return await transactions.write(lambda unit: new_times.take_new_time(unit, booking_id, data, start), 200)


@post("/v1/bookings/{booking_id:int}/ask-move", access=Access.STAFF, status_code=200)
async def ask_move(booking_id: BookingId, transactions: Transactions) -> Answered[Booking]:
    """Ask the client to choose another time, as this one cannot be kept."""
    return await transactions.write(lambda unit: service.ask_to_move(unit, booking_id), 200)


@post("/v1/bookings/{booking_id:int}/told", access=Access.STAFF, status_code=200)
async def mark_told(booking_id: BookingId, transactions: Transactions) -> Answered[Booking]:
    """Cancel a booking that needs a new time, as its client has been told; no message goes to them."""
    return await transactions.write(lambda unit: service.mark_told(unit, booking_id), 200)


@post("/v1/bookings/{booking_id:int}/keep-time", access=Access.STAFF, status_code=200)
async def keep_time(booking_id: BookingId, transactions: Transactions) -> Answered[Booking]:
    """Let a booking that needed a new time take place as booked after all."""
    return await transactions.write(lambda unit: service.keep_time(unit, booking_id), 200)


handlers = [list_tasks, place_tasks, get_new_times, take_new_time, ask_move, mark_told, keep_time]
# What the app runs from time to time while it serves.
background = [watch_tasks]
