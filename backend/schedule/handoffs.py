"""A visit that several specialists do in turn: whether there is a way from a start to its end, and which. Pure.

All wanted minutes are followed at once (see `minutes`): a way that serves some of them leaves the others to be tried.
What came before matters only where a stretch of it may still be met, by its specialist's return or in a room that both
need; so most visits have nothing to remember, and then `reach` alone is the answer.
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

from backend.errors import Invalid
from backend.schedule.minute_sets import Minutes, meeting
from backend.schedule.parts import Item, Part, items

# Steps of one search, each less than a tenth of a millisecond for two months at once. Only visits that may meet stretches
# of their own take any; twenty specialists and ten services with buffers longer than what lies between take
# three or four thousand at worst. Without a bound there are as many as orders of the specialists.
MAX_STEPS = 10_000


class TooManyWays(Invalid):
    """Buffers or rooms let the specialists get into each other's way in more orders than are tried."""

    detail = "There are too many ways to put these services together: ask for fewer of them."


class Held(NamedTuple):
    """A stretch of the visit's own that later ones may meet; `start` and `end` count from the end of what was placed."""

    stage: int
    specialist_id: int
    start: int
    end: int


History = tuple[Held, ...]


class Turns:
    """Fewest changes of hands first, and never where it leads nowhere whoever came before."""

    def __init__(self, minutes: Minutes, specialists: Sequence[int]) -> None:
        self.minutes = minutes
        self.visit = minutes.visit
        self.specialists = specialists
        self.steps = 0
        count = len(self.visit)
        shortest = [min(stage.durations.values(), default=0) for stage in self.visit]
        # [i][b]: how long after the start of stage i the stage b starts at the earliest
        self._until = [[sum(shortest[i:b]) for b in range(count)] for i in range(count)]
        self._early = max(stage.before for stage in self.visit)
        self._free = [not self._meets_itself(i) for i in range(count)]
        self._reach: dict[int, dict[int, int]] = {}
        self._another: dict[int, dict[int, int]] = {}
        self._known: dict[tuple[int, int, History], tuple[int, int]] = {}

    def begin(self, one: int, wanted: int) -> int:
        """Those of the wanted minutes from which `one` can begin the visit and hand it on."""
        wanted &= self._reaching(one, 0, hand_on=True)
        if not wanted or self._free[0]:
            return wanted
        return self._follow(one, 0, (), wanted, hand_on=True)

    def chain(self, one: int, start: int) -> list[Part] | None:
        """The visit from `start`, begun by `one` and handed on at least once."""
        at = self.minutes.bit(start)
        return self._way(one, 0, (), at, start) if self.begin(one, at) else None

    def _way(self, one: int, i: int, history: History, at: int, start: int) -> list[Part]:
        """The first way among those that there are from the minute `at`, which is `start`."""
        for j, length, free in self.minutes.runs(one, i):
            if i == 0 and j == len(self.visit):
                continue
            if not at & free & ~self._clash(history, one, i, j):
                continue
            then, later = self._after(history, one, i, j, length), at << length
            part = Part(one, i, j, start)
            if j == len(self.visit):
                return [part]
            for other in self.specialists:
                if other != one and self._go_on(other, j, then, later):
                    return [part, *self._way(other, j, then, later, start + length * 60)]
        raise AssertionError("a way that was found is there")

    def _reaching(self, one: int, i: int, *, hand_on: bool = False) -> int:
        """When the specialist can take stage i over and somebody can finish, the visit's own stretches aside."""
        found = 0
        for j, length, free in self.minutes.runs(one, i):
            if j < len(self.visit):
                found |= free & (self._others(j).get(one, 0) >> length)
            elif not hand_on:
                found |= free
        return found

    def _all_reaching(self, i: int) -> dict[int, int]:
        found = self._reach.get(i)
        if found is None:
            found = self._reach[i] = {one: self._reaching(one, i) for one in self.specialists}
        return found

    def _others(self, i: int) -> dict[int, int]:
        """For each specialist when anybody else can take stage i over."""
        found = self._another.get(i)
        if found is None:
            reaching = self._all_reaching(i)
            once = twice = 0
            for bits in reaching.values():
                twice |= once & bits
                once |= bits
            found = self._another[i] = {one: twice | (once & ~bits) for one, bits in reaching.items()}
        return found

    def _go_on(self, one: int, i: int, history: History, wanted: int) -> int:
        """Those of the wanted minutes from which `one` can go on with stage i after that history."""
        wanted &= self._all_reaching(i)[one]
        if history and wanted:
            begins = -self.visit[i].before
            if any(old.specialist_id == one and old.end > begins for old in history):
                return 0
            # with this one chosen, what kept others from stage i is forgotten
            history = self._still(history, i, i + 1)
        if not wanted or (self._free[i] and not history):
            return wanted
        key = (one, i, history)
        asked, good = self._known.get(key, (0, 0))
        if rest := wanted & ~asked:
            if asked:
                # it comes up again, and would for a few minutes each time: all at once is less work
                rest = self._all_reaching(i)[one] & ~asked
            good |= self._follow(one, i, history, rest)
            self._known[key] = (asked | rest, good)
        return wanted & good

    def _follow(self, one: int, i: int, history: History, wanted: int, *, hand_on: bool = False) -> int:
        found = 0
        for j, length, free in self.minutes.runs(one, i):
            left = wanted & ~found & free
            if not left or (hand_on and j == len(self.visit)):
                continue
            self._step()
            left &= ~self._clash(history, one, i, j)
            if j == len(self.visit):
                found |= left
                continue
            then = self._after(history, one, i, j, length)
            later = (left << length) & self._others(j)[one]
            for other in self.specialists:
                if not later:
                    break
                if other != one:
                    served = self._go_on(other, j, then, later)
                    later ^= served
                    found |= served >> length
        return found

    def _step(self) -> None:
        self.steps += 1
        if self.steps > MAX_STEPS:
            raise TooManyWays()

    def _meets_itself(self, i: int) -> bool:
        """Whether any stretches of the visit from stage i on may meet."""
        later = range(i, len(self.visit))
        return any(self._may_meet(a, b, self.visit[a].after) for a in later for b in later if a < b)

    def _may_meet(self, a: int, b: int, after: int) -> bool:
        first, second = self.visit[a], self.visit[b]
        if after + second.before <= self._until[a + 1][b]:
            return False
        return not {*first.rooms}.isdisjoint(second.rooms) or (
            b > a + 1 and not first.durations.keys().isdisjoint(second.durations)
        )

    def _after(self, history: History, one: int, i: int, j: int, length: int) -> History:
        """What is to be remembered once `one` has done the stages `i..j-1`."""
        if j == len(self.visit) or (self._free[i] and not history):
            return ()
        past = length * 60
        moved = [old._replace(start=old.start - past, end=old.end - past) for old in history]
        own = [Held(item.stage, one, item.occ_start - past, item.occ_end - past) for item in self._items(one, i, j)]
        return tuple(sorted(self._still(moved, j, j) + self._still(own, j, j + 1)))

    def _still(self, history: Iterable[Held], i: int, back: int) -> History:
        """What of them matters to stage i and on, their specialists returning with stage `back` at the earliest."""
        return tuple(filter(None, (self._kept(old, i, back) for old in history)))

    def _kept(self, old: Held, i: int, back: int) -> Held | None:
        stage = self.visit[old.stage]
        until = self._until[i]
        near = [b for b in range(i, len(self.visit)) if old.end > until[b] - self.visit[b].before]
        returns = any(b >= back and old.specialist_id in self.visit[b].durations for b in near)
        if not returns and all({*stage.rooms}.isdisjoint(self.visit[b].rooms) for b in near):
            return None
        # Whose it was is all one where they do not come back to it. (Of a group's specialist it is not: they may be in
        # the room already.) Most ways then are the same from here on.
        who = old.specialist_id if returns or stage.capacity > 1 else -1 - old.stage
        # nobody looks further back than the longest buffer before
        return Held(old.stage, who, max(old.start, -self._early), old.end)

    def _items(self, one: int, i: int, j: int) -> list[Item]:
        return items(self.visit, [Part(one, i, j, 0)])

    def _clash(self, history: History, one: int, i: int, j: int) -> int:
        """When the stages `i..j-1` of `one` would be in the way of the visit's own earlier stretches."""
        bad = 0
        for new in self._items(one, i, j) if history else ():
            met = [old for old in history if old.end > new.occ_start and old.start < new.occ_end]
            for room in self.visit[new.stage].rooms:
                bad |= self._crowd(room, new, [old for old in met if room in self.visit[old.stage].rooms])
        return bad

    def _crowd(self, room: int, new: Item, others: Sequence[Held]) -> int:
        """When the room is too small for the new stretch together with the visit's own others."""
        bad = 0
        start, end = new.occ_start, new.occ_end
        edges = sorted({min(max(at, start), end) for old in others for at in (start, old.start, old.end, end)})
        for low, high in pairwise(edges):
            who = {new.specialist_id, *(old.specialist_id for old in others if old.start <= low and high <= old.end)}
            if len(who) > 1:
                bad |= meeting(self.minutes.over(room, who), low // 60, high // 60)
        return bad
