"""Bookings of several services, by one specialist or by several in turn; who is fairest."""

import random
from collections.abc import Mapping, Sequence
from types import MappingProxyType

import pytest

from backend.schedule import assignment, handoffs, hours
from backend.schedule.facts import Facts, group_by_specialist
from backend.schedule.rules import Availability
from backend.schedule.search import BookingLimits
from backend.schedule.steps import Assignment, ServiceStep, place_steps
from backend.schedule.zones import load_zone

WHERE = load_zone("UTC")
DAY = 20_000 + 719_163
HOUR, ANNA, BORIS, CLARA = 3600, 1, 2, 3


def at(hour: float) -> int:
    return WHERE.midnight(DAY) + int(hour * HOUR)


def available(
    steps: list[ServiceStep], busy: Sequence[tuple[int, float, float]] = (), first: float = 0, last: float = 24,
    room_counts: Mapping[int, int] = MappingProxyType({}),
) -> Availability:  # fmt: skip
    shifts = hours.merge_shifts([(9 * 60, 12 * 60)])
    rows = sorted((one, at(start), at(end), 99, 1) for one, start, end in busy)
    known = Facts(
        zone=WHERE,
        weeks=dict.fromkeys((ANNA, BORIS, CLARA), (shifts,) * 7),
        occupied=group_by_specialist(rows),
        room_counts=room_counts,
    )
    return Availability(known, steps, BookingLimits(1800), at(first), at(last) - 1 if first != last else at(last))


def service_step(
    service: int, *who: int, before: int = 0, after: int = 0, rooms: tuple[int, ...] = (), minutes: int = 60
) -> ServiceStep:
    return ServiceStep(service, before * 60, after * 60, 1, rooms, dict.fromkeys(who, minutes * 60))


def shown(found: list[tuple[int, list[int]]]) -> dict[float, list[int]]:
    return {(start - at(0)) / HOUR: who for start, who in found}


def test_one_specialist_does_all_with_the_outer_buffers_only() -> None:
    steps = [service_step(1, ANNA, before=30, after=60), service_step(2, ANNA, before=60, after=30)]
    assert shown(assignment.list_free_starts(available(steps), [ANNA])) == {9: [ANNA], 9.5: [ANNA], 10: [ANNA]}
    tight = available(steps, busy=[(ANNA, 8, 9), (ANNA, 11.5, 12)])
    assert shown(assignment.list_free_starts(tight, [ANNA])) == {}
    just = available(steps, busy=[(ANNA, 8, 8.5), (ANNA, 11.5, 12)])
    assert shown(assignment.list_free_starts(just, [ANNA])) == {9: [ANNA]}


def test_several_in_turn_where_nobody_offers_all() -> None:
    steps = [service_step(1, ANNA, after=30), service_step(2, BORIS, CLARA, before=30)]
    both = available(steps, busy=[(BORIS, 10, 12)])
    assert shown(assignment.list_free_starts(both, [ANNA, BORIS, CLARA])) == {9: [ANNA], 9.5: [ANNA], 10: [ANNA]}
    assert shown(assignment.list_free_starts(both, [ANNA, BORIS, CLARA], ANNA)) == {9: [ANNA], 9.5: [ANNA], 10: [ANNA]}
    assert assignment.list_free_starts(both, [ANNA, BORIS, CLARA], CLARA) == []
    one = available(steps, busy=[(BORIS, 10, 12)], first=10, last=10)
    expected = [Assignment(ANNA, 0, 1, at(10)), Assignment(CLARA, 1, 2, at(11))]
    assert assignment.assign_specialists(one, [ANNA, BORIS, CLARA]) == expected
    assert assignment.assign_specialists(one, [ANNA, BORIS, CLARA], ANNA) == expected
    assert assignment.assign_specialists(one, [ANNA, BORIS, CLARA], CLARA) is None
    placed = place_steps(steps, expected)
    assert [(item.occ_start - item.start, item.occ_end - item.end) for item in placed] == [(0, 1800), (-1800, 0)]


