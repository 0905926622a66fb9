"""`slotgate demo`: the whole product on this machine, with the sandbox in Telegram's place."""

import asyncio
import contextlib
import os
import sys
import time
from pathlib import Path
from typing import Any

from backend.client.api import BackendClient, BackendRefused, BackendUnavailable
from gateway.cli.backend import tenant_environment
from gateway.demo.data import DemoData
from gateway.demo.sample import ADMIN, furnish
from gateway.errors import Unreachable
from gateway.sandbox import Sandbox, serve_sandbox
from gateway.settings import Settings, variable_name
from gateway.supervisor.processes import DataLock, free_port, require_port
from gateway.supervisor.stack import Stack, check_tenants, gateway_url, say, stopping, until_stopped
from gateway.tenants.file import Tenant

HOST = "127.0.0.1"
# the samples that came with the program: a folder of the package in a wheel, the top-level one in the repository
_PACKED = Path(__file__).parents[1] / "samples"
_OWN_TENANTS = _PACKED if _PACKED.is_dir() else Path(__file__).resolve().parents[2] / "tenants" / "demo"


class Demo:
    """The sandbox's view of the program that runs it (`sandbox.ProductControl`), and the steps of starting it."""

    def __init__(self, settings: Settings, data: DemoData, tenants: dict[str, Tenant], sandbox: Sandbox) -> None:
        self.data = data
        self.tenants = tenants
        self.sandbox = sandbox
        self.stack = Stack(settings, data.logs)
        self.state = "starting"
        self._restarting: asyncio.Task[None] | None = None

    async def status(self) -> dict[str, Any]:
        """What the chat page shows: whether the bot can answer yet."""
        return {"gateway": self.state}

    async def restart_gateway(self) -> None:
        """Stop the gateway and start it anew, in the background; a second call while it is under way does nothing."""
        if self._restarting is None or self._restarting.done():
            self._restarting = asyncio.create_task(self._restart())

    async def shift_clock(self, seconds: int) -> None:  # noqa: ARG002  the sandbox's clock has the sum already
        """Bring the backend's clock to the sandbox's."""
        client = self._client()
        try:
            await client.set_clock_shift(round(self.sandbox.shift), "demo")
        except (BackendRefused, BackendUnavailable) as error:
            say(f"The backend's clock was not moved: {error}")
        finally:
            await client.close()

    async def start(self) -> None:
        """Everything behind the sandbox, in the order that opens soonest."""
        await self.stack.start_redis()
        # first, since its imports take longest and it waits for the backend by itself
        await self.stack.start_gateway()
        await self.stack.backend_command("migrate")
        fresh = [slug for slug in self.tenants if slug not in self.data.seeded]
        for slug in fresh:
            say(f"  … bringing in the sample {slug}")
            await self._import(slug)
        await self.stack.start_backend()
        await self.stack.wait_ready("backend", self.stack.settings.backend_url)
        if self.sandbox.shift:
            await self.shift_clock(0)
        for slug in fresh:
            await self._furnish(slug)
            self.data.mark_seeded(slug)
        await self.stack.wait_ready("gateway", gateway_url(self.stack.settings))
        self.state = "ready"

    async def stop(self) -> None:
        """End what runs in the background; the stack itself is stopped by whoever runs it."""
        self.state = "down"
        if self._restarting is not None:
            self._restarting.cancel()
            await asyncio.gather(self._restarting, return_exceptions=True)

    async def _restart(self) -> None:
        self.state = "starting"
        self.stack.replacing = True
        try:
            if self.stack.gateway is not None:
                await self.stack.gateway.stop(12.0)
            await self.stack.start_gateway()
        finally:
            self.stack.replacing = False
        try:
            await self.stack.wait_ready("gateway", gateway_url(self.stack.settings))
        except Unreachable as error:
            self.state = "down"
            say(str(error))
            return
        self.state = "ready"

    async def _import(self, slug: str) -> None:
        """The sample's services, specialists and hours, and its first admin, by the commands an operator would use."""
        known = tenant_environment(self.stack.settings, slug)
        business = self.stack.settings.tenants_dir / "business" / f"{slug}.yaml"
        await self.stack.backend_command(
            "init-admin", "--tenant", slug, "--tg-id", str(ADMIN), extra=known, may_refuse=True
        )
        if business.is_file():
            await self.stack.backend_command("import", slug, str(business), extra=known)

    async def _furnish(self, slug: str) -> None:
        """What the sample's file cannot say: its people and their visits."""
        client = self._client()
        try:
            await furnish(client, await client.act_as(slug, ADMIN, "demo").get_tenant())
        except BackendRefused as error:
            raise Unreachable(f"The sample {slug} could not be prepared: {error.problem.detail}") from None
        except BackendUnavailable as error:
            raise Unreachable(f"The sample {slug} could not be prepared: {error}") from None
        finally:
            await client.close()

    def _client(self) -> BackendClient:
        return BackendClient(self.stack.settings.backend_url, self.stack.settings.internal_key)


