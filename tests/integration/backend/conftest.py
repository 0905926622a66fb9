"""The backend on both databases; one application for many tests, a business of its own for each.

Rows that the backend reads through SQLAlchemy are held against their annotations, value by value.
"""

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio

from backend.db import rows
from tests.support.booking_stage import Backend, serving
from tests.support.row_types import checking_row_maker
from tests.support.servers import PostgresServer


@pytest.fixture(scope="session", autouse=True)
def _rows_are_as_annotated() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rows, "row_maker", checking_row_maker)
        yield


@asynccontextmanager
async def _kept(url: str) -> AsyncIterator[Backend]:
    """Start and end in one task, as the application's lifespan wants it."""
    loop = asyncio.get_running_loop()
    ready: asyncio.Future[Backend] = loop.create_future()
    over = asyncio.Event()

    async def live() -> None:
        try:
            async with serving(url) as backend:
                ready.set_result(backend)
                await over.wait()
        except BaseException as error:
            if ready.done():
                raise
            ready.set_exception(error)

    task = loop.create_task(live())
    yield await ready
    over.set()
    await task


@pytest_asyncio.fixture(scope="session", params=["sqlite", "postgresql"])
async def served(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Backend]:
    """The application on a database of its own, kept for the session."""
    if request.param == "sqlite":
        template: Path = request.getfixturevalue("sqlite_template")
        path = tmp_path_factory.mktemp("bookings") / "booking.db"
        await asyncio.to_thread(shutil.copy, template, path)
        async with _kept(f"sqlite+aiosqlite:///{path}") as backend:
            yield backend
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    name = await server.lend()
    async with _kept(server.url(name)) as backend:
        yield backend
    await server.take_back(name)


@pytest.fixture
def backend(served: Backend) -> Backend:
    """The application at the first of June 2026, midnight in UTC."""
    served.set("2026-06-01T00:00:00+00:00")
    return served
