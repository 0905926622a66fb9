"""aiogram's session, shared by all bots, with plain calls beside its own methods."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer

from bot.telegram import TIMEOUT_S, Telegram

WhileWaiting = Callable[[], AbstractContextManager[None]]


class Session(AiohttpSession):
    """One for all bots. `call` is the hot path: it skips aiogram's forms and its validation of replies.

    aiogram's own methods work as ever. `while_waiting()` is entered while a call waits for Telegram."""

    def __init__(self, api_url: str, while_waiting: WhileWaiting = nullcontext) -> None:
        super().__init__(api=TelegramAPIServer.from_base(api_url.rstrip("/")), timeout=TIMEOUT_S)
        self._telegram = Telegram(api_url)
        self._while_waiting = while_waiting
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
        with self._while_waiting():
            return await self._telegram.call(bot.token, method, params, files)

    async def close(self) -> None:
        """Close both pools."""
        await self._telegram.close()
        await super().close()
