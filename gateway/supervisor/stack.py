"""The services of one machine as children of one process: started, waited for, stopped in order, nothing left behind.

`up` and `demo` build on it. A child that ends is started again (`keeper`); a wrong configuration alone ends the whole.
"""

import asyncio
import contextlib
import os
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from functools import partial
from pathlib import Path
from typing import Literal, TypeVar
from urllib.parse import urlsplit

import msgspec

from backend.kit import process_states
from backend.kit.logging import log, writes_json
from backend.kit.restarts import RestartPauses
from gateway.errors import ChildFailed, NotAnswering, Unreachable
from gateway.settings import Settings, variable_name
from gateway.supervisor.keeper import Keeper
from gateway.supervisor.own_command import own_command
from gateway.supervisor.ports import open_port
from gateway.supervisor.probe import fetch_health
from gateway.supervisor.processes import Child, run_command
from gateway.supervisor.redis_check import check_redis
from gateway.supervisor.redis_server import RedisServer, start_redis

# a service drains for up to 10 s; the supervisor waits a little longer before it kills
GRACE_S = 12.0
REDIS_GRACE_S = 5.0
PROGRESS_EVERY_S = 2.0
PATIENT_S = 60.0
Result = TypeVar("Result")


def write_progress(text: str, level: Literal["info", "warning"] = "info") -> None:
    """Write progress for people to stderr: as it is where people read, else as a line of the log."""
    if writes_json():
        write = log.info if level == "info" else log.warning
        write(text.strip(" …"))
        return
    # an error there (a full disk) is ignored
    with contextlib.suppress(OSError):
        sys.stderr.write(text + "\n")
        sys.stderr.flush()


class Stack:
    """The services of one machine: Redis (embedded where no URL is set), the backend, the gateway."""

    def __init__(self, settings: Settings, logs: Path | None = None) -> None:
        self.settings = settings
        self.logs = logs
        self.redis: RedisServer | None = None
        self._keepers: dict[str, Keeper] = {}

    def environment(self) -> dict[str, str]:
        """Return a child's environment: ours, with every setting as it was decided here.

        Secrets travel this way, never as arguments.
        """
        ours = {variable_name(field) for field in Settings.__struct_fields__}
        kept = {name: value for name, value in os.environ.items() if name not in ours}
        return {**kept, **self.settings.to_env(), "PYTHONUNBUFFERED": "1", "SLOTGATE_CHECKED": "1"}

    def open_ports(self) -> None:
        """Bind the ports of gateway and backend, to keep them whatever happens to who serves on them.

        Raises Misconfigured if one is taken.
        """
        backend = urlsplit(self.settings.backend_url)
        listeners: dict[Literal["gateway", "backend"], socket.socket] = {
            "gateway": open_port(self.settings.host, self.settings.port, "gateway", "choose another with --port"),
            "backend": open_port(
                backend.hostname or "", backend.port or 80, "backend", "choose another with SLOTGATE_BACKEND_URL"
            ),
        }
        for name, listener in listeners.items():
            self._keepers[name] = Keeper(name, partial(self._start_service, name, listener), listener=listener)

    async def start_redis(self) -> None:
        """Start the embedded server, or wait for the one whose URL is set. Raises Unreachable if that cannot be used."""
        key = self.settings.require_key()
        url = self.settings.redis_url
        if url is not None:
            await until_answering(lambda: check_redis(url, key))
            return
        server = self.redis = await until_answering(lambda: start_redis(self.settings.data_dir, key))
        self.settings = msgspec.structs.replace(self.settings, redis_url=server.url)

        async def start_again() -> Child:
            server.child = await server.child.start_again()
            return server.child

        keeper = self._keepers["redis"] = Keeper("redis", start_again, check=partial(server.answers, key))
        keeper.adopt(server.child)

    async def run_backend_command(self, *arguments: str) -> None:
        """Run a command of the backend to its end, again while its database does not answer. Raises ChildFailed."""
        folder = self.logs or Path(os.environ[process_states.DIRECTORY])
        command = own_command("backend", *arguments)

        async def run() -> None:
            code, last_line = await run_command("backend", command, self.environment(), folder / f"{arguments[0]}.log")
            if last_line and (code or self.logs is None):
                write_progress(last_line, level="warning" if code else "info")
            if code != 0:
                raise ChildFailed(code if code > 0 else Unreachable.exit_code)

        await until_answering(run)

    async def start_backend(self) -> None:
        """Start the backend, and keep it running."""
        await self._keepers["backend"].start()

    async def start_gateway(self) -> None:
        """Start the gateway, and keep it running."""
        await self._keepers["gateway"].start()

    async def restart_gateway(self) -> None:
        """Replace the gateway; who connects meanwhile waits."""
        await self._keepers["gateway"].restart(GRACE_S)

    async def wait_ready(self, name: str, url: str) -> None:
        """Wait until the service's readiness route answers 200.

        Raises Misconfigured if a child has refused its configuration, Unreachable if the bot cannot be loaded.
        """
        started = reported = time.monotonic()
        pause_s = PROGRESS_EVERY_S
        while True:
            status, health = await fetch_health(url + "/health/ready")
            if status == 200:
                return
            for keeper in self._keepers.values():
                keeper.require_usable()
            if health.get("bot") == "failed":
                child = self._keepers["gateway"].child
                reason = child.last_log_line("bot_not_loaded") if child is not None else ""
                raise Unreachable(f"The {name} cannot load the bot{': ' + reason if reason else '; see above.'}")
            now = time.monotonic()
            if now - reported >= pause_s:
                reported = now
                # every two seconds at first, for who looks on; then for a log
                pause_s = PROGRESS_EVERY_S if now - started < PATIENT_S else PATIENT_S
                write_progress(f"  … {name} starting ({now - started:.0f} s)")
            await asyncio.sleep(0.05)

    async def keep_running(self) -> None:
        """Everything has worked once: keep it so until this is cancelled."""
        for keeper in self._keepers.values():
            keeper.note_ready()
        await asyncio.gather(*(keeper.wait() for keeper in self._keepers.values()))

    async def stop(self) -> None:
        """Stop each service before those that it needs: the gateway drains on the backend, both on Redis."""
        for name in ("gateway", "backend"):
            if name in self._keepers:
                await self._keepers[name].stop(GRACE_S)
        if "redis" in self._keepers:
            await self._keepers["redis"].stop(REDIS_GRACE_S)
        if self.redis is not None:
            await self.redis.stop()

    def kill(self) -> None:
        """Kill every child."""
        for keeper in self._keepers.values():
            if keeper.child is not None:
                keeper.child.kill()

    async def _start_service(self, name: Literal["gateway", "backend"], listener: socket.socket) -> Child:
        command = own_command("gateway", "gateway") if name == "gateway" else own_command("backend", "serve")
        log_file = self.logs / f"{name}.log" if self.logs is not None else None
        return await Child.start(name, command, self.environment(), log_file, listener)


async def until_answering(attempt: Callable[[], Awaitable[Result]]) -> Result:
    """Return what `attempt` returns; try again with growing pauses while it says that something does not answer."""
    pauses = RestartPauses()
    while True:
        try:
            return await attempt()
        except (NotAnswering, ChildFailed) as error:
            if error.exit_code != NotAnswering.exit_code:
                raise
            pause_s = max(1.0, pauses.pause_after(0.0, killed=False))
            write_progress(f"{error} Trying again in {pause_s:.0f} s.".lstrip(), level="warning")
            await asyncio.sleep(pause_s)


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
