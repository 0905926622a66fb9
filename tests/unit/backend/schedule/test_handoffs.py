"""Bookings of several services against one who tries everybody at every service; and what a search may cost."""

import os
import random
import time
from datetime import date, datetime, timedelta
from itertools import pairwise

import pytest

from backend.schedule import assignment, handoffs, hours
from backend.schedule.facts import Facts, group_by_specialist
from backend.schedule.handoffs import TooManyHandoffs
from backend.schedule.minute_sets import minutes_in, starts_meeting
from backend.schedule.rules import Availability
from backend.schedule.search import BookingLimits
from backend.schedule.steps import ServiceStep, offers_all
from backend.schedule.zones import load_zone
from tests.support.slow_handoffs import SlowHandoffs
from tests.support.slow_oracle import OracleBooking, OracleService, OracleWorld
from tests.unit.backend.schedule.test_oracle import engine

SEED = 20260601
# The long form: SLOTGATE_EXAMPLES=2000.
WORLDS = int(os.environ.get("SLOTGATE_EXAMPLES", "40"))
DAYS = [
    ("Europe/Berlin", date(2026, 3, 29)),
    ("Europe/Berlin", date(2026, 10, 25)),
    ("Asia/Kathmandu", date(2026, 6, 1)),
]


def made(dice: random.Random) -> tuple[OracleWorld, list[OracleService], list[int]]:
    """Make up a small business with narrow hours, long buffers and few rooms, whose people get into each other's way."""
    name, day = dice.choice(DAYS)
    people = list(range(1, dice.randint(2, 4) + 1))
    on_offer = [
        OracleService(
            id=number,
            durations={one: dice.choice([10, 15, 20]) for one in people if dice.random() < 0.5},
            before=dice.choice([0, 0, 10, 20]),
            after=dice.choice([0, 10, 15, 30]),
            capacity=dice.choice([1, 1, 1, 3]),
            rooms=dice.choice([(), (), (1,), (1, 2)]),
            together=dice.random() < 0.5,
        )
        for number in range(1, dice.randint(2, 4) + 1)
    ]
    for service in on_offer:
        service.together = service.together and service.capacity > 1
    shift = [("00:30", "03:30"), ("03:30", "05:00"), ("08:00", "09:30")]
    world = OracleWorld(
        tz=name,
        week={one: {day: dice.sample(shift, dice.randint(1, 3)) for day in range(7)} for one in people},
        time_off={one: [_off(dice, day)] for one in people if dice.random() < 0.3},
        rooms={1: dice.choice([1, 2, 2, 3]), 2: dice.choice([1, 2])},
        step=dice.choice([5, 10, 15, 30]),
        within=dice.random() < 0.4,
        first_day=day,
        last_day=day,
    )
    first = min(minute for minute, wall in world.walls.items() if wall.date() == day)
    for one in [*people, 9]:
        at = first
        while at < first + 600:
            at += dice.choice([0, 20, 45, 90, 200])
            service, length = dice.choice(on_offer), dice.choice([15, 30, 45])
            # one booking after the other, and some in a group
            world.bookings += [
                OracleBooking(one, service.id, at, at + length, service.rooms, at, at + length)
                for _ in range(dice.randint(1, service.capacity) if dice.random() < 0.3 else 0)
            ]
            at += length
    return world, [dice.choice(on_offer) for _ in range(dice.randint(2, 5))], dice.sample(people, len(people))


def _off(dice: random.Random, day: date) -> tuple[datetime, datetime]:
    start = datetime.combine(day, datetime.min.time()) + timedelta(minutes=dice.randrange(60, 540, 15))
    return start, start + timedelta(minutes=30)


@pytest.mark.timeout(0)
def test_what_is_offered_is_what_trying_everybody_finds() -> None:
    dice = random.Random(SEED)
    in_turn = 0
    for _ in range(WORLDS):
        world, services, people = made(dice)
        expected = [(minute * 60, who) for minute, who in SlowHandoffs(world, services, people).free()]
        available = engine(world, services)
        assert assignment.list_free_starts(available, people) == expected
        for one in people:
            named = [(start, [one]) for start, who in expected if one in who]
            if not offers_all(available.steps, one):
                assert assignment.list_free_starts(available, people, one) == named
        free = dict(expected)
        for start in range(available.first, available.last, world.step * 60):
            at = Availability(available.facts, available.steps, available.limits, start, start)
            parts = assignment.assign_specialists(at, people)
            assert (parts is not None) == (start in free)
            if parts and len(parts) > 1:
                in_turn += 1
                assert parts[0].start == start
                assert all(a.specialist_id != b.specialist_id for a, b in pairwise(parts))
    assert in_turn > WORLDS


