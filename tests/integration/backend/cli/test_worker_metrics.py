"""Several workers of the backend on PostgreSQL: whichever is scraped answers for all of them, also after a kill."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from time import monotonic

import aiohttp

from tests.support.command_line import ROOT
from tests.support.exposition import Exposition
from tests.support.ports import free_port
from tests.support.servers import INTERNAL_KEY


@asynccontextmanager
async def backend_with_two_workers(database_url: str, folder: Path) -> AsyncIterator[str]:
    url = f"http://127.0.0.1:{free_port()}"
    environment = {
        **os.environ,
        "SLOTGATE_BACKEND_URL": url,
        "SLOTGATE_DATABASE_URL": database_url,
        "SLOTGATE_DATA_DIR": str(folder),
        "SLOTGATE_INTERNAL_KEY": INTERNAL_KEY,
        "SLOTGATE_RUN_DIR": str(folder / "run"),
    }
    (folder / "run").mkdir()
    with (folder / "backend.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "backend",
            "serve",
            "--workers",
            "2",
            cwd=ROOT,
            env=environment,
            stdout=log,
            stderr=log,
        )
    try:
        yield url
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        await asyncio.wait_for(process.wait(), 30)


async def scrape(url: str) -> Exposition | None:
    """Return the page of one worker, over a connection of its own; None while none answers."""
    try:
        async with aiohttp.ClientSession() as http, http.get(url + "/metrics") as reply:
            return Exposition(await reply.read()) if reply.status == 200 else None
    except aiohttp.ClientError:
        return None


async def wait_for_workers(url: str, *, apart_from: float = 0.0) -> Exposition:
    """Wait until both workers live, and worker 1 is not the one that started at that instant.

    Worker 0 may well be: the system tells the start of a process in hundredths of a second."""
    deadline = monotonic() + 60
    while True:
        page = await scrape(url)
        if page is not None and {"0", "1"} <= page.label_values("worker"):
            started = page.value("process_start_time_seconds", worker="1")
            if started != apart_from and page.has("slotgate_worker_heartbeat_timestamp_seconds", worker="1"):
                return page
        assert monotonic() < deadline, "the workers do not live"
        await asyncio.sleep(0.1)


async def test_whichever_worker_is_scraped_answers_for_all(postgres_url: str, tmp_path: Path) -> None:
    async with backend_with_two_workers(postgres_url, tmp_path) as url:
        first = await wait_for_workers(url)
        assert first.value("slotgate_database_up") == 1

        async def refuse_many() -> None:
            """Ask forty times without a key, each over a connection of its own, so that both workers answer some."""
            for _ in range(40):
                async with aiohttp.ClientSession() as http, http.get(url + "/v1/services") as reply:
                    assert reply.status == 401

        def refused(page: Exposition) -> float:
            return page.value("slotgate_request_seconds_count", method="GET", status="4xx")

        await refuse_many()
        pages = [page for _ in range(8) if (page := await scrape(url)) is not None]
        assert len(pages) == 8
        assert {refused(page) for page in pages} == {40}

        pid = _pid_of_worker_one(tmp_path)
        started = first.value("process_start_time_seconds", worker="1")
        os.kill(pid, signal.SIGKILL)
        page = await wait_for_workers(url, apart_from=started)
        assert refused(page) == 40
        await refuse_many()
        pages = [page for _ in range(8) if (page := await scrape(url)) is not None]
        assert {refused(page) for page in pages} == {80}


def _pid_of_worker_one(folder: Path) -> int:
    """Read it where the worker has left it, beside the shared figures."""
    (lock,) = folder.glob("run/slotgate-metrics-*/worker-1.lock")
    return int(lock.read_text())
