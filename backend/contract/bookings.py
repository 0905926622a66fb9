"""Bookings, from the hold to the no-show."""

from typing import Annotated, Literal

from msgspec import Meta

from backend.contract import Answer, Request
from backend.contract.catalog import Places, SpecialistName
from backend.contract.times import Instant

Status = Literal["held", "pending", "confirmed", "arrived", "completed", "no_show", "cancelled", "expired"]
# Why a cancelled booking has ended; `client_late`: by its client after the cut-off.
EndReason = Literal["client", "client_late", "business", "declined", "request_expired", "task_unanswered"]
# `open`: it cannot take place as booked, and its client is to have another time. `placed`: staff have given it another place,
# which its client may refuse until it begins.
TaskState = Literal["open", "placed"]
# Marks of those who came.
CAME: tuple[Status, ...] = ("arrived", "completed")
# How long before the start a client may have arrived, and how long after the end a specialist may change a mark.
EARLY_S = 30 * 60
# A client may think again for so long after booking, whatever the cut-off.
SECOND_THOUGHTS_S = 15 * 60
MARKS_CHANGE_S = 24 * 3600
# How long before the start a client may say that they will be late; from the start on they call.
LATE_FROM_S = 3 * 3600
LateMinutes = Literal[10, 20, 30]
# What has become of a client's request for another time.
MoveOutcome = Literal["accepted", "declined", "expired", "withdrawn"]
MAX_SERVICES = 10
ServiceIds = Annotated[list[int], Meta(min_length=1, max_length=MAX_SERVICES)]
Comment = Annotated[str, Meta(max_length=1000)]
MessageId = Annotated[int, Meta(ge=1, lt=2**53)]
SentInstant = Annotated[Instant, Meta(max_length=40)]


class NewBooking(Request):
    """`POST /v1/bookings` with `Idempotency-Key`. Without `specialist_id` the fairest free specialist is taken.

    `hold` keeps the place for the policy's minutes until `/confirm`; without it the booking is confirmed at once
    (or pending, where the business approves). A client has one hold at most: a new one ends the old in the same step,
    which stays where the new one is refused. `client_id` and `force` are for staff; so is `allow_overlap`, which lets a
    client have two bookings at a time (a mother and her child). `places` of a group: the price is that of one times places;
    without it as many as the hold that ends, where a service stays and each has so many places, else 1.
    """

    service_ids: ServiceIds
    start: SentInstant
    specialist_id: int | None = None
    hold: bool = False
    client_id: int | None = None
    comment: Comment = ""
    force: bool = False
    allow_overlap: bool = False
    places: Places | None = None


class Move(Request):
    """`POST /v1/bookings/{id}/move`. The specialist stays unless `specialist_id` names one or `any_specialist` is true.

    A client moves at once until the booking's cut-off. After it, and where the business approves by hand, this asks for
    another time: the answer is the booking as it stands with `move_request`, and staff answer by `approve` or `decline`.
    `force` and `allow_overlap` are for staff, as in `NewBooking`; `message_id` is as in `Confirm`.
    """

    start: SentInstant
    specialist_id: int | None = None
    any_specialist: bool = False
    force: bool = False
    allow_overlap: bool = False
    message_id: MessageId | None = None


class ChangePlaces(Request):
    """`POST /v1/bookings/{id}/places`: how many places of a group it takes; the price of one stays as booked.

    By its client until the cut-off, by staff until it is over. `slot_taken` where there are not so many places."""

    places: Places


class Confirm(Request):
    """`POST /v1/bookings/{id}/confirm`; the body may be empty.

    `notify` false: the client sees it where it was confirmed (the bot's chat), or staff have told them already. `message_id`
    is the message of the chat in which its client reads it: that stays, and is edited when the booking changes.
    """

    comment: Comment | None = None
    notify: bool = True
    allow_overlap: bool = False
    message_id: MessageId | None = None


class Mark(Request):
    """`POST /v1/bookings/{id}/arrived` and `/complete` (staff); the body may be empty.

    `places_came`: of how many of its places somebody came. Without it those noted before, else all."""

    places_came: Places | None = None


class UpdateBooking(Request):
    """`PATCH /v1/bookings/{id}`: the comment, by its client or by staff."""

    comment: Comment


class Cancel(Request):
    """`POST /v1/bookings/{id}/cancel`; the body may be empty. `notify` false is for staff who have told the client.

    `held_only` refuses (`illegal_step`) a booking whose place is not only held."""

    reason: Annotated[str, Meta(max_length=200)] = ""
    notify: bool = True
    held_only: bool = False


class Wish(Request):
    """`POST /v1/bookings/{id}/wish` (its client): ask for another time in words; the booking stays until staff answer."""

    text: Annotated[str, Meta(min_length=1, max_length=500)]


class Decline(Request):
    """`POST /v1/bookings/{id}/decline` (staff); the body may be empty. The client reads the `reason`."""

    reason: Annotated[str, Meta(max_length=500)] = ""


