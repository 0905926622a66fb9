"""Groups: which of their starts are taken, who may still join one, how many places are left. Pure.

A group whose clients start together has classes: all who begin at one instant with one specialist. A class closes every
other start that it would meet. Those who join stay no longer than it lasts, also where the service has grown longer since.
"""

from bisect import bisect_left, bisect_right
from typing import NamedTuple

from backend.schedule.facts import Occupied
from backend.schedule.intervals import Stretch, list_changes
from backend.schedule.steps import ServiceStep


class TakenStart(NamedTuple):
    """A start of a group that is taken: until when it lasts, the stretch that it occupies, how many places are taken."""

    start: int
    end: int
    occ_start: int
    occ_end: int
    places: int


class TakenStarts:
    """The taken starts of one group with one specialist, in order."""

    def __init__(self, occupied: Occupied, service_id: int) -> None:
        by_start: dict[int, TakenStart] = {}
        columns = (occupied.item_starts, occupied.item_ends, occupied.starts, occupied.ends, occupied.places)
        for item_service_id, *item in zip(occupied.service_ids, *columns, strict=True):
            if item_service_id != service_id:
                continue
            added = TakenStart(*item)
            taken = by_start.get(added.start)
            if taken is not None:  # all of them have the start in common, so together they are one stretch
                added = TakenStart(
                    added.start,
                    max(taken.end, added.end),
                    min(taken.occ_start, added.occ_start),
                    max(taken.occ_end, added.occ_end),
                    taken.places + added.places,
                )
            by_start[added.start] = added
        self.by_start = by_start
        self.all = [by_start[start] for start in sorted(by_start)]
        self._starts = [taken.start for taken in self.all]
        self._longest = max((taken.occ_end - taken.occ_start for taken in self.all), default=0)

    def can_join(self, start: int, end: int, step: ServiceStep) -> bool:
        """Return whether there is a class at the start that lasts until `end` and has as many places as are wanted."""
        taken = self.by_start.get(start)
        return taken is not None and end <= taken.end and taken.places + step.places <= step.capacity

    def meets_another(self, start: int, stretch: Stretch) -> bool:
        """Return whether the stretch meets what bookings of another start occupy."""
        begin, end = stretch
        index = bisect_left(self._starts, begin - self._longest)
        while index < len(self.all) and self._starts[index] < end + self._longest:
            taken = self.all[index]
            if taken.start != start and taken.occ_start < end and taken.occ_end > begin:
                return True
            index += 1
        return False

    def places_at(self, start: int) -> int:
        """Return how many places are taken at that start."""
        taken = self.by_start.get(start)
        return 0 if taken is None else taken.places


class PlacesInUse:
    """How many places of one group are in use with one specialist, at every instant."""

    def __init__(self, occupied: Occupied, service_id: int) -> None:
        columns = zip(occupied.starts, occupied.ends, occupied.service_ids, occupied.places, strict=True)
        own = [row for row in columns if row[2] == service_id]
        # from each of the times on, until the next
        self._times: list[int] = []
        self._counts: list[int] = []
        count = 0
        for at, change in list_changes([row[:2] for row in own], [row[3] for row in own]):
            count += change
            self._times.append(at)
            self._counts.append(count)

    def peak(self, stretch: Stretch) -> int:
        """Return the most places in use at once in the stretch."""
        first, end = bisect_right(self._times, stretch[0]) - 1, bisect_left(self._times, stretch[1])
        return max(self._counts[max(first, 0) : end], default=0)
