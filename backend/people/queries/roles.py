"""Roles, and the calendars for which accounts act."""

from typing import NamedTuple

from sqlalchemy import Connection, and_, delete, select, update

from backend.contract.people import Role
from backend.db import dialect
from backend.db.rows import columns_of, fetch_all, fetch_first
from backend.db.tables import people, roles, specialists

_P, _R, _S = people.c, roles.c, specialists.c


class StaffRow(NamedTuple):
    """One role of one person, and the calendar that is theirs."""

    person_id: int
    tg_id: int | None
    name: str
    role: Role
    specialist_id: int | None


class CalendarRow(NamedTuple):
    """A specialist as one for whom an account may act."""

    id: int
    name: str
    person_id: int | None


def load_staff_rows(conn: Connection, tenant_id: int) -> list[StaffRow]:
    """Return a row for each role that somebody has."""
    statement = (
        select(_P.id.label("person_id"), _P.tg_id, _P.name, _R.role, _S.id.label("specialist_id"))
        .join(people, and_(_P.tenant_id == _R.tenant_id, _P.id == _R.person_id))
        .outerjoin(specialists, and_(_S.tenant_id == _P.tenant_id, _S.person_id == _P.id, _S.archived_at.is_(None)))
        .where(_R.tenant_id == tenant_id)
        .order_by(_P.name_search, _P.id, _R.role)
    )
    return fetch_all(conn, StaffRow, statement)


def find_roles(conn: Connection, tenant_id: int, person_id: int) -> set[Role]:
    """Return the person's roles beyond client."""
    statement = select(_R.role).where(_R.tenant_id == tenant_id, _R.person_id == person_id)
    return set(conn.execute(statement).scalars())


def find_admin_ids(conn: Connection, tenant_id: int) -> list[int]:
    """Return the admins' person ids in order."""
    statement = select(_R.person_id).where(_R.tenant_id == tenant_id, _R.role == "admin")
    return list(conn.execute(statement.order_by(_R.person_id)).scalars())


def grant_role(conn: Connection, tenant_id: int, person_id: int, role: Role, granted_by: int | None, now: int) -> None:
    """Give the person a role; they may have it already."""
    statement = dialect.upsert_into(conn, roles).values(
        tenant_id=tenant_id, person_id=person_id, role=role, granted_at=now, granted_by=granted_by
    )
    conn.execute(statement.on_conflict_do_nothing(index_elements=["tenant_id", "person_id", "role"]))


def delete_role(conn: Connection, tenant_id: int, person_id: int, role: Role) -> None:
    """Take a role from the person, and with that of a specialist the calendar."""
    conn.execute(delete(roles).where(_R.tenant_id == tenant_id, _R.person_id == person_id, _R.role == role))
    if role == "specialist":
        conn.execute(
            update(specialists).where(_S.tenant_id == tenant_id, _S.person_id == person_id).values(person_id=None)
        )


def find_calendar(conn: Connection, tenant_id: int, specialist_id: int) -> CalendarRow | None:
    """Return a specialist who is not archived, or None."""
    statement = select(*columns_of(CalendarRow, specialists)).where(
        _S.tenant_id == tenant_id, _S.id == specialist_id, _S.archived_at.is_(None)
    )
    return fetch_first(conn, CalendarRow, statement)


def find_calendar_of(conn: Connection, tenant_id: int, person_id: int) -> int | None:
    """Return the id of the calendar that is bound to a person, archived or not; None where none is."""
    return conn.execute(select(_S.id).where(_S.tenant_id == tenant_id, _S.person_id == person_id)).scalar()


def bind_calendar(conn: Connection, tenant_id: int, specialist_id: int, person_id: int) -> None:
    """Let the person act for this calendar."""
    conn.execute(
        update(specialists).where(_S.tenant_id == tenant_id, _S.id == specialist_id).values(person_id=person_id)
    )
