"""A backend in a process of its own that is killed and started again; also one of another release, from its own folder."""

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from types import MappingProxyType

import aiohttp

from tests.support.ports import free_port
from tests.support.servers import INTERNAL_KEY

ROOT = Path(__file__).parents[2]


class KilledBackend:
    """A backend in a process of its own, started again on the same port."""

    def __init__(
        self,
        database_url: str,
        root: Path = ROOT,
        module: str = "backend",
        env: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self._root, self._module = root, module
        self._env = {**os.environ, "SLOTGATE_DATABASE_URL": database_url, "SLOTGATE_INTERNAL_KEY": INTERNAL_KEY}
        self._env |= {"SLOTGATE_BACKEND_URL": self.url, "PYTHONPATH": str(root), **env}
        self._process: asyncio.subprocess.Process | None = None

    async def start(self, http: aiohttp.ClientSession) -> None:
        """Start it and wait until it serves."""
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", self._module, "serve", env=self._env, cwd=self._root,
            stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        deadline = time.monotonic() + 60
        while True:
            try:
                async with http.get(f"{self.url}/health/ready") as answer:
                    if answer.status == 200:
                        return
            except aiohttp.ClientError:
                assert self._process.returncode is None
            assert time.monotonic() < deadline
            await asyncio.sleep(0.05)

    async def run(self, *arguments: str) -> tuple[int, str]:
        """Run a command of this release on the database; return its exit code and what it said."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "backend", *arguments, env=self._env, cwd=self._root,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        said, _ = await process.communicate()
        return process.returncode or 0, said.decode()

    async def kill(self) -> None:
        """Kill it at once, with its workers: they are a session of their own."""
        if self._process is not None and self._process.returncode is None:
            os.killpg(self._process.pid, 9)
            await self._process.wait()

    async def wait_for_death(self) -> None:
        """Wait until it has been killed by somebody else."""
        assert self._process is not None
        assert await asyncio.wait_for(self._process.wait(), 60) == -9


@asynccontextmanager
async def killed_backend(
    database_url: str,
    http: aiohttp.ClientSession,
    root: Path = ROOT,
    module: str = "backend",
    env: Mapping[str, str] = MappingProxyType({}),
) -> AsyncIterator[KilledBackend]:
    """Serve, and be gone at the end whatever happens."""
    backend = KilledBackend(database_url, root, module, env)
    try:
        await backend.start(http)
        yield backend
    finally:
        await backend.kill()
