"""The drill: a backup put back on an empty machine and served, on both databases; and the move from one to the other.

`uv run python -m tests.bench.drill [--bookings N] [--json]`: a business with so many bookings (by default as many as make
100 MB) is backed up; the file is restored where nothing is, and a backend serves a booking from it. A business in SQLite is
moved to PostgreSQL with `move-to-postgres`, and the same is done there. Each step is the operator's own command, in a
process of its own.
"""

import argparse
import asyncio
import json
import logging
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from backend.db.schema import migrate
from backend.kit.logging import configure_logging
from backend.schedule.zones import load_zone
from tests.bench import busy_business
from tests.bench.__main__ import table, verdicts
from tests.bench.past import past
from tests.support.backend_api import serving_api
from tests.support.business import open_business
from tests.support.business_rows import ADMIN
from tests.support.ports import free_port
from tests.support.servers import INTERNAL_KEY, PostgresServer, apart

# Bookings, with history and messages, that make a database of 100 MB; PostgreSQL needs more for each.
HUNDRED_MB_SQLITE, HUNDRED_MB_POSTGRES = 200_000, 73_000
SPECIALISTS = 20
WANTED_S = 10.0  # for 100 MB
READY_S = 120.0  # what is no drill any more


class Operator:
    """Runs the backend's commands on one database, as an operator does."""

    def __init__(self, url: str, slug: str = "") -> None:
        self.url = url
        self.slug = slug
        self.peak_mb = self.cpu_s = 0.0  # of the last command
        self.printed = ""

    def environment(self) -> dict[str, str]:
        """Return the environment of its commands."""
        return {**os.environ, "SLOTGATE_DATABASE_URL": self.url, "SLOTGATE_INTERNAL_KEY": INTERNAL_KEY}

    def run(self, *arguments: str) -> float:
        """Run a command that must succeed; return its seconds."""
        began = time.perf_counter()
        with tempfile.TemporaryFile() as out:
            process = subprocess.Popen(
                [sys.executable, "-m", "backend", *arguments], env=self.environment(), stdout=out
            )
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            out.seek(0)
            self.printed = out.read().decode()
        assert process.returncode == 0, arguments
        self.peak_mb = usage.ru_maxrss / 1024
        self.cpu_s = usage.ru_utime + usage.ru_stime
        return time.perf_counter() - began

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[aiohttp.ClientSession]:
        """Serve it until a booking is read over HTTP."""
        port = free_port()
        env = self.environment() | {"SLOTGATE_BACKEND_URL": f"http://127.0.0.1:{port}"}
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "backend", "serve", env=env, stderr=subprocess.DEVNULL, start_new_session=True
        )
        try:
            headers = {"Authorization": f"Bearer {INTERNAL_KEY}", "X-Tenant": self.slug, "X-Client-Type": "internal"}
            headers["X-Tg-Id"] = str(ADMIN)
            async with aiohttp.ClientSession(f"http://127.0.0.1:{port}", headers=headers) as http:
                deadline = time.monotonic() + READY_S
                while not await _is_ready(http):
                    assert process.returncode is None, "the backend has ended"
                    assert time.monotonic() < deadline, "the backend does not serve"
                    await asyncio.sleep(0.02)
                yield http
        finally:
            if process.returncode is None:
                os.killpg(process.pid, signal.SIGTERM)
            await process.wait()

    async def recover(self, backup: Path, booking_id: int) -> dict[str, float]:
        """Restore a backup and serve it until a booking is read from it; return what it took."""
        began = time.perf_counter()
        restore_s = await asyncio.to_thread(self.run, "restore", str(backup))
        async with self.serving() as http, http.get(f"/v1/bookings/{booking_id}") as answer:
            assert answer.status == 200, await answer.text()
        return {"restore_s": restore_s, "restored_and_serving_s": time.perf_counter() - began}


async def _is_ready(http: aiohttp.ClientSession) -> bool:
    try:
        async with http.get("/health/ready") as answer:
            return answer.status == 200
    except aiohttp.ClientError:
        return False


