"""`slotgate demo`, `up` and `gateway`: the commands that serve."""

import asyncio
import os
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import msgspec
import rich_click as click

from backend.kit.logging import configure_logging, log
from backend.kit.process_states import run_directory
from gateway.cli.options import data_option, listen_options, load_settings, tenants_option
from gateway.settings import Settings
from gateway.supervisor.ports import find_free_port, open_port
from gateway.supervisor.production import check_services, require_tenants, run_production
from gateway.supervisor.stack import gateway_url

# set by `up` and `demo` for their children: they have checked already, and their backend starts beside the gateway
CHECKED = "SLOTGATE_CHECKED"


@click.command("demo")
@tenants_option
@data_option
@click.option("--port", type=click.IntRange(0, 65533), default=8000, show_default=True, help="The gateway's port.")
@click.option("--no-browser", is_flag=True, help="Do not open the chat page.")
@click.option("--fresh", is_flag=True, help="Start over: forget what an earlier demo kept.")
def demo_command(tenants_dir: Path | None, data_dir: Path | None, port: int, no_browser: bool, fresh: bool) -> None:
    """Run everything on this machine, with a local Telegram and a chat page; Ctrl-C leaves nothing running."""
    from gateway.demo.run import run_demo  # imports Litestar, which the other commands here do without

    asyncio.run(run_demo(tenants_dir, data_dir, port, open_browser=not no_browser, fresh=fresh))


@click.command("up")
@tenants_option
@data_option
@listen_options
@click.option("--polling", is_flag=True, help="Fetch updates instead of registering webhooks (no public address).")
def up_command(**flags: object) -> None:
    """Run production: migrate, then backend and gateway (and a Redis, unless SLOTGATE_REDIS_URL is set)."""
    asyncio.run(run_production(_with_port(load_settings(**flags))))


@click.command("gateway")
@tenants_option
@listen_options
@click.option("--polling", is_flag=True, help="Fetch updates instead of registering webhooks (no public address).")
def gateway_command(**flags: object) -> None:
    """Run the gateway alone; its backend and its Redis are elsewhere."""
    settings = load_settings(**flags)
    settings.require_key()
    if settings.redis_url is None:
        raise click.UsageError("The gateway alone needs SLOTGATE_REDIS_URL; `slotgate up` brings a Redis of its own.")
    chosen = settings.port
    settings = _with_port(settings)
    listener = open_port(settings.host, settings.port, "gateway", "choose another with --port")
    if not chosen:
        click.echo(f"The gateway listens on {gateway_url(settings)}.", err=True)
    if os.environ.pop(CHECKED, None) is None:
        # problems become lines of the gateway's log
        configure_logging(settings.log_format)
        require_tenants(settings, log.warning)
        asyncio.run(check_services(settings, log.warning))
    serve_gateway(settings, listener)


def _with_port(settings: Settings) -> Settings:
    """Return the settings with a free port in the place of port 0."""
    return settings if settings.port else msgspec.structs.replace(settings, port=find_free_port(settings.host))


def serve_gateway(settings: Settings, listener: socket.socket) -> None:
    """Serve until SIGTERM. The workers read the settings from the environment, so that no secret is an argument."""
    # the server takes long to import, and `up` and `demo` need none
    from backend.kit.worker_metrics import share_metrics
    from gateway.http import server

    os.environ.update(settings.to_env())
    configure_logging(settings.log_format, secrets=(settings.internal_key,))
    with run_directory(), share_metrics(settings.workers):
        server.serve(_load_application, listener, settings.workers)


def _load_application() -> Callable[[bool], object]:
    """Import all that the workers share, the bot's library above all, in their parent."""
    from gateway.bot_loader import import_bot

    # what cannot be imported is the workers' to report: they answer that they are not ready, and why
    with suppress(ImportError):
        import_bot()
        from gateway.app import import_application

        import_application()
    return create_worker_app


def create_worker_app(taking_connections: bool) -> object:
    """Return the gateway's ASGI application, in a worker process.

    The first worker takes connections once it can work; one that follows finds them waiting.
    """
    # a thread that reads ten thousand tenants' files must not keep an update waiting for the interpreter
    sys.setswitchinterval(0.0005)
    # only workers and their parent import the application and, with it, aiogram
    from gateway.app import create_app
    from gateway.http.server import exit_worker

    try:
        return create_app(wait_until_ready=not taking_connections)
    except Exception as error:  # noqa: BLE001  any error is the log's, in one line
        exit_worker(error)
