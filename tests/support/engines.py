"""Engines of PostgreSQL for a test, used again: a new one would compile every statement anew, which most tests wait for.

The connections to a database that is in `kept` are used again as well: PostgreSQL starts a process for each new one, which
reads its catalogues and prepares every statement anew.
"""

import asyncio
from typing import Any

from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import QueuePool

# by the database that they lead to, the options and the event loop
_idle: dict[str, list["LentEngine"]] = {}
# the names of databases that nobody needs alone
kept: set[str] = set()


class LentEngine(AsyncEngine):
    """An engine that nobody else has until it is disposed of, which closes its connections unless its database is kept."""

    def __init__(self, engine: AsyncEngine, kind: str) -> None:
        super().__init__(engine.sync_engine)
        self._kind = kind

    async def dispose(self, close: bool = True) -> None:
        """End its use; what it has compiled stays for the next test, and the connections to a kept database."""
        if self.url.database not in kept or self._pool.checkedout():
            await super().dispose(close)
        if not any(idle is self for idle in _idle[self._kind]):
            _idle[self._kind].append(self)

    @property
    def connections(self) -> int:
        """How many connections it keeps."""
        return self._pool.checkedin()

    @property
    def _pool(self) -> QueuePool:
        pool = self.sync_engine.pool
        assert isinstance(pool, QueuePool)
        return pool


def lend_engine(url: URL, **options: Any) -> AsyncEngine:
    """Lend an engine for the database. It stands where SQLAlchemy's `create_async_engine` does: options are the product's."""
    kind = f"{url.render_as_string(hide_password=False)} {options} {id(asyncio.get_running_loop())}"
    idle = _idle.setdefault(kind, [])
    return idle.pop() if idle else LentEngine(create_async_engine(url, **options), kind)


async def close_kept_connections() -> None:
    """Close the connections that wait for a next test, on the loop that they belong to."""
    kept.clear()
    for engines in _idle.values():
        for engine in engines:
            await engine.dispose()


def count_kept_connections(database: str) -> int:
    """Return how many connections to a database are kept for the next test."""
    return sum(
        engine.connections for engines in _idle.values() for engine in engines if engine.url.database == database
    )
