"""The database as the rest of the backend sees it: read, write, close. `connect.py` opens one of the two kinds."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine, Hashable
from typing import Any, Literal, TypeVar

from sqlalchemy import Connection

from backend.db import dialect
from backend.errors import Refused
from backend.observability.metrics import DatabaseMetrics

T = TypeVar("T")
Work = Callable[[Connection], T]


class Database(ABC):
    """One open database. Functions given to it are synchronous and do nothing but SQL: no network, no waiting.

    Build statements once, at module level, with bindparam: building one costs several times its execution, and on SQLite
    all writes share one thread. Read results inside the function (`.all()`, `.first()`): they are closed with it.

    They may run in another thread, and on PostgreSQL more than once (after a deadlock), so they change nothing but
    the database.
    """

    dialect: Literal["sqlite", "postgresql"]
    metrics: DatabaseMetrics

    @abstractmethod
    async def read(self, fn: Work[T], *, long: bool = False, brief: bool = False) -> T:
        """Run `fn` on one consistent snapshot; many run in parallel and none waits for writers.

        A reading that takes longer than some seconds is ended, unless it is `long` (for commands, not for requests).
        A `brief` one (a few statements by their keys) spares the change of threads where it can; it may be begun twice.
        Raises Unavailable where the database cannot answer, and whatever `fn` raises.
        """

    async def read_cached(self, fn: Callable[..., T], *arguments: Hashable) -> T:
        """Return `fn(conn, *arguments)`, a brief reading that depends on nothing else: not on the time, not on the caller.

        Where the database tells that nobody has written since the same was asked, the same object is returned again:
        never change it.
        """
        return await self.read(lambda conn: fn(conn, *arguments), brief=True)

    async def read_at_once(self, fn: Callable[..., T], *arguments: Hashable) -> T:
        """Return what `read_cached` does, of a function that reads with one statement: it needs no transaction around it."""
        return await self.read_cached(fn, *arguments)

    @abstractmethod
    async def write(self, tenant_id: int | None, fn: Work[T]) -> T:
        """Run `fn` in a transaction and answer after COMMIT; an exception from `fn` undoes its own part only.

        Writes of one tenant happen one after the other. A caller that is cancelled leaves no lock behind: its write
        either never began or ends by itself. Raises SlotTaken, StorageFull, Unavailable, and whatever `fn` raises.
        """

    @abstractmethod
    def update_gauges(self) -> None:
        """Set the metrics that are read off a state: who waits, and what the connections are doing."""

    @abstractmethod
    async def close(self) -> None:
        """Finish what is under way, then close."""


def as_refusal(exc: BaseException) -> BaseException:
    """Return the exception to raise to the caller: a driver's error as the refusal that it means."""
    known = dialect.translate_error(exc)
    if known is None or isinstance(exc, Refused):
        return exc
    known.__cause__ = exc
    return known


class BackgroundTasks:
    """Background work that is drained, never abandoned."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()

    def start(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Start the work; it runs to its end even where nobody waits for it any more."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def drain(self) -> None:
        """Wait for everything that was started."""
        while self._tasks:
            await asyncio.wait(list(self._tasks))
