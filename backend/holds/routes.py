"""`/v1/holds`: what visitors may do with a place (`Hold-Token` says whose it is), and taking one over in Telegram."""

from typing import Annotated

from litestar import get, post
from litestar.params import JSONBody, PathParameter

from backend import clock
from backend.auth.access import Access
from backend.auth.actor import Actor
from backend.bodies import StrictRequest
from backend.contract.bookings import Booking
from backend.contract.holds import (
    AskCode,
    ClaimHold,
    CodeAsked,
    ConfirmHold,
    Hold,
    IssuedCode,
    IssuedCodes,
    NewHold,
    NewlyHeld,
)
from backend.errors import BadCode, Forbidden, Invalid, Unavailable
from backend.holds import rules, service
from backend.holds.codes import Codes
from backend.holds.queries import find_owner_of_number
from backend.idempotency import UNGUESSABLE, Answered
from backend.kit.phones import canonical_number, is_phone
from backend.kit.redis import SharedRedis
from backend.locks import courtesy_lock
from backend.people.invitations import Invitations
from backend.transactions import Transactions, UnitOfWork

HoldId = Annotated[int, PathParameter(ge=1, lt=2**53)]


@post("/v1/holds", access=Access.PUBLIC)
async def create(
    data: JSONBody[NewHold], request: StrictRequest, transactions: Transactions, redis: SharedRedis
) -> Answered[NewlyHeld]:
    """Hold a place for a visitor. A key is required: a lost answer is asked for again by it."""
    tenant = transactions.actor.tenant
    if transactions.actor.client_type != "public":
        raise Forbidden("A known person books in their own name.")
    if "idempotency-key" not in request.headers:
        raise Invalid(UNGUESSABLE, field="Idempotency-Key")
    start = clock.parse_start(data.start, clock.load_zone(tenant.timezone))
    async with courtesy_lock(redis, tenant.slug, "book", data.specialist_id or "any", start):
        return await transactions.write(lambda unit: service.hold_place(unit, data, start))


@get("/v1/holds/{hold_id:int}", access=Access.PUBLIC, hold_token=True)
async def get_hold(hold_id: HoldId, request: StrictRequest, transactions: Transactions) -> Hold:
    """Return what became of a hold."""
    token = _token(request)
    return await transactions.read(lambda unit: service.get_hold(unit, hold_id, token))


@post("/v1/holds/{hold_id:int}/cancel", access=Access.PUBLIC, hold_token=True, status_code=200)
async def give_back(hold_id: HoldId, request: StrictRequest, transactions: Transactions) -> Answered[Hold]:
    """Give the place back, for another time."""
    token = _token(request)
    await transactions.read(lambda unit: service.load_hold(unit.conn, unit.tenant_id, hold_id, token, unit.now))
    return await transactions.write(lambda unit: service.give_back(unit, hold_id, token), 200, _scope(hold_id))


@post("/v1/holds/{hold_id:int}/code", access=Access.PUBLIC, hold_token=True, status_code=202)
async def ask_code(
    data: JSONBody[AskCode], hold_id: HoldId, request: StrictRequest, transactions: Transactions, redis: SharedRedis
) -> Answered[CodeAsked]:
    """Send a code to the client with this number. The answer is the same whether or not there is one.

    It is also the same where the number has had many already: then its owner asks for one in Telegram (`/code`)."""
    token, region = _token(request), transactions.actor.tenant.phone_region
    if not is_phone(data.phone):
        raise Invalid("This is not a phone number.", field="phone")

    def read(unit: UnitOfWork) -> tuple[int, int | None]:
        row = service.load_hold(unit.conn, unit.tenant_id, hold_id, token, unit.now)
        owner_id = find_owner_of_number(unit.conn, unit.tenant_id, data.phone, region)
        return service.used_until(row, unit.tenant, unit.now), owner_id

    hold_until, person_id = await transactions.read(read)
    codes = _codes(request, redis, transactions.actor)
    await codes.count_ask(hold_id)
    code = rules.new_code() if await codes.count_message(canonical_number(data.phone, region)) else None
    if code is not None:
        # stored first, then sent: a code that arrives is good, and one that is not sent is known to nobody
        await codes.store(hold_id, code, person_id, hold_until - transactions.now)
    return await transactions.write(
        lambda unit: service.send_code(unit, hold_id, token, code, person_id), 202, _scope(hold_id)
    )


