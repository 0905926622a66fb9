"""One SQLite connection in its own thread (aiosqlite's), and what is done there as a whole: a reading, a commit."""

import asyncio
import contextvars
import sqlite3
from collections.abc import Callable, Hashable
from pathlib import Path
from time import monotonic
from typing import Any, TypeVar

import aiosqlite
from sqlalchemy import Connection

from backend.db.engine import Work, refused

T = TypeVar("T")

READ_LIMIT_S = 15.0  # a reading that takes longer is ended
KEPT = 1000  # answers kept while nobody writes
BATCH_S = 0.1  # transactions committed together begin within this time: one slow writer does not hold up many answers


class Job:
    """A write that waits: its function, and after its turn what became of it."""

    __slots__ = ("context", "error", "fn", "future", "since", "value")

    def __init__(self, fn: Work[Any], future: asyncio.Future[Any], context: contextvars.Context, since: float) -> None:
        self.fn, self.future, self.context, self.since = fn, future, context, since
        self.value: Any = None
        self.error: BaseException | None = None

    def answer(self) -> None:
        if self.future.done():
            return
        if self.error is None:
            self.future.set_result(self.value)
        else:
            self.future.set_exception(refused(self.error))


class _Handle(sqlite3.Connection):
    """Knows its open cursors: one that is left half read would hold on to its snapshot and to everything after it."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._cursors: list[sqlite3.Cursor] = []

    def cursor(self, factory: Any = sqlite3.Cursor) -> Any:
        made = super().cursor(factory)
        self._cursors.append(made)
        return made

    def execute(self, sql: str, values: Any = (), /) -> sqlite3.Cursor:
        """For whoever reads the result to its end at once: there is nothing to remember."""
        return super().cursor().execute(sql, values)

    def finish(self) -> None:
        """Close whatever a function has left open. Results are read inside the function, or not at all."""
        for one in self._cursors:
            one.close()
        self._cursors.clear()


class SqliteConnection:
    """One connection in its thread; `sa` and `raw` are touched by that thread only (of a near one: by the loop's)."""

    sa: Connection

    def __init__(self, conn: aiosqlite.Connection) -> None:
        self._conn = conn
        self._deadline = float("inf")
        self._version: int | None = None
        self._kept: dict[tuple[Hashable, ...], Any] = {}

    @classmethod
    async def open(cls, path: Path, *, near: bool = False) -> "SqliteConnection":
        """`near`: to be read from by the thread of the event loop; that of the lane only opens and closes it."""
        conn = aiosqlite.connect(
            path, isolation_level=None, cached_statements=512, factory=_Handle, check_same_thread=not near
        )
        conn._thread.daemon = True  # a process that dies without closing must not wait for it
        return cls(await conn)

    @property
    def raw(self) -> _Handle:
        handle = self._conn._conn
        assert isinstance(handle, _Handle)
        return handle

    async def run(self, fn: Callable[[], T]) -> T:
        result: T = await self._conn._execute(fn)  # type: ignore[no-untyped-call]
        return result

    def overdue(self) -> bool:
        return monotonic() > self._deadline

    def read(self, fn: Work[T], limit_s: float | None) -> T:
        """One snapshot for all of `fn`; a statement that is still at it after the limit is ended."""
        raw = self.raw
        self._deadline = monotonic() + (READ_LIMIT_S if limit_s is None else limit_s)
        raw.execute("BEGIN")
        try:
            return fn(self.sa)
        finally:
            self._deadline = float("inf")
            raw.finish()
            if raw.in_transaction:
                raw.execute("ROLLBACK")

    def ask(self, fn: Callable[..., T], given: tuple[Hashable, ...], limit_s: float) -> T:
        """`fn(conn, *given)`, or what that gave before where nobody has written since."""
        # Another number after every commit of another connection, of other processes too, and this one never writes:
        # SQLite drops its own pages by it. It is read first, so that what is found may be newer than it, never older.
        [(version,)] = self.raw.execute("PRAGMA data_version").fetchall()
        if version != self._version or len(self._kept) >= KEPT:
            self._kept.clear()
            self._version = version
        question = (fn, *given)
        if question not in self._kept:
            self._kept[question] = self.read(lambda conn: fn(conn, *given), limit_s)
        found: T = self._kept[question]
        return found

    def commit_together(self, jobs: list[Job]) -> int:
        """Run the jobs in one transaction, each in its savepoint; how many were dealt with (0: the file is locked)."""
        raw = self.raw
        try:
            raw.execute("BEGIN IMMEDIATE")
        except sqlite3.Error as exc:
            if exc.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                return 0
            return _fail(jobs, exc)
        handled = 0
        until = monotonic() + BATCH_S
        try:
            for job in jobs:
                handled += 1
                if not job.future.done():  # else its caller is gone
                    self._run_job(job)
                if monotonic() > until:
                    break
            raw.execute("COMMIT")
        except BaseException as exc:  # noqa: BLE001 - told to every caller, whatever it is
            if raw.in_transaction:
                raw.execute("ROLLBACK")
            return _fail(jobs[:handled], exc)
        return handled

    def _run_job(self, job: Job) -> None:
        raw = self.raw
        raw.execute("SAVEPOINT job")
        try:
            try:
                job.value = job.context.run(job.fn, self.sa)
            finally:
                raw.finish()
        except BaseException as exc:
            if not raw.in_transaction:
                # SQLite has undone the whole transaction (a full disk): nobody's part is saved.
                raise
            job.error = exc
            raw.execute("ROLLBACK TO job")
        raw.execute("RELEASE job")

    async def close(self) -> None:
        def end() -> None:
            if hasattr(self, "sa"):
                self.sa.detach()
                self.sa.close()

        await self.run(end)
        await self._conn.close()


def _fail(jobs: list[Job], exc: BaseException) -> int:
    for job in jobs:
        job.error = job.error or exc
    return len(jobs)
