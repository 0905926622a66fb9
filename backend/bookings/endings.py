"""How bookings end: cancelled by somebody, or by the clock where a hold has lapsed or nobody has answered a request.

Everything but the chore runs inside one write transaction of the tenant.
"""

from functools import partial

from sqlalchemy import Connection

from backend.audit.queries.chain import Entry, append_entries
from backend.auth.actor import Actor, TenantRow
from backend.auth.queries import load_tenants
from backend.bookings.move_requests import expire_move_requests, settle_open
from backend.bookings.queries.loading import BookingRow, HistoryRow, load_bookings
from backend.bookings.queries.move_requests import tenants_with_lapsed_move_requests
from backend.bookings.queries.tasks import close_task
from backend.bookings.queries.writing import (
    expire_holds,
    find_lapsed,
    find_strange_requests,
    insert_histories,
    insert_history,
    keep_places,
    release_places,
    tenants_with_lapsed,
    update_booking,
)
from backend.clock import load_zone
from backend.contract.bookings import EndReason
from backend.contract.tasks import Outcome
from backend.db.engine import Database
from backend.outbox.requests import renew_request_notices
from backend.outbox.service import announce_change
from backend.quiet_hours import answer_deadline
from backend.transactions import UnitOfWork


def end_booking(
    unit: UnitOfWork, row: BookingRow, reason: EndReason, note: str = "", outcome: Outcome = "cancelled"
) -> BookingRow:
    """Give the booking's places back and mark it as cancelled by the actor; return its row as it is now.

    `note` is what the actor has typed for the other side, `outcome` how its task was settled, if it has one.
    """
    settle_open(unit, row, "withdrawn")
    release_places(unit.conn, unit.tenant_id, row.id)
    close_task(unit.conn, unit.tenant_id, row, outcome, unit.now)
    person = unit.actor.person
    ended = update_booking(
        unit.conn,
        unit.tenant_id,
        row,
        calendars_follow=True,
        status="cancelled",
        cancelled_at=unit.now,
        cancelled_from=row.status,
        cancelled_by=None if person is None else person.id,
        end_reason=reason,
        decide_by=None,
        end_note=note,
        task=None if row.task == "open" else row.task,
    )
    if row.status == "pending":
        renew_request_notices(unit, row.id)
    return ended


def free_lapsed_places(unit: UnitOfWork) -> int:
    """Expire the tenant's lapsed holds and unanswered requests, which frees their places; return how many there were.

    Every write that depends on free places does this first.
    """
    lapsed = find_lapsed(unit.conn, unit.tenant_id, unit.now)
    holds = [place.id for place in lapsed if place.status == "held"]
    if holds:
        expire_holds(unit.conn, unit.tenant_id, holds)
        change = HistoryRow(unit.now, None, "system", "expire", "held", "expired", "{}")
        insert_histories(unit.conn, unit.tenant_id, [(booking_id, change) for booking_id in holds])
    for place in lapsed:
        if place.status != "held":
            _expire_request(unit, place.id)
    return len(lapsed)


def _expire_request(unit: UnitOfWork, booking_id: int) -> None:
    """Cancel a request that nobody has answered in time; its client is told, with other times."""
    by_clock = unit._replace(actor=Actor(unit.tenant, None, "internal", unit.actor.request_id))
    (row,) = load_bookings(unit.conn, unit.tenant_id, [booking_id])
    ended = end_booking(by_clock, row, "request_expired")
    change = HistoryRow(unit.now, None, "system", "expire", row.status, ended.status, "{}")
    insert_history(unit.conn, unit.tenant_id, booking_id, change)
    entry = Entry(unit.now, "system", "booking.expire", f"booking:{booking_id}", {}, unit.actor.request_id)
    append_entries(unit.conn, unit.tenant_id, [entry])
    announce_change(by_clock, ended, "request_expired")


def clock_unit(conn: Connection, tenant: TenantRow, now: int) -> UnitOfWork:
    """Return a transaction in which nobody acts but the clock."""
    return UnitOfWork(conn, Actor(tenant, None, "internal", ""), now)


def _tend(conn: Connection, tenant: TenantRow, now: int) -> int:
    """Free what has lapsed, after what a release without deadlines has left has been given one."""
    tz = load_zone(tenant.timezone)
    for row in load_bookings(conn, tenant.id, find_strange_requests(conn, tenant.id)):
        is_request = row.status == "pending"
        decide_by = answer_deadline(tenant.policies, tz, now, row.starts_at) if is_request else None
        if row.status in ("pending", "confirmed"):
            keep_places(conn, tenant.id, row.id, decide_by)
        update_booking(conn, tenant.id, row, decide_by=decide_by)
    unit = clock_unit(conn, tenant, now)
    return expire_move_requests(unit) + free_lapsed_places(unit)


async def free_all_lapsed_places(db: Database, now: int) -> int:
    """Expire the lapsed holds and requests of all tenants, also where nobody books, and return how many there were."""
    count = 0
    ids = await db.read(lambda conn: {*tenants_with_lapsed(conn, now), *tenants_with_lapsed_move_requests(conn, now)})
    tenants = await db.read(lambda conn: load_tenants(conn, ids)) if ids else {}
    for tenant in tenants.values():
        count += await db.write(tenant.id, partial(_tend, tenant=tenant, now=now))
    return count