@post("/v1/holds/{hold_id:int}/confirm", access=Access.PUBLIC, hold_token=True, status_code=200)
async def confirm(
    data: JSONBody[ConfirmHold], hold_id: HoldId, request: StrictRequest, transactions: Transactions, redis: SharedRedis
) -> Answered[Hold]:
    """Confirm with the code, as the person to whom it was sent."""
    token, codes, now = _token(request), _codes(request, redis, transactions.actor), transactions.now
    row = await transactions.read(lambda unit: service.load_hold(unit.conn, unit.tenant_id, hold_id, token, unit.now))
    await codes.count_guess(hold_id)
    person_id = await codes.redeem(hold_id, data.code)
    used = False

    def write(unit: UnitOfWork) -> Hold:
        nonlocal used
        used = False
        if person_id is None:
            raise BadCode()
        confirmed = service.confirm_hold(unit, hold_id, token, person_id)
        used = True
        return confirmed

    try:
        answer = await transactions.write(write, 200, _scope(hold_id))
    finally:
        if person_id is not None and not used:
            await codes.restore(hold_id, data.code, person_id, (row.hold_until or now) - now)
    if answer.status_code is not None and answer.status_code < 400:
        await codes.forgive_guess(hold_id)
    return answer


@post("/v1/holds/codes", access=Access.CLIENT, status_code=200)
async def issue_codes(request: StrictRequest, transactions: Transactions, redis: SharedRedis) -> IssuedCodes:
    """Return codes for the holds with which the caller's number was given, and what they would confirm.

    Nothing that others do can use this up: it is the caller who asks, in Telegram."""
    codes, person_id = _codes(request, redis, transactions.actor), transactions.actor.person_id
    issued = []
    for booking in await transactions.read(service.list_asked_holds):
        code = rules.new_code()
        left_s = clock.parse_instant(booking.hold_until) - transactions.now if booking.hold_until else 0
        await codes.store(booking.id, code, person_id, left_s)
        issued.append(IssuedCode(code=code, booking=booking))
    return IssuedCodes(items=issued)


@post("/v1/holds/claim", access=Access.CLIENT, status_code=200)
async def claim(
    data: JSONBody[ClaimHold], request: StrictRequest, transactions: Transactions, redis: SharedRedis
) -> Answered[Booking]:
    """Take over the hold behind a link. A token cannot be guessed, so that this works without Redis too."""
    actor = transactions.actor
    tg_id = None if actor.person is None else actor.person.tg_id
    if tg_id is None:
        raise Forbidden()
    attempts = Invitations(redis, request.app.state.settings.internal_key, actor.tenant.slug)
    counted = True
    try:
        await attempts.count_attempt(tg_id)
    except Unavailable:
        counted = False
    answer = await transactions.write(lambda unit: service.claim_hold(unit, data.token), 200)
    if counted and answer.status_code != BadCode().status:
        await attempts.forgive_attempt(tg_id)
    return answer


def _token(request: StrictRequest) -> str:
    """Return the hold's token. Without one there is no such hold: `load_hold` says so."""
    return request.headers.get("hold-token", "")[:64]


def _scope(hold_id: int) -> str:
    """Return the scope of a hold's idempotency keys, which are its visitor's own: nobody else has its token."""
    return f"h{hold_id}"


def _codes(request: StrictRequest, redis: SharedRedis, actor: Actor) -> Codes:
    return Codes(redis, request.app.state.settings.internal_key, actor.tenant.slug)


handlers = [create, get_hold, give_back, ask_code, confirm, issue_codes, claim]
