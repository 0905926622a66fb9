"""What the engine knows: services, calendars, occupied stretches, rooms; and where an occupied stretch is in the way."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from backend.schedule import intervals
from backend.schedule.hours import Shifts, Week
from backend.schedule.intervals import Stretch
from backend.schedule.zones import Zone

FAR = 2**60
# Sorted rows of: specialist, start and end of the occupied stretch, service, booking.
BusyRow = tuple[int, int, int, int, int]


class RoomRow(NamedTuple):
    """An occupied stretch of a room and the specialist who holds it; rows are sorted."""

    room_id: int
    occ_start: int
    occ_end: int
    specialist_id: int


class Stage(NamedTuple):
    """One service of a visit; buffers and durations in seconds. `durations` holds those who offer it."""

    service_id: int
    before: int
    after: int
    capacity: int
    rooms: tuple[int, ...]
    durations: Mapping[int, int]


class Busy(NamedTuple):
    """One specialist's occupied stretches as columns, sorted by start.

    Services and bookings may be left out where nobody asks for them: all services exclusive, no reason wanted."""

    starts: Sequence[int] = ()
    ends: Sequence[int] = ()
    services: Sequence[int] = ()
    bookings: Sequence[int] = ()


def columns(rows: Sequence[BusyRow]) -> dict[int, Busy]:
    """Sorted rows as columns by specialist."""
    if not rows:
        return {}
    who, *rest = zip(*rows, strict=True)
    found: dict[int, Busy] = {}
    start = 0
    while start < len(who):
        end = bisect_right(who, who[start])
        found[who[start]] = Busy(*(column[start:end] for column in rest))
        start = end
    return found


@dataclass(slots=True)
class Facts:
    """What is known of a tenant around the wanted times. Rows may reach further than asked, never less far."""

    zone: Zone
    week: Mapping[int, Week] = field(default_factory=dict)
    dates: Mapping[int, Mapping[int, Shifts]] = field(default_factory=dict)
    time_off: Mapping[int, Sequence[Stretch]] = field(default_factory=dict)
    closures: frozenset[int] = frozenset()
    busy: Mapping[int, Busy] = field(default_factory=dict)
    rooms: Mapping[int, int] = field(default_factory=dict)
    room_busy: Sequence[RoomRow] = ()


_NEVER = Busy()


class Occupancy:
    """Where the existing visits leave no place. Rooms are computed once and kept."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._rooms: dict[int, tuple[list[Stretch], list[Stretch]]] = {}

    def busy(self, specialist: int) -> Busy:
        """The specialist's occupied stretches."""
        return self._facts.busy.get(specialist, _NEVER)

    def blocked(self, specialist: int, stage: Stage) -> Iterable[Stretch]:
        """Where the stage's occupied stretch must not reach, sorted by start; stretches may overlap. Good for one pass."""
        busy = self.busy(specialist)
        if stage.capacity == 1:
            if not stage.rooms:
                return zip(busy.starts, busy.ends, strict=True)
            found = list(zip(busy.starts, busy.ends, strict=True))
        else:
            rows = list(zip(busy.starts, busy.ends, busy.services, strict=True))
            found = [row[:2] for row in rows if row[2] != stage.service_id]
            same = (row[:2] for row in rows if row[2] == stage.service_id)
            found += intervals.crowded(same, stage.capacity)
        for room in stage.rooms:
            full, over = self._room(room)
            # a room that this specialist holds already (a group) is not taken once more
            own = self._held(specialist, room) if stage.capacity > 1 else ()
            found += over + intervals.subtract(full, own)
        found.sort()
        return found

    def _held(self, specialist: int, room: int) -> list[Stretch]:
        """When the specialist holds the room."""
        rows = self._facts.room_busy
        return intervals.union(row[1:3] for row in rows if row[0] == room and row[3] == specialist)

    def _room(self, room: int) -> tuple[list[Stretch], list[Stretch]]:
        """Where all of a room's places are taken, and where more than all (its count was lowered since)."""
        found = self._rooms.get(room)
        if found is None:
            by_specialist: dict[int, list[Stretch]] = {}
            for row in self._facts.room_busy:
                if row[0] == room:
                    by_specialist.setdefault(row[3], []).append(row[1:3])
            count = self._facts.rooms.get(room, 0)
            stretches = [s for held in by_specialist.values() for s in intervals.union(held)]
            full = intervals.crowded(stretches, count) if len(by_specialist) >= count else []
            over = intervals.crowded(stretches, count + 1) if len(by_specialist) > count else []
            found = self._rooms[room] = (full, over)
        return found
