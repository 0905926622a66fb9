"""Webhook delivery as Telegram does it: in order within a queue, queues side by side, again and again until 2xx."""

import asyncio
import contextlib
import json
import random
import time
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

import aiohttp

from .methods import call
from .model import Bot, Json, Update
from .params import Params

if TYPE_CHECKING:
    from .world import Sandbox

ANSWER_WAIT_S = 60
RETRY_AFTER_LIMIT_S = 3600
GONE_LIMIT_S = 23 * 3600
_NOT_IN_ANSWERS = frozenset({"deletewebhook", "setwebhook", "close", "logout"})


class Courier:
    """One task per queue with something in it; a queue's head blocks what is behind it, as in Telegram."""

    def __init__(self, sandbox: "Sandbox", retry_base_s: float) -> None:
        self._sandbox = sandbox
        self._base = retry_base_s
        self._session: aiohttp.ClientSession | None = None
        self._tasks: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._wakes: dict[str, asyncio.Event] = {}
        self._slots: dict[str, asyncio.Semaphore] = {}

    async def start(self) -> None:
        """Opens the client."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0),
                timeout=aiohttp.ClientTimeout(total=ANSWER_WAIT_S),
                auto_decompress=True,
            )

    async def stop(self) -> None:
        """Ends deliveries; what was not acknowledged stays pending."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._tasks.clear()
        if self._session:
            await self._session.close()
            self._session = None

    def forget(self, bot: Bot) -> None:
        """The bot is gone."""
        for (token, _), task in list(self._tasks.items()):
            if token == bot.token:
                task.cancel()

    def wake(self, bot: Bot) -> None:
        """Whoever waits for a second try tries now (the clock was moved, the webhook changed, the outage ended)."""
        self._wakes.setdefault(bot.token, asyncio.Event()).set()
        self._wakes[bot.token] = asyncio.Event()
        self.kick(bot)

    def resize(self, bot: Bot) -> None:
        """The webhook's `max_connections` changed."""
        self._slots.pop(bot.token, None)

    def kick(self, bot: Bot) -> None:
        """Starts a task for each queue that has something and no task yet."""
        if self._session is None or not bot.webhook.url:
            return
        for queue in list(self._sandbox.live[bot.token].queues):
            key = (bot.token, queue)
            if key not in self._tasks:
                task = self._tasks[key] = asyncio.create_task(self._drain(bot, queue))
                task.add_done_callback(lambda _, key=key: self._ended(bot, key))  # type: ignore[misc]

    def _ended(self, bot: Bot, key: tuple[str, str]) -> None:
        self._tasks.pop(key, None)
        live = self._sandbox.live.get(bot.token)
        if self._session and live and live.queues.get(key[1]):
            self.kick(bot)

    def _head(self, bot: Bot, queue: str) -> Update | None:
        live = self._sandbox.live.get(bot.token)
        waiting = live.queues.get(queue) if live else None
        return bot.pending.get(waiting[0]) if waiting else None

    async def _drain(self, bot: Bot, queue: str) -> None:
        delay = 0.0
        while bot.webhook.url and (update := self._head(bot, queue)):
            if update.expires <= self._sandbox.now():
                self._sandbox.drop(bot, update.id)
                continue
            live = self._sandbox.live[bot.token]
            if live.outage:
                await self._pause(bot, 3600)
                continue
            slots = self._slots.setdefault(bot.token, asyncio.Semaphore(bot.webhook.max_connections))
            async with slots:
                if not bot.webhook.url or update.id not in bot.pending:
                    continue
                wait = await self._deliver(bot, update)
            if wait is None:
                delay = 0.0
                self._sandbox.drop(bot, update.id)
                continue
            if wait == 0 and update.fails > 1:
                delay = min(max(delay, self._base / 2) * 2, random.uniform(60, 120))  # noqa: S311 (spread, no secret)
                wait = delay
            if self._sandbox.now() + wait > update.expires:
                self._sandbox.drop(bot, update.id)
            elif wait:
                await self._pause(bot, wait)

    async def _pause(self, bot: Bot, seconds: float) -> None:
        wake = self._wakes.setdefault(bot.token, asyncio.Event())
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(wake.wait(), seconds)

    async def _deliver(self, bot: Bot, update: Update) -> float | None:
        """One try. None: done. Else the seconds that the bot asked to wait, 0 if it named none."""
        assert self._session is not None
        hook = bot.webhook
        started = time.perf_counter()
        headers = {"Content-Type": "application/json"}
        if hook.secret:
            headers["X-Telegram-Bot-Api-Secret-Token"] = hook.secret
        answer: Json = {}
        retry_after = 0.0
        try:
            body = json.dumps(update.wire(), ensure_ascii=False).encode("utf-8", "surrogatepass")
            async with self._session.post(hook.url, data=body, headers=headers, allow_redirects=False) as response:
                status, reason = response.status, response.reason or ""
                retry_after = _retry_after(response.headers.get("Retry-After", ""))
                if 200 <= status <= 299:
                    answer = _answer(await response.read(), response.content_type)
                    error = ""
                else:
                    error = f"Wrong response from the webhook: {status} {reason}".rstrip()
        except TimeoutError:
            status, error = 0, "Read timeout expired"
        except aiohttp.ClientConnectorError:
            status, error = 0, "Connection refused"
        except aiohttp.ServerDisconnectedError:
            status, error = 0, "Webhook connection closed"
        except (aiohttp.ClientError, OSError, ValueError) as problem:
            status, error = 0, f"Connection failed: {type(problem).__name__}"
        self._sandbox.journal.note(
            "delivery", bot.slug, update.kind, update.wire(), ok=not error,
            result=error or ({"status": status} | ({"method": answer["method"]} if "method" in answer else {})),
            at=self._sandbox.now(), ms=(time.perf_counter() - started) * 1000,
        )  # fmt: skip
        self._count(bot, status, error)
        if error:
            update.fails += 1
            return retry_after
        await self._obey(bot, answer)
        return None

    def _count(self, bot: Bot, status: int, error: str) -> None:
        hook, now = bot.webhook, self._sandbox.now()
        if error:
            hook.last_error_date, hook.last_error_message = int(now), error
        if status != 410:
            hook.gone_since = 0.0
        elif not hook.gone_since:
            hook.gone_since = now
        elif now > hook.gone_since + GONE_LIMIT_S:
            hook.url = ""

    async def _obey(self, bot: Bot, answer: Json) -> None:
        """Carries out a `method` in the answer; its result goes nowhere."""
        method = str(answer.pop("method", "")).lower()
        if method and method not in _NOT_IN_ANSWERS and not method.startswith("get"):
            await call(self._sandbox, bot, method, Params(answer), via="webhook answer")


def _retry_after(text: str) -> float:
    try:
        return float(min(max(int(text), 0), RETRY_AFTER_LIMIT_S))
    except ValueError:
        return 0.0


def _answer(body: bytes, content_type: str) -> Json:
    if content_type == "application/x-www-form-urlencoded":
        return dict(parse_qsl(body.decode("utf-8", "replace")))
    if not body.strip():
        return {}
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return answer if isinstance(answer, dict) else {}
