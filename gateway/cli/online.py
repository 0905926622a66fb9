"""Asks Telegram about every bot, several at once and paced, without the bot's library: `check --online` and `doctor`."""

import asyncio
import sys
import time
from collections.abc import Iterable
from typing import Any

from bot.telegram import Telegram, TelegramRefused, TelegramUnavailable
from gateway.cli.bot_status import BotStatus
from gateway.settings import Settings
from gateway.tenants.file import Tenant

CONCURRENT_BOTS = 8
CALLS_PER_SECOND = 25
LONGEST_RETRY_S = 30
# so many bots in a row without an answer: Telegram can't be reached, and thousands more are not asked
GIVE_UP_AFTER = 2 * CONCURRENT_BOTS
PROGRESS_EVERY_S = 2.0


async def ask_telegram(tenants: Iterable[Tenant], settings: Settings) -> list[BotStatus]:
    """Return every bot's status, in the tenants' order: CONCURRENT_BOTS at a time, CALLS_PER_SECOND.

    Progress is written to stderr if it takes longer than a moment.
    """
    asked = list(tenants)
    survey = _Survey(Telegram(settings.telegram_api_url, settings.telegram_proxy))
    progress = _Progress(len(asked))

    async def ask(tenant: Tenant) -> BotStatus:
        status = await survey.ask(tenant)
        progress.advance()
        return status

    try:
        return await asyncio.gather(*(ask(tenant) for tenant in asked))
    finally:
        await survey.telegram.close()


class _Progress:
    """Writes a line every two seconds, and none if all is done before."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._done = 0
        self._written_at = time.monotonic()

    def advance(self) -> None:
        self._done += 1
        if self._done < self._total and time.monotonic() - self._written_at >= PROGRESS_EVERY_S:
            self._written_at = time.monotonic()
            sys.stderr.write(f"  … {self._done} of {self._total} bots asked\n")
            sys.stderr.flush()


class _Survey:
    def __init__(self, telegram: Telegram) -> None:
        self.telegram = telegram
        self._slots = asyncio.Semaphore(CONCURRENT_BOTS)
        self._next_call_at = 0.0
        self._without_answer = 0  # bots in a row

    async def ask(self, tenant: Tenant) -> BotStatus:
        async with self._slots:
            if self._without_answer >= GIVE_UP_AFTER:
                problem = "not asked: Telegram answered for none of those before"
                return BotStatus(slug=tenant.slug, code=4, problem=problem, remedy="try again")
            try:
                me = await self._call(tenant, "getMe")
                webhook = await self._call(tenant, "getWebhookInfo")
            except TelegramUnavailable as error:
                self._without_answer = self._without_answer + 1 if error.code is None else 0
                problem = "cannot be reached" if error.code is None else "has no answer now"
                problem = f"Telegram {problem} ({error.reason})"
                return BotStatus(slug=tenant.slug, code=4, problem=problem, remedy="try again")
            except TelegramRefused as refused:
                self._without_answer = 0
                problem, remedy = (
                    f"Telegram refuses it ({refused.description})",
                    "get the right one from @BotFather (/token)",
                )
                return BotStatus(slug=tenant.slug, code=3, problem=problem, remedy=remedy)
        self._without_answer = 0
        return BotStatus(
            slug=tenant.slug,
            username=str(me.get("username", "?")),
            webhook=webhook.get("url") or None,
            waiting=int(webhook.get("pending_update_count", 0)),
            last_error=webhook.get("last_error_message"),
            last_error_at=int(webhook.get("last_error_date", 0)),
        )

    # Any: an object of the Bot API, of which each caller reads other fields
    async def _call(self, tenant: Tenant, method: str) -> dict[str, Any]:
        """Call a method; a 429 with a short `retry_after` is waited for once. Raises TelegramRefused, -Unavailable."""
        for may_wait in (True, False):
            await self._wait_for_turn()
            try:
                result = await self.telegram.call(tenant.token, method, {}, timeout_s=10)
            except TelegramUnavailable as error:
                if not may_wait or not error.limited or error.retry_after > LONGEST_RETRY_S:
                    raise
                await asyncio.sleep(error.retry_after)
            else:
                if isinstance(result, dict):
                    return result
                break
        raise TelegramUnavailable(method, "not an answer of the Bot API")

    async def _wait_for_turn(self) -> None:
        """Wait until CALLS_PER_SECOND allows one more call."""
        now = asyncio.get_running_loop().time()
        at = max(now, self._next_call_at)
        self._next_call_at = at + 1 / CALLS_PER_SECOND
        await asyncio.sleep(at - now)
