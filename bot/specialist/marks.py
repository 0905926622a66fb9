"""What staff see of a booking's state at the end of its label, and the line that says what each mark means."""

from collections import Counter
from collections.abc import Collection, Iterable

from backend.contract.bookings import CAME, Booking
from bot.request import Request
from bot.ui import cards
from bot.ui.text import DOT
from bot.ui.times import parse

CAME_MARK, MISSED, ASKS, NEW_TIME, COMING, SILENT, UNMARKED = "✓", "✗", "?", "↻", "+", "…", "!"
# In the order of the line: what is to be done first. Who came needs no words.
_WORDS = {
    ASKS: "waiting-requests",
    NEW_TIME: "waiting-tasks",
    UNMARKED: "waiting-unmarked",
    COMING: "clients-coming",
    SILENT: "clients-silent",
}


def booking_mark(request: Request, booking: Booking, unanswered: Collection[int] = ()) -> str:
    """Return the mark of a booking, empty where nothing is to be said. `unanswered` are the ids of `Agenda`."""
    if booking.task == "open":
        return NEW_TIME
    if booking.status == "pending" or cards.asks_to_move(booking):
        return ASKS
    if is_unmarked(request, booking):
        return UNMARKED
    if booking.status in CAME:
        return CAME_MARK
    if booking.status == "no_show":
        return MISSED
    if booking.status == "confirmed" and not cards.has_begun(request, booking):
        return COMING if booking.coming else SILENT if booking.id in unanswered else ""
    return ""


def is_unmarked(request: Request, booking: Booking) -> bool:
    """Return whether the booking is over and nobody has said whether it took place; the clock may have completed it."""
    if booking.status == "confirmed":
        return parse(booking.end) <= request.times.now
    return booking.status == "completed" and booking.unconfirmed


def count_marks(request: Request, bookings: Iterable[Booking], unanswered: Collection[int] = ()) -> dict[str, int]:
    """Return how many of the bookings have each mark that is explained above a list, in the order of the line."""
    counts = Counter(booking_mark(request, booking, unanswered) for booking in bookings)
    return {mark: counts[mark] for mark in _WORDS if mark in counts}


def marks_line(request: Request, bookings: Iterable[Booking], unanswered: Collection[int] = ()) -> list[str]:
    """Return `? requests: 1 · + coming: 2` as a line: the marks of these bookings with how many have each."""
    counts = count_marks(request, bookings, unanswered)
    parts = [f"{mark} {request.t.html(_WORDS[mark], count=count)}" for mark, count in counts.items()]
    return [DOT.join(parts)] if parts else []
