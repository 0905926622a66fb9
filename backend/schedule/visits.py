"""Who does a visit: one specialist where one can do all, else several in turn; and who is fairest: pure, no framework.

A named specialist who offers every service of the visit does all of it; one who offers only its beginning may begin it
where nobody can do all. `free_starts` and `assign` share every decision: what is listed with an id, or for a named one,
can be booked with that id, and nothing else can.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from backend.schedule import intervals
from backend.schedule.facts import Stage
from backend.schedule.rules import Availability


class Part(NamedTuple):
    """A run of stages `i..j-1` that one specialist does without a pause, from `start`."""

    specialist_id: int
    i: int
    j: int
    start: int


class Item(NamedTuple):
    """One stage of a placed visit: its own time and its occupied stretch."""

    stage: int
    specialist_id: int
    start: int
    end: int
    occ_start: int
    occ_end: int


def items(visit: Sequence[Stage], parts: Sequence[Part]) -> list[Item]:
    """The placed stages in order; a part's first buffer before and last buffer after count, none between."""
    out: list[Item] = []
    for part in parts:
        at = part.start
        for index in range(part.i, part.j):
            stage = visit[index]
            end = at + stage.durations[part.specialist_id]
            head = stage.before if index == part.i else 0
            tail = stage.after if index == part.j - 1 else 0
            out.append(Item(index, part.specialist_id, at, end, at - head, end + tail))
            at = end
    return out


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
    if len(available.visit) > 1 and len(specialists) > 1:
        found |= _in_turn(available, specialists, set(found))
    if named is not None:
        return [(start, [named]) for start, who in sorted(found.items()) if named in who]
    return sorted(found.items())


def _in_turn(available: Availability, specialists: Sequence[int], whole: set[int]) -> dict[int, list[int]]:
    """Starts at which nobody can do all but several can in turn, with those who may be named: not who offers all."""
    search = _Search(available, specialists)
    found: dict[int, list[int]] = {}
    for one in specialists:
        named = not does_all(available.visit, one)
        for start in search.candidates(one):
            # of those who cannot be named one is enough to know that the start is free
            if start in whole or (start in found and not named):
                continue
            if search.chain(one, start):
                who = found.setdefault(start, [])
                who += [one] * named
    return found


def assign(available: Availability, specialists: Sequence[int], named: int | None = None) -> list[Part] | None:
    """Who does the visit at the one start that `available` looks at; None where it is not free.

    The first of `specialists` who can is taken, so order them by fairness."""
    visit, start = available.visit, available.first
    if named is not None and does_all(visit, named):
        return [Part(named, 0, len(visit), start)] if available.starts(named) else None
    if whole := next((one for one in specialists if available.starts(one)), None):
        return [Part(whole, 0, len(visit), start)] if named is None else None
    search = _Search(available, specialists)
    for one in specialists if named is None else [named]:
        if start in search.candidates(one) and (chain := search.chain(one, start)):
            return chain
    return None


class _Search:
    """Depth-first, fewest changes of hands first, and never where it leads nowhere whoever came before."""

    def __init__(self, available: Availability, specialists: Sequence[int]) -> None:
        self.available = available
        self.visit = available.visit
        self.specialists = specialists
        self._possible: dict[tuple[int, int, int], bool] = {}

    def candidates(self, one: int) -> list[int]:
        """Starts on the specialist's grid at which they could begin the visit and hand it on."""
        found: set[int] = set()
        for j in self._reach(one, 0):
            if j < len(self.visit):
                found.update(self.available.on_grid(one, self.available.run(one, 0, j)))
        return sorted(found)

    def _reach(self, one: int, i: int) -> Iterator[int]:
        """Ends `j` of runs `i..j-1` that the specialist offers throughout, the longest first."""
        j = i
        while j < len(self.visit) and one in self.visit[j].durations:
            j += 1
        yield from range(j, i, -1)

    def chain(self, one: int, start: int) -> list[Part] | None:
        """The visit from `start`, begun by `one` and handed on at least once."""
        return self._extend([], one, 0, start, hand_on=True)

    def _extend(self, before: list[Part], one: int, i: int, start: int, *, hand_on: bool) -> list[Part] | None:
        for j, end in self._ends(one, i, start):
            if hand_on and j == len(self.visit):
                continue
            part = Part(one, i, j, start)
            if before and self._clash(before, part):
                continue
            if j == len(self.visit):
                return [*before, part]
            for other in self.specialists:
                if other != one and (found := self._extend([*before, part], other, j, end, hand_on=False)):
                    return found
        return None

    def _ends(self, one: int, i: int, start: int) -> Iterator[tuple[int, int]]:
        """Runs `i..j-1` for which the specialist has time at that instant and after which somebody can go on."""
        for j in self._reach(one, i):
            if _within(self.available.run(one, i, j), start):
                end = start + sum(stage.durations[one] for stage in self.visit[i:j])
                if j == len(self.visit) or self._goes_on(one, j, end):
                    yield j, end

    def _goes_on(self, previous: int, i: int, start: int) -> bool:
        """Whether the rest can be done from that instant on, the visit's own buffers and rooms aside."""
        key = (previous, i, start)
        found = self._possible.get(key)
        if found is None:
            others = (one for one in self.specialists if one != previous)
            found = self._possible[key] = any(next(self._ends(one, i, start), None) for one in others)
        return found

    def _clash(self, before: list[Part], part: Part) -> bool:
        """Whether the part's stretches are in the way of the visit's own earlier ones."""
        roomy = any(stage.rooms for stage in self.visit[part.i : part.j])
        if not roomy and all(old.specialist_id != part.specialist_id for old in before):
            return False
        earlier = items(self.visit, before)
        for new in items(self.visit, [part]):
            for old in earlier:
                if old.occ_start >= new.occ_end or new.occ_start >= old.occ_end:
                    continue
                if old.specialist_id == new.specialist_id:
                    return True
                if any(self._room_full(room, [*earlier, new], new) for room in self.visit[new.stage].rooms):
                    return True
        return False

    def _room_full(self, room: int, placed: Sequence[Item], new: Item) -> bool:
        held: dict[int, list[intervals.Stretch]] = {}
        for _, start, end, one in (row for row in self.available.facts.room_busy if row[0] == room):
            held.setdefault(one, []).append((start, end))
        for item in placed:
            if room in self.visit[item.stage].rooms:
                held.setdefault(item.specialist_id, []).append((item.occ_start, item.occ_end))
        stretches = [stretch for one in held.values() for stretch in intervals.union(one)]
        return intervals.peak(stretches, new.occ_start, new.occ_end) > self.available.facts.rooms.get(room, 0)


def _within(ranges: Sequence[intervals.Stretch], start: int) -> bool:
    """Whether an inclusive range holds the instant."""
    index = bisect_right(ranges, (start, 2**62)) - 1
    return index >= 0 and ranges[index][0] <= start <= ranges[index][1]
