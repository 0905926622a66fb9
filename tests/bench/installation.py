"""The product as it is run in production, with many businesses, and the rival beside it; and what each has cost."""

import asyncio
import contextlib
import os
import secrets
import sqlite3
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import psutil

from gateway.settings import Settings
from gateway.supervisor.probe import fetch_health
from gateway.supervisor.processes import Child, run_command
from gateway.supervisor.redis_server import start_redis
from tests.bench.telegram_world import Person, World
from tests.support.ports import free_port

SECRET = "s" * 40
RIVAL_TOKEN = "4200000000:" + "r" * 35
LIMITED = "limited"
SERVICES = 24


class Installation:
    """Redis, backend and gateway as processes of their own."""

    def __init__(self, directory: Path, world: World, tenants: int, people: int) -> None:
        self.directory = directory
        self.world = world
        self.tokens = {f"shop-{n}": f"{5_000_000_000 + n}:{secrets.token_hex(18)}" for n in range(tenants)}
        self.tokens[LIMITED] = f"4999999999:{secrets.token_hex(18)}"
        slugs = list(self.tokens)[:-1]
        self.people = [
            Person(slug := slugs[n * 7919 % tenants], self.tokens[slug], SECRET, 100_000 + n) for n in range(people)
        ]
        world.settle(self.people)
        self.settings = Settings(
            tenants_dir=directory / "tenants",
            data_dir=directory / "data",
            telegram_api_url=world.url,
            backend_url=f"http://127.0.0.1:{free_port()}",
            internal_key="benchmark-key-of-32-characters-00",
            port=free_port(),
        )
        self.pids: dict[str, int] = {}

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator["Installation"]:
        self._write_tenants()
        import msgspec

        redis = await start_redis(self.settings.data_dir, self.settings.internal_key)
        self.settings = msgspec.structs.replace(self.settings, redis_url=redis.url)
        children: list[Child] = []
        try:
            environment = {**os.environ, **self.settings.to_env()}
            log = self.directory / "migrate.log"
            code, words = await run_command("migrate", [sys.executable, "-m", "backend", "migrate"], environment, log)
            assert code == 0, words
            await asyncio.to_thread(self._seed)
            for name, module, verb in (("backend", "backend", "serve"), ("gateway", "gateway", "gateway")):
                command = [sys.executable, "-m", module, verb]
                child = await Child.start(name, command, environment, self.directory / f"{name}.log")
                children.append(child)
                self.pids[name] = child.process.pid
            if redis.child is not None:
                self.pids["redis"] = redis.child.process.pid
            await ready(f"http://127.0.0.1:{self.settings.port}/health/ready", children)
            yield self
        finally:
            for child in reversed(children):
                await child.stop(12)
            await redis.stop()

    @contextlib.asynccontextmanager
    async def written(self) -> AsyncIterator[None]:
        """Meanwhile commit to the database from elsewhere, a hundred times a second."""
        with contextlib.closing(sqlite3.connect(self.settings.data_dir / "sqlite" / "booking.db")) as db:
            db.execute("PRAGMA synchronous = OFF")

            async def write() -> None:
                while True:
                    with db:
                        db.execute("UPDATE tenants SET address = address || '' WHERE id = 1")
                    await asyncio.sleep(0.01)

            writing = asyncio.create_task(write())
            try:
                yield
            finally:
                writing.cancel()
                await asyncio.wait([writing])

    def _write_tenants(self) -> None:
        self.settings.tenants_dir.mkdir(parents=True)
        self.settings.data_dir.mkdir(parents=True)
        for slug, token in self.tokens.items():
            rate = "1/hour" if slug == LIMITED else "60000/minute"
            (self.settings.tenants_dir / f"{slug}.yaml").write_text(
                f"name: {slug.title()}\nbot_token: {token}\nwebhook_secret: {SECRET}\ntimezone: Europe/Berlin\n"
                f"locale: en\ncurrency: EUR\nrate_limits: {{per_user: {rate}, per_tenant: 60000/minute}}\n"
            )

    def _seed(self) -> None:
        """Give every business services and somebody who does them, straight into the tables, before anybody serves."""
        with contextlib.closing(sqlite3.connect(self.settings.data_dir / "sqlite" / "booking.db")) as db, db:
            slugs = list(self.tokens)
            db.executemany(
                "INSERT INTO tenants (slug, name, timezone, locale, currency, policies, created_at) "
                "VALUES (?, ?, 'Europe/Berlin', 'en', 'EUR', '{}', 1790000000)",
                [(slug, slug.title()) for slug in slugs],
            )
            db.execute("INSERT INTO specialists (tenant_id, name) SELECT id, 'Anna' FROM tenants")
            db.execute(
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) "
                "INSERT INTO services (tenant_id, name, price, duration_min, position) "
                "SELECT id, 'Service ' || i, 1000 + i, 45, i FROM tenants, n",
                (SERVICES,),
            )
            db.execute(
                "INSERT INTO specialist_services (tenant_id, specialist_id, service_id) "
                "SELECT s.tenant_id, p.id, s.id FROM services s JOIN specialists p ON p.tenant_id = s.tenant_id"
            )


@contextlib.asynccontextmanager
async def rival(directory: Path, world: World, *, uvloop: bool) -> AsyncIterator[tuple[int, int]]:
    """Start aiogram's own handler; yield (pid, port)."""
    port = free_port()
    environment = {**os.environ, "BENCH_API": world.url, "BENCH_TOKEN": RIVAL_TOKEN, "BENCH_SECRET": SECRET}
    if uvloop:
        environment["BENCH_UVLOOP"] = "1"
    command = [sys.executable, "-m", "tests.bench.rival", str(port)]
    child = await Child.start("rival", command, environment, directory / "rival.log")
    try:
        await ready(f"http://127.0.0.1:{port}/webhook", [child], statuses=(b"405", b"404"))
        yield child.process.pid, port
    finally:
        await child.stop(5)


async def ready(url: str, children: list[Child], statuses: tuple[bytes, ...] = ()) -> None:
    """Wait until it answers 200, or one of `statuses`."""
    async with asyncio.timeout(300):
        while not (await _status(url) in statuses if statuses else (await fetch_health(url))[0] == 200):
            for child in children:
                assert child.alive, f"the {child.name} ended: {child.last_log_line()}"
            await asyncio.sleep(0.1)


async def _status(url: str) -> bytes:
    port = int(url.split(":")[2].split("/")[0])
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /webhook HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        line = await reader.readline()
        writer.close()
    except OSError:
        return b""
    return line.split(b" ")[1] if b" " in line else b""


def cpu_s(pid: int) -> float:
    """Return the processor seconds that a process and all its descendants have used, those that ended included."""
    process = psutil.Process(pid)
    total = 0.0
    for one in [process, *process.children(recursive=True)]:
        times: Any = one.cpu_times()
        total += times.user + times.system
    ended: Any = process.cpu_times()
    return float(total + ended.children_user + ended.children_system)
