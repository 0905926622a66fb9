"""Delivery to webhooks as Telegram does it: in order within a queue, queues side by side, repeated until a 2xx."""

import asyncio
import contextlib
import json
import random
import time
from functools import partial
from urllib.parse import parse_qsl

import aiohttp

from gateway.sandbox.methods import call_method
from gateway.sandbox.model import Bot, Json, Update
from gateway.sandbox.params import Params
from gateway.sandbox.sandbox import Sandbox

ANSWER_TIMEOUT_S = 60
RETRY_AFTER_LIMIT_S = 3600
GONE_LIMIT_S = 23 * 3600
_NOT_IN_ANSWERS = frozenset({"deletewebhook", "setwebhook", "close", "logout"})


class WebhookDelivery:
    """One task per queue that holds an update. The first update of a queue blocks the others, as in Telegram."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._session: aiohttp.ClientSession | None = None
        self._tasks: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._wakes: dict[str, asyncio.Event] = {}
        self._slots: dict[str, asyncio.Semaphore] = {}

    async def start(self) -> None:
        """Open the HTTP client. Needs the running event loop."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0),
                timeout=aiohttp.ClientTimeout(total=ANSWER_TIMEOUT_S),
                auto_decompress=True,
            )

    async def stop(self) -> None:
        """Cancel the deliveries under way; what was not acknowledged stays pending."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._tasks.clear()
        if self._session:
            await self._session.close()
            self._session = None

    def deliver(self, bot: Bot) -> None:
        """Start a task for each queue that holds an update and has no task."""
        if self._session is None or not bot.webhook.url:
            return
        for queue in list(self._sandbox.transient[bot.token].queues):
            key = (bot.token, queue)
            if key not in self._tasks:
                task = self._tasks[key] = asyncio.create_task(self._deliver_queue(bot, queue))
                task.add_done_callback(partial(self._queue_ended, bot, key))

    def retry_now(self, bot: Bot) -> None:
        """End every pause before a further attempt: the clock was moved, the webhook changed, an outage ended."""
        self._wakes.setdefault(bot.token, asyncio.Event()).set()
        self._wakes[bot.token] = asyncio.Event()
        self.deliver(bot)

    def webhook_changed(self, bot: Bot) -> None:
        """Use the bot's new webhook: its address and its number of connections."""
        self._slots.pop(bot.token, None)
        self.retry_now(bot)

    def _queue_ended(self, bot: Bot, key: tuple[str, str], _: asyncio.Task[None]) -> None:
        self._tasks.pop(key, None)
        transient = self._sandbox.transient.get(bot.token)
        if self._session and transient and transient.queues.get(key[1]):
            self.deliver(bot)

    def _first_update(self, bot: Bot, queue: str) -> Update | None:
        transient = self._sandbox.transient.get(bot.token)
        update_ids = transient.queues.get(queue) if transient else None
        return bot.pending.get(update_ids[0]) if update_ids else None

    async def _deliver_queue(self, bot: Bot, queue: str) -> None:
        delay = 0.0
        while bot.webhook.url and (update := self._first_update(bot, queue)):
            if update.expires <= self._sandbox.now():
                self._sandbox.drop_update(bot, update.id)
                continue
            if self._sandbox.transient[bot.token].outage:
                await self._pause(bot, 3600)
                continue
            slots = self._slots.setdefault(bot.token, asyncio.Semaphore(bot.webhook.max_connections))
            async with slots:
                if not bot.webhook.url or update.id not in bot.pending:
                    continue
                wait = await self._attempt(bot, update)
            if wait is None:
                delay = 0.0
                self._sandbox.drop_update(bot, update.id)
                continue
            if wait == 0 and update.fails > 1:
                longest = random.uniform(60, 120)  # noqa: S311  spread, no secret
                delay = min(max(delay, self._sandbox.retry_base_s / 2) * 2, longest)
                wait = delay
            if self._sandbox.now() + wait > update.expires:
                self._sandbox.drop_update(bot, update.id)
            elif wait:
                await self._pause(bot, wait)

    async def _pause(self, bot: Bot, seconds: float) -> None:
        wake = self._wakes.setdefault(bot.token, asyncio.Event())
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(wake.wait(), seconds)

    async def _attempt(self, bot: Bot, update: Update) -> float | None:
        """Post the update once. Returns None when it was taken, else the seconds of `Retry-After`, 0 without one."""
        assert self._session is not None
        webhook = bot.webhook
        started = time.perf_counter()
        headers = {"Content-Type": "application/json"}
        if webhook.secret:
            headers["X-Telegram-Bot-Api-Secret-Token"] = webhook.secret
        answer: Json = {}
        retry_after = 0.0
        try:
            body = json.dumps(update.to_json(), ensure_ascii=False).encode("utf-8", "surrogatepass")
            async with self._session.post(webhook.url, data=body, headers=headers, allow_redirects=False) as response:
                status, reason = response.status, response.reason or ""
                retry_after = _parse_retry_after(response.headers.get("Retry-After", ""))
                if 200 <= status <= 299:
                    answer = _parse_answer(await response.read(), response.content_type)
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
        self._sandbox.journal.record(
            "delivery", bot.slug, update.kind, update.to_json(), ok=not error,
            result=error or ({"status": status} | ({"method": answer["method"]} if "method" in answer else {})),
            started=started,
        )  # fmt: skip
        self._note_outcome(bot, status, error)
        if error:
            update.fails += 1
            return retry_after
        await self._call_answered_method(bot, answer)
        return None

    def _note_outcome(self, bot: Bot, status: int, error: str) -> None:
        """Keep the last error for getWebhookInfo; remove a webhook that has answered 410 for 23 hours."""
        webhook, now = bot.webhook, self._sandbox.now()
        if error:
            webhook.last_error_date, webhook.last_error_message = int(now), error
        if status != 410:
            webhook.gone_since = 0.0
        elif not webhook.gone_since:
            webhook.gone_since = now
        elif now > webhook.gone_since + GONE_LIMIT_S:
            webhook.url = ""

    async def _call_answered_method(self, bot: Bot, answer: Json) -> None:
        """Call the `method` of the webhook's answer; the bot does not learn its result."""
        method = str(answer.pop("method", "")).lower()
        if method and method not in _NOT_IN_ANSWERS and not method.startswith("get"):
            await call_method(self._sandbox, bot, method, Params(answer), via="webhook answer")


def _parse_retry_after(text: str) -> float:
    try:
        return float(min(max(int(text), 0), RETRY_AFTER_LIMIT_S))
    except ValueError:
        return 0.0


def _parse_answer(body: bytes, content_type: str) -> Json:
    if content_type == "application/x-www-form-urlencoded":
        return dict(parse_qsl(body.decode("utf-8", "replace")))
    if not body.strip():
        return {}
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return answer if isinstance(answer, dict) else {}
