"""A visitor's hold: taken by nobody in particular, taken over by one person, confirmed as any other.

Everything that writes runs inside one write transaction of the tenant (`commands.run`).
"""

from typing import Any

from sqlalchemy import Connection

from backend.audit.service import record
from backend.auth.actor import Actor, TenantRow
from backend.auth.queries import load_person
from backend.bookings import queries as visits
from backend.bookings import rules as life
from backend.bookings import service as booking
from backend.bookings import transitions, view
from backend.bookings.placement import Place, place
from backend.clock import format_utc
from backend.contract.bookings import Booking
from backend.contract.holds import CODE_DIGITS, CodeAsked, Hold, NewHold, NewlyHeld
from backend.errors import BadCode, Forbidden, IllegalStep, Invalid, LimitReached, NotFound
from backend.holds import queries, rules
from backend.kit.text import clean_lines
from backend.notices import queries as outbox
from backend.schedule.queries.services import load_services, require_specialist
from backend.schedule.service import SlotQuery
from backend.transactions import UnitOfWork


def hold(conn: Connection, actor: Actor, body: NewHold, start: int, now: int) -> NewlyHeld:
    """Take a place for a visitor. Raises what the contract names for each rule, LimitReached, NotFound."""
    tenant = actor.tenant
    if not body.hold:
        raise Invalid("A visitor holds a place and confirms it in Telegram.", field="hold")
    visits.lapse(conn, tenant.id, now)
    if queries.open_holds(conn, tenant.id, now) >= rules.MAX_OPEN:
        raise LimitReached("Too many places are being held at the moment; try again in a few minutes.")
    if body.specialist_id is not None:
        require_specialist(conn, tenant.id, body.specialist_id)
    ask = SlotQuery(tenant, body.service_ids, body.specialist_id, now, client_limits=True)
    visit = load_services(conn, tenant.id, body.service_ids)
    placed = place(conn, Place(ask, visit, start, force=False))
    token = rules.new_token()
    own: dict[str, Any] = {"client_id": None, "claim_hash": rules.claim_hash(token), "source": "public"}
    own |= {"status": "held", "hold_until": now + tenant.policies.hold_min * 60, "created_at": now}
    own["comment"] = clean_lines(body.comment)
    booking_id = booking.insert(conn, ask, visit, placed, own).id
    detail = {"start": format_utc(start), "specialist_id": placed[0].specialist_id}
    booking.note(conn, actor, booking_id, "hold", None, "held", detail, now)
    shown = _shown(conn, tenant, find(conn, tenant, booking_id, token, now), now)
    fields = {name: getattr(shown, name) for name in shown.__struct_fields__}
    return NewlyHeld(**fields, token=token, link=rules.link(tenant.bot_username, token))


def find(conn: Connection, tenant: TenantRow, booking_id: int, token: str, now: int) -> Any:
    """The row of a hold for whoever has its token. Raises NotFound: a wrong token is a missing hold."""
    row = queries.by_token(conn, tenant.id, rules.claim_hash(token))
    if row is None or row.id != booking_id or row.created_at <= now - rules.READABLE_S:
        raise NotFound()
    return row


def state(conn: Connection, tenant: TenantRow, booking_id: int, token: str, now: int) -> Hold:
    """What became of a hold. Raises NotFound."""
    return _shown(conn, tenant, find(conn, tenant, booking_id, token, now), now)


def _shown(conn: Connection, tenant: TenantRow, row: Any, now: int) -> Hold:
    """Of the visit only what its visitor has chosen: nothing about the person who has taken it over."""
    full = view.render(conn, tenant, [row], now, None)[0]
    return Hold(
        id=full.id,
        status=rules.seen_as(full.status),
        taken_over=row.client_id is not None,
        start=full.start,
        end=full.end,
        local_start=full.local_start,
        timezone=full.timezone,
        specialist_id=full.specialist_id,
        service_ids=full.service_ids,
        price=full.price,
        currency=full.currency,
        items=full.items,
        hold_until=full.hold_until,
    )


