"""`/v1/staff`, `/v1/invitations`: who works here, and how somebody comes to and ceases to."""

from typing import Annotated, Literal

from litestar import delete, get, post, put
from litestar.params import FromPath, JSONBody, PathParameter

from backend import clock
from backend.audit.service import record
from backend.auth.access import Access
from backend.auth.actor import Actor
from backend.auth.contexts import StaleContexts
from backend.bodies import StrictRequest
from backend.contract import Done
from backend.contract.people import Invitation, InvitationPreview, NewInvitation, Person, Redeem, Staff
from backend.errors import BadCode, Forbidden, Invalid, NotFound
from backend.idempotency import Answered
from backend.kit.redis import SharedRedis
from backend.people import staff
from backend.people.invitations import Invitations
from backend.transactions import Transactions, UnitOfWork

Id = Annotated[int, PathParameter(ge=1, lt=2**53)]


@get("/v1/staff", access=Access.ADMIN)
async def list_staff(transactions: Transactions) -> Staff:
    """Return everybody with a role."""
    return await transactions.read(staff.list_staff)


@delete("/v1/staff/{person_id:int}/roles/{role:str}", access=Access.ADMIN, status_code=200)
async def revoke_role(
    transactions: Transactions,
    redis: SharedRedis,
    person_id: Id,
    role: FromPath[Literal["specialist", "admin"]],
) -> Answered[Person]:
    """Take a role; it is refused from the next request on. The last admin stays (`last_admin`)."""
    stale = StaleContexts(redis, transactions.actor.tenant.slug)
    answer = await transactions.write(lambda unit: staff.revoke_role(unit, person_id, role, stale), 200)
    await stale.drop()
    return answer


@put("/v1/specialists/{specialist_id:int}/account", access=Access.ADMIN)
async def put_account(transactions: Transactions, redis: SharedRedis, specialist_id: Id) -> Answered[Person]:
    """Let the caller act for this calendar: "this is me". Refused (`in_use`) where either is bound to another."""
    stale = StaleContexts(redis, transactions.actor.tenant.slug)
    answer = await transactions.write(lambda unit: staff.bind_own_account(unit, specialist_id, stale), 200)
    await stale.drop()
    return answer


@post("/v1/invitations", access=Access.ADMIN)
async def create_invitation(
    data: JSONBody[NewInvitation], transactions: Transactions, request: StrictRequest, redis: SharedRedis
) -> Answered[Invitation]:
    """Issue a token for a link and a code to type; both end together after use, when revoked, or after 48 hours."""
    if data.role == "specialist" and data.specialist_id is None:
        raise Invalid("A specialist's invitation names the calendar.", field="specialist_id")
    await transactions.read(lambda unit: staff.require_free_calendar(unit, data.specialist_id))
    actor = transactions.actor
    invitations = _invitations(request, redis, actor)
    invite, token, code = await invitations.issue(data.role, data.specialist_id, actor.person_id, transactions.now)

    def write(unit: UnitOfWork) -> Invitation:
        record(unit, "invitation.issued", "invitation", {"role": data.role})
        return Invitation(
            id=invite.id,
            token=token,
            code=code,
            expires_at=clock.format_utc(invite.expires_at),
            role=data.role,
            specialist_id=data.specialist_id,
        )

    answer = await transactions.write(write)
    if "Idempotent-Replayed" in answer.headers:
        await invitations.revoke(invite.id)  # the first answer's invitation is the one that counts
    return answer


@delete("/v1/invitations/{invitation_id:str}", access=Access.ADMIN, status_code=200)
async def revoke_invitation(
    transactions: Transactions,
    request: StrictRequest,
    redis: SharedRedis,
    invitation_id: Annotated[str, PathParameter(max_length=64)],
) -> Answered[Done]:
    """Make the link and the code void."""
    revoked = await _invitations(request, redis, transactions.actor).revoke(invitation_id)

    def write(unit: UnitOfWork) -> Done:
        if not revoked:
            raise NotFound()
        record(unit, "invitation.revoked", "invitation")
        return Done()

    return await transactions.write(write, 200)


@post("/v1/invitations/preview", access=Access.CLIENT, status_code=200)
async def preview_invitation(
    data: JSONBody[Redeem], transactions: Transactions, request: StrictRequest, redis: SharedRedis
) -> InvitationPreview:
    """Return what accepting would do. A wrong code counts as a guess."""
    invitations = _invitations(request, redis, transactions.actor)
    tg_id = _require_tg_id(transactions.actor)
    await invitations.count_attempt(tg_id)
    invite = await invitations.find(data.code, transactions.now)
    if invite is None:
        raise BadCode()
    await invitations.forgive_attempt(tg_id)
    return await transactions.read(lambda unit: staff.preview_invitation(unit, invite))


@post("/v1/invitations/redeem", access=Access.CLIENT, status_code=200)
async def redeem_invitation(
    data: JSONBody[Redeem], transactions: Transactions, request: StrictRequest, redis: SharedRedis
) -> Answered[Person]:
    """Accept an invitation: the role is granted, the calendar bound. Of many at once with one code, one gets it."""
    invitations = _invitations(request, redis, transactions.actor)
    tg_id = _require_tg_id(transactions.actor)
    await invitations.count_attempt(tg_id)
    invite = await invitations.take(data.code, transactions.now)
    used = False

    def write(unit: UnitOfWork) -> Person:
        nonlocal used
        used = False
        if invite is None:
            raise BadCode()
        person = staff.accept_invitation(unit, invite)
        used = True
        return person

    try:
        answer = await transactions.write(write, 200)
    except Exception:
        if invite is not None:
            await invitations.put_back(invite, transactions.now)
        raise
    if invite is not None and not used:
        await invitations.put_back(invite, transactions.now)
    if answer.status_code is not None and answer.status_code < 400:
        await invitations.forgive_attempt(tg_id)
        stale = StaleContexts(redis, transactions.actor.tenant.slug)
        stale.add(tg_id)
        await stale.drop()
    return answer


def _require_tg_id(actor: Actor) -> int:
    if actor.person is None or actor.person.tg_id is None:
        raise Forbidden()
    return actor.person.tg_id


def _invitations(request: StrictRequest, redis: SharedRedis, actor: Actor) -> Invitations:
    return Invitations(redis, request.app.state.settings.internal_key, actor.tenant.slug)


handlers = [
    list_staff,
    revoke_role,
    put_account,
    create_invitation,
    revoke_invitation,
    preview_invitation,
    redeem_invitation,
]
