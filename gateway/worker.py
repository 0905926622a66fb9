"""Everything of one gateway worker, put together once, started, kept in step with the tenants' files, and drained."""

import asyncio
import contextlib
import gc
import os
import time
from collections.abc import Coroutine, Iterable, Mapping
from typing import TYPE_CHECKING

from backend.client.api import BackendClient
from backend.contract.redis import url_for
from backend.kit.logging import describe_fault, log
from backend.kit.redis_link import RedisLink
from backend.kit.tracing import start_tracing, stop_tracing
from bot.telegram import Telegram
from gateway.bot_loader import StartedBot, start_bot
from gateway.errors import Misconfigured
from gateway.http.proxy import Proxy
from gateway.http.public_limits import PublicLimits
from gateway.http.webhook import Webhook
from gateway.notices.delivery import Delivery
from gateway.notices.pacing import Pacer
from gateway.observability.audit import write_shed_updates
from gateway.observability.metrics import Metrics
from gateway.scripts import SCRIPTS
from gateway.settings import Settings
from gateway.sync.backend import BackendSync
from gateway.sync.backend_probe import BackendProbe
from gateway.sync.bot_profile import ProfileSync
from gateway.sync.reconciler import Reconciler
from gateway.sync.webhooks import WebhookSync
from gateway.tenants.basics import BasicsCache
from gateway.tenants.directory import Changes, Directory
from gateway.tenants.snapshot import TenantSnapshot
from gateway.tenants.watcher import watch_directory
from gateway.updates.admission import RENEW_S, AdmissionControl
from gateway.updates.identity import IdentityCache
from gateway.updates.pipeline import Pipeline
from gateway.updates.polling import Polling
from gateway.updates.quarantine import Quarantine
from gateway.updates.replay import Replay

if TYPE_CHECKING:
    # imports aiogram, which takes seconds: see `bot_loader`
    from bot.runtime import Runtime

DRAIN_S = 7.0
LAST_ARRIVALS_S = 0.5
# A gateway whose backend does not answer refuses connections for so long, then answers 503.
START_WAIT_S = 8.0


