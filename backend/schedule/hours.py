"""From working hours to shifts and open time, in instants: pure, no framework.

Each shift begins its own grid. Shifts of one date that touch are one shift; shifts of different dates keep their own
grids but their open time is one, so a visit may run on over midnight.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import pairwise

from backend.schedule.intervals import Stretch, subtract, union
from backend.schedule.zones import Zone

# Shifts of one date in minutes of that date, sorted, the touching ones merged; up to 2880.
Shifts = tuple[Stretch, ...]
Week = tuple[Shifts, Shifts, Shifts, Shifts, Shifts, Shifts, Shifts]
NO_HOURS: Week = ((), (), (), (), (), (), ())
# A shift is at most 24 h, and a gap of the clock may move its end by another hour: it began at most this many days ago.
LOOK_BACK_DAYS = 2


def shifts_of(pairs: Iterable[Stretch]) -> Shifts:
    """Shifts of a date as the engine wants them: sorted, touching ones merged (and a day off, `(-1, -1)`, left out)."""
    return tuple(union(pair for pair in pairs if pair[0] >= 0))


def parse_shift(text: str) -> Stretch:
    """`HH:MM-HH:MM` (checked already) in minutes of its date; an end at or before its start lies on the next date."""
    start, end = (int(part[:2]) * 60 + int(part[3:]) for part in text.split("-"))
    return (start, end if end > start else end + 1440)


def render_shift(shift: Stretch) -> str:
    """The opposite of `parse_shift`; the end of a whole day is `24:00`."""
    start, end = shift
    shown = end if end == 1440 else end % 1440
    return f"{start // 60:02}:{start % 60:02}-{shown // 60:02}:{shown % 60:02}"


def overlapping(shifts: Sequence[Stretch]) -> bool:
    """Whether shifts of one date overlap (touching is fine)."""
    ordered = sorted(shifts)
    return any(a[1] > b[0] for a, b in pairwise(ordered))


def windows(
    zone: Zone, week: Week, dates: Mapping[int, Shifts], closures: Collection[int], first: int, last: int
) -> list[Stretch]:
    """Shifts that start on the days `first..last`, in instants, sorted; `dates` replace the week, closures empty."""
    out: list[Stretch] = []
    for day in range(first, last + 1):
        shifts = dates.get(day) if dates else None
        if shifts is None:
            shifts = week[(day + 6) % 7]
        if not shifts or day in closures:
            continue
        base = zone.plain(day)
        if base is None:
            converted = (zone.stretch(day, start, day, end) for start, end in shifts)
            out += union(stretch for stretch in converted if stretch)
        else:
            for start, end in shifts:
                out.append((base + start * 60, base + end * 60))
    out.sort()
    return out


def closed_stretches(zone: Zone, closures: Collection[int], first: int, last: int) -> list[Stretch]:
    """The closed local dates among `first..last`, in instants."""
    days = sorted(day for day in closures if first <= day <= last)
    return [(zone.midnight(day), zone.midnight(day + 1)) for day in days]


def open_time(shifts: Sequence[Stretch], cuts: Sequence[Stretch]) -> list[Stretch]:
    """The union of shifts without the sorted cuts (closed dates, time off)."""
    return subtract(union(shifts), cuts)
