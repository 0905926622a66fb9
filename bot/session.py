"""aiogram's session, shared by all bots, with plain calls beside its own methods."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import TelegramNetworkError
from aiogram.methods.base import TelegramMethod, TelegramType
from aiohttp_socks import ProxyConnectionError, ProxyError, ProxyTimeoutError
from typing_extensions import override

from bot.telegram import TIMEOUT_S, Telegram

WhileWaiting = Callable[[], AbstractContextManager[None]]


class Session(AiohttpSession):
    """One for all bots. `call` is the hot path: it skips aiogram's forms and its validation of replies.

    aiogram's own methods work as ever. `while_waiting()` is entered while a call waits for Telegram."""

    def __init__(self, api_url: str, while_waiting: WhileWaiting = nullcontext, proxy: str | None = None) -> None:
        super().__init__(proxy, api=TelegramAPIServer.from_base(api_url.rstrip("/")), timeout=TIMEOUT_S)
        self._telegram = Telegram(api_url, proxy)
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

    @override
    async def make_request(
        self, bot: Bot, method: TelegramMethod[TelegramType], timeout: int | None = None
    ) -> TelegramType:
        """Carry out one of aiogram's own methods. A proxy in the way that fails is a network that fails."""
        try:
            return await super().make_request(bot, method, timeout)
        except (ProxyError, ProxyConnectionError, ProxyTimeoutError) as error:
            # never its words: an HTTP proxy may repeat what it was sent
            raise TelegramNetworkError(method=method, message=f"the proxy fails ({type(error).__name__})") from None

    @override
    async def close(self) -> None:
        """Close both pools."""
        await self._telegram.close()
        await super().close()
