"""Serves the sandbox on a port, inside the running event loop."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from granian.constants import Interfaces
from granian.server.embed import Server

from gateway.sandbox.app import create_app
from gateway.sandbox.dependencies import NoProduct, ProductControl
from gateway.sandbox.sandbox import Sandbox

TIMEOUT_S = 15.0


def _free_port(host: str) -> int:
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


@asynccontextmanager
async def serve_sandbox(
    sandbox: Sandbox, control: ProductControl | None = None, *, host: str = "127.0.0.1", port: int = 0
) -> AsyncIterator[str]:
    """Serve the sandbox while the block runs; yields the base URL. Port 0 takes a free one.

    Raises OSError when the port is taken.
    """
    port = port or _free_port(host)
    with socket.socket() as probe:  # granian would only log it
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((host, port))
    server = Server(
        create_app(sandbox, control or NoProduct()), address=host, port=port, interface=Interfaces.ASGI,
        log_enabled=False, websockets=False,
    )  # fmt: skip
    sandbox.public_url = f"http://{host}:{port}"
    running = asyncio.create_task(server.serve())
    try:
        await _wait_until_reachable(host, port, running)
        yield sandbox.public_url
    finally:
        sandbox.close_streams()  # an open one would keep the server from stopping
        server.stop()  # type: ignore[no-untyped-call]  # granian's is untyped
        await asyncio.wait([running], timeout=TIMEOUT_S)
        await sandbox.stop()


async def _wait_until_reachable(host: str, port: int, running: asyncio.Task[None]) -> None:
    deadline = asyncio.get_running_loop().time() + TIMEOUT_S
    while True:
        try:
            _, writer = await asyncio.open_connection(host, port)
        except OSError:
            if running.done() or asyncio.get_running_loop().time() > deadline:
                raise
            await asyncio.sleep(0.002)
        else:
            writer.close()
            await writer.wait_closed()
            return
