"""PostgreSQL through asyncpg: a pool, one advisory lock per tenant's write, retries of what may be retried."""

import asyncio
import contextvars
from collections.abc import AsyncIterator, Callable, Hashable
from contextlib import asynccontextmanager
from random import uniform
from time import monotonic
from typing import Any, Literal, TypeVar
from weakref import WeakValueDictionary

from sqlalchemy import Connection, event, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import QueuePool
from typing_extensions import override

from backend.db.dialect import sqlstate_of
from backend.db.engine import BackgroundTasks, Database, Work, as_refusal
from backend.db.schema import DatabaseUnusable, check_usable, load_state
from backend.db.sql_tracing import trace_engine
from backend.errors import Unavailable
from backend.kit.tracing import trace_part
from backend.observability.metrics import DatabaseMetrics, Transaction

T = TypeVar("T")

POOL = 10
TENANT_WRITES = 3  # writes of one tenant that hold a connection: its lock lets one work at a time
WAIT_S = 5.0  # a write that gets no slot for so long is refused
POOL_WAIT_S = 5.0  # so is a transaction that gets no connection
RETRIES = 3
LIMIT_S = 20.0  # for a server that cannot be reached to end its own statements (a cut network)
TIMEOUTS = {
    # An orphaned query or transaction ends by itself.
    "statement_timeout": "10000",
    "lock_timeout": "5000",
    "idle_in_transaction_session_timeout": "15000",
    "application_name": "slotgate",
}
# Deadlock, serialization failure, and plans made stale by a migration.
_RETRY_REASONS = {"40P01": "deadlock", "40001": "serialization", "0A000": "stale_plan"}
RETRIED = tuple(_RETRY_REASONS)
PERHAPS_SAVED = "The service cannot answer at the moment, nor tell whether this was saved: repeat it with the same key."
# Held in common by every connection of a backend, alone by a command that replaces everything.
USE_LOCK = (0x510, 0x5E1F)
_LOCK = text("SELECT pg_advisory_xact_lock(:tenant)")


