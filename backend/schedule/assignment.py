"""Who does a booking: one specialist where one can do all, else several in turn; and who is fairest. Pure.

A named specialist who offers every service of the booking does all of it. One who offers only its beginning may begin it
where nobody can do all. `list_free_starts` and `assign_specialists` share every decision: what is listed with a
specialist, or for a named one, can be booked with that specialist, and nothing else can.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from backend.schedule.handoffs import HandoffSearch
from backend.schedule.rules import Availability
from backend.schedule.steps import Assignment, offers_all, place_steps


def sort_by_fairness(
    specialist_ids: Sequence[int],
    booked_that_day: Mapping[int, int],
    last_booked: Mapping[int, int],
    with_class: Collection[int] = (),
) -> list[int]:
    """Return those `with_class` first, whose class at that start has begun to fill; a second is opened beside it last of all.

    Among equals come those with fewest bookings that day, then those booked least recently, then the given order."""
    return sorted(
        specialist_ids,
        key=lambda each: (each not in with_class, booked_that_day.get(each, 0), last_booked.get(each, -1)),
    )


def list_free_starts(
    available: Availability, specialist_ids: Sequence[int], named_id: int | None = None
) -> list[tuple[int, list[int]]]:
    """Return free starts in order, each with the specialists who may be named for it, in the given order.

    There are none where everybody who could begin offers the whole booking, but has no time for the whole of it then."""
    if named_id is not None and offers_all(available.steps, named_id):
        return [(start, [named_id]) for start in available.free_starts(named_id)]
    by_start: dict[int, list[int]] = defaultdict(list)
    for specialist_id in specialist_ids:
        for start in available.free_starts(specialist_id):
            by_start[start].append(specialist_id)
    if len(available.steps) > 1 and len(specialist_ids) > 1 and available.first <= available.last:
        _add_handoffs(available, specialist_ids, by_start)
    if named_id is not None:
        return [(start, [named_id]) for start, free_ids in sorted(by_start.items()) if named_id in free_ids]
    return sorted(by_start.items())


def _add_handoffs(available: Availability, specialist_ids: Sequence[int], by_start: dict[int, list[int]]) -> None:
    """Add the starts at which several can do the booking in turn but nobody alone, with who may be named to begin."""
    minute_sets, handoffs = available.minute_sets, HandoffSearch(available.minute_sets, specialist_ids)
    doing_all = [specialist_id for specialist_id in specialist_ids if offers_all(available.steps, specialist_id)]
    free_alone = 0
    for specialist_id in doing_all:
        free_alone |= minute_sets.free_starts(specialist_id)
    free = 0
    for specialist_id in specialist_ids:
        wanted = minute_sets.grid_starts(specialist_id) & ~free_alone
        if specialist_id in doing_all:
            # they cannot be named, so one of them is enough to know that a start is free
            free |= handoffs.find_starts(specialist_id, wanted & ~free)
            continue
        begun = handoffs.find_starts(specialist_id, wanted)
        for start in minute_sets.to_instants(begun):
            by_start[start].append(specialist_id)
        free |= begun
    for start in minute_sets.to_instants(free):
        by_start.setdefault(start, [])


def count_places_left(available: Availability, start: int, specialist_ids: Sequence[int]) -> int | None:
    """Return how many places one booking from a free start may take at most, with one of the specialists.

    None where no service of it is a group, and where none of them does all of it."""
    groups = [position for position, step in enumerate(available.steps) if step.capacity > 1]
    counts = []
    for specialist_id in specialist_ids:
        if groups and offers_all(available.steps, specialist_id):
            placed = place_steps(available.steps, [Assignment(specialist_id, 0, len(available.steps), start)])
            left = [available.occupancy.count_places_left(available.steps[at], placed[at]) for at in groups]
            counts.append(min(left))
    return max(counts, default=None)


def assign_specialists(
    available: Availability, specialist_ids: Sequence[int], named_id: int | None = None
) -> list[Assignment] | None:
    """Return who does the booking at the one start that `available` looks at; None where it is not free.

    The first of the specialists who can is taken: order them by fairness."""
    steps, start = available.steps, available.first
    if named_id is not None and offers_all(steps, named_id):
        return [Assignment(named_id, 0, len(steps), start)] if available.free_starts(named_id) else None
    for specialist_id in specialist_ids:
        if available.free_starts(specialist_id):
            return [Assignment(specialist_id, 0, len(steps), start)] if named_id is None else None
    if len(steps) == 1 or start > available.last:
        return None
    handoffs = HandoffSearch(available.minute_sets, specialist_ids)
    for specialist_id in specialist_ids if named_id is None else [named_id]:
        on_grid = available.minute_sets.grid_starts(specialist_id)
        if on_grid and (chain := handoffs.find_chain(specialist_id, start)):
            return chain
    return None