async def fill_database(url: str, count: int) -> str:
    """Make a business with so many bookings of the past; return its slug."""
    await asyncio.to_thread(migrate, url)
    async with serving_api(url, checked=False) as backend:
        shop = await open_business(backend, busy_business.ZONE)
        service = await shop.add_service(30)
        specialists = [await shop.add_specialist(service, hours="09:00-19:00") for _ in range(SPECIALISTS)]
        await past(shop, count, specialists, service, past_end())
        return shop.slug


def past_end() -> int:
    """Return the instant before which all bookings are."""
    return load_zone(busy_business.ZONE).midnight(busy_business.FIRST.toordinal())


async def drill(directory: Path, server: PostgresServer, count: int, moved_count: int) -> list[dict[str, Any]]:
    """Run the drill on SQLite with so many bookings, and the move and the drill on PostgreSQL with so many."""
    source = await _source(directory / "source", count)
    restored = Operator(f"sqlite+aiosqlite:///{directory}/target/sqlite/booking.db", source.slug)
    results = [await _drill_of("SQLite", source, restored, directory, count)]
    if moved_count != count:
        source = await _source(directory / "moved", moved_count)
    target = Operator(server.url(await server.create("template0")), source.slug)
    seconds = await asyncio.to_thread(source.run, "move-to-postgres", target.url, "--json")
    rows = sum(table["rows"] for table in json.loads(source.printed)["tables"])
    results.append(
        {
            "what": f"move-to-postgres of {moved_count:,} bookings, {rows:,} rows",
            "seconds": seconds,
            "peak_memory_mb": source.peak_mb,
            "again_s": await asyncio.to_thread(source.run, "move-to-postgres", target.url),
        }
    )
    other = Operator(server.url(await server.create("template0")), source.slug)
    results.append(await _drill_of("PostgreSQL", target, other, directory, moved_count))
    return results


async def _source(directory: Path, count: int) -> Operator:
    url = f"sqlite+aiosqlite:///{directory}/sqlite/booking.db"
    return Operator(url, await fill_database(url, count))


async def _drill_of(kind: str, source: Operator, target: Operator, directory: Path, count: int) -> dict[str, Any]:
    file = directory / f"{kind}.backup"
    backup_s = await asyncio.to_thread(source.run, "backup", str(file))
    is_sqlite = source.url.startswith("sqlite")
    size = file.stat().st_size / 1e6 if is_sqlite else await _database_size(source.url)
    return {
        "what": f"{kind}: {count:,} bookings, a database of {size:.0f} MB",
        "backup_s": backup_s,
        "backup_mb": file.stat().st_size / 1e6,
        **await target.recover(file, count),
        "restore_cpu_s": target.cpu_s,
        "restore_peak_memory_mb": target.peak_mb,
        "wanted": {"restored_and_serving_s": ["at most", WANTED_S * max(1, size / 100)]},
    }


async def _database_size(url: str) -> float:
    engine = create_async_engine(url)
    try:
        async with engine.connect() as conn:
            return float(await conn.scalar(text("SELECT pg_database_size(current_database())")) or 0) / 1e6
    finally:
        await engine.dispose()


def main() -> None:
    """Run the drill and print what it took."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.drill", description=__doc__)
    parser.add_argument("--bookings", type=int, help="so many in each database; e.g. 1000000")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    configure_logging("json", library_level=logging.WARNING)
    counts = (asked.bookings or HUNDRED_MB_SQLITE, asked.bookings or HUNDRED_MB_POSTGRES)
    server = PostgresServer()
    try:
        with tempfile.TemporaryDirectory(prefix="slotgate-drill-") as directory:
            results = apart(lambda: asyncio.run(drill(Path(directory), server, *counts)))
    finally:
        server.stop()
    results.append({"what": "machine", "cores": os.cpu_count() or 0, "load": os.getloadavg()[0]})
    results = [verdicts(result) for result in results]
    sys.stdout.write((json.dumps(results, indent=1) if asked.json else table(results)) + "\n")


if __name__ == "__main__":
    main()
