"""Which bookings of a new business are nothing but its admins' own."""

from sqlalchemy import Connection, select

from backend.db.tables import bookings, roles

_B = bookings.c


def find_trials(conn: Connection, tenant_id: int) -> list[int]:
    """Return the ids of all bookings, where every one is for an admin; none where anybody else has booked."""
    admins = select(roles.c.person_id).where(roles.c.tenant_id == tenant_id, roles.c.role == "admin")
    counted = _B.tenant_id == tenant_id, _B.status.not_in(("held", "expired"))
    others = select(_B.id).where(*counted, _B.client_id.not_in(admins)).limit(1)
    if conn.execute(others).first() is not None:
        return []
    return list(conn.execute(select(_B.id).where(*counted).order_by(_B.id)).scalars())
