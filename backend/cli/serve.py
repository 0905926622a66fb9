"""`serve`: granian serves the application in each worker; SQLite has one writing process, so one worker.

The workers' parent: `backend.kit.workers`. What is used of granian's private parts: `gateway/decisions/private-parts.md`.
"""

import asyncio
import logging
import os
import signal
import socket
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

import rich_click as click
from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels
from granian.net import SocketHolder  # type: ignore[attr-defined]  # it stands there without an `as`
from granian.server.embed import Server

from backend.db.connect import open_database
from backend.db.process_lock import lock_database
from backend.kit.listener import BACKLOG, open_listener
from backend.kit.logging import configure_logging
from backend.kit.process_states import run_directory
from backend.kit.worker_metrics import join_workers, share_metrics
from backend.kit.workers import AsyncWorker, CreateApplication, run_workers
from backend.settings import Settings, SettingsError

# granian's own set-up would write to stdout, which carries data only: its records go where all others go
_GRANIAN_LOG: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "loggers": {"_granian": {"handlers": [], "propagate": True}},
}


@click.command()
@click.option("--host", help="The address to listen on (that of SLOTGATE_BACKEND_URL).")
@click.option("--port", type=click.IntRange(0, 65535), help="Its port (that of SLOTGATE_BACKEND_URL; 0: any free one).")
@click.option("--workers", type=click.IntRange(1, 64), default=1, help="Worker processes (1; SQLite allows no more).")
def serve(host: str | None, port: int | None, workers: int) -> None:
    """Run the backend until SIGTERM; requests under way are finished."""
    settings = Settings.from_env(host=host, port=port)
    if workers > 1 and settings.database_url.startswith("sqlite"):
        raise SettingsError("SQLite has one writing process: --workers needs PostgreSQL.")
    _configure_logging(settings)
    asyncio.run(_check(settings))
    lock = lock_database(settings.database_url)
    listener = _open_port(settings.host, settings.port)
    # The workers read the settings from the environment: secrets stay out of argv.
    os.environ["SLOTGATE_BACKEND_URL"] = address = _address_of(listener)
    if not settings.port:
        click.echo(f"The backend listens on {address}.", err=True)
    os.environ["SLOTGATE_DATABASE_URL"] = settings.database_url
    try:
        with run_directory(), share_metrics(workers):
            run_workers("backend", BackendWorker, partial(_load_application, workers), listener, workers)
    finally:
        if lock is not None:
            os.close(lock)


async def _check(settings: Settings) -> None:
    """Refuse here, in one sentence, rather than in a worker that dies."""
    db = await open_database(settings.database_url)
    await db.close()


def _open_port(host: str, port: int) -> socket.socket:
    try:
        return open_listener(host, port)
    except OSError as exc:
        raise SettingsError(f"The backend cannot listen on {host}:{port}: {exc.strerror}.") from None


def _address_of(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class BackendWorker(AsyncWorker):
    """A worker process in which granian serves on the socket that all workers share."""

    async def serve(self, create_app: Callable[[], object], listener: socket.socket) -> None:
        """Serve until SIGTERM. granian listens once the application has started."""
        server = _SharedPort(create_app, listener)
        loop = asyncio.get_running_loop()
        stopping = asyncio.Event()

        def stop() -> None:
            stopping.set()
            server.stop()  # type: ignore[no-untyped-call]  # granian's own have no types

        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT):
            loop.add_signal_handler(number, stop)
        await server.serve()
        if not stopping.is_set():
            # granian has logged why
            sys.exit(1)


class _SharedPort(Server):
    """granian inside a running loop, on a socket that is bound already."""

    def __init__(self, create_app: Callable[[], object], listener: socket.socket) -> None:
        super().__init__(
            create_app,
            factory=True,
            interface=Interfaces.ASGI,
            http=HTTPModes.http1,
            websockets=False,
            backlog=BACKLOG,
            # a warning at every start says that granian calls this class experimental
            log_level=LogLevels.error,
            log_dictconfig=_GRANIAN_LOG,
        )
        self._listener = listener

    def _init_shared_socket(self) -> None:
        # granian closes what it is given
        self._shd = SocketHolder(self._listener.detach(), False, BACKLOG)  # type: ignore[call-arg, assignment]  # its stub has neither


def _load_application(workers: int) -> CreateApplication:
    """Build the application in the parent of the workers: what that imports is there for all, and a single worker takes it."""
    from backend.app import create_app

    # the writer's thread gives up the interpreter at each statement and must not wait 5 ms to get it back
    sys.setswitchinterval(0.0005)
    app = create_app(Settings.from_env())
    if workers == 1:
        return lambda _takes_connections: app

    def create_in_worker(_takes_connections: bool) -> object:
        # several share their metrics, each under a number that it takes before it makes them
        join_workers()
        return create_app(Settings.from_env())

    return create_in_worker


def _configure_logging(settings: Settings) -> None:
    configure_logging(settings.log_format, secrets=(settings.internal_key,), library_level=logging.WARNING)
