"""`slotgate demo`: the whole product on this machine, with the sandbox in Telegram's place."""

import asyncio
import contextlib
import os
import sys
import threading
import time
import webbrowser
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import msgspec

from backend.client.api import BackendClient, BackendRefused, BackendUnavailable
from backend.kit.logging import configure_logging
from backend.kit.process_states import run_directory
from gateway.demo.businesses import Businesses, copy_samples
from gateway.demo.data import DemoData
from gateway.demo.sample import ADMIN, create_sample_bookings
from gateway.errors import CommandFailed, Unreachable
from gateway.sandbox import Sandbox, serve_sandbox
from gateway.sandbox.people import ActionRefused
from gateway.settings import Settings, variable_name
from gateway.supervisor.data_directory import DataDirectoryLock
from gateway.supervisor.ports import find_free_port, require_free_port
from gateway.supervisor.production import require_tenants
from gateway.supervisor.stack import Stack, gateway_url, run_until_stopped, stop_on_signal, write_progress
from gateway.tenants.environment import backend_fields
from gateway.tenants.file import Tenant

HOST = "127.0.0.1"
# how long the backend may answer that it cannot, while the samples are made
PATIENCE_S = 60.0
# the samples of this program: a folder of the package in a wheel, a top-level one in the repository
_PACKAGED = Path(__file__).parents[1] / "samples"
_SAMPLES = _PACKAGED if _PACKAGED.is_dir() else Path(__file__).resolve().parents[2] / "tenants" / "demo"
_REPOSITORY_SAMPLES = Path("tenants/demo")


