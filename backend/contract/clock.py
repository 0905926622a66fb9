"""The clock that a sandbox may shift, on the wire."""

from backend.contract import Answer, Request


class SetClock(Request):
    """`PUT /v1/clock`: either the time to set, or the shift in seconds from the machine's clock."""

    now: str | None = None
    shift_s: int | None = None


class ClockState(Answer):
    """The backend's time, and how many seconds it is ahead of the machine's clock."""

    now: str
    shift_s: int
