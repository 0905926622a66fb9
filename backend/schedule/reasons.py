"""Why a start is not free: the names of the rules that close it: pure, no framework.

Names (stable): not_offered, too_soon, beyond_horizon, closed, time_off, outside_hours, busy, group_full, room_full,
off_grid. They name what `rules.Availability` decided; they never decide themselves.
"""

from collections.abc import Sequence

from backend.schedule import hours, intervals
from backend.schedule.facts import Stage
from backend.schedule.hours import NO_HOURS
from backend.schedule.parts import Item, Part, items
from backend.schedule.rules import Availability, Unavailability

SENTENCES = {
    "not_offered": "This specialist does not offer this service.",
    "too_soon": "This time is too soon to be booked.",
    "beyond_horizon": "This time is too far ahead to be booked.",
    "closed": "The business is closed on this date.",
    "time_off": "The specialist has time off.",
    "outside_hours": "This time is outside the working hours.",
    "busy": "Another visit is in the way.",
    "group_full": "The group is full.",
    "room_full": "Every room or chair that the visit needs is taken.",
    "off_grid": "Visits do not begin at this minute.",
}
# Of several rules the first one is told; what stands in the way of a free place is told before what is merely odd.
_ORDER = list(SENTENCES)
# Over several specialists the one who came closest speaks.
_CLOSENESS = [
    "busy", "group_full", "room_full", "off_grid", "time_off", "closed", "outside_hours", "beyond_horizon", "too_soon",
    "not_offered",
]  # fmt: skip


def first(reasons: Sequence[Unavailability]) -> Unavailability | None:
    """The rule to tell, over one or several specialists; None where nothing closes the time for one of them."""
    by_specialist: dict[int, Unavailability] = {}
    for reason in sorted(reasons, key=lambda reason: _ORDER.index(reason.rule)):
        by_specialist.setdefault(reason.specialist_id, reason)
    return min(by_specialist.values(), key=lambda reason: _CLOSENESS.index(reason.rule), default=None)


def reasons(available: Availability, specialist: int, start: int) -> list[Unavailability]:
    """Every rule that closes `start` for the specialist doing the whole visit; none where it is free."""
    visit, terms = available.visit, available.terms
    if any(specialist not in stage.durations for stage in visit):
        return [Unavailability(specialist, "not_offered")]
    placed = items(visit, [Part(specialist, 0, len(visit), start)])
    found: list[Unavailability] = []
    if start < terms.earliest:
        found.append(Unavailability(specialist, "too_soon"))
    if start >= terms.latest:
        found.append(Unavailability(specialist, "beyond_horizon"))
    if not terms.force:
        found += _hours(available, specialist, placed)
    for item in placed:
        found += _places(available, visit[item.stage], item)
    return list(dict.fromkeys(found))


def _hours(available: Availability, specialist: int, placed: Sequence[Item]) -> list[Unavailability]:
    inside = available.terms.buffers_within_hours
    start = placed[0].occ_start if inside else placed[0].start
    end = placed[-1].occ_end if inside else placed[-1].end
    facts = available.facts
    week, dates = facts.week.get(specialist, NO_HOURS), facts.dates.get(specialist, {})
    shifts = hours.windows(facts.zone, week, dates, (), *available.days)
    found: list[Unavailability] = []
    if not intervals.covers(available.open(specialist), start, end):
        if any(a < end and b > start for a, b in available.closed):
            found.append(Unavailability(specialist, "closed"))
        if any(a < end and b > start for a, b in facts.time_off.get(specialist, ())):
            found.append(Unavailability(specialist, "time_off"))
        if not intervals.covers(intervals.union(shifts), start, end):
            found.append(Unavailability(specialist, "outside_hours"))
        elif not found:  # the shift would have begun on a closed date
            found.append(Unavailability(specialist, "closed"))
    at = placed[0].start
    around = [a for a, b in shifts if a <= at < b]
    on_grid = any((at - a) % available.terms.step == 0 for a, b in available.windows(specialist) if a <= at < b)
    if not on_grid and (around or not found):
        closed_grid = any((at - a) % available.terms.step == 0 for a in around)
        if not (closed_grid and found):
            found.append(Unavailability(specialist, "off_grid"))
    return found


def _places(available: Availability, stage: Stage, item: Item) -> list[Unavailability]:
    one, start, end = item.specialist_id, item.occ_start, item.occ_end
    rows = [row for row in zip(*available.occupancy.busy(one), strict=True) if row[0] < end and row[1] > start]
    found = [Unavailability(one, "busy", row[3]) for row in rows if stage.capacity == 1 or row[2] != stage.service_id]
    same = [row[:2] for row in rows if row[2] == stage.service_id]
    if stage.capacity > 1 and intervals.peak(same, start, end) >= stage.capacity:
        found.append(Unavailability(one, "group_full"))
    for room in stage.rooms:
        held: dict[int, list[intervals.Stretch]] = {}
        for row in available.facts.room_busy:
            if row[0] == room and row[3] != one:
                held.setdefault(row[3], []).append(row[1:3])
        taken = [stretch for other in held.values() for stretch in intervals.union(other)]
        if intervals.peak(taken, start, end) >= available.facts.rooms.get(room, 0):
            found.append(Unavailability(one, "room_full"))
    return found
