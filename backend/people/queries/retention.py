"""Clients who were not here for long: who they are, and how many."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, and_, case, exists, func, or_, select

from backend.db.tables import bookings, client_messages, people, roles, specialists, tenants

_P, _B, _M = people.c, bookings.c, client_messages.c


def tenants_with_retention(conn: Connection) -> list[int]:
    """Return ids of the businesses in service whose policies say after how many months clients are unlinked."""
    named = tenants.c.added_policies.contains('"retention_months":')
    off = tenants.c.added_policies.contains('"retention_months":0')
    return list(conn.execute(select(tenants.c.id).where(tenants.c.enabled, named, ~off)).scalars())


def lock_old_clients(conn: Connection, tenant_id: int, before: int, limit: int) -> list[int]:
    """Return ids of clients who have done nothing since then; another process skips those that are locked here."""
    statement = select(_P.id).where(_may_be_unlinked(tenant_id), _is_old(before)).order_by(_P.id).limit(limit)
    return list(conn.execute(statement.with_for_update(skip_locked=True, of=people)).scalars())


def count_old_clients(conn: Connection, tenant_id: int, befores: Sequence[int]) -> list[int]:
    """Return for each of the instants how many clients have done nothing since then."""
    sums = [func.sum(case((_is_old(before), 1), else_=0)) for before in befores]
    row = conn.execute(select(*sums).select_from(people).where(_may_be_unlinked(tenant_id))).one()
    return [int(count or 0) for count in row]


def _may_be_unlinked(tenant_id: int) -> ColumnElement[bool]:
    """Return what holds for clients: nobody of the staff, nobody who was erased, nobody who is blocked.

    A blocked client who is forgotten could book again. Walk-ins who joined a client are forgotten with that client."""
    is_staff = or_(
        exists().where(roles.c.tenant_id == _P.tenant_id, roles.c.person_id == _P.id),
        exists().where(specialists.c.tenant_id == _P.tenant_id, specialists.c.person_id == _P.id),
    )
    is_there = and_(_P.erased_at.is_(None), _P.joined_into.is_(None), _P.blocked.is_(False))
    return and_(_P.tenant_id == tenant_id, is_there, ~is_staff)


def _is_old(before: int) -> ColumnElement[bool]:
    """Return whether a client came before that instant, and has booked, come, or written nothing since."""
    theirs = and_(_B.tenant_id == _P.tenant_id, _B.client_id == _P.id)
    booked = exists().where(theirs, or_(_B.ends_at >= before, _B.created_at >= before))
    wrote = exists().where(_M.tenant_id == _P.tenant_id, _M.client_id == _P.id, _M.created_at >= before)
    return and_(_P.created_at < before, ~booked, ~wrote)
