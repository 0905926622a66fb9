"""Words between a client and the business: kept unsent for a day, sent to whom they concern, answered once for all."""

from typing import Annotated, Literal

from msgspec import Meta

from backend.contract import Answer, Request
from backend.contract.bookings import Booking
from backend.contract.times import Instant

# So many a client may send within a day; what is not sent is kept as long.
MESSAGES_A_DAY = 5
UNSENT_KEPT_S = 24 * 3600
MAX_UNSENT = 20
LONGEST_MESSAGE = 4096

Media = Literal["photo", "voice"]
MessageStatus = Literal["unsent", "sent", "answered"]
Words = Annotated[str, Meta(max_length=LONGEST_MESSAGE)]


class NewMessage(Request):
    """`POST /v1/messages`: words of a client about a booking: the one of that id, or else their next one.

    They are kept unsent, behind the words that wait there already; with `send` they go to the business at once. A picture
    or a recording is named by Telegram's `file_id`, and `text` is its caption.
    """

    text: Words = ""
    media: Media | None = None
    file_id: Annotated[str, Meta(min_length=1, max_length=250)] | None = None
    booking_id: int | None = None
    send: bool = False


class WriteAnswer(Request):
    """`POST /v1/messages/{id}/answer` (staff): the answer to a client's words; the first one closes them for everybody."""

    text: Annotated[str, Meta(min_length=1, max_length=1000)]


class ClientMessage(Answer):
    """Words of a client. `answered_by` is the name of who answered; empty while nobody has."""

    id: int
    booking_id: int
    status: MessageStatus
    text: str
    media: Media | None
    file_id: str | None
    answer: str
    answered_by: str
    created_at: Instant


class ClientMessages(Answer):
    """`GET /v1/messages/unsent`, and what `POST /v1/messages` answers: the words that wait, and the booking they are about."""

    booking: Booking
    items: list[ClientMessage]


class MessageWithBooking(Answer):
    """`GET /v1/messages/{id}` (staff): words of a client, and the booking they are about."""

    booking: Booking
    message: ClientMessage


class MessageState(Answer):
    """What became of words that were sent, given up or answered: never what they said."""

    ids: list[int]
    booking_id: int
    status: Literal["sent", "answered", "discarded"]
