"""What was promised on the wall: future visits follow a change of the zone's rules, not of the clock in UTC."""

from functools import partial
from typing import Any
from weakref import WeakSet

from sqlalchemy import Connection

from backend import clock
from backend.auth.queries import load_tenant
from backend.bookings import queries
from backend.bookings.queries import ahead
from backend.db import dialect
from backend.db.engine import Database
from backend.notices.service import rearm

_kept: WeakSet[Database] = WeakSet()


async def keep(db: Database, now: int) -> tuple[int, int]:
    """Once after the start: move every visit ahead to the instant at which the wall shows what was promised.

    (moved, could not be moved.) Where the tzdata package says what it said before, nothing is found and nothing is
    written. A visit whose new place is another's stays where it is."""
    if db in _kept:
        return 0, 0
    moved = stuck = 0
    for tenant_id, slug in await db.read(lambda conn: ahead.tenants_with_visits_ahead(conn, now)):
        if await db.read(partial(_shifted, tenant_id=tenant_id, now=now)):
            done, left = await db.write(tenant_id, partial(recompute_local, slug=slug, now=now))
            moved, stuck = moved + done, stuck + left
    _kept.add(db)
    return moved, stuck


def _shifted(conn: Connection, tenant_id: int, now: int) -> list[tuple[Any, int]]:
    """(visit, seconds) of those that no longer begin when their wall time says, in an order in which they can move."""
    found = []
    for row in ahead.upcoming(conn, tenant_id, now):
        tz = clock.zone(row.timezone)
        if row.local_start and clock.format_wall(row.starts_at, tz) != row.local_start:
            wall = clock.parse_wall(row.local_start)
            # a promised time that the clocks skip now stays where it has been put
            if seconds := clock.wall_to_epoch(wall, tz) - row.starts_at:
                found.append((row, seconds))
    # whoever goes later makes room for the one before, whoever goes earlier for the one after
    return sorted(found, key=lambda one: -one[0].starts_at if one[1] > 0 else one[0].starts_at)


def recompute_local(conn: Connection, slug: str, now: int) -> tuple[int, int]:
    """One tenant's visits, in one transaction; (moved, could not be moved)."""
    tenant = load_tenant(conn, slug)
    if tenant is None:
        return 0, 0
    tenant_id = tenant.id
    moved = stuck = 0
    for row, seconds in _shifted(conn, tenant_id, now):
        try:
            with dialect.savepoint(conn, "promise"):
                ahead.shift(conn, tenant_id, row.id, seconds)
        except Exception as exc:
            if dialect.translate(exc) is None:
                raise
            stuck += 1
            continue
        detail = {"start": [clock.format_utc(row.starts_at), clock.format_utc(row.starts_at + seconds)]}
        queries.remember(conn, tenant_id, row.id, now, None, "system", "zone_rules", row.status, row.status, detail)
        rearm(conn, tenant, row.id, now=now)
        moved += 1
    return moved, stuck
