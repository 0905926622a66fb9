"""Tells Telegram which commands each bot has, when a tenant is loaded and when its file has changed."""

from typing import TYPE_CHECKING

from bot.telegram import TelegramRefused, TelegramUnavailable
from gateway.sync.reconciler import Reconciler, RetryLater
from gateway.tenants.snapshot import TenantSnapshot

if TYPE_CHECKING:
    from bot.runtime import Runtime

REFUSED_RETRY_S = 300.0


class CommandSync:
    """Sets each bot's commands, apart from its webhook: a bot without them serves all the same.

    Staff's commands are set in their own chats, by the bot. To be made once the bot's library is loaded.
    """

    def __init__(self, runtime: "Runtime") -> None:
        self._runtime = runtime
        self.reconciler = Reconciler("bot_commands", self._set_commands, max_at_once=2)

    async def _set_commands(self, tenant: TenantSnapshot) -> None:
        try:
            await self._runtime.set_bot_commands(tenant)
        except TelegramUnavailable as failure:
            raise RetryLater(f"Telegram does not answer: {failure}", float(failure.retry_after)) from None
        except TelegramRefused as refused:
            raise RetryLater(f"Telegram refuses: {refused}", REFUSED_RETRY_S) from None
