"""The journal that the inspector shows (API calls and deliveries, without secrets), and the page's stream of events."""

import asyncio
import re
import time
from collections import deque
from collections.abc import AsyncIterator, Callable

from gateway.sandbox.model import Json
from gateway.sandbox.params import Upload

CALLS_KEPT = 500
EVENTS_BEHIND = 2000
_SECRET_NAMES = frozenset({"secret_token", "bot_token", "token"})
_TOKEN = re.compile(r"\b(\d{3,}):[A-Za-z0-9_-]{6,}")
_LONGEST_TEXT = 1500


def mask_secrets(value: object, name: str = "") -> object:
    """Return the value without secrets (`123:•••` for a token) and with long texts cut. `name` is the field's name."""
    if name in _SECRET_NAMES and value:
        return "•••"
    if isinstance(value, Upload):
        return f"«{value.name}, {len(value.data)} bytes»"
    if isinstance(value, str):
        text = _TOKEN.sub(r"\1:•••", value)
        return text if len(text) <= _LONGEST_TEXT else f"{text[:_LONGEST_TEXT]}…"
    if isinstance(value, dict):
        return {key: mask_secrets(item, str(key)) for key, item in value.items()}
    if isinstance(value, list):
        return [mask_secrets(item) for item in value]
    return value


class Journal:
    """The last calls, and a stream of events for every open page. `clock` is the sandbox's, in epoch seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.calls: deque[Json] = deque(maxlen=CALLS_KEPT)
        self._clock = clock
        self._count = 0
        self._watchers: set[asyncio.Queue[Json | None]] = set()
        self._closed = False

    def record(
        self, kind: str, bot: str, name: str, params: object, *, ok: bool, result: object, started: float
    ) -> None:
        """Add a call (`kind` "call" or "webhook answer") or a delivery ("delivery").

        `bot` is the slug, `name` the method or the kind of the update, `started` a value of `time.perf_counter`.
        """
        self._count += 1
        call = {
            "n": self._count, "kind": kind, "bot": bot, "method": name, "params": mask_secrets(params), "ok": ok,
            "result": mask_secrets(result), "at": self._clock(), "ms": round((time.perf_counter() - started) * 1000, 1),
        }  # fmt: skip
        self.calls.append(call)
        self.publish("call", call)

    def publish(self, event: str, data: Json) -> None:
        """Send an event to every open page. A page that is too far behind is cut off, and asks for everything again."""
        for watcher in list(self._watchers):
            if watcher.qsize() >= EVENTS_BEHIND:
                self._watchers.discard(watcher)
                watcher.put_nowait(None)
            else:
                watcher.put_nowait({"event": event, "data": data})

    async def stream(self) -> AsyncIterator[Json]:
        """Yield `{event, data}` from now on, until the journal closes or the reader falls behind.

        A `hello` comes first, a `tick` after every 10 seconds without an event.
        """
        queue: asyncio.Queue[Json | None] = asyncio.Queue()
        if self._closed:
            return
        self._watchers.add(queue)
        try:
            yield {"event": "hello", "data": {}}
            while True:
                try:
                    item = await asyncio.wait_for(queue.get(), 10)
                except TimeoutError:
                    item = {"event": "tick", "data": {}}
                if item is None:
                    return
                yield item
        finally:
            self._watchers.discard(queue)

    def open(self) -> None:
        """Accept pages, also after `close`."""
        self._closed = False

    def close(self) -> None:
        """End every stream, so that the server can stop at once."""
        self._closed = True
        for watcher in list(self._watchers):
            watcher.put_nowait(None)
        self._watchers.clear()
