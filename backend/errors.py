"""Refusals, each named after the fact and knowing its code; one handler (see `app.py`) renders them all.

To add one: subclass `Refused`, give it its `code` and a sentence; the status follows from the code.
"""

from collections.abc import Sequence

from backend.contract.errors import STATUS, Alternative, Code


class Refused(Exception):
    """Something that the backend will not do, told as RFC 9457 problem details. `detail` is a sentence for a person."""

    code: Code = Code.INVALID
    detail = "The request cannot be carried out."

    def __init__(
        self,
        detail: str | None = None,
        *,
        field: str | None = None,
        alternatives: Sequence[Alternative] | None = None,
        retry_after_s: int | None = None,
    ) -> None:
        self.detail = detail or type(self).detail
        self.field = field
        self.alternatives = list(alternatives) if alternatives is not None else None
        self.retry_after_s = retry_after_s
        super().__init__(self.detail)

    @property
    def status(self) -> int:
        """The HTTP status of the code."""
        return STATUS[self.code]


class Invalid(Refused):
    code = Code.INVALID
    detail = "The request is not valid."


class NotFound(Refused):
    """Also for another tenant's object: the two answers must not differ in a byte."""

    code = Code.NOT_FOUND
    detail = "There is no such thing here."


class Forbidden(Refused):
    code = Code.FORBIDDEN
    detail = "You may not do this."


class Unauthorized(Refused):
    code = Code.UNAUTHORIZED
    detail = "A valid key is required."


class TenantDisabled(Refused):
    code = Code.TENANT_DISABLED
    detail = "This business is switched off at the moment."


class SlotTaken(Refused):
    """Carries up to three nearest free times as `alternatives`."""

    code = Code.SLOT_TAKEN
    detail = "This time has just been taken."


class TooSoon(Refused):
    code = Code.TOO_SOON
    detail = "This time is too soon to be booked."


class TooLate(Refused):
    code = Code.TOO_LATE
    detail = "It is too late for this change."


class OutsideHours(Refused):
    code = Code.OUTSIDE_HOURS
    detail = "This time is outside the working hours."


class BeyondHorizon(Refused):
    code = Code.BEYOND_HORIZON
    detail = "This time is too far ahead to be booked."


class NonexistentTime(Refused):
    code = Code.NONEXISTENT_TIME
    detail = "This local time does not exist: the clocks skip it."


class LimitReached(Refused):
    code = Code.LIMIT_REACHED
    detail = "The limit of active bookings is reached."


class IllegalStep(Refused):
    code = Code.ILLEGAL_STEP
    detail = "The booking is not in a state that allows this."


class InUse(Refused):
    code = Code.IN_USE
    detail = "Bookings depend on this."


class NameTaken(Refused):
    code = Code.NAME_TAKEN
    detail = "This name is already in use."


class BadCode(Refused):
    """One message for every failure, so that guessing learns nothing."""

    code = Code.BAD_CODE
    detail = "This code is not valid (any more)."


class IdemMismatch(Refused):
    code = Code.IDEM_MISMATCH
    detail = "This Idempotency-Key was used with another request."


class IdemInProgress(Refused):
    code = Code.IDEM_IN_PROGRESS
    detail = "The same request is still being worked on."


class LastAdmin(Refused):
    code = Code.LAST_ADMIN
    detail = "The last admin cannot be removed."


class RateLimited(Refused):
    code = Code.RATE_LIMITED
    detail = "Too many requests."


class Unavailable(Refused):
    code = Code.UNAVAILABLE
    detail = "The service cannot answer at the moment; nothing was saved."


class StorageFull(Refused):
    code = Code.STORAGE_FULL
    detail = "The disk is full; nothing was saved."
