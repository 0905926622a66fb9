"""Signals in a burst, as a killed parent's many threads send them: the servers still end."""

import asyncio
import contextlib
import os
import signal
import sys
import time
from pathlib import Path

import pytest

from gateway.supervisor.probe import fetch_health
from gateway.supervisor.processes import Child
from gateway.supervisor.redis_server import start_redis
from tests.support.command_line import gateway_with
from tests.support.ports import free_port

KEY = "k" * 32


def burst(pid: int) -> None:
    """Many signals, far enough apart that the kernel does not fold them into one, near enough to meet in a handler."""
    for pause_s in (0.0, 0.00002, 0.00005, 0.0001) * 100:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
        until = time.perf_counter() + pause_s
        while time.perf_counter() < until:
            pass


@pytest.mark.parametrize("service", ["backend", "gateway"])
async def test_a_burst_of_signals_ends_a_server(tmp_path: Path, service: str) -> None:
    """Neither server locks itself up in its own handler, as granian's does on the second signal."""
    port = free_port()
    redis = await start_redis(tmp_path, KEY)
    (tmp_path / "tenants").mkdir()
    env = {
        **os.environ,
        "SLOTGATE_INTERNAL_KEY": KEY,
        "SLOTGATE_DATA_DIR": str(tmp_path),
        "SLOTGATE_TENANTS_DIR": str(tmp_path / "tenants"),
        "SLOTGATE_REDIS_URL": redis.url,
        "SLOTGATE_TELEGRAM_API_URL": f"http://127.0.0.1:{free_port()}",
        "SLOTGATE_BACKEND_URL": f"http://127.0.0.1:{port if service == 'backend' else free_port()}",
        "SLOTGATE_PORT": str(port),
    }
    if service == "backend":
        migrated = await Child.start("migrate", [sys.executable, "-m", "backend", "migrate"], env, tmp_path / "m.log")
        assert await migrated.process.wait() == 0
    commands = {
        "backend": [sys.executable, "-m", "backend", "serve"],
        # it does not wait for a backend before it takes connections
        "gateway": gateway_with("gateway.worker.START_WAIT_S = 0.0"),
    }
    child = await Child.start(service, commands[service], env, tmp_path / "log")
    try:
        deadline = time.monotonic() + 60
        while (await fetch_health(f"http://127.0.0.1:{port}/health/live"))[0] != 200:
            assert child.alive, child.last_log_line()
            assert time.monotonic() < deadline, child.last_log_line()
            await asyncio.sleep(0.02)
        burst(child.process.pid)
        assert await asyncio.wait_for(child.process.wait(), 30) == 0
    finally:
        child.kill()
        await child.process.wait()
        await redis.stop()
