"""A model of one business, kept beside the real one: what each step must answer, worked out minute by minute."""

import random
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

from tests.support.slow_oracle import OracleBooking, OracleService, OracleWorld

ACTIVE = {"held", "pending", "confirmed", "arrived", "completed", "no_show"}
# Four days around the end of summer time in Berlin.
FIRST, LAST = date(2026, 10, 24), date(2026, 10, 27)
BEGIN = datetime(2026, 10, 23, 18, 0, tzinfo=UTC)
LIMIT, NOTICE_MIN, CUT_OFF_MIN, HOLD_MIN, UNDO_MIN, EXPIRY_MIN = 6, 120, 240, 10, 5, 720
THINK_AGAIN_MIN = 15


@dataclass
class ModelBooking:
    """A booking as the model knows it; instants are minutes since the epoch."""

    id: int
    client: int
    services: list[OracleService]
    specialist: int
    start: int
    durations: list[int]
    status: str
    hold_until: int | None = None
    cancelled: tuple[int, str, int] | None = None  # when, from which status, by whom (0: the clock)
    decide_by: int | None = None
    places: int = 1
    created: int = 0
    # another time that its client has asked for, and that waits for an answer
    asked: "AskedTime | None" = None
    # a place that is held for a move: what the booking that moves occupies already
    own: tuple[OracleBooking, ...] = ()

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

    @property
    def end(self) -> int:
        """The end without buffers."""
        return self.start + sum(self.durations)


@dataclass
class AskedTime:
    """Another time that a client has asked for; `hold` is the id of the booking that keeps the place, if one does."""

    start: int
    decide_by: int
    held: bool
    hold: int | None


