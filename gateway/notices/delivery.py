"""Sends what the backend's outbox holds: claims with a lease, sends at the bots' pace, reports back.

At least once: a notice that was claimed and not reported comes again when its lease lapses, and a late report is refused
by its epoch. Several gateways share the outbox through the leases. A bot that Telegram limits pauses alone.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol

from backend.client.api import BackendClient, BackendRefused, BackendUnavailable
from backend.contract.errors import Code
from backend.contract.notices import ClaimNotices, Notice, Report
from backend.kit.logging import describe_fault, log
from backend.kit.tracing import continue_trace
from bot.context import TenantBot
from gateway.notices.pacing import Pacer
from gateway.observability.metrics import Metrics
from gateway.tenants.basics import BasicsCache
from gateway.tenants.snapshot import TenantSnapshot

LEASE_S = 60
MAX_CLAIMED = 100
MAX_AT_ONCE_PER_BOT = 10
IDLE_S = 2.0
SETTLE_S = 0.2
FAILED_RETRY_S = 60.0


class NoticeSender(Protocol):
    """What delivery needs of the bot; see `bot.runtime.Runtime`."""

    async def send_notice(self, tenant: TenantBot, notice: Notice) -> Report:
        """Send one notice and return what came of it."""


class Delivery:
    """One loop per worker. `forget(slug, tg_id)` drops a person's cached context."""

    def __init__(
        self,
        backend: BackendClient,
        sender: NoticeSender,
        tenants: Mapping[str, TenantSnapshot],
        basics: BasicsCache,
        pacer: Pacer,
        metrics: Metrics,
        forget: Callable[[str, int], Awaitable[None]],
    ) -> None:
        self._backend = backend
        self._sender = sender
        self._tenants = tenants
        self._basics = basics
        self._pacer = pacer
        self._metrics = metrics
        self._forget = forget
        self._paused_until: dict[str, float] = {}
        self._batches: set[asyncio.Task[None]] = set()
        self._woken = asyncio.Event()
        self._claims = 0
        self._stopping = False

    def wake(self) -> None:
        """Look for notices now: something has just been changed that may have left some."""
        self._woken.set()

    async def run(self) -> None:
        """Claim and send until `stop`; if this is cancelled, what was claimed is left to its lease."""
        pause = 0.0
        while not self._stopping:
            try:
                async with asyncio.timeout(pause):
                    await self._woken.wait()
                # one booking leaves several notices, and several bookings arrive together
                await asyncio.sleep(SETTLE_S)
            except TimeoutError:
                pass
            self._woken.clear()
            if not self._stopping:
                pause = await self._claim_and_send()

    async def stop(self) -> None:
        """Claim nothing more, and wait until what was claimed has been sent."""
        self._stopping = True
        self._woken.set()
        await asyncio.gather(*self._batches, return_exceptions=True)

    async def _claim_and_send(self) -> float:
        """Claim once and begin to send; return how long to pause, in seconds."""
        now = time.monotonic()
        self._paused_until = {slug: until for slug, until in self._paused_until.items() if until > now}
        claiming = {
            slug: tenant for slug, tenant in self._tenants.items() if tenant.enabled and slug not in self._paused_until
        }
        if not claiming:
            return IDLE_S
        self._claims += 1
        try:
            claimed = await self._backend.claim_notices(
                ClaimNotices(tenants=list(claiming), limit=MAX_CLAIMED, lease_s=LEASE_S), f"claim-{self._claims}"
            )
        except (BackendUnavailable, BackendRefused) as error:
            log.debug("notice_claim_failed", reason=str(error))
            return IDLE_S
        by_slug: dict[str, list[Notice]] = {}
        for notice in claimed.items:
            by_slug.setdefault(notice.tenant, []).append(notice)
        for slug, notices in by_slug.items():
            batch = asyncio.create_task(self._send_batch(claiming[slug], notices))
            self._batches.add(batch)
            batch.add_done_callback(self._batches.discard)
        if len(claimed.items) == MAX_CLAIMED and self._batches:
            # more is waiting; one slow bot must not hold up the others, so the first batch to finish is enough
            await asyncio.wait(self._batches, return_when=asyncio.FIRST_COMPLETED, timeout=IDLE_S)
            return 0.0
        return max(0.0, min(IDLE_S, claimed.next_due_s))

    async def _send_batch(self, tenant: TenantSnapshot, notices: list[Notice]) -> None:
        """Send a bot's notices, a few at a time, each begun at the bot's pace; all are left to their lease without a backend."""
        try:
            tenant = await self._basics.complete(tenant)
        except (BackendRefused, BackendUnavailable) as error:
            log.debug("notices_left", tenant=tenant.slug, reason=str(error))
            return
        slots = asyncio.Semaphore(MAX_AT_ONCE_PER_BOT)

        async def send_in_slot(notice: Notice) -> None:
            async with slots:
                await self._send(tenant, notice)

        async with asyncio.TaskGroup() as group:
            for notice in notices:
                await self._pacer.wait(tenant.slug)
                group.create_task(send_in_slot(notice))

    async def _send(self, tenant: TenantSnapshot, notice: Notice) -> None:
        attributes = {"slotgate.tenant": tenant.slug, "slotgate.notice.kind": notice.kind}
        with continue_trace(notice.traceparent, "send notice", "consumer", attributes) as part:
            part.set("slotgate.outcome", await self._send_and_report(tenant, notice) or "left")

    async def _send_and_report(self, tenant: TenantSnapshot, notice: Notice) -> str | None:
        """Send a notice and report on it; return the outcome, None where it was left to its lease."""
        pause = self._paused_until.get(tenant.slug, 0.0) - time.monotonic()
        if pause > 0:
            report = Report(epoch=notice.epoch, outcome="retry", retry_after_s=pause)
        else:
            if _must_begin(notice) and not await self._begin(notice):
                return None
            report = await self._try(tenant, notice)
        await self._report(notice, report)
        if report.outcome == "blocked":
            # a person who comes back must be identified anew at once: that marks them as reachable again
            await self._forget(notice.tenant, notice.tg_id)
        self._metrics.notices.inc(report.outcome)
        return report.outcome

    async def _try(self, tenant: TenantSnapshot, notice: Notice) -> Report:
        try:
            report = await self._sender.send_notice(tenant, notice)
        except BackendUnavailable as error:
            return Report(epoch=notice.epoch, outcome="retry", retry_after_s=5.0, error=str(error)[:500])
        except Exception as error:  # noqa: BLE001  the failure of one notice must not end the others' sending
            fault = describe_fault(error)
            log.error("notice_failed", tenant=tenant.slug, notice=notice.id, error=fault)
            if notice.kind == "broadcast":
                # it may have been sent before the failure, and must not be sent twice
                return Report(epoch=notice.epoch, outcome="unsure")
            return Report(epoch=notice.epoch, outcome="retry", retry_after_s=FAILED_RETRY_S, error=fault[:500])
        if report.outcome == "retry" and report.retry_after_s:
            # Telegram limits the bot (429): the whole bot pauses, and no other
            self._paused_until[tenant.slug] = time.monotonic() + report.retry_after_s
        return report

    async def _begin(self, notice: Notice) -> bool:
        """Return whether a broadcast's message or a reminder may be sent: it is still wanted, and the lease is still ours.

        Without an answer it is left to its lease: what has not begun comes again.
        """
        try:
            await self._backend.begin_notice(notice.id, notice.epoch, f"notice-{notice.id}")
        except (BackendRefused, BackendUnavailable) as error:
            log.debug("notice_not_begun", notice=notice.id, reason=str(error))
            return False
        return True

    async def _report(self, notice: Notice, report: Report) -> None:
        """Report until it succeeds, as long as the lease lasts: otherwise the person would be notified twice."""
        until, pause = time.monotonic() + LEASE_S, 0.2
        while True:
            try:
                await self._backend.report_notice(notice.id, report, f"notice-{notice.id}", tenant_slug=notice.tenant)
                return
            except BackendRefused as refused:
                if refused.code not in (Code.ILLEGAL_STEP, Code.NOT_FOUND):
                    log.warning("notice_report_refused", notice=notice.id, code=refused.code)
                return  # the lease has passed to another gateway
            except BackendUnavailable:
                if time.monotonic() > until or self._stopping:
                    return
                await asyncio.sleep(pause)
                pause = min(pause * 2, 5.0)


def _must_begin(notice: Notice) -> bool:
    """Return whether the backend is asked once more before it is sent; a reminder that is only brought up to date is not."""
    return notice.kind == "broadcast" or (notice.kind == "reminder" and notice.message_id is None)
