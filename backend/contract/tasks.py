"""Bookings that cannot take place as booked, and the new times that their clients are offered."""

from typing import Annotated, Literal

from msgspec import Meta

from backend.contract import Answer, Request
from backend.contract.bookings import Booking, SentInstant
from backend.contract.schedule import Cause
from backend.contract.times import Instant

Outcome = Literal["moved", "placed", "cancelled", "withdrawn", "told", "took_place", "unanswered"]
# Whether a message has reached the client: it was sent, it waits (for the end of the night, say), or none can be sent.
Asked = Literal["sent", "waiting", "unreachable"]


class NewTime(Answer):
    """A time that a client may take instead. `specialist_id` is None where several do the services one after the other.

    `price` is what the client pays then: the lower of the booked price and that of today."""

    start: Instant
    local: Instant
    specialist_id: int | None
    specialist_name: str
    price: str
    price_from: bool
    currency: str


class NewTimes(Answer):
    """`GET /v1/bookings/{id}/new-times`: what is offered instead of a booking whose `task` is `open`.

    `same_time` is the same instant with another specialist who does it, the fairest of those who are free; `others` are the
    three nearest times over all. `name` is whose calendar has changed, empty where it is not about one. A claimed notice, which
    has the booking, has it not once more here."""

    booking_id: int
    cause: Cause
    name: str
    same_time: NewTime | None
    others: list[NewTime]
    booking: Booking | None = None


class TakeNewTime(Request):
    """`POST /v1/bookings/{id}/new-time` with `Idempotency-Key`: take one of the times that are offered.

    Refused (`illegal_step`) once the booking does not need one any more, `slot_taken` where another was faster. Any specialist
    does where none is named. `message_id`: as in `Move`."""

    start: SentInstant
    specialist_id: int | None = None
    message_id: int | None = None


class Task(Answer):
    """A booking that needs a new time, for staff. `asked` tells whether its client knows; once it has begun, they must call."""

    booking: Booking
    cause: Cause
    name: str
    opened_at: Instant
    asked: Asked


class Tasks(Answer):
    """`GET /v1/tasks` (staff): an admin's are all, a specialist's those of their calendar; by start, at most 500 of `total`."""

    items: list[Task]
    total: int


class PlaceTasks(Request):
    """`POST /v1/tasks/placements` (admins): give every booking that needs a new time to another specialist at its own time.

    With `preview` nothing is changed: the answer is what would be."""

    preview: bool = False


class Placement(Answer):
    """A booking that has another specialist now (or would have), and who did it before."""

    booking: Booking
    previous_name: str


class Placements(Answer):
    """What was placed, and how many bookings found nobody; those still need a new time."""

    placed: list[Placement]
    left: Annotated[int, Meta(ge=0)]
