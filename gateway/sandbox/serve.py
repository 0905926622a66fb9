"""The sandbox on a port of this process's own event loop."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from granian.constants import Interfaces
from granian.server.embed import Server

from .app import create_app
from .control import Alone, Control
from .world import Sandbox

START_S = 15.0


def free_port(host: str) -> int:
    """A port that is free now."""
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


@asynccontextmanager
async def serving(
    sandbox: Sandbox, control: Control | None = None, *, host: str = "127.0.0.1", port: int = 0
) -> AsyncIterator[str]:
    """Serves inside this event loop while the block runs; yields the base URL. Port 0 takes a free one.

    Raises OSError when the port is taken.
    """
    port = port or free_port(host)
    with socket.socket() as probe:  # granian would only log it
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((host, port))
    server = Server(
        create_app(sandbox, control or Alone()), address=host, port=port, interface=Interfaces.ASGI,
        log_enabled=False, websockets=False,
    )  # fmt: skip
    sandbox.public_url = f"http://{host}:{port}"
    running = asyncio.create_task(server.serve())
    try:
        await _reachable(host, port, running)
        yield sandbox.public_url
    finally:
        sandbox.journal.close()  # open event streams would keep the server from ending
        sandbox.mailbox.close()
        server.stop()  # type: ignore[no-untyped-call]  # granian's is untyped
        await asyncio.wait([running], timeout=START_S)
        await sandbox.stop()


async def _reachable(host: str, port: int, running: asyncio.Task[None]) -> None:
    deadline = asyncio.get_running_loop().time() + START_S
    while True:
        try:
            _, writer = await asyncio.open_connection(host, port)
        except OSError:
            if running.done() or asyncio.get_running_loop().time() > deadline:
                raise
            await asyncio.sleep(0.01)
        else:
            writer.close()
            await writer.wait_closed()
            return
