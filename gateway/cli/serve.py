"""`slotgate demo`, `up` and `gateway`: the commands that serve."""

import asyncio
import os
import sys
from pathlib import Path
from typing import Any

import msgspec
import rich_click as click

from backend.kit.logging import configure_logging, log
from gateway.cli.options import data_option, listening, settings, tenants_option
from gateway.settings import Settings
from gateway.supervisor.processes import arm_parent_death, free_port, require_port

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
    from gateway.demo.run import run_demo

    asyncio.run(run_demo(tenants_dir, data_dir, port, open_browser=not no_browser, fresh=fresh))


@click.command()
@tenants_option
@data_option
@listening
@click.option("--polling", is_flag=True, help="Fetch updates instead of registering webhooks (no public address).")
def up(**flags: Any) -> None:
    """Run production: migrate, then backend and gateway (and a Redis, unless SLOTGATE_REDIS_URL is set)."""
    from gateway.supervisor.stack import up as run_up

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
        from gateway.supervisor.stack import check_surroundings, check_tenants

        # whoever collects the log of a gateway alone gets these as lines of it
        configure_logging(chosen.log_format)
        check_tenants(chosen, log.warning)
        asyncio.run(check_surroundings(chosen, log.warning))
    serve_gateway(chosen)


def serve_gateway(chosen: Settings) -> None:
    """Serve until SIGTERM. The workers read the settings from the environment, where secrets stay out of argv."""
    from gateway.http import server
    from gateway.observability.multiprocess import shared_figures

    os.environ.update(chosen.to_env())
    configure_logging(chosen.log_format)
    with shared_figures(chosen.workers):
        server.serve("gateway.cli.serve:worker", chosen.host, chosen.port, chosen.workers)


def worker() -> Any:
    """The gateway's application in a worker process; the one place of the command line that imports aiogram."""
    arm_parent_death()
    # a thread that reads ten thousand tenants' files must not keep an update waiting for its turn
    sys.setswitchinterval(0.0005)
    from gateway.app import create_app
    from gateway.http.server import exit_worker

    try:
        return create_app()
    except Exception as error:  # noqa: BLE001  whatever it is, the next worker would meet it as well
        exit_worker(error)
