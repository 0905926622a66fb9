"""What the model says of a corrected zone: bookings ahead keep their wall times, once their instants may be kept instead."""

from collections.abc import Callable
from functools import partial
from operator import add

from tests.support.booking_model.bookings import OPEN, ModelBooking
from tests.support.booking_model.business import Model, ZoneChange
from tests.support.slow_oracle import OracleWorld

KEEP_MIN = 24 * 60
# Where a place is taken the nearest free one is taken, so many minutes away or twice as many and so on.
NEAR_MIN = 5


def plan_shifts(model: Model, zone: str) -> dict[int, int]:
    """Return where bookings begin once the zone is another, by id.

    What has begun on both walls stays, and so does what is marked. Where the zone before is put back, what is as the
    change has left it returns to where it was."""
    world = with_zone(model.world, zone)
    before = as_left(model)
    planned = {
        booking.id: wall_instant(world, booking)
        for booking in model.bookings.values()
        if booking.status in OPEN | {"cancelled"}
        and booking.zone != zone
        and (booking.start > model.now or (booking.status in OPEN and wall_instant(world, booking) > model.now))
    }
    if model.zone_change is not None and model.zone_change.previous == zone:
        planned |= before
    return planned


def with_zone(world: OracleWorld, zone: str) -> OracleWorld:
    """Return a world whose clocks show another zone; nothing else is in it."""
    return OracleWorld(zone, {}, first_day=world.first_day, last_day=world.last_day)


def wall_instant(world: OracleWorld, booking: ModelBooking) -> int:
    """Return when the clocks show what the booking's client was promised."""
    return world.instant(booking.wall, end=False)[0]


def as_left(model: Model) -> dict[int, int]:
    """Return the starts of before of the bookings that are as the last change of the zone has left them."""
    change = model.zone_change
    if change is None:
        return {}
    return {
        each: before
        for each, (before, after) in change.starts.items()
        if model.bookings[each].start == after
        and model.bookings[each].zone == model.world.tz
        and model.bookings[each].status != "expired"
    }


def restorable(model: Model) -> dict[int, int]:
    """Return the starts of before that an admin may give back: of what is not marked and would still lie ahead."""
    return {
        each: before
        for each, before in as_left(model).items()
        if model.bookings[each].status in OPEN and before > model.now and before != model.bookings[each].start
    }


def follow_zone(model: Model, zone: str, planned: dict[int, int], actual: dict[int, int]) -> None:
    """Take over where the bookings are once the zone is another, with everything that hangs on them.

    A promise on the wall stands, also where it comes twice, unless its place was taken."""
    old_world = model.world
    put_back = model.zone_change is not None and model.zone_change.previous == zone
    starts = {each: (model.bookings[each].start, start) for each, start in actual.items()}
    promised = {each: model.bookings[each].wall for each in actual}
    if put_back and model.zone_change is not None:
        promised |= {each: model.zone_change.walls[each] for each in as_left(model)}
    model.zone_change = ZoneChange(old_world.tz, model.now, starts, promised) if actual and not put_back else None
    model.world = OracleWorld(
        zone, old_world.week, old_world.dates, old_world.time_off, old_world.closures, rooms=old_world.rooms,
        step=old_world.step, first_day=old_world.first_day, last_day=old_world.last_day,
    )  # fmt: skip
    model.changed()
    for each, start in actual.items():
        booking = model.bookings[each]
        shift_start(booking, start)
        booking.wall = promised[each] if start == planned[each] else model.world.walls[start]
        booking.zone = zone
        if booking.decide_by is not None:
            booking.decide_by = next_deadline(
                model, to_zone(old_world, model.world, booking.decide_by), booking.start, booking.start
            )
        shift_questions(model, booking, start - starts[each][0])
    for each in actual:
        follow_wish(model, model.bookings[each], lambda minute: to_zone(old_world, model.world, minute))


