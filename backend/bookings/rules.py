"""Which step a booking may take, and until when. Pure; instants are epoch seconds."""

from typing import Literal

from backend.contract.bookings import Status
from backend.contract.notices import Kind

Step = Literal[
    "confirm", "approve", "decline", "move", "cancel", "undo", "arrived", "complete", "no_show", "coming", "comment"
]
UNDO_S = 300

# A step -> the states from which it may be taken.
FROM: dict[Step, frozenset[Status]] = {
    "confirm": frozenset({"held"}),
    "approve": frozenset({"pending"}),
    "decline": frozenset({"pending"}),
    "move": frozenset({"held", "pending", "confirmed"}),
    "cancel": frozenset({"held", "pending", "confirmed"}),
    "undo": frozenset({"cancelled"}),
    "arrived": frozenset({"confirmed"}),
    "complete": frozenset({"confirmed", "arrived"}),
    "no_show": frozenset({"confirmed"}),
    "coming": frozenset({"pending", "confirmed"}),
    "comment": frozenset({"held", "pending", "confirmed", "arrived", "completed", "no_show"}),
}
# Steps of staff only; the others are also the client's own.
STAFF_ONLY: frozenset[Step] = frozenset({"approve", "decline", "arrived", "complete", "no_show"})
# What still lies ahead and counts against a client's limit.
OPEN: tuple[Status, ...] = ("held", "pending", "confirmed")


def status_now(status: Status, hold_until: int | None, now: int) -> Status:
    """Return the true status: a hold that has lapsed is expired, also before that has been written."""
    return "expired" if status == "held" and hold_until is not None and hold_until <= now else status


def status_words(status: Status) -> str:
    """Return the status as a sentence has it: "no show"."""
    return status.replace("_", " ")


def is_allowed(step: Step, status: Status) -> bool:
    """Return whether the step may be taken from this state."""
    return status in FROM[step]


def initial_status(*, approval: bool, by_staff: bool) -> Status:
    """Return the state of a booking that is made at once, or confirmed after a hold."""
    return "pending" if approval and not by_staff else "confirmed"


def notice_kind(status: Status) -> Kind:
    """Return the kind of message about a booking that has come into this state."""
    return "approval_asked" if status == "pending" else "booked"


def cancel_until(start: int, cancel_until_min: int) -> int:
    """Return the last instant at which a client may still cancel."""
    return start - cancel_until_min * 60


def client_may_cancel(status: Status, start: int, cancel_until_min: int, now: int) -> bool:
    """Return whether a client may still cancel: a hold at any time, a booking until its cut-off."""
    return status == "held" or now <= cancel_until(start, cancel_until_min)


def undo_until(cancelled_at: int | None) -> int | None:
    """Return until when a cancellation may be taken back; None for what is not cancelled."""
    return None if cancelled_at is None else cancelled_at + UNDO_S
