"""Refusals, each named after the fact and knowing its code; one handler (in `app.py`) renders them all.

To add one: subclass `Refused`, give it its `code` and a sentence; the status follows from the code.
"""

from collections.abc import Sequence

from backend.contract.errors import STATUS, Alternative, BookingInTheWay, Code
from backend.kit.problems import encode_problem


class Refused(Exception):
    """Something that the backend will not do, told as RFC 9457 problem details. `detail` is a sentence for a person.

    `exit_code` is the command line's."""

    exit_code = 1
    code: Code = Code.INVALID
    detail = "The request cannot be carried out."

    def __init__(
        self,
        detail: str | None = None,
        *,
        field: str | None = None,
        alternatives: Sequence[Alternative] | None = None,
        retry_after_s: int | None = None,
        booking: BookingInTheWay | None = None,
    ) -> None:
        self.detail = detail or type(self).detail
        self.field = field
        self.alternatives = list(alternatives) if alternatives is not None else None
        self.retry_after_s = retry_after_s
        self.booking = booking
        super().__init__(self.detail)

    @property
    def status(self) -> int:
        """The HTTP status of the code."""
        return STATUS[self.code]

    def body(self) -> bytes:
        """Return the problem details as they are sent, and as they are stored for a repeated request."""
        return encode_problem(
            self.code,
            self.detail,
            field=self.field,
            alternatives=self.alternatives,
            retry_after_s=self.retry_after_s,
            booking=self.booking,
        )

    def headers(self) -> dict[str, str]:
        """Return `Retry-After` where coming again may help."""
        return {} if self.retry_after_s is None else {"Retry-After": str(self.retry_after_s)}


class Invalid(Refused):
    """A request that breaks a rule of its shape or its values."""

    code = Code.INVALID
    detail = "The request is not valid."


class NotFound(Refused):
    """Also for another tenant's object: the two answers must not differ in a byte."""

    code = Code.NOT_FOUND
    detail = "There is no such thing here."


class Forbidden(Refused):
    """The caller may not do this."""

    code = Code.FORBIDDEN
    detail = "You may not do this."


class Unauthorized(Refused):
    """The internal key is missing or wrong."""

    code = Code.UNAUTHORIZED
    detail = "A valid key is required."


class TenantDisabled(Refused):
    """The business is switched off."""

    code = Code.TENANT_DISABLED
    detail = "This business is switched off at the moment."


class SlotTaken(Refused):
    """Carries up to three nearest free times as `alternatives`."""

    code = Code.SLOT_TAKEN
    detail = "This time has just been taken."


class TooSoon(Refused):
    """The start is nearer than the notice that the business needs."""

    code = Code.TOO_SOON
    detail = "This time is too soon to be booked."


class TooLate(Refused):
    """The time for this step is over."""

    code = Code.TOO_LATE
    detail = "It is too late for this change."


class OutsideHours(Refused):
    """The start lies outside of the hours or off the grid."""

    code = Code.OUTSIDE_HOURS
    detail = "This time is outside the working hours."


class BeyondHorizon(Refused):
    """The start lies further ahead than the business takes bookings."""

    code = Code.BEYOND_HORIZON
    detail = "This time is too far ahead to be booked."


class NonexistentTime(Refused):
    """A local time that the clocks skip."""

    code = Code.NONEXISTENT_TIME
    detail = "This local time does not exist: the clocks skip it."


class LimitReached(Refused):
    """A limit of the client or of the business is reached."""

    code = Code.LIMIT_REACHED
    detail = "The limit of active bookings is reached."


class IllegalStep(Refused):
    """The status does not allow this step."""

    code = Code.ILLEGAL_STEP
    detail = "The booking is not in a state that allows this."


class InUse(Refused):
    """Something cannot be removed because bookings depend on it."""

    code = Code.IN_USE
    detail = "Bookings depend on this."


class NameTaken(Refused):
    """The name is in use in this business."""

    code = Code.NAME_TAKEN
    detail = "This name is already in use."


class BadCode(Refused):
    """One message for every failure, so that guessing learns nothing."""

    code = Code.BAD_CODE
    detail = "This code is not valid (any more)."


class IdemMismatch(Refused):
    """The key was used with another request."""

    code = Code.IDEM_MISMATCH
    detail = "This Idempotency-Key was used with another request."


class IdemInProgress(Refused):
    """The same request is being worked on."""

    code = Code.IDEM_IN_PROGRESS
    detail = "The same request is still being worked on."


class LastAdmin(Refused):
    """A business keeps at least one admin."""

    code = Code.LAST_ADMIN
    detail = "The last admin cannot be removed."


class RateLimited(Refused):
    """Too many requests."""

    code = Code.RATE_LIMITED
    detail = "Too many requests."


class Unavailable(Refused):
    """The service cannot answer at the moment: 503, with the time after which to come again."""

    code = Code.UNAVAILABLE
    detail = "The service cannot answer at the moment; nothing was saved."


class StorageFull(Refused):
    """The disk is full."""

    code = Code.STORAGE_FULL
    detail = "The disk is full; nothing was saved."


class UnsupportedType(Refused):
    """A body that does not say it is JSON."""

    code = Code.UNSUPPORTED_TYPE
    detail = "A body must be application/json."


class TooLarge(Refused):
    """A body over the limit."""

    code = Code.TOO_LARGE
    detail = "The body is larger than 1 MiB."


class MethodNotAllowed(Refused):
    """The path exists, with other methods."""

    code = Code.METHOD_NOT_ALLOWED
    detail = "This method is not allowed here."

    def __init__(self, allowed: Sequence[str] = ()) -> None:
        self.allowed = allowed
        super().__init__()

    def headers(self) -> dict[str, str]:
        """Return `Allow`."""
        return {"Allow": ", ".join(self.allowed)}


class BadBackup(Refused):
    """The file is no backup that could be restored here."""


class MoveRefused(Refused):
    """The source cannot be moved into that database; nothing was changed."""


class FileThere(Refused):
    """A backup never overwrites anything."""


class AdminKnown(Refused):
    """The tenant has its first admin already."""
