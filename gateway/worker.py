"""Everything of one gateway worker, put together once, started, kept in step with the tenants' files, and drained."""

import asyncio
import contextlib
import gc
import os
from collections.abc import Coroutine, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from backend.client.api import BackendClient, BackendUnavailable
from backend.contract.redis import url_for
from backend.kit.logging import describe_fault, log
from backend.kit.redis import RedisLink
from gateway.bot_loader import Close, load_engine
from gateway.errors import Misconfigured
from gateway.http.proxy import Proxy
from gateway.http.public_limits import PublicRates
from gateway.http.webhook import Webhook
from gateway.notices.delivery import Delivery
from gateway.notices.pacing import Pace
from gateway.observability.audit import Audit
from gateway.observability.metrics import Metrics
from gateway.scripts import SCRIPTS
from gateway.settings import Settings
from gateway.sync.backend import Announcer
from gateway.sync.bot_commands import Introductions
from gateway.sync.reconciler import Reconciler
from gateway.sync.webhooks import Webhooks
from gateway.telegram import Telegram
from gateway.tenants.directory import Changes, Directory
from gateway.tenants.snapshot import TenantSnapshot
from gateway.updates.admission import RENEW_S, Admissions
from gateway.updates.identity import People
from gateway.updates.pipeline import Intake
from gateway.updates.polling import Polling
from gateway.updates.quarantine import Quarantine
from gateway.updates.replay import Replay

if TYPE_CHECKING:
    from bot.runtime import Runtime

DRAIN_S = 7.0
PROBE_S = 5.0
EAGER_PROBE_S = 0.25


