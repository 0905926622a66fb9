"""The clock that a sandbox may shift, on the wire."""

from backend.contract import Answer, Request
from backend.contract.times import Instant


class SetClock(Request):
    """`PUT /v1/clock`: either the time to set, or the shift in seconds from the machine's clock."""

    now: Instant | None = None
    shift_s: int | None = None


class ClockState(Answer):
    """The backend's time, how many seconds it is ahead of the machine's clock, and when the next reminder is due."""

    now: Instant
    shift_s: int
    next_reminder: Instant | None = None
