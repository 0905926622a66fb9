"""A message to every client at once: drafted, tried on oneself, sent, stopped, resumed."""

from typing import Annotated, Literal

from msgspec import Meta

from backend.contract import Answer, Request
from backend.contract.times import Instant

BroadcastStatus = Literal["draft", "sending", "stopped", "done"]
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


class NewBroadcast(Request):
    """`POST /v1/broadcasts` (admins): a draft of at most 4096 UTF-16 units, as Telegram counts.

    Only `entities` format the text: nothing in the text itself is markup.
    """

    text: Text
    entities: Entities = []


class UpdateBroadcast(Request):
    """`PATCH /v1/broadcasts/{id}` (admins): another text, while it is a draft."""

    text: Text
    entities: Entities = []


class Broadcast(Answer):
    """A message to every client whom the bot can reach; staff, blocked clients and those who want no news are left out.

    `total` counts them: as they are now for a draft, else as they were when it was first sent. `left` are still to be
    reached (also while stopped), `missed` could not be reached, `unsure` may or may not have got it and are never tried
    again.
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


class Broadcasts(Answer):
    """`GET /v1/broadcasts?limit=` (admins): those that have been sent, the newest first."""

    items: list[Broadcast]
