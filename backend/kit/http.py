"""A lean HTTP/1.1 client with kept connections: no more than the two calls of an update need.

Why not aiohttp on the path of an update: a call through it costs more processor time than everything else that the gateway does
with an update. Here a request is one write and an answer is read by one small parser; JSON goes out and comes in as
bytes. One `Http` per server. No redirects, no cookies, no compression.
"""

import asyncio
import re
import socket
import ssl
from collections.abc import Mapping
from typing import NamedTuple, cast
from urllib.parse import urlsplit

from backend.kit.addresses import parse_address

IDLE = 64
IDLE_S = 30.0
ADDRESS_S = 2.0
MAX_HEAD = 65_536
MAX_BODY = 64 * 1024 * 1024

# The headers that tell where an answer ends.
_FRAMING = re.compile(rb"\r\n(content-length|transfer-encoding|connection):([^\r]*)", re.IGNORECASE)


class NoAnswer(Exception):
    """No answer came in time, or none that is HTTP. It never carries the address, which may hold a token.

    `closed`: a kept connection ended before a byte of an answer, so that the server has almost certainly not begun.
    `sent`: the request may have been carried out all the same."""

    def __init__(self, reason: str, *, closed: bool = False, sent: bool = True) -> None:
        self.closed = closed
        self.sent = sent
        super().__init__(reason)


class Reply(NamedTuple):
    """`head` is the answer's, from the line break after its first line on."""

    status: int
    head: bytes
    body: bytes

    @property
    def headers(self) -> dict[str, str]:
        """The headers by name in lower case; the last one of a name counts."""
        lines = self.head.decode("latin-1").split("\r\n")[1:]
        return {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}


class Http:
    """A pool of connections to one server. The path of `base_url` is put before the path of each request.

    `proxy` is the address of an HTTP or SOCKS5 proxy, which looks up the server's name. Its credentials are never shown.
    """

    def __init__(
        self,
        base_url: str,
        *,
        timeout_s: float,
        connect_s: float,
        tls: ssl.SSLContext | None = None,
        proxy: str | None = None,
    ) -> None:
        parts = urlsplit(base_url)
        secure = parts.scheme == "https"
        self._host = parts.hostname or "127.0.0.1"
        self._port = parts.port or (443 if secure else 80)
        self._tls = (tls or ssl.create_default_context()) if secure else None
        self._tls_name = self._host if secure else None
        self._prefix = parts.path.rstrip("/")
        self._head = f" HTTP/1.1\r\nHost: {parts.netloc.rpartition('@')[2]}\r\n"
        self._timeout_s = timeout_s
        self._connect_s = connect_s
        self._proxy = proxy
        self._idle: list[_Connection] = []
        self._open: set[_Connection] = set()

    async def request(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes | None = None, *, timeout_s: float = 0
    ) -> Reply:
        """Make one exchange. Raises NoAnswer, and ValueError for a header or path with a line break."""
        lines = "".join([f"{name}: {value}\r\n" for name, value in headers.items()])
        if lines.count("\n") != len(headers) or not path.isascii() or " " in path or "\n" in path:
            raise ValueError("a header or a path that would be more than one")
        content = b"" if body is None else body
        length = f"Content-Length: {len(content)}\r\n" if body is not None or method != "GET" else ""
        data = f"{method} {self._prefix}{path}{self._head}{lines}{length}\r\n".encode("latin-1") + content
        connection = self._kept() or await self._connect()
        try:
            return await connection.ask(data, timeout_s or self._timeout_s)
        finally:
            if connection.reusable and len(self._idle) < IDLE:
                connection.idle_since = connection.loop.time()
                self._idle.append(connection)
            else:
                connection.end("closed")

    async def close(self) -> None:
        """Close every connection; requests that still wait fail with NoAnswer. The pool may be used again."""
        self._idle.clear()
        for connection in list(self._open):
            connection.end("closed")
        await asyncio.sleep(0)

    def _kept(self) -> "_Connection | None":
        """Return the connection used last, if one is left that is open and fresh."""
        while self._idle:
            connection = self._idle.pop()
            if connection.reusable and connection.loop.time() - connection.idle_since < IDLE_S:
                return connection
            connection.end("idle")
        return None

    async def _connect(self) -> "_Connection":
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._connect_s):
                if self._proxy is not None:
                    return await self._dial_through(self._proxy)
                found = await loop.getaddrinfo(self._host, self._port, type=socket.SOCK_STREAM)
                # IPv4 first: where IPv6 is broken, it is so silently
                addresses = [entry[4][0] for entry in sorted(found, key=lambda entry: entry[0] != socket.AF_INET)]
                for address in addresses[:-1]:
                    try:
                        async with asyncio.timeout(ADDRESS_S):
                            return await self._dial(str(address))
                    except OSError:
                        continue
                return await self._dial(str(addresses[-1]))
        except (OSError, TimeoutError) as error:
            through = " through the proxy" if self._proxy is not None else ""
            raise NoAnswer(f"cannot connect{through} ({type(error).__name__})", sent=False) from None

    async def _dial_through(self, proxy: str) -> "_Connection":
        # a hundredth of a second, of which most installations need nothing
        from python_socks import ProxyError, ProxyType
        from python_socks.async_.asyncio import Proxy

        parts = parse_address(proxy)
        kind = ProxyType.HTTP if parts.scheme == "http" else ProxyType.SOCKS5
        port = parts.port or (80 if parts.scheme == "http" else 1080)
        try:
            tunnel = await Proxy(kind, parts.host, port, parts.user, parts.password, rdns=True).connect(
                self._host, self._port
            )
        except ProxyError as error:
            # an HTTP proxy's own words may repeat what it was sent
            code = f" {error.error_code}" if getattr(error, "error_code", None) else ""
            raise NoAnswer(f"the proxy refuses{code}", sent=False) from None
        _, connection = await asyncio.get_running_loop().create_connection(
            lambda: _Connection(self._open), sock=tunnel, ssl=self._tls, server_hostname=self._tls_name
        )
        return connection

    async def _dial(self, address: str) -> "_Connection":
        _, connection = await asyncio.get_running_loop().create_connection(
            lambda: _Connection(self._open), address, self._port, ssl=self._tls, server_hostname=self._tls_name
        )
        return connection


