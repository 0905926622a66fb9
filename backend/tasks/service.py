"""Opening and settling tasks: what a change displaces, what staff settle by hand, what stands again.

Everything here runs inside the write transaction of the change itself, messages included.
"""

from backend.bookings.access import LoadedBooking, load_visible
from backend.bookings.endings import end_booking
from backend.bookings.history import record_change
from backend.bookings.move_requests import lose_hold
from backend.bookings.queries.loading import BookingRow, load_bookings
from backend.bookings.queries.tasks import close_task
from backend.bookings.queries.writing import update_booking
from backend.bookings.view import render_booking, render_items
from backend.clock import load_zone
from backend.contract.bookings import Booking
from backend.contract.schedule import Handling
from backend.errors import Forbidden, IllegalStep
from backend.outbox.queries import drop_reminders, renew_client_notices
from backend.outbox.service import announce_change, renew_reminders, tell_client
from backend.quiet_hours import NIGHT
from backend.schedule.displacing import Displaced, HandledCounts
from backend.tasks import queries, rules
from backend.transactions import UnitOfWork


def handle_displaced(unit: UnitOfWork, displaced: Displaced, handling: Handling) -> HandledCounts:
    """Open a task for each booking ahead, or cancel it, as was asked for; a place that is only held is given back."""
    handled = unreached = 0
    if handling == "keep":
        return HandledCounts(0, 0)
    rows = sorted(load_bookings(unit.conn, unit.tenant_id, displaced.booking_ids), key=lambda row: row.starts_at)
    for row in rows:
        if row.status == "held":
            lose_hold(unit, row.id)
            record_change(unit, row.id, "cancel", "held", "expired", {})
        elif row.status in ("pending", "confirmed") and row.starts_at > unit.now:
            reached = _cancel(unit, row) if handling == "cancel" else open_task(unit, row, displaced)
            handled, unreached = handled + 1, unreached + (not reached)
    return HandledCounts(handled, unreached)


def _cancel(unit: UnitOfWork, row: BookingRow) -> bool:
    """Cancel a booking and tell everybody; return whether a message goes to the client."""
    ended = end_booking(unit, row, "business")
    record_change(unit, row.id, "cancel", row.status, ended.status, {"notified": True})
    return "client" in announce_change(unit, ended, "cancelled")


def open_task(unit: UnitOfWork, row: BookingRow, displaced: Displaced) -> bool:
    """Open the booking's task and ask its client for another time; return whether a message goes to them.

    One that is open already stays; it is settled only when the heavier of the two causes is gone."""
    conn, tenant_id, tenant = unit.conn, unit.tenant_id, unit.tenant
    known = queries.find_task(conn, tenant_id, row.id)
    if known is not None:
        cause = rules.heavier_cause(known.cause, displaced.cause)
        if cause != known.cause:
            values = {"cause": cause, "specialist_id": displaced.specialist_id}
            queries.update_task(conn, tenant_id, known.id, values)
        return any(sending.status != "dropped" for sending in queries.list_sendings(conn, tenant_id, [row.id]))
    quiet, tz = tenant.policies.quiet_hours or NIGHT, load_zone(tenant.timezone)
    plan = rules.plan_messages(unit.now, row.starts_at, quiet, tz)
    values = {
        "booking_id": row.id,
        "cause": displaced.cause,
        "specialist_id": displaced.specialist_id,
        "opened_at": unit.now,
        "opened_by": None if unit.actor.person is None else unit.actor.person.id,
        "ask_again_at": plan.ask_again_at,
        "warn_at": plan.warn_at,
    }
    queries.insert_task(conn, tenant_id, values)
    waiting = update_booking(conn, tenant_id, row, task="open", coming_at=None, late_min=None)
    drop_reminders(conn, tenant_id, row.id, unit.now)
    queries.drop_questions(conn, tenant_id, row.id, unit.now)
    renew_client_notices(conn, tenant_id, row.id, unit.now)
    record_change(unit, row.id, "task", row.status, row.status, {"cause": displaced.cause})
    return tell_client(unit, waiting, "move_asked", due_at=plan.ask_at, expires_at=row.starts_at)


def ask_to_move(unit: UnitOfWork, booking_id: int) -> Booking:
    """Open a task for one booking that staff cannot keep. Raises IllegalStep for one that has begun or ended."""
    booking = _load_as_staff(unit, booking_id)
    row = booking.row
    if row.status not in ("pending", "confirmed") or row.starts_at <= unit.now:
        raise IllegalStep("Only a booking that lies ahead can be moved.")
    if row.task != "open":
        open_task(unit, row, Displaced([row.id], "asked", booking.items[0].specialist_id))
    return _render(unit, booking)


def mark_told(unit: UnitOfWork, booking_id: int) -> Booking:
    """Cancel a booking that needs a new time, as staff have told its client; no message goes to them."""
    booking = _load_open(unit, booking_id)
    ended = end_booking(unit, booking.row, "business", outcome="told")
    record_change(unit, booking_id, "cancel", booking.row.status, ended.status, {"notified": False})
    announce_change(unit, ended, "cancelled", tell_client=False)
    return _render(unit, booking)


def keep_time(unit: UnitOfWork, booking_id: int) -> Booking:
    """Close a task because the booking takes place as booked after all; a client who was asked reads so.

    Raises IllegalStep once it has begun."""
    booking = _load_open(unit, booking_id)
    if booking.row.starts_at <= unit.now:
        raise IllegalStep("This booking has begun already.")
    withdraw_task(unit, booking.row)
    return _render(unit, booking)


def withdraw_task(unit: UnitOfWork, row: BookingRow) -> None:
    """Close the booking's task: its time stands, reminders come again, and a client who was asked is told."""
    conn, tenant_id = unit.conn, unit.tenant_id
    # what still waits is dropped when it is due: the booking needs no new time any more
    was_asked = any(
        sending.was_sent or sending.status == "leased" for sending in queries.list_sendings(conn, tenant_id, [row.id])
    )
    close_task(conn, tenant_id, row, "withdrawn", unit.now)
    standing = update_booking(conn, tenant_id, row, task=None)
    record_change(unit, row.id, "task_withdrawn", row.status, row.status)
    renew_reminders(conn, unit.tenant, standing, unit.now)
    if was_asked:
        tell_client(unit, standing, "time_stands", expires_at=row.starts_at)


def _load_as_staff(unit: UnitOfWork, booking_id: int) -> LoadedBooking:
    booking = load_visible(unit, booking_id)
    if not booking.by_staff:
        raise Forbidden("Only the business may do this.")
    return booking


def _load_open(unit: UnitOfWork, booking_id: int) -> LoadedBooking:
    """Return a booking that needs a new time. Raises IllegalStep for one that does not."""
    booking = _load_as_staff(unit, booking_id)
    if booking.row.task != "open":
        raise IllegalStep("This booking does not need a new time any more.")
    return booking


def _render(unit: UnitOfWork, booking: LoadedBooking) -> Booking:
    (row,) = load_bookings(unit.conn, unit.tenant_id, [booking.row.id])
    return render_booking(unit, row, render_items(booking.items))
