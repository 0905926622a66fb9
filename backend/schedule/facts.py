"""What the engine knows: calendars, occupied stretches, rooms; and where existing bookings leave no place. Pure."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from backend.schedule.hours import Shifts, Week
from backend.schedule.intervals import Stretch, find_crowded, merge_stretches, subtract_stretches
from backend.schedule.steps import ServiceStep
from backend.schedule.zones import Zone

FAR = 2**60
# Specialist, start and end of the occupied stretch, service, booking.
OccupiedRow = tuple[int, int, int, int, int]


class OccupiedRoom(NamedTuple):
    """An occupied stretch of a room and the specialist who holds it."""

    room_id: int
    occ_start: int
    occ_end: int
    specialist_id: int


class Occupied(NamedTuple):
    """One specialist's occupied stretches as columns, sorted by start.

    Services and bookings are needed for groups and for reasons; without those they may be left out."""

    starts: Sequence[int] = ()
    ends: Sequence[int] = ()
    service_ids: Sequence[int] = ()
    booking_ids: Sequence[int] = ()


NOTHING_OCCUPIED = Occupied()


def group_by_specialist(rows: Sequence[OccupiedRow]) -> dict[int, Occupied]:
    """Return sorted rows as columns by specialist."""
    if not rows:
        return {}
    specialist_ids, *columns = zip(*rows, strict=True)
    groups: dict[int, Occupied] = {}
    start = 0
    while start < len(specialist_ids):
        end = bisect_right(specialist_ids, specialist_ids[start])
        groups[specialist_ids[start]] = Occupied(*(column[start:end] for column in columns))
        start = end
    return groups


@dataclass(slots=True)
class Facts:
    """What is known of a business around the wanted times; rows may reach further than that, never less far.

    Keys are ids of specialists, but `room_counts` has the number of places by room. Days are ordinals of local dates;
    `occupied_rooms` is sorted."""

    zone: Zone
    weeks: Mapping[int, Week] = field(default_factory=dict)
    dates: Mapping[int, Mapping[int, Shifts]] = field(default_factory=dict)
    time_off: Mapping[int, Sequence[Stretch]] = field(default_factory=dict)
    closures: frozenset[int] = frozenset()
    occupied: Mapping[int, Occupied] = field(default_factory=dict)
    room_counts: Mapping[int, int] = field(default_factory=dict)
    occupied_rooms: Sequence[OccupiedRoom] = ()


class Occupancy:
    """Where existing bookings leave no place. What concerns rooms is computed once."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._full_rooms: dict[int, tuple[list[Stretch], list[Stretch]]] = {}

    def occupied_by(self, specialist_id: int) -> Occupied:
        """Return the specialist's occupied stretches."""
        return self._facts.occupied.get(specialist_id, NOTHING_OCCUPIED)

    def blocked_stretches(self, specialist_id: int, step: ServiceStep) -> Iterable[Stretch]:
        """Return where the step's occupied stretch must not reach, sorted by start; stretches may overlap.

        The result may be an iterator: read it once."""
        occupied = self.occupied_by(specialist_id)
        if step.capacity == 1:
            if not step.room_ids:
                return zip(occupied.starts, occupied.ends, strict=True)
            blocked = list(zip(occupied.starts, occupied.ends, strict=True))
        else:
            rows = list(zip(occupied.starts, occupied.ends, occupied.service_ids, strict=True))
            blocked = [row[:2] for row in rows if row[2] != step.service_id]
            same_service = (row[:2] for row in rows if row[2] == step.service_id)
            blocked += find_crowded(same_service, step.capacity)
        for room_id in step.room_ids:
            full, overfull = self._full_stretches(room_id)
            # in a group the specialist may hold the room already, and does not take a second place in it
            own = self._room_held_by(specialist_id, room_id) if step.capacity > 1 else ()
            blocked += overfull + subtract_stretches(full, own)
        blocked.sort()
        return blocked

    def _room_held_by(self, specialist_id: int, room_id: int) -> list[Stretch]:
        rows = self._facts.occupied_rooms
        return merge_stretches(row[1:3] for row in rows if row[0] == room_id and row[3] == specialist_id)

    def _full_stretches(self, room_id: int) -> tuple[list[Stretch], list[Stretch]]:
        """Return where all places of a room are taken, and where more than all (its count has been lowered since)."""
        full_stretches = self._full_rooms.get(room_id)
        if full_stretches is None:
            by_specialist: dict[int, list[Stretch]] = {}
            for row in self._facts.occupied_rooms:
                if row[0] == room_id:
                    by_specialist.setdefault(row[3], []).append(row[1:3])
            count = self._facts.room_counts.get(room_id, 0)
            stretches = [stretch for held in by_specialist.values() for stretch in merge_stretches(held)]
            full = find_crowded(stretches, count) if len(by_specialist) >= count else []
            overfull = find_crowded(stretches, count + 1) if len(by_specialist) > count else []
            full_stretches = self._full_rooms[room_id] = (full, overfull)
        return full_stretches
