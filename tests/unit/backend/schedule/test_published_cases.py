"""The published cases of free times, through the pure engine."""

from typing import Any

import pytest

from backend.schedule import hours
from backend.schedule.facts import Facts, group_by_specialist
from backend.schedule.rules import Availability
from backend.schedule.search import BookingLimits
from backend.schedule.steps import ServiceStep
from backend.schedule.zones import load_zone
from tests.support.availability_cases import CASES, solve


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_published_case(case: dict[str, Any]) -> None:
    assert solve(case) == case["expect"]


def test_merge_shifts_two_dates_that_overlap_both_see_the_bookings() -> None:
    """Found by the model test: the second grid saw no bookings."""
    where = load_zone("Europe/Berlin")
    day = where.day(1_780_300_000)
    long = hours.merge_shifts([(0, 1440 + 600)])
    taken = (where.instant(day + 1, 120), where.instant(day + 1, 480))
    facts = Facts(
        zone=where,
        dates={1: {day: long, day + 1: hours.merge_shifts([(60, 600)])}},
        occupied=group_by_specialist([(1, *taken, 2, 7)]),
    )
    step = ServiceStep(1, 0, 0, 1, (), {1: 3600})
    first, last = where.midnight(day + 1), where.midnight(day + 2) - 1
    starts = Availability(facts, [step], BookingLimits(3600), first, last).free_starts(1)
    assert [where.local(start).hour for start in starts] == [0, 1, 8, 9]
