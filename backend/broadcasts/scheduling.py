"""Broadcasts that are sent at a time: chosen as a wall time of the business, taken back, and sent when it has come."""

from datetime import UTC, datetime
from functools import partial

from sqlalchemy import Connection

from backend import clock
from backend.audit.queries.chain import Entry, append_entries
from backend.audit.service import record
from backend.auth.actor import TenantRow
from backend.auth.queries import load_tenants
from backend.broadcasts import rules
from backend.broadcasts.queries import drafts
from backend.broadcasts.queries.messages import show_progress_to
from backend.broadcasts.service import load_broadcast, load_in_status, start_sending
from backend.contract.broadcasts import Broadcast
from backend.contract.notices import BROADCAST_LATE
from backend.db.engine import Database
from backend.errors import Invalid, NonexistentTime
from backend.outbox.service import tell_admins
from backend.transactions import UnitOfWork

# No clock on earth is farther ahead of UTC.
_FARTHEST_S = 14 * 3600


def schedule_broadcast(unit: UnitOfWork, broadcast_id: int, local_time: str) -> Broadcast:
    """Send a draft at a local time of the business, in place of the time that it had.

    Raises NotFound, IllegalStep once it is being sent, Invalid for a time that has passed or is over a year ahead,
    NonexistentTime for one that the clocks skip.
    """
    load_in_status(unit, broadcast_id, "draft")
    tz, wall = clock.load_zone(unit.tenant.timezone), clock.parse_wall(local_time, "local_time")
    if clock.in_gap(wall, tz):
        raise NonexistentTime(field="local_time")
    instant = clock.wall_to_epoch(wall, tz)
    if instant <= unit.now:
        raise Invalid("This time has passed.", field="local_time")
    if instant > unit.now + rules.MAX_AHEAD_S:
        raise Invalid("A broadcast is scheduled at most a year ahead.", field="local_time")
    values: dict[str, object] = {"send_local": local_time, "scheduled_by": unit.actor.person_id}
    drafts.update_broadcast(unit.conn, unit.tenant_id, broadcast_id, values)
    record(unit, "broadcast.scheduled", f"broadcast:{broadcast_id}", {"local_time": local_time})
    return load_broadcast(unit, broadcast_id)


def cancel_schedule(unit: UnitOfWork, broadcast_id: int) -> Broadcast:
    """Make a scheduled broadcast a draft again. Raises NotFound, IllegalStep once it is being sent."""
    row = load_in_status(unit, broadcast_id, "draft")
    if row.send_local is not None:
        drafts.update_broadcast(unit.conn, unit.tenant_id, broadcast_id, {"send_local": None})
        record(unit, "broadcast.unscheduled", f"broadcast:{broadcast_id}")
    return load_broadcast(unit, broadcast_id)


async def send_scheduled(db: Database, now: int) -> int:
    """Begin to send the broadcasts whose time has come, each once, and return how many.

    One that is late by more than a day, as nothing served, becomes a draft again, and its admins are told.
    """
    latest = datetime.fromtimestamp(now + _FARTHEST_S, UTC).strftime("%Y-%m-%dT%H:%M")
    waiting = await db.read(lambda conn: drafts.find_scheduled(conn, latest))
    if not waiting:
        return 0
    tenants = await db.read(lambda conn: load_tenants(conn, {found.tenant_id for found in waiting}))
    count = 0
    for found in waiting:
        tenant = tenants[found.tenant_id]
        if tenant.enabled and _is_due(found.send_local, tenant, now):
            count += await db.write(tenant.id, partial(_send, tenant_id=tenant.id, broadcast_id=found.id, now=now))
    return count


def _is_due(send_local: str, tenant: TenantRow, now: int) -> bool:
    return rules.scheduled_instant(send_local, clock.load_zone(tenant.timezone)) <= now


def _send(conn: Connection, tenant_id: int, broadcast_id: int, now: int) -> bool:
    """Begin to send one; return whether it was. It may have been sent, changed or taken back meanwhile."""
    tenant = load_tenants(conn, [tenant_id])[tenant_id]
    row = drafts.load_broadcast(conn, tenant_id, broadcast_id)
    if row is None or row.status != "draft" or row.send_local is None or not _is_due(row.send_local, tenant, now):
        return False
    tz = clock.load_zone(tenant.timezone)
    is_late = now > rules.scheduled_instant(row.send_local, tz) + rules.LATE_S
    subject = f"broadcast:{broadcast_id}"
    if is_late:
        drafts.update_broadcast(conn, tenant_id, broadcast_id, {"send_local": None})
        append_entries(conn, tenant_id, [Entry(now, "system", "broadcast.late", subject)])
        tell_admins(conn, tenant, f"{BROADCAST_LATE} {broadcast_id}", now)
        return False
    total = start_sending(conn, tenant, row, now)
    append_entries(conn, tenant_id, [Entry(now, "system", "broadcast.sent", subject, {"total": total, "left": total})])
    if row.scheduled_by is not None and drafts.is_admin(conn, tenant_id, row.scheduled_by):
        show_progress_to(conn, tenant_id, broadcast_id, row.scheduled_by, now)
    return True
