"""`slotgate demo`, `up` and `gateway`: the commands that serve."""

import _thread
import asyncio
import os
import signal
from pathlib import Path
from typing import Any

import msgspec
import rich_click as click

from gateway.cli.options import data_option, listening, settings, tenants_option
from gateway.processes import arm_parent_death, free_port, require_port
from gateway.settings import Settings

# set by `up` and `demo` for their children: they have looked already, and their backend comes up beside the gateway
CHECKED = "SLOTGATE_CHECKED"


@click.command()
@tenants_option
@data_option
@click.option("--port", type=click.IntRange(0, 65533), default=8000, show_default=True, help="The gateway's port.")
@click.option("--no-browser", is_flag=True, help="Do not open the chat page.")
@click.option("--fresh", is_flag=True, help="Start over: forget what an earlier demo kept.")
def demo(tenants_dir: Path | None, data_dir: Path | None, port: int, no_browser: bool, fresh: bool) -> None:
    """Run everything on this machine, with a local Telegram and a chat page; Ctrl-C leaves nothing running."""
    from gateway.demo import run_demo

    asyncio.run(run_demo(tenants_dir, data_dir, port, open_browser=not no_browser, fresh=fresh))


@click.command()
@tenants_option
@data_option
@listening
@click.option("--polling", is_flag=True, help="Fetch updates instead of registering webhooks (no public address).")
def up(**flags: Any) -> None:
    """Run production: migrate, then backend and gateway (and a Redis, unless SLOTGATE_REDIS_URL is set)."""
    from gateway.supervisor import up as run_up

    chosen = settings(**flags)
    if chosen.port == 0:
        chosen = msgspec.structs.replace(chosen, port=free_port())
    asyncio.run(run_up(chosen))


@click.command()
@tenants_option
@listening
@click.option("--polling", is_flag=True, help="Fetch updates instead of registering webhooks (no public address).")
def gateway(**flags: Any) -> None:
    """Run the gateway alone; its backend and its Redis are elsewhere."""
    chosen = settings(**flags)
    chosen.require_key()
    if chosen.redis_url is None:
        raise click.UsageError("The gateway alone needs SLOTGATE_REDIS_URL; `slotgate up` brings a Redis of its own.")
    if chosen.port == 0:
        chosen = msgspec.structs.replace(chosen, port=free_port())
    require_port(chosen.host, chosen.port, "gateway", "choose another with --port")
    if os.environ.pop(CHECKED, None) is None:
        from gateway.supervisor import check_surroundings, check_tenants

        check_tenants(chosen)
        asyncio.run(check_surroundings(chosen))
    serve_gateway(chosen)


def serve_gateway(chosen: Settings) -> None:
    """Serve until SIGTERM. The workers read the settings from the environment, where secrets stay out of argv."""
    from granian import Granian
    from granian.constants import HTTPModes, Interfaces, Loops
    from granian.log import LogLevels

    from gateway.shared_figures import shared

    os.environ.update(chosen.to_env())
    server = Granian(
        "gateway.cli.serve:worker",
        address=chosen.host,
        port=chosen.port,
        interface=Interfaces.ASGI,
        # nginx and Telegram speak HTTP/1.1 to us; guessing at each connection costs more
        http=HTTPModes.http1,
        loop=Loops.auto,
        workers=chosen.workers,
        factory=True,
        websockets=False,
        # a worker that crashed is replaced; its kill timeout exceeds the drain of ten seconds
        respawn_failed_workers=True,
        workers_kill_timeout=12,
        log_level=LogLevels.warning,
        log_dictconfig=_STDERR_LOG,
        process_name=None,
    )
    _calm_signals(server)
    with shared(chosen.workers):
        server.serve()


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


def worker() -> Any:
    """The gateway's application in a worker process; the one place of the command line that imports aiogram."""
    arm_parent_death()
    from gateway.app import create_app

    return create_app()


# granian would write to stdout, which carries data only
_STDERR_LOG: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"generic": {"()": "logging.Formatter", "fmt": "%(levelname)s %(message)s"}},
    "handlers": {"stderr": {"formatter": "generic", "class": "logging.StreamHandler", "stream": "ext://sys.stderr"}},
    "loggers": {"_granian": {"handlers": ["stderr"], "level": "WARNING", "propagate": False}},
}
