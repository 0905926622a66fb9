"""A booking that several specialists do in turn: from which starts it can be finished, and by whom. Pure.

All wanted starts are searched at once, as sets of minutes (see `minute_sets.py`). There are two stages:

1. From the last step back to the first, `_finishable(i)` has for each specialist the minutes from which they can take
   step i over such that somebody can do all that follows. In most bookings no two stretches can get in each other's
   way, and then this is the answer already.
2. Where they can (a specialist comes back within a buffer, or two need the same room one after the other), the ways
   from specialist to specialist are followed. A way carries its `Earlier`: the stretches of the booking itself that
   later steps may still meet, and nothing else, so that most ways soon have the same one. `_known` keeps for a
   specialist, a step and an `Earlier` which minutes were tried and which of them led to the end. All minutes that are
   left follow a way together; those that it serves are done, the others try the next.
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

from backend.errors import Invalid
from backend.schedule.minute_sets import MinuteSet, MinuteSets, starts_meeting
from backend.schedule.steps import Assignment, PlacedStep, place_steps

# Most of what one search may try; a try takes less than a tenth of a millisecond for two months at once. Twenty
# specialists and ten services whose buffers are longer than what lies between take three or four thousand at worst.
# Without a bound there are as many as orders of the specialists.
MAX_TRIES = 10_000


class TooManyHandoffs(Invalid):
    """Buffers or rooms let the specialists get into each other's way in more orders than are tried."""

    detail = "There are too many ways to put these services together: ask for fewer of them."


class OwnStretch(NamedTuple):
    """An occupied stretch of the booking itself; `start` and `end` count in seconds from the end of what was placed."""

    position: int
    specialist_id: int
    start: int
    end: int


Earlier = tuple[OwnStretch, ...]


