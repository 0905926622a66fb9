"""The gateway's workers as processes: one that dies is replaced, one that cannot start ends the gateway."""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path

import aiohttp

from gateway.settings import Settings
from gateway.supervisor.processes import Child
from tests.support.own_redis import KEY, OwnRedis
from tests.support.ports import free_port
from tests.support.waiting import until


async def _gateway(directory: Path, redis: OwnRedis, **more: str) -> tuple[Child, Settings]:
    """The gateway's process, which logs into `gateway.log`."""
    (directory / "tenants").mkdir()
    settings = Settings(
        tenants_dir=directory / "tenants",
        data_dir=directory,
        redis_url=redis.url,
        backend_url=f"http://127.0.0.1:{free_port()}",
        internal_key=KEY,
        port=free_port(),
    )
    environment = {**os.environ, **settings.to_env(), "SLOTGATE_CHECKED": "1", **more}
    command = [sys.executable, "-m", "gateway", "gateway"]
    return await Child.start("gateway", command, environment, directory / "gateway.log"), settings


async def test_a_worker_that_cannot_start_ends_the_gateway(tmp_path: Path, gateway_redis: OwnRedis) -> None:
    """Rather than one after the other for ever; and every line about it is JSON."""
    nowhere = tmp_path / "nowhere"
    child, _ = await _gateway(tmp_path, gateway_redis, PROMETHEUS_MULTIPROC_DIR=str(nowhere))
    try:
        assert await asyncio.wait_for(child.process.wait(), 60) == 1
    finally:
        child.kill()
    lines = [json.loads(line) for line in (tmp_path / "gateway.log").read_text().splitlines()]
    logged = next(line for line in lines if line["event"] == "worker_cannot_start")
    assert str(nowhere) in logged["message"]


async def test_a_worker_that_dies_is_replaced(tmp_path: Path, gateway_redis: OwnRedis) -> None:
    child, settings = await _gateway(tmp_path, gateway_redis)

    async def worker() -> int:
        """The process that answers; 0 while none does."""
        try:
            async with (
                aiohttp.ClientSession() as session,
                session.get(f"http://127.0.0.1:{settings.port}/health/live") as reply,
            ):
                return int((await reply.json())["pid"])
        except aiohttp.ClientError:
            return 0

    try:
        first = await until(worker, 60)
        assert first != child.process.pid
        os.kill(first, signal.SIGKILL)

        async def another() -> bool:
            return await worker() not in (0, first)

        await until(another, 60)
        assert f'"pid":{first},"exit_code":-9,"event":"worker_died"' in (tmp_path / "gateway.log").read_text()
        child.process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(child.process.wait(), 30) == 0
        assert await worker() == 0
    finally:
        child.kill()
        await child.process.wait()
