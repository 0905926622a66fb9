"""The engine against a slow oracle over generated businesses, zones and changes of the clock."""

import os
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from backend.schedule import assignment, hours, reasons
from backend.schedule.facts import Facts, OccupiedRoom, group_by_specialist
from backend.schedule.rules import Availability
from backend.schedule.search import BookingLimits
from backend.schedule.steps import ServiceStep
from backend.schedule.zones import load_zone, parse_wall_minute
from tests.support.slow_oracle import OracleBooking, OracleService, OracleWorld

# Dates around changes of the clock of every kind, and quiet ones.
PLACES = [
    ("Europe/Berlin", date(2026, 3, 29)),
    ("Europe/Berlin", date(2026, 10, 25)),
    ("Europe/Moscow", date(2026, 6, 1)),
    ("America/New_York", date(2026, 11, 1)),
    ("America/Havana", date(2026, 3, 8)),
    ("America/Havana", date(2026, 11, 1)),
    ("Asia/Beirut", date(2026, 3, 29)),
    ("Asia/Beirut", date(2026, 10, 25)),
    ("Africa/Cairo", date(2026, 4, 24)),
    ("America/Nuuk", date(2026, 3, 28)),
    ("America/Nuuk", date(2026, 10, 24)),
    ("Australia/Lord_Howe", date(2026, 4, 5)),
    ("Australia/Lord_Howe", date(2026, 10, 4)),
    ("Asia/Kathmandu", date(2026, 6, 1)),
    ("Pacific/Chatham", date(2026, 4, 5)),
    ("Pacific/Apia", date(2011, 12, 30)),
    ("Atlantic/Azores", date(2026, 10, 25)),
    ("America/Santiago", date(2026, 9, 6)),
    ("America/Santiago", date(2026, 4, 5)),
    ("Africa/Casablanca", date(2026, 2, 15)),
    ("Antarctica/Troll", date(2026, 3, 29)),
]
QUARTERS = [f"{minute // 60:02}:{minute % 60:02}" for minute in range(0, 1440, 15)]
ENDS = [*QUARTERS, "24:00"]


@st.composite
def shifts(draw: st.DrawFn) -> list[tuple[str, str]]:
    pairs: list[tuple[str, str]] = []
    for _ in range(draw(st.integers(0, 3))):
        pair = (draw(st.sampled_from(QUARTERS)), draw(st.sampled_from(ENDS)))
        shift = hours.parse_shift("-".join(pair))
        if not hours.shifts_overlap([hours.parse_shift("-".join(one)) for one in pairs] + [shift]):
            pairs.append(pair)
    return pairs


@st.composite
def worlds(draw: st.DrawFn) -> tuple[OracleWorld, list[OracleService]]:
    name, middle = draw(st.sampled_from(PLACES))
    days = [middle + timedelta(days=offset) for offset in range(-2, 3)]
    people = [1, 2]
    services = [
        OracleService(
            id=number,
            durations={one: draw(st.sampled_from([15, 30, 45, 60, 90])) for one in people},
            before=draw(st.sampled_from([0, 0, 10, 15])),
            after=draw(st.sampled_from([0, 0, 10, 30])),
            capacity=draw(st.sampled_from([1, 1, 2, 3])),
            rooms=draw(st.sampled_from([(), (1,), (1, 2)])),
            together=draw(st.booleans()),
        )
        for number in (1, 2)
    ]
    for service in services:
        service.together = service.together and service.capacity > 1
    walls = [
        datetime.combine(day, datetime.min.time()) + timedelta(minutes=m) for day in days for m in range(0, 1440, 30)
    ]
    off = draw(st.lists(st.tuples(st.sampled_from(walls), st.sampled_from(walls)), max_size=2))
    world = OracleWorld(
        tz=name,
        week={one: {weekday: draw(shifts()) for weekday in range(7)} for one in people},
        dates={
            one: {day: draw(shifts()) for day in draw(st.sets(st.sampled_from(days), max_size=2))} for one in people
        },
        time_off={draw(st.sampled_from(people)): [(min(pair), max(pair)) for pair in off if pair[0] != pair[1]]},
        closures=set(draw(st.lists(st.sampled_from(days), max_size=1))),
        rooms={1: draw(st.sampled_from([1, 2])), 2: 1},
        step=draw(st.sampled_from([5, 15, 20, 30, 45, 60])),
        within=draw(st.booleans()),
        first_day=middle - timedelta(days=1),
        last_day=middle + timedelta(days=1),
    )
    around = sorted(m for m, wall in world.walls.items() if world.first_day <= wall.date() <= world.last_day)
    for _ in range(draw(st.integers(0, 8))):
        service = draw(st.sampled_from(services))
        # some join an earlier one, others lie anywhere; what was booked earlier may have had other terms
        joined = draw(st.sampled_from([None, *world.bookings]))
        if joined is not None and joined.service == service.id:
            start, begins, one = joined.start, joined.begins, joined.specialist
        else:
            start, begins, one = draw(st.sampled_from(around[::5])), None, draw(st.sampled_from([*people, 3]))
        length, before = draw(st.sampled_from([15, 30, 60, 100])), draw(st.sampled_from([0, 0, 10]))
        after = draw(st.sampled_from([0, 0, 10]))
        begins = start + before if begins is None else begins
        places = draw(st.sampled_from([1, 1, 2])) if service.capacity > 1 else 1
        world.bookings.append(
            OracleBooking(
                one, service.id, start, begins + length + after, service.rooms, begins, begins + length, places
            )
        )
    wanted = draw(st.sampled_from([services[:1], services[1:], services, services[::-1], [services[0]] * 2]))
    places = draw(st.sampled_from([1, 1, 1, 2, 3]))
    return world, [replace(service, places=min(places, min(one.capacity for one in wanted))) for service in wanted]