def release(conn: Connection, actor: Actor, booking_id: int, token: str, now: int) -> Hold:
    """Give a place back that is nobody's yet. Raises NotFound, IllegalStep."""
    tenant = actor.tenant
    visits.lapse(conn, tenant.id, now)
    _nobodys(find(conn, tenant, booking_id, token, now))
    visits.release(conn, tenant.id, booking_id)
    visits.change(conn, tenant.id, booking_id, status="expired")
    booking.note(conn, actor, booking_id, "give_back", "held", "expired", {}, now)
    return state(conn, tenant, booking_id, token, now)


def _nobodys(row: Any) -> None:
    if row.client_id is not None or row.status != "held":
        raise IllegalStep("This place is no longer held for its visitor.")


def claim(conn: Connection, actor: Actor, token: str, now: int) -> Booking:
    """The hold behind a link as this person's own, whatever has become of it; one that lapsed is still shown.

    Of many, one takes it over. Raises BadCode for a wrong token and for what is somebody else's, Forbidden for who may
    not book here, LimitReached."""
    tenant = actor.tenant
    visits.lapse(conn, tenant.id, now)
    row = queries.by_token(conn, tenant.id, rules.claim_hash(token))
    if row is None or row.created_at <= now - rules.READABLE_S or row.client_id not in (None, actor.person_id):
        raise BadCode()
    if row.client_id is None and row.status == "held":
        take_over(conn, actor, row.id, now)
        return view.show(conn, actor, row.id, now)
    return view.render(conn, tenant, [row], now, actor)[0]


def take_over(conn: Connection, actor: Actor, booking_id: int, now: int) -> None:
    """The hold is the actor's from now on. Raises Forbidden, LimitReached, IllegalStep where another was faster."""
    person = visits.client(conn, actor.tenant.id, actor.person_id)
    if person is None or (person.blocked and not actor.is_staff):
        raise Forbidden("You may not book here.")
    if not actor.is_staff:
        booking.within_limit(conn, actor, actor.person_id, now)
    if not queries.take_over(conn, actor.tenant.id, booking_id, actor.person_id):
        raise IllegalStep("This place is no longer held for its visitor.")
    booking.note(conn, actor, booking_id, "take_over", "held", "held", {}, now)


def ask_code(
    conn: Connection, actor: Actor, booking_id: int, token: str, code: str, person_id: int | None, now: int
) -> CodeAsked:
    """Note that a code was asked for, and have it sent where the number is known. Raises NotFound, IllegalStep.

    Both ways write and answer the same, so that neither the words nor the time tell who is a client here."""
    tenant = actor.tenant
    visits.lapse(conn, tenant.id, now)
    row = find(conn, tenant, booking_id, token, now)
    _nobodys(row)
    record(UnitOfWork(conn, actor, now), "booking.code_asked", f"booking:{booking_id}")
    if person_id is not None:
        message = dict.fromkeys(("previous_start", "lead_min", "dedupe_key"))
        message |= {"tenant_id": tenant.id, "booking_id": booking_id, "person_id": person_id, "role": "client"}
        message |= {"kind": "code", "text": code, "created_at": now, "due_at": now, "expires_at": row.hold_until}
        outbox.enqueue(conn, [message])
    return CodeAsked(digits=CODE_DIGITS, good_until=format_utc(row.hold_until))


def confirm(conn: Connection, actor: Actor, booking_id: int, token: str, person_id: int, now: int) -> Hold:
    """Turn the hold into a visit of the person who read the code. Raises NotFound, IllegalStep, LimitReached, BadCode."""
    tenant = actor.tenant
    visits.lapse(conn, tenant.id, now)
    row = find(conn, tenant, booking_id, token, now)
    if not life.may("confirm", row.status) or row.client_id not in (None, person_id):
        raise IllegalStep("This place is no longer held for its visitor.")
    person = load_person(conn, tenant.id, person_id)
    if person is None:
        raise BadCode()
    reader = Actor(tenant, person, "public", actor.request_id)
    if row.client_id is None:
        take_over(conn, reader, booking_id, now)
    transitions.confirm(conn, reader, booking_id, None, now)
    return state(conn, tenant, booking_id, token, now)
