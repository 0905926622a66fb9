"""The gateway's HTTP server: uvicorn, whose workers a parent watches over and replaces when they die.

Why not granian, which serves the backend: it hands each request from a thread of its own to the loop's and back. For an
answer as short as most of ours that costs twice the processor time and twice the waiting (`decisions/two-servers.md`).
"""

import asyncio
import signal
import sys
from collections.abc import Callable
from math import inf
from types import FrameType
from typing import Any, ClassVar, NoReturn

from uvicorn import Config
from uvicorn.config import STARTUP_FAILURE
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.supervisors import Multiprocess

from backend.kit.logging import describe_fault, log

# A request's head has so long to arrive, and is no larger; nginx in front allows less of both.
HEAD_S = 20.0
MOST_HEAD = 64 * 1024
# Longer than nginx keeps an idle connection to us (60 s): it is the one to close, and no request meets a closing one.
KEEP_ALIVE_S = 75
# The drain's seven seconds and a little for its answers to leave: who never reads theirs is cut off then. What comes
# before and after it fits into the ten that are promised; whoever stops us waits twelve.
GRACE_S = 8

_TOO_LONG = b"HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"


class _Gathered:
    """A transport on which what is written in one turn of the loop leaves in one write: an answer's head and its body."""

    __slots__ = ("_loop", "_parts", "_transport")

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._parts: list[bytes] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        if data:
            if not self._parts:
                self._loop.call_soon(self._flush)
            self._parts.append(data)

    def close(self) -> None:
        self._flush()
        self._transport.close()

    def _flush(self) -> None:
        if self._parts:
            # whoever has gone in this turn is told nothing: a closed connection refuses what is written
            if not self._transport.is_closing():
                self._transport.write(b"".join(self._parts))
            self._parts.clear()


class Connection(HttpToolsProtocol):
    """One connection. uvicorn itself waits for a head for ever, and takes one of any size."""

    # those from whom a request's head must come, and until when
    _awaited: ClassVar[dict["Connection", float]] = {}
    _watched_by: ClassVar[asyncio.AbstractEventLoop | None] = None

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._in_head = True
        self._head_size = 0
        self._came = 0  # bytes in one read
        self._others = 0  # of which the end of another request is part

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(_Gathered(transport, self.loop))  # type: ignore[arg-type]  # it is one in all but name
        self._await_head(HEAD_S)

    def connection_lost(self, exc: Exception | None) -> None:
        self._awaited.pop(self, None)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._came = len(data)
        self._others = 0
        super().data_received(data)
        if self._in_head:
            self._head_size += self._came
            if self._head_size > MOST_HEAD and not self.transport.is_closing():
                self.transport.write(_TOO_LONG)
                self.transport.close()
        elif self.cycle.response_complete:
            # between two requests, and no head: what is left of a body that nobody reads, or empty lines
            left = self._awaited.get(self, inf) - self.loop.time()
            self._await_head(min(left, HEAD_S))

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._in_head = True
        self._head_size = -self._others
        self._await_head(HEAD_S)

    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        self._in_head = False
        self._awaited.pop(self, None)

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._others = self._came

    def shutdown(self) -> None:
        # what is still being sent is not waited for: nothing of it has begun
        if self.cycle is not None and self.cycle.more_body and not self.cycle.response_complete:
            self.transport.close()
        else:
            super().shutdown()

    def on_response_complete(self) -> None:
        if self.pipeline or self.transport.is_closing():
            super().on_response_complete()
            return
        # as uvicorn does it, but for its timer: one is kept for all
        self.server_state.total_requests += 1
        self.flow.resume_reading()
        self._await_head(KEEP_ALIVE_S)

    def _await_head(self, most_s: float) -> None:
        self._awaited[self] = self.loop.time() + most_s
        if Connection._watched_by is not self.loop:
            Connection._watched_by = self.loop
            self.loop.call_later(HEAD_S / 8, _watch, self.loop)

    def _unsupported_upgrade_warning(self) -> None:
        """Nothing is upgraded here, and the request answered as any other. But the parser has taken what comes after
        the head for that other protocol, so that the next request's beginning is not known."""
        self.cycle.keep_alive = False


def _watch(loop: asyncio.AbstractEventLoop) -> None:
    """One timer for all, and only while there are any: setting one for each would cost more than reading its head."""
    now = loop.time()
    for one in [one for one, until in Connection._awaited.items() if until <= now]:
        one.transport.close()
    Connection._watched_by = loop if Connection._awaited else None
    if Connection._awaited:
        loop.call_later(HEAD_S / 8, _watch, loop)


def configuration(app: Any, host: str, port: int, *, workers: int = 1, factory: bool = False) -> Config:
    """How an application is served: an ASGI callable, or the path of what makes one in each worker."""
    return Config(
        app,
        host=host,
        port=port,
        workers=workers,
        factory=factory,
        http=Connection,
        ws="none",
        lifespan="on",
        interface="asgi3",
        # who is at the other end is what the connection says; nginx's headers are the application's to judge
        proxy_headers=False,
        server_header=False,
        access_log=False,
        log_config=None,
        # a machine that was paused or is overloaded has no dead workers
        timeout_worker_healthcheck=30,
        timeout_graceful_shutdown=GRACE_S,
    )


class _Parent(Multiprocess):
    """Watches over the workers."""

    def keep_subprocess_alive(self) -> None:
        # uvicorn only mentions it among what is nothing unusual, and not how it ended
        for process in self.processes:
            if process.exitcode is not None:
                log.error("worker_died", pid=process.pid, exit_code=process.exitcode)
        super().keep_subprocess_alive()

    def terminate_all(self) -> None:
        # The workers close theirs, so that a proxy in front is refused at once. With ours open, it would be kept waiting
        # for as long as the drain takes.
        for one in self.sockets:
            one.close()
        super().terminate_all()


def serve(factory: str, host: str, port: int, workers: int) -> None:
    """Serves until SIGTERM or SIGINT. Exits with 1 when the application does not start."""
    config = configuration(factory, host, port, workers=workers, factory=True)
    parent = _Parent(config, [config.bind_socket()])
    parent.run()
    if any(process.exitcode == STARTUP_FAILURE for process in parent.processes):
        sys.exit(1)


def cannot_start(error: Exception) -> NoReturn:
    """Ends a worker, and with it the server, since the next one would fare no better: restarting is the work of whoever
    runs us, who also counts and delays it."""
    # what the system says is no secret, and the operator's only clue
    said = {"said": str(error)} if isinstance(error, OSError | ImportError) else {}
    log.error("worker_cannot_start", **said, error=describe_fault(error))
    sys.exit(STARTUP_FAILURE)


def on_termination(notify: Callable[[], None]) -> None:
    """Has `notify` called in the running loop as soon as SIGINT or SIGTERM comes.

    The server tells the application only when the last request is over; a request that takes long could never learn
    that it must come to an end. Call it in a worker, where the server's own handlers stand already."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        theirs = signal.getsignal(number)

        def handle(signum: int, frame: FrameType | None, theirs: Any = theirs) -> None:
            loop.call_soon_threadsafe(notify)
            if callable(theirs):
                theirs(signum, frame)

        signal.signal(number, handle)
