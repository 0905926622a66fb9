"""What the inspector shows: every Bot API call and every delivery, with tokens and secrets masked; and the page's events."""

import asyncio
import re
from collections import deque
from collections.abc import AsyncIterator
from typing import Any

from .model import Json
from .params import Upload

CALLS_KEPT = 500
EVENTS_BEHIND = 2000
_SECRET_NAMES = frozenset({"secret_token", "bot_token", "token"})
_TOKEN = re.compile(r"\b(\d{3,}):[A-Za-z0-9_-]{6,}")
_LONG = 1500


def masked(value: Any, name: str = "") -> Any:
    """The same value without secrets: `123:•••` for a token, cut where it is long."""
    if name in _SECRET_NAMES and value:
        return "•••"
    if isinstance(value, Upload):
        return f"«{value.name}, {len(value.data)} bytes»"
    if isinstance(value, str):
        text = _TOKEN.sub(r"\1:•••", value)
        return text if len(text) <= _LONG else f"{text[:_LONG]}…"
    if isinstance(value, dict):
        return {key: masked(item, str(key)) for key, item in value.items()}
    if isinstance(value, list):
        return [masked(item) for item in value]
    return value


class Journal:
    """The last calls, and a stream of events for whoever watches the page."""

    def __init__(self) -> None:
        self.calls: deque[Json] = deque(maxlen=CALLS_KEPT)
        self._count = 0
        self._watchers: set[asyncio.Queue[Json | None]] = set()
        self._closed = False

    def note(self, kind: str, bot: str, name: str, params: Any, *, ok: bool, result: Any, at: float, ms: float) -> None:
        """Keeps a call (`kind` "call") or a delivery ("delivery"); `at` is in sandbox time, `ms` how long it took."""
        self._count += 1
        call = {
            "n": self._count, "kind": kind, "bot": bot, "method": name, "params": masked(params), "ok": ok,
            "result": masked(result), "at": at, "ms": round(ms, 1),
        }  # fmt: skip
        self.calls.append(call)
        self.publish("call", call)

    def publish(self, event: str, data: Json) -> None:
        """Tells every watcher; one that is too far behind is let go and will ask for everything again."""
        for watcher in list(self._watchers):
            if watcher.qsize() >= EVENTS_BEHIND:
                self._watchers.discard(watcher)
                watcher.put_nowait(None)
            else:
                watcher.put_nowait({"event": event, "data": data})

    async def events(self) -> AsyncIterator[Json]:
        """Events from now on, until the sandbox closes or the watcher falls behind. A `tick` every 10 s of silence."""
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
        """Lets watchers in (again)."""
        self._closed = False

    def close(self) -> None:
        """Ends every stream, so that a server can stop at once."""
        self._closed = True
        for watcher in list(self._watchers):
            watcher.put_nowait(None)
        self._watchers.clear()