class SendMessage(Request):
    """`POST /v1/bookings/{id}/message` (staff): a text for the booking's client, sent by the bot."""

    text: Annotated[str, Meta(min_length=1, max_length=1000)]


class Shown(Request):
    """`POST /v1/bookings/{id}/shown`: its client reads of the booking in that message of the chat from now on."""

    message_id: MessageId


class Late(Request):
    """`POST /v1/bookings/{id}/late`: about how many minutes late the client will be; another number takes its place."""

    minutes: LateMinutes


class Item(Answer):
    """One service of a booking, with its own times and specialist; price (of all places) and duration are as booked.

    With `price_from` the price is the least that was asked: the final one is agreed on later. `capacity` is the group's, 1
    for a service of one client."""

    service_id: int
    service_name: str
    specialist_id: int
    specialist_name: str
    start: Instant
    end: Instant
    duration_min: int
    price: str
    price_from: bool
    capacity: int


class MoveRequest(Answer):
    """The latest request of the booking's client for another time; it waits for an answer while `outcome` is None.

    `start` is None for one in words alone. `held`: the place is kept until `decide_by`; else it is a wish. `note` is
    what was typed when it was declined, `decided_by` the name of who has answered it, for staff.
    """

    start: Instant | None
    specialist_ids: list[int]
    held: bool
    decide_by: Instant
    text: str
    outcome: MoveOutcome | None
    decided_by: str
    note: str


class Booking(Answer):
    """A booking as the caller may see it; what begins with `client_`, but the id, is for staff (else empty/None).

    Specialists are told `client_phone`, `client_username` and `client_tg_id` where the policy `specialists_see_contacts` lets
    them; `client_reachable` says whether the bot's messages reach the client. `client_note` (for admins), `client_team_note`
    and `client_tags` are told where the answer is this one booking, not in lists.

    `start` and `end` are UTC, `local_start` is the start with the business's offset (`2026-06-01T12:00:00+03:00`).
    `client_id` is None while a visitor of the public API holds the place and nobody has taken the hold over.
    `can_cancel_until` is until when its client may cancel without being late; they may cancel until it begins. `late`
    says that they cancelled after that. `hold_until` is set while held; `undo_until` and `end_reason` after a cancel.
    `decide_by` is until when a request is answered (`pending`, or `held` and confirmed into one); `decided_by` is the name
    of who has answered it, for staff. `end_note` is what was typed when it was declined or cancelled.
    `price` is that of all `places`. `places_came` is of how many of them somebody came; None while nobody has said.
    `unconfirmed`: completed by the clock, since nobody has said whether it took place. `late_min`: the client has said that
    they will be about so many minutes late. `task` `open`: it cannot take
    place as booked (see `GET /v1/bookings/{id}/new-times`); `placed`: staff have given it another place. With either its
    client may move and cancel it until it begins, free of cut-off, notice and approval. A place that is held for a client's
    move has no `client_id`, but for staff their `client_name`, and in `held_for` the booking that would move, if they may see it.
    """

    id: int
    status: Status
    start: Instant
    end: Instant
    local_start: str
    timezone: str
    specialist_id: int
    service_ids: list[int]
    places: int
    price: str
    price_from: bool
    currency: str
    client_id: int | None
    items: list[Item]
    comment: str
    hold_until: Instant | None
    can_cancel_until: Instant | None
    undo_until: Instant | None
    coming: bool
    sequence: int
    created_at: Instant
    client_name: str = ""
    client_phone: str | None = None
    client_tg_id: int | None = None
    client_username: str | None = None
    client_reachable: bool = False
    client_note: str = ""
    client_team_note: str = ""
    client_tags: list[str] = []
    end_reason: EndReason | None = None
    late: bool = False
    places_came: int | None = None
    unconfirmed: bool = False
    late_min: int | None = None
    decide_by: Instant | None = None
    decided_by: str = ""
    end_note: str = ""
    task: TaskState | None = None
    move_request: MoveRequest | None = None
    held_for: int | None = None


class Bookings(Answer):
    """`GET /v1/bookings?from=&to=&status=&specialist_id=&client_id=&order=&limit=&cursor=`.

    `from`/`to` are local dates of the booking's start, inclusive; `status` may be repeated; `order` is asc or desc.
    """

    items: list[Booking]
    next: str | None


class HistoryEntry(Answer):
    """One change: who did what when. `detail` holds what changed, e.g. `{"start": [old, new]}`.

    `actor_name` is empty where the system did it, and for a person who has erased their data.
    """

    at: Instant
    actor_id: int | None
    actor_role: str
    action: str
    from_status: str | None
    to_status: str
    detail: dict[str, object]
    actor_name: str = ""


class History(Answer):
    """`GET /v1/bookings/{id}/history` (staff): `specialists` are those who are there now."""

    items: list[HistoryEntry]
    specialists: list[SpecialistName]
