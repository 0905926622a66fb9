"""`serve`: granian serves the application; SQLite has one writing process, so one worker."""

import _thread
import asyncio
import ctypes
import gc
import logging
import os
import signal
import socket
import sys
from typing import Any

import rich_click as click

from backend.db.connect import open_database
from backend.db.process_lock import lock_database
from backend.kit.logging import configure_logging
from backend.kit.worker_metrics import join_workers, share_metrics
from backend.settings import Settings, SettingsError

# granian's own set-up would write to stdout, which carries data only: its records go where all others go
_GRANIAN_LOG: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "loggers": {"_granian": {"handlers": [], "propagate": True}},
}


@click.command()
@click.option("--host", help="The address to listen on (that of SLOTGATE_BACKEND_URL).")
@click.option("--port", type=click.IntRange(1, 65535), help="The port to listen on (that of SLOTGATE_BACKEND_URL).")
@click.option("--workers", type=click.IntRange(1, 64), default=1, help="Worker processes (1; SQLite allows no more).")
def serve(host: str | None, port: int | None, workers: int) -> None:
    """Run the backend until SIGTERM; requests under way are finished."""
    settings = Settings.from_env(host=host, port=port)
    if workers > 1 and settings.database_url.startswith("sqlite"):
        raise SettingsError("SQLite has one writing process: --workers needs PostgreSQL.")
    _configure_logging(settings)
    asyncio.run(_check(settings))
    lock = lock_database(settings.database_url)
    _require_port(settings.host, settings.port)
    with share_metrics(workers):
        _granian(settings, workers)
    if lock is not None:
        os.close(lock)


async def _check(settings: Settings) -> None:
    """Refuse here, in one sentence, rather than in a worker that dies."""
    db = await open_database(settings.database_url)
    await db.close()


def _require_port(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as exc:
            raise SettingsError(f"The backend cannot listen on {host}:{port}: {exc.strerror}.") from None


def _granian(settings: Settings, workers: int) -> None:
    from granian import Granian
    from granian.constants import Interfaces, Loops
    from granian.log import LogLevels

    # The workers read the settings from the environment: secrets stay out of argv.
    os.environ["SLOTGATE_BACKEND_URL"] = f"http://{settings.host}:{settings.port}"
    os.environ["SLOTGATE_DATABASE_URL"] = settings.database_url
    server = Granian(
        "backend.cli.serve:create_worker_app",
        address=settings.host,
        port=settings.port,
        interface=Interfaces.ASGI,
        loop=Loops.auto,
        workers=workers,
        factory=True,
        websockets=False,
        respawn_failed_workers=True,
        # longer than the ten seconds in which requests under way must end
        workers_kill_timeout=12,
        log_level=LogLevels.warning,
        log_dictconfig=_GRANIAN_LOG,
    )
    _calm_signals(server)
    # granian's own loader would look for the module in the current folder first
    server.serve(target_loader=create_worker_app, wrap_loader=False)


def _calm_signals(server: Any) -> None:
    """Make two signals in a row harmless.

    granian's handler sets a threading.Event, whose lock is not reentrant: a signal that interrupts it in the middle of
    the first locks the server up for good. A parent that is killed sends one signal for each of its threads.
    """
    interrupt = server.signal_handler_interrupt
    asked: list[int] = []

    def once(signum: int, _frame: object) -> None:
        if not asked:
            asked.append(signum)
            # to the very end: the interpreter's own shutdown would give them their deadly default back
            for further in (signal.SIGINT, signal.SIGTERM):
                signal.signal(further, signal.SIG_IGN)
            # on a thread of its own, so that the main one is never interrupted while it holds that lock
            _thread.start_new_thread(interrupt, ())

    server.signal_handler_interrupt = once


def create_worker_app() -> Any:
    """Create the application in a worker process."""
    from backend.app import create_app

    _die_with_parent()
    join_workers()
    # The writer's thread gives up the interpreter at each statement and must not wait 5 ms to get it back.
    sys.setswitchinterval(0.0005)
    settings = Settings.from_env()
    _configure_logging(settings)
    app = create_app(settings)
    freeze_heap()
    return app


def _configure_logging(settings: Settings) -> None:
    configure_logging(settings.log_format, secrets=(settings.internal_key,), library_level=logging.WARNING)


def freeze_heap() -> None:
    """Spare the garbage collector what has been built: it stays. Let it run less often, too."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def _die_with_parent() -> None:
    """End this worker when its parent is killed: it must not go on holding port and database."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)
