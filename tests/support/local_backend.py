"""The real backend on a port of the test's own loop, with a clock that stands, and what is put into its database."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from typing import Any

from backend.auth.queries import load_tenant
from backend.clock import AdjustableClock
from backend.db.engine import Database
from backend.settings import Settings
from backend.tenancy.business.parse import load_business
from backend.tenancy.business.service import apply_business
from tests.support.applications import lend_application
from tests.support.local_servers import serve_with_granian
from tests.support.ports import free_port
from tests.support.servers import INTERNAL_KEY

# Monday 7 December 2026, 09:00 in Moscow, 07:00 in Berlin.
MONDAY = 1_796_623_200


def standing_clock() -> float:
    """Return MONDAY: the clock stands, so that no slow machine reaches the next minute."""
    return float(MONDAY)


@asynccontextmanager
async def serve_backend(
    database_url: str, redis_url: str | None = None, internal_key: str = INTERNAL_KEY
) -> AsyncIterator[tuple[str, Any]]:
    """Serve the backend, its clock standing at MONDAY; yield its address and the application."""
    port = free_port()
    settings = Settings(
        database_url=database_url, internal_key=internal_key, redis_url=redis_url, port=port, adjustable_clock=True
    )
    with lend_application(settings, AdjustableClock(standing_clock)) as app:
        async with serve_with_granian(app, port) as address:
            yield address, app


async def load_tenant_id(db: Database, slug: str) -> int:
    """Return the tenant's id in the database."""
    row = await db.read(lambda conn: load_tenant(conn, slug))
    assert row is not None
    return row.id


@cache
def _load_business(text: str) -> tuple[Any, Any]:
    """Read a business file once for the many tests that begin with the same."""
    return load_business(text, "business.yaml")


async def import_business(db: Database, slug: str, business: str, now: int) -> None:
    """Import the text of a business file."""
    parsed, problems = _load_business(business)
    assert parsed is not None, problems

    def write(conn: Any) -> None:
        row = load_tenant(conn, slug)
        assert row is not None
        apply_business(conn, row, parsed, now)

    await db.write(await load_tenant_id(db, slug), write)
