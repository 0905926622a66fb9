"""aiogram's session, shared by all bots, with plain calls beside its own methods."""

from collections.abc import Mapping
from typing import Any

from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer

from bot.telegram import TIMEOUT_S, Telegram


class Session(AiohttpSession):
    """One for all bots. `call` is the hot path: it skips aiogram's forms and its validation of replies.

    aiogram's own methods work as ever."""

    def __init__(self, api_url: str) -> None:
        super().__init__(api=TelegramAPIServer.from_base(api_url.rstrip("/")), timeout=TIMEOUT_S)
        self._telegram = Telegram(api_url)
        self._usernames: dict[str, str] = {}

    async def username(self, bot: Bot) -> str:
        """Return the bot's username without the @. It is asked once: a new name is known after a restart."""
        if bot.token not in self._usernames:
            me = await self.call(bot, "getMe", {})
            self._usernames[bot.token] = str(me["username"])
        return self._usernames[bot.token]

    async def call(
        self, bot: Bot, method: str, params: Mapping[str, object], files: Mapping[str, tuple[str, bytes]] | None = None
    ) -> Any:
        """Call a method and return its decoded `result`, as `Telegram.call` does."""
        return await self._telegram.call(bot.token, method, params, files)

    async def close(self) -> None:
        """Close both pools."""
        await self._telegram.close()
        await super().close()
