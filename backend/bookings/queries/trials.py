"""Which bookings of a new business are nothing but its admins' own."""

from collections.abc import Collection

from sqlalchemy import Connection, and_, delete, not_, or_, select

from backend.contract.notices import REPLACED
from backend.db.tables import bookings, outbox, roles
from backend.outbox.queries import renew_matching

_B = bookings.c


def find_trials(conn: Connection, tenant_id: int) -> list[int]:
    """Return the ids of all bookings, where every one is for an admin; none where anybody else has booked."""
    admins = select(roles.c.person_id).where(roles.c.tenant_id == tenant_id, roles.c.role == "admin")
    counted = _B.tenant_id == tenant_id, _B.status.not_in(("held", "expired"))
    others = select(_B.id).where(*counted, _B.client_id.not_in(admins)).limit(1)
    if conn.execute(others).first() is not None:
        return []
    return list(conn.execute(select(_B.id).where(*counted).order_by(_B.id)).scalars())


def take_back_notices(conn: Connection, tenant_id: int, booking_ids: Collection[int], now: int) -> None:
    """Let what has been sent about these bookings, or is being sent, say what holds now, and delete all other messages."""
    about = and_(outbox.c.tenant_id == tenant_id, outbox.c.booking_id.in_(booking_ids))
    is_there = or_(outbox.c.status == "leased", outbox.c.message_id.is_not(None))
    changed = and_(is_there, outbox.c.kind.not_in(sorted(REPLACED)))
    conn.execute(delete(outbox).where(about, not_(changed)))
    renew_matching(conn, about, now)
