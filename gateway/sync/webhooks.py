"""Webhooks look after themselves: registered on load, repeated now and then, which repairs whatever drifted.

Telegram answers "Webhook is already set" to a repetition with the same values, the secret included, while
getWebhookInfo could not show a wrong secret: so repeating is the repair. Pending updates are never dropped.
"""

from backend.kit.redis import RedisDown, RedisLink, RedisRefused
from gateway.http.webhook import PREFIX
from gateway.observability.metrics import Metrics
from gateway.sync.backend import Announcer
from gateway.sync.reconciler import Reconciler, RetryLater
from gateway.telegram import Telegram, TelegramRefused, TelegramUnreachable
from gateway.tenants.snapshot import TenantSnapshot

REPAIR_S = 900.0
HOPELESS_S = 300.0
# Workers and gateways that load the same tenant together: one of them registers (Telegram takes one a second).
SHARED_S = 10


class Webhooks:
    """Registers every enabled tenant's bot. `allowed_updates` is what the bot handles."""

    def __init__(
        self,
        telegram: Telegram,
        redis: RedisLink,
        announcer: Announcer,
        metrics: Metrics,
        *,
        public_url: str | None,
        allowed_updates: list[str],
    ) -> None:
        self._telegram = telegram
        self._redis = redis
        self._announcer = announcer
        self._metrics = metrics
        self._public_url = public_url
        self._allowed = allowed_updates
        self._known: set[int] = set()
        self.errands = Reconciler("webhook_registration", self._tend)

    async def _tend(self, served: TenantSnapshot) -> float:
        """getMe once, then setWebhook (none where updates are polled or the address is not public)."""
        try:
            if served.bot_id not in self._known:
                me = await self._telegram.call(served.tenant.bot_token, "getMe", {})
                self._announcer.learned(served, str(me.get("username", "")) if isinstance(me, dict) else "")
                self._known.add(served.bot_id)
            if self._public_url is not None:
                await self._register(served, self._public_url)
        except TelegramRefused as refused:
            self._metrics.webhooks.labels("refused").inc()
            wait: float | None = refused.retry_after
            if refused.code in (401, 404):
                wait = HOPELESS_S  # no such bot: somebody must mend the file, which tells us at once
            raise RetryLater(f"Telegram refuses: {refused}", wait) from None
        except TelegramUnreachable as unreachable:
            self._metrics.webhooks.labels("unreachable").inc()
            raise RetryLater(f"Telegram cannot be reached: {unreachable}") from None
        return REPAIR_S

    async def _register(self, served: TenantSnapshot, base: str) -> None:
        url = f"{base.rstrip('/')}{PREFIX}{served.slug}"
        mark = f"{served.tenant.fingerprint}:{url}".encode()
        key = b"seen:{%b}:hook" % served.slug.encode()
        try:
            if await self._redis.call(b"GET", key) == mark:
                return
        except (RedisDown, RedisRefused):
            pass  # then each of us registers, which does no harm
        await self._telegram.call(
            served.tenant.bot_token,
            "setWebhook",
            {
                "url": url,
                "secret_token": served.tenant.webhook_secret,
                "allowed_updates": self._allowed,
                "drop_pending_updates": False,
            },
        )
        self._metrics.webhooks.labels("done").inc()
        try:
            await self._redis.call(b"SET", key, mark, b"EX", b"%d" % SHARED_S)
        except (RedisDown, RedisRefused):
            return
