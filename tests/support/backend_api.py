"""The backend as a test sees it: the real application, called in this very loop, with a clock that the test sets."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from litestar import Litestar

from backend.clock import AdjustableClock
from backend.db.engine import Database
from backend.settings import Settings
from tests.support.applications import lend_application
from tests.support.asgi import Reply, request
from tests.support.business_rows import NOW
from tests.support.documented_answers import check_answer
from tests.support.servers import INTERNAL_KEY

Headers = Mapping[str, str | bytes]


class StillClock(AdjustableClock):
    """A clock that stands at `NOW` until it is moved: `clock.set(epoch)`, `clock.shift_s += 60`."""

    def __init__(self, now: int = NOW) -> None:
        super().__init__(lambda: float(now))


class Api:
    """Calls the application as the gateway would. `checked`: no answer may differ from the OpenAPI document."""

    def __init__(self, app: Litestar, clock: AdjustableClock, *, checked: bool = True) -> None:
        self.app = app
        self.clock = clock
        self.checked = checked

    @property
    def db(self) -> Database:
        """The application's own database, for tests that look behind the answers."""
        database: Database = self.app.state.db
        return database

    def set_time(self, when: str) -> None:
        """Set the clock (RFC 3339)."""
        self.clock.set(datetime.fromisoformat(when).timestamp())

    async def send(
        self,
        method: str,
        path: str,
        *,
        headers: Headers | None = None,
        json: Any = None,
        params: Mapping[str, Any] | None = None,
        content: bytes | Iterable[bytes] = b"",
    ) -> Reply:
        """Send a request as it is. The arguments are named as httpx has them."""
        sent = {name.lower().encode(): _as_bytes(value) for name, value in (headers or {}).items()}
        if json is not None:
            content = _encode(json)
            sent.setdefault(b"content-type", b"application/json")
        if isinstance(content, bytes):
            if content:
                sent[b"content-length"] = b"%d" % len(content)
            content = [content]
        if params:
            path += "?" + urlencode({name: _as_text(value) for name, value in params.items()}, doseq=True)
        return await request(self.app, method, path, headers=sent.items(), parts=content, client="127.0.0.1")

    async def call(
        self,
        method: str,
        path: str,
        *,
        tenant: str | None = "barber",
        tg_id: int | None = None,
        client_type: str = "internal",
        key: str | None = None,
        headers: Headers | None = None,
        **sent: Any,
    ) -> Reply:
        """Send a request with the internal key, as somebody in a tenant. `key` is the Idempotency-Key.

        The rest is as for `send`.
        """
        own: dict[str, str | bytes] = {"authorization": f"Bearer {INTERNAL_KEY}", "x-client-type": client_type}
        if tenant is not None:
            own["x-tenant"] = tenant
        if tg_id is not None:
            own["x-tg-id"] = str(tg_id)
        if key is not None:
            own["idempotency-key"] = key
        reply = await self.send(method, path, headers=own | dict(headers or {}), **sent)
        if self.checked:
            check_answer(self.app, method, path.partition("?")[0], reply, internal=client_type == "internal")
        return reply


def _as_bytes(value: str | bytes) -> bytes:
    return value if isinstance(value, bytes) else value.encode()


def _as_text(value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool) else value


def _encode(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


@asynccontextmanager
async def running(app: Litestar) -> AsyncIterator[None]:
    """Begin and end the lifespan in one task of its own, as it wants to; a fixture's halves run in two."""
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
async def serving_api(
    database_url: str,
    *,
    redis_url: str | None = None,
    data_dir: Path = Path("data"),
    clock: AdjustableClock | None = None,
    checked: bool = True,
) -> AsyncIterator[Api]:
    """Serve the application on a migrated database, from its start to its end. A benchmark checks no answers."""
    clock = clock or StillClock()
    settings = Settings(
        database_url=database_url,
        internal_key=INTERNAL_KEY,
        redis_url=redis_url,
        data_dir=data_dir,
        adjustable_clock=True,
    )
    with lend_application(settings, clock) as app:
        async with running(app):
            yield Api(app, clock, checked=checked)
