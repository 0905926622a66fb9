"""Bookings that several do in turn, computed again by trying everybody at every service; no code of the engine is used."""

from collections.abc import Sequence
from functools import cache
from itertools import groupby, pairwise, product

from tests.support.slow_oracle import OracleService, OracleWorld

Places = list[tuple[int, OracleService, range]]


class SlowHandoffs:
    """Free starts of a booking as `(minute, who may be named)`, straight from the contract's words."""

    def __init__(self, world: OracleWorld, services: Sequence[OracleService], people: Sequence[int]) -> None:
        self.world, self.services, self.people = world, services, people
        self.open = {one: world.open(one) for one in people}
        self.grid = {one: world.grid(one) for one in people}
        self.fits = cache(lambda one, index, *stretches: world.fits(one, self.services[index], *stretches))
        self.all = [one for one in people if all(one in service.durations for service in services)]

    def free(self) -> list[tuple[int, list[int]]]:
        """Return the starts in order; who offers all is preferred, and may be named for nothing less than all."""
        orders = self._orders()
        whole = {one: set(self.world.free(one, list(self.services))) for one in self.all}
        found = []
        for minute, wall in self.world.walls.items():
            if not self.world.first_day <= wall.date() <= self.world.last_day:
                continue
            if who := [one for one in self.people if minute in whole.get(one, ())]:
                found.append((minute, who))
            elif begin := {order[0] for order in orders if self._possible(order, minute)}:
                found.append((minute, [one for one in self.people if one in begin and one not in self.all]))
        return found

    def _orders(self) -> list[tuple[int, ...]]:
        """Return each choice of who does which service: somebody who offers it, at least two in all."""
        offering = [[one for one in self.people if one in service.durations] for service in self.services]
        return [order for order in product(*offering) if len({*order}) > 1]

    def _possible(self, order: Sequence[int], minute: int) -> bool:
        first = order[0]
        if minute not in self.grid[first] and not self.world.is_class_start(first, self.services[0], minute):
            return False
        own: Places = []
        for one, positions in groupby(range(len(order)), key=order.__getitem__):
            part = list(positions)
            for index in part:
                service = self.services[index]
                end = minute + service.durations[one]
                head = service.before if index == part[0] else 0
                tail = service.after if index == part[-1] else 0
                occupied = range(minute - head, end + tail)
                working = occupied if self.world.within else range(minute, end)
                if not self.open[one].issuperset(working) or not self.fits(one, index, occupied, range(minute, end)):
                    return False
                own.append((one, service, occupied))
                minute = end
        return self._apart(own) and self._rooms(own)

    def _apart(self, own: Places) -> bool:
        """Return whether nobody would be occupied twice at once."""
        by_one = sorted((one, stretch.start, stretch.stop) for one, _, stretch in own)
        return all(a[0] != b[0] or a[2] <= b[1] for a, b in pairwise(by_one))

    def _rooms(self, own: Places) -> bool:
        """Return whether the rooms hold the booking's own people together with all others."""
        for minute in {minute for _, _, stretch in own for minute in stretch}:
            for room, count in self.world.rooms.items():
                mine = {one for one, service, stretch in own if room in service.rooms and minute in stretch}
                there = {v.specialist for v in self.world.bookings if room in v.rooms and v.start <= minute < v.end}
                if mine and len(mine | there) > count:
                    return False
        return True
