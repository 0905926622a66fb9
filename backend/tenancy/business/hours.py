"""When a specialist of a business file works, by the engine that lists free times. Pure."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date

from backend.schedule.hours import (
    LOOK_BACK_DAYS,
    Week,
    cut_shifts,
    list_closed_stretches,
    list_shifts,
    merge_shifts,
)
from backend.schedule.intervals import is_covered
from backend.schedule.zones import load_zone, parse_wall_minute
from backend.tenancy.business.structs import Shift


class OpenTime:
    """When one specialist works: built once, asked for many bookings."""

    def __init__(
        self,
        week: Mapping[int, Iterable[Shift]],
        dates: Mapping[str, Iterable[Shift]],
        time_off: Iterable[tuple[str, str]],
        closures: Collection[str],
        timezone: str,
    ) -> None:
        self._zone = load_zone(timezone)
        days = [merge_shifts(week.get(day, ())) for day in range(7)]
        self._week: Week = (days[0], days[1], days[2], days[3], days[4], days[5], days[6])
        self._dates = {date.fromisoformat(day).toordinal(): merge_shifts(shifts) for day, shifts in dates.items()}
        self._closed = {date.fromisoformat(day).toordinal() for day in closures}
        periods = [self._zone.stretch(*parse_wall_minute(start), *parse_wall_minute(end)) for start, end in time_off]
        self._off = [period for period in periods if period]

    def covers(self, start: int, end: int) -> bool:
        """Return whether `[start, end)` (epoch seconds) lies in shifts and outside closures and time off."""
        days = (self._zone.day(start) - LOOK_BACK_DAYS, self._zone.day(end))
        shifts = list_shifts(self._zone, self._week, self._dates, self._closed, *days)
        cuts = list_closed_stretches(self._zone, self._closed, *days)
        return is_covered(cut_shifts(shifts, sorted([*cuts, *self._off])), start, end)
