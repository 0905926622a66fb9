"""RESP2, the protocol of Redis, over one connection: what leaves in one turn of the loop leaves in one write."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import TypeAlias, cast

from hiredis import ProtocolError, Reader, pack_command
from typing_extensions import override

from backend.kit.redis import GRACE_S, RedisDown, RedisRefused

Value: TypeAlias = "bytes | int | list[Value] | RedisRefused | None"
_UNFINISHED = object()


class Protocol(asyncio.Protocol):
    """RESP2 over one transport: requests leave in order, replies come in the same order."""

    def __init__(self) -> None:
        self.on_lost: Callable[[], None] = lambda: None
        self.on_hanging: Callable[[], None] = lambda: None
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._waiting: deque[tuple[asyncio.Future[Value], float]] = deque()
        self._outgoing: list[bytes] = []
        self._reader = Reader(replyError=_error_reply, notEnoughData=_UNFINISHED)
        self._timer: asyncio.TimerHandle | None = None

    def send(self, parts: Sequence[bytes], timeout_s: float) -> asyncio.Future[Value]:
        """Send a command at the end of this turn of the loop; the future has its reply, or RedisDown."""
        future: asyncio.Future[Value] = self._loop.create_future()
        if self._transport is None:
            future.set_exception(RedisDown("not connected"))
            return future
        if not self._outgoing:
            self._loop.call_soon(self._flush)
        self._outgoing.append(pack_command(tuple(parts)))  # type: ignore[arg-type]  # its stub knows one part only
        self._waiting.append((future, self._loop.time() + timeout_s))
        if self._timer is None:
            self._timer = self._loop.call_later(timeout_s, self._watch)
        return future

    def end(self, reason: str) -> None:
        """Close at once; commands that still wait fail with RedisDown."""
        transport, self._transport = self._transport, None
        if transport is not None:
            transport.abort()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        waiting, self._waiting = self._waiting, deque()
        for future, _ in waiting:
            if not future.done():
                future.set_exception(RedisDown(reason))
        if transport is not None:
            self.on_lost()

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transport is one in all but its base class
        self._transport = cast(asyncio.Transport, transport)

    @override
    def connection_lost(self, _exc: Exception | None) -> None:
        self.end("connection lost")

    @override
    def data_received(self, data: bytes) -> None:
        self._reader.feed(data)
        try:
            while (reply := self._reader.gets()) is not _UNFINISHED:
                future, _ = self._waiting.popleft()
                if not future.done():
                    future.set_result(reply)
        except (ProtocolError, IndexError):
            self.end("not the Redis protocol")

    def _flush(self) -> None:
        if self._transport is not None:
            self._transport.write(b"".join(self._outgoing))
        self._outgoing.clear()

    def _watch(self) -> None:
        """Look whether the server hangs: replies come in order, so the oldest command tells."""
        self._timer = None
        if not self._waiting:
            return
        oldest, due = self._waiting[0]
        if self._loop.time() >= due:
            self._timer = self._loop.call_later(GRACE_S, self._give_up, oldest)
        else:
            self._timer = self._loop.call_at(due, self._watch)

    def _give_up(self, oldest: "asyncio.Future[Value]") -> None:
        if self._waiting and self._waiting[0][0] is oldest:
            self.end("no answer in time")
            self.on_hanging()
        else:
            self._watch()


def _error_reply(message: str) -> RedisRefused:
    return RedisRefused(message, message.partition(" ")[0])
