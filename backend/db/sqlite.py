"""SQLite through aiosqlite: several reading connections and ONE writer that commits waiting transactions together.

aiosqlite gives each connection a thread of its own. A function runs as a whole in that thread, on a SQLAlchemy
connection over the same sqlite3 handle: one hop for a transaction instead of one for each statement.

A brief reading is not worth a hop: there and back costs more than the reading itself. It runs inline, on a connection
that never waits for a lock and gives up after `BRIEF_S`; then it takes the usual way.
"""

import asyncio
import contextvars
import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Hashable
from functools import cache, partial
from math import inf
from pathlib import Path
from time import monotonic
from typing import Literal, TypeVar

from sqlalchemy import Engine, create_engine
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool
from typing_extensions import override

from backend.db.engine import BackgroundTasks, Database, Work, as_refusal
from backend.db.schema import DatabaseMissing, DatabaseUnusable, check_usable, load_state
from backend.db.sqlite_connection import SqliteConnection, WriteJob, fail_jobs
from backend.errors import Unavailable
from backend.kit.tracing import trace_part
from backend.observability.metrics import DatabaseMetrics

T = TypeVar("T")

READERS = 4
BUSY_LIMIT_S = 5.0  # a write that cannot begin for so long is refused
BUSY_STEP_MS = 250  # how long the writer waits for a foreign lock before it looks who has waited too long
BATCH = 128  # transactions committed together at most
BRIEF_S = 0.005  # no reading holds up the event loop for longer

_local = threading.local()


@cache
def _engine() -> Engine:
    """Return the one engine of the process: all connections share the compiled statements, of whatever file they are."""
    return create_engine(
        "sqlite://",
        creator=lambda: _local.handle,
        poolclass=NullPool,
        isolation_level="AUTOCOMMIT",
        hide_parameters=True,
        query_cache_size=2000,
    )


