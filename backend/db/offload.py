"""Where a reading computes: never in the event loop's thread, which everybody else's requests wait for."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Connection
from sqlalchemy.util import await_only

T = TypeVar("T")


def offload(conn: Connection, work: Callable[[], T]) -> T:
    """Run what takes more than a moment and asks nothing of the database.

    SQLite's connections have threads of their own, so there it is in one already. On PostgreSQL a reading runs in the
    loop's thread, a statement being a wait; this is another wait, for another thread."""
    if conn.dialect.name == "sqlite":
        return work()
    return await_only(asyncio.to_thread(work))
