"""What every test may stand on: a real Redis, a real PostgreSQL, migrated databases, the real application."""

import asyncio
import gc
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
import uvloop
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling
from xdist.workermanage import WorkerController

from backend.db.connect import open_database
from backend.db.engine import Database
from backend.db.schema import migrate
from backend.kit.redis import SharedRedis
from backend.kit.redis_link import RedisLink
from bot.aiogram_models import import_aiogram
from tests.support.backend_api import Api, StillClock, serving_api
from tests.support.command_line import CommandServer
from tests.support.engines import close_kept_connections, lend_engine
from tests.support.machine import PATIENT_S, memory_folder
from tests.support.servers import PostgresServer, RedisServer, apart

# what takes long to make serves all tests of these: a demo, a browser, installations, a wheel, kinds of Redis, a measurement
SHARED = (
    "tests/e2e/demo/",
    "tests/e2e/test_chat_page",
    "tests/e2e/test_processes.py",
    "tests/e2e/test_wheel.py",
    "tests/integration/gateway/supervisor/test_redis_users.py",
    "tests/unit/backend/schedule/test_handoffs.py",
)
# these wait more than they work: for processes, and for what comes to pass after a while
WAITING = (
    "tests/e2e/",
    *(f"tests/integration/gateway/{part}" for part in ("cli/", "http/", "limits/", "notices/", "updates/", "test_")),
)

# no garbage is made until tests run: see `pytest_collection`
gc.disable()
# engines are used again from test to test
pytest.MonkeyPatch().setattr("backend.db.postgres.create_async_engine", lend_engine)
# a machine that is busy is no Redis that hangs; tests of one that does say how long is waited for it
for defaults in (RedisLink.__init__.__kwdefaults__, SharedRedis.__init__.__kwdefaults__):
    assert defaults is not None
    pytest.MonkeyPatch().setitem(defaults, "timeout_s", PATIENT_S)
# as the gateway does, before any module of the bot
import_aiogram()


@pytest.hookimpl(tryfirst=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Run folders in one process more than there are processors (five at most), what is named more closely in this one.

    Much of the suite waits: for processes that start and stop, for what comes to pass after a while. The one more uses that
    time. Each worker has a Redis and a PostgreSQL of its own.
    """
    names = [str(argument).partition("::") for argument in config.args]
    if all(path.endswith(".py") for path, _, _ in names):
        return 0
    return min((os.cpu_count() or 1) + 1, 5)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """Leave what is imported for good to no collector of garbage, and let it look more seldom at what tests share.

    Looking through all that lives, at each quarter that is added to it, takes a tenth of the tests' time.
    """
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.set_threshold(10_000, 50, 1_000)
        gc.enable()


class SharedStarts(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no types
    """Gives all tests of a folder or file that share what takes long to start to one worker, any other test by itself.

    Those that wait are spread evenly among the others, which use the processors meanwhile. The quick ones come first: with
    them go installations, which have much to do, so that what does nothing but wait is left for the long ones.
    """

    def __init__(self, config: pytest.Config, log: Producer) -> None:
        super().__init__(config, log)
        self._waiting_share: float | None = None
        self._waiting_due = 0.0

    def _split_scope(self, nodeid: str) -> str:
        return next((shared for shared in SHARED if nodeid.startswith(shared)), nodeid)

    def _assign_work_unit(self, node: WorkerController) -> None:
        """Give the worker the next of those that wait where it is their turn, else the next of the others."""
        if self._waiting_share is None:
            for unit in reversed([unit for unit in self.workqueue if unit.startswith("tests/unit/")]):
                self.workqueue.move_to_end(unit, last=False)
            self._waiting_share = sum(unit.startswith(WAITING) for unit in self.workqueue) / len(self.workqueue)
        self._waiting_due += self._waiting_share
        turn = self._waiting_due >= 1
        self._waiting_due -= turn
        following = next((unit for unit in self.workqueue if unit.startswith(WAITING) == turn), None)
        if following is not None:
            self.workqueue.move_to_end(following, last=False)
        super()._assign_work_unit(node)

    def mark_test_complete(self, node: WorkerController, item_index: int, duration: float = 0) -> None:
        """Forget a unit that is done: xdist looks through all that a worker has had whenever a test ends."""
        super().mark_test_complete(node, item_index, duration)
        unit = self._split_scope(self.registered_collections[node][item_index])
        if all(self.assigned_work[node][unit].values()):
            del self.assigned_work[node][unit]


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> SharedStarts:
    """Say which worker runs which tests. (`--dist loadgroup` of xdist 3.8 groups nothing with pytest 9.2.)"""
    return SharedStarts(config, log)


@pytest.fixture(scope="session")
def _asyncio_loop_factory() -> Callable[[], asyncio.AbstractEventLoop]:
    """Run tests in the loop that serves in production, which is also the quicker one.

    pytest-asyncio asks this fixture. Its public hook would make a parameter of it, which sorts the tests anew.
    """
    return uvloop.new_event_loop


@pytest.fixture(scope="session")
def redis_server() -> Iterator[RedisServer]:
    """A Redis for all tests of the session, with the three users; a test that kills one starts its own."""
    server = RedisServer()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A PostgreSQL for all tests of the session, with a migrated template."""
    server = PostgresServer()

    def prepare() -> None:
        # Nothing of these data outlives the tests; what is tested is not the disk. And no database is analysed unasked: plans
        # are those of the statistics that a test has made.
        settings = ("fsync", "full_page_writes", "synchronous_commit", "autovacuum")
        asyncio.run(
            server.execute(
                *(f"ALTER SYSTEM SET {name} = off" for name in settings),
                "SELECT pg_reload_conf()",
                f"CREATE DATABASE {server.TEMPLATE}",
            )
        )
        migrate(server.url(server.TEMPLATE))

    try:
        apart(prepare)
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="session")
def commands(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CommandServer]:
    """What runs `slotgate` commands without a new interpreter for each."""
    server = CommandServer(tmp_path_factory.mktemp("commands"))
    yield server
    server.stop()


