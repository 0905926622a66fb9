"""`slotgate demo` and `slotgate up` as processes of a test: on free ports, with their output, and how they are stopped."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import aiohttp

from tests.support.ports import free_ports

ROOT = Path(__file__).parents[2]
READY_S = 90.0


class Running:
    """A `slotgate` that serves: gateway and backend on the first two ports. `ready_word` begins the line that says so."""

    def __init__(self, process: asyncio.subprocess.Process, ports: list[int], data: Path, ready_word: str) -> None:
        self.process = process
        self.data = data
        self.ports = ports
        self.gateway, self.backend = (f"http://127.0.0.1:{number}" for number in ports[:2])
        self.ready_word = ready_word
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

    async def until(self, true: Callable[[], bool], within_s: float = READY_S) -> None:
        """Wait for something; fails with its own words when it ends or takes too long."""
        deadline = time.monotonic() + within_s
        while not true():
            assert self.process.returncode is None, f"it ended: {self.words()}"
            assert time.monotonic() < deadline, f"not in {within_s} s: {self.words()}"
            await asyncio.sleep(0.02)

    async def ready(self) -> None:
        """Wait until the bots answer."""
        await self.until(lambda: any(line.startswith(self.ready_word) for line in self.errors))

    async def stop(self, signum: int = signal.SIGINT) -> int:
        """Signal it and wait; the exit code."""
        if self.process.returncode is None:
            self.process.send_signal(signum)
        try:
            return await asyncio.wait_for(self.process.wait(), 60)
        finally:
            if self.process.returncode is None:
                self.process.kill()
                await self.process.wait()
            await asyncio.gather(*self._readers)

    def words(self) -> str:
        """What it said, with the ends of its logs."""
        logs = "".join(
            f"\n--- {log.name}\n{log.read_text(errors='replace')[-2000:]}"
            for log in sorted(self.data.glob("logs/*.log"))
        )
        return "".join(self.output + self.errors) + logs


class RunningDemo(Running):
    """A demo, with its chat page on the third port."""

    def __init__(self, process: asyncio.subprocess.Process, ports: list[int], data: Path) -> None:
        super().__init__(process, ports, data, "Ready after")
        self.chat = f"http://127.0.0.1:{ports[2]}"
        self.shift_s = 0

    def now(self) -> float:
        """Return the time on the product's clock, in epoch seconds."""
        return time.time() + self.shift_s

    async def shift_clock(self, seconds: int) -> None:
        """Move the clocks of the sandbox and of the product forward, or back."""
        async with (
            aiohttp.ClientSession() as http,
            http.post(f"{self.chat}/sandbox/clock", json={"seconds": seconds}) as response,
        ):
            assert response.status == 200, await response.text()
        self.shift_s += seconds


StartDemo = Callable[..., Awaitable[RunningDemo]]


async def start(data: Path, *arguments: str) -> RunningDemo:
    """Start a demo on three free ports beside each other."""
    ports = free_ports(3)
    options = ["--no-browser", "--port", str(ports[0]), "--data", str(data)]
    return RunningDemo(await slotgate("demo", *options, *arguments), ports, data)


async def start_up(data: Path, tenants: Path, *arguments: str, **environment: str) -> Running:
    """Start `slotgate up` on free ports, with these variables."""
    ports = free_ports(3)
    options = ["--port", str(ports[0]), "--data", str(data), "--tenants", str(tenants)]
    backend = {"SLOTGATE_BACKEND_URL": f"http://127.0.0.1:{ports[1]}"}
    if "--polling" not in arguments:
        backend["SLOTGATE_PUBLIC_URL"] = f"http://127.0.0.1:{ports[0]}"
    process = await slotgate("up", *options, *arguments, **backend, **environment)
    return Running(process, ports, data, "Slotgate is ready")


async def slotgate(*arguments: str, cwd: Path = ROOT, **environment: str) -> asyncio.subprocess.Process:
    """The command in a process of its own; nothing of this one's settings is handed on."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SLOTGATE_")}
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "gateway",
        *arguments,
        cwd=cwd,
        env={**kept, **environment},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
