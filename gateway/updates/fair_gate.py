"""The door of a worker: how many updates it works on at once, and whose turn it is when more have come.

What comes beyond that waits outside, its body not read: that takes no processor time, and Telegram, which keeps at most a
hundred connections to a bot, sends nothing more meanwhile. Businesses that have something waiting take turns, however
much each has sent. A place is held only by what needs this machine: an update that waits for Telegram, or for an earlier
update of the same person, lends its place to the next.
"""

import asyncio
from collections import deque
from contextlib import AbstractContextManager, nullcontext
from contextvars import ContextVar
from types import TracebackType

import msgspec

_NO_PLACE = nullcontext()
_current: ContextVar["Place | None"] = ContextVar("place", default=None)


class Overloaded(Exception):
    """A limit is reached: the update must come again later."""


class GateLimits(msgspec.Struct, frozen=True):
    """What a gate allows; every number holds for one worker.

    `working` is small, since what comes next waits for what is being worked on, and large enough to keep gateway,
    database and disk busy (`python -m tests.bench.flood` measures both). `inside` counts also what waits for Telegram.
    `wait_s` is well below the 60 s for which Telegram awaits an answer. What has held a place for `slow_s` seconds is
    taken to be waiting for something, and no longer keeps others out.
    """

    working_per_tenant: int = 3
    working: int = 16
    inside_per_tenant: int = 64
    inside: int = 1024
    waiting_per_tenant: int = 1024
    waiting: int = 8192
    wait_s: float = 5.0
    slow_s: float = 0.25


class _Tenant:
    """What one business has at work, inside, and waiting at the door."""

    __slots__ = ("inside", "slug", "waiting", "working")

    def __init__(self, slug: str) -> None:
        self.slug = slug
        self.inside = 0
        self.working = 0
        self.waiting: deque[asyncio.Future[Place]] = deque()


class Place:
    """A place inside. `leave` must be called exactly once. As a context manager it is lent to others meanwhile."""

    __slots__ = ("_gate", "_left", "_lent", "tenant")

    def __init__(self, gate: "FairGate", tenant: _Tenant) -> None:
        self._gate = gate
        self._left = False
        self._lent = 0  # several calls of one update may wait at the same time
        self.tenant = tenant

    def __enter__(self) -> None:
        self._lent += 1
        self._gate.stop_work(self)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._lent -= 1
        if not self._lent and not self._left:
            # without waiting: what is nearly done does not stand behind what has not begun
            self._gate.begin_work(self)

    def leave(self) -> None:
        """Let the next one in. What the update has begun and left behind may still lend the place, without effect."""
        self._left = True
        self._gate.leave(self)


def lent_place() -> AbstractContextManager[None]:
    """Return a context manager: meanwhile the current update waits for others, and its place is lent."""
    return _current.get() or _NO_PLACE


class FairGate:
    """Lets the updates of one worker in."""

    def __init__(self, limits: GateLimits | None = None) -> None:
        self._limits = limits or GateLimits()
        self._tenants: dict[str, _Tenant] = {}
        # Those whose next update may come in as soon as there is a place, in the order of their turns.
        self._turns: dict[str, _Tenant] = {}
        # The places at work and since when, the longest first.
        self._working: dict[Place, float] = {}
        self._timer_runs = False
        self._closed = False
        self.inside = 0
        self.waiting = 0

    async def enter(self, slug: str) -> Place:
        """Return a place inside, once it is this business's turn. Raises Overloaded."""
        if self._closed:
            raise Overloaded
        tenant = self._tenants.get(slug)
        if tenant is None:
            tenant = self._tenants[slug] = _Tenant(slug)
        if tenant.waiting or not self._has_room(tenant):
            place = await self._wait(tenant)
        else:
            place = self._admit(tenant)
        _current.set(place)
        return place

    def close(self) -> None:
        """Refuse what waits and what comes from now on."""
        self._closed = True
        for tenant in self._tenants.values():
            for turn in tenant.waiting:
                _refuse(turn)

    def begin_work(self, place: Place) -> None:
        """Count a place as at work, over the limit if need be."""
        self._working[place] = asyncio.get_running_loop().time()
        place.tenant.working += 1

    def stop_work(self, place: Place) -> None:
        """Count a place as waiting for others, and let somebody in; nothing where it is counted so already."""
        if self._working.pop(place, None) is not None:
            place.tenant.working -= 1
            self._let_in(place.tenant)

    def leave(self, place: Place) -> None:
        """Give a place back."""
        tenant = place.tenant
        tenant.inside -= 1
        self.inside -= 1
        self.stop_work(place)
        self._let_in(tenant)
        self._forget_idle(tenant)

    def _has_room(self, tenant: _Tenant) -> bool:
        limits = self._limits
        return (
            tenant.working < limits.working_per_tenant
            and len(self._working) < limits.working
            and tenant.inside < limits.inside_per_tenant
            and self.inside < limits.inside
        )

    def _admit(self, tenant: _Tenant) -> Place:
        tenant.inside += 1
        self.inside += 1
        place = Place(self, tenant)
        self.begin_work(place)
        return place

    async def _wait(self, tenant: _Tenant) -> Place:
        if len(tenant.waiting) >= self._limits.waiting_per_tenant or self.waiting >= self._limits.waiting:
            raise Overloaded
        loop = asyncio.get_running_loop()
        turn: asyncio.Future[Place] = loop.create_future()
        tenant.waiting.append(turn)
        self._turns[tenant.slug] = tenant
        self.waiting += 1
        self._watch_slow_work(loop)
        timer = loop.call_later(self._limits.wait_s, _refuse, turn)
        try:
            return await turn
        except (Overloaded, asyncio.CancelledError):
            if turn.cancelled() or turn.exception() is not None:
                tenant.waiting.remove(turn)
                self._forget_idle(tenant)
            else:
                turn.result().leave()  # let in and cancelled within one turn of the loop
            raise
        finally:
            timer.cancel()
            self.waiting -= 1

    def _let_in(self, tenant: _Tenant) -> None:
        """Let in what has a turn, after one of this business has made room."""
        if tenant.waiting:
            self._turns.setdefault(tenant.slug, tenant)
        while self._turns and len(self._working) < self._limits.working and self.inside < self._limits.inside:
            slug = next(iter(self._turns))
            first = self._turns.pop(slug)
            turn = next((turn for turn in first.waiting if not turn.done()), None)
            if turn is not None and self._has_room(first):
                first.waiting.remove(turn)
                turn.set_result(self._admit(first))
                if first.waiting:
                    self._turns[slug] = first  # behind the others

    def _forget_idle(self, tenant: _Tenant) -> None:
        if not tenant.waiting:
            self._turns.pop(tenant.slug, None)
            if not tenant.inside:
                self._tenants.pop(tenant.slug, None)

    def _watch_slow_work(self, loop: asyncio.AbstractEventLoop) -> None:
        """Run one timer for all places, only while somebody waits."""
        if not self._timer_runs:
            self._timer_runs = True
            loop.call_later(self._limits.slow_s / 2, self._lend_slow_places, loop)

    def _lend_slow_places(self, loop: asyncio.AbstractEventLoop) -> None:
        late = loop.time() - self._limits.slow_s
        for place in [place for place, since in self._working.items() if since <= late]:
            self.stop_work(place)
        self._timer_runs = False
        if self.waiting:
            self._watch_slow_work(loop)


def _refuse(turn: "asyncio.Future[Place]") -> None:
    if not turn.done():
        turn.set_exception(Overloaded())
