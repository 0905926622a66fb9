"""The gateway's workers as processes: one that dies, hangs or cannot start is replaced, and the gateway goes on."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from gateway.settings import Settings
from gateway.supervisor.processes import Child
from tests.support.command_line import gateway_with
from tests.support.local_backend import serve_backend
from tests.support.own_redis import KEY, OwnRedis
from tests.support.ports import free_port
from tests.support.waiting import until

# with less patience for a worker that hangs than the twenty seconds of production
IMPATIENT = gateway_with("backend.kit.workers.HUNG_S = 8")


class _Start:
    """Starts the gateway's process, which logs into `gateway.log`, with a backend that answers."""

    def __init__(self, directory: Path, redis: OwnRedis, backend_url: str) -> None:
        self.directory = directory
        self.redis = redis
        self.backend_url = backend_url

    async def __call__(self, *command: str, **more: str) -> tuple[Child, Settings]:
        (self.directory / "tenants").mkdir()
        settings = Settings(
            tenants_dir=self.directory / "tenants",
            data_dir=self.directory,
            redis_url=self.redis.url,
            backend_url=self.backend_url,
            internal_key=KEY,
            port=free_port(),
        )
        environment = {**os.environ, **settings.to_env(), "SLOTGATE_CHECKED": "1", **more}
        command = command or (sys.executable, "-m", "gateway", "gateway")
        return await Child.start("gateway", command, environment, self.directory / "gateway.log"), settings


@pytest.fixture
async def start(tmp_path: Path, gateway_redis: OwnRedis, sqlite_url: str) -> AsyncIterator[_Start]:
    async with serve_backend(sqlite_url, internal_key=KEY) as (backend_url, _):
        yield _Start(tmp_path, gateway_redis, backend_url)


def _lines(directory: Path, event: str) -> list[dict[str, Any]]:
    """Return the log's lines about an event; every line must be JSON."""
    lines = [json.loads(line) for line in (directory / "gateway.log").read_text().splitlines()]
    return [line for line in lines if line["event"] == event]


def _oom_score(pid: int) -> int:
    return int(Path(f"/proc/{pid}/oom_score_adj").read_text())


class _Health:
    """What a gateway's health routes say."""

    def __init__(self, settings: Settings) -> None:
        self.url = f"http://127.0.0.1:{settings.port}"

    async def ask(self, path: str) -> dict[str, Any]:
        """Return the body; empty while nobody answers."""
        try:
            async with aiohttp.ClientSession() as session, session.get(self.url + path) as reply:
                return dict(await reply.json())
        except aiohttp.ClientError:
            return {}

    async def worker(self) -> int:
        """Return the process that answers; 0 while none does."""
        return int((await self.ask("/health/live")).get("pid", 0))

    async def metrics(self) -> str:
        async with aiohttp.ClientSession() as session, session.get(f"{self.url}/metrics") as reply:
            return await reply.text()

    async def metrics_with(self, line: str) -> str:
        """Return all metrics once they contain a line, or an empty text."""
        metrics = await self.metrics()
        return metrics if line in metrics else ""


@pytest.mark.parametrize(("module", "workers"), [("gateway", ""), ("backend", "2")])
def test_a_worker_imports_nothing_that_its_parent_has_not(tmp_path: Path, module: str, workers: str) -> None:
    """What each imports by itself is kept once for each, and makes its start longer."""
    program = (
        f"import asyncio, sys\nfrom {module}.cli.serve import _load_application\ncreate = _load_application({workers})\n"
        "before = set(sys.modules)\nasync def start():\n    create(True)\nasyncio.run(start())\n"
        "print(sorted(set(sys.modules) - before))"
    )
    settings = Settings(tenants_dir=tmp_path, data_dir=tmp_path, redis_url="redis://127.0.0.1:1", internal_key=KEY)
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, **settings.to_env()},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.stdout, done.returncode) == ("[]\n", 0), done.stderr


async def test_a_worker_that_cannot_start_is_tried_again(tmp_path: Path, start: _Start) -> None:
    """With growing pauses, named in the log; and it works once the reason is gone."""
    nowhere = tmp_path / "nowhere"
    child, settings = await start(PROMETHEUS_MULTIPROC_DIR=str(nowhere))
    health = _Health(settings)
    try:
        await until(lambda: len(_lines(tmp_path, "worker_died")) > 2, 60)
        assert child.alive
        assert await health.worker() == 0
        nowhere.mkdir()
        assert await until(health.worker, 60)
        pauses = [line["restart_in_s"] for line in _lines(tmp_path, "worker_died")]
        assert pauses[0] > 0
        assert pauses == sorted(pauses)
        assert len(set(pauses)) == len(pauses)
        assert str(nowhere) in _lines(tmp_path, "worker_cannot_start")[0]["message"]
        seen = (await health.ask("/health/ready"))["processes"]["gateway worker"]
        assert (seen["restarts"], seen["last_end"]) == (len(pauses), "exit code 1")
    finally:
        child.kill()
        await child.process.wait()


@pytest.mark.parametrize("workers", [1, 2])
async def test_workers_that_are_killed_are_replaced(tmp_path: Path, start: _Start, workers: int) -> None:
    """Five times in a row: the gateway goes on, and who connects meanwhile waits for an answer instead of being refused."""
    child, settings = await start(SLOTGATE_WORKERS=str(workers))
    health = _Health(settings)
    killed = []
    try:
        for _ in range(5):
            killed.append(await until(health.worker, 60))
            # a machine without memory ends the one that is back at once
            assert _oom_score(killed[-1]) > _oom_score(child.process.pid)
            os.kill(killed[-1], signal.SIGKILL)
            # one connection, which is not tried again
            reader, writer = await asyncio.open_connection("127.0.0.1", settings.port)
            writer.write(b"GET /health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            assert (await asyncio.wait_for(reader.read(), 30)).startswith(b"HTTP/1.1 200 ")
            writer.close()
        assert child.process.pid not in killed
        await until(lambda: len(_lines(tmp_path, "worker_died")) == 5)
        # of two that died within a moment either may be noted first
        assert sorted((line["pid"], line["exit_code"]) for line in _lines(tmp_path, "worker_died")) == sorted(
            (pid, -signal.SIGKILL) for pid in killed
        )
        state = (await health.ask("/health/ready"))["processes"]["gateway worker"]
        assert (state["restarts"], state["last_end"]) == (5, "killed by SIGKILL")
        running = f'slotgate_process_running{{process="gateway worker"}} {workers}.0'
        metrics = await until(partial(health.metrics_with, running), 60)
        assert 'slotgate_process_restarts_total{process="gateway worker"} 5.0' in metrics
        child.process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(child.process.wait(), 30) == 0
        assert await health.worker() == 0
    finally:
        child.kill()
        await child.process.wait()


async def test_a_worker_that_hangs_is_replaced(tmp_path: Path, start: _Start) -> None:
    child, settings = await start(*IMPATIENT)
    health = _Health(settings)
    try:
        stopped = await until(health.worker, 60)
        os.kill(stopped, signal.SIGSTOP)
        reader, writer = await asyncio.open_connection("127.0.0.1", settings.port)
        writer.write(b"GET /health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        answer = await asyncio.wait_for(reader.read(), 90)
        # the connection may have been taken by the one that hangs, as its last deed
        assert answer == b"" or answer.startswith(b"HTTP/1.1 200 ")
        writer.close()
        assert await until(health.worker) != stopped
        assert [line["pid"] for line in _lines(tmp_path, "worker_hung")] == [stopped]
    finally:
        child.kill()
        await child.process.wait()
