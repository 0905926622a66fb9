"""The open task of a booking, settled by what becomes of the booking, and the message that it was about."""

from sqlalchemy import Connection, and_, bindparam, or_, select, text, update

from backend.bookings.queries.loading import BookingRow
from backend.contract.tasks import Outcome
from backend.db.compiled import CompiledScalar, CompiledStatement
from backend.db.tables import outbox, tasks

_T = tasks.c
# Word for word as in the partial index, else SQLite does not use it.
IS_OPEN = text("tasks.closed_at IS NULL")
_CLOSE = CompiledStatement(
    update(tasks)
    .where(_T.tenant_id == bindparam("tenant"), _T.booking_id == bindparam("booking"), IS_OPEN)
    .values(closed_at=bindparam("at"), outcome=bindparam("how"))
)
# Whether a task was settled by a cancellation, which may be taken back.
_WAS_CANCELLED = or_(_T.outcome == "cancelled", _T.outcome == "told")
_CANCELLED = CompiledScalar(
    select(_T.id)
    .where(
        _T.tenant_id == bindparam("tenant"),
        _T.booking_id == bindparam("booking"),
        _T.closed_at == bindparam("at"),
        _WAS_CANCELLED,
    )
    .order_by(_T.id.desc())
    .limit(1)
)
_REOPEN = CompiledStatement(
    update(tasks)
    .where(_T.tenant_id == bindparam("tenant"), _T.id == bindparam("task"))
    .values(closed_at=None, outcome=None)
)


def hand_message_over(conn: Connection, tenant_id: int, booking_id: int, message_id: int, now: int) -> None:
    """Let what had been sent to the client in this message leave it alone: it shows something else from now on."""
    shown = and_(outbox.c.tenant_id == tenant_id, outbox.c.booking_id == booking_id, outbox.c.role == "client")
    conn.execute(
        update(outbox)
        .where(shown, outbox.c.message_id == message_id, outbox.c.status.in_(("waiting", "sent")))
        .values(status="sent", message_id=None, done_at=now)
    )


def close_task(conn: Connection, tenant_id: int, booking: BookingRow, outcome: Outcome, now: int) -> None:
    """Close the booking's open task, if it has one; the caller changes the booking's own `task`."""
    if booking.task == "open":
        _CLOSE.run(conn, tenant=tenant_id, booking=booking.id, at=now, how=outcome)


def reopen_task(conn: Connection, tenant_id: int, booking_id: int, cancelled_at: int | None) -> bool:
    """Open the task again that was closed when the booking was cancelled; False where there was none."""
    task_id = _CANCELLED.first(conn, tenant=tenant_id, booking=booking_id, at=cancelled_at)
    if task_id is None:
        return False
    _REOPEN.run(conn, tenant=tenant_id, task=task_id)
    return True
