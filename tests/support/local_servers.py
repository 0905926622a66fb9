"""Applications served in the test's own loop, by the servers that serve them in production."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from typing import Any

import uvicorn
from granian.constants import Interfaces
from granian.server.embed import Server

from gateway.http.server import server_config
from tests.support.waiting import until


@contextlib.asynccontextmanager
async def serve_with_granian(app: Any, port: int) -> AsyncIterator[str]:
    """Serve an ASGI application in this loop, with its lifespan."""
    server = Server(app, address="127.0.0.1", port=port, interface=Interfaces.ASGI, log_enabled=False, websockets=False)
    running = asyncio.create_task(server.serve())
    try:
        await until(lambda: _open(port), pause_s=0.002)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.stop()  # type: ignore[no-untyped-call]  # granian leaves it without types
        await asyncio.wait([running], timeout=15)


class _Embedded(uvicorn.Server):
    """Serves as a worker does, but leaves the test's own signal handlers in place."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@contextlib.asynccontextmanager
async def serve_app(app: Any, port: int) -> AsyncIterator[str]:
    """Serve an application by the gateway's own server, in this loop."""
    server = _Embedded(server_config(app, "127.0.0.1", port))
    running = asyncio.create_task(server.serve())
    try:
        await until(lambda: _open(port), pause_s=0.002)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await asyncio.wait([running], timeout=15)


async def _open(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True
