"""The Redis client of the gateway's workers: one pipelined connection that never waits long.

Why not redis-py on the path of an update: a script through it takes 55 microseconds of processor time instead of 7
(`python -m tests.bench.redis_clients` measures both in one run), which is more than everything else that admission does;
it adds 10 MB to every worker; and its waiting is per command. Here commands of one turn of the loop leave in one write, a
hung server is noticed by one timer for all of them, and while the server is away every call fails at once: reconnecting
goes on in the background. At most one time-out is ever paid by a request, since links to one server tell each other that
it hangs. A worker has this client for all that it asks Redis; every other process has redis-py (`redis.py`).
"""

import asyncio
import contextlib
import hashlib
import ssl
import time
from collections import deque
from collections.abc import Sequence
from urllib.parse import unquote, urlsplit

from backend.kit.logging import log
from backend.kit.redis import TIMEOUT_S, RedisDown, RedisRefused, failure_of
from backend.kit.resp import Protocol, Value

RECONNECT_S = (0.1, 0.25, 0.5, 1.0)
# How long what could not be told is kept for the next connection, and how much of it.
UNTOLD_S = 10.0
MAX_UNTOLD = 1000


class Script:
    """A Lua script, known to the server by its digest."""

    __slots__ = ("sha", "source")

    def __init__(self, source: str) -> None:
        self.source = source.encode()
        self.sha = hashlib.sha1(self.source, usedforsecurity=False).hexdigest().encode()


