"""Holds that have run out are expired also where nobody books: by the app's background loop."""

from functools import partial

from backend.bookings import queries
from backend.db.engine import Database


async def sweep(db: Database, now: int) -> int:
    """Expire every tenant's lapsed holds; how many there were."""
    count = 0
    for tenant_id in await db.read(lambda conn: queries.lapsed_tenants(conn, now)):
        count += await db.write(tenant_id, partial(queries.lapse, tenant_id=tenant_id, now=now))
    return count
