"""A whole town in one process: real Redis, the real backend, the sandbox as Telegram, and the gateway between them."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import uvicorn
from granian.constants import Interfaces
from granian.server.embed import Server

from backend.app import create_app as backend_app
from backend.client.api import BackendClient
from backend.db.schema import migrate
from backend.settings import Settings as BackendSettings
from gateway.app import GatewayApp, create_app
from gateway.http.server import server_config
from gateway.sandbox import Sandbox, serve_sandbox
from gateway.settings import Settings
from tests.support.gateway_rig import KEY, OwnRedis
from tests.support.ports import free_port


@contextlib.asynccontextmanager
async def serve_with_granian(app: Any, port: int) -> AsyncIterator[str]:
    """Serve an ASGI application in this loop, with its lifespan."""
    server = Server(app, address="127.0.0.1", port=port, interface=Interfaces.ASGI, log_enabled=False, websockets=False)
    running = asyncio.create_task(server.serve())
    try:
        await until(lambda: _open(port))
        yield f"http://127.0.0.1:{port}"
    finally:
        server.stop()
        await asyncio.wait([running], timeout=15)


class _Embedded(uvicorn.Server):
    """Serves as a worker does, but leaves the test's own signal handlers in place."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@contextlib.asynccontextmanager
async def serve_app(app: Any, port: int) -> AsyncIterator[str]:
    """Serve an application by the gateway's own server, in this loop."""
    server = _Embedded(server_config(app, "127.0.0.1", port))
    running = asyncio.create_task(server.serve())
    try:
        await until(lambda: _open(port))
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await asyncio.wait([running], timeout=15)


async def _open(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True


async def until(condition: Callable[[], Any], seconds: float = 20.0) -> Any:
    """Poll until the condition (plain or async) is true, and return its value."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if asyncio.iscoroutine(value):
            value = await value
        if value:
            return value
        assert time.monotonic() < deadline, "it did not come true in time"
        await asyncio.sleep(0.02)


class Town:
    """The parts that tests look at. The backend's port stays the same, so that it can go away and come back."""

    def __init__(self, directory: Path, redis: OwnRedis) -> None:
        self.directory = directory
        self.redis = redis
        self.tenants = directory / "tenants"
        self.tenants.mkdir(parents=True)
        self.sandbox = Sandbox(retry_base_s=0.05)
        self.sandbox_url = ""
        self.backend_port = free_port()
        self.database_url = f"sqlite+aiosqlite:///{directory}/booking.db"
        self.client = BackendClient(f"http://127.0.0.1:{self.backend_port}", KEY)
        self.app: GatewayApp | None = None
        self.url = ""

    def settings(self, **changes: Any) -> Settings:
        port = free_port()
        values: dict[str, Any] = {
            "tenants_dir": self.tenants,
            "data_dir": self.directory / "data",
            "redis_url": self.redis.running.url,
            "telegram_api_url": self.sandbox_url,
            "public_url": f"http://127.0.0.1:{port}",
            "backend_url": f"http://127.0.0.1:{self.backend_port}",
            "internal_key": KEY,
            "port": port,
            **changes,
        }
        return Settings(**values)

    def open_shop(self, slug: str, number: int, extra: str = "", *, known: bool = True) -> str:
        """Write a tenant's file and add its bot to the sandbox; return the token."""
        token = f"{7_100_000_000 + number}:sandbox-{slug}-token-0123456789"
        if known:
            self.sandbox.add_bot(token, slug.title(), slug=slug)
        text = f"name: {slug.title()}\nbot_token: {token}\ntimezone: Europe/London\nlocale: en\ncurrency: GBP\n{extra}"
        (self.tenants / f"{slug}.yaml").write_text(text)
        return token

    @contextlib.asynccontextmanager
    async def backend(self) -> AsyncIterator[str]:
        settings = BackendSettings(
            database_url=self.database_url, internal_key=KEY, redis_url=self.redis.running.url, adjustable_clock=True
        )
        async with serve_with_granian(backend_app(settings), self.backend_port) as url:
            yield url

    @contextlib.asynccontextmanager
    async def gateway(self, **changes: Any) -> AsyncIterator[GatewayApp]:
        settings = self.settings(**changes)
        app = create_app(settings)
        async with serve_app(app, settings.port) as url:
            self.app, self.url = app, url
            yield app

    async def get(self, path: str, **options: Any) -> tuple[int, Any, dict[str, str]]:
        """Return the gateway's status, decoded body and headers."""
        method = options.pop("method", "GET")
        async with aiohttp.ClientSession() as session, session.request(method, self.url + path, **options) as reply:
            body = await reply.read()
            decoded = msgspec.json.decode(body) if "json" in reply.headers.get("content-type", "") and body else body
            return reply.status, decoded, {name.lower(): value for name, value in reply.headers.items()}

    async def ready(self) -> None:
        """Wait until the gateway says that it is ready."""

        async def is_ready() -> bool:
            return (await self.get("/health/ready"))[0] == 200

        await until(is_ready, 60)


@contextlib.asynccontextmanager
async def town(directory: Path, redis: OwnRedis) -> AsyncIterator[Town]:
    """Start the sandbox with a migrated database; a test starts backend and gateway itself."""
    built = Town(directory, redis)
    await asyncio.to_thread(migrate, built.database_url)
    async with serve_sandbox(built.sandbox) as url:
        built.sandbox_url = url
        try:
            yield built
        finally:
            await built.client.close()
