"""The backend on both databases; one application for many tests, a business of its own for each.

Rows that the backend reads through SQLAlchemy are held against their annotations, value by value.
"""

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio

from backend.audit.queries.chain import use_key
from backend.db import postgres, rows, sqlite
from tests.support.applications import run_no_chores
from tests.support.backend_api import Api, serving_api
from tests.support.business import Business, open_salon
from tests.support.row_types import checking_row_maker
from tests.support.servers import INTERNAL_KEY, PostgresServer


@pytest.fixture(scope="session", autouse=True)
def _rows_are_as_annotated() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rows, "row_maker", checking_row_maker)
        yield


@pytest.fixture(scope="session", autouse=True)
def _requests_may_wait_long() -> Iterator[None]:
    """Let a request wait for its turn as long as a busy machine needs; the tests of limits set their own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(postgres, "WAIT_S", 120.0)
        patch.setattr(postgres, "POOL_WAIT_S", 120.0)
        patch.setattr(sqlite, "BUSY_LIMIT_S", 120.0)
        yield


@pytest.fixture(autouse=True)
def _chores_are_done_by_tests_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out what the application does by itself: it would come between a test's first steps, or not, as time has it.

    `test_background.py` has the chores as they are."""
    monkeypatch.setattr("backend.app.run_chores", run_no_chores)


@pytest_asyncio.fixture(scope="session", params=["sqlite", "postgresql"])
async def served(request: pytest.FixtureRequest, sqlite_folder: Path) -> AsyncIterator[Api]:
    """Serve the application on a database of its own, for the whole session."""
    if request.param == "sqlite":
        template: Path = request.getfixturevalue("sqlite_template")
        path = sqlite_folder / "served.db"
        await asyncio.to_thread(shutil.copy, template, path)
        async with _serving_without_chores(f"sqlite+aiosqlite:///{path}") as api:
            yield api
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    name = server.lend()
    async with _serving_without_chores(server.url(name)) as api:
        yield api
    server.take_back(name)


@asynccontextmanager
async def _serving_without_chores(database_url: str) -> AsyncIterator[Api]:
    async with AsyncExitStack() as stack:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("backend.app.run_chores", run_no_chores)
            api = await stack.enter_async_context(serving_api(database_url))
        yield api


@pytest.fixture
def backend(served: Api) -> Api:
    """Return the shared application, at the first of June 2026, midnight in UTC."""
    use_key(INTERNAL_KEY)  # another application may have told another one meanwhile
    served.set_time("2026-06-01T00:00:00+00:00")
    return served


@pytest_asyncio.fixture
async def businesses(api: Api) -> tuple[Business, Business]:
    """Open two businesses that look alike in one backend, so that each test would see what belongs to the other."""
    return await open_salon(api, "barber"), await open_salon(api, "studio")


@pytest.fixture
def barber(businesses: tuple[Business, Business]) -> Business:
    """Return the business that most tests are about."""
    return businesses[0]


@pytest.fixture
def studio(businesses: tuple[Business, Business]) -> Business:
    """Return the other one."""
    return businesses[1]
