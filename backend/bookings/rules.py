"""Which step a booking may take, and until when. Pure; instants are epoch seconds."""

from typing import Literal

from backend.contract.bookings import EARLY_S, SECOND_THOUGHTS_S, Status
from backend.contract.notices import Kind

Step = Literal[
    "confirm",
    "approve",
    "decline",
    "move",
    "cancel",
    "undo",
    "arrived",
    "complete",
    "no_show",
    "unmark",
    "coming",
    "late",
    "comment",
    "places",
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
    # a mark may be changed into any other, or tell of another number of people;
    # what the clock has completed may be completed by staff
    "arrived": frozenset({"confirmed", "arrived", "completed", "no_show"}),
    "complete": frozenset({"confirmed", "arrived", "completed", "no_show"}),
    "no_show": frozenset({"confirmed", "arrived", "completed"}),
    "unmark": frozenset({"arrived", "completed", "no_show"}),
    "coming": frozenset({"pending", "confirmed"}),
    "late": frozenset({"confirmed"}),
    # at the door there may be one more than booked
    "places": frozenset({"held", "pending", "confirmed", "arrived"}),
    "comment": frozenset({"held", "pending", "confirmed", "arrived", "completed", "no_show"}),
}
# Steps of staff only; the others are also the client's own.
STAFF_ONLY: frozenset[Step] = frozenset({"approve", "decline", "arrived", "complete", "no_show", "unmark"})
# What has no mark so long after its end is completed by the clock.
UNMARKED_S = 12 * 3600
# What still lies ahead and counts against a client's limit; a hold is not a booking yet.
OPEN: tuple[Status, ...] = ("pending", "confirmed")
# What makes no sense of a booking that needs a new time.
NOT_WITH_TASK: frozenset[Step] = frozenset({"approve", "coming", "late", "no_show"})
# When a client is taken, so that no other booking of theirs may lie there.
TAKES_CLIENT: tuple[Status, ...] = ("pending", "confirmed", "arrived")


def status_now(status: Status, hold_until: int | None, decide_by: int | None, now: int) -> Status:
    """Return the true status: a hold that has lapsed is expired, and an unanswered request is cancelled.

    It is so at that instant, also before it has been written.
    """
    if status == "held" and hold_until is not None and hold_until <= now:
        return "expired"
    if status == "pending" and decide_by is not None and decide_by <= now:
        return "cancelled"
    return status


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


def free_until(start: int, cancel_until_min: int, created_at: int, *, has_task: bool) -> int:
    """Return the last instant at which a client may cancel without being late.

    That is the cut-off, and for a quarter of an hour after booking in any case; the start where the business itself cannot
    keep the booking as it was made.
    """
    if has_task:
        return start
    return min(start, max(start - cancel_until_min * 60, created_at + SECOND_THOUGHTS_S))


def earliest_mark(step: Step, start: int) -> int:
    """Return the first instant at which the mark makes sense: somebody may come early, but be missed from the start on."""
    return start - EARLY_S if step in ("arrived", "unmark") else start


def undo_until(cancelled_at: int | None) -> int | None:
    """Return until when a cancellation may be taken back; None for what is not cancelled."""
    return None if cancelled_at is None else cancelled_at + UNDO_S
