"""Who works here: roles, the calendars for which accounts act, and what accepting an invitation does."""

from typing import Literal

from sqlalchemy import Connection

from backend.audit.service import record
from backend.auth.contexts import StaleContexts
from backend.auth.queries import load_person
from backend.catalog.service import list_specialists
from backend.contract.people import InvitationPreview, Person, Role, Staff, StaffMember
from backend.errors import BadCode, InUse, LastAdmin, NotFound
from backend.outbox.staff_news import tell_staff_news
from backend.people.invitations import Invite
from backend.people.queries.people import find_person
from backend.people.queries.roles import (
    bind_calendar,
    delete_role,
    find_admin_ids,
    find_calendar,
    find_calendar_of,
    find_roles,
    grant_role,
    load_staff_rows,
)
from backend.transactions import UnitOfWork


def list_staff(unit: UnitOfWork) -> Staff:
    """Return everybody with a role, once each, and all specialists."""
    return Staff(items=list_members(unit), specialists=list_specialists(unit.conn, unit.tenant, staff=True))


def list_members(unit: UnitOfWork) -> list[StaffMember]:
    """Return everybody with a role, once each."""
    members: dict[int, StaffMember] = {}
    for row in load_staff_rows(unit.conn, unit.tenant_id):
        member = members.setdefault(
            row.person_id, StaffMember(row.person_id, row.tg_id, row.name, ["client"], row.specialist_id)
        )
        member.roles.append(row.role)
    return list(members.values())


def revoke_role(unit: UnitOfWork, person_id: int, role: Literal["specialist", "admin"], stale: StaleContexts) -> Person:
    """Take a role from somebody. Raises NotFound, LastAdmin."""
    stale.add(take_role(unit.conn, unit.tenant_id, person_id, role))
    record(unit, "role.revoked", f"person:{person_id}", {"role": role})
    person = load_person(unit.conn, unit.tenant_id, person_id)
    assert person is not None, "take_role has found them"
    return person


def take_role(conn: Connection, tenant_id: int, person_id: int, role: Role) -> int | None:
    """Take a role from somebody and return their Telegram id. Raises NotFound, LastAdmin.

    Call it in a write of this tenant: writes come one after the other, so the second of two sees what the first did."""
    row = find_person(conn, tenant_id, person_id)
    if row is None or role not in find_roles(conn, tenant_id, person_id):
        raise NotFound()
    if role == "admin" and find_admin_ids(conn, tenant_id) == [person_id]:
        raise LastAdmin()
    delete_role(conn, tenant_id, person_id, role)
    return row.tg_id


def require_free_calendar(unit: UnitOfWork, specialist_id: int | None, person_id: int | None = None) -> None:
    """Raise NotFound for a calendar that is not there, InUse where an account other than `person_id` acts for it."""
    if specialist_id is None:
        return
    calendar = find_calendar(unit.conn, unit.tenant_id, specialist_id)
    if calendar is None:
        raise NotFound()
    if calendar.person_id is not None and calendar.person_id != person_id:
        raise InUse("An account acts for this calendar. Take its role first.")


def bind_own_account(unit: UnitOfWork, specialist_id: int, stale: StaleContexts) -> Person:
    """Let the actor, an admin, act for this calendar as a specialist. Raises InUse, NotFound."""
    require_free_calendar(unit, specialist_id, unit.actor.person_id)
    _bind(unit, specialist_id, unit.actor.person_id)
    record(unit, "role.granted", f"person:{unit.actor.person_id}", {"role": "specialist"})
    person = load_person(unit.conn, unit.tenant_id, unit.actor.person_id)
    assert person is not None, "the actor is a known person"
    stale.add(person.tg_id)
    return person


def _bind(unit: UnitOfWork, specialist_id: int, granted_by: int) -> None:
    """Let the actor act for the calendar. Raises InUse where another one is theirs."""
    conn, tenant_id, person_id = unit.conn, unit.tenant_id, unit.actor.person_id
    own_id = find_calendar_of(conn, tenant_id, person_id)
    if own_id is not None and own_id != specialist_id:
        raise InUse("You have a calendar of your own here already.")
    bind_calendar(conn, tenant_id, specialist_id, person_id)
    grant_role(conn, tenant_id, person_id, "specialist", granted_by, unit.now)


def preview_invitation(unit: UnitOfWork, invite: Invite) -> InvitationPreview:
    """Return what accepting would do. Raises BadCode where the calendar is gone."""
    name = None
    if invite.specialist_id is not None:
        calendar = find_calendar(unit.conn, unit.tenant_id, invite.specialist_id)
        if calendar is None:
            raise BadCode()
        name = calendar.name
    return InvitationPreview(role=invite.role, business=unit.tenant.name, specialist_name=name)


def accept_invitation(unit: UnitOfWork, invite: Invite) -> Person:
    """Grant the actor what the invitation says and return them.

    Raises BadCode where the inviting admin is none any more, InUse where the calendar or the actor is bound to another."""
    conn, tenant_id, person_id = unit.conn, unit.tenant_id, unit.actor.person_id
    if invite.invited_by not in find_admin_ids(conn, tenant_id):
        raise BadCode()
    if invite.specialist_id is not None:
        require_free_calendar(unit, invite.specialist_id, person_id)
        _bind(unit, invite.specialist_id, invite.invited_by)
    if invite.role == "admin":
        grant_role(conn, tenant_id, person_id, "admin", invite.invited_by, unit.now)
    record(unit, "role.granted", f"person:{person_id}", {"role": invite.role, "invited_by": invite.invited_by})
    tell_staff_news(unit, "joined", person_id, invite.role)
    person = load_person(conn, tenant_id, person_id)
    assert person is not None, "the actor is a known person"
    return person
