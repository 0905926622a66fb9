"""The bookings that a day off or a closed day touches: shown before, and handled in one step."""

from collections.abc import Callable
from enum import IntEnum

from backend.contract.bookings import Booking
from backend.contract.overviews import Handled
from backend.contract.overviews import Handling as WireHandling
from bot.request import Request
from bot.ui import cards
from bot.ui.callbacks import Callback
from bot.ui.keyboards import Row, button_to
from bot.ui.prompts import more_lines
from bot.ui.text import escape

LISTED = 10


class Handling(IntEnum):
    """What becomes of the bookings; a button carries the number."""

    KEEP = 0
    OFFER = 1
    CANCEL = 2


_ON_THE_WIRE: dict[int, WireHandling] = {Handling.OFFER: "ask_to_move", Handling.CANCEL: "cancel"}


def affected_lines(request: Request, bookings: list[Booking]) -> list[str]:
    """Return `3 bookings are affected:` and a line for each of the first."""
    lines = [
        escape(
            " · ".join(filter(None, (cards.booking_label(request, booking), cards.client_text(request, booking, 30))))
        )
        for booking in bookings[:LISTED]
    ]
    return [request.t.html("affected", count=len(bookings)), *lines, *more_lines(request, len(bookings) - LISTED)]


def handling_rows(request: Request, to: Callable[[Handling], Callback]) -> list[Row]:
    """Return a button for each way to handle the bookings; `to` makes its callback."""
    return [
        [button_to(request.t.label("button-offer-times"), to(Handling.OFFER), style="primary")],
        [button_to(request.t.label("button-cancel-notify"), to(Handling.CANCEL), style="danger")],
    ]


def wire_handling(mode: int) -> WireHandling | None:
    """Return how the backend is to handle the bookings; None where they are kept."""
    return _ON_THE_WIRE.get(mode)


def handled_line(request: Request, handled: Handled, mode: int) -> str:
    """Return a sentence about what was done with the bookings; empty where there were none.

    Clients whom no message reaches are counted."""
    if not handled.done and not handled.missed:
        return ""
    key = "affected-cancelled" if mode == Handling.CANCEL else "affected-offered"
    sentence = request.t.html(key, count=handled.done)
    return f"{sentence} {request.t.html('affected-missed', count=handled.missed)}" if handled.missed else sentence