class SqliteDatabase(Database):
    """A file in WAL mode with `synchronous=FULL`: what is acknowledged is on disk."""

    dialect: Literal["sqlite", "postgresql"] = "sqlite"
    _writer: SqliteConnection
    _inline: SqliteConnection
    _loop_task: asyncio.Task[None]

    def __init__(self, path: Path, metrics: DatabaseMetrics) -> None:
        self.path = path
        self.metrics = metrics
        self._waiting_readers = 0
        self._idle: asyncio.LifoQueue[SqliteConnection] = asyncio.LifoQueue()
        self._connections: list[SqliteConnection] = []
        self._tasks = BackgroundTasks()
        self._queue: deque[WriteJob] = deque()
        self._wake = asyncio.Event()
        self._closing = False

    @classmethod
    async def connect(cls, url: URL, metrics: DatabaseMetrics, *, serving: bool) -> "SqliteDatabase":
        """Open the file that the address names; see `open_database`."""
        path = Path(url.database or "")
        if not path.is_file():  # noqa: ASYNC240 - once, at the start
            raise DatabaseMissing(path)
        self = cls(path, metrics)
        try:
            self._writer = await self._open(readonly=False, checkpoints=serving)
            check_usable(await self._writer.run(lambda: self._writer.read(load_state, None)))
            for _ in range(READERS):
                self._idle.put_nowait(await self._open(readonly=True, checkpoints=False))
            self._inline = await self._open(readonly=True, checkpoints=False, inline=True)
        except (sqlite3.Error, DBAPIError, DatabaseUnusable) as exc:
            await self._close_connections()
            if isinstance(exc, DatabaseUnusable):
                raise
            raise DatabaseUnusable(_unusable(path, exc)) from exc
        self._loop_task = asyncio.get_running_loop().create_task(self._write_loop())
        return self

    async def _open(self, *, readonly: bool, checkpoints: bool, inline: bool = False) -> SqliteConnection:
        connection = await SqliteConnection.open(self.path, inline=inline)
        self._connections.append(connection)

        def prepare() -> None:
            handle = connection.handle
            handle.execute("PRAGMA journal_mode=WAL")
            handle.execute("PRAGMA synchronous=FULL")
            handle.execute("PRAGMA foreign_keys=ON")
            handle.execute("PRAGMA cache_size=-16000")
            handle.execute("PRAGMA journal_size_limit=67108864")
            handle.execute(f"PRAGMA busy_timeout={0 if inline else 5000 if readonly else BUSY_STEP_MS}")
            if readonly:
                handle.execute("PRAGMA query_only=ON")
                handle.set_progress_handler(connection.is_overdue, 2_000 if inline else 100_000)
            elif not checkpoints:
                handle.execute("PRAGMA wal_autocheckpoint=0")
            _local.handle = handle
            connection.sqlalchemy = _engine().connect()

        await connection.run(prepare)
        return connection

    @override
    async def read(self, fn: Work[T], *, long: bool = False, brief: bool = False) -> T:
        if self._closing:
            raise Unavailable(retry_after_s=1)
        with trace_part("read transaction", {}):
            return await self._read(fn, long=long, brief=brief)

    async def _read(self, fn: Work[T], *, long: bool, brief: bool) -> T:
        queued_at = monotonic()
        if brief:
            try:
                result = self._inline.read(fn, BRIEF_S)
                self.metrics.seconds.observe(monotonic() - queued_at, "read")
                return result
            except (sqlite3.Error, DBAPIError):
                pass  # locked, or more than was thought: the usual way waits, and tells what is wrong
            except Exception as exc:  # noqa: BLE001 - it is re-raised as what it means
                raise as_refusal(exc) from exc.__cause__
        connection = await self._wait_for_reader()
        began = monotonic()
        self.metrics.wait.observe(began - queued_at, "read")
        context = contextvars.copy_context()
        try:
            result = await connection.run(lambda: context.run(connection.read, fn, inf if long else None))
        except asyncio.CancelledError:
            self._tasks.start(self._return_when_free(connection))
            raise
        except Exception as exc:  # noqa: BLE001 - it is re-raised as what it means
            self._idle.put_nowait(connection)
            raise as_refusal(exc) from exc.__cause__
        finally:
            self.metrics.seconds.observe(monotonic() - began, "read")
        self._idle.put_nowait(connection)
        return result

    async def _wait_for_reader(self) -> SqliteConnection:
        self._waiting_readers += 1
        try:
            return await self._idle.get()
        finally:
            self._waiting_readers -= 1

    @override
    async def read_cached(self, fn: Callable[..., T], *arguments: Hashable) -> T:
        if self._closing:
            raise Unavailable(retry_after_s=1)
        try:
            return self._inline.read_cached(fn, arguments, BRIEF_S)
        except (sqlite3.Error, DBAPIError):
            return await self.read(lambda conn: fn(conn, *arguments))
        except Exception as exc:  # noqa: BLE001 - it is re-raised as what it means
            raise as_refusal(exc) from exc.__cause__

    async def _return_when_free(self, connection: SqliteConnection) -> None:
        await connection.run(lambda: None)
        self._idle.put_nowait(connection)

    @override
    async def write(self, tenant_id: int | None, fn: Work[T]) -> T:
        if self._closing:
            raise Unavailable(retry_after_s=1)
        with trace_part("write transaction", {}):
            job = WriteJob(fn, asyncio.get_running_loop().create_future(), contextvars.copy_context())
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
                began = monotonic()
                try:
                    handled = await self._writer.run(partial(self._writer.commit_together, batch))
                except Exception as exc:  # noqa: BLE001 - the callers get it; without this loop all others would wait for ever
                    handled = fail_jobs(batch, exc)
                for job in batch[:handled]:
                    job.answer()
                    self.metrics.wait.observe(began - job.queued_at, "write")
                if handled:
                    self.metrics.seconds.observe(monotonic() - began, "write")
                self._queue.extendleft(reversed(batch[handled:]))
                if not handled:
                    self._refuse_overdue()

    def _refuse_overdue(self) -> None:
        """Refuse the writes that have waited too long: another process has locked the database."""
        too_old = monotonic() - BUSY_LIMIT_S
        while self._queue and self._queue[0].queued_at <= too_old:
            job = self._queue.popleft()
            job.error = Unavailable(retry_after_s=2)
            job.answer()

    @override
    def update_gauges(self) -> None:
        waiting, connections = self.metrics.waiting, self.metrics.connections
        waiting.labels("write").set(len(self._queue))
        waiting.labels("read").set(self._waiting_readers)
        connections.labels("idle").set(self._idle.qsize())
        connections.labels("used").set(READERS - self._idle.qsize())

    @override
    async def close(self) -> None:
        self._closing = True
        self._wake.set()
        await self._loop_task
        await self._tasks.drain()
        await self._close_connections()

    async def _close_connections(self) -> None:
        for connection in reversed(self._connections):
            await connection.close()
        self._connections.clear()


def _unusable(path: Path, exc: sqlite3.Error | DBAPIError) -> str:
    cause = exc.orig if isinstance(exc, DBAPIError) else exc
    if getattr(cause, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return f"The database {path} is damaged or is no database: restore it from a backup."
    return f"The database {path} cannot be opened: {cause}."
