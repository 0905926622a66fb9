"""`slotgate up`, and what it and a gateway alone check before they serve: tenants, ports, data, Redis, the backend."""

import asyncio
from collections.abc import Callable
from urllib.parse import urlsplit

from backend.client.api import BackendClient, BackendUnavailable
from backend.kit.logging import configure_logging
from backend.kit.process_states import run_directory
from backend.kit.systemd import Systemd
from gateway.errors import Misconfigured, NotAnswering
from gateway.settings import Settings, is_loopback
from gateway.supervisor.data_directory import DEMO_MARKER, DataDirectoryLock
from gateway.supervisor.redis_check import check_redis
from gateway.supervisor.stack import Stack, gateway_url, run_until_stopped, stop_on_signal, write_progress
from gateway.tenants.directory import LoadedTenants
from gateway.tenants.environment import load_configured_tenants

BACKEND_TIMEOUT_S = 2.0
WATCHDOG_S = 5.0


async def run_production(settings: Settings) -> None:
    """Run backend, gateway and a Redis until SIGTERM or SIGINT. Raises Misconfigured, Unreachable or ChildFailed."""
    configure_logging(settings.log_format, secrets=(settings.internal_key,))
    require_tenants(settings)
    backend = urlsplit(settings.backend_url)
    host = backend.hostname or ""
    if not is_loopback(host):
        raise Misconfigured(
            "SLOTGATE_BACKEND_URL must be on this machine for `slotgate up`; use `slotgate gateway` for a backend elsewhere."
        )
    if not settings.polling and settings.public_url is None:
        write_progress("No SLOTGATE_PUBLIC_URL and no --polling: no webhook will be registered.", level="warning")
    if (settings.data_dir / DEMO_MARKER).exists():
        raise Misconfigured(f"{settings.data_dir} holds the demo's data; choose another with --data.")
    lock = DataDirectoryLock(settings.data_dir)
    stack = Stack(settings)
    systemd = Systemd()
    try:
        stack.open_ports()
        with run_directory(settings.data_dir / "run"):
            async with stop_on_signal(stack) as stop:
                await run_until_stopped(_serve(stack, systemd), stop)
                systemd.report_stopping()
    finally:
        lock.release()


async def _serve(stack: Stack, systemd: Systemd) -> None:
    alive = asyncio.create_task(_report_alive(systemd), name="watchdog")
    await stack.start_redis()
    # first, since its imports take longest and it waits for the backend by itself
    await stack.start_gateway()
    await stack.run_backend_command("migrate")
    await stack.start_backend()
    await stack.wait_ready("backend", stack.settings.backend_url)
    await stack.wait_ready("gateway", gateway_url(stack.settings))
    settings = stack.settings
    write_progress(f"Slotgate is ready: gateway {gateway_url(settings)}, backend {settings.backend_url}")
    systemd.report_ready("serving")
    try:
        await stack.keep_running()
    finally:
        alive.cancel()


async def _report_alive(systemd: Systemd) -> None:
    while True:
        systemd.report_alive()
        await asyncio.sleep(WATCHDOG_S)


def require_tenants(settings: Settings, write: Callable[[str], None] = write_progress) -> LoadedTenants:
    """Load the tenants and write every problem. Raises Misconfigured if there are files and none can be used.

    One broken file must not take the others out of service.
    """
    settings.require_key()
    loaded = load_configured_tenants(settings)
    for problem in loaded.problems:
        write(str(problem))
    if loaded.problems and not loaded.tenants:
        raise Misconfigured(f"No tenant in {settings.tenants_dir} can be used; see above.")
    if not loaded.tenants:
        write(f"There is no tenant in {settings.tenants_dir} yet: `slotgate tenants new SLUG` makes one.")
    return loaded


async def check_services(settings: Settings, write: Callable[[str], None] = write_progress) -> None:
    """Check Redis and backend for a gateway alone. Raises Unreachable (Redis) or Misconfigured (another internal key).

    What does not answer is only written about: it may start after its gateways.
    """
    key = settings.require_key()
    if settings.redis_url is not None:
        try:
            await check_redis(settings.redis_url, key)
        except NotAnswering as error:
            write(f"{error} Until it does, order and rates hold within each worker alone.")
    client = BackendClient(settings.backend_url, key, timeout_s=BACKEND_TIMEOUT_S)
    try:
        if not await client.accepts_key("start"):
            raise Misconfigured(
                f"The backend at {settings.backend_url} refuses SLOTGATE_INTERNAL_KEY: gateway and backend must share it."
            )
    except BackendUnavailable:
        write(f"The backend at {settings.backend_url} does not answer yet; updates wait at Telegram until it does.")
    finally:
        await client.close()
