"""Why a start is not free: the names of the rules that close it: pure, no framework.

Names (stable): not_offered, too_soon, beyond_horizon, closed, time_off, outside_hours, busy, group_full, room_full,
off_grid. They explain what `rules.Availability` decided; they never decide themselves.
"""

from collections.abc import Sequence
from typing import NamedTuple

from backend.schedule.hours import NO_HOURS, list_shifts
from backend.schedule.intervals import Stretch, count_peak, is_covered, merge_stretches
from backend.schedule.rules import Availability
from backend.schedule.steps import Assignment, PlacedStep, ServiceStep, offers_all, place_steps

SENTENCES = {
    "not_offered": "This specialist does not offer this service.",
    "too_soon": "This time is too soon to be booked.",
    "beyond_horizon": "This time is too far ahead to be booked.",
    "closed": "The business is closed on this date.",
    "time_off": "The specialist has time off.",
    "outside_hours": "This time is outside the working hours.",
    "busy": "Another booking is in the way.",
    "group_full": "The group is full.",
    "room_full": "Every room or chair that the booking needs is taken.",
    "off_grid": "Bookings do not begin at this minute.",
}
# Of several rules the first one is given: those that no free place would help against come before those about places.
_ORDER = list(SENTENCES)
# Over several specialists the one who came closest to being free is spoken of.
_CLOSENESS = [
    "busy", "group_full", "room_full", "off_grid", "time_off", "closed", "outside_hours", "beyond_horizon", "too_soon",
    "not_offered",
]  # fmt: skip


class Unavailability(NamedTuple):
    """A rule that closes a start for one specialist; `booking_id` is the booking in the way."""

    specialist_id: int
    rule: str
    booking_id: int | None = None


def choose_reason(reasons: Sequence[Unavailability]) -> Unavailability | None:
    """Return the rule to name, over one or several specialists; None where nothing closes the start for one of them."""
    by_specialist: dict[int, Unavailability] = {}
    for reason in sorted(reasons, key=lambda reason: _ORDER.index(reason.rule)):
        by_specialist.setdefault(reason.specialist_id, reason)
    return min(by_specialist.values(), key=lambda reason: _CLOSENESS.index(reason.rule), default=None)


def list_reasons(available: Availability, specialist_id: int, start: int) -> list[Unavailability]:
    """Return every rule that closes `start` for the specialist doing the whole booking; none where it is free."""
    steps, limits = available.steps, available.limits
    if not offers_all(steps, specialist_id):
        return [Unavailability(specialist_id, "not_offered")]
    placed = place_steps(steps, [Assignment(specialist_id, 0, len(steps), start)])
    reasons: list[Unavailability] = []
    if start < limits.earliest:
        reasons.append(Unavailability(specialist_id, "too_soon"))
    if start >= limits.latest:
        reasons.append(Unavailability(specialist_id, "beyond_horizon"))
    if not limits.force:
        reasons += _reasons_of_hours(available, specialist_id, placed)
    for place in placed:
        reasons += _reasons_of_occupancy(available, steps[place.position], place)
    return list(dict.fromkeys(reasons))


def _reasons_of_hours(
    available: Availability, specialist_id: int, placed: Sequence[PlacedStep]
) -> list[Unavailability]:
    inside = available.limits.buffers_within_hours
    start = placed[0].occ_start if inside else placed[0].start
    end = placed[-1].occ_end if inside else placed[-1].end
    facts = available.facts
    week, dates = facts.weeks.get(specialist_id, NO_HOURS), facts.dates.get(specialist_id, {})
    shifts = list_shifts(facts.zone, week, dates, (), *available.days)
    reasons: list[Unavailability] = []
    if not is_covered(available.open_time(specialist_id), start, end):
        if any(a < end and b > start for a, b in available.closed_stretches):
            reasons.append(Unavailability(specialist_id, "closed"))
        if any(a < end and b > start for a, b in facts.time_off.get(specialist_id, ())):
            reasons.append(Unavailability(specialist_id, "time_off"))
        if not is_covered(merge_stretches(shifts), start, end):
            reasons.append(Unavailability(specialist_id, "outside_hours"))
        elif not reasons:  # the shift would have begun on a closed date
            reasons.append(Unavailability(specialist_id, "closed"))
    at = placed[0].start
    step = available.limits.step
    around = [a for a, b in shifts if a <= at < b]
    on_grid = available.joins_class(specialist_id, at) or any(
        (at - a) % step == 0 for a, b in available.shifts(specialist_id) if a <= at < b
    )
    if not on_grid and (around or not reasons):
        on_closed_grid = any((at - a) % step == 0 for a in around)
        if not (on_closed_grid and reasons):
            reasons.append(Unavailability(specialist_id, "off_grid"))
    return reasons


def _reasons_of_occupancy(available: Availability, step: ServiceStep, place: PlacedStep) -> list[Unavailability]:
    specialist_id, start, end = place.specialist_id, place.occ_start, place.occ_end
    occupied = available.occupancy.occupied_by(specialist_id)
    met = [index for index, begin in enumerate(occupied.starts) if begin < end and occupied.ends[index] > start]
    same_service = [index for index in met if step.capacity > 1 and occupied.service_ids[index] == step.service_id]
    if step.together:
        lasts_until = max(
            (occupied.item_ends[i] for i in same_service if occupied.item_starts[i] == place.start), default=0
        )
        fits = place.end <= lasts_until
        same_service = [index for index in same_service if fits and occupied.item_starts[index] == place.start]
    reasons = [
        Unavailability(specialist_id, "busy", occupied.booking_ids[index]) for index in met if index not in same_service
    ]
    stretches = [(occupied.starts[index], occupied.ends[index]) for index in same_service]
    taken = count_peak(stretches, start, end, [occupied.places[index] for index in same_service])
    if taken + step.places > step.capacity:
        reasons.append(Unavailability(specialist_id, "group_full"))
    for room_id in step.room_ids:
        held: dict[int, list[Stretch]] = {}
        for row in available.facts.occupied_rooms:
            if row[0] == room_id and row[3] != specialist_id:
                held.setdefault(row[3], []).append(row[1:3])
        held_stretches = [stretch for one in held.values() for stretch in merge_stretches(one)]
        if count_peak(held_stretches, start, end) >= available.facts.room_counts.get(room_id, 0):
            reasons.append(Unavailability(specialist_id, "room_full"))
    return reasons
