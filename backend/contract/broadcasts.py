"""A message to many clients at once: drafted, tried on oneself, sent now or at its time, stopped, resumed."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType, field

from backend.contract import Answer, Request
from backend.contract.people import TagKey
from backend.contract.times import Instant

BroadcastStatus = Literal["draft", "scheduled", "sending", "stopped", "done"]
# What Telegram takes below a picture, in UTF-16 units after the formatting.
MAX_CAPTION = 1024
# For so many days after a broadcast the bookings of those who got it are counted.
COUNTED_DAYS = 7
Text = Annotated[str, Meta(min_length=1, max_length=4096)]
Offset = Annotated[int, Meta(ge=0, le=4096)]
Style = Literal[
    "bold", "italic", "underline", "strikethrough", "spoiler", "code", "pre", "blockquote", "expandable_blockquote",
    "text_link",
]  # fmt: skip
# Of a link: nothing that could end the attribute it is put into.
Url = Annotated[
    str,
    Meta(
        max_length=2048,
        pattern=r"\Ahttps?://[^\s<>\"'`\\]+\Z",
        description="an address",
        examples=["https://barber.example"],
    ),
]


class Entity(Request):
    """A formatted stretch of a text, as Telegram has it: `offset` and `length` in UTF-16 units, `url` of a `text_link`."""

    type: Style
    offset: Offset
    length: Annotated[int, Meta(ge=1, le=4096)]
    url: Url | None = None


Entities = Annotated[list[Entity], Meta(max_length=100)]


AudienceKind = Literal["all", "service", "specialist", "not_seen", "tag"]
# Telegram's own id of a file that this bot has been sent.
FileId = Annotated[
    str, Meta(pattern=r"\A[A-Za-z0-9_-]{1,200}\Z", description="an id of a file", examples=["AgACAgIAAxk"])
]
RowId = Annotated[int, Meta(ge=1, lt=2**53)]
WallTime = Annotated[
    str,
    Meta(pattern=r"\A\d{4}-\d{2}-\d{2}T\d{2}:\d{2}\Z", description="a local time", examples=["2026-12-12T10:00"]),
]


class Audience(Request):
    """Whom a broadcast is for, among the clients whom the bot can reach and who want news.

    `service` and `specialist` (with `id`): who has booked it or them, cancelled bookings aside. `not_seen` (with `days`): who has
    been there, but not within so many days, and has no booking ahead. `tag` (with the key of a tag): whom staff have given it.
    """

    kind: AudienceKind = "all"
    id: RowId | None = None
    days: Annotated[int, Meta(ge=1, le=3650)] | None = None
    tag: TagKey | None = None


class NewBroadcast(Request):
    """`POST /v1/broadcasts` (admins): a draft of at most 4096 UTF-16 units, as Telegram counts; 1024 below a picture.

    Only `entities` format the text: nothing in the text itself is markup. `book_service_id` is the service that the Book button
    below it leads to; without one it leads to all of them.
    """

    text: Text
    entities: Entities = []
    photo: FileId | None = None
    audience: Audience = field(default_factory=Audience)
    book_service_id: RowId | None = None


class UpdateBroadcast(Request):
    """`PATCH /v1/broadcasts/{id}` (admins): what changes, until it is sent. `entities` go with `text`."""

    text: Text | UnsetType = UNSET
    entities: Entities = []
    photo: FileId | UnsetType | None = UNSET
    audience: Audience | UnsetType = UNSET
    book_service_id: RowId | UnsetType | None = UNSET


class ScheduleBroadcast(Request):
    """`POST /v1/broadcasts/{id}/schedule` (admins): send it at `local_time`, a wall time of the business, at most a year ahead.

    It keeps that local time if the business's zone changes. In quiet hours it waits for their end.
    """

    local_time: WallTime


class BookedAfter(Answer):
    """What came of a broadcast within 7 days of each message: how many who got it have booked, how often, for how much.

    Bookings that were cancelled since do not count.
    """

    clients: int
    bookings: int
    amount: str
    currency: str


class Broadcast(Answer):
    """A message to clients whom the bot can reach; staff, blocked clients and those who want no news are left out.

    `total` counts them: about, as they are now, until it is sent; else as they were when it was first sent. `left` are still to
    be reached (also while stopped), `blocked` have blocked the bot, `missed` could not be reached otherwise or want no news any
    more, `unsure` may or may not have got it and are never tried again. Whether it was read Telegram does not tell.

    `send_at` is when a scheduled one is sent; `quiet_until` when the quiet hours end that hold it back, also one that would be
    sent now. `audience_name` and `book_service_name` name the service, specialist or tag. `booked` is in the answer about one
    broadcast, as soon as somebody got it.
    """

    id: int
    text: str
    entities: list[Entity]
    status: BroadcastStatus
    total: int
    sent: int
    left: int
    missed: int
    unsure: int
    created_at: Instant
    started_at: Instant | None
    done_at: Instant | None
    photo: str | None = None
    audience: Audience = field(default_factory=Audience)
    audience_name: str = ""
    book_service_id: int | None = None
    book_service_name: str = ""
    send_at: Instant | None = None
    quiet_until: Instant | None = None
    blocked: int = 0
    booked: BookedAfter | None = None


class Broadcasts(Answer):
    """`GET /v1/broadcasts?limit=` (admins): those that wait for their time, the next first, then those sent, the newest first."""

    items: list[Broadcast]
