"""getUpdates: long polling with an offset, one poller at a time."""

import asyncio
import contextlib
from typing import TYPE_CHECKING

from .model import Bot, Json
from .refusals import Refusal, conflict

if TYPE_CHECKING:
    from .world import Sandbox

LONGEST_S = 50


class _Poll:
    def __init__(self) -> None:
        self.bell = asyncio.Event()
        self.ended: Refusal | None = None


class Mailbox:
    """Polls under way, at most one per bot: a second one ends the first with a 409."""

    def __init__(self, sandbox: "Sandbox") -> None:
        self._sandbox = sandbox
        self._polls: dict[str, _Poll] = {}
        self._closed = False

    def ring(self, bot: Bot) -> None:
        """Something came for the bot."""
        if poll := self._polls.get(bot.token):
            poll.bell.set()

    def end(self, bot: Bot, why: str) -> None:
        """Ends the poll under way with a 409."""
        if poll := self._polls.pop(bot.token, None):
            poll.ended = conflict(why)
            poll.bell.set()

    def close(self) -> None:
        """Ends every poll with what there is."""
        for poll in self._polls.values():
            poll.bell.set()
        self._closed = True

    async def fetch(self, bot: Bot, *, offset: int, limit: int, timeout_s: float) -> list[Json]:
        """Updates from `offset` on, at most `limit`; a smaller offset is forgotten. Negative: the last ones only."""
        if bot.webhook.url:
            raise conflict(
                "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
            )
        self.end(bot, "terminated by other getUpdates request; make sure that only one bot instance is running")
        self._sandbox.expire(bot)
        if offset < 0:
            offset = max([*bot.pending, 0]) + 1 + offset
        for update_id in [known for known in bot.pending if offset and known < offset]:
            self._sandbox.drop(bot, update_id)
        poll = self._polls[bot.token] = _Poll()
        deadline = asyncio.get_running_loop().time() + min(max(timeout_s, 0.0), LONGEST_S)
        try:
            while True:
                if poll.ended:
                    raise poll.ended
                outage = self._sandbox.live[bot.token].outage
                if bot.pending and not outage:
                    return [update.wire() for update in list(bot.pending.values())[:limit]]
                left = deadline - asyncio.get_running_loop().time()
                if left <= 0 or self._closed:
                    return []
                poll.bell.clear()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(poll.bell.wait(), left)
        finally:
            if self._polls.get(bot.token) is poll:
                del self._polls[bot.token]
