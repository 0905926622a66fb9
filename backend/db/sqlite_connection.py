"""One SQLite connection in its own thread (aiosqlite's), and what runs there as a whole: a reading, a commit."""

import asyncio
import contextvars
import sqlite3
from collections.abc import Callable, Hashable
from contextlib import suppress
from pathlib import Path
from time import monotonic
from typing import Any, TypeVar

import aiosqlite
from sqlalchemy import Connection

from backend.db.engine import Work, as_refusal
from backend.db.sql_tracing import cursor_class

T = TypeVar("T")

READ_LIMIT_S = 15.0  # a reading that takes longer is ended
MAX_ANSWERS = 1000  # answers kept while nobody writes
BATCH_S = 0.1  # transactions committed together begin within this time: one slow writer does not hold up many answers


class WriteJob:
    """A write that waits for its turn: its function, and afterwards its result or its error."""

    __slots__ = ("context", "error", "fn", "future", "queued_at", "result")

    # Any: jobs of all result types wait in one queue; `SqliteDatabase.write` knows the type of each.
    def __init__(self, fn: Work[Any], future: asyncio.Future[Any], context: contextvars.Context) -> None:
        self.fn, self.future, self.context = fn, future, context
        self.queued_at = monotonic()
        self.result: Any = None
        self.error: BaseException | None = None

    def answer(self) -> None:
        """Give the caller the result or the error; nothing where the caller is gone."""
        if self.future.done():
            return
        if self.error is None:
            self.future.set_result(self.result)
        else:
            self.future.set_exception(as_refusal(self.error))


class _Handle(sqlite3.Connection):
    """A driver's connection that knows its open cursors: one that is left half read would keep its snapshot open."""

    def __init__(self, *args: Any, **options: Any) -> None:  # the driver's own
        super().__init__(*args, **options)
        self._cursors: list[sqlite3.Cursor] = []
        self._cursor_class = cursor_class()

    def cursor(self, factory: Any = None) -> Any:  # the driver's own
        """Return a cursor that `close_cursors` closes."""
        cursor = super().cursor(factory or self._cursor_class)
        self._cursors.append(cursor)
        return cursor

    def execute(self, sql: str, values: Any = (), /) -> sqlite3.Cursor:
        """Run a statement whose result is read to its end at once: its cursor is not remembered."""
        return super().cursor(self._cursor_class).execute(sql, values)

    def close_cursors(self) -> None:
        """Close what a function has left open. Results are read inside the function, or not at all."""
        for cursor in self._cursors:
            cursor.close()
        self._cursors.clear()


class SqliteConnection:
    """A connection; `sqlalchemy` and `handle` are used by its own thread only (by the event loop's if `inline`)."""

    sqlalchemy: Connection

    def __init__(self, conn: aiosqlite.Connection) -> None:
        self._conn = conn
        self._deadline = float("inf")
        self._data_version: int | None = None
        self._answers: dict[tuple[Hashable, ...], Any] = {}  # of functions of all types

    @classmethod
    async def open(cls, path: Path, *, inline: bool = False) -> "SqliteConnection":
        """Open the file. `inline`: the event loop's thread reads from it; its own thread only opens and closes it."""
        conn = aiosqlite.connect(
            path, isolation_level=None, cached_statements=512, factory=_Handle, check_same_thread=not inline
        )
        conn._thread.daemon = True  # a process that dies without closing must not wait for it
        return cls(await conn)

    @property
    def handle(self) -> _Handle:
        """The driver's connection."""
        handle = self._conn._conn
        assert isinstance(handle, _Handle)
        return handle

    async def run(self, fn: Callable[[], T]) -> T:
        """Run `fn` in the connection's thread."""
        result: T = await self._conn._execute(fn)  # type: ignore[no-untyped-call]  # aiosqlite does not type it
        return result

    def is_overdue(self) -> bool:
        """Return whether the reading under way has passed its limit; SQLite asks this as it works."""
        return monotonic() > self._deadline

    def read(self, fn: Work[T], limit_s: float | None) -> T:
        """Run `fn` on one snapshot; a statement that still runs after the limit is ended."""
        handle = self.handle
        self._deadline = monotonic() + (READ_LIMIT_S if limit_s is None else limit_s)
        handle.execute("BEGIN")
        try:
            return fn(self.sqlalchemy)
        finally:
            self._deadline = float("inf")
            handle.close_cursors()
            if handle.in_transaction:
                handle.execute("ROLLBACK")

    def read_cached(self, fn: Callable[..., T], arguments: tuple[Hashable, ...], limit_s: float) -> T:
        """Return `fn(conn, *arguments)`, or what that returned before where nobody has written since."""
        # SQLite changes this number after every commit of another connection, also of other processes, and drops its own
        # pages by it; this connection never writes. It is read first, so that what is read may be newer, never older.
        [(version,)] = self.handle.execute("PRAGMA data_version").fetchall()
        if version != self._data_version or len(self._answers) >= MAX_ANSWERS:
            self._answers.clear()
            self._data_version = version
        question = (fn, *arguments)
        if question not in self._answers:
            self._answers[question] = self.read(lambda conn: fn(conn, *arguments), limit_s)
        answer: T = self._answers[question]
        return answer

    def commit_together(self, jobs: list[WriteJob]) -> int:
        """Run the jobs in one transaction, each in a savepoint; return how many were run (0: the file is locked)."""
        handle = self.handle
        try:
            handle.execute("BEGIN IMMEDIATE")
        except sqlite3.Error as exc:
            # a closed connection's error has no code
            if getattr(exc, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                return 0
            return fail_jobs(jobs, exc)
        handled = 0
        until = monotonic() + BATCH_S
        try:
            for job in jobs:
                handled += 1
                if not job.future.done():  # else its caller is gone
                    self._run_job(job)
                if monotonic() > until:
                    break
            handle.execute("COMMIT")
        except BaseException as exc:  # noqa: BLE001 - every caller gets it
            with suppress(sqlite3.Error):  # of a disk that fails: the callers get what came first
                if handle.in_transaction:
                    handle.execute("ROLLBACK")
            return fail_jobs(jobs[:handled], exc)
        return handled

    def _run_job(self, job: WriteJob) -> None:
        handle = self.handle
        handle.execute("SAVEPOINT job")
        try:
            try:
                job.result = job.context.run(job.fn, self.sqlalchemy)
            finally:
                handle.close_cursors()
        except BaseException as exc:
            if not handle.in_transaction:
                # SQLite has undone the whole transaction (a full disk): no job is saved.
                raise
            job.error = exc
            handle.execute("ROLLBACK TO job")
        handle.execute("RELEASE job")

    async def close(self) -> None:
        """Close the connection and end its thread."""

        def detach() -> None:
            if hasattr(self, "sqlalchemy"):
                self.sqlalchemy.detach()
                self.sqlalchemy.close()

        await self.run(detach)
        await self._conn.close()


def fail_jobs(jobs: list[WriteJob], exc: BaseException) -> int:
    """Give the error to all jobs that have none of their own; return how many there are."""
    for job in jobs:
        job.error = job.error or exc
    return len(jobs)
