"""Which times are free, and why another one is not: pure, no framework, all times in instants (epoch seconds).

The same object answers both questions: a booking is valid exactly when `Availability.starts` over the single instant
offers it, and `reasons` names the rules that close one. To add a rule, put it into `starts` (one service) and `minutes`
(several): what it leaves; and into `reasons`: what it is called. Property tests hold them together.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

from backend.schedule import hours, intervals
from backend.schedule.facts import FAR, Facts, Occupancy, Stage
from backend.schedule.hours import NO_HOURS, Week
from backend.schedule.intervals import Stretch
from backend.schedule.minute_sets import Minutes
from backend.schedule.zones import DAY_S, Zone

# A range of starts (inclusive) and the start of the shift on whose grid they lie.
Anchor = tuple[int, int, int]
_END: Anchor = (FAR, FAR, 0)


@dataclass(slots=True, frozen=True)
class BookingLimits:
    """How a caller may book. `earliest` is the first allowed start, `latest` the first one that is too far ahead.

    `force` lifts hours, closures, time off and the grid (never another visit, a room or a capacity)."""

    step: int
    buffers_within_hours: bool = False
    earliest: int = -FAR
    latest: int = FAR
    force: bool = False


class Unavailability(NamedTuple):
    """A rule that closes a start for one specialist; `booking_id` is the visit in the way."""

    specialist_id: int
    rule: str
    booking_id: int | None = None


def terms(
    zone: Zone, now: int, *, step_min: int, within: bool, notice_min: int, horizon_days: int, client_limits: bool
) -> BookingLimits:
    """The terms of a caller. Notice and horizon bind clients (`client_limits`); what is past is past for everybody."""
    if not client_limits:
        return BookingLimits(step_min * 60, within, earliest=now)
    latest = zone.midnight(zone.day(now) + horizon_days + 1)
    return BookingLimits(step_min * 60, within, earliest=now + notice_min * 60, latest=latest)


class Availability:
    """Free starts in `[first, last]` for one visit. Everything is computed once and kept for the life of the object."""

    def __init__(self, facts: Facts, visit: Sequence[Stage], terms: BookingLimits, first: int, last: int) -> None:
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
        self.occupancy = Occupancy(facts)
        self._shifts: dict[Week, list[Stretch]] = {}
        self._windows: dict[int, list[Stretch]] = {}
        self._open: dict[int, list[Stretch]] = {}
        self._shared: dict[int, list[Stretch]] = {}
        self._anchors: dict[tuple[int, int, int], list[list[Anchor]]] = {}

    @cached_property
    def closed(self) -> list[Stretch]:
        """The closed dates around the wanted times."""
        return hours.closed_stretches(self.facts.zone, self.facts.closures, *self.days)

    @cached_property
    def minutes(self) -> Minutes:
        """The same for visits of several services, which ask more often. Only where there is a start to look at."""
        return Minutes(self)

    def windows(self, specialist: int) -> list[Stretch]:
        """The specialist's shifts, each with a grid of its own. Equal weeks give the same list."""
        found = self._windows.get(specialist)
        if found is None:
            facts = self.facts
            week, dates = facts.week.get(specialist, NO_HOURS), facts.dates.get(specialist)
            if not dates:
                found = self._shifts.get(week)
            if found is None:
                found = hours.windows(facts.zone, week, dates or {}, facts.closures, *self.days)
                if not dates:
                    self._shifts[week] = found
            self._windows[specialist] = found
        return found

    def open(self, specialist: int) -> list[Stretch]:
        """When the specialist works: shifts without closed dates and time off (the list of the shifts, if that is all)."""
        found = self._open.get(specialist)
        if found is None:
            shifts = self.windows(specialist)
            off = self.facts.time_off.get(specialist, ())
            found = self._working(shifts) if not off else hours.open_time(shifts, sorted((*self.closed, *off)))
            self._open[specialist] = found
        return found

    def _working(self, shifts: list[Stretch]) -> list[Stretch]:
        """The open time of shifts without anybody's time off, kept for all who share them."""
        found = self._shared.get(id(shifts))
        if found is None:
            plain = not self.closed and all(a[1] < b[0] for a, b in pairwise(shifts))
            found = self._shared[id(shifts)] = shifts if plain else hours.open_time(shifts, self.closed)
        return found

    def starts(self, specialist: int) -> list[int]:
        """Starts at which this one specialist can do the whole visit, in order."""
        if self.first > self.last or any(specialist not in stage.durations for stage in self.visit):
            return []
        if len(self.visit) > 1:
            return self.minutes.instants(self.minutes.starts(specialist))
        (stage,) = self.visit
        duration = stage.durations[specialist]
        layers = [
            _cut(
                layer,
                self.occupancy.blocked(specialist, stage),
                stage.before,
                duration + stage.after,
                self.terms.step,
            )
            for layer in self._layers(specialist, duration)
        ]
        return layers[0] if len(layers) == 1 else sorted({start for layer in layers for start in layer})

    def _layers(self, specialist: int, duration: int) -> list[list[Anchor]]:
        """Where a visit of one service may start by the clock, each range with the start of its shift's grid.

        One list, but where shifts of two dates overlap: then each of the lists is disjoint."""
        (stage,) = self.visit
        if self.terms.force:
            return [[(self.first, self.last, self.first)]]
        inside = self.terms.buffers_within_hours
        head, tail = (stage.before, duration + stage.after) if inside else (0, duration)
        opened = self.open(specialist)
        key = (id(opened), head, tail)
        found = self._anchors.get(key)
        if found is None:
            first, last = self.first, self.last
            fits = [(max(a + head, first), min(b - tail, last)) for a, b in opened]
            shifts = self.windows(specialist)
            if opened is shifts:
                found = [[(low, high, a) for (low, high), (a, _) in zip(fits, shifts, strict=True) if low <= high]]
            else:
                found = _anchored(shifts, [fit for fit in fits if fit[0] <= fit[1]])
            self._anchors[key] = found
        return found


def _anchored(shifts: Sequence[Stretch], fits: Sequence[Stretch]) -> list[list[Anchor]]:
    """The ranges that lie in each shift with its start, in as many lists as it takes for each to be disjoint."""
    layers: list[list[Anchor]] = [[]]
    for start, end in shifts:
        part = [(low, high, start) for low, high in intervals.intersect([(start, end - 1)], fits)]
        if not part:
            continue
        free = next((layer for layer in layers if not layer or layer[-1][1] < part[0][0]), None)
        if free is None:
            layers.append(part)
        else:
            free += part
    return layers


def _cut(anchors: Sequence[Anchor], blocked: Iterable[Stretch], head: int, tail: int, step: int) -> list[int]:
    """Grid points of the ranges whose stretch `[x - head, x + tail)` meets none of the blocked ones.

    One pass over both, for this is what listing free times spends its time on."""
    out: list[int] = []
    ranges = iter(anchors)
    low, high, anchor = next(ranges, _END)
    reach = -FAR
    for start, end in blocked:
        last = start - tail
        while last >= high:
            low += (anchor - low) % step
            if low <= high:
                out += range(low, high + 1, step)
            low, high, anchor = next(ranges, _END)
            if reach > low:
                low = reach
        if last >= low:
            low += (anchor - low) % step
            if low <= last:
                out += range(low, last + 1, step)
        end += head
        if end > reach:
            reach = end
            if end > low:
                low = end
    while high < FAR:
        low += (anchor - low) % step
        if low <= high:
            out += range(low, high + 1, step)
        low, high, anchor = next(ranges, _END)
        if reach > low:
            low = reach
    return out
