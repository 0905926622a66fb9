"""`GET /metrics`: this service's figures for Prometheus. Open like the health routes, and like them not passed on by nginx."""

import asyncio
import shutil
from collections.abc import Iterable
from pathlib import Path
from time import monotonic
from typing import NamedTuple

from litestar import MediaType, Response, get
from litestar.datastructures import State
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import Connection

from backend.clock import Clock
from backend.db.backup_record import data_folder, load_backup_record
from backend.db.engine import Database
from backend.db.schema import SchemaState, load_state
from backend.errors import Refused
from backend.kit.process_metrics import ProcessFigures, build_info
from backend.kit.redis import SharedRedis
from backend.kit.worker_metrics import CONTENT_TYPE, render_metrics
from backend.notices.queries.state import OutboxState, load_outbox_state
from backend.redis_memory import RedisMemory
from backend.settings import Settings
from backend.tenancy.queries import find_first_created_at

MAX_AGE_S = 1.0  # how old the database's figures may be, so that reading the page costs nothing
LIMIT_S = 3.0
REMINDER_LATE_S = 300


class _DatabaseState(NamedTuple):
    schema: SchemaState
    outbox: OutboxState
    first_created_at: int | None
    backed_up_at: int | None
    now: int


class InstallationFigures(Collector):
    """What is the same whichever worker is asked: the outbox, Redis' memory, the disk, the last backup, the version."""

    def __init__(
        self, settings: Settings, db: Database, redis: SharedRedis, clock: Clock, redis_memory: RedisMemory
    ) -> None:
        self._settings = settings
        self._db = db
        self._redis = redis
        self._clock = clock
        self._redis_memory = redis_memory
        self._state: _DatabaseState | None = None
        self._at = float("-inf")
        self._lock = asyncio.Lock()

    async def refresh(self) -> None:
        """Ask the database and Redis, at most once a second. Without an answer the database's figures are left out."""
        async with self._lock:
            if monotonic() - self._at <= MAX_AGE_S:
                return
            await self._redis.ping()
            now = int(self._clock())

            def read(conn: Connection) -> _DatabaseState:
                outbox = load_outbox_state(conn, now, REMINDER_LATE_S)
                return _DatabaseState(
                    load_state(conn), outbox, find_first_created_at(conn), load_backup_record(conn), now
                )

            try:
                async with asyncio.timeout(LIMIT_S):
                    self._state = await self._db.read(read)
            except (Refused, TimeoutError):
                self._state = None
            self._at = monotonic()

    def collect(self) -> Iterable[Metric]:
        """Yield the figures as `refresh` found them, and those of the disk as they are."""
        yield build_info()
        state = self._state
        yield _gauge("slotgate_database_up", "1 while the database answers a reading.", float(state is not None))
        if state is not None:
            yield _schema_info(state.schema)
            yield from _database_figures(state)
        if (use := self._redis_memory.use) is not None:
            yield _gauge("slotgate_redis_memory_bytes", "What Redis uses, as of the last minute.", use.used)
            yield _gauge("slotgate_redis_memory_limit_bytes", "What Redis may use; 0 without a limit.", use.limit)
        folder = data_folder(self._settings.database_url, self._settings.data_dir)
        usage = _disk_usage(folder)
        if usage is not None:
            yield _gauge("slotgate_disk_free_bytes", "Free space where the data are kept.", usage[0])
            yield _gauge("slotgate_disk_size_bytes", "Size of the disk where the data are kept.", usage[1])


def _schema_info(schema: SchemaState) -> Metric:
    labels = {"revision": schema.revision or "", "usable_from": schema.usable_from or ""}
    family = GaugeMetricFamily("slotgate_schema_info", "The database's revision; the value is 1.", labels=list(labels))
    family.add_metric(list(labels.values()), 1)
    return family


def _database_figures(state: _DatabaseState) -> Iterable[Metric]:
    outbox = state.outbox
    age = 0 if outbox.oldest_due_at is None else max(0, state.now - outbox.oldest_due_at)
    yield _gauge("slotgate_outbox_due", "Messages that are due and not sent.", outbox.due)
    yield _gauge("slotgate_outbox_broadcasts_due", "Those of them that belong to broadcasts.", outbox.broadcasts_due)
    yield _gauge("slotgate_outbox_oldest_due_seconds", "For how long the oldest has been due, broadcasts apart.", age)
    yield _gauge(
        "slotgate_reminders_late",
        f"Reminders that have been due for more than {REMINDER_LATE_S} seconds.",
        outbox.reminders_late,
    )
    if state.first_created_at is not None:
        documentation = "When the first business of this installation was created."
        yield _gauge("slotgate_installation_timestamp_seconds", documentation, state.first_created_at)
    if state.backed_up_at is not None:
        yield _gauge("slotgate_backup_timestamp_seconds", "When the last backup was completed.", state.backed_up_at)


def _gauge(name: str, documentation: str, value: float) -> Metric:
    return GaugeMetricFamily(name, documentation, value=value)


def _disk_usage(folder: Path) -> tuple[int, int] | None:
    """Return free and total bytes of the folder's disk; None where there is no such folder."""
    try:
        usage = shutil.disk_usage(folder)
    except OSError:
        return None
    return usage.free, usage.total


@get("/metrics", include_in_schema=False, opt={"open": True}, media_type=MediaType.TEXT)
async def get_metrics(state: State) -> Response[bytes]:
    """Answer with the figures of all workers, in Prometheus' text format."""
    await state.installation.refresh()
    state.update_gauges()
    # milliseconds of computing that no other request should wait for
    page = await asyncio.to_thread(render_metrics, state.metrics.registry, state.installation, ProcessFigures())
    return Response(page, media_type=CONTENT_TYPE)
