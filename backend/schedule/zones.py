"""Wall times and instants of one IANA zone, with the offsets of each date kept: pure, no framework.

A day is a proleptic ordinal (`date.toordinal()`), a wall time is minutes of such a day, an instant is epoch seconds.
Rules (contract, "Clock"): a wall time that does not exist moves forward by the gap; one that comes twice is the first
as a start and the second as an end, but midnight is always the first.
"""

from datetime import date, datetime, timedelta
from functools import lru_cache

from backend import clock

EPOCH_DAY = date(1970, 1, 1).toordinal()
DAY_S = 86_400
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - a wall time has no zone


class Zone:
    """One zone. `name` is the IANA key; use `zone(name)`, which keeps one object per name."""

    __slots__ = ("_days", "_offsets_of", "name", "tz")

    def __init__(self, name: str) -> None:
        self.tz = clock.zone(name)
        self.name = name
        # day -> its first instant, or None where an offset changes within the two days that a shift may span
        self._days: dict[int, int | None] = {}
        # day of UTC -> the offset and how it is written, or None where it changes within
        self._offsets_of: dict[int, tuple[int, str] | None] = {}

    def _offsets(self, wall: int) -> tuple[int, int]:
        """Offsets (s) before and after a change of the clock, for a wall time in seconds; equal where it is plain."""
        naive = _EPOCH + timedelta(seconds=wall)
        first = self.tz.utcoffset(naive)
        second = self.tz.utcoffset(naive.replace(fold=1))
        assert first is not None
        assert second is not None
        return int(first.total_seconds()), int(second.total_seconds())

    def instant(self, day: int, minute: int, *, end: bool = False) -> int:
        """The instant of a wall time; `minute` may exceed 1440 (the next days)."""
        wall = (day - EPOCH_DAY) * DAY_S + minute * 60
        before, after = self._offsets(wall)
        if end and before > after and minute % 1440:
            return wall - after
        return wall - before

    def exists(self, day: int, minute: int) -> bool:
        """Whether the clock ever shows this wall time."""
        before, after = self._offsets((day - EPOCH_DAY) * DAY_S + minute * 60)
        return before >= after

    def midnight(self, day: int) -> int:
        """The first instant of a local date."""
        plain = self.plain(day)
        return self.instant(day, 0) if plain is None else plain

    def plain(self, day: int) -> int | None:
        """The day's first instant if minutes of the wall are elapsed minutes for the whole of a shift from this day."""
        if day in self._days:
            return self._days[day]
        wall = (day - EPOCH_DAY) * DAY_S
        offsets = {o for at in (0, DAY_S, 2 * DAY_S + 3600) for o in self._offsets(wall + at)}
        found = wall - offsets.pop() if len(offsets) == 1 else None
        if len(self._days) > 4096:
            self._days.clear()
        self._days[day] = found
        return found

    def stretch(self, start_day: int, start_min: int, end_day: int, end_min: int) -> tuple[int, int] | None:
        """`[start, end)` in instants of a stretch of wall time, or None where nothing is left of it (inside a gap)."""
        wall_a = (start_day - EPOCH_DAY) * DAY_S + start_min * 60
        wall_b = (end_day - EPOCH_DAY) * DAY_S + end_min * 60
        before, after = self._offsets(wall_a)
        gap = after - before
        if gap > 0 and self._offsets(wall_b) == (before, after) and wall_b - wall_a < gap:
            return None  # both ends fall into the same gap
        start, end = self.instant(start_day, start_min), self.instant(end_day, end_min, end=True)
        return (start, end) if start < end else None

    def offset(self, instant: int) -> int:
        """Seconds east of UTC at an instant."""
        delta = datetime.fromtimestamp(instant, self.tz).utcoffset()
        assert delta is not None
        return int(delta.total_seconds())

    def day(self, instant: int) -> int:
        """The local date of an instant."""
        return (instant + self.offset(instant)) // DAY_S + EPOCH_DAY

    def local(self, instant: int) -> datetime:
        """The instant on this zone's wall, with its offset."""
        return datetime.fromtimestamp(instant, self.tz)

    def shown(self, instant: int) -> tuple[str, str]:
        """A whole minute as the wire has it: in UTC, and with this zone's offset. Made for thousands at a time."""
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
    """Days since the epoch as a date."""
    return date.fromordinal(day + EPOCH_DAY).isoformat()


@lru_cache(maxsize=700)
def zone(name: str) -> Zone:
    """The zone of that name. Raises Invalid for an unknown one."""
    return Zone(name)


def wall_of(text: str) -> tuple[int, int]:
    """`YYYY-MM-DDTHH:MM` -> day and minute of that day."""
    return date.fromisoformat(text[:10]).toordinal(), int(text[11:13]) * 60 + int(text[14:16])


def text_of(day: int) -> str:
    """A day as `YYYY-MM-DD`."""
    return date.fromordinal(day).isoformat()
