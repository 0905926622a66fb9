"""Two gateways behind nginx, restarted in turn while updates come: each is processed at the first delivery."""

import asyncio
import collections
import contextlib
import itertools
import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import msgspec
import pytest

from gateway.settings import Settings
from gateway.supervisor.own_command import own_command
from gateway.supervisor.probe import fetch_health
from gateway.supervisor.processes import Child, run_command
from gateway.supervisor.redis_server import start_redis
from tests.bench.telegram_world import World
from tests.support.gateway_worker import message
from tests.support.nginx import NGINX, nginx_command, wait_for_port, write_config
from tests.support.ports import free_port
from tests.support.waiting import until

pytestmark = pytest.mark.skipif(NGINX is None or not shutil.which("openssl"), reason="no nginx on this machine")

SECRET = "s" * 32
SENDERS = 8
TENANT = f"""\
name: Barber
bot_token: '7100000009:sandbox-barber-token-0123456789'
webhook_secret: {SECRET}
timezone: Europe/London
locale: en
currency: GBP
rate_limits: {{per_tenant: 60000/minute}}
"""


class Town:
    """One Redis, one backend, two gateways, nginx before them, and Telegram's twin."""

    def __init__(self, folder: Path, telegram: str) -> None:
        self.folder = folder
        self.tls_port = free_port()
        self.gateway_ports = [free_port(), free_port()]
        self.gateways: list[Child] = []
        self.statuses: collections.Counter[int] = collections.Counter()
        self._numbers = itertools.count(1)
        self._settings = Settings(
            tenants_dir=folder / "tenants",
            data_dir=folder / "data",
            telegram_api_url=telegram,
            backend_url=f"http://127.0.0.1:{free_port()}",
            internal_key="k" * 32,
        )

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        self._settings.tenants_dir.mkdir()
        (self._settings.tenants_dir / "barber.yaml").write_text(TENANT)
        async with contextlib.AsyncExitStack() as stack:
            redis = await start_redis(self._settings.data_dir, self._settings.require_key())
            stack.push_async_callback(redis.stop)
            self._settings = msgspec.structs.replace(self._settings, redis_url=redis.url)
            log = self.folder / "backend.log"
            code, words = await run_command("backend", own_command("backend", "migrate"), self._variables(), log)
            assert code == 0, words
            backend = await Child.start("backend", own_command("backend", "serve"), self._variables(), log)
            stack.push_async_callback(backend.stop, 15)
            for number in range(len(self.gateway_ports)):
                self.gateways.append(await self._start_gateway(number))
            stack.push_async_callback(self._stop_gateways)
            for number in range(len(self.gateway_ports)):
                await self.wait_ready(number)
            config = write_config(self.folder, self.tls_port, free_port(), self.gateway_ports)
            nginx = await asyncio.create_subprocess_exec(*nginx_command(self.folder, config), "-g", "daemon off;")
            stack.push_async_callback(nginx.wait)
            stack.callback(nginx.terminate)
            await wait_for_port(self.tls_port)
            yield

    async def send(self, stop: asyncio.Event) -> None:
        """Deliver messages, each from a person of its own, one after the other until `stop` is set."""
        headers = {"X-Telegram-Bot-Api-Secret-Token": SECRET}
        url = f"https://127.0.0.1:{self.tls_port}/tg/webhook/barber"
        async with aiohttp.ClientSession(headers=headers) as http:
            while not stop.is_set():
                number = next(self._numbers)
                update = message(number, person=50_000 + number, text="/start")
                async with http.post(url, json=update, ssl=False) as answer:
                    self.statuses[answer.status] += 1

    async def restart(self, number: int) -> None:
        """Restart one gateway, as an operator does: the other serves meanwhile."""
        await self.gateways[number].stop(30)
        assert self.gateways[number].process.returncode == 0
        self.gateways[number] = await self._start_gateway(number)
        await self.wait_ready(number)

    async def wait_ready(self, number: int) -> None:
        async def ready() -> bool:
            return (await fetch_health(f"http://127.0.0.1:{self.gateway_ports[number]}/health/ready"))[0] == 200

        await until(ready, 120)

    async def _start_gateway(self, number: int) -> Child:
        variables = {**self._variables(), "SLOTGATE_PORT": str(self.gateway_ports[number])}
        log = self.folder / f"gateway-{number}.log"
        return await Child.start("gateway", own_command("gateway", "gateway"), variables, log)

    async def _stop_gateways(self) -> None:
        for gateway in self.gateways:
            await gateway.stop(15)

    def _variables(self) -> dict[str, str]:
        return {**os.environ, **self._settings.to_env()}


@pytest.mark.timeout(400)
@pytest.mark.soak
async def test_a_rolling_restart_refuses_no_delivery(tmp_path: Path) -> None:
    world = World()
    await world.start()
    town = Town(tmp_path, world.url)
    async with town.running():
        stop = asyncio.Event()
        senders = [asyncio.create_task(town.send(stop)) for _ in range(SENDERS)]
        await until(lambda: sum(town.statuses.values()) > 20, 60)
        for number in (0, 1, 0, 1):
            await town.restart(number)
        sent = sum(town.statuses.values())
        await until(lambda: sum(town.statuses.values()) > sent + 20, 60)
        stop.set()
        await asyncio.gather(*senders)
    world.close()
    assert set(town.statuses) == {200}, town.statuses