class RedisLink:
    """One connection. `url` carries the credentials; it never goes into a repr, a log or an error."""

    def __init__(self, url: str, scripts: Sequence[Script] = (), *, timeout_s: float = TIMEOUT_S) -> None:
        self._url = url
        self._scripts = scripts
        self._timeout_s = timeout_s
        self._protocol: Protocol | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._lost = asyncio.Event()
        self._siblings: list[RedisLink] = []
        # commands that nobody waits for and that were lost with a connection, each with the end of its time (monotonic)
        self._untold: deque[tuple[float, Sequence[bytes]]] = deque(maxlen=MAX_UNTOLD)
        # epoch seconds; what was written before may be missing: a server that was killed forgets its last second
        self.connected_at = 0.0

    def add_sibling(self, other: "RedisLink") -> None:
        """Share what is found out with another link to the same server: when it hangs, one of them waits, not both."""
        self._siblings.append(other)
        other._siblings.append(self)

    @property
    def up(self) -> bool:
        """Whether there is a connection; without one every call fails at once."""
        return self._protocol is not None

    async def start(self) -> None:
        """Connect, waiting no longer than one time-out; if that fails, go on in the background."""
        with contextlib.suppress(RedisDown):
            await self.connect()
        self._keeper = asyncio.create_task(self._keep(), name="redis-link")

    async def close(self) -> None:
        """Close the connection and stop reconnecting."""
        if self._keeper is not None:
            self._keeper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._keeper
            self._keeper = None
        if self._protocol is not None:
            self._protocol.end("closed")
            self._protocol = None

    async def call(self, *parts: bytes) -> Value:
        """Carry out a command and return its reply. Raises RedisDown and RedisRefused."""
        if self._protocol is None:
            raise RedisDown("not connected")
        return take_reply(await self._protocol.send(parts, self._timeout_s))

    async def call_all(self, commands: Sequence[Sequence[bytes]]) -> list[Value]:
        """Send commands in one write. Returns their replies, a RedisRefused for each that was refused. Raises RedisDown."""
        if self._protocol is None:
            raise RedisDown("not connected")
        replies = [self._protocol.send(parts, self._timeout_s) for parts in commands]
        try:
            return [await reply for reply in replies]
        finally:
            for reply in replies:
                # after a failure nobody waits for the others, whose failure is the same
                if not reply.cancel() and not reply.cancelled():
                    reply.exception()

    def tell(self, *parts: bytes) -> None:
        """Send a command without waiting for its reply; commands of one link are carried out in the order of their calls.

        Where the connection is lost before the reply, the next one sends it again, unless that takes too long: the command
        must be one that may be carried out twice. That it was refused is a line in the log."""
        self._tell(parts, time.monotonic() + UNTOLD_S)

    def _tell(self, parts: Sequence[bytes], until: float) -> None:
        if self._protocol is None:
            self._untold.append((until, parts))
            return

        def note(reply: "asyncio.Future[Value]") -> None:
            if reply.cancelled() or reply.exception() is not None:
                self._untold.append((until, parts))
            elif isinstance(refused := reply.result(), RedisRefused):
                log.warning("redis_refused", reason=refused.code)

        self._protocol.send(parts, self._timeout_s).add_done_callback(note)

    async def run(self, script: Script, keys: Sequence[bytes], args: Sequence[bytes]) -> Value:
        """Run a script by its digest; a server that has forgotten it (flushed, restarted) is told it again."""
        parts = (b"EVALSHA", script.sha, b"%d" % len(keys), *keys, *args)
        try:
            return await self.call(*parts)
        except RedisRefused as refused:
            if refused.code != "NOSCRIPT":
                raise RedisDown(refused.code, refused.code) from None
        try:
            await self.call(b"SCRIPT", b"LOAD", script.source)
            return await self.call(*parts)
        except RedisRefused as refused:
            raise RedisDown(refused.code, refused.code) from None

    async def _keep(self) -> None:
        attempt = 0
        while True:
            if self._protocol is not None:
                await self._lost.wait()
            self._lost.clear()
            try:
                await self.connect()
                attempt = 0
                log.info("redis_connected")
            except RedisDown as down:
                if attempt == 0:
                    log.warning("redis_down", reason=str(down))
                await asyncio.sleep(RECONNECT_S[min(attempt, len(RECONNECT_S) - 1)])
                attempt += 1

    async def connect(self) -> None:
        """Connect once, without going on in the background. Raises RedisDown."""
        try:
            async with asyncio.timeout(self._timeout_s * 2):
                protocol = await self._dial()
        except (OSError, TimeoutError, ssl.SSLError) as error:
            raise RedisDown(f"cannot connect ({type(error).__name__})") from None
        commands = _first_commands(self._url)
        commands += [(b"SCRIPT", b"LOAD", script.source) for script in self._scripts]
        try:
            for parts in commands:
                reply = await protocol.send(parts, self._timeout_s)
                if isinstance(reply, RedisRefused):
                    # the code only: a reply to AUTH may repeat what was sent
                    raise RedisDown(f"refused at greeting ({reply.code})", reply.code)
        except RedisDown:
            protocol.end("greeting")
            raise
        self.connected_at = time.time()
        protocol.on_lost = self._on_lost
        protocol.on_hanging = self._on_hanging
        self._protocol = protocol
        untold, self._untold = self._untold, deque(maxlen=MAX_UNTOLD)
        for until, command in untold:
            if time.monotonic() < until:
                self._tell(command, until)

    async def _dial(self) -> Protocol:
        parts = urlsplit(self._url)
        loop = asyncio.get_running_loop()
        if parts.scheme == "unix":
            _, protocol = await loop.create_unix_connection(Protocol, unquote(parts.path))
            return protocol
        tls = ssl.create_default_context() if parts.scheme == "rediss" else None
        _, protocol = await loop.create_connection(Protocol, parts.hostname or "127.0.0.1", parts.port or 6379, ssl=tls)
        return protocol

    def _on_lost(self) -> None:
        self._protocol = None
        self._lost.set()

    def _on_hanging(self) -> None:
        for other in self._siblings:
            if other._protocol is not None:
                other._protocol.end("the server hangs")


def take_reply(reply: Value) -> Value:
    """Return the reply as it is. Raises RedisDown or RedisRefused where it is a refusal."""
    if isinstance(reply, RedisRefused):
        raise failure_of(reply.code, reply.code)
    return reply


def _first_commands(url: str) -> list[tuple[bytes, ...]]:
    parts = urlsplit(url)
    out: list[tuple[bytes, ...]] = []
    if parts.password is not None:
        user = (unquote(parts.username).encode(),) if parts.username else ()
        out.append((b"AUTH", *user, unquote(parts.password).encode()))
    database = parts.path.strip("/") if parts.scheme != "unix" else ""
    if database not in ("", "0"):
        out.append((b"SELECT", database.encode()))
    return out
