"""Which due messages are worth sending, and when to try again. Pure; instants are epoch seconds."""

from backend.contract.bookings import Status, TaskState
from backend.contract.notices import Kind
from backend.contract.people import Role, StaffNotices
from backend.outbox.rules import REMINDED, REQUEST_KINDS

# Delay before the n-th try again, in seconds; the last one repeats.
BACKOFF_S = (5, 15, 60, 120, 300)
# A message that could not be sent for so long is given up.
GIVE_UP_S = 48 * 3600
# Telegram's limit for one bot's bulk messages.
PER_SECOND = 25

_AFTER_CONFIRMED: frozenset[Status] = frozenset({"confirmed", "arrived", "completed", "no_show"})
# In which states of its booking a message of a kind is still true.
_TRUE_WHILE: dict[Kind, frozenset[Status]] = {
    "booked": _AFTER_CONFIRMED,
    "restored": _AFTER_CONFIRMED,
    "moved": _AFTER_CONFIRMED | {"pending"},
    "places": _AFTER_CONFIRMED | {"pending"},
    "cancelled": frozenset({"cancelled"}),
    "reminder": REMINDED,
    "approval_asked": frozenset({"pending"}),
    "approval_reminder": frozenset({"pending"}),
    "request_expired": frozenset({"cancelled"}),
    "move_requested": frozenset({"confirmed"}),
    "move_kept": frozenset({"confirmed"}),
    "move_unanswered": frozenset({"confirmed"}),
    "approved": _AFTER_CONFIRMED,
    "declined": frozenset({"cancelled"}),
    # a one-time code for a hold
    "code": frozenset({"held"}),
    "move_asked": frozenset({"pending", "confirmed"}),
    "late": frozenset({"confirmed"}),
    "time_stands": frozenset({"pending", "confirmed"}),
}
# What staff get whatever they have chosen: it waits for an answer, or cannot wait.
_ALWAYS_WANTED: frozenset[Kind] = frozenset({*REQUEST_KINDS, "move_requested", "late", "words", "move_asked"})


def still_true(kind: Kind, status: Status, task: TaskState | None) -> bool:
    """Return whether a message about a booking is still true of a booking in this state.

    Nobody is reminded of a booking that needs a new time, and only that client is asked to choose one."""
    if (kind == "reminder" and task == "open") or (kind == "move_asked" and task != "open"):
        return False
    allowed = _TRUE_WHILE.get(kind)
    return allowed is None or status in allowed


def is_wanted(kind: Kind, role: Role, setting: StaffNotices) -> bool:
    """Return whether the person wants a message that they get in this role; some always come."""
    if role == "client" or setting == "all" or kind not in _TRUE_WHILE or kind in _ALWAYS_WANTED:
        return True
    return setting == "changes" and kind != "booked"


def retry_at(now: int, attempts: int, retry_after_s: float | None) -> int:
    """Return when to try again: as Telegram asks, else after a growing delay. `attempts` counts this one."""
    if retry_after_s is not None:
        return now + max(1, int(retry_after_s) + 1)
    return now + BACKOFF_S[min(attempts, len(BACKOFF_S)) - 1]
