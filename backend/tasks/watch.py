"""What time does to open tasks: clients are asked again, staff are warned, and at the start what was asked in vain ends."""

from functools import partial

from sqlalchemy import Connection

from backend.audit.queries.chain import Entry, append_entries
from backend.auth.actor import Actor, TenantRow
from backend.auth.queries import load_tenants
from backend.bookings.endings import end_booking
from backend.bookings.queries.loading import BookingRow, HistoryRow, load_bookings
from backend.bookings.queries.tasks import close_task
from backend.bookings.queries.writing import insert_history, update_booking
from backend.clock import load_zone
from backend.db.engine import Database
from backend.outbox.queries import NewNotice, insert_notices, load_audience
from backend.outbox.service import announce_change, renew_reminders, tell_client
from backend.quiet_hours import NIGHT, quiet_stretch
from backend.tasks import queries
from backend.tasks.queries import TaskRow
from backend.transactions import UnitOfWork


async def watch_tasks(db: Database, now: int) -> int:
    """Do what is due about the open tasks of all tenants, and return for how many something was."""
    ids = await db.read(lambda conn: queries.tenants_with_due_tasks(conn, now))
    tenants = await db.read(lambda conn: load_tenants(conn, ids)) if ids else {}
    count = 0
    for tenant in tenants.values():
        count += await db.write(tenant.id, partial(_watch, tenant=tenant, now=now))
    return count


def _watch(conn: Connection, tenant: TenantRow, now: int) -> int:
    unit = UnitOfWork(conn, Actor(tenant, None, "internal", ""), now)
    due = queries.list_due(conn, tenant.id, now)
    rows = {row.id: row for row in load_bookings(conn, tenant.id, [task.booking_id for task in due])}
    moved = queries.list_moved(conn, tenant.id)
    for row in (rows[booking_id] for booking_id in moved):
        close_task(conn, tenant.id, row, "moved", now)
        renew_reminders(conn, tenant, update_booking(conn, tenant.id, row, task=None), now)
    return len(moved) + sum(_tend(unit, task, rows[task.booking_id]) for task in due if task.booking_id not in moved)


def _tend(unit: UnitOfWork, task: TaskRow, row: BookingRow) -> bool:
    """Do what is due about one task; return whether anything was. At night everything but the end waits."""
    if row.status not in ("pending", "confirmed"):
        close_task(unit.conn, unit.tenant_id, row, "cancelled", unit.now)
        update_booking(unit.conn, unit.tenant_id, row, task=None)
        return True
    if row.starts_at <= unit.now:
        return _end(unit, task, row)
    quiet, tz = unit.tenant.policies.quiet_hours or NIGHT, load_zone(unit.tenant.timezone)
    if quiet_stretch(unit.now, quiet, tz) is not None:
        return False
    if task.ask_again_at is not None and task.ask_again_at <= unit.now:
        queries.update_task(unit.conn, unit.tenant_id, task.id, {"ask_again_at": None})
        tell_client(unit, row, "move_asked", due_at=unit.now, expires_at=row.starts_at)
    if task.warn_at is not None and task.warn_at <= unit.now:
        queries.update_task(unit.conn, unit.tenant_id, task.id, {"warn_at": None})
        _warn_staff(unit, row)
    return True


def _warn_staff(unit: UnitOfWork, row: BookingRow) -> None:
    """Tell the booking's specialists and the admins that its client has not answered."""
    audience = load_audience(unit.conn, unit.tenant_id, row.id, None)
    staff = {person.id: person.role for person in audience if person.role != "client" and person.unreachable_at is None}
    insert_notices(
        unit.conn,
        [
            NewNotice(unit.tenant_id, row.id, person_id, role, "move_asked", unit.now, unit.now, row.starts_at)
            for person_id, role in staff.items()
        ],
    )


def _end(unit: UnitOfWork, task: TaskRow, row: BookingRow) -> bool:
    """Cancel a booking that begins now and whose client has been asked; the others stay until staff have called them."""
    if task.ask_again_at is not None or task.warn_at is not None:
        queries.update_task(unit.conn, unit.tenant_id, task.id, {"ask_again_at": None, "warn_at": None})
    if not any(sending.was_sent for sending in queries.list_sendings(unit.conn, unit.tenant_id, [row.id])):
        return False
    ended = end_booking(unit, row, "task_unanswered", outcome="unanswered")
    change = HistoryRow(unit.now, None, "system", "cancel", row.status, ended.status, "{}")
    insert_history(unit.conn, unit.tenant_id, row.id, change)
    entry = Entry(unit.now, "system", "booking.cancel", f"booking:{row.id}", {"reason": "task_unanswered"}, "")
    append_entries(unit.conn, unit.tenant_id, [entry])
    announce_change(unit, ended, "cancelled")
    return True
