"""The services of one machine as children of one process: started, waited for, stopped in order, nothing left behind.

`up` and `demo` build on it. A child that ends by itself ends the whole (exit 4, with the reason): restarting is the
work of the container runtime or of systemd, which also count, delay and report it.
"""

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Coroutine
from pathlib import Path

import msgspec

from gateway.errors import ChildFailed, Unreachable
from gateway.settings import Settings, variable_name
from gateway.supervisor.own_command import own_command
from gateway.supervisor.probe import fetch_health
from gateway.supervisor.processes import Child, run_command
from gateway.supervisor.redis_check import check_redis
from gateway.supervisor.redis_server import RedisServer, start_redis

# a service drains for up to 10 s; the supervisor waits a little longer before it kills
GRACE_S = 12.0
READY_TIMEOUT_S = 120.0
PROGRESS_EVERY_S = 2.0


def write_progress(text: str) -> None:
    """Write progress and warnings for people to stderr. An error there (a full disk) is ignored."""
    with contextlib.suppress(OSError):
        sys.stderr.write(text + "\n")
        sys.stderr.flush()


class Stack:
    """The services of one machine: Redis (embedded where no URL is set), the backend, the gateway."""

    def __init__(self, settings: Settings, logs: Path | None = None) -> None:
        self.settings = settings
        self.logs = logs
        self.redis: RedisServer | None = None
        self.backend: Child | None = None
        self.gateway: Child | None = None
        # true while a child is replaced on purpose, so that its end is no failure
        self.replacing = False

    def environment(self) -> dict[str, str]:
        """Return a child's environment: ours, with every setting as it was decided here.

        Secrets travel this way, never as arguments.
        """
        ours = {variable_name(field) for field in Settings.__struct_fields__}
        kept = {name: value for name, value in os.environ.items() if name not in ours}
        return {**kept, **self.settings.to_env(), "PYTHONUNBUFFERED": "1", "SLOTGATE_CHECKED": "1"}

    async def start_redis(self) -> None:
        """Start the embedded server, or check the one whose URL is set."""
        key = self.settings.require_key()
        if self.settings.redis_url is None:
            self.redis = await start_redis(self.settings.data_dir, key)
            self.settings = msgspec.structs.replace(self.settings, redis_url=self.redis.url)
        else:
            await check_redis(self.settings.redis_url, key)

    async def run_backend_command(self, *arguments: str) -> None:
        """Run a command of the backend to its end. Raises ChildFailed with its exit code."""
        log = self.logs / f"{arguments[0]}.log" if self.logs is not None else None
        code, last_line = await run_command("backend", own_command("backend", *arguments), self.environment(), log)
        if code != 0:
            if last_line:
                write_progress(last_line)
            raise ChildFailed(code if code > 0 else 4)

    async def start_backend(self) -> None:
        """Start the backend."""
        self.backend = await self._start("backend", own_command("backend", "serve"))

    async def start_gateway(self) -> None:
        """Start the gateway."""
        self.gateway = await self._start("gateway", own_command("gateway", "gateway"))

    async def wait_ready(self, name: str, url: str) -> None:
        """Wait until the service's readiness route answers 200. Raises Unreachable."""
        started = time.monotonic()
        reported = started
        while True:
            status, health = await fetch_health(url + "/health/ready")
            if status == 200:
                return
            self.require_alive()
            if health.get("bot") == "failed":
                reason = self.gateway.last_log_line("bot_not_loaded") if self.gateway is not None else ""
                raise Unreachable(f"The {name} cannot load the bot{': ' + reason if reason else '; see above.'}")
            now = time.monotonic()
            if now - started > READY_TIMEOUT_S:
                raise Unreachable(f"The {name} does not become ready: {url}/health/ready does not answer 200.")
            if now - reported >= PROGRESS_EVERY_S:
                reported = now
                write_progress(f"  … {name} starting ({now - started:.0f} s)")
            await asyncio.sleep(0.05)

    def require_alive(self) -> None:
        """Raise Unreachable if a child has ended by itself."""
        for child in self._children():
            if not child.alive and not self.replacing:
                raise Unreachable(child.describe_end())

    async def wait_for_end(self) -> None:
        """Wait until a child ends by itself."""
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
        """Stop each service before those that it needs: the gateway drains on the backend, both on Redis."""
        if self.gateway is not None:
            await self.gateway.stop(GRACE_S)
        if self.backend is not None:
            await self.backend.stop(GRACE_S)
        if self.redis is not None:
            await self.redis.stop()

    def kill(self) -> None:
        """Kill every child."""
        for child in self._children():
            child.kill()

    def _children(self) -> list[Child]:
        redis = self.redis.child if self.redis is not None else None
        return [child for child in (self.gateway, self.backend, redis) if child is not None]

    async def _start(self, name: str, command: list[str]) -> Child:
        log = self.logs / f"{name}.log" if self.logs is not None else None
        return await Child.start(name, command, self.environment(), log)


@contextlib.asynccontextmanager
async def stop_on_signal(stack: Stack) -> AsyncIterator[asyncio.Event]:
    """Yield an event that SIGINT and SIGTERM set; a second signal kills every child. Stops the stack at the end."""
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()

    def on_signal() -> None:
        if stop.is_set():
            stack.kill()
        stop.set()

    for signum in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(signum, on_signal)
    try:
        yield stop
    finally:
        await stack.stop()
        for signum in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(signum)


async def run_until_stopped(work: Coroutine[None, None, None], stop: asyncio.Event) -> None:
    """Run the coroutine; `stop` cancels it. Raises its exception."""
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


def gateway_url(settings: Settings) -> str:
    """Return the gateway's address as this machine reaches it."""
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(settings.host, settings.host)  # noqa: S104  a comparison
    return f"http://{f'[{host}]' if ':' in host and not host.startswith('[') else host}:{settings.port}"
