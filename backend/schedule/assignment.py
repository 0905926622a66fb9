"""Who does a visit: one specialist where one can do all, else several in turn; and who is fairest: pure, no framework.

A named specialist who offers every service of the visit does all of it; one who offers only its beginning may begin it
where nobody can do all. `free_starts` and `assign` share every decision: what is listed with an id, or for a named one,
can be booked with that id, and nothing else can.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from backend.schedule.facts import Stage
from backend.schedule.handoffs import Turns
from backend.schedule.parts import Part
from backend.schedule.rules import Availability


def fairest(
    specialists: Sequence[int], booked_that_day: Mapping[int, int], last_booked: Mapping[int, int]
) -> list[int]:
    """Fewest bookings that day first, then least recently booked (never at all comes first), then the given order."""
    return sorted(specialists, key=lambda one: (booked_that_day.get(one, 0), last_booked.get(one, -1)))


def does_all(visit: Sequence[Stage], one: int) -> bool:
    """Whether the specialist offers every service of the visit."""
    return all(one in stage.durations for stage in visit)


def free_starts(
    available: Availability, specialists: Sequence[int], named: int | None = None
) -> list[tuple[int, list[int]]]:
    """Free starts in order, each with the specialists who may be named for it (in the given order).

    Nobody may be where all who could begin offer the whole visit, but have no time for the whole of it then."""
    if named is not None and does_all(available.visit, named):
        return [(start, [named]) for start in available.starts(named)]
    found: dict[int, list[int]] = defaultdict(list)
    for one in specialists:
        for start in available.starts(one):
            found[start].append(one)
    if len(available.visit) > 1 and len(specialists) > 1 and available.first <= available.last:
        _in_turn(available, specialists, found)
    if named is not None:
        return [(start, [named]) for start, who in sorted(found.items()) if named in who]
    return sorted(found.items())


def _in_turn(available: Availability, specialists: Sequence[int], found: dict[int, list[int]]) -> None:
    """Add the starts at which nobody can do all but several can in turn, with who may be named: not who offers all."""
    minutes, turns = available.minutes, Turns(available.minutes, specialists)
    able = [one for one in specialists if does_all(available.visit, one)]
    taken = 0
    for one in able:
        taken |= minutes.starts(one)
    free = 0
    for one in specialists:
        if one in able:
            # of those who cannot be named one is enough to know that the start is free
            free |= turns.begin(one, minutes.grid(one) & ~taken & ~free)
            continue
        begun = turns.begin(one, minutes.grid(one) & ~taken)
        for start in minutes.instants(begun):
            found[start].append(one)
        free |= begun
    for start in minutes.instants(free):
        found[start]


def assign(available: Availability, specialists: Sequence[int], named: int | None = None) -> list[Part] | None:
    """Who does the visit at the one start that `available` looks at; None where it is not free.

    The first of `specialists` who can is taken, so order them by fairness."""
    visit, start = available.visit, available.first
    if named is not None and does_all(visit, named):
        return [Part(named, 0, len(visit), start)] if available.starts(named) else None
    if whole := next((one for one in specialists if available.starts(one)), None):
        return [Part(whole, 0, len(visit), start)] if named is None else None
    if len(visit) == 1 or start > available.last:
        return None
    turns = Turns(available.minutes, specialists)
    for one in specialists if named is None else [named]:
        if available.minutes.grid(one) and (chain := turns.chain(one, start)):
            return chain
    return None
