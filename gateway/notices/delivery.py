"""Sends what the backend's outbox holds: claims with a lease, sends at the bots' pace, reports back.

At least once: what is claimed and not reported comes again when its lease lapses, and a late report is refused by its
epoch. Several gateways share the outbox through the leases. A flooded bot waits alone.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from typing import Protocol

from backend.client.api import BackendClient, BackendRefused, BackendUnavailable
from backend.contract.errors import Code
from backend.contract.notices import Claim, Notice, Report
from backend.kit.logging import describe_fault, log
from bot.context import TenantBot
from gateway.notices.pacing import Pace
from gateway.observability.metrics import Metrics
from gateway.tenants.snapshot import TenantSnapshot

LEASE_S = 60
LIMIT = 100
PER_BOT = 10
IDLE_S = 2.0
SETTLE_S = 0.2
LATER_S = 60.0


class Sender(Protocol):
    """What delivery needs of the bot."""

    async def send_notice(self, tenant: TenantBot, notice: Notice) -> Report:
        """Sends one; see `bot.runtime.Runtime`."""


class Delivery:
    """One loop per worker. `serving` gives the tenants that are served now; `forget(slug, tg_id)` drops a context."""

    def __init__(
        self,
        backend: BackendClient,
        sender: Sender,
        serving: Callable[[], Iterable[TenantSnapshot]],
        pace: Pace,
        metrics: Metrics,
        forget: Callable[[str, int], Awaitable[None]] | None = None,
    ) -> None:
        self._backend = backend
        self._sender = sender
        self._serving = serving
        self._pace = pace
        self._metrics = metrics
        self._forget = forget
        self._resting: dict[str, float] = {}
        self._open: set[asyncio.Task[None]] = set()
        self._news = asyncio.Event()
        self._free = asyncio.Event()
        self._claims = 0
        self._stopping = False

    def wake(self) -> None:
        """Something has just been done that may have left a notice."""
        self._news.set()

    async def run(self) -> None:
        """Claims and sends until `stop`; being cancelled leaves what was claimed to its lease."""
        pause = 0.0
        while not self._stopping:
            try:
                async with asyncio.timeout(pause):
                    await self._news.wait()
                # one booking leaves several notices, and several bookings arrive together
                await asyncio.sleep(SETTLE_S)
            except TimeoutError:
                pass
            self._news.clear()
            if not self._stopping:
                pause = await self._round()

    async def stop(self) -> None:
        """Claims nothing more and lets what was claimed be sent."""
        self._stopping = True
        self._news.set()
        await asyncio.gather(*self._open, return_exceptions=True)

    async def _round(self) -> float:
        """One claim; answers how long to rest, in seconds."""
        now = time.monotonic()
        self._resting = {slug: until for slug, until in self._resting.items() if until > now}
        slugs = {s.slug: s for s in self._serving() if s.tenant.enabled and s.slug not in self._resting}
        if not slugs:
            return IDLE_S
        self._claims += 1
        try:
            claimed = await self._backend.claim_notices(
                Claim(tenants=list(slugs), limit=LIMIT, lease_s=LEASE_S), f"claim-{self._claims}"
            )
        except (BackendUnavailable, BackendRefused) as error:
            log.debug("notices_unclaimed", reason=str(error))
            return IDLE_S
        by_tenant: dict[str, list[Notice]] = {}
        for notice in claimed.items:
            by_tenant.setdefault(notice.tenant, []).append(notice)
        for slug, batch in by_tenant.items():
            task = asyncio.create_task(self._send_all(slugs[slug], batch))
            self._open.add(task)
            task.add_done_callback(self._open.discard)
        if len(claimed.items) == LIMIT and self._open:
            # more is waiting; one bot's slowness must not hold the others', so the first one to finish is enough
            await asyncio.wait(self._open, return_when=asyncio.FIRST_COMPLETED, timeout=IDLE_S)
            return 0.0
        return max(0.0, min(IDLE_S, claimed.next_due_s))

    async def _send_all(self, served: TenantSnapshot, batch: list[Notice]) -> None:
        """A few at a time, each begun at the bot's pace: at most 25 a second."""
        gate = asyncio.Semaphore(PER_BOT)

        async def one(notice: Notice) -> None:
            async with gate:
                await self._send(served, notice)

        async with asyncio.TaskGroup() as group:
            for notice in batch:
                await self._pace.wait(served.slug)
                group.create_task(one(notice))

    async def _send(self, served: TenantSnapshot, notice: Notice) -> None:
        rest = self._resting.get(served.slug, 0.0) - time.monotonic()
        if rest > 0:
            report = Report(epoch=notice.epoch, outcome="retry", retry_after_s=rest)
        else:
            if notice.kind == "broadcast" and not await self._may_begin(notice):
                return
            try:
                report = await self._sender.send_notice(served.bot, notice)
                if report.outcome == "retry" and report.retry_after_s:
                    # Telegram asked to wait (429): the whole bot does, and nobody else
                    self._resting[served.slug] = time.monotonic() + report.retry_after_s
            except BackendUnavailable as error:
                report = Report(epoch=notice.epoch, outcome="retry", retry_after_s=5.0, error=str(error)[:500])
            except Exception as error:  # noqa: BLE001  one notice's trouble is its own
                fault = describe_fault(error)
                log.error("notice_failed", tenant=served.slug, notice=notice.id, error=fault)
                report = Report(epoch=notice.epoch, outcome="retry", retry_after_s=LATER_S, error=fault[:500])
                if notice.kind == "broadcast":
                    # it may have gone out before the trouble, and nobody gets it twice
                    report = Report(epoch=notice.epoch, outcome="failed", error="unsure")
        await self._report(notice, report)
        if report.outcome == "blocked" and self._forget is not None:
            # whoever comes back must be identified anew at once: that is what ends their being out of reach
            await self._forget(notice.tenant, notice.tg_id)
        self._metrics.notices.labels(report.outcome).inc()

    async def _may_begin(self, notice: Notice) -> bool:
        """Whether a broadcast's message may go out: it has not been stopped, and is not another's by now.

        Without an answer it is left to its lease: what has not begun comes again."""
        try:
            await self._backend.begin_notice(notice.id, notice.epoch, f"notice-{notice.id}")
        except (BackendRefused, BackendUnavailable) as error:
            log.debug("broadcast_not_begun", notice=notice.id, reason=str(error))
            return False
        return True

    async def _report(self, notice: Notice, report: Report) -> None:
        """Until it is heard, as long as the lease lasts: an unheard report means that the person is told twice."""
        until, pause = time.monotonic() + LEASE_S, 0.2
        while True:
            try:
                await self._backend.report_notice(notice.id, report, f"notice-{notice.id}", tenant_slug=notice.tenant)
                return
            except BackendRefused as refused:
                if refused.code not in (Code.ILLEGAL_STEP, Code.NOT_FOUND):
                    log.warning("notice_report_refused", notice=notice.id, code=refused.code)
                return  # the lease has passed to another
            except BackendUnavailable:
                if time.monotonic() > until or self._stopping:
                    return
                await asyncio.sleep(pause)
                pause = min(pause * 2, 5.0)
