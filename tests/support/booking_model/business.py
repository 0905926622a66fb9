"""A model of one business, kept beside the real one: what each step must answer, worked out minute by minute."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Literal

from tests.support.booking_model.bookings import ACTIVE, ModelBooking
from tests.support.slow_oracle import OracleService, OracleWorld, Wall

# Four days around the end of summer time in Berlin.
FIRST, LAST = date(2026, 10, 24), date(2026, 10, 27)
BEGIN = datetime(2026, 10, 23, 18, 0, tzinfo=UTC)
LIMIT, NOTICE_MIN, CUT_OFF_MIN, HOLD_MIN, UNDO_MIN, EXPIRY_MIN = 6, 120, 240, 10, 5, 720
STEP_MIN, HORIZON_DAYS, THINK_AGAIN_MIN = 15, 3, 15
# Whom notice, horizon and the time for an answer bind: clients by all, those whose booking the business cannot keep by the
# horizon alone, staff by none.
Limits = Literal["client", "displaced", "staff"]


@cache
def quarters_of(zone: str) -> list[int]:
    """Return every quarter of an hour of the four days, as the clocks of the zone show them."""
    walls = OracleWorld(zone, {}, first_day=FIRST, last_day=LAST).walls
    return [minute for minute, wall in walls.items() if FIRST <= wall.date() <= LAST and minute % STEP_MIN == 0]


@dataclass
class Model:
    """The business: `specialists` in order of their ids, `services` by their real ids; `prices` by both, of one place."""

    world: OracleWorld
    services: list[OracleService]
    specialists: list[int]
    approval: bool
    prices: dict[tuple[int, int], int]
    now: int = int(BEGIN.timestamp()) // 60
    bookings: dict[int, ModelBooking] = field(default_factory=dict)
    # the last change of the zone that may be taken back
    zone_change: "ZoneChange | None" = None
    # now -> when a waking hour of it will have passed
    _hour_over: dict[int, int] = field(default_factory=dict)
    _open: dict[int, tuple[set[int], list[range]]] = field(default_factory=dict)

    def lapse(self) -> None:
        """Let holds run out by themselves, and requests that nobody has answered."""
        for booking in self.bookings.values():
            if booking.status == "held" and booking.hold_until is not None and booking.hold_until <= self.now:
                booking.status = "expired"
            if booking.status == "pending" and booking.decide_by is not None and booking.decide_by <= self.now:
                booking.status, booking.cancelled, booking.end_reason = "cancelled", None, "request_expired"
                booking.task = None
            if booking.asked is not None and booking.asked.decide_by <= self.now:
                booking.asked = None

    def is_waking(self, minute: int) -> bool:
        """Return whether the wall shows a minute of the day, not of the night."""
        return "08:00" <= self.world.walls[minute].strftime("%H:%M") < "22:00"

    def next_waking(self, minute: int) -> int:
        """Return the minute, or the first one of the day after the night around it."""
        while not self.is_waking(minute):
            minute += 1
        return minute

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
        """Take note that hours, days off or the zone are others now."""
        self._open.clear()
        self._hour_over.clear()

    def open_minutes(self, one: int) -> set[int]:
        """Return the minutes in which a specialist works."""
        return self._calendar(one)[0]

    def _calendar(self, one: int) -> tuple[set[int], list[range]]:
        if one not in self._open:
            self._open[one] = (self.world.open(one), self.world.shifts(one))
        return self._open[one]

    def starts(self) -> list[int]:
        """Return the quarters of an hour of the days that are looked at."""
        return quarters_of(self.world.tz)

    def booked_starts(self) -> set[int]:
        """Return when bookings begin: a class can be joined off the grid as well."""
        return {booking.start for booking in self.bookings.values() if booking.status in ACTIVE}

    def trial(
        self, services: list[OracleService], durations: list[int], one: int, start: int, places: int = 1
    ) -> ModelBooking:
        """Return a booking as it would be."""
        prices = [self.prices[service.id, one] for service in services]
        wall, zone = self.world.walls[start], self.world.tz
        return ModelBooking(-1, 0, services, one, start, durations, "confirmed", wall, zone, prices, places=places)

    def code_of(self, trial: ModelBooking, limits: Limits, *, without: int = -1) -> str | None:
        """Return the code with which a booking is refused; None where it is possible. One other booking is no hindrance."""
        self.occupy(without)
        return self.code_beside(trial, limits)

    def code_beside(self, trial: ModelBooking, limits: Limits) -> str | None:
        """Return what `code_of` does, beside the bookings that `occupy` has put into the world."""
        start, one = trial.start, trial.specialist
        if start < self.now + (NOTICE_MIN if limits == "client" else 0):
            return "too_soon"
        if self.approval and limits == "client" and not self.leaves_an_hour(start - 60):
            return "too_soon"
        last_day = self.world.walls[self.now].date() + timedelta(days=HORIZON_DAYS)
        if limits != "staff" and self.world.walls[start].date() > last_day:
            return "beyond_horizon"
        opened, shifts = self._calendar(one)
        if not all(minute in opened for minute in range(start, trial.end)):
            return "outside_hours"
        if not self.fits_beside(trial):
            return "slot_taken"
        on_grid = any(start in shift and (start - shift.start) % self.world.step == 0 for shift in shifts)
        return None if on_grid or self.world.is_class_start(one, trial.services[0], start) else "outside_hours"

    def occupy(self, without: int = -1) -> None:
        """Put what all bookings but one occupy into the world."""
        self.world.bookings = [
            stretch
            for other in self.bookings.values()
            if other.status in ACTIVE and other.id != without
            for stretch in other.stretches()
        ]

    def still_fits(self, booking: ModelBooking, *, without: int = -1) -> bool:
        """Return whether a booking's place is free as it was, that of one other booking among it."""
        self.occupy(without)
        return self.fits_beside(booking)

    def fits_beside(self, booking: ModelBooking) -> bool:
        """Return whether a place is free beside the bookings that `occupy` has put into the world."""
        services = {service.id: service for service in booking.services}
        return all(
            self.world.fits(
                booking.specialist,
                replace(services[stretch.service], places=booking.places),
                range(stretch.start, stretch.end),
                range(stretch.begins, stretch.ends),
            )
            for stretch in booking.stretches()
        )

    def is_before_cut_off(self, booking: ModelBooking) -> bool:
        """Return whether its client may still cancel it without being late, or move it."""
        if booking.task is not None or booking.placed:
            return self.now <= booking.start
        cut_off = max(booking.start - CUT_OFF_MIN, booking.created + THINK_AGAIN_MIN)
        return self.now <= min(cut_off, booking.start)

    def may_change_places(self, booking: ModelBooking) -> bool:
        """Return whether its client may still change how many places it takes."""
        return booking.status == "held" or (self.now < booking.start and self.is_before_cut_off(booking))

    def settle(self, booking: ModelBooking) -> None:
        """Let nothing be asked for any more, and the place that was held for it be free."""
        if booking.asked is not None and booking.asked.hold is not None:
            self.bookings[booking.asked.hold].status = "expired"
        booking.asked = None

    def asks_to_move(self, booking: ModelBooking) -> bool:
        """Return whether its client's move waits for an answer."""
        if booking.task is not None or booking.placed or booking.status != "confirmed":
            return False
        return self.approval or not self.may_change_places(booking)

    def relocate(self, booking: ModelBooking, one: int, start: int) -> None:
        """Put a booking elsewhere. Where the business could not keep it, its client pays the lower price."""
        if booking.task is not None or booking.placed:
            today = [self.prices[service.id, one] for service in booking.services]
            booking.prices = [min(pair) for pair in zip(booking.prices, today, strict=True)]
        booking.specialist, booking.start = one, start
        booking.wall, booking.zone = self.world.walls[start], self.world.tz
        booking.task, booking.placed = None, False
        booking.reminded.clear()

    def ahead(self, client: int) -> int:
        """Return how many bookings a client has ahead; a hold is none."""
        mine = [booking for booking in self.bookings.values() if booking.client == client]
        return sum(booking.lies_ahead and booking.end > self.now for booking in mine)

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

    def able(self, services: Iterable[OracleService]) -> list[int]:
        """Return the specialists who offer all of it."""
        return [one for one in self.specialists if all(one in service.durations for service in services)]


@dataclass
class ZoneChange:
    """A change of the zone: the one before, when, and of the bookings that it has shifted the starts before and after.

    `walls` are what was promised before."""

    previous: str
    at: int
    starts: dict[int, tuple[int, int]]
    walls: dict[int, Wall]
