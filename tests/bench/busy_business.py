"""A business for measuring: 20 specialists over 30 days, 60 % of their time booked, from a seed."""

import random
from datetime import date

from backend.schedule.facts import Facts, OccupiedRow, group_by_specialist
from backend.schedule.hours import Week, merge_shifts
from backend.schedule.search import BookingLimits
from backend.schedule.steps import ServiceStep
from backend.schedule.zones import Zone, load_zone

SPECIALISTS = range(1, 21)
FIRST, LAST = date(2026, 6, 1), date(2026, 6, 30)
HOURS = (("09:00", "13:00"), ("14:00", "19:00"))
ZONE = "Europe/Berlin"
STEP_MIN, DURATION_MIN, BEFORE_MIN, AFTER_MIN = 15, 45, 5, 10
BUSY = 0.6


def rows(seed: int = 1) -> list[OccupiedRow]:
    """Return the occupied stretches: 60 % of the open time, in bookings of 30 to 90 minutes."""
    dice, where, out = random.Random(seed), load_zone(ZONE), []
    booking = 0
    for one in SPECIALISTS:
        for day in range(FIRST.toordinal(), LAST.toordinal() + 1):
            for begins, ends in ((540, 780), (840, 1140)):
                at = begins
                while at < ends:
                    length = min(dice.choice((30, 45, 60, 75, 90)), ends - at)
                    if dice.random() < BUSY:
                        start = where.instant(day, at)
                        booking += 1
                        out.append((one, start, start + length * 60, 2, booking))
                    at += length
    return sorted(out)


def facts(busy: list[OccupiedRow]) -> Facts:
    """Return the same as the engine takes it."""
    week: Week = (merge_shifts([(540, 780), (840, 1140)]),) * 7
    return Facts(zone=load_zone(ZONE), weeks=dict.fromkeys(SPECIALISTS, week), occupied=group_by_specialist(busy))


def service_step() -> ServiceStep:
    """Return the wanted service."""
    return ServiceStep(1, BEFORE_MIN * 60, AFTER_MIN * 60, 1, (), dict.fromkeys(SPECIALISTS, DURATION_MIN * 60))


def wanted(where: Zone) -> tuple[BookingLimits, int, int]:
    """Return the limits, the first and the last instant."""
    first, last = where.midnight(FIRST.toordinal()), where.midnight(LAST.toordinal() + 1) - 1
    return BookingLimits(STEP_MIN * 60, earliest=first), first, last