class PostgresDatabase(Database):
    """Reads see one snapshot (REPEATABLE READ); writes are READ COMMITTED behind the tenant's lock."""

    dialect: Literal["sqlite", "postgresql"] = "postgresql"

    def __init__(self, engine: AsyncEngine, metrics: DatabaseMetrics) -> None:
        self.metrics = metrics
        self._waiting: dict[Transaction, int] = {"read": 0, "write": 0}
        self._engine = engine
        self._readers = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        # BEGIN and COMMIT, each a way there and back, around one statement would say nothing that it does not say itself
        self._single_readers = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._tasks = BackgroundTasks()
        self._tenant_slots: WeakValueDictionary[int, asyncio.Semaphore] = WeakValueDictionary()
        self._closing = False

    @classmethod
    async def connect(cls, url: URL, metrics: DatabaseMetrics) -> "PostgresDatabase":
        """Reach the server that the address names; see `open_database`."""
        engine = create_async_engine(
            url,
            pool_size=POOL,
            max_overflow=0,
            pool_timeout=POOL_WAIT_S,
            pool_recycle=1800,
            pool_use_lifo=True,
            hide_parameters=True,
            query_cache_size=2000,
            connect_args={"timeout": 5, "server_settings": TIMEOUTS},
        )
        event.listen(engine.sync_engine, "connect", _hold_use_lock)
        trace_engine(engine)
        self = cls(engine, metrics)
        try:
            async with engine.connect() as conn:
                check_usable(await conn.run_sync(load_state))
        except DatabaseUnusable:
            await engine.dispose()
            raise
        except Unavailable:
            await engine.dispose()
            raise DatabaseUnusable(f"The database {url.database} is being restored: wait for its end.") from None
        except Exception as exc:
            await engine.dispose()
            where = f"{url.host or 'the local socket'}/{url.database}"
            raise DatabaseUnusable(
                f"The database at {where} cannot be reached: {_first_line(exc)}.", exit_code=4
            ) from exc
        return self

    @override
    async def read(self, fn: Work[T], *, long: bool = False, brief: bool = False) -> T:
        def unlimited(conn: Connection) -> T:
            conn.exec_driver_sql("SET LOCAL statement_timeout = 0")
            return fn(conn)

        return await self._shielded(self._readers, None, unlimited if long else fn, None if long else LIMIT_S)

    @override
    async def read_at_once(self, fn: Callable[..., T], *arguments: Hashable) -> T:
        return await self._shielded(self._single_readers, None, lambda conn: fn(conn, *arguments))

    @override
    async def write(self, tenant_id: int | None, fn: Work[T]) -> T:
        return await self._shielded(self._engine, tenant_id, fn)

    async def _shielded(
        self, engine: AsyncEngine, tenant_id: int | None, fn: Work[T], limit_s: float | None = LIMIT_S
    ) -> T:
        if self._closing:
            raise Unavailable(retry_after_s=1)
        with trace_part("write transaction" if engine is self._engine else "read transaction", {}):
            context = contextvars.copy_context()
            return await asyncio.shield(
                self._tasks.start(self._run(engine, tenant_id, lambda conn: context.run(fn, conn), limit_s))
            )

    async def _run(self, engine: AsyncEngine, tenant_id: int | None, fn: Work[T], limit_s: float | None) -> T:
        attempt = 0
        while True:
            committing = False
            try:
                async with self._begin(engine, tenant_id, limit_s) as conn:
                    result = await conn.run_sync(fn)
                    committing = engine is self._engine
                    await conn.commit()
                    return result
            except Exception as exc:
                attempt += 1
                if attempt <= RETRIES and _may_retry(exc, committing=committing):
                    self.metrics.retries.inc(_RETRY_REASONS.get(sqlstate_of(exc) or "", "connection"))
                    await asyncio.sleep(uniform(0.002, 0.02) * attempt)  # noqa: S311 - it only spreads the retries
                    continue
                refusal = as_refusal(exc)
                if committing and isinstance(refusal, Unavailable):
                    refusal.detail = PERHAPS_SAVED
                if refusal is exc:
                    raise
                raise refusal from exc

    @asynccontextmanager
    async def _begin(
        self, engine: AsyncEngine, tenant_id: int | None, limit_s: float | None
    ) -> AsyncIterator[AsyncConnection]:
        """Yield a connection, for a write behind the tenant's lock; measure how long that took, and what follows."""
        kind: Transaction = "write" if engine is self._engine else "read"
        queued_at = monotonic()
        self._waiting[kind] += 1
        waiting = True
        try:
            async with self._tenant_slot(tenant_id), asyncio.timeout(limit_s), engine.connect() as conn:
                if tenant_id is not None:
                    await conn.execute(_LOCK, {"tenant": tenant_id})
                began = monotonic()
                self._waiting[kind] -= 1
                waiting = False
                self.metrics.wait.observe(began - queued_at, kind)
                try:
                    yield conn
                finally:
                    self.metrics.seconds.observe(monotonic() - began, kind)
        finally:
            if waiting:
                self._waiting[kind] -= 1

    @asynccontextmanager
    async def _tenant_slot(self, tenant_id: int | None) -> AsyncIterator[None]:
        """Wait here, without a connection, while the tenant has its share of them. Idle tenants are not remembered."""
        if tenant_id is None:
            yield
            return
        slot = self._tenant_slots.setdefault(tenant_id, asyncio.Semaphore(TENANT_WRITES))
        async with asyncio.timeout(WAIT_S):
            await slot.acquire()
        try:
            yield
        finally:
            slot.release()

    @override
    def update_gauges(self) -> None:
        for kind, count in self._waiting.items():
            self.metrics.waiting.labels(kind).set(count)
        pool = self._engine.pool
        assert isinstance(pool, QueuePool)
        self.metrics.connections.labels("used").set(pool.checkedout())
        self.metrics.connections.labels("idle").set(pool.checkedin())

    @override
    async def close(self) -> None:
        self._closing = True
        await self._tasks.drain()
        await self._engine.dispose()


def _hold_use_lock(connection: Any, _record: object) -> None:
    """Hold a lock for as long as the connection lives: nobody restores a database that is in use."""

    async def hold(driver: Any) -> None:
        if not await driver.fetchval("SELECT pg_try_advisory_lock_shared({}, {})".format(*USE_LOCK)):
            raise Unavailable(retry_after_s=1)

    connection.run_async(hold)


def _may_retry(exc: Exception, *, committing: bool) -> bool:
    """Return whether nothing was done and trying again may help. After a COMMIT that was cut off nobody knows."""
    if sqlstate_of(exc) in RETRIED:
        return True
    return isinstance(exc, DBAPIError) and exc.connection_invalidated and not committing


def _first_line(exc: Exception) -> str:
    text_ = str(exc.orig if isinstance(exc, DBAPIError) else exc).strip()
    return text_.splitlines()[0].rstrip(".") if text_ else type(exc).__name__