@dataclass
class Model:
    """The business: `specialists` in order of their ids, `services` by their real ids."""

    world: OracleWorld
    services: list[OracleService]
    specialists: list[int]
    approval: bool
    now: int = int(BEGIN.timestamp()) // 60
    bookings: dict[int, ModelBooking] = field(default_factory=dict)
    # now -> when a waking hour of it will have passed
    _hour_over: dict[int, int] = field(default_factory=dict)
    _open: dict[int, tuple[set[int], list[range]]] = field(default_factory=dict)

    def lapse(self) -> None:
        """Let holds run out by themselves, and requests that nobody has answered."""
        for booking in self.bookings.values():
            if booking.status == "held" and booking.hold_until is not None and booking.hold_until <= self.now:
                booking.status = "expired"
            if booking.status == "pending" and booking.decide_by is not None and booking.decide_by <= self.now:
                booking.status, booking.cancelled = "cancelled", None
            if booking.asked is not None and booking.asked.decide_by <= self.now:
                booking.asked = None

    def is_waking(self, minute: int) -> bool:
        """Return whether the wall shows a minute of the day, not of the night."""
        return "08:00" <= self.world.walls[minute].strftime("%H:%M") < "22:00"

    def answered_by(self, start: int) -> int:
        """Return until when a request that is made now is answered: twelve waking hours, an hour before the start."""
        minute, waking = self.now, 0
        while minute < start - 60 and waking < EXPIRY_MIN:
            waking += self.is_waking(minute)
            minute += 1
        return min(minute, start - 60)

    def leaves_an_hour(self, until: int) -> bool:
        """Return whether staff have a waking hour from now until then."""
        if self.now not in self._hour_over:
            minute, waking = self.now, 0
            while waking < 60:
                waking += self.is_waking(minute)
                minute += 1
            self._hour_over = {self.now: minute}
        return until >= self._hour_over[self.now]

    def changed(self) -> None:
        """Take note that hours or time off are others now."""
        self._open.clear()

    def code_of(
        self,
        services: list[OracleService],
        durations: list[int],
        one: int,
        start: int,
        *,
        staff: bool,
        without: int = -1,
        places: int = 1,
    ) -> str | None:
        """Return the code with which a start is refused for this specialist; None where it is free."""
        wall = self.world.walls[start]
        if start < self.now + (0 if staff else NOTICE_MIN):
            return "too_soon"
        if self.approval and not staff and not self.leaves_an_hour(start - 60):
            return "too_soon"
        if not staff and wall.date() > self.world.walls[self.now].date() + timedelta(days=3):
            return "beyond_horizon"
        if one not in self._open:
            self._open[one] = (self.world.open(one), self.world.shifts(one))
        opened, shifts = self._open[one]
        if not all(minute in opened for minute in range(start, start + sum(durations))):
            return "outside_hours"
        trial = ModelBooking(-1, 0, services, one, start, durations, "confirmed", places=places)
        if not self.still_fits(trial, without=without):
            return "slot_taken"
        on_grid = any(start in shift and (start - shift.start) % self.world.step == 0 for shift in shifts)
        return None if on_grid or self.world.is_class_start(one, services[0], start) else "outside_hours"

    def still_fits(self, booking: ModelBooking, *, without: int = -1) -> bool:
        """Return whether a booking's place is free as it was, that of one other booking among it."""
        self.world.bookings = [
            stretch
            for other in self.bookings.values()
            if other.status in ACTIVE and other.id != without
            for stretch in other.stretches()
        ]
        return all(
            self.world.fits(
                booking.specialist,
                replace(service, places=booking.places),
                range(stretch.start, stretch.end),
                range(stretch.begins or 0, stretch.ends or 0),
            )
            for service, stretch in zip(booking.services, booking.stretches(), strict=True)
        )

    def may_change_places(self, booking: ModelBooking) -> bool:
        """Return whether its client may still change how many places it takes."""
        cut_off = max(booking.start - CUT_OFF_MIN, booking.created + THINK_AGAIN_MIN)
        return booking.status == "held" or (self.now < booking.start and self.now <= cut_off)

    def settle(self, booking: ModelBooking) -> None:
        """Let nothing be asked for any more, and the place that was held for it be free."""
        if booking.asked is not None and booking.asked.hold is not None:
            self.bookings[booking.asked.hold].status = "expired"
        booking.asked = None

    def asks_to_move(self, booking: ModelBooking) -> bool:
        """Return whether its client's move waits for an answer."""
        return booking.status == "confirmed" and (self.approval or not self.may_change_places(booking))

    def ahead(self, client: int) -> int:
        """Return how many bookings a client has ahead; a hold is none."""
        mine = [booking for booking in self.bookings.values() if booking.client == client]
        return sum(booking.status in ("pending", "confirmed") and booking.end > self.now for booking in mine)

    def overlaps(self, client: int, start: int, end: int, *, without: int = -1) -> bool:
        """Return whether the client has another booking at this time."""
        theirs = [
            booking
            for booking in self.bookings.values()
            if booking.client == client
            and booking.id != without
            and booking.status in ("pending", "confirmed", "arrived")
        ]
        spans = [(booking.start, booking.end) for booking in theirs]
        spans += [
            (booking.asked.start, booking.asked.start + booking.end - booking.start)
            for booking in theirs
            if booking.asked is not None and booking.asked.held
        ]
        return any(begins < end and ends > start for begins, ends in spans)

    def holds_of(self, client: int) -> list[ModelBooking]:
        """Return the holds of a client: one at most."""
        return [b for b in self.bookings.values() if b.client == client and b.status == "held"]

    def able(self, services: list[OracleService]) -> list[int]:
        """Return the specialists who offer all of it."""
        return [one for one in self.specialists if all(one in service.durations for service in services)]


def random_shifts(dice: random.Random) -> list[tuple[str, str]]:
    """Return a day's shifts: none, one, two, or one over midnight."""
    return dice.choice(
        [
            [],
            [("09:00", "17:00")],
            [("08:30", "12:00"), ("13:00", "19:30")],
            [("22:00", "04:00")],
            [("00:00", "24:00")],
            [("01:15", "05:00"), ("05:00", "07:00")],
        ]
    )


def rfc(minute: int) -> str:
    """Return a minute as an RFC 3339 time."""
    return datetime.fromtimestamp(minute * 60, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def minute_of(text: str) -> int:
    """Return the minutes since the epoch of an RFC 3339 time."""
    return int(datetime.fromisoformat(text).timestamp()) // 60
