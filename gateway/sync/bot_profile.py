"""Tells Telegram what each bot's profile says and which commands it has: when a tenant is loaded, and after a change."""

import hashlib
from typing import TYPE_CHECKING

from backend.client.api import BackendRefused, BackendUnavailable
from backend.kit.redis import RedisFailure
from backend.kit.redis_link import RedisLink
from bot.telegram import TelegramRefused, TelegramUnavailable
from gateway.sync.reconciler import Reconciler, RetryLater
from gateway.tenants.basics import BasicsCache
from gateway.tenants.snapshot import TenantSnapshot

if TYPE_CHECKING:
    from bot.runtime import Runtime

REFUSED_RETRY_S = 300.0


class ProfileSync:
    """Sets each bot's commands and descriptions, apart from its webhook: a bot without them serves all the same.

    Staff's commands are set in their own chats, by the bot. What is told is kept in Redis, so that of all gateways and
    restarts one asks Telegram. To be made once the bot's library is loaded.
    """

    def __init__(self, runtime: "Runtime", basics: BasicsCache, redis: RedisLink) -> None:
        self._runtime = runtime
        self._basics = basics
        self._redis = redis
        self.reconciler = Reconciler("bot_profile", self._set_profile, max_at_once=2)

    async def _set_profile(self, tenant: TenantSnapshot) -> None:
        try:
            completed = await self._basics.complete(tenant)
            await self._runtime.set_bot_commands(completed)
            await self._set_descriptions(completed)
        except BackendUnavailable as failure:
            raise RetryLater("the backend does not answer", failure.retry_after_s) from None
        except BackendRefused as refused:
            raise RetryLater(f"the backend refuses: {refused.code}") from None
        except TelegramUnavailable as failure:
            raise RetryLater(f"Telegram does not answer: {failure}", float(failure.retry_after)) from None
        except TelegramRefused as refused:
            raise RetryLater(f"Telegram refuses: {refused}", REFUSED_RETRY_S) from None

    async def _set_descriptions(self, tenant: TenantSnapshot) -> None:
        texts = self._runtime.profile_texts(tenant)
        digests = [_digest(text) for text in texts]
        key = b"seen:{%b}:%d:profile" % (tenant.slug.encode(), tenant.bot_id)
        try:
            told = await self._redis.call(b"GET", key)
        except RedisFailure:
            raise RetryLater("Redis does not answer") from None
        known = told.decode().split() if isinstance(told, bytes) else []
        if known == digests:
            return
        # noted first: what a worker that dies half-way has set is still known as ours
        await self._note(key, [*known, *digests])
        await self._runtime.set_bot_descriptions(tenant, lambda text: _digest(text) in known)
        await self._note(key, digests)

    async def _note(self, key: bytes, digests: list[str]) -> None:
        try:
            await self._redis.call(b"SET", key, " ".join(digests).encode())
        except RedisFailure:
            raise RetryLater("Redis does not answer") from None


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=12).hexdigest()
