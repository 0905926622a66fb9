"""The gateway's own server, byte by byte: clients that are slow, endless or ambiguous."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import pytest
from uvicorn.server import ServerState

from gateway.http import server
from tests.support.local_servers import serve_app
from tests.support.ports import free_port
from tests.support.waiting import until


async def _echo(scope: Any, receive: Any, send: Any) -> None:
    """Answer with the length of the body; `/deaf` does not read it."""
    if scope["type"] == "lifespan":
        for stage in ("startup", "shutdown"):
            await receive()
            await send({"type": f"lifespan.{stage}.complete"})
        return
    size, more = 0, scope["path"] != "/deaf"
    while more:
        message = await receive()
        size += len(message.get("body", b""))
        more = message.get("more_body", False)
    body = b"%d" % size
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]})
    await send({"type": "http.response.body", "body": body})


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a head arrive within 0.2 s. The one timer of all connections starts anew: it was set for 20 s."""
    monkeypatch.setattr(server, "HEAD_S", 0.2)
    server.Connection._timer_loop = None


@pytest.fixture
async def port() -> AsyncIterator[int]:
    chosen = free_port()
    async with serve_app(_echo, chosen):
        yield chosen


class Wire:
    """One connection, as bytes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        with contextlib.suppress(ConnectionError):
            await self.writer.drain()

    async def read_rest(self) -> bytes:
        """Return what arrives until the other side closes."""
        parts = []
        with contextlib.suppress(ConnectionResetError):
            while part := await asyncio.wait_for(self.reader.read(65536), 10):
                parts.append(part)
        return b"".join(parts)


@contextlib.asynccontextmanager
async def wire(port: int, data: bytes = b"") -> AsyncIterator[Wire]:
    one = Wire(*await asyncio.open_connection("127.0.0.1", port))
    await one.send(data)
    try:
        yield one
    finally:
        one.writer.close()
        with contextlib.suppress(ConnectionError):
            await one.writer.wait_closed()


async def _past_the_limit(port: int) -> None:
    """Wait until a connection that is opened now and sends nothing has been closed."""
    async with wire(port) as silent:
        assert await silent.read_rest() == b""


@pytest.mark.parametrize("head", [b"", b"POST /x HTT", b"POST /x HTTP/1.1\r\nHost: x\r\nX-Half: "])
async def test_a_head_that_does_not_come_is_not_waited_for(impatient: None, port: int, head: bytes) -> None:
    async with wire(port, head) as slow:
        assert await slow.read_rest() == b""


async def test_a_request_in_good_time_is_not_cut(impatient: None, port: int) -> None:
    """Neither a body nor the pause before the next request counts as a head."""
    async with wire(port, b"POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nab") as one:
        await _past_the_limit(port)
        await one.send(b"cd")
        assert await one.reader.readuntil(b"\r\n\r\n4") != b""
        await _past_the_limit(port)
        await one.send(b"GET /z HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert (await one.read_rest()).endswith(b"\r\n\r\n0")


async def test_an_idle_connection_is_kept_for_a_while(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "HEAD_S", 0.2)
    request = b"GET /x HTTP/1.1\r\nHost: x\r\n\r\n"
    async with wire(port, request) as one:
        await one.reader.readuntil(b"\r\n\r\n0")
        await _past_the_limit(port)
        await one.send(request)
        await one.reader.readuntil(b"\r\n\r\n0")
    monkeypatch.setattr(server, "KEEP_ALIVE_S", 0.2)
    impatient = free_port()
    async with serve_app(_echo, impatient), wire(impatient, request) as one:
        await one.reader.readuntil(b"\r\n\r\n0")
        assert await one.read_rest() == b""


async def test_requests_one_after_the_other_without_waiting(port: int) -> None:
    more = b"POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc" * 3
    async with wire(port, more + b"GET /x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n") as one:
        assert [answer[-1:] for answer in (await one.read_rest()).split(b"HTTP/1.1 200 OK")[1:]] == [
            b"3",
            b"3",
            b"3",
            b"0",
        ]


async def test_at_the_end_a_request_that_is_still_being_sent_is_not_waited_for(
    caplog: pytest.LogCaptureFixture,
) -> None:
    heard: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        async def record() -> Any:
            message = await receive()
            heard.append(message["type"])
            return message

        await _echo(scope, record, send)

    chosen = free_port()
    head = b"POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n"
    async with contextlib.AsyncExitStack() as longer:
        async with serve_app(app, chosen):
            half = await longer.enter_async_context(wire(chosen, head + b"ab"))
            await until(lambda: "http.request" in heard)
        assert heard[-2:] == ["http.disconnect", "lifespan.shutdown"]
        assert await half.read_rest() == b""
    assert "Exception" not in caplog.text


class _Written(asyncio.Transport):
    """Keeps what is written to it."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""

    def write(self, data: Any) -> None:
        self.written += data

    def is_closing(self) -> bool:
        return False

    def close(self) -> None: ...

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...


