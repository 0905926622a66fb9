"""A visit's rules over a whole range of dates at once: sets of minutes as the bits of one long integer. Pure.

Bit n stands for the minute n of a window around the wanted starts, so that two months are one number of some eleven
kilobytes and each rule over all their starts is a few operations of a microsecond. It rests on everything being in
whole minutes, as all zones have been since 1972; what is not is taken as occupied to the end of its minute.
"""

from collections.abc import Collection, Iterable
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from backend.schedule import intervals
from backend.schedule.facts import Stage
from backend.schedule.intervals import Stretch

if TYPE_CHECKING:
    from backend.schedule.rules import Availability

_BITS = [[bit for bit in range(8) if byte >> bit & 1] for byte in range(256)]


def of(stretches: Iterable[Stretch], size: int) -> int:
    """The bits `0..size-1` that lie in the stretches.

    The sum of `2^end - 2^start` over disjoint ones: two numbers with a bit for each stretch, and one subtraction."""
    starts, ends = bytearray(size // 8 + 1), bytearray(size // 8 + 1)
    for start, end in intervals.union(stretches):
        low, high = max(start, 0), min(end, size)
        if low < high:
            starts[low >> 3] |= 1 << (low & 7)
            ends[high >> 3] |= 1 << (high & 7)
    return int.from_bytes(ends, "little") - int.from_bytes(starts, "little")


def smear(bits: int, count: int) -> int:
    """Each bit and the `count - 1` above it."""
    if count <= 0:
        return 0
    have = 1
    while have < count:
        more = min(have, count - have)
        bits |= bits << more
        have += more
    return bits


def meeting(bits: int, start: int, end: int) -> int:
    """The minutes `x` for which a bit lies in `[x + start, x + end)`."""
    spread = smear(bits, end - start)
    return spread >> (end - 1) if end > 0 else spread << (1 - end)


class Run(NamedTuple):
    """Stages up to `j` (not included) by one specialist without a pause: how many minutes, and from which minutes on."""

    j: int
    length: int
    free: int


class Minutes:
    """Who could do which part of a visit from which minute on. Everything is computed once and kept."""

    def __init__(self, available: "Availability") -> None:
        self.available = available
        self.visit = available.visit
        before = max(stage.before for stage in self.visit)
        after = max(stage.after for stage in self.visit)
        longest = sum(max(stage.durations.values(), default=0) for stage in self.visit)
        self.base = (available.first - before) // 60
        self.size = (available.last + longest + after) // 60 + 2 - self.base
        self.all = (1 << self.size) - 1
        self._closed: dict[int, int] = {}
        self._busy: dict[tuple[int, int], int] = {}
        self._holders: dict[int, dict[int, int]] = {}
        self._levels: dict[int, list[int]] = {}
        self._over: dict[tuple[int, frozenset[int]], int] = {}
        self._grids: dict[int, int] = {}
        self._stages: dict[tuple[int, int], tuple[int, int, int]] = {}
        self._runs: dict[tuple[int, int], list[Run]] = {}

    def bit(self, instant: int) -> int:
        """The set of that one minute."""
        return 1 << (instant // 60 - self.base)

    def instants(self, bits: int) -> list[int]:
        """The set as instants, in order."""
        raw = bits.to_bytes(bits.bit_length() // 8 + 1, "little")
        return [(self.base + 8 * at + bit) * 60 for at, byte in enumerate(raw) if byte for bit in _BITS[byte]]

    def grid(self, one: int) -> int:
        """The wanted starts on the grids of the specialist's shifts; with force, the wanted instant itself."""
        available = self.available
        first, last = available.first, available.last
        if available.terms.force:
            return self.bit(first) if first == last else 0
        shifts = available.windows(one)
        found = self._grids.get(id(shifts))
        if found is None:
            step, low, high = available.terms.step // 60, -(-first // 60) - self.base, last // 60 - self.base
            digits = bytearray(b"0" * self.size)
            for start, end in shifts:
                begin, until = -(-start // 60) - self.base, min(-(-end // 60) - self.base, high + 1)
                begin += max(0, -(-(low - begin) // step)) * step
                if begin < until:
                    digits[begin:until:step] = b"1" * len(range(begin, until, step))
            found = self._grids[id(shifts)] = int(bytes(digits[::-1]), 2)
        return found

    def starts(self, one: int) -> int:
        """The starts at which the specialist can do the whole visit."""
        longest = next(iter(self.runs(one, 0)), None)
        return longest.free & self.grid(one) if longest and longest.j == len(self.visit) else 0

    def runs(self, one: int, i: int) -> list[Run]:
        """What the specialist could do from stage i on without a pause, the longest first.

        The first stage's buffer before and the last one's after count, none between. Grid and range are another matter."""
        key = (one, i)
        found = self._runs.get(key)
        if found is None:
            found = self._runs[key] = []
            length, free = 0, self.all
            for j in range(i, len(self.visit)):
                if one not in self.visit[j].durations:
                    break
                itself, before, after = self._stage(one, j)
                free &= (itself if j > i else itself & before) >> length
                whole = free & (after >> length)
                length += self.visit[j].durations[one] // 60
                found.append(Run(j + 1, length, whole))
            found.reverse()
        return found

    def _stage(self, one: int, index: int) -> tuple[int, int, int]:
        """When nothing is in the way of a stage itself, of its buffer before, and of its buffer after."""
        key = (one, index)
        found = self._stages.get(key)
        if found is None:
            stage = self.visit[index]
            length, before, after = stage.durations[one] // 60, stage.before // 60, stage.after // 60
            taken, closed = self._taken(one, stage), self._shut(one)
            edges = taken | closed if self.available.terms.buffers_within_hours else taken
            found = self._stages[key] = (
                self.all & ~meeting(taken | closed, 0, length),
                self.all & ~meeting(edges, -before, 0),
                self.all & ~meeting(edges, length, length + after),
            )
        return found

    def _shut(self, one: int) -> int:
        """When the specialist does not work."""
        if self.available.terms.force:
            return 0
        opened = self.available.open(one)
        found = self._closed.get(id(opened))
        if found is None:
            inner = ((-(-start // 60) - self.base, end // 60 - self.base) for start, end in opened)
            found = self._closed[id(opened)] = self.all & ~of(inner, self.size)
        return found

    def _taken(self, one: int, stage: Stage) -> int:
        """When the specialist or a room that the stage needs is not to be had."""
        key = (one, stage.service_id if stage.capacity > 1 else 0)
        found = self._busy.get(key)
        if found is None:
            blocked = self.available.occupancy.blocked(one, stage._replace(rooms=()))
            found = self._busy[key] = self._of(blocked)
        for room in stage.rooms:
            found |= self.over(room, [one])
        return found

    def _of(self, stretches: Iterable[Stretch]) -> int:
        return of(((start // 60 - self.base, -(-end // 60) - self.base) for start, end in stretches), self.size)

    def over(self, room: int, who: Collection[int]) -> int:
        """When these specialists would be too many in the room, each one there who is there already counted once."""
        key = (room, frozenset(who))
        found = self._over.get(key)
        if found is None:
            holders, count = self._held(room), self.available.facts.rooms.get(room, 0)
            levels = [self._at_least(room, count + 1 - fewer) for fewer in range(len(key[1]) + 1)]
            for one in key[1]:
                absent = ~holders.get(one, 0)
                levels = [level | (lower & absent) for level, lower in pairwise(levels)]
            found = self._over[key] = levels[0]
        return found

    def _at_least(self, room: int, count: int) -> int:
        """When at least so many specialists hold the room."""
        if count <= 0:
            return self.all
        levels = self._levels.get(room)
        if levels is None:
            levels = self._levels[room] = [self.all]
            for own in self._held(room).values():
                levels.append(0)
                for level in range(len(levels) - 1, 0, -1):
                    levels[level] |= levels[level - 1] & own
        return levels[count] if count < len(levels) else 0

    def _held(self, room: int) -> dict[int, int]:
        """When each specialist holds the room."""
        found = self._holders.get(room)
        if found is None:
            held: dict[int, list[Stretch]] = {}
            for which, start, end, one in self.available.facts.room_busy:
                if which == room:
                    held.setdefault(one, []).append((start, end))
            found = self._holders[room] = {one: self._of(stretches) for one, stretches in held.items()}
        return found
