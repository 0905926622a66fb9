"""The bot as the gateway calls it: one Dispatcher and one HTTP session for the bots of all tenants."""

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from typing import Any

from aiogram import Bot

from backend.client.api import BackendClient
from backend.contract.notices import Notice, Report
from backend.kit.redis_link import RedisLink
from bot.command_menu import CLIENT, bot_commands
from bot.context import Context, TenantBot
from bot.dispatcher import dispatcher
from bot.fsm import RedisStorage, TenantKeyBuilder
from bot.groups import group_answer
from bot.notices.send import send_notice
from bot.profile import profile_texts, set_descriptions
from bot.request import PersonChanged, Services
from bot.session import Session, WhileWaiting
from bot.ui.i18n import known_locales
from bot.updates import NotAnUpdate, press_of, update_of

__all__ = ["NotAnUpdate", "Runtime"]


class Runtime:
    """Lives as long as the gateway's worker. `redis` is authenticated as the user `bot`.

    `on_person_changed(slug, tg_id)` is called after a person's role or language has changed, so that the owner of
    the cached context can drop it. `while_waiting()` is entered while a call waits for Telegram."""

    def __init__(
        self,
        *,
        redis: RedisLink,
        backend: BackendClient,
        telegram_api_url: str,
        telegram_proxy: str | None = None,
        on_person_changed: PersonChanged | None = None,
        while_waiting: WhileWaiting = nullcontext,
    ) -> None:
        self._backend = backend
        self._redis = redis
        self._session = Session(telegram_api_url, while_waiting, telegram_proxy)
        self._bots: dict[str, Bot] = {}
        # bot id -> slug: the FSM's keys are built of ids
        self._slugs: dict[int, str] = {}
        self._services = Services(
            session=self._session,
            backend=backend,
            redis=redis,
            storage=RedisStorage(redis, TenantKeyBuilder(self._slugs)),
            person_changed=on_person_changed,
        )

    async def start(self) -> None:
        """Start the backend's client; connections are opened when they are needed."""
        await self._backend.start()

    async def close(self) -> None:
        """Close the session; Redis and the backend's client belong to the caller."""
        await self._session.close()

    def allowed_updates(self) -> list[str]:
        """Return the update types that `setWebhook` and `getUpdates` must ask for."""
        return dispatcher.used_update_types()

    async def set_bot_commands(self, tenant: TenantBot) -> None:
        """Set the clients' commands in every language; staff get theirs in their own chats.

        Raises `TelegramRefused` or `TelegramUnavailable`; repeating it does no harm."""
        bot = self.bot(tenant)
        for locale in (None, *known_locales()):
            params: dict[str, object] = {"commands": bot_commands(locale or tenant.locale, CLIENT)}
            if locale is not None:
                params["language_code"] = locale
            await self._session.call(bot, "setMyCommands", params)

    def profile_texts(self, tenant: TenantBot) -> list[str]:
        """Return every text of the bot's profile as it should be."""
        return [text.text for text in profile_texts(tenant)]

    async def set_bot_descriptions(self, tenant: TenantBot, is_ours: Callable[[str], bool]) -> None:
        """Set the texts of the bot's profile that differ and that nobody else has written (`is_ours` is false for those).

        Raises `TelegramRefused` or `TelegramUnavailable`; repeating it does no harm."""
        await set_descriptions(self._session, self.bot(tenant), tenant, is_ours)

    async def process_update(self, context: Context, update: bytes) -> bytes | None:
        """Handle one update, Telegram's JSON, and return a Bot API call for the webhook's answer, or None.

        The call is JSON, `{"method": …}`. With long polling the caller makes the returned call itself. Raises
        `BackendUnavailable` or `TelegramUnavailable` (`retry_after` in seconds) where the update must come again, and
        `NotAnUpdate` where repeating it is of no use."""
        bot = self.bot(context.tenant)
        if (press := press_of(update)) is not None:
            # nearly all of the traffic
            return await dispatcher.feed_press(bot, press, services=self._services, context=context)
        await dispatcher.feed_update(bot, update_of(update, bot), services=self._services, context=context)
        return None

    async def answer_in_group(self, tenant: TenantBot, message: Mapping[str, Any]) -> bytes | None:
        """Return the answer to a command in a group (Telegram's `Message`) as a Bot API call in JSON, or None.

        Never raises."""
        return await group_answer(self._session, self.bot(tenant), self._redis, tenant, message)

    async def send_notice(self, tenant: TenantBot, notice: Notice) -> Report:
        """Send a claimed notice; the report carries Telegram's refusals and outages, they are never raised."""
        return await send_notice(self._session, self._backend, self.bot(tenant), tenant, notice)

    def bot(self, tenant: TenantBot) -> Bot:
        """Return the tenant's Bot over the shared session."""
        known = self._bots.get(tenant.slug)
        if known is None or known.token != tenant.token:
            known = self._bots[tenant.slug] = Bot(tenant.token, session=self._session)
            self._slugs[known.id] = tenant.slug
        return known

    async def forget_tenant(self, slug: str) -> None:
        """Drop what is kept in memory of a tenant, whose file has changed or is gone."""
        self._bots.pop(slug, None)
