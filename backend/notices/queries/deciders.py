"""Who may answer a request."""

from typing import NamedTuple

from sqlalchemy import Connection, and_, select

from backend.db.rows import columns_of, fetch_all
from backend.db.tables import people, roles, specialists


class Admin(NamedTuple):
    """A person who runs a business."""

    id: int
    name: str


def find_admins(conn: Connection, tenant_id: int) -> list[Admin]:
    """Return the people who run the business, those who have been so for longest first."""
    statement = (
        select(*columns_of(Admin, people))
        .join(roles, and_(roles.c.tenant_id == people.c.tenant_id, roles.c.person_id == people.c.id))
        .where(roles.c.tenant_id == tenant_id, roles.c.role == "admin")
    )
    return fetch_all(conn, Admin, statement.order_by(roles.c.granted_at, people.c.id))


def find_calendar(conn: Connection, tenant_id: int, person_id: int) -> int | None:
    """Return the id of the specialist for whose calendar the person acts, or None."""
    statement = (
        select(specialists.c.id)
        .join(roles, and_(roles.c.tenant_id == specialists.c.tenant_id, roles.c.person_id == specialists.c.person_id))
        .where(
            specialists.c.tenant_id == tenant_id,
            specialists.c.person_id == person_id,
            specialists.c.archived_at.is_(None),
            roles.c.role == "specialist",
        )
    )
    return conn.execute(statement).scalar()
