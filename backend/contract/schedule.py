"""When people work and which times are free."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType

from backend.contract import Answer, Request
from backend.contract.times import Day, Instant

# Why a booking cannot take place as booked; `asked`: staff cannot keep this one.
Cause = Literal["time_off", "closure", "hours", "service", "specialist", "room", "capacity", "asked"]

Date = Annotated[Day, Meta(pattern=r"\A\d{4}-\d{2}-\d{2}\Z", description="a date", examples=["2026-06-01"])]
LocalMinute = Annotated[
    str,
    Meta(
        pattern=r"\A\d{4}-\d{2}-\d{2}T([01]\d|2[0-3]):[0-5]\d\Z",
        description="a local time",
        examples=["2026-06-01T09:00"],
    ),
]
Shift = Annotated[
    str,
    Meta(
        pattern=r"\A([01]\d|2[0-3]):[0-5]\d-(([01]\d|2[0-3]):[0-5]\d|24:00)\Z",
        description="a shift",
        examples=["09:00-18:00"],
    ),
]
# What becomes of the bookings that cannot take place as booked after a change: they stay and no new ones are taken; each
# becomes a task and its client is offered other times; they are cancelled and their clients told.
Handling = Literal["keep", "need_new_times", "cancel"]
# Whether a change is only looked at: never, always, or where bookings would lose their place by it.
PreviewMode = Literal["false", "true", "if_displaced"]
Shifts = Annotated[list[Shift], Meta(max_length=24)]
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Slot(Answer):
    """A free start. `local` is the same instant with the business's offset; `specialist_ids` may be named for it.

    There are none where only several in turn have time for the booking, though each would do all of it if named.
    `places_left` is how many places one booking with a group may take at most, with one of these specialists."""

    start: Instant
    local: Instant
    specialist_ids: list[int]
    places_left: int | None = None


class Slots(Answer):
    """`GET /v1/slots?service_id=&specialist_id=&from=&to=` in order; `from`/`to` are local dates, inclusive, <= 62 days.

    `limit=` cuts the list (soonest first). `places=` looks for so many places of a group, 1 to 4."""

    slots: list[Slot]


class Days(Answer):
    """`GET /v1/days?service_id=&specialist_id=&from=&to=`: the local dates that have at least one free start."""

    days: list[Day]
    first: str | None


class Reason(Answer):
    """One rule that closes a time: `rule` is stable, `detail` is a sentence; `booking_id` names the booking in the way."""

    specialist_id: int
    rule: str
    detail: str
    booking_id: int | None = None


class Reasons(Answer):
    """`GET /v1/slots/why?service_id=&specialist_id=&start=` (staff): `free`, or the rules that close it."""

    free: bool
    reasons: list[Reason]


class Hours(Request):
    """A week: weekday -> shifts. `PUT /v1/specialists/{id}/hours` replaces the whole week."""

    mon: Shifts = []
    tue: Shifts = []
    wed: Shifts = []
    thu: Shifts = []
    fri: Shifts = []
    sat: Shifts = []
    sun: Shifts = []


class UpdateHours(Request):
    """`PATCH /v1/specialists/{id}/hours`: the weekdays that it has get these shifts, the others stay as they are."""

    mon: Shifts | UnsetType = UNSET
    tue: Shifts | UnsetType = UNSET
    wed: Shifts | UnsetType = UNSET
    thu: Shifts | UnsetType = UNSET
    fri: Shifts | UnsetType = UNSET
    sat: Shifts | UnsetType = UNSET
    sun: Shifts | UnsetType = UNSET


class DateHours(Request):
    """`PUT /v1/specialists/{id}/dates/{date}`: the shifts that start on that date instead of the week's; [] is a day off."""

    shifts: Shifts


class NewTimeOff(Request):
    """`POST /v1/specialists/{id}/time-off`: local wall times, end exclusive."""

    start: LocalMinute
    end: LocalMinute
    reason: Annotated[str, Meta(max_length=200)] = ""


class TimeOff(Answer):
    """Local wall times, end exclusive."""

    id: int
    start: str
    end: str
    reason: str


class Affected(Answer):
    """A booking that a change of hours, dates, time off, closures or services touches; it is never changed silently."""

    booking_id: int
    start: Instant
    local: Instant
    client_name: str
    service_names: list[str]
    # why it cannot take place as booked, where a change has several parts
    cause: Cause | None = None


class Schedule(Answer):
    """`GET /v1/specialists/{id}/schedule`: the week, the dates from today on, the time off from today on.

    `name` is the specialist's."""

    name: str
    hours: Hours
    dates: dict[Day, list[str]]
    time_off: list[TimeOff]


class NewClosure(Request):
    """`POST /v1/closures` (admins): the business is closed on that local date, or from it to `last`, both inclusive."""

    date: Date
    last: Date | None = None


class Closures(Answer):
    """`GET /v1/closures`: dates from today on."""

    dates: list[Day]


class Changed(Answer):
    """Answer of every change of a schedule: the bookings that it touches, and the schedule or closures as they are now.

    `id` is that of a new time off. `handled` counts the bookings that got a task or were cancelled, as `bookings` asked for;
    no message reaches the clients of `unreached` of them. With `preview` nothing is changed."""

    affected: list[Affected]
    id: int | None = None
    schedule: Schedule | None = None
    closures: Closures | None = None
    handled: int = 0
    unreached: int = 0

    @property
    def displaced(self) -> list[Affected]:
        """The bookings that cannot take place as booked any more."""
        return self.affected
