"""The outbox as its sender sees it: claim with a lease and an epoch, send, report."""

from typing import Annotated, Literal

from msgspec import Meta

from backend.contract import Answer, Request
from backend.contract.bookings import Booking
from backend.contract.broadcasts import Broadcast, Entity
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
    "progress",
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

    `role` is why this person gets it (a client's confirmation reads otherwise than an admin's). A `broadcast` is sent
    only after `/begin` has said yes. A `progress` shows `broadcast` as it is now, in the message `message_id` if there
    is one already."""

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
    broadcast: Broadcast | None = None
    message_id: int | None = None
    # how `text` is formatted
    entities: list[Entity] = []


class Notices(Answer):
    """What was claimed; `next_due_s` tells when to come again at the latest."""

    items: list[Notice]
    next_due_s: float


class Begin(Request):
    """`POST /v1/notices/{id}/begin`: the sending of a broadcast's message begins now. Refused (`illegal_step`) where the
    lease has passed to another or the broadcast was stopped: then it is not sent.

    From here to the report nobody knows whether it has arrived; if the report never comes, it is not sent again."""

    epoch: int


class Report(Request):
    """`POST /v1/notices/{id}/report`: `sent`; `retry` after `retry_after_s`; `blocked` (the person is marked); `failed`.

    A broadcast's message that may or may not have arrived is `failed` with the error `unsure`: it is not sent again."""

    epoch: int
    outcome: Literal["sent", "retry", "blocked", "failed"]
    message_id: int | None = None
    retry_after_s: Annotated[float, Meta(ge=0, le=86_400)] | None = None
    error: Annotated[str, Meta(max_length=500)] | None = None
