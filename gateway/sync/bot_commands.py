"""Tells Telegram which commands each bot has, when a tenant is loaded or its file has changed; staff's follow in chats."""

from typing import TYPE_CHECKING

from gateway.sync.reconciler import Reconciler, RetryLater
from gateway.tenants.snapshot import TenantSnapshot

if TYPE_CHECKING:
    from bot.runtime import Runtime

HOPELESS_S = 300.0


class Introductions:
    """One errand for each bot, apart from its webhook: a bot without its commands serves all the same.

    Make it once the bot's library is loaded."""

    def __init__(self, runtime: "Runtime") -> None:
        self._runtime = runtime
        self.errands = Reconciler("introduction", self._introduce, at_once=2)

    async def _introduce(self, served: TenantSnapshot) -> None:
        from bot.telegram import TelegramRefused, TelegramUnavailable

        try:
            await self._runtime.introduce(served.bot)
        except TelegramUnavailable as failure:
            raise RetryLater(f"Telegram cannot be told: {failure}", float(failure.retry_after)) from None
        except TelegramRefused as refused:
            raise RetryLater(f"Telegram refuses: {refused}", HOPELESS_S) from None
