"""`/v1/holds`: what visitors may do with a place (`Hold-Token` says whose it is), and taking one over in Telegram."""

from typing import Annotated, Any

from litestar import Request, get, post
from litestar.params import JSONBody, PathParameter
from sqlalchemy import Connection

from backend import clock
from backend import idempotency as commands
from backend.auth.access import Access
from backend.auth.actor import Actor
from backend.contract.bookings import Booking
from backend.contract.holds import AskCode, Claim, CodeAsked, ConfirmHold, Hold, NewHold, NewlyHeld
from backend.db.engine import Database
from backend.errors import BadCode, Forbidden, Invalid, Unavailable
from backend.holds import queries, rules, service
from backend.holds.codes import Codes
from backend.kit.redis import SharedRedis
from backend.kit.text import is_phone, phone_digits
from backend.locks import courtesy_lock
from backend.people.invitations import Invitations

AnyRequest = Request[Any, Any, Any]
Id = Annotated[int, PathParameter(ge=1, lt=2**53)]


@post("/v1/holds", access=Access.PUBLIC)
async def create(
    data: JSONBody[NewHold], request: AnyRequest, actor: Actor, db: Database, redis: SharedRedis, now: int
) -> commands.Answered[NewlyHeld]:
    """Hold a place for a visitor. The key is what a lost answer is asked for again by, so there must be one."""
    if actor.client_type != "public":
        raise Forbidden("A known person books in their own name.")
    if "idempotency-key" not in request.headers:
        raise Invalid(commands.UNGUESSABLE, field="Idempotency-Key")
    start = clock.parse_start(data.start, clock.zone(actor.tenant.timezone))
    async with courtesy_lock(redis, actor.tenant.slug, "book", data.specialist_id or "any", start):
        return await commands.run(request, actor, db, lambda conn: service.hold(conn, actor, data, start, now))


@get("/v1/holds/{hold_id:int}", access=Access.PUBLIC, hold_token=True)
async def get_hold(hold_id: Id, request: AnyRequest, actor: Actor, db: Database, now: int) -> Hold:
    """What became of a hold."""
    token = _token(request)
    return await db.read(lambda conn: service.state(conn, actor.tenant, hold_id, token, now))


@post("/v1/holds/{hold_id:int}/cancel", access=Access.PUBLIC, hold_token=True, status_code=200)
async def give_back(hold_id: Id, request: AnyRequest, actor: Actor, db: Database, now: int) -> commands.Answered[Hold]:
    """Give the place back, for another time."""
    token = _token(request)
    await db.read(lambda conn: service.find(conn, actor.tenant, hold_id, token, now))
    return await commands.run(
        request, actor, db, lambda conn: service.release(conn, actor, hold_id, token, now), 200, _scope(hold_id)
    )


@post("/v1/holds/{hold_id:int}/code", access=Access.PUBLIC, hold_token=True, status_code=202)
async def ask_code(
    data: JSONBody[AskCode], hold_id: Id, request: AnyRequest, actor: Actor, db: Database, redis: SharedRedis, now: int
) -> commands.Answered[CodeAsked]:
    """Send a code to the client with this number. The answer is the same whether or not there is one."""
    token, digits = _token(request), phone_digits(data.phone)
    if not is_phone(data.phone):
        raise Invalid("This is not a phone number.", field="phone")

    def look(conn: Connection) -> tuple[int, int | None]:
        row = service.find(conn, actor.tenant, hold_id, token, now)
        owner = queries.owner_of_number(conn, actor.tenant.id, digits)
        return row.hold_until or now, None if owner is None else owner.id

    hold_until, person_id = await db.read(look)
    codes, code = _codes(request, redis, actor), rules.new_code()
    await codes.count_ask(hold_id, digits)
    # first kept, then sent: a code that arrives is good, and one that is not sent is known to nobody
    await codes.keep(hold_id, code, person_id, hold_until - now)

    def write(conn: Connection) -> CodeAsked:
        return service.ask_code(conn, actor, hold_id, token, code, person_id, now)

    return await commands.run(request, actor, db, write, 202, _scope(hold_id))


@post("/v1/holds/{hold_id:int}/confirm", access=Access.PUBLIC, hold_token=True, status_code=200)
async def confirm(
    data: JSONBody[ConfirmHold],
    hold_id: Id,
    request: AnyRequest,
    actor: Actor,
    db: Database,
    redis: SharedRedis,
    now: int,
) -> commands.Answered[Hold]:
    """Confirm with the code, as the person whom it was sent to."""
    token, codes = _token(request), _codes(request, redis, actor)
    found = await db.read(lambda conn: service.find(conn, actor.tenant, hold_id, token, now))
    await codes.count_guess(hold_id)
    person_id = await codes.take(hold_id, data.code)
    used = False

    def write(conn: Connection) -> Hold:
        nonlocal used
        used = False
        if person_id is None:
            raise BadCode()
        confirmed = service.confirm(conn, actor, hold_id, token, person_id, now)
        used = True
        return confirmed

    try:
        answer = await commands.run(request, actor, db, write, 200, _scope(hold_id))
    finally:
        if person_id is not None and not used:
            await codes.put_back(hold_id, data.code, person_id, (found.hold_until or now) - now)
    if answer.status_code is not None and answer.status_code < 400:
        await codes.forgive_guess(hold_id)
    return answer


@post("/v1/holds/claim", access=Access.CLIENT, status_code=200)
async def claim(
    data: JSONBody[Claim], request: AnyRequest, actor: Actor, db: Database, redis: SharedRedis, now: int
) -> commands.Answered[Booking]:
    """Take over the hold behind a link. A token cannot be guessed, so that this goes on without Redis as well."""
    tg_id = None if actor.person is None else actor.person.tg_id
    if tg_id is None:
        raise Forbidden()
    attempts = Invitations(redis, request.app.state.settings.internal_key, actor.tenant.slug)
    counted = True
    try:
        await attempts.count_attempt(tg_id)
    except Unavailable:
        counted = False

    def write(conn: Connection) -> Booking:
        return service.claim(conn, actor, data.token, now)

    answer = await commands.run(request, actor, db, write, 200)
    if counted and answer.status_code != BadCode().status:
        await attempts.forgive_attempt(tg_id)
    return answer


def _token(request: AnyRequest) -> str:
    """The hold's token; without one there is no hold to be seen, which `find` says."""
    return request.headers.get("hold-token", "")[:64]


def _scope(hold_id: int) -> str:
    """Keys of a hold are its visitor's own: nobody else has its token."""
    return f"h{hold_id}"


def _codes(request: AnyRequest, redis: SharedRedis, actor: Actor) -> Codes:
    return Codes(redis, request.app.state.settings.internal_key, actor.tenant.slug)


handlers = [create, get_hold, give_back, ask_code, confirm, claim]
