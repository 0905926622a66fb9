"""The whole product in one process: real Redis, the real backend, the sandbox as Telegram, the gateway between them."""

import asyncio
import contextlib
import functools
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import msgspec

from backend.app import create_app as backend_app
from backend.cli.data import appoint_first_admin
from backend.client.api import BackendClient
from backend.db.connect import open_database
from backend.db.schema import migrate
from backend.settings import Settings as BackendSettings
from gateway.app import GatewayApp, create_app
from gateway.sandbox import Bot, Sandbox, serve_sandbox
from gateway.settings import Settings
from tests.support.local_servers import serve_app, serve_with_granian
from tests.support.own_redis import KEY, OwnRedis
from tests.support.ports import free_port
from tests.support.waiting import until


class WholeProduct:
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
        self.app: GatewayApp
        self.url = ""

    def settings(self, **changes: Any) -> Settings:
        """Return the gateway's settings, on a free port."""
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

    def bot(self, slug: str) -> Bot:
        """Return the sandbox's bot of a business."""
        bot = self.sandbox.find_bot(slug)
        assert bot is not None
        return bot

    @contextlib.asynccontextmanager
    async def backend(self) -> AsyncIterator[str]:
        """Serve the backend; yield its address."""
        settings = BackendSettings(
            database_url=self.database_url, internal_key=KEY, redis_url=self.redis.running.url, adjustable_clock=True
        )
        async with serve_with_granian(backend_app(settings), self.backend_port) as url:
            yield url

    @contextlib.asynccontextmanager
    async def gateway(self, **changes: Any) -> AsyncIterator[GatewayApp]:
        """Serve the gateway; yield its application."""
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

    async def appoint_admin(self, slug: str, person: int) -> None:
        """Make a person the first admin of a business that the backend knows, as `init-admin` does beside it."""
        database = await open_database(self.database_url, serving=False)
        try:
            await appoint_first_admin(database, slug, person, "")
        finally:
            await database.close()

    async def ready(self) -> None:
        """Wait until the gateway says that it is ready."""

        async def is_ready() -> bool:
            return (await self.get("/health/ready"))[0] == 200

        await until(is_ready, 60)

    async def wait_until_known(self, slug: str) -> None:
        """Wait until the backend knows the name of a business's bot, of which it makes links."""

        async def is_known() -> bool:
            stored = await self.client.act_as(slug, None, "t").get_tenant()
            return stored.bot_username == self.bot(slug).username

        await until(is_known)


@functools.cache
def read_migrated_file() -> bytes:
    """Return a SQLite file with the newest schema; it is made once in a process."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "booking.db"
        migrate(f"sqlite+aiosqlite:///{path}")
        return path.read_bytes()


@contextlib.asynccontextmanager
async def whole_product(directory: Path, redis: OwnRedis) -> AsyncIterator[WholeProduct]:
    """Start the sandbox with a migrated database; a test starts backend and gateway itself."""
    built = WholeProduct(directory, redis)
    (directory / "booking.db").write_bytes(await asyncio.to_thread(read_migrated_file))
    async with serve_sandbox(built.sandbox) as url:
        built.sandbox_url = url
        try:
            yield built
        finally:
            await built.client.close()
