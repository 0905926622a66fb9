"""One lane per person and bot: first in, first out, in the order in which the updates arrived.

A ticket is drawn at once on arrival, before anything is awaited, so that what admission or the backend take longer
for cannot overtake. Lanes vanish with their last ticket.
"""

import asyncio

PER_PERSON = 40
PER_TENANT = 64
OVERALL = 1024


class Overloaded(Exception):
    """A cap is reached: it must come again later."""


class _Lane:
    __slots__ = ("count", "tail")

    def __init__(self) -> None:
        self.count = 0
        self.tail: asyncio.Future[None] | None = None


class Ticket:
    """A place in a lane. `leave` must be called exactly once, also by whoever never waited."""

    __slots__ = ("_before", "_key", "_lanes", "_mine")

    def __init__(self, lanes: "PerUserQueue", key: tuple[str, int], before: asyncio.Future[None] | None) -> None:
        self._lanes = lanes
        self._key = key
        self._before = before
        self._mine: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    @property
    def first(self) -> bool:
        """Whether it is this one's turn."""
        return self._before is None or self._before.done()

    @property
    def over(self) -> asyncio.Future[None]:
        """What the next one waits for."""
        return self._mine

    async def turn(self) -> None:
        """Waits until all who came earlier have left."""
        if self._before is not None and not self._before.done():
            await asyncio.shield(self._before)

    def leave(self) -> None:
        """Lets the next one go on; if the turn has not come yet, it passes through to the next when it comes."""
        if self._before is not None and not self._before.done():
            self._before.add_done_callback(lambda _: self._mine.set_result(None))
        else:
            self._mine.set_result(None)
        self._lanes.left(self._key)


class PerUserQueue:
    """All lanes of one worker, with caps per person, per tenant and overall."""

    def __init__(self, *, per_person: int = PER_PERSON, per_tenant: int = PER_TENANT, overall: int = OVERALL) -> None:
        self._caps = (per_person, per_tenant, overall)
        self._lanes: dict[tuple[str, int], _Lane] = {}
        self._tenants: dict[str, int] = {}
        self._empty: asyncio.Event | None = None
        self.count = 0

    async def empty(self) -> None:
        """Waits until nobody is in any lane."""
        if self.count:
            self._empty = self._empty or asyncio.Event()
            await self._empty.wait()

    def enter(self, tenant: str, person: int) -> Ticket:
        """Draws a ticket. Raises Overloaded."""
        key = (tenant, person)
        lane = self._lanes.get(key)
        busy = self._tenants.get(tenant, 0)
        if (lane is not None and lane.count >= self._caps[0]) or busy >= self._caps[1] or self.count >= self._caps[2]:
            raise Overloaded
        if lane is None:
            lane = self._lanes[key] = _Lane()
        ticket = Ticket(self, key, lane.tail)
        lane.tail = ticket.over
        lane.count += 1
        self._tenants[tenant] = busy + 1
        self.count += 1
        return ticket

    def left(self, key: tuple[str, int]) -> None:
        """A ticket was given back: its lane and its tenant's count end with their last one."""
        self.count -= 1
        if self._empty is not None and not self.count:
            self._empty.set()
        lane = self._lanes[key]
        lane.count -= 1
        if not lane.count:
            del self._lanes[key]
        busy = self._tenants[key[0]] - 1
        if busy:
            self._tenants[key[0]] = busy
        else:
            del self._tenants[key[0]]
