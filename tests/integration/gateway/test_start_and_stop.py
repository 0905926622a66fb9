"""A real gateway process: it answers while it loads, and at SIGTERM it ends in time with nothing left hanging."""

import asyncio
import contextlib
import json
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from gateway.http.server import GRACE_S
from gateway.settings import Settings
from gateway.supervisor.processes import Child
from gateway.worker import DRAIN_S
from tests.support.command_line import gateway_with
from tests.support.gateway_worker import message
from tests.support.own_redis import KEY, OwnRedis
from tests.support.ports import free_port
from tests.support.waiting import until

SECRET = "s" * 32
# it takes connections without a backend, and drains for two seconds instead of seven
HASTY = gateway_with("gateway.worker.START_WAIT_S = 0.0", "gateway.worker.DRAIN_S = 2.0")


@contextlib.asynccontextmanager
async def hung_backend() -> AsyncIterator[str]:
    """Takes connections and never says a word."""
    held: list[asyncio.StreamWriter] = []

    async def hold(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        held.append(writer)
        with contextlib.suppress(ConnectionError):
            await reader.read()

    server = await asyncio.start_server(hold, "127.0.0.1", 0)
    yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    server.close()
    for writer in held:
        writer.close()


class Running:
    """A gateway's process and how to talk to it."""

    def __init__(self, child: Child, url: str) -> None:
        self.child = child
        self.url = url

    async def post(self, update: Any) -> int:
        headers = {"X-Telegram-Bot-Api-Secret-Token": SECRET, "Content-Type": "application/json"}
        url, body = f"{self.url}/tg/webhook/barber", json.dumps(update)
        async with aiohttp.ClientSession() as session, session.post(url, data=body, headers=headers) as reply:
            return reply.status

    async def bot_is_loaded(self) -> bool:
        try:
            async with aiohttp.ClientSession() as session, session.get(f"{self.url}/health/ready") as reply:
                assert reply.status == 503  # the backend does not answer
                return bool((await reply.json())["bot"] == "loaded")
        except aiohttp.ClientError:
            return False

    async def is_closed(self) -> bool:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", int(self.url.rpartition(":")[2]))
        except ConnectionRefusedError:
            return True
        writer.close()
        return False

    async def is_live(self) -> bool:
        try:
            async with aiohttp.ClientSession() as session, session.get(f"{self.url}/health/live") as reply:
                return reply.status == 200
        except aiohttp.ClientError:
            return False


@pytest.fixture
async def running(tmp_path: Path, gateway_redis: OwnRedis) -> AsyncIterator[Running]:
    await gateway_redis.flush()
    (tmp_path / "tenants").mkdir()
    (tmp_path / "tenants" / "barber.yaml").write_text(
        f"name: Barber\nbot_token: '7100000009:sandbox-barber-token-0123456789'\nwebhook_secret: {SECRET}\n"
        "timezone: Europe/London\nlocale: en\ncurrency: GBP\n"
    )
    async with hung_backend() as backend:
        settings = Settings(
            tenants_dir=tmp_path / "tenants",
            data_dir=tmp_path / "data",
            redis_url=gateway_redis.running.url,
            telegram_api_url="http://127.0.0.1:9",
            backend_url=backend,
            internal_key=KEY,
            port=free_port(),
        )
        log = tmp_path / "gateway.log"
        env = {"PATH": "/usr/bin:/bin", "PYTHONPATH": ":".join(sys.path), **settings.to_env()}
        child = await Child.start("gateway", HASTY, env, log)
        try:
            yield Running(child, f"http://127.0.0.1:{settings.port}")
        finally:
            child.kill()
            await child.process.wait()


async def test_it_answers_while_it_loads_and_sigterm_gives_back_what_is_in_flight(
    running: Running, tmp_path: Path
) -> None:
    await until(running.is_live, 60)
    # answered at once where the bot is not loaded yet
    early = asyncio.create_task(running.post(message(1)))
    await until(running.bot_is_loaded, 60)
    hanging = asyncio.create_task(running.post(message(2, person=8)))
    await asyncio.sleep(0.3)  # it is on its way to the backend that says nothing
    assert not hanging.done()
    running.child.process.send_signal(signal.SIGTERM)
    # a request that comes now is not kept waiting for the end, but may ask another gateway
    await until(running.is_closed, 5)
    assert not hanging.done()
    # within 10 s, of which the drain may take seven, and one whose answer nobody reads eight; the rest of the patience
    # is for a busy machine
    assert DRAIN_S <= 7
    assert DRAIN_S < GRACE_S <= 8
    code = await asyncio.wait_for(running.child.process.wait(), 30)
    assert code == 0
    assert [await early, await hanging] == [503, 503]
    printed = (tmp_path / "gateway.log").read_text()
    # because of the signal, not of the backend's time-out a second later
    assert '"outcome":"draining"' in printed
    assert "does not answer yet" in json.loads(printed.splitlines()[0])["event"]
    assert all(json.loads(line)["level"] for line in printed.splitlines())
    assert SECRET not in printed
    assert KEY not in printed
    assert "sandbox-barber-token" not in printed
    assert "Traceback" not in printed