def test_sets_of_minutes() -> None:
    dice = random.Random(SEED)
    for _ in range(300):
        stretches = [(start, start + dice.randint(0, 20)) for start in (dice.randint(-20, 90) for _ in range(6))]
        inside = {n for start, end in stretches for n in range(start, end) if 0 <= n < 80}
        bits = minutes_in(stretches, 80)
        assert {n for n in range(120) if bits >> n & 1} == inside
        low = dice.randint(-10, 10)
        high = low + dice.randint(0, 30)
        met = starts_meeting(bits, low, high)
        assert all((met >> x & 1) == any(x + d in inside for d in range(low, high)) for x in range(120))


def crowd(few: int, days: int, *, buffer: int, minutes: int = 15, load: float = 0.4) -> tuple[Availability, list[int]]:
    """Make up twenty who work all day and ten services; every second one is offered by the first few, the others by the rest."""
    where, people, first = load_zone("UTC"), list(range(1, 21)), date(2026, 6, 1).toordinal()
    steps = [
        ServiceStep(
            n,
            buffer * 60,
            buffer * 60,
            1,
            (),
            dict.fromkeys(people[:few] if n % 2 else people[few:] or people, minutes * 60),
        )
        for n in range(10)
    ]
    week = dict.fromkeys(people, (hours.merge_shifts([(9 * 60, 19 * 60)]),) * 7)
    dice = random.Random(SEED)
    busy = [
        (one, start, start + 1800, 99, 1)
        for one in people
        for day in range(days)
        for start in range(where.midnight(first + day) + 9 * 3600, where.midnight(first + day) + 19 * 3600, 1800)
        if dice.random() < load
    ]
    since, until = where.midnight(first), where.midnight(first + days) - 1
    facts = Facts(zone=where, weeks=week, occupied=group_by_specialist(sorted(busy)))
    return Availability(facts, steps, BookingLimits(300), since, until), people


@pytest.fixture(scope="module")
def plain_search_s() -> float:
    """What this machine takes, now and with whatever watches it, for a search in which nobody gets into anybody's way."""
    available, people = crowd(20, 62, buffer=0)
    spent = []
    for _ in range(3):
        before = time.process_time()
        assignment.list_free_starts(available, people)
        spent.append(time.process_time() - before)
    return max(spent)


@pytest.mark.parametrize(("few", "buffer"), [(20, 0), (20, 10), (10, 10), (4, 10)])
def test_the_longest_search_takes_a_moment(few: int, buffer: int, plain_search_s: float) -> None:
    """62 days, twenty specialists, ten services, a 5-minute step: it took minutes, a thousand times a plain search."""
    available, people = crowd(few, 62, buffer=buffer)
    before = time.process_time()
    found = assignment.list_free_starts(available, people)
    assert time.process_time() - before < 100 * plain_search_s
    assert found == sorted(found)


def test_ways_without_number_are_refused_before_they_take_long(plain_search_s: float) -> None:
    """Buffers that keep everybody from coming back, and too few for every second service: all orders of them fail."""
    available, people = crowd(4, 62, buffer=60, load=0.05)
    before = time.process_time()
    with pytest.raises(TooManyHandoffs) as refused:
        assignment.list_free_starts(available, people)
    assert time.process_time() - before < 200 * plain_search_s
    assert (refused.value.status, refused.value.code) == (400, "invalid")


def test_nobody_who_meets_nothing_takes_a_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where stretches of a booking cannot meet, there is nothing to try, however many could do it."""
    monkeypatch.setattr(handoffs, "MAX_TRIES", 0)
    available, people = crowd(10, 14, buffer=5)
    assert assignment.list_free_starts(available, people)
