"""SQLite through aiosqlite: several reading connections and ONE writer that commits waiting transactions together.

aiosqlite gives each connection a thread of its own. A function runs as a whole in that thread, on a SQLAlchemy
connection over the same sqlite3 handle: one hop for a transaction instead of one for each statement.

A brief reading is not worth a hop: there and back costs more than the reading itself. It runs at once, on a connection
that never waits for a lock and gives up after `BRIEF_S`; then it takes the usual way.
"""

import asyncio
import contextvars
import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Hashable
from functools import partial
from math import inf
from pathlib import Path
from time import monotonic
from typing import Literal, TypeVar

from sqlalchemy import Engine, create_engine
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from backend.db.engine import Database, Tasks, Work, refused
from backend.db.schema import DatabaseUnusable, check_revision
from backend.db.sqlite_connection import Job, SqliteConnection
from backend.errors import Unavailable

T = TypeVar("T")

READERS = 4
BUSY_LIMIT_S = 5.0  # a write that cannot begin for so long is refused
BUSY_STEP_MS = 250  # how long the writer waits for a foreign lock before it looks who has waited too long
BATCH = 128  # transactions committed together at most
BRIEF_S = 0.005  # no reading holds up the event loop for longer


class SqliteDatabase(Database):
    """A file in WAL mode with `synchronous=FULL`: what is acknowledged is on disk."""

    dialect: Literal["sqlite", "postgresql"] = "sqlite"
    _writer: SqliteConnection
    _near: SqliteConnection
    _loop_task: asyncio.Task[None]

    def __init__(self, path: Path) -> None:
        self.path = path
        self._local = threading.local()
        # One engine for all connections, so that they share the compiled statements.
        self._engine: Engine = create_engine(
            "sqlite://",
            creator=lambda: self._local.raw,
            poolclass=NullPool,
            isolation_level="AUTOCOMMIT",
            hide_parameters=True,
            query_cache_size=2000,
        )
        self._idle: asyncio.LifoQueue[SqliteConnection] = asyncio.LifoQueue()
        self._lanes: list[SqliteConnection] = []
        self._tasks = Tasks()
        self._queue: deque[Job] = deque()
        self._wake = asyncio.Event()
        self._closing = False

    @classmethod
    async def connect(cls, url: URL, *, serving: bool) -> "SqliteDatabase":
        """Open the file that the address names; see `open_database`."""
        path = Path(url.database or "")
        if not path.is_file():  # noqa: ASYNC240 - once, at the start
            raise DatabaseUnusable(f"There is no database at {path} yet: run `slotgate migrate`.")
        self = cls(path)
        try:
            self._writer = await self._lane(readonly=False, checkpoints=serving)
            check_revision(await self._writer.run(lambda: _revision(self._writer.raw)))
            for _ in range(READERS):
                self._idle.put_nowait(await self._lane(readonly=True, checkpoints=False))
            self._near = await self._lane(readonly=True, checkpoints=False, near=True)
        except (sqlite3.Error, DatabaseUnusable) as exc:
            await self._close_lanes()
            if isinstance(exc, DatabaseUnusable):
                raise
            raise DatabaseUnusable(_unusable(path, exc)) from exc
        self._loop_task = asyncio.get_running_loop().create_task(self._write_loop())
        return self

    async def _lane(self, *, readonly: bool, checkpoints: bool, near: bool = False) -> "SqliteConnection":
        lane = await SqliteConnection.open(self.path, near=near)
        self._lanes.append(lane)

        def prepare() -> None:
            raw = lane.raw
            raw.execute("PRAGMA journal_mode=WAL")
            raw.execute("PRAGMA synchronous=FULL")
            raw.execute("PRAGMA foreign_keys=ON")
            raw.execute("PRAGMA cache_size=-16000")
            raw.execute("PRAGMA journal_size_limit=67108864")
            raw.execute(f"PRAGMA busy_timeout={0 if near else 5000 if readonly else BUSY_STEP_MS}")
            if readonly:
                raw.execute("PRAGMA query_only=ON")
                raw.set_progress_handler(lane.overdue, 2_000 if near else 100_000)
            elif not checkpoints:
                raw.execute("PRAGMA wal_autocheckpoint=0")
            self._local.raw = raw
            lane.sa = self._engine.connect()

        await lane.run(prepare)
        return lane

    async def read(self, fn: Work[T], *, long: bool = False, brief: bool = False) -> T:
        if brief:
            try:
                return self._near.read(fn, BRIEF_S)
            except (sqlite3.Error, DBAPIError):
                pass  # locked, or more than was thought: the usual way waits, and tells what is wrong
            except Exception as exc:  # noqa: BLE001 - as below
                raise refused(exc) from exc.__cause__
        lane = await self._idle.get()
        context = contextvars.copy_context()
        try:
            result = await lane.run(lambda: context.run(lane.read, fn, inf if long else None))
        except asyncio.CancelledError:
            self._tasks.start(self._return_when_free(lane))
            raise
        except Exception as exc:  # noqa: BLE001 - it is re-raised as what it means
            self._idle.put_nowait(lane)
            raise refused(exc) from exc.__cause__
        self._idle.put_nowait(lane)
        return result

    async def ask(self, fn: Callable[..., T], *given: Hashable) -> T:
        try:
            return self._near.ask(fn, given, BRIEF_S)
        except (sqlite3.Error, DBAPIError):
            return await self.read(lambda conn: fn(conn, *given))
        except Exception as exc:  # noqa: BLE001 - as above
            raise refused(exc) from exc.__cause__

    async def _return_when_free(self, lane: "SqliteConnection") -> None:
        await lane.run(lambda: None)
        self._idle.put_nowait(lane)

    async def write(self, tenant_id: int | None, fn: Work[T]) -> T:  # noqa: ARG002 - one writer: nothing to lock
        if self._closing:
            raise Unavailable(retry_after_s=1)
        job = Job(fn, asyncio.get_running_loop().create_future(), contextvars.copy_context(), monotonic())
        self._queue.append(job)
        self._wake.set()
        # A cancelled caller cancels the future only: the transaction is skipped or ends without it.
        result: T = await job.future
        return result

    async def _write_loop(self) -> None:
        while not (self._closing and not self._queue):
            await self._wake.wait()
            self._wake.clear()
            while self._queue:
                batch = [self._queue.popleft() for _ in range(min(BATCH, len(self._queue)))]
                handled = await self._writer.run(partial(self._writer.commit_together, batch))
                for job in batch[:handled]:
                    job.answer()
                self._queue.extendleft(reversed(batch[handled:]))
                if not handled:
                    self._refuse_overdue()

    def _refuse_overdue(self) -> None:
        """The database is locked by somebody else: whoever has waited too long is told so."""
        too_old = monotonic() - BUSY_LIMIT_S
        while self._queue and self._queue[0].since <= too_old:
            job = self._queue.popleft()
            job.error = Unavailable(retry_after_s=2)
            job.answer()

    async def close(self) -> None:
        self._closing = True
        self._wake.set()
        await self._loop_task
        await self._tasks.drain()
        await self._close_lanes()

    async def _close_lanes(self) -> None:
        for lane in reversed(self._lanes):
            await lane.close()
        self._lanes.clear()


def _revision(raw: sqlite3.Connection) -> str | None:
    if not raw.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").fetchone():
        return None
    row = raw.execute("SELECT version_num FROM alembic_version").fetchone()
    return str(row[0]) if row else None


def _unusable(path: Path, exc: sqlite3.Error) -> str:
    if exc.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return f"The database {path} is damaged or is no database: restore it from a backup."
    return f"The database {path} cannot be opened: {exc}."
