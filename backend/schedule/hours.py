"""From working hours to shifts and open time, in instants: pure, no framework.

Each shift begins its own grid of starts. Shifts of one date that touch are one shift. Shifts of different dates keep
their own grids, but their open time is one, so a booking may run on over midnight.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from backend.schedule.intervals import Stretch, merge_stretches, subtract_stretches
from backend.schedule.zones import Zone

# Shifts of one date in minutes of that date, up to 2880: sorted, touching ones merged.
Shifts = tuple[Stretch, ...]
Week = tuple[Shifts, Shifts, Shifts, Shifts, Shifts, Shifts, Shifts]
NO_HOURS: Week = ((), (), (), (), (), (), ())
# A shift lasts at most 24 h, and a gap of the clock may move its end by another hour: it began at most this many days ago.
LOOK_BACK_DAYS = 2


def merge_shifts(shifts: Iterable[Stretch]) -> Shifts:
    """Return the shifts of a date sorted, touching ones merged, without the mark of a day off, `(-1, -1)`."""
    return tuple(merge_stretches(shift for shift in shifts if shift[0] >= 0))


def parse_shift(text: str) -> Stretch:
    """Return a valid `HH:MM-HH:MM` in minutes of its date; an end at or before the start lies on the next date."""
    start, end = (int(part[:2]) * 60 + int(part[3:]) for part in text.split("-"))
    return (start, end if end > start else end + 1440)


def render_shift(shift: Stretch) -> str:
    """Return the shift as `parse_shift` reads it; the end of a whole day is `24:00`."""
    start, end = shift
    clock_end = end if end == 1440 else end % 1440
    return f"{start // 60:02}:{start % 60:02}-{clock_end // 60:02}:{clock_end % 60:02}"


def shifts_overlap(shifts: Sequence[Stretch]) -> bool:
    """Return whether shifts of one date overlap; touching is allowed."""
    return any(a[1] > b[0] for a, b in pairwise(sorted(shifts)))


def list_shifts(
    zone: Zone, week: Week, dates: Mapping[int, Shifts], closures: Collection[int], first: int, last: int
) -> list[Stretch]:
    """Return the shifts that start on the days `first..last`, in instants, sorted.

    `dates` replace the week, and days in `closures` have no shifts."""
    shifts: list[Stretch] = []
    for day in range(first, last + 1):
        on_day = dates.get(day) if dates else None
        if on_day is None:
            on_day = week[(day + 6) % 7]
        if not on_day or day in closures:
            continue
        midnight = zone.regular_midnight(day)
        if midnight is None:
            converted = (zone.stretch(day, start, day, end) for start, end in on_day)
            shifts += merge_stretches(stretch for stretch in converted if stretch)
        else:
            for start, end in on_day:
                shifts.append((midnight + start * 60, midnight + end * 60))
    shifts.sort()
    return shifts


def list_closed_stretches(zone: Zone, closures: Collection[int], first: int, last: int) -> list[Stretch]:
    """Return the closed dates among the days `first..last`, in instants."""
    days = sorted(day for day in closures if first <= day <= last)
    return [(zone.midnight(day), zone.midnight(day + 1)) for day in days]


def cut_shifts(shifts: Sequence[Stretch], cuts: Sequence[Stretch]) -> list[Stretch]:
    """Return the open time: the shifts as disjoint stretches without the sorted cuts (closed dates, time off)."""
    return subtract_stretches(merge_stretches(shifts), cuts)


class Calendars(NamedTuple):
    """Working hours, other dates, time off and closures around the days `first..last`, by specialist."""

    zone: Zone
    first: int
    last: int
    weeks: Mapping[int, Week]
    dates: Mapping[int, Mapping[int, Shifts]]
    time_off: Mapping[int, Sequence[Stretch]]
    closures: frozenset[int]

    def shifts(self, specialist_id: int, first: int, last: int) -> list[Stretch]:
        """Return the specialist's shifts that start on the days `first..last`, in instants."""
        week, dates = self.weeks.get(specialist_id, NO_HOURS), self.dates.get(specialist_id, {})
        return list_shifts(self.zone, week, dates, self.closures, first, last)

    def open_time(self, specialist_id: int) -> list[Stretch]:
        """Return when the specialist works: the shifts of all days without closed dates and time off."""
        return cut_shifts(self.shifts(specialist_id, self.first, self.last), self.closed_time(specialist_id))

    def closed_time(self, specialist_id: int) -> list[Stretch]:
        """Return when the specialist does not work whatever their shifts say: closed dates and time off, sorted."""
        closed = list_closed_stretches(self.zone, self.closures, self.first, self.last)
        return sorted([*closed, *self.time_off.get(specialist_id, ())])
