"""The getUpdates requests that wait for an update: at most one per bot."""

import asyncio

from gateway.sandbox.errors import BotApiError, Conflict
from gateway.sandbox.model import Bot


class Poll:
    """A getUpdates request under way. `error` is set when another request or a webhook ends it."""

    def __init__(self) -> None:
        self.wake = asyncio.Event()
        self.error: BotApiError | None = None


class LongPolls:
    """The polls under way, by bot."""

    def __init__(self) -> None:
        self.by_token: dict[str, Poll] = {}
        self.closed = False

    def begin(self, bot: Bot) -> Poll:
        """Register a poll. The bot's earlier one ends with a 409."""
        self.end(bot, "terminated by other getUpdates request; make sure that only one bot instance is running")
        poll = self.by_token[bot.token] = Poll()
        return poll

    def finish(self, bot: Bot, poll: Poll) -> None:
        """Remove a poll that was answered, unless a later one has taken its place."""
        if self.by_token.get(bot.token) is poll:
            del self.by_token[bot.token]

    def wake(self, bot: Bot) -> None:
        """Let the bot's poll look for updates again."""
        if poll := self.by_token.get(bot.token):
            poll.wake.set()

    def end(self, bot: Bot, reason: str) -> None:
        """End the bot's poll with a 409."""
        if poll := self.by_token.pop(bot.token, None):
            poll.error = Conflict(reason)
            poll.wake.set()

    def close(self) -> None:
        """End every poll without an update."""
        for poll in self.by_token.values():
            poll.wake.set()
        self.closed = True
