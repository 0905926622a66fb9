"""The outbox as its sender sees it: claim with a lease and an epoch, send, report."""

from typing import Annotated, Literal

from msgspec import Meta

from backend.contract import Answer, Request
from backend.contract.bookings import Booking
from backend.contract.people import Locale, Role

Kind = Literal[
    "booked",
    "moved",
    "cancelled",
    "reminder",
    "approval_asked",
    "approved",
    "declined",
    "move_asked",
    "broadcast",
    "code",
    "text",
]


class Claim(Request):
    """`POST /v1/notices/claim` (key only, no tenant): take what is due, at most `limit`, for `lease_s` seconds.

    `tenants` names the slugs that this gateway serves."""

    tenants: Annotated[list[str], Meta(max_length=20_000)]
    limit: Annotated[int, Meta(ge=1, le=500)] = 100
    lease_s: Annotated[int, Meta(ge=5, le=600)] = 60


class Notice(Answer):
    """A message to send. `epoch` goes back with the report; a report with an older epoch is refused.

    `role` is why this person gets it (a client's confirmation reads otherwise than an admin's)."""

    id: int
    tenant: str
    epoch: int
    kind: Kind
    role: Role
    tg_id: int
    locale: Locale
    booking: Booking | None
    text: str | None
    lead_min: int | None
    previous_start: str | None


class Notices(Answer):
    """What was claimed; `next_due_s` tells when to come again at the latest."""

    items: list[Notice]
    next_due_s: float


class Report(Request):
    """`POST /v1/notices/{id}/report`: `sent`; `retry` after `retry_after_s`; `blocked` (the person is marked); `failed`."""

    epoch: int
    outcome: Literal["sent", "retry", "blocked", "failed"]
    message_id: int | None = None
    retry_after_s: Annotated[float, Meta(ge=0, le=86_400)] | None = None
    error: Annotated[str, Meta(max_length=500)] | None = None
