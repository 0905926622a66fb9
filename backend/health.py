"""Health routes: alive means that the process answers, ready that a write reaches the database."""

import asyncio
from time import monotonic
from typing import Any

from litestar import Response, get
from litestar.datastructures import State
from sqlalchemy import Connection

from backend.contract.versions import describe_program
from backend.db.engine import Database
from backend.errors import Refused
from backend.kit.process_states import describe_processes
from backend.kit.redis import SharedRedis
from backend.redis_memory import RedisMemory

MAX_AGE_S = 1.0  # how old an answer may be, so that probes cost nothing
LIMIT_S = 6.0


class Readiness:
    """Asks database and Redis at most once a second. The state of Redis is shown, but readiness does not depend on it."""

    def __init__(self, db: Database, redis: SharedRedis, memory: RedisMemory) -> None:
        self._db = db
        self._redis = redis
        self._memory = memory
        self._at = float("-inf")
        self._answer: tuple[int, dict[str, str | int]] = (503, {})
        self._lock = asyncio.Lock()

    async def check(self) -> tuple[int, dict[str, str | int]]:
        """Return the HTTP status and the body."""
        async with self._lock:
            if monotonic() - self._at > MAX_AGE_S:
                database = await self._database()
                await self._redis.ping()
                ready = database == "ok"
                body: dict[str, str | int] = {
                    "status": "ok" if ready else "unavailable",
                    "database": database,
                    "redis": self._redis.state,
                }
                if (use := self._memory.use) is not None:
                    body |= {"redis_used_bytes": use.used, "redis_limit_bytes": use.limit}
                self._answer = (200 if ready else 503, body)
                self._at = monotonic()
            return self._answer

    async def _database(self) -> str:
        try:
            async with asyncio.timeout(LIMIT_S):
                await self._db.write(None, _write_a_page)
        except Refused as exc:
            return str(exc.code)
        except TimeoutError:
            return "unavailable"
        return "ok"


def _write_a_page(conn: Connection) -> None:
    # a full or read-only disk shows only when a page is written
    conn.exec_driver_sql("UPDATE alembic_version SET version_num = version_num")


@get("/health/live", include_in_schema=False, opt={"open": True})
async def check_liveness() -> dict[str, str]:
    """Answer 200, with what runs here."""
    return {"status": "ok", **describe_program()}


@get("/health/ready", include_in_schema=False, opt={"open": True})
async def check_readiness(state: State) -> Response[Any]:
    """Answer 200 where a write reaches the database, else 503."""
    status, body = await state.readiness.check()
    return Response({**body, "processes": describe_processes()}, status_code=status)