class _Connection(asyncio.Protocol):
    """One connection, one request at a time."""

    def __init__(self, among: set["_Connection"]) -> None:
        self.loop = asyncio.get_running_loop()
        self.idle_since = 0.0
        self.reusable = False
        self._among = among
        self._transport: asyncio.Transport | None = None
        self._waiting: asyncio.Future[Reply] | None = None
        self._used = False
        self._data = b""
        self._head: tuple[int, bytes] | None = None
        self._last = False  # the server closes after this answer
        self._need: int | None = None  # of the body: so many bytes; -1 chunks; None until the end

    async def ask(self, data: bytes, timeout_s: float) -> Reply:
        """Send a request and wait for its answer; after a time-out or a cancellation the connection is closed."""
        if self._transport is None:
            raise NoAnswer("the connection was closed", closed=self._used)
        self.reusable = False
        self._waiting = self.loop.create_future()
        timer = self.loop.call_later(timeout_s, self.end, "no answer in time")
        self._transport.write(data)
        try:
            return await self._waiting
        finally:
            timer.cancel()
            self._waiting = None

    def end(self, reason: str, *, closed: bool = False) -> None:
        """Close at once; a request that still waits fails with NoAnswer."""
        self.reusable = False
        transport, self._transport = self._transport, None
        if transport is not None:
            transport.abort()
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(NoAnswer(reason, closed=closed))

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transport is one in all but its base class
        self._transport = cast(asyncio.Transport, transport)
        self._among.add(self)

    def connection_lost(self, _exc: Exception | None) -> None:
        self._among.discard(self)
        if self._head is not None and self._need is None and self._waiting is not None:
            self._finish(self._data, b"", keep=False)  # an answer without a length ends with its connection
        self.end("the connection was closed", closed=self._used and not self._data and self._head is None)

    def data_received(self, data: bytes) -> None:
        if self._waiting is None or self._waiting.done():
            return self.end("an answer to nothing")
        self._data = self._data + data if self._data else data
        try:
            self._read()
        except (ValueError, IndexError):
            self.end("not HTTP")

    def _read(self) -> None:
        if self._head is None and not self._read_head():
            return
        if self._need is None:
            if len(self._data) > MAX_BODY:
                raise ValueError
        elif self._need >= 0:
            if len(self._data) >= self._need:
                self._finish(self._data[: self._need], self._data[self._need :], keep=True)
        elif (found := _chunks(self._data)) is not None:
            self._finish(*found, keep=True)

    def _read_head(self) -> bool:
        while (end := self._data.find(b"\r\n\r\n")) >= 0:
            line = self._data.find(b"\r\n")
            if self._data[:7] != b"HTTP/1." or self._data[8:9] != b" ":
                raise ValueError
            status, head = int(self._data[9:12]), self._data[line:end]
            self._data = self._data[end + 4 :]
            if status < 200:
                continue  # something in advance; the answer follows
            self._head = status, head
            self._last, self._need = False, None
            for name, value in _FRAMING.findall(head):
                self._frame(name.lower(), value.strip().lower())
            if self._need is None and status in (204, 304):
                self._need = 0
            return True
        if len(self._data) > MAX_HEAD:
            raise ValueError
        return False

    def _frame(self, name: bytes, value: bytes) -> None:
        if name == b"connection":
            self._last = value == b"close"
        elif name == b"transfer-encoding":
            self._need = -1
        elif self._need is None:
            self._need = int(value)
            if not 0 <= self._need <= MAX_BODY:
                raise ValueError

    def _finish(self, body: bytes, rest: bytes, *, keep: bool) -> None:
        assert self._head is not None
        assert self._waiting is not None
        status, head = self._head
        # what follows an answer that nobody asked for is not to be trusted with the next one
        self.reusable = keep and not rest and not self._last
        self._head, self._data, self._used = None, b"", True
        self._waiting.set_result(Reply(status, head, body))


def _chunks(data: bytes) -> tuple[bytes, bytes] | None:
    """Return a chunked body and what follows it; None while it is incomplete."""
    parts: list[bytes] = []
    at = 0
    while (end := data.find(b"\r\n", at)) >= 0:
        size = int(data[at:end].partition(b";")[0], 16)
        if not 0 <= size <= MAX_BODY:
            raise ValueError
        if size == 0:
            if data[end + 2 : end + 4] == b"\r\n":
                return b"".join(parts), data[end + 4 :]
            over = data.find(b"\r\n\r\n", end + 2)  # after trailers, which say nothing to us
            return None if over < 0 else (b"".join(parts), data[over + 4 :])
        if len(data) < end + 2 + size + 2:
            return None
        parts.append(data[end + 2 : end + 2 + size])
        at = end + 2 + size + 2
    if len(data) > MAX_BODY:
        raise ValueError
    return None
