"""Stable error codes and the problem body (RFC 9457) that carries them."""

from enum import StrEnum

from backend.contract import Answer
from backend.contract.times import Instant


class Code(StrEnum):
    """Every code that a caller may meet; `STATUS` gives the HTTP status of each."""

    SLOT_TAKEN = "slot_taken"
    TOO_SOON = "too_soon"
    TOO_LATE = "too_late"
    OUTSIDE_HOURS = "outside_hours"
    BEYOND_HORIZON = "beyond_horizon"
    NOT_FOUND = "not_found"
    FORBIDDEN = "forbidden"
    UNAUTHORIZED = "unauthorized"
    LIMIT_REACHED = "limit_reached"
    ILLEGAL_STEP = "illegal_step"
    IN_USE = "in_use"
    NAME_TAKEN = "name_taken"
    BAD_CODE = "bad_code"
    IDEM_MISMATCH = "idem_mismatch"
    IDEM_IN_PROGRESS = "idem_in_progress"
    NONEXISTENT_TIME = "nonexistent_time"
    LAST_ADMIN = "last_admin"
    INVALID = "invalid"
    TOO_LARGE = "too_large"
    UNSUPPORTED_TYPE = "unsupported_type"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    TENANT_DISABLED = "tenant_disabled"
    RATE_LIMITED = "rate_limited"
    UNAVAILABLE = "unavailable"
    STORAGE_FULL = "storage_full"


STATUS: dict[Code, int] = {
    Code.SLOT_TAKEN: 409,
    Code.TOO_SOON: 409,
    Code.TOO_LATE: 409,
    Code.OUTSIDE_HOURS: 409,
    Code.BEYOND_HORIZON: 409,
    Code.NOT_FOUND: 404,
    Code.FORBIDDEN: 403,
    Code.UNAUTHORIZED: 401,
    Code.LIMIT_REACHED: 409,
    Code.ILLEGAL_STEP: 409,
    Code.IN_USE: 409,
    Code.NAME_TAKEN: 409,
    Code.BAD_CODE: 404,
    Code.IDEM_MISMATCH: 422,
    Code.IDEM_IN_PROGRESS: 409,
    Code.NONEXISTENT_TIME: 422,
    Code.LAST_ADMIN: 409,
    Code.INVALID: 400,
    Code.TOO_LARGE: 413,
    Code.UNSUPPORTED_TYPE: 415,
    Code.METHOD_NOT_ALLOWED: 405,
    Code.TENANT_DISABLED: 410,
    Code.RATE_LIMITED: 429,
    Code.UNAVAILABLE: 503,
    Code.STORAGE_FULL: 503,
}


class Alternative(Answer):
    """A free time offered instead of one that was taken, as `Slot` has it."""

    start: Instant
    local: Instant
    specialist_ids: list[int]
    places_left: int | None = None


class BookingInTheWay(Answer):
    """A booking of the same client that would overlap with what was asked for; its times are UTC."""

    id: int
    start: Instant
    end: Instant


class Problem(Answer):
    """`application/problem+json`. `detail` is a sentence for a person; `field` names the offending input, if any.

    `field` is `client_overlap` where a client would have two bookings at a time: `booking` is the one in the way.
    """

    type: str
    title: str
    status: int
    code: Code
    detail: str
    field: str | None = None
    alternatives: list[Alternative] | None = None
    retry_after_s: int | None = None
    booking: BookingInTheWay | None = None
