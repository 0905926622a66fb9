"""The outbox as its sender sees it: claim under a lease with an epoch, send, report."""

from typing import Annotated, Literal, get_args

from msgspec import Meta

from backend.contract import Answer, Request
from backend.contract.bookings import Booking
from backend.contract.broadcasts import Broadcast, Entity
from backend.contract.errors import Alternative
from backend.contract.messages import ClientMessage
from backend.contract.people import Locale, Role
from backend.contract.tasks import NewTimes
from backend.contract.times import Instant

Kind = Literal[
    "booked",
    "restored",
    "moved",
    "places",
    "cancelled",
    "reminder",
    "approval_asked",
    "approval_reminder",
    "request_expired",
    "move_requested",
    "move_kept",
    "move_unanswered",
    "approved",
    "declined",
    "move_asked",
    "time_stands",
    "broadcast",
    "progress",
    "code",
    "text",
    "late",
    "words",
    "answer",
]


KINDS: frozenset[Kind] = frozenset(get_args(Kind))
# What a gateway can send that does not say which kinds it knows: those of the releases before it was asked.
FIRST_KINDS: frozenset[Kind] = frozenset(
    {
        "booked", "moved", "cancelled", "reminder", "approval_asked", "approved", "declined", "move_asked", "broadcast",
        "progress", "code", "text",
    }
)  # fmt: skip
# What is sent anew when it changes, and the message before removed, so that it is noticed; all others are edited.
REPLACED: frozenset[Kind] = frozenset({"late"})
# Texts of messages of the kind `text` to an admin, which the bot words: each names what they should know of.
VISITORS_HOLD_MUCH = "visitors_hold_much"
# followed by the zone before, the zone now, and how many bookings have kept their wall times
ZONE_CHANGED = "zone_changed"
# followed by the same; the bookings have their instants of before again
INSTANTS_KEPT = "instants_kept"
# followed by the id of the join that an admin is asked for
SAME_PERSON = "same_person"
# followed by the id of a broadcast that was not sent at its time, as nothing served for a day
BROADCAST_LATE = "broadcast_late"
# followed by what happened, which `Notice.news` has with names
STAFF_NEWS = "staff_news"


class ClaimNotices(Request):
    """`POST /v1/notices/claim` (key only, no tenant): take what is due, at most `limit`, for `lease_s` seconds.

    `tenants` names the slugs that this gateway serves, `?kind=` (repeated) the kinds that it knows: what a gateway of the
    release before cannot read is left for one that can. Without it those of the releases before there was `kind`.
    """

    tenants: Annotated[list[str], Meta(max_length=20_000)]
    limit: Annotated[int, Meta(ge=1, le=500)] = 100
    lease_s: Annotated[int, Meta(ge=5, le=600)] = 60


class BookTarget(Answer):
    """Where the Book button of a broadcast leads: to a service, to a specialist, or with neither to all services."""

    service_id: int | None = None
    specialist_id: int | None = None


class StaffNews(Answer):
    """Something that admins should know: time off taken or given back, somebody on the team, a client who says they come.

    `name` is whose calendar, who joined, or the client. Time off has local wall times, end exclusive, and the calendar's id;
    who joined has the role; who comes has the booking, its start and its services."""

    what: Literal["off", "back", "joined", "coming"]
    id: int
    name: str
    local_start: str = ""
    local_end: str = ""
    start: Instant | None = None
    role: Role = "client"
    services: list[str] = []


class Notice(Answer):
    """A message to send. `epoch` goes back with the report; a report with an older epoch is refused.

    `role` is the role in which the person gets it: a client's confirmation reads differently from an admin's. A
    `broadcast` and a `reminder` are sent only after `/begin` has allowed it. A `progress` shows `broadcast` as it is now. With
    `message_id` it has been sent already and shows what no longer holds: that message is edited, or replaced where it must be
    noticed.
    """

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
    previous_start: Instant | None
    broadcast: Broadcast | None = None
    message_id: int | None = None
    # the trace in which it was written (W3C), if there was one: its sending joins it
    traceparent: str | None = None
    # a message about the same booking came later and shows it in full
    superseded: bool = False
    # where the business is
    address: str = ""
    # a client's words, with the answer where there is one
    words: ClientMessage | None = None
    # the name of who of the staff has written it
    sender: str = ""
    # how `text` is formatted
    entities: list[Entity] = []
    # of a request: whether the reader may answer it, and the names of those who may
    may_decide: bool = False
    deciders: list[str] = []
    # of a request that was declined or has expired: free times for its client in its place
    alternatives: list[Alternative] = []
    # what a client is offered by `move_asked`
    new_times: NewTimes | None = None
    # of a broadcast: the picture above the text, by Telegram's id of the file, and where its Book button leads
    photo: str | None = None
    book: BookTarget | None = None
    # what the text `staff_news` tells of
    news: list[StaffNews] = []


class Notices(Answer):
    """What was claimed; `next_due_s` is the time until the next claim at the latest, in seconds."""

    items: list[Notice]
    next_due_s: float


class Begin(Request):
    """`POST /v1/notices/{id}/begin`: a broadcast's message or a reminder goes out now.

    Refused (`illegal_step`) where the lease has passed to another, the broadcast was stopped, or the reminder is not true any
    more (its booking has moved or needs a new time): then it is not sent. Until the report nobody knows whether a broadcast's
    message has arrived; if the report never comes, it is not sent again.
    """

    epoch: int


class Report(Request):
    """`POST /v1/notices/{id}/report`: `sent`; `retry` after `retry_after_s`; `blocked` (the person is marked); `failed`.

    `unsure` is for a broadcast's message that may or may not have arrived: it is not sent again.
    """

    epoch: int
    outcome: Literal["sent", "retry", "blocked", "failed", "unsure"]
    message_id: int | None = None
    retry_after_s: Annotated[float, Meta(ge=0, le=86_400)] | None = None
    error: Annotated[str, Meta(max_length=500)] | None = None
