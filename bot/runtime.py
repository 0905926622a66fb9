"""The bot as the gateway calls it: one Dispatcher and one HTTP session for the bots of all tenants."""

from collections.abc import Mapping
from typing import Any

import msgspec
from aiogram import Bot
from aiogram.types import Update
from pydantic import ValidationError
from redis.asyncio import Redis

from backend.contract.notices import Notice, Report
from bot import command_menu, dialogs, notices
from bot.backend_client import BackendClient
from bot.context import Context, TenantBot
from bot.dispatcher import Hub, dispatcher
from bot.i18n import locales
from bot.screen import Menus
from bot.telegram import Session
from bot.turn import PersonChanged

_json = msgspec.json.Decoder()


class NotAnUpdate(Exception):
    """The body is JSON, but no update of the Bot API as this version knows it. Says which fields, never their values."""


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
        self._backend = backend
        self._session = Session(telegram_api_url)
        self._bots: dict[str, Bot] = {}
        hub = Hub(
            session=self._session,
            backend=backend,
            storage=dialogs.storage(redis),
            menus=Menus(redis),
            person_changed=on_person_changed,
        )
        self._dispatcher = dispatcher(hub)

    async def start(self) -> None:
        """Opens what needs the running loop."""
        await self._backend.start()
        await self._session.create_session()

    async def close(self) -> None:
        """Closes the session; the redis and the backend client belong to the caller."""
        await self._session.close()

    def allowed_updates(self) -> list[str]:
        """What `setWebhook` and `getUpdates` must ask for: what the bot handles."""
        return sorted(self._dispatcher.resolve_used_update_types())

    async def introduce(self, tenant: TenantBot) -> None:
        """Tells Telegram the clients' commands, in every language; staff get theirs in their own chats.

        Raises `TelegramRefused` or `TelegramUnavailable`; repeating it does no harm."""
        bot = self.bot(tenant)
        for locale in (None, *locales()):
            params: dict[str, Any] = {"commands": command_menu.listed(locale or tenant.locale, command_menu.CLIENT)}
            if locale is not None:
                params["language_code"] = locale
            await self._session.call(bot, "setMyCommands", params)

    async def process_update(self, context: Context, update: bytes | Mapping[str, Any]) -> bytes | None:
        """Handles one update. Returns a Bot API call as JSON (`{"method": …}`) for the webhook's answer, or None.

        With long polling the caller carries the returned call out itself. Raises when the update has failed and must
        come again: `BackendUnavailable`, `TelegramUnavailable` (`retry_after` in seconds), or
        `NotAnUpdate`, which no repetition will mend."""
        bot = self.bot(context.tenant)
        raw = _json.decode(update) if isinstance(update, bytes) else update
        try:
            parsed = Update.model_validate(raw, context={"bot": bot})
        except ValidationError as error:
            places = sorted({".".join(map(str, one["loc"])) for one in error.errors(include_input=False)})
            raise NotAnUpdate(", ".join(places)[:300]) from None
        answer = await self._dispatcher.feed_update(bot, parsed, context=context)
        return answer if isinstance(answer, bytes) else None

    async def send_notice(self, tenant: TenantBot, notice: Notice) -> Report:
        """Sends a claimed notice; never raises for Telegram's refusals, the report carries them."""
        return await notices.send(self._session, self.bot(tenant), tenant, notice, self._backend.now())

    def bot(self, tenant: TenantBot) -> Bot:
        """The tenant's Bot over the shared session."""
        known = self._bots.get(tenant.slug)
        if known is None or known.token != tenant.token:
            known = self._bots[tenant.slug] = Bot(tenant.token, session=self._session)
        return known

    async def forget(self, slug: str) -> None:
        """Drops what is kept in memory of a tenant (its file changed or it is gone)."""
        self._bots.pop(slug, None)
