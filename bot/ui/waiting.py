"""The waiting indicator: after 0.7 s the button's spinner stops and the chat shows that the bot is typing."""

import asyncio
import logging
from types import TracebackType
from typing import Self

from bot.request import Request
from bot.telegram import TelegramRefused, TelegramUnavailable

SHOWN_AFTER_S = 0.7

log = logging.getLogger("slotgate.bot")


class WaitingIndicator:
    """A context manager around the work of one update. `answered` tells that it has answered the press meanwhile."""

    def __init__(self, request: Request, query_id: str | None) -> None:
        self._request = request
        self._query_id = query_id
        self._task: asyncio.Task[None] | None = None
        self.answered = False

    async def __aenter__(self) -> Self:
        self._timer = asyncio.get_running_loop().call_later(SHOWN_AFTER_S, self._start)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        if self._task is not None:
            await self._task

    def _start(self) -> None:
        self.answered = self._query_id is not None
        self._task = asyncio.get_running_loop().create_task(self._show())

    async def _show(self) -> None:
        try:
            if self._query_id is not None:
                params: dict[str, object] = {"callback_query_id": self._query_id}
                await self._request.session.call(self._request.bot, "answerCallbackQuery", params)
            await self._request.call_telegram("sendChatAction", {"action": "typing"})
        except (TelegramRefused, TelegramUnavailable) as failure:
            log.debug("the waiting indicator could not be shown: %s", failure)