class Demo:
    """The product behind the sandbox: how it starts and stops, and what the sandbox controls (`ProductControl`)."""

    def __init__(self, settings: Settings, data: DemoData, samples: Path | None, sandbox: Sandbox) -> None:
        self.data = data
        self.sandbox = sandbox
        self.businesses = Businesses(settings, samples, sandbox, self._prepare_added)
        self.stack = Stack(settings, data.logs)
        self.state = "starting"
        self._restarting: asyncio.Task[None] | None = None
        self._following: asyncio.Task[None] | None = None

    async def status(self) -> dict[str, object]:
        """Return whether the bots can answer, for the chat page."""
        return {"gateway": self.state}

    async def restart_gateway(self) -> None:
        """Restart the gateway in the background. A call during a restart does nothing."""
        if self._restarting is None or self._restarting.done():
            self._restarting = asyncio.create_task(self._restart())

    async def shift_clock(self, seconds: int) -> None:  # noqa: ARG002  the sandbox's shift is the sum already
        """Set the backend's clock to the sandbox's."""
        client = self._client()
        try:
            await client.set_clock_shift(round(self.sandbox.shift), "demo")
        except (BackendRefused, BackendUnavailable) as error:
            write_progress(f"The backend's clock was not moved: {error}")
        finally:
            await client.close()

    async def seconds_to_reminder(self) -> int | None:
        """Return how many seconds of the backend's clock the next reminder is ahead."""
        client = self._client()
        try:
            known = await client.get_clock("demo")
        except (BackendRefused, BackendUnavailable) as error:
            write_progress(f"The backend's clock was not read: {error}")
            return None
        finally:
            await client.close()
        if known.next_reminder is None:
            return None
        return round((datetime.fromisoformat(known.next_reminder) - datetime.fromisoformat(known.now)).total_seconds())

    async def start(self) -> None:
        """Start all services, and prepare the samples that are new. In the order that is ready soonest."""
        await self.stack.start_redis()
        # first, since its imports take longest and it waits for the backend by itself
        await self.stack.start_gateway()
        fresh = [slug for slug in self.businesses.tenants if slug not in self.data.seeded]
        if fresh:
            write_progress(f"  … bringing in the samples {', '.join(fresh)}")
            await self.stack.run_backend_command("seed", str(self._write_samples(fresh, self.businesses.tenants)))
        else:
            await self.stack.run_backend_command("migrate")
        await self.stack.start_backend()
        await self.stack.wait_ready("backend", self.stack.settings.backend_url)
        if self.sandbox.shift:
            await self.shift_clock(0)
        for slug in fresh:
            await self._complete_sample(slug)
            self.data.mark_seeded(slug)
        await self.stack.wait_ready("gateway", gateway_url(self.stack.settings))
        self.state = "ready"
        self._following = asyncio.create_task(self.businesses.follow())

    async def add_business(self, name: str) -> str:
        """Make a business and return its slug. Raises ActionRefused."""
        if self.state != "ready":
            raise ActionRefused("the demo is starting", 409)
        return await self.businesses.add(name)

    async def _prepare_added(self, tenant: Tenant) -> None:
        """Prepare a business whose file has just come."""
        if tenant.slug in self.data.seeded:
            return
        try:
            await self.stack.run_backend_command("seed", str(self._write_samples([tenant.slug], {tenant.slug: tenant})))
            await self._complete_sample(tenant.slug)
        except CommandFailed as error:
            write_progress(f"{tenant.slug} could not be prepared: {error}")
            return
        self.data.mark_seeded(tenant.slug)

    async def stop(self) -> None:
        """Cancel a restart under way, and follow the files no more. `stop_on_signal` stops the services."""
        self.state = "down"
        running = [task for task in (self._restarting, self._following) if task is not None]
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    async def _restart(self) -> None:
        self.state = "starting"
        try:
            await self.stack.restart_gateway()
            await self.stack.wait_ready("gateway", gateway_url(self.stack.settings))
        except CommandFailed as error:
            self.state = "down"
            write_progress(str(error))
            return
        self.state = "ready"

    def _write_samples(self, slugs: list[str], tenants: Mapping[str, Tenant]) -> Path:
        """Write what the backend's `seed` creates: each tenant, its first admin and its business file."""
        businesses = self.stack.settings.tenants_dir.resolve() / "business"
        samples = [
            {
                "slug": slug,
                "tenant": backend_fields(tenants[slug]),
                "admin": ADMIN,
                "business": str(businesses / f"{slug}.yaml") if (businesses / f"{slug}.yaml").is_file() else None,
            }
            for slug in slugs
        ]
        path = self.data.directory / "samples.json"
        path.write_bytes(msgspec.json.encode(samples))
        return path

    async def _complete_sample(self, slug: str) -> None:
        """Create what a sample's file can't contain: its people and their bookings. Raises Unreachable."""
        client = self._client()
        patience_ends = time.monotonic() + PATIENCE_S
        try:
            while True:
                try:
                    tenant = await client.act_as(slug, ADMIN, "demo").get_tenant()
                    return await create_sample_bookings(client, tenant)
                except BackendUnavailable as error:
                    # a busy machine: each request has a key, so that nothing is made twice
                    if time.monotonic() > patience_ends:
                        raise Unreachable(f"The sample {slug} could not be prepared: {error}") from None
                    await asyncio.sleep(0.5)
        except BackendRefused as error:
            raise Unreachable(f"The sample {slug} could not be prepared: {error.problem.detail}") from None
        finally:
            await client.close()

    def _client(self) -> BackendClient:
        return BackendClient(self.stack.settings.backend_url, self.stack.settings.internal_key)