def keep_instants(model: Model, actual: dict[int, int]) -> None:
    """Take over where the bookings are once their instants of before are kept, with everything that hangs on them."""
    moved = {each: start - model.bookings[each].start for each, start in actual.items()}
    for each, minutes in moved.items():
        booking = model.bookings[each]
        if minutes == 0:
            continue
        shift_start(booking, booking.start + minutes)
        booking.wall = model.world.walls[booking.start]
        if booking.decide_by is not None:
            booking.decide_by = next_deadline(model, booking.decide_by + minutes, booking.start, booking.start)
        shift_questions(model, booking, minutes)
    for each, minutes in moved.items():
        if minutes:
            follow_wish(model, model.bookings[each], partial(add, minutes))
    model.zone_change = None


def shift_questions(model: Model, booking: ModelBooking, minutes: int) -> None:
    """Let what is still to be asked be worth it so much longer; it is asked by day, or at once where that is too late."""
    for question in booking.questions:
        if question.state == "waiting":
            question.expires += minutes
            if question.due > model.now:
                morning = model.next_waking(model.now)
                question.due = morning if morning < booking.start else model.now


def shift_start(booking: ModelBooking, start: int) -> None:
    """Shift a booking, and what a hold for a move does without."""
    minutes = start - booking.start
    booking.start = start
    for own in booking.own:
        own.start, own.end = own.start + minutes, own.end + minutes
        own.begins, own.ends = own.begins + minutes, own.ends + minutes


def follow_wish(model: Model, booking: ModelBooking, shifted: Callable[[int], int]) -> None:
    """Let the other time that a client has asked for follow the booking: where it is held, else on the wall."""
    asked = booking.asked
    if asked is None:
        return
    if asked.hold is None:
        asked.start = shifted(asked.start)
        asked.decide_by = min(booking.start, asked.start)
        return
    hold = model.bookings[asked.hold]
    asked.start = hold.start
    asked.decide_by = next_deadline(model, shifted(asked.decide_by), asked.start, booking.start)
    hold.hold_until = asked.decide_by


def next_deadline(model: Model, told: int, start: int, latest: int) -> int:
    """Return until when a request is answered that was told another time; where that has passed, staff get their time anew."""
    told = min(told, start - 60, latest)
    return told if told > model.now else min(model.answered_by(start), latest)


def to_zone(old: OracleWorld, new: OracleWorld, minute: int) -> int:
    """Return when the new clocks show what the old ones show at a minute."""
    return new.instant(old.walls[minute], end=False)[0]


def check_places(model: Model, planned: dict[int, int], actual: dict[int, int], *, stay: bool) -> None:
    """Check that each booking has the place it should have, or another only where that one is taken.

    `stay`: it stays where it was then, else it takes the nearest that is free."""
    old = {each: model.bookings[each].start for each in planned}
    for each in planned:
        shift_start(model.bookings[each], actual[each])
    missed = [each for each in planned if actual[each] != planned[each]]
    for each in missed:
        booking = model.bookings[each]
        shift_start(booking, planned[each])
        assert not model.still_fits(booking, without=each), ("its own place was free", booking)
        if stay and actual[each] != old[each]:
            shift_start(booking, old[each])
            assert not model.still_fits(booking, without=each), ("it could have stayed", booking)
        elif not stay and len(missed) == 1:
            assert actual[each] == nearest_free(model, booking, planned[each]), ("not the nearest place", booking)
        shift_start(booking, actual[each])
    for booking in model.bookings.values():
        if booking.id in planned and booking.status in OPEN | {"arrived", "completed", "no_show"}:
            assert model.still_fits(booking, without=booking.id), ("across another", booking)
    for each, start in old.items():
        shift_start(model.bookings[each], start)


def nearest_free(model: Model, booking: ModelBooking, planned: int) -> int:
    """Return the free start nearest to where a booking should be, the later of two."""
    for away in range(NEAR_MIN, KEEP_MIN, NEAR_MIN):
        for start in (planned + away, planned - away):
            shift_start(booking, start)
            if model.still_fits(booking, without=booking.id):
                return start
    raise AssertionError("nothing is free")
