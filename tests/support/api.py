"""The backend as a test sees it: the real application, called in this very loop, with a clock that stands still."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from litestar import Litestar

from backend.clock import AdjustableClock
from backend.db.engine import Database
from backend.settings import Settings
from tests.support.application import application
from tests.support.documented import documented
from tests.support.servers import INTERNAL_KEY

# Monday 1 June 2026, 09:00 in UTC.
NOW = 1_780_304_400


class StillClock(AdjustableClock):
    """Stands at `NOW` until it is moved: `clock.set(epoch)`, `clock.shift_s += 60`."""

    def __init__(self, now: int = NOW) -> None:
        super().__init__(lambda: float(now))


class Api:
    """Calls the application as the gateway would. `app.state.db` is its database."""

    def __init__(self, app: Litestar, client: httpx.AsyncClient, clock: AdjustableClock) -> None:
        self.app = app
        self.client = client
        self.clock = clock

    @property
    def db(self) -> Database:
        """The application's own database, for tests that look behind the answers."""
        return self.app.state.db  # type: ignore[no-any-return]

    async def call(
        self,
        method: str,
        path: str,
        *,
        tenant: str | None = "barber",
        tg_id: int | None = None,
        client_type: str = "internal",
        key: str | None = None,
        headers: dict[str, str] | None = None,
        **request: Any,
    ) -> httpx.Response:
        """A request with the internal key, as somebody in a tenant. `key` is the Idempotency-Key.

        The rest is httpx's: `json=`, `params=`, `content=`. An answer that the OpenAPI document does not name fails.
        """
        given = {"Authorization": f"Bearer {INTERNAL_KEY}", "X-Client-Type": client_type}
        if tenant is not None:
            given["X-Tenant"] = tenant
        if tg_id is not None:
            given["X-Tg-Id"] = str(tg_id)
        if key is not None:
            given["Idempotency-Key"] = key
        answer = await self.client.request(method, path, headers=given | (headers or {}), **request)
        documented(self.app).check(answer)
        return answer


@asynccontextmanager
async def _alive(app: Litestar) -> AsyncIterator[None]:
    """The lifespan begins and ends in one task of its own, as it wants to; a fixture's halves run in two."""
    ready = asyncio.get_running_loop().create_future()
    over = asyncio.Event()

    async def live() -> None:
        try:
            async with app.lifespan():
                ready.set_result(None)
                await over.wait()
        except BaseException as error:
            if ready.done():
                raise
            ready.set_exception(error)

    task = asyncio.create_task(live())
    await ready
    try:
        yield
    finally:
        over.set()
        await task


@asynccontextmanager
async def serving_app(
    database_url: str, *, redis_url: str | None = None, clock: AdjustableClock | None = None
) -> AsyncIterator[Api]:
    """The application from start-up to shutdown."""
    clock = clock or StillClock()
    settings = Settings(
        database_url=database_url, internal_key=INTERNAL_KEY, redis_url=redis_url, adjustable_clock=True
    )
    with application(settings, clock) as app:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with _alive(app), httpx.AsyncClient(transport=transport, base_url="http://backend", timeout=60) as client:
            yield Api(app, client, clock)
