"""Who works here: roles, the calendars for which accounts act, and what accepting an invitation does."""

from typing import Literal

from sqlalchemy import Connection

from backend.audit.service import record
from backend.auth.queries import load_person
from backend.contract.people import InvitationPreview, Person, Role, Staff, StaffMember
from backend.errors import BadCode, InUse, LastAdmin, NotFound
from backend.people.contexts import StaleContexts
from backend.people.invitations import Invite
from backend.people.queries import roles as queries
from backend.people.queries.people import find_person
from backend.transactions import UnitOfWork


def list_staff(unit: UnitOfWork) -> Staff:
    """Return everybody with a role, once each."""
    members: dict[int, StaffMember] = {}
    for row in queries.load_staff_rows(unit.conn, unit.tenant_id):
        member = members.setdefault(
            row.person_id, StaffMember(row.person_id, row.tg_id, row.name, ["client"], row.specialist_id)
        )
        member.roles.append(row.role)
    return Staff(items=list(members.values()))


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
    if row is None or role not in queries.find_roles(conn, tenant_id, person_id):
        raise NotFound()
    if role == "admin" and queries.find_admin_ids(conn, tenant_id) == [person_id]:
        raise LastAdmin()
    queries.delete_role(conn, tenant_id, person_id, role)
    return row.tg_id


def require_free_calendar(unit: UnitOfWork, specialist_id: int | None, person_id: int | None = None) -> None:
    """Raise NotFound for a calendar that is not there, InUse where an account other than `person_id` acts for it."""
    if specialist_id is None:
        return
    calendar = queries.find_calendar(unit.conn, unit.tenant_id, specialist_id)
    if calendar is None:
        raise NotFound()
    if calendar.person_id is not None and calendar.person_id != person_id:
        raise InUse("An account acts for this calendar. Take its role first.")


def preview_invitation(unit: UnitOfWork, invite: Invite) -> InvitationPreview:
    """Return what accepting would do. Raises BadCode where the calendar is gone."""
    name = None
    if invite.specialist_id is not None:
        calendar = queries.find_calendar(unit.conn, unit.tenant_id, invite.specialist_id)
        if calendar is None:
            raise BadCode()
        name = calendar.name
    return InvitationPreview(role=invite.role, business=unit.tenant.name, specialist_name=name)


def accept_invitation(unit: UnitOfWork, invite: Invite) -> Person:
    """Grant the actor what the invitation says and return them.

    Raises BadCode where the inviting admin is none any more, InUse where the calendar or the actor is bound to another."""
    conn, tenant_id, person_id = unit.conn, unit.tenant_id, unit.actor.person_id
    if invite.invited_by not in queries.find_admin_ids(conn, tenant_id):
        raise BadCode()
    if invite.specialist_id is not None:
        require_free_calendar(unit, invite.specialist_id, person_id)
        own_id = queries.find_calendar_of(conn, tenant_id, person_id)
        if own_id is not None and own_id != invite.specialist_id:
            raise InUse("You have a calendar of your own here already.")
        queries.bind_calendar(conn, tenant_id, invite.specialist_id, person_id)
        queries.grant_role(conn, tenant_id, person_id, "specialist", invite.invited_by, unit.now)
    if invite.role == "admin":
        queries.grant_role(conn, tenant_id, person_id, "admin", invite.invited_by, unit.now)
    record(unit, "role.granted", f"person:{person_id}", {"role": invite.role, "invited_by": invite.invited_by})
    person = load_person(conn, tenant_id, person_id)
    assert person is not None, "the actor is a known person"
    return person
