"""Registers the webhooks: on load, and again now and then, which repairs any drift.

Telegram answers "Webhook is already set" to a repetition with the same values, the secret included, while
getWebhookInfo could not show a wrong secret: so repeating is the repair. Pending updates are never dropped.
"""

from backend.kit.redis import RedisFailure
from backend.kit.redis_link import RedisLink
from bot.telegram import Telegram, TelegramRefused, TelegramUnavailable
from gateway.observability.metrics import Metrics
from gateway.settings import Settings
from gateway.sync.backend import BackendSync
from gateway.sync.reconciler import Reconciler, RetryLater
from gateway.tenants.snapshot import TenantSnapshot

REPAIR_S = 900.0
REFUSED_RETRY_S = 300.0
# Of the workers and gateways that load a tenant together, one registers it (Telegram takes one call a second).
SHARED_S = 10


class WebhookSync:
    """Registers every enabled tenant's bot. `allowed_updates` is what the bot handles."""

    def __init__(
        self,
        telegram: Telegram,
        redis: RedisLink,
        backend_sync: BackendSync,
        metrics: Metrics,
        *,
        settings: Settings,
        allowed_updates: list[str],
    ) -> None:
        self._telegram = telegram
        self._redis = redis
        self._backend_sync = backend_sync
        self._metrics = metrics
        self._settings = settings
        self._allowed_updates = allowed_updates
        self._known_bots: set[int] = set()
        self.reconciler = Reconciler("webhook_registration", self._register_bot)

    async def _register_bot(self, tenant: TenantSnapshot) -> float:
        """Call getMe once, then setWebhook unless updates are polled or there is no public address."""
        try:
            if tenant.bot_id not in self._known_bots:
                me = await self._telegram.call(tenant.token, "getMe", {})
                self._backend_sync.set_username(tenant, str(me.get("username", "")) if isinstance(me, dict) else "")
                self._known_bots.add(tenant.bot_id)
            if (url := self._settings.webhook_url(tenant.slug)) is not None:
                await self._set_webhook(tenant, url)
        except TelegramRefused as refused:
            self._metrics.webhook_registrations.inc("refused")
            # there is no such bot: the file must be mended, which is noticed at once
            wait_s = REFUSED_RETRY_S if refused.code in (401, 404) else None
            raise RetryLater(f"Telegram refuses: {refused}", wait_s) from None
        except TelegramUnavailable as error:
            self._metrics.webhook_registrations.inc("unreachable" if error.code is None else "refused")
            wait_s = error.retry_after if error.limited else None
            raise RetryLater(f"Telegram does not answer: {error}", wait_s) from None
        return REPAIR_S

    async def _set_webhook(self, tenant: TenantSnapshot, url: str) -> None:
        mark = f"{tenant.fingerprint}:{url}".encode()
        key = b"seen:{%b}:hook" % tenant.slug.encode()
        try:
            if await self._redis.call(b"GET", key) == mark:
                return
        except RedisFailure:
            pass  # then every worker registers it, which does no harm
        await self._telegram.call(
            tenant.token,
            "setWebhook",
            {
                "url": url,
                "secret_token": tenant.webhook_secret,
                "allowed_updates": self._allowed_updates,
                "drop_pending_updates": False,
            },
        )
        self._metrics.webhook_registrations.inc("done")
        try:
            await self._redis.call(b"SET", key, mark, b"EX", b"%d" % SHARED_S)
        except RedisFailure:
            return
