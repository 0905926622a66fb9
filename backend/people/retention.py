"""Old data leave by themselves where the business says so: clients who were not here for so many months are unlinked.

Unlinked is what erasing makes of somebody: nothing tells any more who they were, bookings and amounts stay, histories and
the audit log stay whole. In small batches, each a transaction of its own: a kill loses nothing, and what is left comes next.
"""

from datetime import UTC, datetime
from functools import partial
from weakref import WeakKeyDictionary

from sqlalchemy import Connection

from backend.audit.queries.chain import Entry, append_entries
from backend.auth.actor import TenantRow
from backend.auth.queries import load_tenants
from backend.contract.tenancy import RETENTION_CHOICES, Privacy, RetentionCount
from backend.db.engine import Database
from backend.kit.logging import log
from backend.people.forgetting import forget_person
from backend.people.queries.retention import count_old_clients, lock_old_clients, tenants_with_retention
from backend.transactions import UnitOfWork

BATCH = 50
# So many batches of a business in one round of chores; where more is left, it comes in the next.
BATCHES_A_ROUND = 10
# Otherwise it is looked for once an hour, which is also how long a business has to think again.
EVERY_S = 3600
# When this process has looked last.
_looked_at: WeakKeyDictionary[Database, int] = WeakKeyDictionary()


def cut_off(now: int, months: int) -> int:
    """Return the instant that lies so many months of the calendar before now, in epoch seconds."""
    at = datetime.fromtimestamp(now, UTC)
    year, month = divmod(at.year * 12 + at.month - 1 - months, 12)
    # the 31st of a shorter month is its 28th: a few days more for the client
    return int(at.replace(year=year, month=month + 1, day=min(at.day, 28)).timestamp())


def load_privacy(unit: UnitOfWork) -> Privacy:
    """Return what the business has decided, and how many clients each choice of months would unlink now."""
    policies = unit.tenant.policies
    choices = sorted({*RETENTION_CHOICES, policies.retention_months} - {0})
    counts = count_old_clients(unit.conn, unit.tenant_id, [cut_off(unit.now, months) for months in choices])
    return Privacy(
        policies=policies,
        counts=[RetentionCount(months, count) for months, count in zip(choices, counts, strict=True)],
    )


async def unlink_old_clients(db: Database, now: int) -> int:
    """Unlink the clients of all businesses who were not here for as long as theirs says; return how many there were."""
    if now - _looked_at.get(db, 0) < EVERY_S:
        return 0
    total, is_done = 0, True
    ids = await db.read(tenants_with_retention)
    tenants = await db.read(lambda conn: load_tenants(conn, ids)) if ids else {}
    for tenant in tenants.values():
        count = 0
        for _ in range(BATCHES_A_ROUND):
            unlinked = await db.write(tenant.id, partial(_unlink_batch, tenant=tenant, now=now))
            count += unlinked
            if unlinked < BATCH:
                break
        else:
            is_done = False
        if count:
            db.metrics.clients_unlinked.inc(count)
            log.info("clients unlinked", tenant=tenant.slug, count=count, months=tenant.policies.retention_months)
        total += count
    if is_done:
        _looked_at[db] = now
    return total


def _unlink_batch(conn: Connection, tenant: TenantRow, now: int) -> int:
    # the policy as it is in this transaction: it may have been switched off since
    months = load_tenants(conn, [tenant.id])[tenant.id].policies.retention_months
    if not months:
        return 0
    ids = lock_old_clients(conn, tenant.id, cut_off(now, months), BATCH)
    for person_id in ids:
        forget_person(conn, tenant.id, person_id, now)
    detail = {"months": months}
    append_entries(conn, tenant.id, [Entry(now, "system", "person.unlinked", f"person:{each}", detail) for each in ids])
    return len(ids)
