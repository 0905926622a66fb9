"""Whether a visit lies within the hours that a business file gives a specialist. Pure."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from backend import clock
from backend.tenancy.business.structs import Shift


def inside(
    start: int,
    end: int,
    *,
    week: Mapping[int, Iterable[Shift]],
    dates: Mapping[str, Iterable[Shift]],
    closures: Collection[str],
    time_off: Iterable[tuple[str, str]],
    tz: ZoneInfo,
) -> bool:
    """True if `[start, end)` (epoch seconds) is covered by shifts and touched by no closure and no time off."""
    first, last = clock.local_date(start, tz), clock.local_date(end - 1, tz)
    days = [first + timedelta(days=n) for n in range(-2, (last - first).days + 1)]
    if any(str(day) in closures for day in days if day >= first):
        return False
    for off_start, off_end in time_off:
        cut_start = clock.wall_to_epoch(datetime.fromisoformat(off_start), tz)
        cut_end = clock.wall_to_epoch(datetime.fromisoformat(off_end), tz, end=True)
        if cut_start < end and start < cut_end:
            return False
    reached = start
    for shift_start, shift_end in sorted(
        _shift(day, one, tz) for day in days for one in _shifts(day, week, dates, closures)
    ):
        if shift_start <= reached < shift_end:
            reached = shift_end
    return reached >= end


def _shifts(
    day: date, week: Mapping[int, Iterable[Shift]], dates: Mapping[str, Iterable[Shift]], closures: Collection[str]
) -> Iterable[Shift]:
    if str(day) in closures:
        return ()
    return dates[str(day)] if str(day) in dates else week.get(day.weekday(), ())


def _shift(day: date, shift: Shift, tz: ZoneInfo) -> tuple[int, int]:
    """A shift that starts on a date, as instants."""
    midnight = datetime(day.year, day.month, day.day)  # noqa: DTZ001 - a wall time is naive by nature
    return (
        clock.wall_to_epoch(midnight + timedelta(minutes=shift[0]), tz),
        clock.wall_to_epoch(midnight + timedelta(minutes=shift[1]), tz, end=True),
    )
