"""One task per tenant, repeated until it succeeds and again when it is due; many tenants, few at a time."""

import asyncio
import heapq
import random
from collections.abc import Awaitable, Callable

from backend.kit.logging import describe_fault, log
from gateway.tenants.snapshot import TenantSnapshot

FIRST_RETRY_S = 0.5
LAST_RETRY_S = 60.0


class RetryLater(Exception):
    """The task cannot be done now. `wait_s` None means the usual growing pause; `reason` holds no secret."""

    def __init__(self, reason: str, wait_s: float | None = None) -> None:
        self.reason = reason
        self.wait_s = wait_s
        super().__init__(reason)


class Reconciler:
    """Calls `reconcile(tenant)`, which returns in how many seconds to repeat it (None: only once the tenant changes).

    `name` begins the events of the log: `<name>_failed`, `<name>_recovered`.
    """

    def __init__(
        self,
        name: str,
        reconcile: Callable[[TenantSnapshot], Awaitable[float | None]],
        *,
        max_at_once: int = 8,
    ) -> None:
        self._name = name
        self._reconcile = reconcile
        self._max_at_once = max_at_once
        self._tenants: dict[str, TenantSnapshot] = {}
        self._failed_tries: dict[str, int] = {}
        self._schedule: list[tuple[float, int, str, TenantSnapshot]] = []
        self._serial = 0
        self._changed = asyncio.Event()
        self._running: dict[str, asyncio.Task[None]] = {}
        self._repeat: set[str] = set()

    @property
    def failing(self) -> int:
        """How many tenants' last try has failed."""
        return len(self._failed_tries)

    def enqueue(self, tenant: TenantSnapshot) -> None:
        """Reconcile this version of a tenant now; what was scheduled for an older version is dropped."""
        self._tenants[tenant.slug] = tenant
        self._failed_tries.pop(tenant.slug, None)
        self._plan(tenant, 0.0)

    def remove(self, slug: str) -> None:
        """Reconcile this tenant no more."""
        self._tenants.pop(slug, None)
        self._failed_tries.pop(slug, None)

    def retry_now(self) -> None:
        """Try those that failed again now, instead of at the end of their pause: what they failed for is over."""
        for slug in self._failed_tries:
            if (tenant := self._tenants.get(slug)) is not None:
                self._plan(tenant, 0.0)

    async def run(self) -> None:
        """Work until cancelled; what is under way then is cancelled too."""
        loop = asyncio.get_running_loop()
        try:
            while True:
                self._changed.clear()
                while self._has_room() and self._schedule and self._schedule[0][0] <= loop.time():
                    _, _, slug, tenant = heapq.heappop(self._schedule)
                    if self._tenants.get(slug) is not tenant:
                        continue
                    if slug in self._running:
                        self._repeat.add(slug)
                    else:
                        self._running[slug] = asyncio.create_task(self._run_once(tenant))
                pause = None
                if self._has_room() and self._schedule:
                    pause = max(0.0, self._schedule[0][0] - loop.time())
                try:
                    async with asyncio.timeout(pause):
                        await self._changed.wait()
                except TimeoutError:
                    continue
        finally:
            running = list(self._running.values())
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)

    def _has_room(self) -> bool:
        return len(self._running) < self._max_at_once

    def _plan(self, tenant: TenantSnapshot, wait_s: float) -> None:
        self._serial += 1
        due = asyncio.get_running_loop().time() + wait_s
        heapq.heappush(self._schedule, (due, self._serial, tenant.slug, tenant))
        self._changed.set()

    async def _run_once(self, tenant: TenantSnapshot) -> None:
        slug = tenant.slug
        try:
            await self._try(tenant)
        finally:
            del self._running[slug]
            latest = self._tenants.get(slug)
            if slug in self._repeat and latest is not None:
                self._plan(latest, 0.0)  # it changed meanwhile, or was enqueued again
            self._repeat.discard(slug)
            self._changed.set()

    async def _try(self, tenant: TenantSnapshot) -> None:
        try:
            repeat_s = await self._reconcile(tenant)
        except RetryLater as later:
            self._plan_retry(tenant, later.reason, later.wait_s)
        except Exception as error:  # noqa: BLE001  one tenant's failure must not end the others' reconciling
            self._plan_retry(tenant, describe_fault(error), None)
        else:
            if self._failed_tries.pop(tenant.slug, 0):
                log.info(f"{self._name}_recovered", tenant=tenant.slug)
            if repeat_s is not None:
                self._plan(tenant, repeat_s * random.uniform(0.9, 1.1))  # noqa: S311  only spreads the load

    def _plan_retry(self, tenant: TenantSnapshot, reason: str, wait_s: float | None) -> None:
        if self._tenants.get(tenant.slug) is not tenant:
            return
        tries = self._failed_tries[tenant.slug] = self._failed_tries.get(tenant.slug, 0) + 1
        if tries == 1 or tries % 20 == 0:
            log.warning(f"{self._name}_failed", tenant=tenant.slug, reason=reason, tries=tries)
        if wait_s is None:
            wait_s = min(LAST_RETRY_S, FIRST_RETRY_S * 2 ** min(tries - 1, 10))
        self._plan(tenant, wait_s * random.uniform(1.0, 1.2))  # noqa: S311  only spreads the load
