"""Groups: which of their starts are taken, who may still join one, how many places are left. Pure.

A group whose clients start together has classes: all who begin at one instant with one specialist. A class closes every
other start that it would meet.
"""

from bisect import bisect_left
from typing import NamedTuple

from backend.schedule.facts import Occupied
from backend.schedule.intervals import Stretch, count_peak


class TakenStart(NamedTuple):
    """A start of a group that is taken: the stretch that its bookings occupy, and how many places they have."""

    start: int
    occ_start: int
    occ_end: int
    places: int


class TakenStarts:
    """The taken starts of one group with one specialist, in order."""

    def __init__(self, occupied: Occupied, service_id: int) -> None:
        by_start: dict[int, TakenStart] = {}
        columns = (occupied.service_ids, occupied.item_starts, occupied.starts, occupied.ends, occupied.places)
        for item_service_id, start, occ_start, occ_end, places in zip(*columns, strict=True):
            if item_service_id != service_id:
                continue
            taken = by_start.get(start)
            if taken is not None:  # all of them have the start in common, so together they are one stretch
                occ_start, occ_end = min(taken.occ_start, occ_start), max(taken.occ_end, occ_end)
                places += taken.places
            by_start[start] = TakenStart(start, occ_start, occ_end, places)
        self.by_start = by_start
        self.all = [by_start[start] for start in sorted(by_start)]
        self._starts = [taken.start for taken in self.all]
        self._longest = max((taken.occ_end - taken.occ_start for taken in self.all), default=0)

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


def most_places_at_once(occupied: Occupied, service_id: int, stretch: Stretch) -> int:
    """Return the most places of the group that are taken at once in the stretch."""
    columns = zip(occupied.starts, occupied.ends, occupied.service_ids, occupied.places, strict=True)
    met = [row for row in columns if row[2] == service_id and row[0] < stretch[1] and row[1] > stretch[0]]
    return count_peak([row[:2] for row in met], *stretch, [row[3] for row in met])
