"""Where existing bookings leave no place, and how many places they leave in groups. Pure."""

from collections.abc import Iterable

from backend.schedule.facts import FAR, NOTHING_OCCUPIED, Facts, Occupied
from backend.schedule.groups import PlacesInUse, TakenStarts
from backend.schedule.intervals import Stretch, find_crowded, merge_stretches, subtract_stretches
from backend.schedule.steps import PlacedStep, ServiceStep


class Occupancy:
    """Where existing bookings leave no place. What concerns rooms is computed once."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._full_rooms: dict[int, tuple[list[Stretch], list[Stretch]]] = {}
        self._taken_starts: dict[tuple[int, int], TakenStarts] = {}
        self._places_in_use: dict[tuple[int, int], PlacesInUse] = {}

    def occupied_by(self, specialist_id: int) -> Occupied:
        """Return the specialist's occupied stretches."""
        return self._facts.occupied.get(specialist_id, NOTHING_OCCUPIED)

    def blocked_stretches(self, specialist_id: int, step: ServiceStep) -> Iterable[Stretch]:
        """Return where the step's occupied stretch must not reach, sorted by start; stretches may overlap.

        The result may be an iterator: read it once."""
        occupied = self.occupied_by(specialist_id)
        if step.places > step.capacity:  # the capacity has been lowered since it was booked
            return [(-FAR, FAR)]
        if step.capacity == 1:
            if not step.room_ids:
                return zip(occupied.starts, occupied.ends, strict=True)
            blocked = list(zip(occupied.starts, occupied.ends, strict=True))
        else:
            blocked = self._blocked_by_others(occupied, step)
            blocked += self._blocked_by_group(specialist_id, occupied, step)
        self._block_rooms(blocked, specialist_id, step)
        blocked.sort()
        return blocked

    def blocked_beside_class(self, specialist_id: int, step: ServiceStep) -> list[Stretch]:
        """Return the same without what bookings of the group itself occupy, as disjoint stretches."""
        blocked = self._blocked_by_others(self.occupied_by(specialist_id), step)
        self._block_rooms(blocked, specialist_id, step)
        return merge_stretches(blocked)

    def taken_starts(self, specialist_id: int, step: ServiceStep) -> TakenStarts:
        """Return the starts of the group that are taken with the specialist."""
        key = (specialist_id, step.service_id)
        taken = self._taken_starts.get(key)
        if taken is None:
            taken = self._taken_starts[key] = TakenStarts(self.occupied_by(specialist_id), step.service_id)
        return taken

    def count_places_left(self, step: ServiceStep, placed: PlacedStep) -> int:
        """Return how many places of a group are left at a start that is free."""
        if step.together:
            return step.capacity - self.taken_starts(placed.specialist_id, step).places_at(placed.start)
        key = (placed.specialist_id, step.service_id)
        in_use = self._places_in_use.get(key)
        if in_use is None:
            in_use = self._places_in_use[key] = PlacesInUse(self.occupied_by(placed.specialist_id), step.service_id)
        return step.capacity - in_use.peak((placed.occ_start, placed.occ_end))

    @staticmethod
    def _blocked_by_others(occupied: Occupied, step: ServiceStep) -> list[Stretch]:
        columns = zip(occupied.starts, occupied.ends, occupied.service_ids, strict=True)
        return [(start, end) for start, end, service_id in columns if service_id != step.service_id]

    def _blocked_by_group(self, specialist_id: int, occupied: Occupied, step: ServiceStep) -> list[Stretch]:
        """Return where bookings of the group itself leave too few places for a start that is not taken."""
        if step.together:
            return [(taken.occ_start, taken.occ_end) for taken in self.taken_starts(specialist_id, step).all]
        columns = zip(occupied.starts, occupied.ends, occupied.service_ids, occupied.places, strict=True)
        own = [row for row in columns if row[2] == step.service_id]
        fewest = step.capacity - step.places + 1
        return find_crowded([row[:2] for row in own], fewest, [row[3] for row in own])

    def _block_rooms(self, blocked: list[Stretch], specialist_id: int, step: ServiceStep) -> None:
        """Add where a room that the step needs is full."""
        for room_id in step.room_ids:
            full, overfull = self._full_stretches(room_id)
            # in a group the specialist may hold the room already, and does not take a second place in it
            own = self._room_held_by(specialist_id, room_id) if step.capacity > 1 else ()
            blocked += overfull + subtract_stretches(full, own)

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
