"""`slotgate demo` and `slotgate up` as processes of a test, on free ports and with their output."""

import asyncio
import math
import os
import signal
import sqlite3
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from types import MappingProxyType

import aiohttp
import psutil

from tests.support.command_line import ROOT, SLOTGATE
from tests.support.ports import free_ports

READY_S = 90.0
SLOT_S = 15 * 60  # both samples offer times on a grid of 15 or 30 minutes
LONGEST_JOURNEY_S = 60


class RunningInstallation:
    """A `slotgate` that serves: the gateway on the first port, the backend on the second.

    `ready_words`: what the line on stderr contains that says that the bots answer.
    """

    def __init__(self, process: asyncio.subprocess.Process, ports: list[int], data: Path, ready_words: str) -> None:
        self.process = process
        self.data = data
        self.ports = ports
        self.gateway, self.backend = (f"http://127.0.0.1:{number}" for number in ports[:2])
        self.ready_words = ready_words
        self.output: list[str] = []
        self.errors: list[str] = []
        self._readers = [
            asyncio.create_task(self._read(process.stdout, self.output)),
            asyncio.create_task(self._read(process.stderr, self.errors)),
        ]

    @staticmethod
    async def _read(stream: asyncio.StreamReader | None, lines: list[str]) -> None:
        assert stream is not None
        async for line in stream:
            lines.append(line.decode())  # noqa: PERF401  each line is looked at as it comes

    async def wait_until(self, condition: Callable[[], bool], timeout_s: float = READY_S) -> None:
        """Wait for a condition. Fails, with the output, when the process ends or the time is over."""
        deadline = time.monotonic() + timeout_s
        while not condition():
            assert self.process.returncode is None, f"it ended: {self.read_output()}"
            assert time.monotonic() < deadline, f"not in {timeout_s} s: {self.read_output()}"
            await asyncio.sleep(0.02)

    async def wait_ready(self) -> None:
        """Wait until the bots answer."""
        await self.wait_until(lambda: any(self.ready_words in line for line in self.errors))

    async def stop(self, signum: int = signal.SIGINT) -> int:
        """Send the signal and wait for the end. Returns the exit code."""
        if self.process.returncode is None:
            self.process.send_signal(signum)
        try:
            return await asyncio.wait_for(self.process.wait(), 60)
        finally:
            if self.process.returncode is None:
                self.process.kill()
                await self.process.wait()
            await asyncio.gather(*self._readers)

    def list_processes(self) -> list[psutil.Process]:
        """Return all processes that it has started, and those that they have."""
        children: list[psutil.Process] = psutil.Process(self.process.pid).children(recursive=True)
        return children

    def read_output(self) -> str:
        """Return its output so far, with the ends of its logs."""
        logs = "".join(
            f"\n--- {log.name}\n{log.read_text(errors='replace')[-2000:]}"
            for log in sorted(self.data.glob("logs/*.log"))
        )
        return "".join(self.output + self.errors) + logs


class RunningDemo(RunningInstallation):
    """A demo, with its chat page on the third port."""

    def __init__(self, process: asyncio.subprocess.Process, ports: list[int], data: Path) -> None:
        super().__init__(process, ports, data, "Ready after")
        self.chat = f"http://127.0.0.1:{ports[2]}"
        self.shift_s = 0

    def now(self) -> float:
        """Return the time on the product's clock, in epoch seconds."""
        return time.time() + self.shift_s

    def count_rows(self, table: str) -> int:
        """Return how many rows a table of the database has."""
        with closing(sqlite3.connect(self.data / "sqlite" / "booking.db")) as connection:
            return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])

    async def shift_clock(self, seconds: int) -> None:
        """Move the clocks of the sandbox and of the product forward, or back."""
        async with (
            aiohttp.ClientSession() as http,
            http.post(f"{self.chat}/sandbox/clock", json={"seconds": seconds}) as response,
        ):
            assert response.status == 200, await response.text()
        self.shift_s += seconds

    async def skip_slot_edge(self) -> None:
        """Move the clock past a quarter of an hour that is less than a minute ahead.

        At that moment the first of the nearest free times is gone: a journey must not meet it between look and tap.
        """
        left_s = SLOT_S - self.now() % SLOT_S
        if left_s < LONGEST_JOURNEY_S:
            await self.shift_clock(math.ceil(left_s))


StartDemo = Callable[..., Awaitable[RunningDemo]]


async def start_demo_process(data: Path, *arguments: str) -> RunningDemo:
    """Start a demo on three free ports in a row."""
    ports = free_ports(3)
    options = ["--no-browser", "--port", str(ports[0]), "--data", str(data)]
    return RunningDemo(await start_slotgate("demo", *options, *arguments), ports, data)


async def start_production(data: Path, tenants: Path, *arguments: str, **environment: str) -> RunningInstallation:
    """Start `slotgate up` on free ports, with these variables."""
    ports = free_ports(3)
    options = ["--port", str(ports[0]), "--data", str(data), "--tenants", str(tenants)]
    backend = {"SLOTGATE_BACKEND_URL": f"http://127.0.0.1:{ports[1]}"}
    if "--polling" not in arguments:
        backend["SLOTGATE_PUBLIC_URL"] = f"http://127.0.0.1:{ports[0]}"
    process = await start_slotgate("up", *options, *arguments, environment=backend | environment)
    return RunningInstallation(process, ports, data, "Slotgate is ready")


async def start_slotgate(
    *arguments: str,
    cwd: Path = ROOT,
    command: Sequence[str] = SLOTGATE,
    environment: Mapping[str, str] = MappingProxyType({}),
) -> asyncio.subprocess.Process:
    """Start the command with these variables, and without the SLOTGATE_ variables of this process."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("SLOTGATE_")}
    return await asyncio.create_subprocess_exec(
        *command,
        *arguments,
        cwd=cwd,
        env={**inherited, **environment},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
