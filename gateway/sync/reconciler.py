"""One errand per tenant, repeated until it succeeds and again when it is due; many tenants, few at a time."""

import asyncio
import heapq
import random
from collections.abc import Awaitable, Callable

from backend.kit.logging import describe_fault, log
from gateway.tenants.snapshot import TenantSnapshot

FIRST_RETRY_S = 0.5
LAST_RETRY_S = 60.0


class RetryLater(Exception):
    """The errand cannot be done now. `wait_s` None means the usual growing pause; `reason` holds no secret."""

    def __init__(self, reason: str, wait_s: float | None = None) -> None:
        self.reason = reason
        self.wait_s = wait_s
        super().__init__(reason)


class Reconciler:
    """`do(tenant)` answers in how many seconds to come again (None: never, until the tenant changes)."""

    def __init__(self, name: str, do: Callable[[TenantSnapshot], Awaitable[float | None]], *, at_once: int = 8) -> None:
        self._name = name
        self._do = do
        self._at_once = at_once
        self._wanted: dict[str, TenantSnapshot] = {}
        self._tries: dict[str, int] = {}
        self._due: list[tuple[float, int, str, TenantSnapshot]] = []
        self._serial = 0
        self._news = asyncio.Event()
        self._open: set[asyncio.Task[None]] = set()
        self._busy: set[str] = set()
        self._again: set[str] = set()

    @property
    def waiting(self) -> int:
        """How many tenants' errands have failed at their last try."""
        return len(self._tries)

    def put(self, served: TenantSnapshot) -> None:
        """Now, for this version of the tenant; an older version's errand lapses."""
        self._wanted[served.slug] = served
        self._tries.pop(served.slug, None)
        self._plan(served, 0.0)

    def drop(self, slug: str) -> None:
        """No more for this tenant."""
        self._wanted.pop(slug, None)
        self._tries.pop(slug, None)

    def hurry(self) -> None:
        """What they failed for is over: those that failed try again now instead of at the end of their pause."""
        for slug in self._tries:
            if (served := self._wanted.get(slug)) is not None:
                self._plan(served, 0.0)

    async def run(self) -> None:
        """Works until cancelled; what is under way then is cancelled too."""
        loop = asyncio.get_running_loop()
        try:
            while True:
                self._news.clear()
                while self._due and self._due[0][0] <= loop.time() and len(self._open) < self._at_once:
                    _, _, slug, served = heapq.heappop(self._due)
                    if self._wanted.get(slug) is not served:
                        continue
                    if slug in self._busy:
                        self._again.add(slug)
                    else:
                        self._busy.add(slug)
                        task = asyncio.create_task(self._once(served))
                        self._open.add(task)
                        task.add_done_callback(self._closed)
                pause = None
                if self._due and len(self._open) < self._at_once:
                    pause = max(0.0, self._due[0][0] - loop.time())
                try:
                    async with asyncio.timeout(pause):
                        await self._news.wait()
                except TimeoutError:
                    continue
        finally:
            for task in list(self._open):
                task.cancel()
            await asyncio.gather(*self._open, return_exceptions=True)

    def _closed(self, task: asyncio.Task[None]) -> None:
        self._open.discard(task)
        self._news.set()

    def _plan(self, served: TenantSnapshot, wait_s: float) -> None:
        self._serial += 1
        due = asyncio.get_running_loop().time() + wait_s
        heapq.heappush(self._due, (due, self._serial, served.slug, served))
        self._news.set()

    async def _once(self, served: TenantSnapshot) -> None:
        try:
            await self._try(served)
        finally:
            self._busy.discard(served.slug)
            latest = self._wanted.get(served.slug)
            if served.slug in self._again and latest is not None:
                self._plan(latest, 0.0)  # it changed meanwhile, or there is more to tell
            self._again.discard(served.slug)

    async def _try(self, served: TenantSnapshot) -> None:
        try:
            again = await self._do(served)
        except RetryLater as later:
            self._retry(served, later.reason, later.wait_s)
        except Exception as error:  # noqa: BLE001  one tenant's trouble is its own
            self._retry(served, describe_fault(error), None)
        else:
            if self._tries.pop(served.slug, 0):
                log.info(f"{self._name}_recovered", tenant=served.slug)
            if again is not None:
                self._plan(served, again * random.uniform(0.9, 1.1))  # noqa: S311  only spreads the load

    def _retry(self, served: TenantSnapshot, reason: str, wait_s: float | None) -> None:
        if self._wanted.get(served.slug) is not served:
            return
        tries = self._tries[served.slug] = self._tries.get(served.slug, 0) + 1
        if tries == 1 or tries % 20 == 0:
            log.warning(f"{self._name}_failed", tenant=served.slug, reason=reason, tries=tries)
        if wait_s is None:
            wait_s = min(LAST_RETRY_S, FIRST_RETRY_S * 2 ** min(tries - 1, 10))
        self._plan(served, wait_s * random.uniform(1.0, 1.2))  # noqa: S311  only spreads the load
