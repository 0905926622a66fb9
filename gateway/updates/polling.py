"""Long polling, for a machine without a public address: the same road as a webhook's, begun at the other end.

An update is confirmed to Telegram (by the offset) only when its answer was a 200, so nothing is lost between us.
"""

import asyncio
import time
from typing import Any

import msgspec

from backend.kit.logging import describe_fault, log
from backend.kit.redis import RedisDown, RedisLink, RedisRefused
from gateway.observability.metrics import Metrics
from gateway.telegram import Telegram, TelegramRefused, TelegramUnreachable
from gateway.tenants.snapshot import TenantSnapshot
from gateway.updates.envelope import NotAnUpdate, parse
from gateway.updates.pipeline import Intake

LONG_S = 25
LEASE_S = 40
# a server that answers a long poll with nothing sooner than this knows no long polls: it is not asked without a pause
SHORT_S = 0.2
MOST_AT_ONCE = 50


class Polling:
    """A poller per enabled tenant, in one worker of all (a lease in Redis; Telegram refuses a second one anyway)."""

    def __init__(
        self,
        telegram: Telegram,
        redis: RedisLink,
        intake: Intake,
        metrics: Metrics,
        *,
        owner: bytes,
        allowed_updates: list[str],
    ) -> None:
        self._telegram = telegram
        self._redis = redis
        self._intake = intake
        self._metrics = metrics
        self._owner = owner
        self._allowed = allowed_updates
        self._pollers: dict[str, asyncio.Task[None]] = {}

    def put(self, served: TenantSnapshot) -> None:
        """Begins, or begins anew with the changed tenant."""
        self.drop(served.slug)
        if served.tenant.enabled:
            self._pollers[served.slug] = asyncio.create_task(self._poll(served), name=f"poll-{served.slug}")

    def drop(self, slug: str) -> None:
        """Ends a tenant's poller; what it had begun is not confirmed and comes again."""
        if (old := self._pollers.pop(slug, None)) is not None:
            old.cancel()

    async def stop(self) -> None:
        """Ends all."""
        pollers, self._pollers = list(self._pollers.values()), {}
        for poller in pollers:
            poller.cancel()
        await asyncio.gather(*pollers, return_exceptions=True)

    async def _poll(self, served: TenantSnapshot) -> None:
        open_: dict[int, asyncio.Task[None]] = {}
        failures = 0
        following, fresh = 0, True
        try:
            while True:
                try:
                    if not await self._ours(served):
                        await asyncio.sleep(LEASE_S / 4)
                        continue
                    if fresh:
                        # pending updates stay: they are what we are here for
                        await self._ask(served, "deleteWebhook", {"drop_pending_updates": False})
                        fresh = False
                    following = await self._round(served, open_, following)
                    failures = 0
                except (TelegramRefused, TelegramUnreachable) as error:
                    failures += 1
                    fresh = isinstance(error, TelegramRefused) and error.code == 409
                    await asyncio.sleep(self._pause(served, error, failures))
        finally:
            for task in open_.values():
                task.cancel()
            await asyncio.gather(*open_.values(), return_exceptions=True)

    async def _round(self, served: TenantSnapshot, open_: dict[int, asyncio.Task[None]], following: int) -> int:
        """One getUpdates; answers the offset that follows all that was seen."""
        offset = min(open_, default=following)
        parameters: dict[str, Any] = {
            # while something is under way, what came with it is asked for again and again: shortly
            "timeout": 0 if open_ else LONG_S,
            "limit": 100,
            "allowed_updates": self._allowed,
        }
        if offset:
            parameters["offset"] = offset
        begun = time.monotonic()
        updates = await self._ask(served, "getUpdates", parameters, LONG_S + 10)
        self._metrics.polls.labels("done").inc()
        if not updates and not open_ and time.monotonic() - begun < SHORT_S:
            await asyncio.sleep(SHORT_S)
        for update in updates if isinstance(updates, list) else ():
            update_id = update.get("update_id") if isinstance(update, dict) else None
            if not isinstance(update_id, int) or update_id in open_ or update_id < following:
                continue
            following = update_id + 1
            task = asyncio.create_task(self._see_through(served, update))
            open_[update_id] = task
            task.add_done_callback(lambda _, done=update_id: open_.pop(done))  # type: ignore[misc]
        while open_:
            _, still = await asyncio.wait(list(open_.values()), timeout=0.3, return_when=asyncio.FIRST_COMPLETED)
            if len(still) < MOST_AT_ONCE:
                break
        return following

    async def _see_through(self, served: TenantSnapshot, update: dict[str, Any]) -> None:
        """Until it is answered 200, as Telegram would repeat it."""
        body = msgspec.json.encode(update)
        try:
            envelope = parse(body)
        except NotAnUpdate:
            log.warning("polled_no_update", tenant=served.slug)
            return
        wait = 1.0
        while True:
            answer = await self._intake.take(
                served, envelope, body, source="polling", request_id=f"poll-{served.bot_id}-{envelope.update_id}"
            )
            if answer.status == 200:
                break
            await asyncio.sleep(max(wait, answer.retry_after))
            wait = min(wait * 2, 30.0)
        if answer.body:
            call = msgspec.json.decode(answer.body)
            try:
                await self._ask(served, call.pop("method"), call)
            except (TelegramRefused, TelegramUnreachable) as error:
                # as in a webhook's answer: whether it succeeded nobody learns
                log.info("answer_not_carried_out", tenant=served.slug, reason=str(error))

    async def _ask(
        self, served: TenantSnapshot, method: str, parameters: dict[str, Any], timeout_s: float = 20.0
    ) -> Any:
        return await self._telegram.call(served.tenant.bot_token, method, parameters, timeout_s=timeout_s)

    async def _ours(self, served: TenantSnapshot) -> bool:
        """Takes or keeps the lease; without Redis everybody polls and Telegram's 409 sorts it out."""
        key = b"seen:{%b}:poll" % served.slug.encode()
        seconds = b"%d" % LEASE_S
        try:
            if await self._redis.call(b"SET", key, self._owner, b"NX", b"EX", seconds) is not None:
                return True
            if await self._redis.call(b"GET", key) != self._owner:
                return False
            await self._redis.call(b"EXPIRE", key, seconds)
        except (RedisDown, RedisRefused) as error:
            log.debug("polling_without_lease", reason=describe_fault(error))
        return True

    def _pause(self, served: TenantSnapshot, error: TelegramRefused | TelegramUnreachable, failures: int) -> float:
        self._metrics.polls.labels("refused" if isinstance(error, TelegramRefused) else "unreachable").inc()
        if failures == 1 or failures % 20 == 0:
            log.warning("polling_failed", tenant=served.slug, reason=str(error), tries=failures)
        if isinstance(error, TelegramRefused):
            if error.retry_after is not None:
                return float(error.retry_after)
            if error.code in (401, 404):
                return 60.0
        return min(30.0, 0.5 * 2.0 ** min(failures, 6))
