"""Opening a database by its address."""

from prometheus_client import CollectorRegistry
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from backend.db.engine import Database
from backend.db.schema import DatabaseUnusable
from backend.db.sqlite import SqliteDatabase
from backend.observability.metrics import DatabaseMetrics


async def open_database(url: str, *, serving: bool = True, metrics: DatabaseMetrics | None = None) -> Database:
    """Open the database and check its schema. Raises DatabaseUnusable with one clear sentence.

    `serving` false is for a command beside a running server: it leaves checkpoints to that server. `metrics` is where a
    server counts; a command counts for nobody.
    """
    metrics = metrics or DatabaseMetrics(CollectorRegistry())
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise DatabaseUnusable("The database address cannot be read.") from None
    if parsed.drivername == "sqlite+aiosqlite":
        return await SqliteDatabase.connect(parsed, metrics, serving=serving)
    if parsed.drivername == "postgresql+asyncpg":
        # SQLAlchemy's asyncio brings its ORM with it: a tenth of a start, which SQLite does without
        from backend.db.postgres import PostgresDatabase

        return await PostgresDatabase.connect(parsed, metrics)
    raise DatabaseUnusable("The database must be sqlite+aiosqlite or postgresql+asyncpg.")