def engine(world: OracleWorld, services: list[OracleService]) -> Availability:
    where = load_zone(world.tz)

    def spans(pairs: list[tuple[str, str]]) -> hours.Shifts:
        return hours.merge_shifts(hours.parse_shift("-".join(pair)) for pair in pairs)

    facts = Facts(
        zone=where,
        weeks={one: tuple(spans(week[day]) for day in range(7)) for one, week in world.week.items()},  # type: ignore[misc]  # seven
        dates={one: {d.toordinal(): spans(p) for d, p in own.items()} for one, own in world.dates.items()},
        time_off={
            one: sorted(
                stretch
                for a, b in cuts
                if (
                    stretch := where.stretch(
                        *parse_wall_minute(a.isoformat()[:16]), *parse_wall_minute(b.isoformat()[:16])
                    )
                )
            )
            for one, cuts in world.time_off.items()
        },
        closures=frozenset(day.toordinal() for day in world.closures),
        occupied=group_by_specialist(
            sorted(
                (v.specialist, v.start * 60, v.end * 60, v.service, n, v.begins * 60, v.ends * 60, v.places)
                for n, v in enumerate(world.bookings)
            )
        ),
        room_counts=world.rooms,
        occupied_rooms=sorted(
            OccupiedRoom(room, v.start * 60, v.end * 60, v.specialist) for v in world.bookings for room in v.rooms
        ),
    )
    steps = [
        ServiceStep(
            s.id,
            s.before * 60,
            s.after * 60,
            s.capacity,
            s.rooms,
            {one: d * 60 for one, d in s.durations.items()},
            s.together,
            s.places,
        )
        for s in services
    ]
    first = where.midnight(world.first_day.toordinal())
    last = where.midnight(world.last_day.toordinal() + 1) - 1
    return Availability(facts, steps, BookingLimits(world.step * 60, world.within), first, last)


# A day that never was, since the clock skipped it, is closed; the shift of the day before goes on into the day after it.
CLOSED_AND_SKIPPED = (
    OracleWorld(
        tz="Pacific/Apia",
        week={one: {weekday: [] for weekday in range(7)} for one in (1, 2)},
        dates={2: {date(2011, 12, 29): [("00:15", "00:15")]}},
        closures={date(2011, 12, 30)},
        step=5,
        first_day=date(2011, 12, 29),
        last_day=date(2011, 12, 31),
    ),
    [OracleService(id=1, durations={1: 15, 2: 15})],
)


# The long form: SLOTGATE_EXAMPLES=2000.
@settings(
    max_examples=int(os.environ.get("SLOTGATE_EXAMPLES", "40")), deadline=None, suppress_health_check=list(HealthCheck)
)
@pytest.mark.timeout(0)
@example(CLOSED_AND_SKIPPED)
@given(worlds())
def test_the_engine_offers_what_the_oracle_offers(given: tuple[OracleWorld, list[OracleService]]) -> None:
    world, services = given
    available = engine(world, services)
    for one in (1, 2):
        expected = [minute * 60 for minute in world.free(one, services)]
        assert available.free_starts(one) == expected
        offered = set(expected)
        tried = range(available.first, available.last, 300)
        for start in sorted({*tried[:: max(1, len(tried) // 25)], *expected[:: max(1, len(expected) // 10)]}):
            at = Availability(available.facts, available.steps, available.limits, start, start)
            told = reasons.list_reasons(at, one, start)
            assert bool(told) != (start in offered), (start, told)
            assert (assignment.assign_specialists(at, [one], one) is not None) == (start in offered)
        if len(services) == 1 and services[0].capacity > 1:
            for start in expected[:: max(1, len(expected) // 10)]:
                left = world.count_places_left(one, services[0], start // 60)
                assert assignment.count_places_left(available, start, [one]) == left
