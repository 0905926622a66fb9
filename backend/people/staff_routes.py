"""`/v1/staff`, `/v1/invitations`: who works here, and how one comes to and ceases to."""

from typing import Annotated, Any, Literal

from litestar import Request, delete, get, post
from litestar.params import FromPath, JSONBody, PathParameter
from sqlalchemy import Connection

from backend import clock
from backend import idempotency as commands
from backend.audit.service import record
from backend.auth.access import Access
from backend.auth.actor import Actor
from backend.contract import Done
from backend.contract import people as wire
from backend.db.engine import Database
from backend.errors import BadCode, Forbidden, InUse, Invalid, NotFound
from backend.locks import SharedRedis
from backend.people import queries, service
from backend.people.invitations import Invitations, Invite
from backend.transactions import UnitOfWork

Command = Request[Any, Any, Any]


@get("/v1/staff", access=Access.ADMIN)
async def list_staff(actor: Actor, db: Database) -> wire.Staff:
    """Everybody with a role."""
    return wire.Staff(items=await db.read(lambda conn: service.staff(conn, actor.tenant.id)))


@delete("/v1/staff/{person_id:int}/roles/{role:str}", access=Access.ADMIN, status_code=200)
async def revoke_role(
    actor: Actor,
    request: Command,
    db: Database,
    redis: SharedRedis,
    now: int,
    person_id: Annotated[int, PathParameter(ge=1, lt=2**53)],
    role: FromPath[Literal["specialist", "admin"]],
) -> commands.Answered[wire.Person]:
    """Takes a role; it is refused from the next request on. The last admin stays (`last_admin`)."""
    touched: list[int | None] = []

    def write(conn: Connection) -> wire.Person:
        touched.append(service.revoke(conn, actor.tenant.id, person_id, role))
        record(UnitOfWork(conn, actor, now), "role.revoked", f"person:{person_id}", {"role": role})
        return service.person(conn, actor.tenant.id, person_id)

    answer = await commands.run(request, actor, db, write, status=200)
    await service.forget_context(redis, actor.tenant.slug, touched)
    return answer


@post("/v1/invitations", access=Access.ADMIN)
async def invite(
    data: JSONBody[wire.NewInvitation], actor: Actor, request: Command, db: Database, redis: SharedRedis, now: int
) -> commands.Answered[wire.Invitation]:
    """A token for a link and a code to type; both die together after use, when revoked, or after 48 hours."""
    if data.role == "specialist" and data.specialist_id is None:
        raise Invalid("A specialist's invitation names the calendar.", field="specialist_id")
    await db.read(lambda conn: _bindable(conn, actor.tenant.id, data.specialist_id))
    invitations = _invitations(request, redis, actor)
    issued, token, code = await invitations.issue(data.role, data.specialist_id, actor.person_id, now)

    def write(conn: Connection) -> wire.Invitation:
        record(UnitOfWork(conn, actor, now), "invitation.issued", "invitation", {"role": data.role})
        return wire.Invitation(
            id=issued.id,
            token=token,
            code=code,
            expires_at=clock.format_utc(issued.expires_at),
            role=data.role,
            specialist_id=data.specialist_id,
        )

    answer = await commands.run(request, actor, db, write)
    if "Idempotent-Replayed" in answer.headers:
        await invitations.revoke(issued.id)  # the one of the first answer is the one that counts
    return answer


@delete("/v1/invitations/{invitation_id:str}", access=Access.ADMIN, status_code=200)
async def revoke_invitation(
    actor: Actor,
    request: Command,
    db: Database,
    redis: SharedRedis,
    now: int,
    invitation_id: Annotated[str, PathParameter(max_length=64)],
) -> commands.Answered[Done]:
    """The link and the code are void from now on."""
    revoked = await _invitations(request, redis, actor).revoke(invitation_id)

    def write(conn: Connection) -> Done:
        if not revoked:
            raise NotFound()
        record(UnitOfWork(conn, actor, now), "invitation.revoked", "invitation")
        return Done()

    return await commands.run(request, actor, db, write, status=200)


