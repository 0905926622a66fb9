"""`slotgate up`: checks everything, migrates, runs backend and gateway as children, and leaves nothing behind.

A child that ends by itself ends `up` (exit 4, with the reason): restarting is the container runtime's or systemd's
work, which also counts, delays and reports it. `demo` builds on the same parts.
"""

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from backend.client.api import BackendClient, BackendUnavailable
from gateway.demo.data import MARKER
from gateway.errors import ChildFailed, Misconfigured, Unreachable
from gateway.settings import Settings, is_loopback, variable_name
from gateway.supervisor import redis_server
from gateway.supervisor.probe import health
from gateway.supervisor.processes import Child, DataLock, require_port, run
from gateway.tenants.directory import LoadedTenants, load_tenants

# each drains for up to 10 s by itself; the supervisor gives a little more before it kills
GRACE_S = 12.0
READY_TIMEOUT_S = 120.0
BACKEND_ANSWER_S = 2.0


def say(text: str) -> None:
    """Progress and warnings, for people: stderr. Where that takes none (a full disk), nothing else fails for it."""
    with contextlib.suppress(OSError):
        sys.stderr.write(text + "\n")
        sys.stderr.flush()


class Stack:
    """The services of one machine: Redis (embedded where no URL is set), the backend, the gateway."""

    def __init__(self, settings: Settings, logs: Path | None = None) -> None:
        self.settings = settings
        self.logs = logs
        self.redis: redis_server.RunningRedis | None = None
        self.backend: Child | None = None
        self.gateway: Child | None = None
        # set while a child is being replaced on purpose, so that its end is no failure
        self.replacing = False

    def environment(self) -> dict[str, str]:
        """A child's environment: ours, with every setting as it was decided here. Secrets never become arguments."""
        ours = {variable_name(field) for field in Settings.__struct_fields__}
        kept = {name: value for name, value in os.environ.items() if name not in ours}
        return {**kept, **self.settings.to_env(), "PYTHONUNBUFFERED": "1", "SLOTGATE_CHECKED": "1"}

    async def start_redis(self) -> None:
        """Start the embedded server, or check the one whose URL is set."""
        key = self.settings.require_key()
        if self.settings.redis_url is None:
            self.redis = await redis_server.start(self.settings.data_dir, key)
            self.settings = msgspec.structs.replace(self.settings, redis_url=self.redis.url)
        else:
            await redis_server.check(self.settings.redis_url, key)

    async def backend_command(
        self, *arguments: str, extra: Mapping[str, str] | None = None, may_refuse: bool = False
    ) -> None:
        """Run a command of the backend to its end, `extra` in its environment.

        Raises ChildFailed with its exit code; `may_refuse`: exit 1 (done before) is well.
        """
        log = self.logs / f"{arguments[0]}.log" if self.logs is not None else None
        environment = {**self.environment(), **(extra or {})}
        code, words = await run("backend", [sys.executable, "-m", "backend", *arguments], environment, log)
        if code != 0 and not (code == 1 and may_refuse):
            if words:
                say(words)
            raise ChildFailed(code if code > 0 else 4)

    async def start_backend(self) -> None:
        self.backend = await self._start("backend", "backend", "serve")

    async def start_gateway(self) -> None:
        self.gateway = await self._start("gateway", "gateway", "gateway")

    async def wait_ready(self, name: str, url: str) -> None:
        """Wait until the service answers its readiness route. Raises Unreachable."""
        started = time.monotonic()
        told = started
        while True:
            status, said = await health(url + "/health/ready")
            if status == 200:
                return
            self.require_alive()
            if said.get("bot") == "failed":
                words = self.gateway.last_words("bot_not_loaded") if self.gateway is not None else ""
                raise Unreachable(f"The {name} cannot load the bot{': ' + words if words else '; see above.'}")
            now = time.monotonic()
            if now - started > READY_TIMEOUT_S:
                raise Unreachable(f"The {name} does not become ready: {url}/health/ready does not answer 200.")
            if now - told >= 2:
                told = now
                say(f"  … {name} starting ({now - started:.0f} s)")
            await asyncio.sleep(0.05)

    def require_alive(self) -> None:
        """Raises Unreachable when a child has ended by itself."""
        for child in self._children():
            if not child.alive and not self.replacing:
                raise Unreachable(child.end())

    async def wait_for_end(self) -> None:
        """Return when a child ends that nobody replaced."""
        while True:
            children = list(self._children())
            waits = [asyncio.ensure_future(child.process.wait()) for child in children]
            try:
                await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for wait in waits:
                    wait.cancel()
            if not self.replacing and any(not child.alive for child in self._children()):
                return
            await asyncio.sleep(0.1)

    async def stop(self) -> None:
        """Stop in the order in which they need each other: the gateway drains on the backend, both on Redis."""
        if self.gateway is not None:
            await self.gateway.stop(GRACE_S)
        if self.backend is not None:
            await self.backend.stop(GRACE_S)
        if self.redis is not None:
            await self.redis.stop()

    def kill(self) -> None:
        """Stop waiting: end every child now."""
        for child in self._children():
            child.kill()

    def _children(self) -> list[Child]:
        redis = self.redis.child if self.redis is not None else None
        return [child for child in (self.gateway, self.backend, redis) if child is not None]

    async def _start(self, name: str, *arguments: str) -> Child:
        log = self.logs / f"{name}.log" if self.logs is not None else None
        return await Child.start(name, [sys.executable, "-m", *arguments], self.environment(), log)


