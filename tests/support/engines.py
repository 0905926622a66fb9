"""Engines of PostgreSQL for a test, used again: a new one would compile every statement anew, which most tests wait for."""

from typing import Any

from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

# by the database that they lead to, and the options
_idle: dict[str, list["LentEngine"]] = {}


class LentEngine(AsyncEngine):
    """An engine that nobody else has until it is disposed of, which closes its connections as ever."""

    def __init__(self, engine: AsyncEngine, kind: str) -> None:
        super().__init__(engine.sync_engine)
        self._kind = kind

    async def dispose(self, close: bool = True) -> None:
        """Close the connections; what it has compiled stays for the next test."""
        await super().dispose(close)
        if not any(idle is self for idle in _idle[self._kind]):
            _idle[self._kind].append(self)


def lend_engine(url: URL, **options: Any) -> AsyncEngine:
    """Lend an engine for the database. It stands where SQLAlchemy's `create_async_engine` does: options are the product's."""
    kind = f"{url.render_as_string(hide_password=False)} {options}"
    idle = _idle.setdefault(kind, [])
    return idle.pop() if idle else LentEngine(create_async_engine(url, **options), kind)