class Gateway:
    """One per worker process. `start` returns at once; what takes seconds (the bot's library) is loaded meanwhile."""

    def __init__(self, settings: Settings, *, env: Mapping[str, str] | None = None) -> None:
        key = settings.require_key()
        if settings.redis_url is None:
            raise Misconfigured("SLOTGATE_REDIS_URL is not set: the gateway needs a Redis (`slotgate up` brings one).")
        self.settings = settings
        self.metrics = Metrics()
        self.audit = Audit()
        self.tenants: dict[str, TenantSnapshot] = {}
        self.redis = RedisLink(url_for(settings.redis_url, "gateway", key), SCRIPTS)
        self.backend = BackendClient(settings.backend_url, key)
        self.telegram = Telegram(settings.telegram_api_url)
        self.people = People(self.backend, self.redis)
        self.admissions = Admissions(self.redis, self.metrics)
        self.quarantine = Quarantine(settings.data_dir / "quarantine")
        self.intake = Intake(self.admissions, self.people, self.quarantine, self.audit, self.metrics)
        self.webhook = Webhook(self.tenants, self.intake, self.audit, self.metrics)
        self.proxy = Proxy(self.tenants, self.backend, PublicRates(self.redis), self.audit, self.metrics)
        self.announcer = Announcer(self.backend)
        self.directory = Directory(
            settings.tenants_dir,
            env=os.environ if env is None else env,
            internal_key=key,
            literals_allowed=settings.literals_allowed,
        )
        self.backend_up = False
        self._announced = False
        self._bot_failed = False
        self.runtime: Runtime | None = None
        self._close_bot: Close | None = None
        self._webhooks: Webhooks | None = None
        self._introductions: Introductions | None = None
        self._polling: Polling | None = None
        self._delivery: Delivery | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._draining: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Reads the tenants, connects, and goes on loading in the background."""
        await self.redis.start()
        await self.telegram.start()
        await self.backend.start()
        self._spawn(self.announcer.errands.run(), "announcements")
        try:
            await self._apply(await asyncio.to_thread(self.directory.rescan))
        except Misconfigured as error:
            # the folder may be mounted a moment later; readiness stays false until it is there
            log.error("tenants_unreadable", reason=str(error))
        else:
            self.webhook.loaded = True
        self._spawn(self.directory.run(self._apply), "tenants")
        self._spawn(self._renew(), "leases")
        self._spawn(self._probe(), "backend-probe")
        self._spawn(self._load(), "bot")

    def begin_drain(self) -> None:
        """From SIGTERM on: new updates are told to come again, those under way have a few seconds left."""
        if self._draining is None:
            self._draining = asyncio.ensure_future(self.intake.drain(DRAIN_S))

    async def stop(self) -> None:
        """Drains and closes. Safe after a start that failed half-way."""
        self.begin_drain()
        if self._polling is not None:
            await self._polling.stop()
        assert self._draining is not None
        await self._draining
        if self._delivery is not None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(2.0):
                    await self._delivery.stop()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._close_bot is not None:
            await self._close_bot()
        await self.people.close()
        await self.backend.close()
        await self.telegram.close()
        await self.redis.close()

    def serving(self) -> Iterable[TenantSnapshot]:
        """The tenants as they are served now."""
        return self.tenants.values()

    def state(self) -> dict[str, object]:
        """What readiness tells: the truth, part by part."""
        loaded, bot = self.webhook.loaded, self.intake.engine is not None
        announced = all(self.announcer.knows(slug) for slug, one in self.tenants.items() if one.tenant.enabled)
        # a tenant that is added later does not take the others out of service
        self._announced = self._announced or announced
        ready = loaded and bot and self.backend_up and self._announced and not self.intake.draining
        return {
            "status": "ready"
            if ready
            else "draining"
            if self.intake.draining
            else "starting"
            if not bot and not self._bot_failed
            else "unready",
            "tenants": len(self.tenants),
            "tenants_announced": announced,
            "bot": "loaded" if bot else "failed" if self._bot_failed else "loading",
            "backend": "up" if self.backend_up else "down",
            "redis": "up" if self.redis.up else "down",
        }

    async def _apply(self, changes: Changes) -> None:
        """Swaps tenant by tenant; requests in flight finish on the snapshot that they hold."""
        self.webhook.loaded = True
        for gone in changes.removed:
            self.tenants.pop(gone.slug, None)
            self.announcer.errands.drop(gone.slug)
            for errands in self._with_telegram():
                errands.drop(gone.slug)
            if self._polling is not None:
                self._polling.drop(gone.slug)
            await self._forget(gone.slug)
        for old, _ in changes.changed:
            await self._forget(old.slug)
        for tenant in [*changes.added, *(new for _, new in changes.changed)]:
            served = self.tenants[tenant.slug] = TenantSnapshot.of(tenant)
            self.announcer.errands.put(served)
            self._connect(served)
        self.metrics.tenants.set(len(self.tenants))
        if changes:
            log.info(
                "tenants_loaded",
                added=len(changes.added),
                changed=[new.slug for _, new in changes.changed],
                removed=[gone.slug for gone in changes.removed],
            )

    async def _forget(self, slug: str) -> None:
        if self.runtime is not None:
            await self.runtime.forget(slug)

    def _connect(self, served: TenantSnapshot) -> None:
        """Has Telegram send this bot's updates here, or fetches them; nothing for a business that is switched off."""
        for errands in self._with_telegram():
            if served.tenant.enabled:
                errands.put(served)
            else:
                errands.drop(served.slug)
        if self._polling is not None:
            self._polling.put(served)

    def _with_telegram(self) -> list[Reconciler]:
        """What is told to Telegram of each bot; nothing while the bot's library is loading."""
        return [one.errands for one in (self._webhooks, self._introductions) if one is not None]

    async def _load(self) -> None:
        """The bot's library takes seconds to import; health already answers, and webhooks are told to come again."""
        try:
            runtime, engine, self._close_bot = await load_engine(self.settings, self.backend, self.people, self.redis)
        except Exception as error:  # noqa: BLE001  said once, and readiness stays false
            # what is missing is no secret, and the operator's only clue
            said = {"said": str(error)} if isinstance(error, ImportError) else {}
            log.error("bot_not_loaded", **said, error=describe_fault(error))
            self._bot_failed = True
            return
        self.runtime = runtime
        allowed = runtime.allowed_updates()
        self._delivery = Delivery(
            self.backend, runtime, self.serving, Pace(self.redis), self.metrics, self.people.forget
        )
        self.backend.on_written = self._delivery.wake
        self.intake.engine = engine
        self._webhooks = Webhooks(
            self.telegram,
            self.redis,
            self.announcer,
            self.metrics,
            public_url=None if self.settings.polling else self.settings.public_url,
            allowed_updates=allowed,
        )
        self._introductions = Introductions(runtime)
        if self.settings.polling:
            self._polling = Polling(
                self.telegram,
                self.redis,
                self.intake,
                self.metrics,
                owner=self.admissions.owner,
                allowed_updates=allowed,
            )
        for served in list(self.tenants.values()):
            self._connect(served)
        self._spawn(self._webhooks.errands.run(), "webhooks")
        self._spawn(self._introductions.errands.run(), "introductions")
        self._spawn(self._delivery.run(), "delivery")
        self._spawn(Replay(self.quarantine, self.tenants, self.intake).run(), "replay")
        # what was loaded stays: the collector need not look at it again with every generation
        gc.collect()
        gc.freeze()
        # updates leave no cycles behind, so that looking for them a hundred times a second finds nothing
        gc.set_threshold(20_000, 20, 20)

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(RENEW_S / 2)
            await self.admissions.renew()
            self.gauge()

    def gauge(self) -> None:
        """Looks at what is measured by looking."""
        self.metrics.redis_up.set(self.redis.up)
        self.metrics.in_flight.set(self.intake.lanes.count)

    async def _probe(self) -> None:
        """Whether the backend answers, as readiness tells it."""
        while True:
            try:
                up = await self.backend.check_live()
            except BackendUnavailable:
                up = False
            if up and not self.backend_up:
                self.announcer.errands.hurry()
            self.backend_up = up
            await asyncio.sleep(PROBE_S if self.backend_up else EAGER_PROBE_S)

    def _spawn(self, work: Coroutine[Any, Any, None], name: str) -> None:
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("background_work_ended", work=task.get_name(), error=describe_fault(error))