async def run_demo(
    tenants_dir: Path | None, data_dir: Path | None, port: int, *, open_browser: bool, fresh: bool
) -> None:
    """Run the demo until SIGINT or SIGTERM. Raises Misconfigured, Unreachable or ChildFailed."""
    started = time.monotonic()
    configure_logging("console")
    # no variable_name of a production environment counts: the demo has its own database, Redis and Telegram
    directories = Settings.from_env(choose_directories(tenants_dir, data_dir), env={})
    ports = [port, port + 1, port + 2] if port else [find_free_port(HOST) for _ in range(3)]
    for number, service in zip(ports, ("gateway", "backend", "sandbox"), strict=True):
        require_free_port(HOST, number, service, "choose others with --port")
    with contextlib.ExitStack() as cleanup:
        cleanup.callback(DataDirectoryLock(directories.data_dir).release)
        data = DemoData.open(directories.data_dir, fresh=fresh)
        # samples are copied: what is added to them is the demo's own, and goes with `--fresh`
        samples = directories.tenants_dir if directories.tenants_dir in (_SAMPLES, _REPOSITORY_SAMPLES) else None
        if samples is not None:
            copy_samples(samples, data.directory / "tenants")
        settings = _make_settings(
            directories.tenants_dir if samples is None else data.directory / "tenants", data, ports
        )
        require_tenants(settings)
        sandbox = Sandbox(data.directory / "sandbox.json")
        demo = Demo(settings, data, samples, sandbox)
        demo.businesses.load()
        cleanup.enter_context(run_directory(data.directory / "run"))
        demo.stack.open_ports()
        async with (
            serve_sandbox(sandbox, demo, host=HOST, port=ports[2]) as chat_url,
            stop_on_signal(demo.stack) as stop,
        ):
            _print_urls(settings, demo.businesses.tenants, chat_url)
            if open_browser:
                _open_browser(chat_url)
            try:
                await run_until_stopped(demo.start(), stop)
                if not stop.is_set():
                    write_progress(f"Ready after {time.monotonic() - started:.1f} s. Ctrl-C stops everything.")
                    await run_until_stopped(demo.stack.keep_running(), stop)
            finally:
                await demo.stop()


def choose_directories(tenants_dir: Path | None, data_dir: Path | None) -> dict[str, Path]:
    """Return the settings `tenants_dir` and `data_dir`: by flag, by variable_name, else the samples and a demo's directory."""
    samples = _REPOSITORY_SAMPLES if _REPOSITORY_SAMPLES.is_dir() else _SAMPLES
    tenants = tenants_dir or os.environ.get(variable_name("tenants_dir"), "").strip() or samples
    data = (
        data_dir
        or os.environ.get(variable_name("data_dir"), "").strip()
        or DemoData.default_directory(Settings().data_dir)
    )
    return {"tenants_dir": Path(tenants), "data_dir": Path(data)}


def _make_settings(tenants_dir: Path, data: DemoData, ports: list[int]) -> Settings:
    return Settings(
        tenants_dir=tenants_dir,
        data_dir=data.directory,
        telegram_api_url=f"http://{HOST}:{ports[2]}",
        public_url=f"http://{HOST}:{ports[0]}",
        backend_url=f"http://{HOST}:{ports[1]}",
        internal_key=data.key,
        log_format="console",
        host=HOST,
        port=ports[0],
        adjustable_clock=True,
    )


def _print_urls(settings: Settings, tenants: dict[str, Tenant], chat_url: str) -> None:
    lines = [
        f"Chat page  {chat_url}/",
        f"Gateway    {gateway_url(settings)}/health/ready",
        *(f"Webhook    {gateway_url(settings)}/tg/webhook/{slug}" for slug in tenants),
        f"Backend    {settings.backend_url}/schema/openapi.json",
        f"Tenants    {settings.tenants_dir} (a file that comes here is a business at once)",
        f"Data       {settings.data_dir} (logs in {settings.data_dir / 'logs'})",
    ]
    with contextlib.suppress(BrokenPipeError):
        sys.stdout.write("\n".join(lines) + "\n")
        sys.stdout.flush()
    write_progress("Starting: the chat page is open already, the bots answer in a few seconds.")


def _open_browser(url: str) -> None:
    """Open the page in a browser if there is a screen; a text browser would take over the terminal."""
    if sys.platform == "linux" and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        return

    def open_page() -> None:
        with contextlib.suppress(Exception):
            webbrowser.open(url)

    threading.Thread(target=open_page, daemon=True).start()
