"""Nobody waits without a sign: what takes over 0.7 s stops the button's spinner and shows that the bot is at work."""

import asyncio
import logging
from types import TracebackType
from typing import Any, Self

from bot.request import Request
from bot.telegram import TelegramRefused, TelegramUnavailable

PATIENCE_S = 0.7

log = logging.getLogger("slotgate.bot")


class WaitingIndicator:
    """Around the work of one update. `answered` tells that the press has been answered meanwhile."""

    def __init__(self, request: Request, query_id: str | None) -> None:
        self._request = request
        self._query_id = query_id
        self._task: asyncio.Task[None] | None = None
        self.answered = False

    async def __aenter__(self) -> Self:
        self._timer = asyncio.get_running_loop().call_later(PATIENCE_S, self._start)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        if self._task is not None:
            await self._task

    def _start(self) -> None:
        self.answered = self._query_id is not None
        self._task = asyncio.get_running_loop().create_task(self._reassure())

    async def _reassure(self) -> None:
        try:
            if self._query_id is not None:
                params: dict[str, Any] = {"callback_query_id": self._query_id}
                await self._request.session.call(self._request.bot, "answerCallbackQuery", params)
            await self._request.call_telegram("sendChatAction", {"action": "typing"})
        except (TelegramRefused, TelegramUnavailable) as failure:
            log.debug("no sign of work could be given: %s", failure)
