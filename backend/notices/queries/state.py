"""What waits in the outbox, for metrics and for the sandbox's clock."""

from typing import NamedTuple

from sqlalchemy import Connection, and_, case, func, select

from backend.db.rows import fetch_first
from backend.db.tables import outbox, tenants
from backend.outbox.queries import IS_OPEN, open_tenant_id

_O = outbox.c


class OutboxState(NamedTuple):
    """What waits to be sent although its time has come, of the businesses that are switched on."""

    due: int
    broadcasts_due: int
    reminders_late: int
    oldest_due_at: int | None


def load_outbox_state(conn: Connection, now: int, late_s: int) -> OutboxState:
    """Return what is due and not sent; a reminder is late once it has been due for `late_s` seconds."""
    is_late = and_(_O.kind == "reminder", _O.due_at <= now - late_s)
    state = fetch_first(
        conn,
        OutboxState,
        select(
            func.count().label("due"),
            func.count(case((_O.kind == "broadcast", 1))).label("broadcasts_due"),
            func.count(case((is_late, 1))).label("reminders_late"),
            # a broadcast comes after everything else, and may take hours
            func.min(case((_O.kind != "broadcast", _O.due_at))).label("oldest_due_at"),
        )
        .join_from(outbox, tenants, tenants.c.id == open_tenant_id)
        .where(_O.due_at <= now, IS_OPEN, tenants.c.enabled),
    )
    assert state is not None, "an aggregate has one row"
    return state


def load_next_reminder(conn: Connection, now: int) -> int | None:
    """Return when the next reminder of all businesses is due (epoch seconds), None where none is ahead."""
    due = (
        select(func.min(outbox.c.due_at).label("due_at"))
        .join_from(outbox, tenants, tenants.c.id == open_tenant_id)
        .where(outbox.c.kind == "reminder", outbox.c.due_at > now, IS_OPEN, tenants.c.enabled)
    )
    due_at: int | None = conn.scalar(due)
    return due_at
