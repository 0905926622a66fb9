"""The bookings that a day off or a closed day touches: shown before, and handled in one step."""

from collections.abc import Callable
from datetime import date
from enum import IntEnum

from backend.client.api import BackendRefused
from backend.contract.bookings import Booking
from backend.contract.errors import Code
from bot.request import Request
from bot.ui import cards
from bot.ui.callbacks import Callback
from bot.ui.keyboards import Row, button_to
from bot.ui.text import escape, one_line
from bot.ui.times import parse

LISTED = 10


class Handling(IntEnum):
    """What becomes of the bookings; a button carries the number."""

    KEEP = 0
    OFFER = 1
    CANCEL = 2


async def load_affected_bookings(request: Request, first: date, last: date, specialist_id: int | None) -> list[Booking]:
    """Return every booking ahead that begins on those local dates, of one specialist or of all."""
    bookings = await cards.load_bookings_between(request, first, last, ("pending", "confirmed"), specialist_id)
    return [booking for booking in bookings if parse(booking.start).timestamp() > request.now]


def affected_lines(request: Request, bookings: list[Booking]) -> list[str]:
    """Return `3 bookings are affected:` and a line for each of the first."""
    lines = [
        escape(" · ".join(filter(None, (cards.booking_label(request, booking), one_line(booking.client_name, 30)))))
        for booking in bookings[:LISTED]
    ]
    more = ["…"] if len(bookings) > LISTED else []
    return [request.t.html("affected", count=len(bookings)), *lines, *more]


def handling_rows(request: Request, to: Callable[[Handling], Callback]) -> list[Row]:
    """Return a button for each way to handle the bookings; `to` makes its callback."""
    return [
        [button_to(request.t.label("button-offer-times"), to(Handling.OFFER), style="primary")],
        [button_to(request.t.label("button-cancel-notify"), to(Handling.CANCEL), style="danger")],
    ]


async def handle_affected_bookings(request: Request, bookings: list[Booking], handling: int) -> str:
    """Write to every client (OFFER) or cancel every booking (CANCEL); return a sentence about what was done.

    Each booking has an idempotency key of its own, so that trying again after an outage repeats nothing. A booking that
    its client has moved or cancelled meanwhile, and a client whom no message reaches, are passed over and counted."""
    done = 0
    for booking in bookings:
        try:
            if handling == Handling.CANCEL:
                await request.api.cancel_booking(booking.id, key=request.idempotency_key(f"cancel-{booking.id}"))
            else:
                await request.api.ask_to_move(booking.id, key=request.idempotency_key(f"ask-{booking.id}"))
            done += 1
        except BackendRefused as refusal:
            if refusal.code not in (Code.ILLEGAL_STEP, Code.NOT_FOUND):
                raise
    key = "affected-cancelled" if handling == Handling.CANCEL else "affected-offered"
    sentence = request.t.html(key, count=done)
    missed = len(bookings) - done
    return f"{sentence} {request.t.html('affected-missed', count=missed)}" if missed else sentence