async def up(settings: Settings) -> None:
    """Run production on this machine until SIGTERM or SIGINT. Raises Misconfigured, Unreachable or ChildFailed."""
    settings.require_key()
    check_tenants(settings)
    backend = urlsplit(settings.backend_url)
    host = backend.hostname or ""
    if not is_loopback(host):
        raise Misconfigured(
            "SLOTGATE_BACKEND_URL must be on this machine for `slotgate up`; use `slotgate gateway` for a backend elsewhere."
        )
    if not settings.polling and settings.public_url is None:
        say("No SLOTGATE_PUBLIC_URL and no --polling: no webhook will be registered.")
    if (settings.data_dir / MARKER).exists():
        raise Misconfigured(f"{settings.data_dir} holds the demo's data; choose another with --data.")
    require_port(settings.host, settings.port, "gateway", "choose another with --port")
    require_port(host, backend.port or 80, "backend", "choose another with SLOTGATE_BACKEND_URL")
    lock = DataLock(settings.data_dir)
    stack = Stack(settings)
    try:
        async with stopping(stack) as stop:
            await until_stopped(_bring_up(stack), stop)
            if not stop.is_set():
                say(f"Slotgate is ready: gateway {gateway_url(settings)}, backend {settings.backend_url}")
                await until_stopped(stack.wait_for_end(), stop)
            if not stop.is_set():
                stack.require_alive()
    finally:
        lock.release()


async def _bring_up(stack: Stack) -> None:
    await stack.start_redis()
    # first, since its imports take longest and it waits for the backend by itself
    await stack.start_gateway()
    await stack.backend_command("migrate")
    await stack.start_backend()
    await stack.wait_ready("backend", stack.settings.backend_url)
    await stack.wait_ready("gateway", gateway_url(stack.settings))


@contextlib.asynccontextmanager
async def stopping(stack: Stack) -> AsyncIterator[asyncio.Event]:
    """An event that SIGINT and SIGTERM set (a second signal kills at once); the stack is stopped on every way out."""
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()

    def signalled() -> None:
        if stop.is_set():
            stack.kill()
        stop.set()

    for signum in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(signum, signalled)
    try:
        yield stop
    finally:
        await stack.stop()
        for signum in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(signum)


async def until_stopped(work: Coroutine[Any, Any, None], stop: asyncio.Event) -> None:
    """Do the work until it is done or `stop` is set, which cancels it; its exception is raised here."""
    task = asyncio.ensure_future(work)
    waiting = asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait((task, waiting), return_when=asyncio.FIRST_COMPLETED)
    finally:
        waiting.cancel()
        if not task.done():
            task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


def check_tenants(settings: Settings, tell: Callable[[str], None] = say) -> LoadedTenants:
    """Load the tenants and print every problem. One broken file must not take the others down; none usable ends here."""
    loaded = load_tenants(
        settings.tenants_dir,
        env=os.environ,
        internal_key=settings.require_key(),
        literals_allowed=settings.literals_allowed,
    )
    for problem in loaded.problems:
        tell(str(problem))
    if loaded.problems and not loaded.tenants:
        raise Misconfigured(f"No tenant in {settings.tenants_dir} can be used; see above.")
    if not loaded.tenants:
        tell(f"There is no tenant in {settings.tenants_dir} yet: `slotgate tenants new SLUG` makes one.")
    return loaded


def gateway_url(settings: Settings) -> str:
    """Where the gateway is reached from this machine."""
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(settings.host, settings.host)  # noqa: S104  a comparison
    return f"http://{f'[{host}]' if ':' in host and not host.startswith('[') else host}:{settings.port}"


async def check_surroundings(settings: Settings, tell: Callable[[str], None] = say) -> None:
    """What a gateway alone needs from its neighbours. Raises Unreachable (Redis) or Misconfigured (another key).

    A backend that does not answer yet is only told: it may come up after its gateways.
    """
    key = settings.require_key()
    if settings.redis_url is not None:
        await redis_server.check(settings.redis_url, key)
    client = BackendClient(settings.backend_url, key, timeout_s=BACKEND_ANSWER_S)
    try:
        if not await client.accepts_key("start"):
            raise Misconfigured(
                f"The backend at {settings.backend_url} refuses SLOTGATE_INTERNAL_KEY: gateway and backend must share it."
            )
    except BackendUnavailable:
        tell(f"The backend at {settings.backend_url} does not answer yet; updates wait at Telegram until it does.")
    finally:
        await client.close()
