"""The backend's application for a test. Creating one costs more than most tests do, so they are used again."""

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any

from litestar import Litestar

import backend.app
from backend.audit.queries.chain import use_key
from backend.background import EVERY_S, Chore
from backend.clock import AdjustableClock, Clock
from backend.db.engine import Database
from backend.settings import Settings

# What is fixed when an application is made; all else it takes from its state at each start.
_idle: dict[tuple[Callable[[], Any], str, bool], list[Litestar]] = {}


@contextmanager
def lend_application(settings: Settings, clock: AdjustableClock) -> Iterator[Litestar]:
    """Lend an application that no other test has meanwhile. Its lifespan is the caller's to begin and to end."""
    # a test with routes of its own puts another function in the place of this one: the same each time, or nothing is used again
    kind = (backend.app.feature_handlers, settings.internal_key, settings.adjustable_clock)
    idle = _idle.setdefault(kind, [])
    app = idle.pop() if idle else backend.app.create_app(settings, clock=clock)
    app.state.update({"settings": settings, "clock": clock})
    # a process has one key, and another test's application may have had another one
    use_key(settings.internal_key)
    yield app
    idle.append(app)


@asynccontextmanager
async def run_no_chores(
    _chores: Sequence[Chore], _db: Database, _clock: Clock, _every_s: float = EVERY_S
) -> AsyncIterator[None]:
    """Stand in for `run_chores` where a test calls each chore that it is about."""
    yield
