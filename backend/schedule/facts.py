"""What the engine knows of a business: calendars, occupied stretches, rooms. Pure."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from backend.schedule.hours import Shifts, Week
from backend.schedule.intervals import Stretch
from backend.schedule.zones import Zone

FAR = 2**60
# Specialist, start and end of the occupied stretch, service, booking; for groups its own start and end, and its places.
OccupiedRow = tuple[int, int, int, int, int] | tuple[int, int, int, int, int, int, int, int]


class OccupiedRoom(NamedTuple):
    """An occupied stretch of a room and the specialist who holds it."""

    room_id: int
    occ_start: int
    occ_end: int
    specialist_id: int


class Occupied(NamedTuple):
    """One specialist's occupied stretches as columns, sorted by start.

    Services and bookings are needed for groups and for reasons, the items' own starts and ends (without buffers) and
    places for groups; without those they may be left out."""

    starts: Sequence[int] = ()
    ends: Sequence[int] = ()
    service_ids: Sequence[int] = ()
    booking_ids: Sequence[int] = ()
    item_starts: Sequence[int] = ()
    item_ends: Sequence[int] = ()
    places: Sequence[int] = ()


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
