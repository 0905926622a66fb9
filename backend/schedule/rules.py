"""Which times are free, and why another one is not: pure, no framework, all times in instants (epoch seconds).

The same object answers both questions: a booking is valid exactly when `Availability.starts` over the single instant
offers it, and `reasons` names the rules that close one. To add a rule, put it into `_ranges` (what it leaves) and into
`reasons` (what it is called); a property test holds the two together.
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from backend.schedule import hours, intervals
from backend.schedule.hours import NO_HOURS, Shifts, Week
from backend.schedule.intervals import Stretch
from backend.schedule.zones import DAY_S, Zone

FAR = 2**60

# Sorted rows of: specialist, start and end of the occupied stretch, service, booking.
BusyRow = tuple[int, int, int, int, int]
# Sorted rows of: room, start and end of the occupied stretch, the specialist who holds it.
RoomRow = tuple[int, int, int, int]


class Stage(NamedTuple):
    """One service of a visit; buffers and durations in seconds. `durations` holds those who offer it."""

    service_id: int
    before: int
    after: int
    capacity: int
    rooms: tuple[int, ...]
    durations: Mapping[int, int]


@dataclass(slots=True)
class Facts:
    """What is known of a tenant around the wanted times. Rows may reach further than asked, never less far."""

    zone: Zone
    week: Mapping[int, Week] = field(default_factory=dict)
    dates: Mapping[int, Mapping[int, Shifts]] = field(default_factory=dict)
    time_off: Mapping[int, Sequence[Stretch]] = field(default_factory=dict)
    closures: frozenset[int] = frozenset()
    busy: Sequence[BusyRow] = ()
    rooms: Mapping[int, int] = field(default_factory=dict)
    room_busy: Sequence[RoomRow] = ()


@dataclass(slots=True, frozen=True)
class Terms:
    """How a caller may book. `earliest` is the first allowed start, `latest` the first one that is too far ahead.

    `force` lifts hours, closures, time off and the grid (never another visit, a room or a capacity)."""

    step: int
    buffers_within_hours: bool = False
    earliest: int = -FAR
    latest: int = FAR
    force: bool = False


class Closed(NamedTuple):
    """A rule that closes a start for one specialist; `booking_id` is the visit in the way."""

    specialist_id: int
    rule: str
    booking_id: int | None = None


def terms(
    zone: Zone, now: int, *, step_min: int, within: bool, notice_min: int, horizon_days: int, bound: bool
) -> Terms:
    """The terms of a caller. Notice and horizon bind clients (`bound`); what is past is past for everybody."""
    if not bound:
        return Terms(step_min * 60, within, earliest=now)
    latest = zone.midnight(zone.day(now) + horizon_days + 1)
    return Terms(step_min * 60, within, earliest=now + notice_min * 60, latest=latest)


class Availability:
    """Free starts in `[first, last]` for one visit. Everything is computed once and kept for the life of the object."""

    def __init__(self, facts: Facts, visit: Sequence[Stage], terms: Terms, first: int, last: int) -> None:
        self.facts = facts
        self.visit = tuple(visit)
        self.terms = terms
        self.first = max(first, terms.earliest)
        self.last = min(last, terms.latest - 1)
        longest = sum(max(stage.durations.values(), default=0) for stage in visit)
        margin = max((max(stage.before, stage.after) for stage in visit), default=0)
        zone = facts.zone
        self.days = (zone.day(first) - hours.LOOK_BACK_DAYS - margin // DAY_S - 1,
                      zone.day(last + longest + margin) + 1)  # fmt: skip
        self._windows: dict[int, list[Stretch]] = {}
        self._open: dict[int, list[Stretch]] = {}
        self._rooms: dict[int, tuple[list[Stretch], list[Stretch]]] = {}
        self._runs: dict[tuple[int, int, int], list[Stretch]] = {}

    @cached_property
    def closed(self) -> list[Stretch]:
        """The closed dates around the wanted times."""
        return hours.closed_stretches(self.facts.zone, self.facts.closures, *self.days)

    def windows(self, specialist: int) -> list[Stretch]:
        """The specialist's shifts, each with a grid of its own."""
        found = self._windows.get(specialist)
        if found is None:
            facts = self.facts
            week = facts.week.get(specialist, NO_HOURS)
            dates = facts.dates.get(specialist, {})
            found = hours.windows(facts.zone, week, dates, facts.closures, *self.days)
            self._windows[specialist] = found
        return found

    def open(self, specialist: int) -> list[Stretch]:
        """When the specialist works: shifts without closed dates and time off."""
        found = self._open.get(specialist)
        if found is None:
            cuts = sorted((*self.closed, *self.facts.time_off.get(specialist, ())))
            found = self._open[specialist] = hours.open_time(self.windows(specialist), cuts)
        return found

    def rows(self, specialist: int) -> Sequence[BusyRow]:
        """The specialist's occupied stretches."""
        busy = self.facts.busy
        return busy[bisect_left(busy, (specialist,)) : bisect_left(busy, (specialist + 1,))]

    def starts(self, specialist: int) -> list[int]:
        """Starts at which this one specialist can do the whole visit, in order."""
        if any(specialist not in stage.durations for stage in self.visit):
            return []
        return self.on_grid(specialist, self.run(specialist, 0, len(self.visit)))

    def on_grid(self, specialist: int, ranges: Sequence[Stretch]) -> list[int]:
        """The grid points of the specialist's shifts that lie in the ranges; with force, the wanted instant itself."""
        if self.terms.force:
            return [self.first] if self.first == self.last and ranges else []
        step = self.terms.step
        out: list[int] = []
        index, count = 0, len(ranges)
        for start, end in self.windows(specialist):
            while index < count and ranges[index][1] < start:
                index += 1
            at = index
            while at < count:
                low, high = ranges[at]
                if low >= end:
                    break
                low = start if low <= start else low + (start - low) % step
                out += range(low, high + 1 if high < end else end, step)
                at += 1
        # shifts of two dates may overlap, each with its own grid
        return out if all(map(int.__lt__, out, out[1:])) else sorted(set(out))

    def run(self, specialist: int, i: int, j: int) -> list[Stretch]:
        """Ranges of starts at which the specialist is free for the stages `i..j-1` in one stretch (grid aside).

        The first one's buffer before and the last one's after count, none between."""
        key = (specialist, i, j)
        found = self._runs.get(key)
        if found is None:
            found = self._runs[key] = self._ranges(specialist, i, j)
        return found

    def _ranges(self, specialist: int, i: int, j: int) -> list[Stretch]:
        stages = self.visit[i:j]
        total = sum(stage.durations[specialist] for stage in stages)
        before, after = stages[0].before, stages[-1].after
        # later stages of a visit begin after its start, so only the grid clips to `last`
        free = [(-FAR, FAR)] if i else [(self.first, self.last)]
        if self.first > self.last:
            return []
        if not self.terms.force:
            inside = self.terms.buffers_within_hours
            head, tail = (before, total + after) if inside else (0, total)
            fits = [(a + head, b - tail) for a, b in self.open(specialist) if b - a >= head + tail]
            free = intervals.intersect(free, fits)
        offset = 0
        for index, stage in enumerate(stages):
            duration = stage.durations[specialist]
            head = before if index == 0 else 0
            tail = duration + (after if index == len(stages) - 1 else 0)
            free = intervals.intersect(free, _between(self.blocked(specialist, stage), head - offset, tail + offset))
            offset += duration
        return free

    def blocked(self, specialist: int, stage: Stage) -> list[Stretch]:
        """Where the stage's occupied stretch must not reach, sorted by start; stretches may overlap."""
        rows = self.rows(specialist)
        if stage.capacity == 1:
            found = [row[1:3] for row in rows]
        else:
            found = [row[1:3] for row in rows if row[3] != stage.service_id]
            same = (row[1:3] for row in rows if row[3] == stage.service_id)
            found += intervals.crowded(same, stage.capacity)
            found.sort()
        if stage.rooms:
            for room in stage.rooms:
                full, over = self.room(room)
                # a room that this specialist holds already (a group) is not taken once more
                own = self.held(specialist, room) if stage.capacity > 1 else ()
                found += over + intervals.subtract(full, own)
            found.sort()
        return found

    def held(self, specialist: int, room: int) -> list[Stretch]:
        """When the specialist holds the room."""
        return intervals.union(row[1:3] for row in self.facts.room_busy if row[0] == room and row[3] == specialist)

    def room(self, room: int) -> tuple[list[Stretch], list[Stretch]]:
        """Where all of a room's places are taken, and where more than all (its count was lowered since)."""
        found = self._rooms.get(room)
        if found is None:
            by_specialist: dict[int, list[Stretch]] = {}
            for row in self.facts.room_busy:
                if row[0] == room:
                    by_specialist.setdefault(row[3], []).append(row[1:3])
            count = self.facts.rooms.get(room, 0)
            stretches = [s for held in by_specialist.values() for s in intervals.union(held)]
            full = intervals.crowded(stretches, count) if len(by_specialist) >= count else []
            over = intervals.crowded(stretches, count + 1) if len(by_specialist) > count else []
            found = self._rooms[room] = (full, over)
        return found


def _between(blocked: Sequence[Stretch], head: int, tail: int) -> list[Stretch]:
    """Ranges of starts `x` whose stretch `[x - head, x + tail)` meets none of the blocked ones (sorted by start)."""
    out: list[Stretch] = []
    low = -FAR
    for start, end in blocked:
        high = start - tail
        if high >= low:
            out.append((low, high))
        end += head
        if end > low:
            low = end
    out.append((low, FAR))
    return out