async def run_demo(
    tenants_dir: Path | None, data_dir: Path | None, port: int, *, open_browser: bool, fresh: bool
) -> None:
    """Run until SIGINT or SIGTERM. Raises Misconfigured, Unreachable or ChildFailed, each with one sentence."""
    begun = time.monotonic()
    # nothing of a production environment may leak in: the demo has its own database, Redis and Telegram
    given = Settings.from_env(places(tenants_dir, data_dir), env={})
    ports = [port, port + 1, port + 2] if port else [free_port(HOST) for _ in range(3)]
    for number, what in zip(ports, ("gateway", "backend", "sandbox"), strict=True):
        require_port(HOST, number, what, "choose others with --port")
    lock = DataLock(given.data_dir)
    try:
        data = DemoData.open(given.data_dir, fresh=fresh)
        settings = _settings(given, data, ports)
        tenants = dict(check_tenants(settings).tenants)
        sandbox = Sandbox(data.directory / "sandbox.json")
        for tenant in tenants.values():
            sandbox.add_bot(tenant.token, tenant.name, language=tenant.locale, slug=tenant.slug)
        demo = Demo(settings, data, tenants, sandbox)
        async with serve_sandbox(sandbox, demo, host=HOST, port=ports[2]) as chat, stopping(demo.stack) as stop:
            _print_urls(settings, tenants, chat)
            if open_browser:
                _open_browser(chat)
            try:
                await until_stopped(demo.start(), stop)
                if not stop.is_set():
                    say(f"Ready after {time.monotonic() - begun:.1f} s. Ctrl-C stops everything.")
                    await until_stopped(demo.stack.wait_for_end(), stop)
                if not stop.is_set():
                    demo.stack.require_alive()
            finally:
                await demo.stop()
    finally:
        lock.release()


def places(tenants_dir: Path | None, data_dir: Path | None) -> dict[str, object]:
    """Where the tenants and the data are: as was said, else the samples, and a directory that is the demo's own."""
    samples = Path("tenants/demo") if Path("tenants/demo").is_dir() else _OWN_TENANTS
    tenants = tenants_dir or os.environ.get(variable_name("tenants_dir"), "").strip() or samples
    data = data_dir or os.environ.get(variable_name("data_dir"), "").strip() or DemoData.beside(Settings().data_dir)
    return {"tenants_dir": Path(tenants), "data_dir": Path(data)}


def _settings(given: Settings, data: DemoData, ports: list[int]) -> Settings:
    return Settings(
        tenants_dir=given.tenants_dir,
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


def _print_urls(settings: Settings, tenants: dict[str, Tenant], chat: str) -> None:
    lines = [
        f"Chat page  {chat}/",
        f"Gateway    {gateway_url(settings)}/health/ready",
        *(f"Webhook    {gateway_url(settings)}/tg/webhook/{slug}" for slug in tenants),
        f"Backend    {settings.backend_url}/schema/openapi.json",
        f"Data       {settings.data_dir} (logs in {settings.data_dir / 'logs'})",
    ]
    with contextlib.suppress(BrokenPipeError):
        sys.stdout.write("\n".join(lines) + "\n")
        sys.stdout.flush()
    say("Starting: the chat page is open already, the bots answer in a few seconds.")


def _open_browser(url: str) -> None:
    """Open the page where there is a screen; a terminal's own browsers would take the terminal over."""
    import threading
    import webbrowser

    if sys.platform == "linux" and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        return

    def show() -> None:
        with contextlib.suppress(Exception):
            webbrowser.open(url)

    threading.Thread(target=show, daemon=True).start()
