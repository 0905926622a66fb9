"""The gateway's HTTP server: uvicorn in each worker, with limits on the head of a request.

Why not granian, which serves the backend: `decisions/servers.md`. What is overridden of uvicorn:
`decisions/private-parts.md`. The workers' parent: `backend.kit.workers`.
"""

import asyncio
import signal
import socket
import sys
from collections.abc import Callable
from math import inf
from types import FrameType
from typing import ClassVar, NoReturn, cast

from typing_extensions import override
from uvicorn import Config, Server
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from backend.kit.asgi import Application
from backend.kit.logging import describe_fault, log
from backend.kit.workers import AsyncWorker, LoadApplication, run_workers

# The limits of a request's head: its time to arrive, and its size. nginx in front allows less of both.
HEAD_S = 20.0
MAX_HEAD = 64 * 1024
# Longer than nginx keeps an idle connection to us (60 s), so that nginx closes it: no request meets a closing connection.
KEEP_ALIVE_S = 75
# The drain's seven seconds and a little for its answers to leave; a client that does not read its answer is cut off then.
# With what comes before and after, it fits into the ten seconds that are promised; our supervisor waits twelve.
GRACE_S = 8

_HEAD_TOO_LONG = b"HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"


class Connection(HttpToolsProtocol):
    """One connection, with limits on the head of a request: uvicorn waits for one for ever, and takes one of any size."""

    # the connections from which a request's head must arrive, and until when
    _deadlines: ClassVar[dict["Connection", float]] = {}
    _timer_loop: ClassVar[asyncio.AbstractEventLoop | None] = None

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, object],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._in_head = True
        self._head_size = 0
        self._read_size = 0  # bytes of the current read
        self._previous_size = 0  # how many of them belong to the request before this one

    @override
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        self._expect_head(HEAD_S)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._deadlines.pop(self, None)
        super().connection_lost(exc)

    @override
    def data_received(self, data: bytes) -> None:
        self._read_size = len(data)
        self._previous_size = 0
        super().data_received(data)
        if self._in_head:
            self._head_size += self._read_size
            if self._head_size > MAX_HEAD and not self.transport.is_closing():
                self.transport.write(_HEAD_TOO_LONG)
                self.transport.close()
        elif self.cycle.response_complete:
            # between two requests, and not a head: the rest of a body that is not read, or empty lines
            left_s = self._deadlines.get(self, inf) - self.loop.time()
            self._expect_head(min(left_s, HEAD_S))

    @override
    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._in_head = True
        self._head_size = -self._previous_size
        self._expect_head(HEAD_S)

    @override
    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        self._in_head = False
        self._deadlines.pop(self, None)

    @override
    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._previous_size = self._read_size

    @override
    def shutdown(self) -> None:
        # a request that is still being sent is not waited for: nothing of it has begun
        if self.cycle is not None and self.cycle.more_body and not self.cycle.response_complete:
            self.transport.close()
        else:
            super().shutdown()

    def _expect_head(self, limit_s: float) -> None:
        self._deadlines[self] = self.loop.time() + limit_s
        if Connection._timer_loop is not self.loop:
            Connection._timer_loop = self.loop
            self.loop.call_later(HEAD_S / 8, _close_late, self.loop)

    def _unsupported_upgrade_warning(self) -> None:
        """Answer a request for another protocol as any other, then close the connection.

        The parser has taken what follows the head for that other protocol, so that the next request's beginning is
        not known.
        """
        self.cycle.keep_alive = False


def _close_late(loop: asyncio.AbstractEventLoop) -> None:
    """Close the connections whose head is late. One timer for all, which runs only while there are any."""
    now = loop.time()
    for connection in [connection for connection, until in Connection._deadlines.items() if until <= now]:
        connection.transport.close()
    Connection._timer_loop = loop if Connection._deadlines else None
    if Connection._deadlines:
        loop.call_later(HEAD_S / 8, _close_late, loop)


def server_config(app: Application, host: str = "127.0.0.1", port: int = 0, *, factory: bool = False) -> Config:
    """Return how an application is served: an ASGI callable, or with `factory` what makes it."""
    return Config(
        app,
        host=host,
        port=port,
        factory=factory,
        http=Connection,
        ws="none",
        lifespan="on",
        interface="asgi3",
        # the peer's address is the connection's; whether nginx's headers count is the application's decision
        proxy_headers=False,
        server_header=False,
        access_log=False,
        log_config=None,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=GRACE_S,
    )


class GatewayWorker(AsyncWorker):
    """A worker process in which uvicorn serves."""

    async def serve(self, create_app: Callable[[], object], listener: socket.socket) -> None:
        """Serve until SIGTERM. uvicorn listens once the application has started, and closes its copy at SIGTERM."""
        server = Server(server_config(cast(Application, create_app), factory=True))
        await server.serve(sockets=[listener])
        if not server.started:
            sys.exit(1)


def serve(load: LoadApplication, listener: socket.socket, workers: int) -> NoReturn:
    """Serve with workers that are forked from this process, after `load` has imported what they need, until SIGTERM."""
    run_workers("gateway", GatewayWorker, load, listener, workers)


def exit_worker(error: Exception) -> NoReturn:
    """End a worker that cannot start; its parent tries again after a pause."""
    # what the system says is no secret, and the operator's only clue
    message = {"message": str(error)} if isinstance(error, OSError | ImportError) else {}
    log.error("worker_cannot_start", **message, error=describe_fault(error))
    sys.exit(1)


def notify_on_termination(notify: Callable[[], None]) -> None:
    """Have `notify` called in the running loop as soon as SIGINT or SIGTERM arrives.

    The server tells the application only when the last request is over, so that a long request could not learn that it
    must end. To be called in a worker, after the server has set its own handlers, which are called as well.
    """
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        server_handler = signal.getsignal(number)

        def handle(
            signum: int,
            frame: FrameType | None,
            server_handler: Callable[[int, FrameType | None], object] | int | None = server_handler,
        ) -> None:
            loop.call_soon_threadsafe(notify)
            if callable(server_handler):
                server_handler(signum, frame)

        signal.signal(number, handle)
