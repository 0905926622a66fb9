"""Long polling, for a machine without a public address: the same path as a webhook's, begun from our side.

An update is confirmed to Telegram (by the offset) only when its response was a 200, so that nothing is lost.
"""

import asyncio
import time
from collections.abc import Mapping

import msgspec

from backend.kit.logging import describe_fault, log
from backend.kit.redis import RedisFailure
from backend.kit.redis_link import RedisLink
from bot.telegram import Telegram, TelegramRefused, TelegramUnavailable
from gateway.observability.metrics import Metrics
from gateway.tenants.snapshot import TenantSnapshot
from gateway.updates.envelope import NotAnUpdate, parse_envelope
from gateway.updates.fair_gate import Overloaded
from gateway.updates.incoming import IncomingUpdate
from gateway.updates.pipeline import Pipeline
from gateway.updates.responses import OVERLOADED, UpdateResponse

LONG_POLL_S = 25
LEASE_S = 40
# A server that answers a long poll with nothing sooner than this does not support them: pause before asking it again.
SHORT_S = 0.2
MAX_AT_ONCE = 50


class Polling:
    """A poller per enabled tenant, in one worker of all (a lease in Redis; Telegram refuses a second one anyway)."""

    def __init__(
        self,
        telegram: Telegram,
        redis: RedisLink,
        pipeline: Pipeline,
        metrics: Metrics,
        *,
        owner: bytes,
        allowed_updates: list[str],
    ) -> None:
        self._telegram = telegram
        self._redis = redis
        self._pipeline = pipeline
        self._metrics = metrics
        self._owner = owner
        self._allowed_updates = allowed_updates
        self._pollers: dict[str, asyncio.Task[None]] = {}

    def start(self, tenant: TenantSnapshot) -> None:
        """Poll for a tenant, or again for one that has changed; not for one that is switched off."""
        self.stop(tenant.slug)
        if tenant.enabled:
            self._pollers[tenant.slug] = asyncio.create_task(self._poll(tenant), name=f"poll-{tenant.slug}")

    def stop(self, slug: str) -> None:
        """End a tenant's poller; what it has begun is not confirmed and comes again."""
        if (poller := self._pollers.pop(slug, None)) is not None:
            poller.cancel()

    async def close(self) -> None:
        """End all pollers."""
        pollers, self._pollers = list(self._pollers.values()), {}
        for poller in pollers:
            poller.cancel()
        await asyncio.gather(*pollers, return_exceptions=True)

    async def _poll(self, tenant: TenantSnapshot) -> None:
        in_progress: dict[int, asyncio.Task[None]] = {}
        failures = 0
        next_offset, webhook_may_be_set = 0, True
        try:
            while True:
                try:
                    if not await self._hold_lease(tenant):
                        await asyncio.sleep(LEASE_S / 4)
                        continue
                    if webhook_may_be_set:
                        # pending updates stay: they are what is polled for
                        await self._call(tenant, "deleteWebhook", {"drop_pending_updates": False})
                        webhook_may_be_set = False
                    next_offset = await self._get_updates(tenant, in_progress, next_offset)
                    failures = 0
                except (TelegramRefused, TelegramUnavailable) as error:
                    failures += 1
                    webhook_may_be_set = isinstance(error, TelegramRefused) and error.code == 409
                    await asyncio.sleep(self._pause_after(tenant, error, failures))
        finally:
            for task in in_progress.values():
                task.cancel()
            await asyncio.gather(*in_progress.values(), return_exceptions=True)

    async def _get_updates(
        self, tenant: TenantSnapshot, in_progress: dict[int, asyncio.Task[None]], next_offset: int
    ) -> int:
        """Call getUpdates once and begin what is new; return the offset that follows all updates seen so far."""
        offset = min(in_progress, default=next_offset)
        parameters: dict[str, object] = {
            # while something is in progress, what came with it is asked for again and again: not for long
            "timeout": 0 if in_progress else LONG_POLL_S,
            "limit": 100,
            "allowed_updates": self._allowed_updates,
        }
        if offset:
            parameters["offset"] = offset
        asked_at = time.monotonic()
        updates = await self._call(tenant, "getUpdates", parameters, LONG_POLL_S + 10)
        self._metrics.polls.inc("done")
        if not updates and not in_progress and time.monotonic() - asked_at < SHORT_S:
            await asyncio.sleep(SHORT_S)
        for update in updates if isinstance(updates, list) else ():
            update_id = update.get("update_id") if isinstance(update, dict) else None
            if not isinstance(update_id, int) or update_id in in_progress or update_id < next_offset:
                continue
            next_offset = update_id + 1
            task = asyncio.create_task(self._process_until_accepted(tenant, msgspec.json.encode(update)))
            in_progress[update_id] = task
            task.add_done_callback(lambda _, done=update_id: in_progress.pop(done))  # type: ignore[misc]  # a default
        while in_progress:
            _, pending = await asyncio.wait(
                list(in_progress.values()), timeout=0.3, return_when=asyncio.FIRST_COMPLETED
            )
            if len(pending) < MAX_AT_ONCE:
                break
        return next_offset

    async def _process_until_accepted(self, tenant: TenantSnapshot, body: bytes) -> None:
        """Process an update until its response is a 200, as Telegram would repeat it."""
        try:
            envelope = parse_envelope(body)
        except NotAnUpdate:
            log.warning("polled_invalid_update", tenant=tenant.slug)
            return
        request_id = f"poll-{tenant.bot_id}-{envelope.update_id}"
        pause = 1.0
        while True:
            response = await self._process(IncomingUpdate(tenant, envelope, body, "polling", request_id))
            if response.status == 200:
                break
            await asyncio.sleep(max(pause, response.retry_after))
            pause = min(pause * 2, 30.0)
        if response.body:
            call = msgspec.json.decode(response.body)
            try:
                await self._call(tenant, call.pop("method"), call)
            except (TelegramRefused, TelegramUnavailable) as error:
                # a call in a webhook's answer may fail as well, without anybody learning of it
                log.info("response_call_failed", tenant=tenant.slug, reason=str(error))

    async def _process(self, update: IncomingUpdate) -> UpdateResponse:
        try:
            place = await self._pipeline.gate.enter(update.tenant.slug)
        except Overloaded:
            return OVERLOADED
        try:
            return await self._pipeline.process(update)
        finally:
            place.leave()

    async def _call(
        self, tenant: TenantSnapshot, method: str, parameters: Mapping[str, object], timeout_s: float = 20.0
    ) -> object:
        return await self._telegram.call(tenant.token, method, parameters, timeout_s=timeout_s)

    async def _hold_lease(self, tenant: TenantSnapshot) -> bool:
        """Take or keep the tenant's lease; without Redis every worker polls, and Telegram's 409 stops all but one."""
        key = b"seen:{%b}:poll" % tenant.slug.encode()
        seconds = b"%d" % LEASE_S
        try:
            if await self._redis.call(b"SET", key, self._owner, b"NX", b"EX", seconds) is not None:
                return True
            if await self._redis.call(b"GET", key) != self._owner:
                return False
            await self._redis.call(b"EXPIRE", key, seconds)
        except RedisFailure as error:
            log.debug("polling_without_lease", reason=describe_fault(error))
        return True

    def _pause_after(
        self, tenant: TenantSnapshot, error: TelegramRefused | TelegramUnavailable, failures: int
    ) -> float:
        """Count and log a failure; return how many seconds to wait before the next try."""
        self._metrics.polls.inc("unreachable" if error.code is None else "refused")
        if failures == 1 or failures % 20 == 0:
            log.warning("polling_failed", tenant=tenant.slug, reason=str(error), tries=failures)
        if isinstance(error, TelegramUnavailable) and error.limited:
            return float(error.retry_after)
        if error.code in (401, 404):
            return 60.0
        return min(30.0, 0.5 * 2.0 ** min(failures, 6))