def test_one_is_preferred_and_a_named_one_who_can_do_all_does_all() -> None:
    steps = [service_step(1, ANNA, BORIS), service_step(2, ANNA, BORIS)]
    busy = [(ANNA, 10.5, 11.5)]
    free = shown(assignment.list_free_starts(available(steps, busy), [ANNA, BORIS]))
    assert free == {9: [BORIS], 9.5: [BORIS], 10: [BORIS]}
    later = available(steps, [(ANNA, 11, 12), (BORIS, 9, 10.5)], first=10, last=10)
    assert assignment.assign_specialists(later, [ANNA, BORIS]) == [
        Assignment(ANNA, 0, 1, at(10)),
        Assignment(BORIS, 1, 2, at(11)),
    ]
    assert assignment.assign_specialists(later, [ANNA, BORIS], ANNA) is None
    assert shown(assignment.list_free_starts(later, [ANNA, BORIS])) == {10: []}
    assert assignment.list_free_starts(later, [ANNA, BORIS], ANNA) == []


def test_a_booking_is_not_in_its_own_way() -> None:
    # Anna, Boris, Anna: her first buffer would reach into her last stretch
    long, short = service_step(1, ANNA, after=45), service_step(2, BORIS, minutes=30)
    back = available([long, short, service_step(3, ANNA, minutes=30)])
    assert assignment.list_free_starts(back, [ANNA, BORIS]) == []
    assert shown(
        assignment.list_free_starts(
            available([service_step(1, ANNA, after=30), short, service_step(3, ANNA, minutes=30)]), [ANNA, BORIS]
        )
    )
    # one chair for two whose buffers meet
    chair = [service_step(1, ANNA, after=30, rooms=(7,)), service_step(2, BORIS, rooms=(7,))]
    assert assignment.list_free_starts(available(chair, room_counts={7: 1}), [ANNA, BORIS]) == []
    assert shown(assignment.list_free_starts(available(chair, room_counts={7: 2}), [ANNA, BORIS])) == {
        9: [ANNA],
        9.5: [ANNA],
        10: [ANNA],
    }


def test_many_services_and_specialists_end_in_time() -> None:
    everybody = list(range(1, 21))
    steps = [service_step(number, *everybody, minutes=15, before=5, after=5) for number in range(10)]
    shifts = hours.merge_shifts([(9 * 60, 19 * 60)])
    rows = sorted(
        (one, at(9 + slot / 2), at(9.25 + slot / 2), 99, one) for one in everybody for slot in range(one % 2, 20, 2)
    )
    facts = Facts(zone=WHERE, weeks=dict.fromkeys(everybody, (shifts,) * 7), occupied=group_by_specialist(rows))
    found = assignment.list_free_starts(Availability(facts, steps, BookingLimits(900), at(0), at(24)), everybody)
    assert found == sorted(found)


def test_long_buffers_do_not_make_the_search_try_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    """A specialist who has just worked cannot go on for long, and the last service has few who do it: most ways are dead ends."""
    monkeypatch.setattr(handoffs, "MAX_TRIES", 1000)
    everybody = list(range(1, 21))
    dice = random.Random(3)
    steps = [service_step(number, *everybody, minutes=15, before=60, after=60) for number in range(10)]
    rows = [(one, at(9 + slot / 2), at(9.25 + slot / 2), 99, 1)
            for one in everybody for slot in range(20) if dice.random() < 0.3]  # fmt: skip
    shifts = hours.merge_shifts([(9 * 60, 19 * 60)])
    facts = Facts(zone=WHERE, weeks=dict.fromkeys(everybody, (shifts,) * 7), occupied=group_by_specialist(sorted(rows)))
    found = assignment.list_free_starts(Availability(facts, steps, BookingLimits(900), at(0), at(24)), everybody)
    assert len(found) > 10


def test_the_fairest_has_fewest_that_day_then_was_booked_longest_ago() -> None:
    assert assignment.sort_by_fairness([1, 2, 3, 4], {1: 2, 2: 1, 3: 1}, {2: 9, 3: 4}) == [4, 3, 2, 1]
    assert assignment.sort_by_fairness([1, 2, 3], {}, {1: 5, 3: 4}) == [2, 3, 1]
    assert assignment.sort_by_fairness([3, 1, 2], {}, {}) == [3, 1, 2]


def test_a_class_that_has_begun_to_fill_comes_before_a_second_one() -> None:
    assert assignment.sort_by_fairness([1, 2, 3], {2: 9, 3: 4}, {}, with_class=[2, 3]) == [3, 2, 1]
