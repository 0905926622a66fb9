"""One queue per person and bot: first in, first out, in the order in which the updates arrived.

A ticket is drawn on arrival, before anything is awaited, so that an update whose admission or identification takes
longer is not overtaken. A queue is gone with its last ticket.
"""

import asyncio

from gateway.updates.fair_gate import Overloaded

PER_USER = 40


class _Queue:
    __slots__ = ("count", "tail")

    def __init__(self) -> None:
        self.count = 0
        self.tail: asyncio.Future[None] | None = None


class Ticket:
    """A place in a queue. `leave` must be called exactly once, whether or not the turn was waited for."""

    __slots__ = ("_key", "_predecessor", "_queues", "left")

    def __init__(self, queues: "PerUserQueue", key: tuple[str, int], predecessor: asyncio.Future[None] | None) -> None:
        self._queues = queues
        self._key = key
        self._predecessor = predecessor
        # done once this ticket and all before it have left: what the next ticket waits for
        self.left: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    @property
    def is_first(self) -> bool:
        """Whether all earlier tickets have left."""
        return self._predecessor is None or self._predecessor.done()

    async def wait_turn(self) -> None:
        """Wait until all earlier tickets have left."""
        if self._predecessor is not None and not self._predecessor.done():
            await asyncio.shield(self._predecessor)

    def leave(self) -> None:
        """Let the next ticket go on, once all earlier ones have left too."""
        if self._predecessor is not None and not self._predecessor.done():
            self._predecessor.add_done_callback(lambda _: self.left.set_result(None))
        else:
            self.left.set_result(None)
        self._queues.return_ticket(self._key)


class PerUserQueue:
    """All queues of one worker, with a limit per person; how many updates there are in all, the gate limits."""

    def __init__(self, *, per_user: int = PER_USER) -> None:
        self._per_user = per_user
        self._queues: dict[tuple[str, int], _Queue] = {}
        self._empty: asyncio.Event | None = None
        self.count = 0

    async def wait_empty(self) -> None:
        """Wait until no ticket is out."""
        if self.count:
            self._empty = self._empty or asyncio.Event()
            await self._empty.wait()

    def join(self, slug: str, user_id: int) -> Ticket:
        """Return a ticket for the next place in a person's queue. Raises Overloaded."""
        key = (slug, user_id)
        queue = self._queues.get(key)
        if queue is not None and queue.count >= self._per_user:
            raise Overloaded
        if queue is None:
            queue = self._queues[key] = _Queue()
        ticket = Ticket(self, key, queue.tail)
        queue.tail = ticket.left
        queue.count += 1
        self.count += 1
        return ticket

    def return_ticket(self, key: tuple[str, int]) -> None:
        """Count a ticket as returned (`Ticket.leave` does it); the last one ends its queue."""
        self.count -= 1
        if self._empty is not None and not self.count:
            self._empty.set()
        queue = self._queues[key]
        queue.count -= 1
        if not queue.count:
            del self._queues[key]
