"""Chores: what the application does by itself every few seconds while it serves.

A feature's `routes` module names its chores as `background`: functions `(db, now) -> Awaitable`. A chore that fails is
logged and comes again; nothing depends on it being on time.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

from backend.clock import Clock
from backend.db.engine import Database
from backend.errors import Refused
from backend.kit.logging import log

EVERY_S = 15.0
Chore = Callable[[Database, int], Awaitable[object]]


@asynccontextmanager
async def run_chores(
    chores: Sequence[Chore], db: Database, clock: Clock, every_s: float = EVERY_S
) -> AsyncIterator[None]:
    """Run the chores in a loop while inside; on leaving, the one under way is finished."""
    over = asyncio.Event()
    task = asyncio.get_running_loop().create_task(_loop(chores, db, clock, every_s, over))
    try:
        yield
    finally:
        over.set()
        await task


async def _loop(chores: Sequence[Chore], db: Database, clock: Clock, every_s: float, over: asyncio.Event) -> None:
    while not over.is_set():
        for chore in chores:
            try:
                await chore(db, int(clock()))
            except Refused as exc:
                log.warning("chore put off", chore=chore.__name__, code=str(exc.code))
            except Exception as exc:  # noqa: BLE001 - the next round tries again, and the log says why
                log.exception("chore failed", exc, chore=chore.__name__)
        try:
            async with asyncio.timeout(every_s):
                await over.wait()
        except TimeoutError:
            continue
