"""What visitors of the public API see and send: a hold without a client until a person takes it over in Telegram."""

from typing import Annotated, Literal

from msgspec import Meta

from backend.contract import Answer, Request
from backend.contract.bookings import Booking, Comment, Item, SentInstant, ServiceIds
from backend.contract.catalog import Places
from backend.contract.errors import Alternative
from backend.contract.times import Instant

# The status of a booking as its visitor sees it; what the business notes later is not theirs to see.
HoldStatus = Literal["held", "pending", "confirmed", "cancelled", "expired"]
ClaimToken = Annotated[str, Meta(min_length=1, max_length=64)]
CODE_DIGITS = 6


class NewHold(Request):
    """`POST /v1/holds` (public: `POST /api/{tenant}/bookings`), with an `Idempotency-Key` of at least 16 characters.

    Without `specialist_id` the fairest free specialist is taken. `hold` can only be true: a visitor confirms in Telegram.
    """

    service_ids: ServiceIds
    start: SentInstant
    specialist_id: int | None = None
    hold: bool = True
    comment: Comment = ""
    places: Places = 1


class Hold(Answer):
    """A hold as its visitor sees it, with its token in `Hold-Token`. `taken_over`: a person has made it their own.

    It is kept for three minutes; from when its link is followed or a code is asked for, as long as any hold.
    """

    id: int
    status: HoldStatus
    taken_over: bool
    start: Instant
    end: Instant
    local_start: str
    timezone: str
    specialist_id: int
    service_ids: list[int]
    places: int
    price: str
    currency: str
    items: list[Item]
    hold_until: Instant | None
    # where the business approves by hand: until when it answers
    decide_by: Instant | None
    # where it has lapsed: free times near to its own, which is among them if it is free
    alternatives: list[Alternative] = []


class NewlyHeld(Hold, kw_only=True):
    """Answer of `POST /v1/holds`. `token` is told only here; `link` opens the bot's Confirm screen (None: no bot yet)."""

    token: str
    link: str | None


class ClaimHold(Request):
    """`POST /v1/holds/claim` (the bot, as the person who followed the link)."""

    token: ClaimToken


class AskCode(Request):
    """`POST /v1/holds/{id}/code`: send a code to the client with that verified phone number."""

    phone: Annotated[str, Meta(min_length=1, max_length=64)]


class CodeAsked(Answer):
    """The same whether or not the number is known here: the code has so many digits and is good until the hold ends.

    `link` opens the bot where its owner gets a code if none has come (None: no bot yet).
    """

    digits: int
    good_until: Instant
    link: str | None = None


class IssuedCode(Answer):
    """A code, and what it would confirm."""

    code: str
    booking: Booking


class IssuedCodes(Answer):
    """`POST /v1/holds/codes` (the bot, as the person): none where nobody has given their number lately."""

    items: list[IssuedCode]


class ConfirmHold(Request):
    """`POST /v1/holds/{id}/confirm`: the code that Telegram brought."""

    code: Annotated[str, Meta(pattern=r"\A[0-9]{6}\Z", description="a code of six digits", examples=["123456"])]
