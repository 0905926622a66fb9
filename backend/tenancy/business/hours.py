"""The open time that a business file gives a specialist, by the engine that lists free times. Pure."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date

from backend.schedule import hours, intervals
from backend.schedule.hours import Week
from backend.schedule.zones import wall_of, zone
from backend.tenancy.business.structs import Shift


class OpenTime:
    """When one specialist works; built once, asked for many visits."""

    def __init__(
        self,
        week: Mapping[int, Iterable[Shift]],
        dates: Mapping[str, Iterable[Shift]],
        time_off: Iterable[tuple[str, str]],
        closures: Collection[str],
        timezone: str,
    ) -> None:
        self._zone = zone(timezone)
        days = [hours.shifts_of(week.get(day, ())) for day in range(7)]
        self._week: Week = (days[0], days[1], days[2], days[3], days[4], days[5], days[6])
        self._dates = {date.fromisoformat(day).toordinal(): hours.shifts_of(shifts) for day, shifts in dates.items()}
        self._closed = {date.fromisoformat(day).toordinal() for day in closures}
        periods = [self._zone.stretch(*wall_of(start), *wall_of(end)) for start, end in time_off]
        self._off = [period for period in periods if period]

    def covers(self, start: int, end: int) -> bool:
        """True if `[start, end)` (epoch seconds) lies in shifts and is touched by no closure and no time off."""
        days = (self._zone.day(start) - hours.LOOK_BACK_DAYS, self._zone.day(end))
        shifts = hours.windows(self._zone, self._week, self._dates, self._closed, *days)
        cuts = hours.closed_stretches(self._zone, self._closed, *days)
        return intervals.covers(hours.open_time(shifts, sorted([*cuts, *self._off])), start, end)
