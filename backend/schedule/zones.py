"""Wall times and instants of one IANA zone, with the offsets of each date kept: pure, no framework.

A day is a proleptic ordinal (`date.toordinal()`), a wall time is minutes of such a day, an instant is epoch seconds.
A wall time that does not exist moves forward by the gap. One that comes twice is the first as a start and the second as
an end, but midnight is always the first. `backend.clock` has the same rules for single times; this is for the engine,
which converts thousands.
"""

from bisect import bisect_left
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from backend import clock

EPOCH_DAY = date(1970, 1, 1).toordinal()
DAY_S = 86_400
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - a wall time has no zone


class Offset(NamedTuple):
    """The seconds east of UTC that hold from an instant on."""

    since: int
    seconds: int


class Zone:
    """One zone. `name` is the IANA key; use `load_zone(name)`, which keeps one object per name."""

    __slots__ = ("_days", "_offsets_of", "name", "tz")

    def __init__(self, name: str) -> None:
        self.tz = clock.load_zone(name)
        self.name = name
        # see `regular_midnight`
        self._days: dict[int, int | None] = {}
        # day of UTC -> the offset and how it is written, or None where it changes within
        self._offsets_of: dict[int, tuple[int, str] | None] = {}

    def _offsets(self, wall: int) -> tuple[int, int]:
        """Return the offsets (s) before and after a change of the clock at a wall time in seconds; equal without one."""
        naive = _EPOCH + timedelta(seconds=wall)
        first = self.tz.utcoffset(naive)
        second = self.tz.utcoffset(naive.replace(fold=1))
        assert first is not None
        assert second is not None
        return int(first.total_seconds()), int(second.total_seconds())

    def instant(self, day: int, minute: int, *, end: bool = False) -> int:
        """Return the instant of a wall time; `minute` may exceed 1440 (the next days)."""
        wall = (day - EPOCH_DAY) * DAY_S + minute * 60
        before, after = self._offsets(wall)
        if end and before > after and minute % 1440:
            return wall - after
        return wall - before

    def midnight(self, day: int) -> int:
        """Return the first instant of a local date."""
        midnight = self.regular_midnight(day)
        return self.instant(day, 0) if midnight is None else midnight

    def regular_midnight(self, day: int) -> int | None:
        """Return the date's first instant, or None where the clock changes within the longest shift of that date."""
        if day in self._days:
            return self._days[day]
        wall = (day - EPOCH_DAY) * DAY_S
        offsets = {o for at in (0, DAY_S, 2 * DAY_S + 3600) for o in self._offsets(wall + at)}
        midnight = wall - offsets.pop() if len(offsets) == 1 else None
        if len(self._days) > 4096:
            self._days.clear()
        self._days[day] = midnight
        return midnight

    def stretch(self, start_day: int, start_min: int, end_day: int, end_min: int) -> tuple[int, int] | None:
        """Return a stretch of wall time as `[start, end)` in instants, or None where it lies within a gap."""
        wall_a = (start_day - EPOCH_DAY) * DAY_S + start_min * 60
        wall_b = (end_day - EPOCH_DAY) * DAY_S + end_min * 60
        before, after = self._offsets(wall_a)
        gap = after - before
        if gap > 0 and self._offsets(wall_b) == (before, after) and wall_b - wall_a < gap:
            return None  # both ends fall into the same gap
        start, end = self.instant(start_day, start_min), self.instant(end_day, end_min, end=True)
        return (start, end) if start < end else None

    def offset(self, instant: int) -> int:
        """Return the seconds east of UTC at an instant."""
        delta = datetime.fromtimestamp(instant, self.tz).utcoffset()
        assert delta is not None
        return int(delta.total_seconds())

    def list_offsets(self, since: int, until: int) -> list[Offset]:
        """Return the offsets that hold one after the other in `[since, until)`."""
        offsets = [Offset(since, self.offset(since))]
        for first, last in pairwise((*range(since, until, DAY_S), until - 1)):
            before, after = offsets[-1].seconds, self.offset(last)
            if after != before:
                day = range(first, last + 1)
                place = bisect_left(day, True, key=lambda at: self.offset(at) == after)
                offsets.append(Offset(day[place], after))
        return offsets

    def day(self, instant: int) -> int:
        """Return the local date of an instant."""
        return (instant + self.offset(instant)) // DAY_S + EPOCH_DAY

    def local(self, instant: int) -> datetime:
        """Return the instant as this zone's clock shows it, with its offset."""
        return datetime.fromtimestamp(instant, self.tz)

    def format_minute(self, instant: int) -> tuple[str, str]:
        """Return a whole minute as the wire has it, in UTC and with this zone's offset; fast for thousands of them."""
        day, second = divmod(instant, DAY_S)
        if day not in self._offsets_of:
            self._offsets_of[day] = self._offset_of(day)
        steady = self._offsets_of[day]
        utc = f"{_date_text(day)}{_MINUTES[second // 60]}Z"
        if steady is None:
            return utc, self.local(instant).isoformat()
        local_day, local_second = divmod(instant + steady[0], DAY_S)
        return utc, f"{_date_text(local_day)}{_MINUTES[local_second // 60]}{steady[1]}"

    def _offset_of(self, day: int) -> tuple[int, str] | None:
        first, last = self.offset(day * DAY_S), self.offset((day + 1) * DAY_S - 1)
        if first != last or first % 60:
            return None
        if len(self._offsets_of) > 4096:
            self._offsets_of.clear()
        return first, self.local(day * DAY_S).isoformat()[-6:]


_MINUTES = [f"T{minute // 60:02}:{minute % 60:02}:00" for minute in range(1440)]


@lru_cache(maxsize=4096)
def _date_text(day: int) -> str:
    """Return days since the epoch as `YYYY-MM-DD`."""
    return date.fromordinal(day + EPOCH_DAY).isoformat()


@lru_cache(maxsize=700)
def load_zone(name: str) -> Zone:
    """Return the zone of that name. Raises Invalid for an unknown one."""
    return Zone(name)


def parse_wall_minute(text: str) -> tuple[int, int]:
    """Return a valid `YYYY-MM-DDTHH:MM` as its day and the minute of that day."""
    return date.fromisoformat(text[:10]).toordinal(), int(text[11:13]) * 60 + int(text[14:16])


def format_day(day: int) -> str:
    """Return a day as `YYYY-MM-DD`."""
    return date.fromordinal(day).isoformat()
