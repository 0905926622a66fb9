"""The visits that a day off or a closed day stands in the way of: shown before, and handled in one step."""

from collections.abc import Callable
from datetime import date

from backend.client.api import BackendRefused
from backend.contract.bookings import Booking
from backend.contract.errors import Code
from bot.request import Request
from bot.ui import cards
from bot.ui.keyboards import Button, Row
from bot.ui.text import escape, one_line
from bot.ui.times import parse

KEEP, OFFER, CANCEL = 0, 1, 2
LISTED = 10


async def visits(request: Request, first: date, last: date, specialist_id: int | None) -> list[Booking]:
    """Every visit still ahead that begins on those local dates, of one specialist or of all."""
    found = await cards.load_bookings_between(request, first, last, ("pending", "confirmed"), specialist_id)
    return [one for one in found if parse(one.start).timestamp() > request.now]


def lines(request: Request, found: list[Booking]) -> list[str]:
    """`3 bookings are affected:` and who they are."""
    shown = [
        escape(" · ".join(part for part in (cards.booking_label(request, one), one_line(one.client_name, 30)) if part))
        for one in found[:LISTED]
    ]
    more = ["…"] if len(found) > LISTED else []
    return [request.t.html("affected", count=len(found)), *shown, *more]


def rows(request: Request, yes: Callable[[str, int], Button]) -> list[Row]:
    """`yes(label, mode)` makes the button of a mode."""
    return [
        [yes(request.t.label("button-offer-times"), OFFER)._replace(style="primary")],
        [yes(request.t.label("button-cancel-notify"), CANCEL)._replace(style="danger")],
    ]


async def handle(request: Request, found: list[Booking], mode: int) -> str:
    """Writes to every client (OFFER), or cancels every visit (CANCEL); the sentence that tells what was done.

    Each visit has a key of its own, so that trying again after an outage repeats nothing. A visit that its client has
    moved or cancelled meanwhile, and a client whom no message reaches, are passed over and counted."""
    done = 0
    for one in found:
        try:
            if mode == CANCEL:
                await request.api.cancel_booking(one.id, key=request.idempotency_key(f"cancel-{one.id}"))
            else:
                await request.api.ask_to_move(one.id, key=request.idempotency_key(f"ask-{one.id}"))
            done += 1
        except BackendRefused as refusal:
            if refusal.code not in (Code.ILLEGAL_STEP, Code.NOT_FOUND):
                raise
    said = request.t.html("affected-cancelled" if mode == CANCEL else "affected-offered", count=done)
    missed = len(found) - done
    return f"{said} {request.t.html('affected-missed', count=missed)}" if missed else said
