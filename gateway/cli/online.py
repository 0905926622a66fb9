"""Asks Telegram about every bot, several at once and paced, without the bot's library: `check --online` and `doctor`."""

import asyncio
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import yaml

from backend.kit.strict_yaml import Problem, Reader
from gateway.telegram import Telegram, TelegramRefused, TelegramUnreachable
from gateway.tenants.file import Tenant

AT_ONCE = 8
PER_SECOND = 25
PATIENCE_S = 30
# so many bots in a row without an answer: then it is the way to Telegram, and thousands more need not be waited for
GIVE_UP_AFTER = 2 * AT_ONCE
TOLD_EVERY_S = 2.0


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What Telegram said about one bot. `code` is the exit code it calls for: 0, 3 (a bad token), 4 (no answer)."""

    slug: str
    code: int = 0
    said: str = ""
    remedy: str = ""
    username: str | None = None
    webhook: str | None = None
    waiting: int = 0
    last_error: str | None = None
    last_error_at: int = 0  # epoch seconds

    def __str__(self) -> str:
        if self.code:
            return f"{self.slug}: {self.said}; {self.remedy}"
        words = f"{self.slug}: @{self.username}, "
        words += f"webhook {self.webhook}" if self.webhook else "no webhook yet: a running gateway registers it"
        words += f", {self.waiting} waiting" if self.waiting else ""
        return words + (f", last error: {self.last_error}" if self.last_error else "")


async def ask_all(tenants: Iterable[Tenant], api_url: str) -> list[Answer]:
    """Every bot's answer, in the tenants' order: at most AT_ONCE at a time and PER_SECOND calls in a second.

    What takes longer than a moment tells how far it is, on stderr."""
    everybody = list(tenants)
    asking = _Asking(Telegram(api_url))
    progress = _Progress(len(everybody))

    async def one(tenant: Tenant) -> Answer:
        answer = await asking.about(tenant)
        progress.one_more()
        return answer

    await asking.telegram.start()
    try:
        return await asyncio.gather(*(one(tenant) for tenant in everybody))
    finally:
        await asking.telegram.close()


class _Progress:
    """A line every two seconds; none where it is over before."""

    def __init__(self, everybody: int) -> None:
        self._everybody = everybody
        self._done = 0
        self._told_at = time.monotonic()

    def one_more(self) -> None:
        self._done += 1
        if self._done < self._everybody and time.monotonic() - self._told_at >= TOLD_EVERY_S:
            self._told_at = time.monotonic()
            sys.stderr.write(f"  … {self._done} of {self._everybody} bots asked\n")
            sys.stderr.flush()


def problems(answers: Sequence[Answer], directory: Path) -> list[Problem]:
    """The refused tokens, each with its place in its file."""
    refused = (answer for answer in answers if answer.code == 3)
    return [_at_token(directory / f"{one.slug}.yaml", f"{one.said}; {one.remedy}") for one in refused]


class _Asking:
    def __init__(self, telegram: Telegram) -> None:
        self.telegram = telegram
        self._few = asyncio.Semaphore(AT_ONCE)
        self._next_at = 0.0
        self._silent = 0

    async def about(self, tenant: Tenant) -> Answer:
        async with self._few:
            if self._silent >= GIVE_UP_AFTER:
                said = "not asked: Telegram answered for none of those before"
                return Answer(slug=tenant.slug, code=4, said=said, remedy="try again")
            try:
                me = await self._call(tenant, "getMe")
                hook = await self._call(tenant, "getWebhookInfo")
            except TelegramUnreachable as error:
                self._silent += 1
                said = f"Telegram cannot be reached ({error})"
                return Answer(slug=tenant.slug, code=4, said=said, remedy="try again")
            except TelegramRefused as refused:
                self._silent = 0
                return _refused(tenant, refused)
        self._silent = 0
        return Answer(
            slug=tenant.slug,
            username=str(me.get("username", "?")),
            webhook=hook.get("url") or None,
            waiting=int(hook.get("pending_update_count", 0)),
            last_error=hook.get("last_error_message"),
            last_error_at=int(hook.get("last_error_date", 0)),
        )

    async def _call(self, tenant: Tenant, method: str) -> dict[str, Any]:
        for patient in (True, False):
            await self._turn()
            try:
                result = await self.telegram.call(tenant.token, method, {}, timeout_s=10)
            except TelegramRefused as refused:
                if not patient or refused.retry_after is None or refused.retry_after > PATIENCE_S:
                    raise
                await asyncio.sleep(refused.retry_after)
            else:
                if isinstance(result, dict):
                    return result
                break
        raise TelegramUnreachable("not an answer of the Bot API")

    async def _turn(self) -> None:
        """Waits for this call's place in the row of PER_SECOND."""
        now = asyncio.get_running_loop().time()
        at = max(now, self._next_at)
        self._next_at = at + 1 / PER_SECOND
        await asyncio.sleep(at - now)


def _refused(tenant: Tenant, refused: TelegramRefused) -> Answer:
    if refused.code == 429 or refused.code >= 500:
        return Answer(slug=tenant.slug, code=4, said=f"Telegram has no answer now ({refused})", remedy="try again")
    said = f"Telegram refuses it ({refused.description})"
    return Answer(slug=tenant.slug, code=3, said=said, remedy="get the right one from @BotFather (/token)")


def _at_token(file: Path, said: str) -> Problem:
    reader = Reader(str(file))
    try:
        root = reader.compose(file.read_bytes())
    except OSError:  # gone meanwhile; the answer is still worth telling
        root = None
    nodes: dict[Any, yaml.Node] = {} if root is None else {key.value: value for key, value in root.value}
    found = Reader(str(file))
    found.report(nodes.get("bot_token"), "bot_token", said)
    return found.problems[0]