@post("/v1/invitations/preview", access=Access.CLIENT, status_code=200)
async def preview(
    data: JSONBody[wire.Redeem], actor: Actor, request: Command, db: Database, redis: SharedRedis, now: int
) -> wire.InvitationPreview:
    """What accepting would do. A wrong code counts as a guess."""
    invitations = _invitations(request, redis, actor)
    tg_id = _tg_id(actor)
    await invitations.count_attempt(tg_id)
    found = await invitations.find(data.code, now)
    if found is None:
        raise BadCode()
    await invitations.forgive_attempt(tg_id)

    def read(conn: Connection) -> wire.InvitationPreview:
        calendar = None
        if found.specialist_id is not None:
            calendar = queries.calendar(conn, actor.tenant.id, found.specialist_id)
            if calendar is None:
                raise BadCode()
        name = None if calendar is None else calendar.name
        return wire.InvitationPreview(role=found.role, business=actor.tenant.name, specialist_name=name)

    return await db.read(read)


@post("/v1/invitations/redeem", access=Access.CLIENT, status_code=200)
async def redeem(
    data: JSONBody[wire.Redeem], actor: Actor, request: Command, db: Database, redis: SharedRedis, now: int
) -> commands.Answered[wire.Person]:
    """Accepts: the role is granted, the calendar bound. Of many at once with one code, one gets it."""
    invitations = _invitations(request, redis, actor)
    tg_id = _tg_id(actor)
    await invitations.count_attempt(tg_id)
    taken = await invitations.take(data.code, now)
    used = False

    def write(conn: Connection) -> wire.Person:
        nonlocal used
        used = False
        if taken is None:
            raise BadCode()
        _accept(conn, actor, taken, now)
        used = True
        return service.person(conn, actor.tenant.id, actor.person_id)

    try:
        answer = await commands.run(request, actor, db, write, status=200)
    except Exception:
        if taken is not None:
            await invitations.put_back(taken, now)
        raise
    if taken is not None and not used:
        await invitations.put_back(taken, now)
    if answer.status_code is not None and answer.status_code < 400:
        await invitations.forgive_attempt(tg_id)
        await service.forget_context(redis, actor.tenant.slug, [tg_id])
    return answer


def _accept(conn: Connection, actor: Actor, taken: Invite, now: int) -> None:
    """Grants what the invitation says. Raises InUse where the calendar or the person is bound to another."""
    tenant_id, person_id = actor.tenant.id, actor.person_id
    if taken.invited_by not in queries.admins(conn, tenant_id):
        raise BadCode()  # whoever invited has no say here any more
    if taken.specialist_id is not None:
        _bindable(conn, tenant_id, taken.specialist_id, person_id)
        own = queries.calendar_of(conn, tenant_id, person_id)
        if own is not None and own != taken.specialist_id:
            raise InUse("You have a calendar of your own here already.")
        queries.bind(conn, tenant_id, taken.specialist_id, person_id)
        queries.grant(conn, tenant_id, person_id, "specialist", taken.invited_by, now)
    if taken.role == "admin":
        queries.grant(conn, tenant_id, person_id, "admin", taken.invited_by, now)
    detail = {"role": taken.role, "invited_by": taken.invited_by}
    record(UnitOfWork(conn, actor, now), "role.granted", f"person:{person_id}", detail)


def _bindable(conn: Connection, tenant_id: int, specialist_id: int | None, person_id: int | None = None) -> None:
    """Raises NotFound for a calendar that is not there, InUse where another account acts for it."""
    if specialist_id is None:
        return
    calendar = queries.calendar(conn, tenant_id, specialist_id)
    if calendar is None:
        raise NotFound()
    if calendar.person_id is not None and calendar.person_id != person_id:
        raise InUse("An account acts for this calendar. Take its role first.")


def _tg_id(actor: Actor) -> int:
    if actor.person is None or actor.person.tg_id is None:
        raise Forbidden()
    return actor.person.tg_id


def _invitations(request: Command, redis: SharedRedis, actor: Actor) -> Invitations:
    return Invitations(redis, request.app.state.settings.internal_key, actor.tenant.slug)


handlers = [list_staff, revoke_role, invite, revoke_invitation, preview, redeem]