class HandoffSearch:
    """The search over one booking. It prefers few handoffs and never takes one that cannot lead to the end."""

    def __init__(self, minute_sets: MinuteSets, specialist_ids: Sequence[int]) -> None:
        self.minute_sets = minute_sets
        self.steps = minute_sets.steps
        self.specialist_ids = specialist_ids
        self.tries = 0
        count = len(self.steps)
        shortest = [min(step.durations.values(), default=0) for step in self.steps]
        # [i][b]: how many seconds after the start of step i step b starts at the earliest
        self._until = [[sum(shortest[i:b]) for b in range(count)] for i in range(count)]
        self._longest_before = max(step.buffer_before for step in self.steps)
        # [i]: no two stretches from step i on can meet
        self._never_meets = [not self._may_meet_itself(i) for i in range(count)]
        self._finishable_from: dict[int, dict[int, MinuteSet]] = {}
        self._finishable_by_others: dict[int, dict[int, MinuteSet]] = {}
        self._known: dict[tuple[int, int, Earlier], tuple[MinuteSet, MinuteSet]] = {}
        self._relevant: dict[tuple[Earlier, int], Earlier] = {}

    def find_starts(self, specialist_id: int, wanted: MinuteSet) -> MinuteSet:
        """Return the wanted minutes from which the specialist can begin the booking and hand it on."""
        wanted &= self._finishable_with(specialist_id, 0, must_hand_on=True)
        if not wanted or self._never_meets[0]:
            return wanted
        return self._try_runs(specialist_id, 0, (), wanted, must_hand_on=True)

    def find_chain(self, specialist_id: int, start: int) -> list[Assignment] | None:
        """Return the booking from `start`, begun by the specialist and handed on at least once; None where it cannot be."""
        at = self.minute_sets.from_instant(start)
        return self._build_chain(specialist_id, 0, (), at, start) if self.find_starts(specialist_id, at) else None

    def _build_chain(self, specialist_id: int, i: int, earlier: Earlier, at: MinuteSet, start: int) -> list[Assignment]:
        """Return the first way that leads from step i to the end; there is one from the minute `at`, which is `start`."""
        for j, length, starts in self.minute_sets.runs_from(specialist_id, i):
            if i == 0 and j == len(self.steps):
                continue
            if not at & starts & ~self._clashes(earlier, specialist_id, i, j):
                continue
            after, later = self._earlier_after(earlier, specialist_id, i, j, length), at << length
            assignment = Assignment(specialist_id, i, j, start)
            if j == len(self.steps):
                return [assignment]
            for other_id in self.specialist_ids:
                if other_id != specialist_id and self._continue(other_id, j, after, later):
                    return [assignment, *self._build_chain(other_id, j, after, later, start + length * 60)]
        raise AssertionError("find_starts has found a way")

    def _finishable_with(self, specialist_id: int, i: int, *, must_hand_on: bool = False) -> MinuteSet:
        """Return when the specialist can take step i over and all can be finished, the booking's own stretches aside."""
        minutes = 0
        for j, length, starts in self.minute_sets.runs_from(specialist_id, i):
            if j < len(self.steps):
                minutes |= starts & (self._by_others(j).get(specialist_id, 0) >> length)
            elif not must_hand_on:
                minutes |= starts
        return minutes

    def _finishable(self, i: int) -> dict[int, MinuteSet]:
        """Return `_finishable_with` for each specialist."""
        by_specialist = self._finishable_from.get(i)
        if by_specialist is None:
            by_specialist = {each: self._finishable_with(each, i) for each in self.specialist_ids}
            self._finishable_from[i] = by_specialist
        return by_specialist

    def _by_others(self, i: int) -> dict[int, MinuteSet]:
        """Return for each specialist when somebody else can take step i over."""
        by_others = self._finishable_by_others.get(i)
        if by_others is None:
            finishable = self._finishable(i)
            by_one = by_two = 0
            for minutes in finishable.values():
                by_two |= by_one & minutes
                by_one |= minutes
            by_others = {each: by_two | (by_one & ~minutes) for each, minutes in finishable.items()}
            self._finishable_by_others[i] = by_others
        return by_others

    def _continue(self, specialist_id: int, i: int, earlier: Earlier, wanted: MinuteSet) -> MinuteSet:
        """Return the wanted minutes from which the specialist can go on with step i and all can be finished."""
        wanted &= self._finishable(i)[specialist_id]
        if earlier and wanted:
            begins = -self.steps[i].buffer_before
            if any(old.specialist_id == specialist_id and old.end > begins for old in earlier):
                return 0
            # now that it is this specialist who goes on, what kept the others from step i no longer matters
            earlier = self._relevant_after(earlier, i)
        if not wanted or (self._never_meets[i] and not earlier):
            return wanted
        key = (specialist_id, i, earlier)
        tried, good = self._known.get(key, (0, 0))
        if rest := wanted & ~tried:
            if tried:
                # asked again, with a few more minutes each time: trying all that are left at once is less work
                rest = self._finishable(i)[specialist_id] & ~tried
            good |= self._try_runs(specialist_id, i, earlier, rest)
            self._known[key] = (tried | rest, good)
        return wanted & good

    def _try_runs(
        self, specialist_id: int, i: int, earlier: Earlier, wanted: MinuteSet, *, must_hand_on: bool = False
    ) -> MinuteSet:
        """Return the wanted minutes that some run of the specialist from step i, and others after it, serve."""
        served = 0
        for j, length, starts in self.minute_sets.runs_from(specialist_id, i):
            left = wanted & ~served & starts
            if not left or (must_hand_on and j == len(self.steps)):
                continue
            self._count_try()
            left &= ~self._clashes(earlier, specialist_id, i, j)
            if j == len(self.steps):
                served |= left
                continue
            after = self._earlier_after(earlier, specialist_id, i, j, length)
            later = (left << length) & self._by_others(j)[specialist_id]
            for other_id in self.specialist_ids:
                if not later:
                    break
                if other_id != specialist_id:
                    finished = self._continue(other_id, j, after, later)
                    later ^= finished
                    served |= finished >> length
        return served

    def _count_try(self) -> None:
        self.tries += 1
        if self.tries > MAX_TRIES:
            raise TooManyHandoffs()

    def _may_meet_itself(self, i: int) -> bool:
        """Return whether any two stretches of the booking from step i on may meet."""
        later = range(i, len(self.steps))
        return any(self._may_meet(a, b) for a in later for b in later if a < b)

    def _may_meet(self, a: int, b: int) -> bool:
        """Return whether the stretches of step a and of the later step b may need the same specialist or room at once."""
        first, second = self.steps[a], self.steps[b]
        if first.buffer_after + second.buffer_before <= self._until[a + 1][b]:
            return False
        return not {*first.room_ids}.isdisjoint(second.room_ids) or (
            b > a + 1 and not first.durations.keys().isdisjoint(second.durations)
        )

    def _earlier_after(self, earlier: Earlier, specialist_id: int, i: int, j: int, length: int) -> Earlier:
        """Return what may still be met once the specialist has done the steps `i..j - 1` in `length` minutes."""
        if j == len(self.steps) or (self._never_meets[i] and not earlier):
            return ()
        seconds = length * 60
        moved = [old._replace(start=old.start - seconds, end=old.end - seconds) for old in earlier]
        own = [
            OwnStretch(placed.position, specialist_id, placed.occ_start - seconds, placed.occ_end - seconds)
            for placed in self._place_run(specialist_id, i, j)
        ]
        return tuple(sorted(self._still_relevant(moved, j, j) + self._still_relevant(own, j, j + 1)))

    def _relevant_after(self, earlier: Earlier, i: int) -> Earlier:
        """Return what still matters after step i; it is asked for everybody who could do that step."""
        key = (earlier, i)
        relevant = self._relevant.get(key)
        if relevant is None:
            relevant = self._relevant[key] = self._still_relevant(earlier, i, i + 1)
        return relevant

    def _still_relevant(self, stretches: Iterable[OwnStretch], i: int, back: int) -> Earlier:
        """Return those that step i and later ones may meet; their specialists return with step `back` at the earliest."""
        return tuple(filter(None, (self._reduce(stretch, i, back) for stretch in stretches)))

    def _reduce(self, old: OwnStretch, i: int, back: int) -> OwnStretch | None:
        """Return of the stretch what matters to later steps, None where nothing does: equal ones save work."""
        step = self.steps[old.position]
        until = self._until[i]
        near = [b for b in range(i, len(self.steps)) if old.end > until[b] - self.steps[b].buffer_before]
        returns = any(b >= back and old.specialist_id in self.steps[b].durations for b in near)
        if not returns and all({*step.room_ids}.isdisjoint(self.steps[b].room_ids) for b in near):
            return None
        # Which specialist it was does not matter where they do not come back to it. (In a group it does: they may hold
        # the room already.)
        specialist_id = old.specialist_id if returns or step.capacity > 1 else -1 - old.position
        # no later stretch reaches further back than the longest buffer before
        return OwnStretch(old.position, specialist_id, max(old.start, -self._longest_before), old.end)

    def _place_run(self, specialist_id: int, i: int, j: int) -> list[PlacedStep]:
        return place_steps(self.steps, [Assignment(specialist_id, i, j, 0)])

    def _clashes(self, earlier: Earlier, specialist_id: int, i: int, j: int) -> MinuteSet:
        """Return when the steps `i..j - 1` of the specialist would overfill a room together with earlier stretches."""
        clashes = 0
        for new in self._place_run(specialist_id, i, j) if earlier else ():
            met = [old for old in earlier if old.end > new.occ_start and old.start < new.occ_end]
            for room_id in self.steps[new.position].room_ids:
                sharing = [old for old in met if room_id in self.steps[old.position].room_ids]
                clashes |= self._overfull_starts(room_id, new, sharing)
        return clashes

    def _overfull_starts(self, room_id: int, new: PlacedStep, others: Sequence[OwnStretch]) -> MinuteSet:
        """Return the starts at which the room is too small for the new stretch together with those others."""
        overfull = 0
        start, end = new.occ_start, new.occ_end
        edges = sorted({min(max(at, start), end) for old in others for at in (start, old.start, old.end, end)})
        for low, high in pairwise(edges):
            present = {old.specialist_id for old in others if old.start <= low and high <= old.end}
            present.add(new.specialist_id)
            if len(present) > 1:
                minutes = self.minute_sets.overfull_minutes(room_id, present)
                overfull |= starts_meeting(minutes, low // 60, high // 60)
        return overfull
