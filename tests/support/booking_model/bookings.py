"""A booking as the model knows it. Instants are minutes since the epoch."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Literal

from tests.support.slow_oracle import OracleBooking, OracleService, Wall

ACTIVE = {"held", "pending", "confirmed", "arrived", "completed", "no_show"}
# What nobody has marked.
OPEN = {"held", "pending", "confirmed"}
Cause = Literal["asked", "closure", "time_off", "hours"]


@dataclass
class AskedTime:
    """Another time that a client has asked for; `hold` is the id of the booking that keeps the place, if one does."""

    start: int
    decide_by: int
    held: bool
    hold: int | None


@dataclass
class Task:
    """The booking needs a new time: why, since when, and when its client is asked once more."""

    cause: Cause
    opened: int
    ask_again: int | None


@dataclass
class Question:
    """A message that asks the client for a new time: when it was written, is sent, and is not worth sending any more."""

    written: int
    due: int
    expires: int
    state: Literal["waiting", "sent", "dropped"] = "waiting"


@dataclass
class Cancellation:
    """What a cancellation ended: it may be taken back. `by` is a person, 0 the clock; `task` was open then."""

    at: int
    status: str
    by: int
    task: Task | None = None


@dataclass
class ModelBooking:
    """A booking. `prices` are those of one place of each service; `wall` on the clocks of `zone` is what was promised."""

    id: int
    client: int
    services: list[OracleService]
    specialist: int
    start: int
    durations: list[int]
    status: str
    wall: Wall
    zone: str
    prices: list[int]
    hold_until: int | None = None
    cancelled: Cancellation | None = None
    end_reason: str | None = None
    decide_by: int | None = None
    places: int = 1
    created: int = 0
    # put straight into the tables, so that nobody is reminded of it
    unasked: bool = False
    # another time that its client has asked for, and that waits for an answer
    asked: AskedTime | None = None
    # a place that is held for a move: what the booking that moves occupies already
    own: tuple[OracleBooking, ...] = ()
    task: Task | None = None
    # staff have put it elsewhere since it could not take place as booked
    placed: bool = False
    questions: list[Question] = field(default_factory=list)
    # how long before the start its client has been reminded of it
    reminded: set[int] = field(default_factory=set)

    def stretches(self) -> list[OracleBooking]:
        """Return what it occupies."""
        out, at = [], self.start
        for index, (service, duration) in enumerate(zip(self.services, self.durations, strict=True)):
            head = service.before if index == 0 else 0
            tail = service.after if index == len(self.services) - 1 else 0
            end = at + duration
            occupied = (at - head, end + tail, service.rooms)
            out.append(OracleBooking(self.specialist, service.id, *occupied, begins=at, ends=end, places=self.places))
            at += duration
        return [piece for stretch in out for piece in self._without_own(stretch)] if self.own else out

    def _without_own(self, stretch: OracleBooking) -> list[OracleBooking]:
        """Return the parts of a stretch that the booking that moves does not occupy yet."""
        taken = {minute for own in self.own for minute in range(own.start, own.end)}
        free = [minute for minute in range(stretch.start, stretch.end) if minute not in taken]
        if len(free) == stretch.end - stretch.start:
            return [stretch]  # nothing is cut, so that it begins and ends as it is told
        pieces: list[OracleBooking] = []
        for minute in free:
            if pieces and pieces[-1].end == minute:
                pieces[-1] = replace(pieces[-1], end=minute + 1, ends=minute + 1)
            else:
                pieces.append(replace(stretch, start=minute, end=minute + 1, begins=minute, ends=minute + 1))
        return pieces

    def items(self) -> list[range]:
        """Return the minutes of each of its services, without buffers; of a hold for a move, those that it holds."""
        return [range(stretch.begins or 0, stretch.ends or 0) for stretch in self.stretches()]

    @property
    def end(self) -> int:
        """The end without buffers."""
        return self.start + sum(self.durations)

    @property
    def price(self) -> str:
        """What all its places cost, as the API writes it."""
        return f"{sum(self.prices) * self.places / 100:.2f}"

    @property
    def lies_ahead(self) -> bool:
        """Whether it is a booking that nobody has marked; a hold is none."""
        return self.status in ("pending", "confirmed")

    def was_reached(self) -> bool:
        """Return whether a message about its task has been sent to its client."""
        return self.task is not None and any(
            question.state == "sent" and question.written >= self.task.opened for question in self.questions
        )


def rfc(minute: int) -> str:
    """Return a minute as an RFC 3339 time."""
    return datetime.fromtimestamp(minute * 60, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def minute_of(text: str) -> int:
    """Return the minutes since the epoch of an RFC 3339 time."""
    return int(datetime.fromisoformat(text).timestamp()) // 60
