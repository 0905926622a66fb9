"""Free times computed again, minute by minute, from the contract's words: slow, and sharing no code with the engine.

Everything is a set of minutes (epoch seconds / 60) or a question about one minute.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

Wall = datetime


@cache
def shown_minutes(tz: str, first_day: date, last_day: date) -> tuple[dict[int, Wall], dict[Wall, list[int]]]:
    """Return what the clocks show at each minute around these dates, and the minutes at which they show something."""
    zone = ZoneInfo(tz)
    at = datetime.combine(first_day - timedelta(days=5), datetime.min.time(), UTC)
    end = datetime.combine(last_day + timedelta(days=6), datetime.min.time(), UTC)
    walls: dict[int, Wall] = {}
    when: dict[Wall, list[int]] = {}
    while at < end:
        minute, wall = int(at.timestamp()) // 60, at.astimezone(zone).replace(tzinfo=None)
        walls[minute] = wall
        when.setdefault(wall, []).append(minute)
        at += timedelta(minutes=1)
    return walls, when


@dataclass
class OracleService:
    """Minutes; `durations` by specialist. So many `places` are wanted; `together`: all clients start at once."""

    id: int
    durations: dict[int, int]
    before: int = 0
    after: int = 0
    capacity: int = 1
    rooms: tuple[int, ...] = ()
    together: bool = False
    places: int = 1


@dataclass
class OracleBooking:
    """An existing stretch: minutes with buffers; `begins` and `ends` are without them."""

    specialist: int
    service: int
    start: int
    end: int
    rooms: tuple[int, ...]
    begins: int
    ends: int
    places: int = 1


@dataclass
class OracleWorld:
    """Hours are pairs of `HH:MM` as in the contract."""

    tz: str
    week: dict[int, dict[int, list[tuple[str, str]]]]
    dates: dict[int, dict[date, list[tuple[str, str]]]] = field(default_factory=dict)
    time_off: dict[int, list[tuple[Wall, Wall]]] = field(default_factory=dict)
    closures: set[date] = field(default_factory=set)
    bookings: list[OracleBooking] = field(default_factory=list)
    rooms: dict[int, int] = field(default_factory=dict)
    step: int = 30
    within: bool = False
    first_day: date = date(2026, 1, 1)
    last_day: date = date(2026, 1, 2)

    def __post_init__(self) -> None:
        self.walls, self.when = shown_minutes(self.tz, self.first_day, self.last_day)

    def instant(self, wall: Wall, *, end: bool) -> tuple[int, bool]:
        """Return the minute of a wall time, and whether it had to be moved over a gap."""
        found = self.when.get(wall)
        if found:
            return (found[-1] if end and (wall.hour, wall.minute) != (0, 0) else found[0]), False
        last_before = max(minute for minute, shown in self.walls.items() if shown < wall and minute + 1 in self.walls)
        # walking on from before the gap, as if the clock had not jumped
        return last_before + int((wall - self.walls[last_before]).total_seconds() // 60), True

    def stretch(self, start: Wall, end: Wall) -> range:
        """Return the minutes of a stretch of wall time."""
        first, moved_first = self.instant(start, end=False)
        last, moved_last = self.instant(end, end=True)
        if moved_first and moved_last and (last - first) == int((end - start).total_seconds() // 60):
            inside_one_gap = not any(start <= wall < end for wall in self.when)
            if inside_one_gap:
                return range(0)
        return range(first, last)

    def shifts(self, specialist: int) -> list[range]:
        """Return each shift of each date, those of one date that touch being one."""
        out = []
        day = self.first_day - timedelta(days=3)
        while day <= self.last_day + timedelta(days=3):
            pairs = self.dates.get(specialist, {}).get(day)
            if pairs is None:
                pairs = self.week.get(specialist, {}).get(day.weekday(), [])
            if day in self.closures:
                pairs = []
            walls = sorted(self._walls(day, *pair) for pair in pairs)
            merged: list[tuple[Wall, Wall]] = []
            for start, end in walls:
                if merged and start <= merged[-1][1]:
                    merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
                else:
                    merged.append((start, end))
            today: list[range] = []
            for stretch in (self.stretch(*one) for one in merged):
                if not stretch:
                    continue
                if today and stretch.start <= today[-1].stop:
                    today[-1] = range(today[-1].start, max(stretch.stop, today[-1].stop))
                else:
                    today.append(stretch)
            out += today
            day += timedelta(days=1)
        return out

    @staticmethod
    def _walls(day: date, start: str, end: str) -> tuple[Wall, Wall]:
        begin = datetime.combine(day, datetime.min.time())
        a = begin + timedelta(hours=int(start[:2]), minutes=int(start[3:]))
        b = begin + timedelta(hours=int(end[:2]), minutes=int(end[3:]))
        return a, b if b > a else b + timedelta(days=1)

    def open(self, specialist: int) -> set[int]:
        """Return the minutes in which the specialist works."""
        minutes = {minute for shift in self.shifts(specialist) for minute in shift}
        if self.closures:
            minutes = {minute for minute in minutes if self.walls[minute].date() not in self.closures}
        for start, end in self.time_off.get(specialist, []):
            minutes -= set(self.stretch(start, end))
        return minutes

    def grid(self, specialist: int) -> set[int]:
        """Return the minutes at which something may begin: each shift counted from its start."""
        return {minute for shift in self.shifts(specialist) for minute in shift[:: self.step]}

    def free(self, specialist: int, services: list[OracleService]) -> list[int]:
        """Return the starts whose local date is in the range, at which one specialist can do all services in turn."""
        if any(specialist not in service.durations for service in services):
            return []
        opened, grid = self.open(specialist), self.grid(specialist)
        total = sum(service.durations[specialist] for service in services)
        before, after = services[0].before, services[-1].after
        fits = self._places(specialist, services)
        out = []
        for minute, wall in self.walls.items():
            if not self.first_day <= wall.date() <= self.last_day:
                continue
            if minute not in grid and not self.is_class_start(specialist, services[0], minute):
                continue
            head, tail = (before, after) if self.within else (0, 0)
            if opened.issuperset(range(minute - head, minute + total + tail)) and fits(minute):
                out.append(minute)
        return out

    def is_class_start(self, specialist: int, service: OracleService, minute: int) -> bool:
        """Return whether somebody starts this service then already, all of whose clients start together."""
        return service.together and any(
            (booking.specialist, booking.service, booking.begins) == (specialist, service.id, minute)
            for booking in self.bookings
        )

    def count_places_left(self, specialist: int, service: OracleService, start: int) -> int:
        """Return how many places one booking may take at most at a free start, counted up one by one."""
        end = start + service.durations[specialist]
        stretch = range(start - service.before, end + service.after)
        left = 0
        while self.fits(specialist, replace(service, places=left + 1), stretch, range(start, end)):
            left += 1
        return left

    def _places(self, specialist: int, services: list[OracleService]) -> Callable[[int], bool]:
        def fits(start: int) -> bool:
            at = start
            for index, service in enumerate(services):
                end = at + service.durations[specialist]
                stretch = range(
                    at - (service.before if index == 0 else 0),
                    end + (service.after if index == len(services) - 1 else 0),
                )
                if not self.fits(specialist, service, stretch, range(at, end)):
                    return False
                at = end
            return True

        return fits

    def fits(self, specialist: int, service: OracleService, stretch: range, itself: range) -> bool:
        """Return whether the existing bookings leave room for one service over these minutes, those of itself among them."""
        near = [booking for booking in self.bookings if booking.start < stretch.stop and stretch.start < booking.end]
        joined = [
            booking.ends
            for booking in near
            if (booking.specialist, booking.service, booking.begins) == (specialist, service.id, itself.start)
        ]
        if service.together and joined and itself.stop > max(joined):
            return False
        # nothing changes between the minutes at which one of them begins or ends
        changes = {stretch.start}.union(*((booking.start, booking.end) for booking in near))
        for minute in changes.intersection(stretch):
            now = [booking for booking in near if booking.start <= minute < booking.end]
            mine = [booking for booking in now if booking.specialist == specialist]
            if any(booking.service != service.id for booking in mine):
                return False
            if sum(booking.places for booking in mine) + service.places > service.capacity:
                return False
            if service.together and any(booking.begins != itself.start for booking in mine):
                return False
            for room in service.rooms:
                holders = {booking.specialist for booking in now if room in booking.rooms} | {specialist}
                if len(holders) > self.rooms[room]:
                    return False
        return True