class _Gone(_Written):
    """Closed by the other side; a write raises as uvloop's does."""

    def write(self, data: Any) -> None:
        raise RuntimeError("the handler is closed")

    def is_closing(self) -> bool:
        return True


async def test_whoever_has_gone_before_the_answer_is_no_error(caplog: pytest.LogCaptureFixture) -> None:
    errors: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, error: errors.append(error))
    answered = asyncio.Event()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await _echo(scope, receive, send)
        asyncio.get_running_loop().call_soon(answered.set)

    connection = server.Connection(server.server_config(app, "127.0.0.1", 0), ServerState(), {})
    connection.connection_made(_Gone())
    connection.data_received(b"GET /x HTTP/1.1\r\nHost: x\r\n\r\n")
    connection.connection_lost(None)  # in the turn in which it closes, before the answer is written
    await asyncio.wait_for(answered.wait(), 10)
    assert errors == []
    assert "Exception" not in caplog.text


async def test_a_long_body_is_no_part_of_the_next_head() -> None:
    """If the end of the one and the beginning of the other arrive in one read."""
    size = 2 * server.MAX_HEAD
    body = b"POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%b" % (size, b"a" * size)
    connection = server.Connection(server.server_config(_echo, "127.0.0.1", 0), ServerState(), {})
    connection.connection_made(transport := _Written())
    connection.data_received(body + b"GET /x HTTP/1.1\r\nHost: x\r\nX: ")
    await until(lambda: transport.written.endswith(b"\r\n\r\n%d" % size))
    assert transport.written.startswith(b"HTTP/1.1 200 ")
    connection.data_received(b"x" * (server.MAX_HEAD + 1))
    await until(lambda: b"HTTP/1.1 431 " in transport.written)
    connection.connection_lost(None)


@pytest.mark.parametrize(
    ("request_", "then"),
    [
        (b"POST /deaf HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n", b"a"),
        (b"POST /deaf HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\na\r\n"),
        (b"GET /x HTTP/1.1\r\nHost: x\r\n\r\n", b"\r\n"),
    ],
    ids=["body", "chunks", "empty lines"],
)
async def test_whoever_goes_on_after_the_answer_is_not_waited_for(
    impatient: None, port: int, request_: bytes, then: bytes
) -> None:
    """uvicorn stops its timer for idle connections at the first byte, and starts no other for these."""
    async with wire(port, request_) as one:
        await one.reader.readuntil(b"\r\n\r\n0")
        await one.send(then)
        assert await one.read_rest() == b""


async def test_what_follows_the_wish_for_another_protocol_is_no_request(
    port: int, caplog: pytest.LogCaptureFixture
) -> None:
    """It may be the body of the request for the upgrade, written by somebody else."""
    head = b"POST /x HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: h2c\r\nContent-Length: 31\r\n\r\n"
    async with wire(port, head) as one:
        answer = await one.reader.readuntil(b"\r\n\r\n0")
        assert b"connection: close" in answer
        await one.send(b"GET /y HTTP/1.1\r\nHost: evil\r\n\r\n")
        assert await one.read_rest() == b""
    assert "websockets" not in caplog.text


async def test_a_head_without_end_is_refused(port: int) -> None:
    async with wire(port, b"GET /x HTTP/1.1\r\nHost: x\r\n") as one:
        # no more than the limit lies unread in the sockets, so that the refusal is not lost with them
        for n in range(server.MAX_HEAD // 1000 + 2):
            await one.send(b"X-%d: %b\r\n" % (n, b"a" * 1000))
        assert (await one.read_rest()).startswith(b"HTTP/1.1 431 ") or one.reader.exception()
    async with wire(port, b"GET /x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n") as one:
        assert (await one.read_rest()).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize(
    "request_",
    [
        b"POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        b"POST /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"GET /\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n",
        b"CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET /x HTTP/1.1\nHost: x\n\n",
    ],
    ids=["two lengths", "two sizes", "no chunk", "bytes", "connect", "tls", "bare newlines"],
)
async def test_what_can_be_read_in_two_ways_is_not_read(port: int, request_: bytes) -> None:
    async with wire(port, request_) as one:
        assert (await one.read_rest()).split(b"\r\n")[0] == b"HTTP/1.1 400 Bad Request"
