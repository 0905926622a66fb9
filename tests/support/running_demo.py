"""`slotgate demo` as a process of a test: on free ports, its addresses, its output, and how it is stopped."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from gateway.processes import free_port

ROOT = Path(__file__).parents[2]
READY_S = 90.0
# beside each other, as the demo takes them
PORTS_WANTED = 3


class RunningDemo:
    """A demo: its addresses, its output, and how it is stopped."""

    def __init__(self, process: asyncio.subprocess.Process, port: int, data: Path) -> None:
        self.process = process
        self.data = data
        self.ports = [port, port + 1, port + 2]
        self.gateway, self.backend, self.chat = (f"http://127.0.0.1:{number}" for number in self.ports)
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
        """Wait for something; fails with the demo's own words when it ends or takes too long."""
        deadline = time.monotonic() + within_s
        while not true():
            assert self.process.returncode is None, f"the demo ended: {self.words()}"
            assert time.monotonic() < deadline, f"not in {within_s} s: {self.words()}"
            await asyncio.sleep(0.02)

    async def ready(self) -> None:
        """Wait until the bots answer."""
        await self.until(lambda: any(line.startswith("Ready after") for line in self.errors))

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


StartDemo = Callable[..., Awaitable[RunningDemo]]


async def start(data: Path, *arguments: str) -> RunningDemo:
    """Start a demo on three free ports beside each other."""
    port = next(p for p in iter(free_port, 0) if p + PORTS_WANTED < 65536)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SLOTGATE_")}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "gateway",
        "demo",
        "--no-browser",
        "--port",
        str(port),
        "--data",
        str(data),
        *arguments,
        cwd=ROOT,
        env=environment,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    return RunningDemo(process, port, data)
