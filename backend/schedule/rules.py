"""Which times are free: pure, no framework, all times in instants (epoch seconds).

The same object lists free starts and decides whether one can be booked: a booking is valid exactly when
`Availability.free_starts` over the single instant offers it. `reasons.py` names the rules that close a start. To add a
rule, put what it leaves into `free_starts` (one service) and into `minute_sets.py` (several), and its name into
`reasons.py`. Property tests hold the three together.
"""

from collections.abc import Iterable, Sequence
from functools import cached_property

from backend.schedule.facts import FAR
from backend.schedule.intervals import Stretch, intersect_ranges, meets_any
from backend.schedule.minute_sets import MinuteSets
from backend.schedule.search import SlotSearch
from backend.schedule.steps import ServiceStep, offers_all

# A range of starts (inclusive) and the start of the shift on whose grid they lie.
StartRange = tuple[int, int, int]
_END: StartRange = (FAR, FAR, 0)


class Availability(SlotSearch):
    """Free starts in `[first, last]` for one booking. Everything is computed once and kept for the life of the object."""

    @cached_property
    def minute_sets(self) -> MinuteSets:
        """The rules for bookings of several services, made when they are first asked for."""
        return MinuteSets(self)

    def free_starts(self, specialist_id: int) -> list[int]:
        """Return the starts at which this one specialist can do the whole booking, in order."""
        if self.first > self.last or not offers_all(self.steps, specialist_id):
            return []
        if len(self.steps) > 1:
            return self.minute_sets.to_instants(self.minute_sets.free_starts(specialist_id))
        (step,) = self.steps
        duration = step.durations[specialist_id]
        ranges_by_layer = self._start_ranges(specialist_id, duration)
        layers = [
            _grid_points(
                ranges,
                self.occupancy.blocked_stretches(specialist_id, step),
                step.buffer_before,
                duration + step.buffer_after,
                self.limits.step,
            )
            for ranges in ranges_by_layer
        ]
        if step.together:
            layers += [self._joinable_starts(specialist_id, step, ranges) for ranges in ranges_by_layer]
        return layers[0] if len(layers) == 1 else sorted({start for layer in layers for start in layer})

    def joins_class(self, specialist_id: int, start: int) -> bool:
        """Return whether a booking from that start on would begin with a class that is taken already."""
        step = self.steps[0]
        return step.together and start in self.occupancy.taken_starts(specialist_id, step).by_start

    def _joinable_starts(self, specialist_id: int, step: ServiceStep, ranges: Sequence[StartRange]) -> list[int]:
        """Return the taken starts of a class, on the grid or off it, that have places left and nothing else in the way."""
        taken = self.occupancy.taken_starts(specialist_id, step)
        duration = step.durations[specialist_id]
        stretches = [
            (each.start - step.buffer_before, each.start + duration + step.buffer_after, each.start)
            for each in taken.all
            if taken.can_join(each.start, each.start + duration, step)
        ]
        starts = [(start, start) for begin, end, start in stretches if not taken.meets_another(start, (begin, end))]
        inside = {start for start, _ in intersect_ranges(starts, [(low, high) for low, high, _ in ranges])}
        blocked = self.occupancy.blocked_beside_class(specialist_id, step)
        return [start for begin, end, start in stretches if start in inside and not meets_any(blocked, begin, end)]

    @cached_property
    def _known_ranges(self) -> dict[tuple[int, int, int], list[list[StartRange]]]:
        """Start ranges by open time (its `id`) and what must lie before and after the start within it."""
        return {}

    def _start_ranges(self, specialist_id: int, duration: int) -> list[list[StartRange]]:
        """Return where a booking of one service may start by the clock, bookings aside.

        It is one list, but where shifts of two dates overlap: then there are several, each of them disjoint."""
        (step,) = self.steps
        if self.limits.force:
            return [[(self.first, self.last, self.first)]]
        inside = self.limits.buffers_within_hours
        head, tail = (step.buffer_before, duration + step.buffer_after) if inside else (0, duration)
        opened = self.open_time(specialist_id)
        key = (id(opened), head, tail)
        ranges = self._known_ranges.get(key)
        if ranges is None:
            first, last = self.first, self.last
            fits = [(max(a + head, first), min(b - tail, last)) for a, b in opened]
            shifts = self.shifts(specialist_id)
            if opened is shifts:
                ranges = [[(low, high, a) for (low, high), (a, _) in zip(fits, shifts, strict=True) if low <= high]]
            else:
                ranges = _ranges_by_shift(shifts, [fit for fit in fits if fit[0] <= fit[1]])
            self._known_ranges[key] = ranges
        return ranges


def _ranges_by_shift(shifts: Sequence[Stretch], fits: Sequence[Stretch]) -> list[list[StartRange]]:
    """Return the parts of the ranges that lie in each shift, in as many lists as it takes for each to be disjoint."""
    layers: list[list[StartRange]] = [[]]
    for start, end in shifts:
        part = [(low, high, start) for low, high in intersect_ranges([(start, end - 1)], fits)]
        if not part:
            continue
        layer = next((layer for layer in layers if not layer or layer[-1][1] < part[0][0]), None)
        if layer is None:
            layers.append(part)
        else:
            layer += part
    return layers


def _grid_points(
    ranges: Sequence[StartRange], blocked: Iterable[Stretch], head: int, tail: int, step: int
) -> list[int]:
    """Return the grid's points `x` in the ranges whose stretch `[x - head, x + tail)` meets none of the blocked ones.

    One pass over both, for listing free times spends its time here."""
    points: list[int] = []
    left = iter(ranges)
    low, high, anchor = next(left, _END)
    reach = -FAR
    for start, end in blocked:
        last = start - tail
        while last >= high:
            low += (anchor - low) % step
            if low <= high:
                points += range(low, high + 1, step)
            low, high, anchor = next(left, _END)
            if reach > low:
                low = reach
        if last >= low:
            low += (anchor - low) % step
            if low <= last:
                points += range(low, last + 1, step)
        end += head
        if end > reach:
            reach = end
            if end > low:
                low = end
    while high < FAR:
        low += (anchor - low) % step
        if low <= high:
            points += range(low, high + 1, step)
        low, high, anchor = next(left, _END)
        if reach > low:
            low = reach
    return points
