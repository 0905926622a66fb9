"""One pipelined connection to Redis that never waits long: what the webhook's path needs, and nothing else.

Why not redis-py here: each of its commands costs more processor time than everything else that admission does, and
its waiting is per command. Here commands of one turn of the loop leave in one write, a hung server is noticed by one
timer for all of them, and while the server is away every call fails at once: reconnecting goes on in the background,
so at most one time-out is ever paid by a request.
"""

import asyncio
import contextlib
import hashlib
import ssl
from collections import deque
from collections.abc import Callable, Sequence
from typing import TypeAlias, cast
from urllib.parse import unquote, urlsplit

import structlog

TIMEOUT_S = 0.25
RECONNECT_S = (0.1, 0.25, 0.5, 1.0)

Value: TypeAlias = "bytes | int | list[Value] | RedisRefused | None"
_log = structlog.get_logger(__name__)


class RedisDown(Exception):
    """Redis did not answer in time, or answered that it cannot serve (loading, out of memory, no right)."""


class RedisRefused(Exception):
    """An error reply; `code` is its first word."""

    def __init__(self, message: str) -> None:
        self.code = message.partition(" ")[0]
        super().__init__(message)


class Script:
    """A Lua script, known to the server by its digest."""

    __slots__ = ("sha", "source")

    def __init__(self, source: str) -> None:
        self.source = source.encode()
        self.sha = hashlib.sha1(self.source, usedforsecurity=False).hexdigest().encode()


class RedisLink:
    """`url` carries the credentials; it never goes into a repr, a log or an error."""

    def __init__(self, url: str, scripts: Sequence[Script] = (), *, timeout_s: float = TIMEOUT_S) -> None:
        self._url = url
        self._scripts = scripts
        self._timeout_s = timeout_s
        self._protocol: _Protocol | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._lost = asyncio.Event()

    @property
    def up(self) -> bool:
        """Whether calls are being sent at all; False means that they fail at once."""
        return self._protocol is not None

    async def start(self) -> None:
        """Connects, waiting no longer than one time-out; if that fails, goes on in the background."""
        with contextlib.suppress(RedisDown):
            await self._connect()
        self._keeper = asyncio.create_task(self._keep(), name="redis-link")

    async def close(self) -> None:
        if self._keeper is not None:
            self._keeper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._keeper
            self._keeper = None
        if self._protocol is not None:
            self._protocol.end("closed")
            self._protocol = None

    async def call(self, *parts: bytes) -> Value:
        """One command. Raises RedisDown, or RedisRefused for an error reply that is the caller's own doing."""
        if self._protocol is None:
            raise RedisDown("not connected")
        reply = await self._protocol.send(parts, self._timeout_s)
        if isinstance(reply, RedisRefused):
            raise reply if reply.code in ("NOSCRIPT", "ERR", "WRONGTYPE") else RedisDown(reply.code)
        return reply

    def tell(self, *parts: bytes) -> None:
        """One command whose answer nobody waits for: commands of one link are carried out in the order of their calls.

        Raises RedisDown where it cannot even be sent; a later failure is a line in the log."""
        if self._protocol is None:
            raise RedisDown("not connected")
        self._protocol.send(parts, self._timeout_s).add_done_callback(_heard)

    async def run(self, script: Script, keys: Sequence[bytes], args: Sequence[bytes]) -> Value:
        """A script by its digest; a server that has forgotten it (flushed, restarted) is told it again."""
        parts = (b"EVALSHA", script.sha, b"%d" % len(keys), *keys, *args)
        try:
            return await self.call(*parts)
        except RedisRefused as refused:
            if refused.code != "NOSCRIPT":
                raise RedisDown(refused.code) from None
        try:
            await self.call(b"SCRIPT", b"LOAD", script.source)
            return await self.call(*parts)
        except RedisRefused as refused:
            raise RedisDown(refused.code) from None

    async def _keep(self) -> None:
        attempt = 0
        while True:
            if self._protocol is not None:
                await self._lost.wait()
            self._lost.clear()
            try:
                await self._connect()
                attempt = 0
                _log.info("redis_connected")
            except RedisDown as down:
                if attempt == 0:
                    _log.warning("redis_down", reason=str(down))
                await asyncio.sleep(RECONNECT_S[min(attempt, len(RECONNECT_S) - 1)])
                attempt += 1

    async def _connect(self) -> None:
        try:
            async with asyncio.timeout(self._timeout_s * 2):
                protocol = await self._dial()
        except (OSError, TimeoutError, ssl.SSLError) as error:
            raise RedisDown(f"cannot connect ({type(error).__name__})") from None
        greeting = _greeting(self._url)
        greeting += [(b"SCRIPT", b"LOAD", script.source) for script in self._scripts]
        try:
            for parts in greeting:
                reply = await protocol.send(parts, self._timeout_s)
                if isinstance(reply, RedisRefused):
                    # the code only: a reply to AUTH may repeat what was sent
                    raise RedisDown(f"refused at greeting ({reply.code})")
        except RedisDown:
            protocol.end("greeting")
            raise
        protocol.on_lost = self._on_lost
        self._protocol = protocol

    async def _dial(self) -> "_Protocol":
        parts = urlsplit(self._url)
        loop = asyncio.get_running_loop()
        if parts.scheme == "unix":
            _, protocol = await loop.create_unix_connection(_Protocol, parts.path)
            return protocol
        tls = ssl.create_default_context() if parts.scheme == "rediss" else None
        _, protocol = await loop.create_connection(
            _Protocol, parts.hostname or "127.0.0.1", parts.port or 6379, ssl=tls
        )
        return protocol

    def _on_lost(self) -> None:
        self._protocol = None
        self._lost.set()