@pytest.fixture(scope="session")
def sqlite_folder() -> Iterator[Path]:
    """A folder for databases, in memory where there is room for them."""
    with tempfile.TemporaryDirectory(prefix="slotgate-sqlite-", dir=memory_folder()) as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def sqlite_template(sqlite_folder: Path) -> Path:
    """A migrated SQLite file to copy."""
    path = sqlite_folder / "template.db"
    apart(lambda: migrate(f"sqlite+aiosqlite:///{path}"))
    return path


@pytest.fixture
def sqlite_url(sqlite_template: Path, sqlite_folder: Path) -> Iterator[str]:
    """A fresh SQLite database, where a data directory of its own has it."""
    with tempfile.TemporaryDirectory(dir=sqlite_folder) as data:
        path = Path(data) / "sqlite" / "booking.db"
        path.parent.mkdir()
        shutil.copy(sqlite_template, path)
        yield f"sqlite+aiosqlite:///{path}"


@pytest.fixture
def postgres_url(request: pytest.FixtureRequest, postgres_server: PostgresServer) -> Iterator[str]:
    """A fresh PostgreSQL database. Where the application stands on it, connections stay open for the next test."""
    keep = "api" in request.fixturenames
    if keep:
        request.getfixturevalue("kept_connections")
    name = postgres_server.lend(keep=keep)
    yield postgres_server.url(name)
    postgres_server.take_back(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """A fresh migrated database, once of each kind."""
    name = "sqlite_url" if request.param == "sqlite" else "postgres_url"
    return str(request.getfixturevalue(name))


@pytest_asyncio.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """An open database, once of each kind."""
    opened = await open_database(database_url)
    yield opened
    await opened.close()


@pytest_asyncio.fixture(scope="session")
async def kept_connections(postgres_server: PostgresServer) -> AsyncIterator[None]:
    """Close at the end the connections that are kept from test to test."""
    yield
    await close_kept_connections()


@pytest.fixture
def clock() -> StillClock:
    """A clock that stands at `tests.support.backend_api.NOW` until it is moved."""
    return StillClock()


@pytest_asyncio.fixture
async def api(database_url: str, redis_server: RedisServer, clock: StillClock, tmp_path: Path) -> AsyncIterator[Api]:
    """The real application on a fresh database of each kind, with Redis."""
    async with serving_api(database_url, redis_url=redis_server.url, data_dir=tmp_path, clock=clock) as served:
        yield served
