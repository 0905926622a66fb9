"""Instants, wall times and zones: parsing, formatting and the rules of daylight saving, in one place.

An instant is an int of epoch seconds (UTC). Zone rules come from the pinned tzdata package on every machine: import
this module before any zone is made.
"""

import re
import time
import zoneinfo
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from backend.errors import Invalid, NonexistentTime

zoneinfo.reset_tzpath(to=[])

Clock = Callable[[], float]

_RFC3339 = re.compile(
    r"\A(\d{4}-\d{2}-\d{2})[Tt](\d{2}:\d{2}:\d{2})(?:\.\d{1,9})?(Z|z|[+-](?:[01]\d|2[0-3]):[0-5]\d)\Z", re.ASCII
)
_NAIVE = re.compile(r"\A\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?\Z", re.ASCII)
_WALL = re.compile(r"\A\d{4}-\d{2}-\d{2}T\d{2}:\d{2}\Z", re.ASCII)
_DATE = re.compile(r"\A\d{4}-\d{2}-\d{2}\Z", re.ASCII)
MIN_EPOCH, MAX_EPOCH = 0, 253_402_300_799 - 400 * 86_400  # the years 1970 to 9998, so that arithmetic stays in range


class AdjustableClock:
    """A clock that sandbox and tests may shift: calling it gives epoch seconds."""

    def __init__(self, base: Clock = time.time) -> None:
        self._base = base
        self.shift_s = 0.0

    def __call__(self) -> float:
        """Return the shifted time in epoch seconds."""
        return self._base() + self.shift_s

    def set(self, epoch: float) -> None:
        """Make now read `epoch`; time goes on from there."""
        self.shift_s = epoch - self._base()


@lru_cache(maxsize=700)
def load_zone(name: str) -> zoneinfo.ZoneInfo:
    """Return the zone of an IANA name, from the pinned tzdata. Raises Invalid for an unknown one."""
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise Invalid("This time zone is not known.", field="timezone") from None


def _parse(text: str, field: str | None) -> tuple[datetime, bool]:
    match = _RFC3339.match(text)
    if match is None:
        raise Invalid("A time must be RFC 3339 with its offset, like 2026-06-01T10:00:00Z.", field=field)
    day, clock, offset = match.groups()
    try:
        moment = datetime.fromisoformat(f"{day}T{clock}{'+00:00' if offset in 'Zz' else offset}")
        epoch = (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(seconds=1)
    except (ValueError, OverflowError):
        raise Invalid("There is no such date or time.", field=field) from None
    if not MIN_EPOCH <= epoch <= MAX_EPOCH:
        raise Invalid("This time is out of range.", field=field)
    return moment, offset in "Zz"


def parse_instant(text: str, field: str | None = None) -> int:
    """Return the epoch seconds of an RFC 3339 time; a fraction is dropped. Raises Invalid, also without an offset."""
    return int(_parse(text, field)[0].timestamp())


def parse_start(text: str, tz: zoneinfo.ZoneInfo, field: str | None = "start") -> int:
    """Return the start of a booking, as a person sends it to a business in `tz`, as epoch seconds.

    Raises NonexistentTime for a wall time that the clocks of the business skip, be it without an offset or with one of
    the two around the gap; otherwise a time without an offset is refused as by `parse_instant`.
    """
    if _NAIVE.match(text):
        try:
            skipped = in_gap(datetime.fromisoformat(text), tz)
        except (ValueError, OverflowError):
            raise Invalid("There is no such date or time.", field=field) from None
        if skipped:
            raise NonexistentTime(field=field)
        raise Invalid("A start needs its offset, like 2026-06-01T10:00:00+03:00 or …Z.", field=field)
    moment, in_utc = _parse(text, field)
    offset = moment.utcoffset()
    wall = moment.replace(tzinfo=None)
    if not in_utc and in_gap(wall, tz):
        around = {tz.utcoffset(wall.replace(fold=0)), tz.utcoffset(wall.replace(fold=1))}
        if offset in around:
            raise NonexistentTime(field=field)
    return int(moment.timestamp())


def parse_date(text: str, field: str | None = None) -> date:
    """Return the date of `YYYY-MM-DD`, from 1970 to 9998. Raises Invalid."""
    try:
        day = date.fromisoformat(text) if _DATE.match(text) else None
    except ValueError:
        day = None
    if day is None or not 1970 <= day.year <= 9998:
        raise Invalid("A date must be an existing one, like 2026-06-01.", field=field)
    return day


def parse_wall(text: str, field: str | None = None) -> datetime:
    """Return the naive datetime of `YYYY-MM-DDTHH:MM`. Raises Invalid."""
    try:
        wall = datetime.fromisoformat(text) if _WALL.match(text) else None
    except ValueError:
        wall = None
    if wall is None or not 1970 <= wall.year <= 9998:
        raise Invalid("A local time must be an existing one, like 2026-06-01T10:00.", field=field)
    return wall


def format_utc(epoch: int) -> str:
    """Return an instant in UTC: `2026-06-01T09:00:00Z`."""
    # thrice as fast as strftime, and a booking's answer has ten of them
    return datetime.fromtimestamp(epoch, UTC).isoformat()[:19] + "Z"


def format_local(epoch: int, tz: zoneinfo.ZoneInfo) -> str:
    """Return an instant with the zone's offset: `2026-06-01T12:00:00+03:00`."""
    return datetime.fromtimestamp(epoch, tz).isoformat(timespec="seconds")


def format_wall(epoch: int, tz: zoneinfo.ZoneInfo) -> str:
    """Return the wall time in the zone, to the minute, without an offset: `2026-06-01T12:00`."""
    return datetime.fromtimestamp(epoch, tz).isoformat()[:16]


def in_gap(wall: datetime, tz: zoneinfo.ZoneInfo) -> bool:
    """Return whether the clocks skip this wall time."""
    first, second = tz.utcoffset(wall.replace(fold=0)), tz.utcoffset(wall.replace(fold=1))
    assert first is not None
    assert second is not None
    return first < second


def wall_to_epoch(wall: datetime, tz: zoneinfo.ZoneInfo, *, end: bool = False) -> int:
    """Return the instant of a naive wall time.

    A skipped time moves forward by the gap. One that comes twice is the first as a start and the second as an end,
    but midnight is always the first.
    """
    first = int(wall.replace(tzinfo=tz, fold=0).timestamp())
    if not end or (wall.hour == 0 and wall.minute == 0):
        return first
    return max(first, int(wall.replace(tzinfo=tz, fold=1).timestamp()))


def day_start(day: date, tz: zoneinfo.ZoneInfo) -> int:
    """Return the first instant of a local date."""
    return wall_to_epoch(datetime(day.year, day.month, day.day), tz)  # noqa: DTZ001 - a wall time is naive by nature


def local_date(epoch: int, tz: zoneinfo.ZoneInfo) -> date:
    """Return the date on the zone's calendar at that instant."""
    return datetime.fromtimestamp(epoch, tz).date()
