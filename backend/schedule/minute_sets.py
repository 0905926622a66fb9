"""The rules for bookings of several services, over a whole range of dates at once: pure, no framework.

A set of minutes is one integer. Bit n is 1 where minute n belongs to the set, and minute 0 lies a little before the first
wanted start. Two months are a number of about eleven kilobytes, and a rule over all their starts is a few operations of
a microsecond each:

- `a & b`, `a | b`, `a & ~b`: the minutes in both sets, in either, in the first but not in the second;
- `a >> 45`: the minutes 45 before those of the set. If `a` has the minutes from which somebody can do the second service,
  `a >> 45` has those from which a first service of 45 minutes can lead to it.

This rests on everything being in whole minutes, as all zones have been since 1972. An occupied stretch that ends within a
minute is taken to last to that minute's end.
"""

from collections.abc import Collection, Iterable
from itertools import pairwise
from typing import NamedTuple

from backend.schedule.intervals import Stretch, merge_stretches
from backend.schedule.search import SlotSearch
from backend.schedule.steps import ServiceStep

# An integer as described above.
MinuteSet = int

# For each value of a byte the places of its bits.
_BITS = [[bit for bit in range(8) if byte >> bit & 1] for byte in range(256)]


def minutes_in(stretches: Iterable[Stretch], size: int) -> MinuteSet:
    """Return the minutes of `0..size - 1` that lie in the stretches, which count in minutes.

    One stretch is `2**end - 2**start`. Of disjoint ones this is the sum: two numbers with a bit for each stretch, and one
    subtraction."""
    starts, ends = bytearray(size // 8 + 1), bytearray(size // 8 + 1)
    for start, end in merge_stretches(stretches):
        low, high = max(start, 0), min(end, size)
        if low < high:
            starts[low >> 3] |= 1 << (low & 7)
            ends[high >> 3] |= 1 << (high & 7)
    return int.from_bytes(ends, "little") - int.from_bytes(starts, "little")


def starts_meeting(minutes: MinuteSet, start: int, end: int) -> MinuteSet:
    """Return the minutes `x` for which `[x + start, x + end)` has a minute of the set."""
    spread = _extend(minutes, end - start)
    return spread >> (end - 1) if end > 0 else spread << (1 - end)


def _extend(minutes: MinuteSet, count: int) -> MinuteSet:
    """Return each minute together with the `count - 1` after it, doubling what is there at each turn."""
    if count <= 0:
        return 0
    have = 1
    while have < count:
        more = min(have, count - have)
        minutes |= minutes << more
        have += more
    return minutes


class Run(NamedTuple):
    """The steps up to `end_step` (not included) by one specialist without a pause.

    `length` is in minutes; `starts` are the minutes from which they can be done."""

    end_step: int
    length: int
    starts: MinuteSet


class _StepSets(NamedTuple):
    """The starts of one step at which nothing is in the way of the service, of its buffer before, of its buffer after."""

    service: MinuteSet
    before: MinuteSet
    after: MinuteSet


# The minutes of the service itself, of its buffer before and of that after it, counted from its start.
_Parts = tuple[tuple[int, int], tuple[int, int], tuple[int, int]]


class MinuteSets:
    """Which specialist can do which part of a booking from which minute on. Every set is computed once and kept."""

    def __init__(self, search: SlotSearch) -> None:
        self.search = search
        self.steps = search.steps
        before = max(step.buffer_before for step in self.steps)
        after = max(step.buffer_after for step in self.steps)
        longest = sum(max(step.durations.values(), default=0) for step in self.steps)
        # minute 0 in minutes since the epoch, and how many there are
        self.base = (search.first - before) // 60
        self.size = (search.last + longest + after) // 60 + 2 - self.base
        self.all = (1 << self.size) - 1
        self._closed: dict[int, MinuteSet] = {}
        self._blocked: dict[tuple[int, int], MinuteSet] = {}
        self._holders: dict[int, dict[int, MinuteSet]] = {}
        self._levels: dict[int, list[MinuteSet]] = {}
        self._overfull: dict[tuple[int, frozenset[int]], MinuteSet] = {}
        self._grids: dict[int, MinuteSet] = {}
        self._step_sets: dict[tuple[int, int], _StepSets] = {}
        self._runs: dict[tuple[int, int], list[Run]] = {}

    def from_instant(self, instant: int) -> MinuteSet:
        """Return the set of that one minute."""
        return 1 << (instant // 60 - self.base)

    def to_instants(self, minutes: MinuteSet) -> list[int]:
        """Return the set's minutes as instants, in order."""
        raw = minutes.to_bytes(minutes.bit_length() // 8 + 1, "little")
        return [(self.base + 8 * at + bit) * 60 for at, byte in enumerate(raw) if byte for bit in _BITS[byte]]

    def grid_starts(self, specialist_id: int) -> MinuteSet:
        """Return the wanted starts on the grids of the specialist's shifts; with `force`, the wanted instant itself."""
        search = self.search
        first, last = search.first, search.last
        if search.limits.force:
            return self.from_instant(first) if first == last else 0
        return self._grid_minutes(specialist_id) | self._class_starts(specialist_id)

    def _class_starts(self, specialist_id: int) -> MinuteSet:
        """Return the wanted starts at which the booking would join a class that it begins with, also off the grid."""
        search, step = self.search, self.steps[0]
        taken = search.occupancy.taken_starts(specialist_id, step).all if step.together else ()
        return sum(self.from_instant(each.start) for each in taken if search.first <= each.start <= search.last)

    def _grid_minutes(self, specialist_id: int) -> MinuteSet:
        search = self.search
        first, last = search.first, search.last
        shifts = search.shifts(specialist_id)
        grid = self._grids.get(id(shifts))
        if grid is None:
            step, low, high = search.limits.step // 60, -(-first // 60) - self.base, last // 60 - self.base
            digits = bytearray(b"0" * self.size)
            for start, end in shifts:
                begin, until = -(-start // 60) - self.base, min(-(-end // 60) - self.base, high + 1)
                begin += max(0, -(-(low - begin) // step)) * step
                if begin < until:
                    digits[begin:until:step] = b"1" * len(range(begin, until, step))
            grid = self._grids[id(shifts)] = int(bytes(digits[::-1]), 2)
        return grid

    def free_starts(self, specialist_id: int) -> MinuteSet:
        """Return the starts at which the specialist can do the whole booking."""
        longest = next(iter(self.runs_from(specialist_id, 0)), None)
        if longest is None or longest.end_step < len(self.steps):
            return 0
        return longest.starts & self.grid_starts(specialist_id)

    def runs_from(self, specialist_id: int, first_step: int) -> list[Run]:
        """Return what the specialist can do from that step on without a pause, the longest first.

        The first step's buffer before and the last one's after count, none between. The grid and the wanted range are
        left aside."""
        key = (specialist_id, first_step)
        runs = self._runs.get(key)
        if runs is None:
            runs = self._runs[key] = []
            length, free = 0, self.all
            for position in range(first_step, len(self.steps)):
                if specialist_id not in self.steps[position].durations:
                    break
                service, before, after = self._sets_of_step(specialist_id, position)
                free &= (service if position > first_step else service & before) >> length
                starts = free & (after >> length)
                length += self.steps[position].durations[specialist_id] // 60
                runs.append(Run(position + 1, length, starts))
            runs.reverse()
        return runs

    def _sets_of_step(self, specialist_id: int, position: int) -> _StepSets:
        key = (specialist_id, position)
        sets = self._step_sets.get(key)
        if sets is None:
            step = self.steps[position]
            length, before, after = (
                step.durations[specialist_id] // 60,
                step.buffer_before // 60,
                step.buffer_after // 60,
            )
            parts = ((0, length), (-before, 0), (length, length + after))
            sets = self._sets_beside(specialist_id, self._blocked_minutes(specialist_id, step), parts)
            if step.together:
                sets = self._add_class_starts(specialist_id, step, sets, parts)
            self._step_sets[key] = sets
        return sets

    def _sets_beside(self, specialist_id: int, blocked: MinuteSet, parts: _Parts) -> _StepSets:
        """Return the starts at which no part meets what is blocked; the service itself lies in the working hours."""
        closed = self._closed_minutes(specialist_id)
        around = blocked | closed if self.search.limits.buffers_within_hours else blocked
        service, before, after = parts
        return _StepSets(
            self.all & ~starts_meeting(blocked | closed, *service),
            self.all & ~starts_meeting(around, *before),
            self.all & ~starts_meeting(around, *after),
        )

    def _add_class_starts(self, specialist_id: int, step: ServiceStep, sets: _StepSets, parts: _Parts) -> _StepSets:
        """Add the taken starts of a class with places left, where nothing but the class itself is in the way."""
        occupancy = self.search.occupancy
        blocked = self._minutes_of(occupancy.blocked_beside_class(specialist_id, step._replace(room_ids=())))
        for room_id in step.room_ids:
            blocked |= self.overfull_minutes(room_id, [specialist_id])
        beside = self._sets_beside(specialist_id, blocked, parts)
        taken = occupancy.taken_starts(specialist_id, step)
        joined = [0, 0, 0]
        for each in taken.all:
            end = each.start + step.durations[specialist_id]
            if not taken.can_join(each.start, end, step) or not 0 <= each.start // 60 - self.base < self.size:
                continue
            for index, (begin, end) in enumerate(parts):
                if begin == end or not taken.meets_another(
                    each.start, (each.start + begin * 60, each.start + end * 60)
                ):
                    joined[index] |= self.from_instant(each.start)
        return _StepSets(*(free | (beside[index] & joined[index]) for index, free in enumerate(sets)))

    def _closed_minutes(self, specialist_id: int) -> MinuteSet:
        """Return when the specialist does not work."""
        if self.search.limits.force:
            return 0
        opened = self.search.open_time(specialist_id)
        closed = self._closed.get(id(opened))
        if closed is None:
            inner = ((-(-start // 60) - self.base, end // 60 - self.base) for start, end in opened)
            closed = self._closed[id(opened)] = self.all & ~minutes_in(inner, self.size)
        return closed

    def _blocked_minutes(self, specialist_id: int, step: ServiceStep) -> MinuteSet:
        """Return when the specialist is occupied, or a room that the step needs is full."""
        key = (specialist_id, step.service_id if step.capacity > 1 else 0)
        blocked = self._blocked.get(key)
        if blocked is None:
            stretches = self.search.occupancy.blocked_stretches(specialist_id, step._replace(room_ids=()))
            blocked = self._blocked[key] = self._minutes_of(stretches)
        for room_id in step.room_ids:
            blocked |= self.overfull_minutes(room_id, [specialist_id])
        return blocked

    def _minutes_of(self, stretches: Iterable[Stretch]) -> MinuteSet:
        """Return the minutes that the stretches, in instants, touch."""
        return minutes_in(((start // 60 - self.base, -(-end // 60) - self.base) for start, end in stretches), self.size)

    def overfull_minutes(self, room_id: int, specialist_ids: Collection[int]) -> MinuteSet:
        """Return when these specialists would be too many in the room; one who holds it already counts once."""
        key = (room_id, frozenset(specialist_ids))
        overfull = self._overfull.get(key)
        if overfull is None:
            holders, count = self._holders_of(room_id), self.search.facts.room_counts.get(room_id, 0)
            # `levels[n]`: when n more holders would be too many. Each specialist who is not there yet is one more.
            levels = [self._held_by_at_least(room_id, count + 1 - more) for more in range(len(key[1]) + 1)]
            for specialist_id in key[1]:
                absent = ~holders.get(specialist_id, 0)
                levels = [level | (lower & absent) for level, lower in pairwise(levels)]
            overfull = self._overfull[key] = levels[0]
        return overfull

    def _held_by_at_least(self, room_id: int, count: int) -> MinuteSet:
        """Return when at least so many specialists hold the room."""
        if count <= 0:
            return self.all
        levels = self._levels.get(room_id)
        if levels is None:
            levels = self._levels[room_id] = [self.all]
            for held in self._holders_of(room_id).values():
                levels.append(0)
                for level in range(len(levels) - 1, 0, -1):
                    levels[level] |= levels[level - 1] & held
        return levels[count] if count < len(levels) else 0

    def _holders_of(self, room_id: int) -> dict[int, MinuteSet]:
        """Return when each specialist holds the room."""
        holders = self._holders.get(room_id)
        if holders is None:
            held: dict[int, list[Stretch]] = {}
            for row_room_id, start, end, specialist_id in self.search.facts.occupied_rooms:
                if row_room_id == room_id:
                    held.setdefault(specialist_id, []).append((start, end))
            holders = self._holders[room_id] = {
                specialist_id: self._minutes_of(stretches) for specialist_id, stretches in held.items()
            }
        return holders