class Worker:
    """One per process. `start` returns before the bot has started; `wait_until_ready` waits for it."""

    def __init__(self, settings: Settings, *, env: Mapping[str, str] | None = None) -> None:
        key = settings.require_key()
        if settings.redis_url is None:
            raise Misconfigured("SLOTGATE_REDIS_URL is not set: the gateway needs a Redis (`slotgate up` brings one).")
        self.settings = settings
        self.metrics = Metrics()
        self.tenants: dict[str, TenantSnapshot] = {}
        self.redis = RedisLink(url_for(settings.redis_url, "gateway", key), SCRIPTS)
        self.backend = BackendClient(settings.backend_url, key)
        self.telegram = Telegram(settings.telegram_api_url, settings.telegram_proxy)
        self.identities = IdentityCache(self.backend, self.redis)
        self.admission = AdmissionControl(self.redis, self.metrics)
        self.quarantine = Quarantine(settings.data_dir / "quarantine")
        self.basics = BasicsCache(self.backend, self.redis)
        self.pipeline = Pipeline(self.admission, self.identities, self.basics, self.quarantine, self.metrics)
        self.webhook = Webhook(self.tenants, self.pipeline, self.metrics)
        self.proxy = Proxy(self.tenants, self.backend, PublicLimits(self.redis), self.metrics, settings.trusted_proxies)
        self.backend_sync = BackendSync(self.backend, self.basics, settings.tenants_dir)
        self.directory = Directory(
            settings.tenants_dir,
            env=os.environ if env is None else env,
            internal_key=key,
            literals_allowed=settings.literals_allowed,
        )
        self.backend_probe = BackendProbe(self.backend, self._tell_backend)
        self._was_up = False
        self._was_confirmed = False
        self._bot_failed = False
        self._bot: StartedBot | None = None
        self._webhook_sync: WebhookSync | None = None
        self._profile_sync: ProfileSync | None = None
        self._polling: Polling | None = None
        self._delivery: Delivery | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._drain: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Read the tenants, connect, and go on loading in the background."""
        start_tracing("slotgate-gateway")
        await self.redis.start()
        await self.backend.start()
        try:
            await self._apply(await asyncio.to_thread(self.directory.rescan))
        except Misconfigured as error:
            # the folder may be mounted a moment later; the worker is not ready until it is there
            log.error("tenants_unreadable", reason=str(error))
        else:
            self.webhook.tenants_loaded = True
        self._spawn(watch_directory(self.directory, self._apply), "tenants")
        self._spawn(self._renew_leases(), "leases")
        self._spawn(self.metrics.loop.run(self.update_gauges), "event-loop-monitor")
        self._spawn(self.backend_probe.run(), "backend-probe")
        self._spawn(self._load_bot(), "bot")

    async def wait_until_ready(self) -> None:
        """Wait until an update would be processed, but no longer than START_WAIT_S: the health routes tell what is missing."""
        deadline = time.monotonic() + START_WAIT_S
        # readiness is made of the states of many parts; once in a worker's life. Without the bot it never comes.
        while self.readiness()["status"] != "ready" and time.monotonic() < deadline:
            if self._drain is not None or self._bot_failed:
                return
            await asyncio.sleep(0.01)

    def begin_drain(self) -> None:
        """Take no new updates in a moment, and give those under way a few seconds; called at SIGTERM."""
        if self._drain is None:
            self._drain = asyncio.ensure_future(self._drain_updates())

    async def _drain_updates(self) -> None:
        # The server closes its port and the idle connections within a turn of its clock. What is on its way on one of them
        # is processed rather than refused: another gateway would have to take it.
        await asyncio.sleep(LAST_ARRIVALS_S)
        await self.pipeline.drain(DRAIN_S - LAST_ARRIVALS_S)

    async def stop(self) -> None:
        """Drain and close. Safe after a start that failed half-way."""
        self.begin_drain()
        if self._polling is not None:
            await self._polling.close()
        assert self._drain is not None
        await self._drain
        if self._delivery is not None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(2.0):
                    await self._delivery.stop()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._bot is not None:
            await self._bot.close()
        await self.identities.close()
        await self.backend.close()
        await self.telegram.close()
        await self.redis.close()
        await asyncio.to_thread(stop_tracing)
        write_shed_updates()

    def readiness(self) -> dict[str, object]:
        """Return whether an update would be processed now, and the state of each part."""
        bot_loaded, draining = self.pipeline.bot is not None, self._drain is not None
        confirmed = all(self.backend_sync.is_confirmed(t.slug) for t in self.tenants.values() if t.enabled)
        # once it was, a tenant that is added later does not take the others out of service
        self._was_confirmed = self._was_confirmed or confirmed
        backend = self.backend_probe.state
        if draining:
            status = "draining"
        elif self.webhook.tenants_loaded and bot_loaded and backend == "up" and self._was_confirmed:
            status = "ready"
        else:
            status = "unready" if bot_loaded or self._bot_failed else "starting"
        return {
            "status": status,
            "tenants": len(self.tenants),
            "tenants_announced": confirmed,
            "bot": "loaded" if bot_loaded else "failed" if self._bot_failed else "loading",
            "backend": backend,
            "redis": "up" if self.redis.up else "down",
        }

    def update_gauges(self) -> None:
        """Set the figures that are read off a state."""
        self.metrics.redis_up.set(self.redis.up)
        self.metrics.in_flight.set(self.pipeline.gate.inside)
        self.metrics.waiting.set(self.pipeline.gate.waiting)

    async def _apply(self, changes: Changes) -> None:
        """Replace the snapshots tenant by tenant; requests under way finish on the one that they hold."""
        self.webhook.tenants_loaded = True
        for tenant in changes.removed:
            self.tenants.pop(tenant.slug, None)
            self.basics.forget(tenant.slug)
            for reconciler in (self.backend_sync.reconciler, *self._telegram_reconcilers()):
                reconciler.remove(tenant.slug)
            if self._polling is not None:
                self._polling.stop(tenant.slug)
        if self._bot is not None:
            for tenant in (*changes.removed, *(old for old, _ in changes.changed)):
                await self._bot.runtime.forget_tenant(tenant.slug)
        other_zone = [new for old, new in changes.changed if old.timezone != new.timezone]
        await asyncio.gather(*(self.backend_sync.announce_zone(TenantSnapshot.of(tenant)) for tenant in other_zone))
        for tenant in (*changes.added, *(new for _, new in changes.changed)):
            snapshot = self.tenants[tenant.slug] = TenantSnapshot.of(tenant)
            self.backend_sync.reconciler.enqueue(snapshot)
            self._connect(snapshot)
        self.metrics.tenants.set(len(self.tenants))
        if changes:
            log.info(
                "tenants_loaded",
                added=len(changes.added),
                changed=[new.slug for _, new in changes.changed],
                removed=[tenant.slug for tenant in changes.removed],
            )

    def _connect(self, tenant: TenantSnapshot) -> None:
        """Have Telegram send this bot's updates here, or poll for them; neither for a business that is switched off."""
        for reconciler in self._telegram_reconcilers():
            if tenant.enabled:
                reconciler.enqueue(tenant)
            else:
                reconciler.remove(tenant.slug)
        if self._polling is not None:
            self._polling.start(tenant)

    def _telegram_reconcilers(self) -> Iterable[Reconciler]:
        """Yield those that talk to Telegram; none until the bot's library is loaded."""
        for sync in (self._webhook_sync, self._profile_sync):
            if sync is not None:
                yield sync.reconciler

    async def _load_bot(self) -> None:
        """Load the bot, while health is answered already and updates get a 503; then serve with it."""
        try:
            self._bot = await start_bot(self.settings, self.backend, self.identities, self.redis)
        except Exception as error:  # noqa: BLE001  logged once, and the worker is never ready
            # which module is missing is no secret, and the operator's only clue
            message = {"message": str(error)} if isinstance(error, ImportError) else {}
            log.error("bot_not_loaded", **message, error=describe_fault(error))
            self._bot_failed = True
            return
        self._serve_with(self._bot.runtime)
        self.pipeline.bot = self._bot.loaded
        # what was loaded stays: the collector need not look at it again with every generation
        gc.collect()
        gc.freeze()

    def _serve_with(self, runtime: "Runtime") -> None:
        allowed_updates = runtime.allowed_updates()
        forget, pacer = self.identities.forget, Pacer(self.redis)
        self._delivery = Delivery(self.backend, runtime, self.tenants, self.basics, pacer, self.metrics, forget)
        self.backend.on_written = self._delivery.wake
        self._webhook_sync = WebhookSync(
            self.telegram,
            self.redis,
            self.backend_sync,
            self.metrics,
            settings=self.settings,
            allowed_updates=allowed_updates,
        )
        self._profile_sync = ProfileSync(runtime, self.basics, self.redis)
        self.basics.on_change = self._profile_sync.reconciler.enqueue
        if self.settings.polling:
            self._polling = Polling(
                self.telegram,
                self.redis,
                self.pipeline,
                self.metrics,
                owner=self.admission.owner,
                allowed_updates=allowed_updates,
            )
        for tenant in self.tenants.values():
            self._connect(tenant)
        self._spawn(self._webhook_sync.reconciler.run(), "webhook-sync")
        self._spawn(self._profile_sync.reconciler.run(), "profile-sync")
        self._spawn(self._delivery.run(), "delivery")
        self._spawn(Replay(self.quarantine, self.tenants, self.pipeline).run(), "replay")

    async def _renew_leases(self) -> None:
        while True:
            await asyncio.sleep(RENEW_S / 2)
            await self.admission.renew()
            write_shed_updates()

    def _tell_backend(self) -> None:
        """Tell a backend that has just come (back) of the tenants."""
        if not self._was_up:
            self._was_up = True
            self._spawn(self.backend_sync.reconciler.run(), "backend-sync")
        else:
            self.backend_sync.reconciler.retry_now()

    def _spawn(self, work: Coroutine[None, None, None], name: str) -> None:
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._log_failure)

    def _log_failure(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("background_task_failed", task=task.get_name(), error=describe_fault(error))
