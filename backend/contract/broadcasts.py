"""A message to every client at once: drafted, tried on oneself, sent, stopped, resumed."""

from typing import Annotated, Literal

from msgspec import Meta

from backend.contract import Answer, Request

BroadcastStatus = Literal["draft", "sending", "stopped", "done"]
Text = Annotated[str, Meta(min_length=1, max_length=4096)]


class NewBroadcast(Request):
    """`POST /v1/broadcasts` (admins): a draft. Plain text, at most 4096 UTF-16 units, as Telegram counts."""

    text: Text


class UpdateBroadcast(Request):
    """`PATCH /v1/broadcasts/{id}` (admins): another text, while it is a draft."""

    text: Text


class Broadcast(Answer):
    """A message to every client whom the bot can reach, staff and blocked clients left out.

    `total` counts them: now for a draft, as fixed when it was sent otherwise. `left` are still to be reached (also
    while stopped), `missed` could not be, `unsure` may or may not have got it and are never tried again."""

    id: int
    text: str
    status: BroadcastStatus
    total: int
    sent: int
    left: int
    missed: int
    unsure: int
    created_at: str
    started_at: str | None
    done_at: str | None


class Broadcasts(Answer):
    """`GET /v1/broadcasts?limit=` (admins): those that have been sent, the newest first."""

    items: list[Broadcast]
