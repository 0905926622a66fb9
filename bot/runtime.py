"""The bot as the gateway calls it: one Dispatcher and one HTTP session for the bots of all tenants."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from aiogram import Bot
from redis.asyncio import Redis

from backend.contract.notices import Notice, Report
from bot.backend_client import BackendClient
from bot.context import Context, TenantBot

PersonChanged = Callable[[str, int], Awaitable[None]]


class Runtime:
    """Lives as long as the gateway's worker. `redis` is authenticated as the user `bot`.

    `on_person_changed(slug, tg_id)` is called after a person's role or language has changed, so that the owner of
    the cached context can drop it."""

    def __init__(
        self,
        *,
        redis: Redis,
        backend: BackendClient,
        telegram_api_url: str | None,
        on_person_changed: PersonChanged | None = None,
    ) -> None:
        raise NotImplementedError

    async def start(self) -> None:
        """Opens what needs the running loop."""
        raise NotImplementedError

    async def close(self) -> None:
        """Closes the session; the redis and the backend client belong to the caller."""
        raise NotImplementedError

    def allowed_updates(self) -> list[str]:
        """What `setWebhook` and `getUpdates` must ask for: what the bot handles."""
        raise NotImplementedError

    async def process_update(self, context: Context, update: bytes | Mapping[str, Any]) -> bytes | None:
        """Handles one update. Returns a Bot API call as JSON (`{"method": …}`) for the webhook's answer, or None.

        With long polling the caller carries the returned call out itself. Raises when the update has failed and must
        come again: `BackendUnavailable`, or aiogram's errors of the network, of 429 and of 5xx."""
        raise NotImplementedError

    async def send_notice(self, tenant: TenantBot, notice: Notice) -> Report:
        """Sends a claimed notice; never raises for Telegram's refusals, the report carries them."""
        raise NotImplementedError

    def bot(self, tenant: TenantBot) -> Bot:
        """The tenant's Bot over the shared session."""
        raise NotImplementedError

    async def forget(self, slug: str) -> None:
        """Drops what is kept in memory of a tenant (its file changed or it is gone)."""
        raise NotImplementedError