def _heard(reply: "asyncio.Future[Value]") -> None:
    error = None if reply.cancelled() else reply.exception() or reply.result()
    if isinstance(error, Exception):
        _log.warning("redis_refused", reason=error.code if isinstance(error, RedisRefused) else str(error))


def _greeting(url: str) -> list[tuple[bytes, ...]]:
    parts = urlsplit(url)
    out: list[tuple[bytes, ...]] = []
    if parts.password is not None:
        user = (unquote(parts.username).encode(),) if parts.username else ()
        out.append((b"AUTH", *user, unquote(parts.password).encode()))
    database = parts.path.strip("/") if parts.scheme != "unix" else ""
    if database not in ("", "0"):
        out.append((b"SELECT", database.encode()))
    return out


class _Protocol(asyncio.Protocol):
    """RESP2 over one transport: requests leave in order, replies come in the same order."""

    def __init__(self) -> None:
        self.on_lost: Callable[[], None] = lambda: None
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._waiting: deque[tuple[asyncio.Future[Value], float]] = deque()
        self._outgoing: list[bytes] = []
        self._incoming = b""
        self._timer: asyncio.TimerHandle | None = None

    def send(self, parts: Sequence[bytes], timeout_s: float) -> asyncio.Future[Value]:
        future: asyncio.Future[Value] = self._loop.create_future()
        if self._transport is None:
            future.set_exception(RedisDown("not connected"))
            return future
        if not self._outgoing:
            self._loop.call_soon(self._flush)
        self._outgoing.append(b"*%d\r\n" % len(parts))
        self._outgoing += [b"$%d\r\n%b\r\n" % (len(part), part) for part in parts]
        self._waiting.append((future, self._loop.time() + timeout_s))
        if self._timer is None:
            self._timer = self._loop.call_later(timeout_s, self._watch)
        return future

    def end(self, reason: str) -> None:
        """Closes at once; whoever still waits gets RedisDown."""
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

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transport is one in all but its base class
        self._transport = cast(asyncio.Transport, transport)

    def connection_lost(self, _exc: Exception | None) -> None:
        self.end("connection lost")

    def data_received(self, data: bytes) -> None:
        data = self._incoming + data if self._incoming else data
        position = 0
        try:
            while position < len(data):
                reply, position = _parse(data, position)
                future, _ = self._waiting.popleft()
                if not future.done():
                    future.set_result(reply)
        except _Incomplete:
            pass
        except (ValueError, IndexError):
            self.end("not the Redis protocol")
            return
        self._incoming = data[position:]

    def _flush(self) -> None:
        if self._transport is not None:
            self._transport.write(b"".join(self._outgoing))
        self._outgoing.clear()

    def _watch(self) -> None:
        """Replies come in order, so the oldest request tells whether the server hangs."""
        self._timer = None
        if not self._waiting:
            return
        oldest = self._waiting[0][1]
        if self._loop.time() >= oldest:
            self.end("no answer in time")
        else:
            self._timer = self._loop.call_at(oldest, self._watch)


class _Incomplete(Exception):
    pass


def _parse(data: bytes, position: int) -> tuple[Value, int]:
    """One reply from `position` on. Raises _Incomplete, or ValueError for what is not RESP2."""
    end = data.find(b"\r\n", position)
    if end < 0:
        raise _Incomplete
    kind, rest, after = data[position : position + 1], data[position + 1 : end], end + 2
    if kind == b"$":
        size = int(rest)
        if size < 0:
            return None, after
        if len(data) < after + size + 2:
            raise _Incomplete
        return data[after : after + size], after + size + 2
    if kind == b":":
        return int(rest), after
    if kind == b"*":
        items: list[Value] = []
        for _ in range(int(rest)):
            item, after = _parse(data, after)
            items.append(item)
        return items, after
    if kind == b"+":
        return rest, after
    if kind == b"-":
        return RedisRefused(rest.decode("utf-8", "replace")), after
    raise ValueError("not RESP2")
