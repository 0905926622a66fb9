"""A visitor's hold: taken without a client, taken over by one person, confirmed like any other.

Everything that writes runs inside one write transaction of the tenant.
"""

import msgspec
from sqlalchemy import Connection

from backend.audit.service import record
from backend.auth.actor import Actor, TenantRow
from backend.auth.queries import load_person
from backend.bookings.access import LoadedBooking, acts_as_staff
from backend.bookings.client_bookings import ClientBookings
from backend.bookings.endings import free_lapsed_places
from backend.bookings.history import record_change
from backend.bookings.placement import PlaceRequest
from backend.bookings.queries.loading import BookingRow, load_clients, load_items
from backend.bookings.queries.writing import expire_holds
from backend.bookings.rules import is_allowed
from backend.bookings.service import OpeningColumns, insert_placed, promise_answer
from backend.bookings.transitions import confirm_loaded
from backend.bookings.view import render_booking, render_bookings, render_items
from backend.clock import format_utc, load_zone
from backend.contract.bookings import Booking, Confirm, Item
from backend.contract.errors import Alternative
from backend.contract.holds import CODE_DIGITS, CodeAsked, Hold, NewHold, NewlyHeld
from backend.contract.notices import VISITORS_HOLD_MUCH
from backend.errors import BadCode, Forbidden, IllegalStep, Invalid, LimitReached, NotFound, SlotTaken
from backend.holds import queries, rules
from backend.holds.limits import find_visitor_place
from backend.kit.text import clean_lines
from backend.outbox.queries import NewNotice, insert_notices, load_audience
from backend.outbox.rules import notice_due
from backend.schedule.queries.services import load_services, require_specialist
from backend.schedule.service import SlotQuery, find_nearest
from backend.transactions import UnitOfWork


def hold_place(unit: UnitOfWork, body: NewHold, start: int) -> NewlyHeld:
    """Hold a place for a visitor. Raises what the contract names for each rule, LimitReached, NotFound."""
    conn, tenant, now = unit.conn, unit.tenant, unit.now
    if not body.hold:
        raise Invalid("A visitor holds a place and confirms it in Telegram.", field="hold")
    free_lapsed_places(unit)
    if queries.count_open_holds(conn, tenant.id, now) >= rules.MAX_OPEN:
        raise LimitReached("Too many places are being held at the moment; try again in a few minutes.")
    if body.specialist_id is not None:
        require_specialist(conn, tenant.id, body.specialist_id)
    query = SlotQuery(tenant, body.service_ids, body.specialist_id, now, client_limits=True)
    services = load_services(conn, tenant.id, body.service_ids, body.places)
    placed = find_visitor_place(conn, PlaceRequest(query, services, start, force=False))
    token = rules.new_token()
    opening = OpeningColumns(
        client_id=None,
        status="held",
        hold_until=rules.first_hold_until(now, tenant.policies.hold_min),
        comment=clean_lines(body.comment),
        source="public",
        created_at=now,
        claim_hash=rules.claim_hash(token),
        decide_by=promise_answer(unit, start),
    )
    row, items = insert_placed(unit, query, services, placed, opening)
    detail = {"start": format_utc(start), "specialist_id": placed[0].specialist_id}
    record_change(unit, row.id, "hold", None, "held", detail)
    _tell_admins_of_many(unit, row)
    hold = _render_hold(unit, row, items)
    link = rules.bot_link(tenant.bot_username, f"h_{token}")
    return NewlyHeld(**msgspec.structs.asdict(hold), token=token, link=link)


def _tell_admins_of_many(unit: UnitOfWork, latest: BookingRow) -> None:
    """Tell the admins, once in a while, that visitors hold a great deal and use none of it."""
    conn, tenant, now = unit.conn, unit.tenant, unit.now
    if queries.count_recent_unused(conn, tenant.id, now - rules.ALARM_WITHIN_S) < rules.ALARM_HOLDS:
        return
    zone, quiet = load_zone(tenant.timezone), tenant.policies.quiet_hours
    audience = load_audience(conn, tenant.id, latest.id, None)
    admins = sorted({person.id for person in audience if person.role == "admin"})
    insert_notices(
        conn,
        [
            NewNotice(
                tenant.id,
                latest.id,
                person_id,
                "admin",
                "text",
                created_at=now,
                due_at=notice_due(now, latest.starts_at, quiet, zone, waits=True),
                dedupe_key=f"alarm:holds:{person_id}:{now // rules.ALARM_EVERY_S}",
                text=VISITORS_HOLD_MUCH,
            )
            for person_id in admins
        ],
    )


def load_hold(conn: Connection, tenant_id: int, booking_id: int, token: str, now: int) -> BookingRow:
    """Return the row of a hold to a visitor who has its token. Raises NotFound: a wrong token is a missing hold."""
    row = queries.find_by_token(conn, tenant_id, rules.claim_hash(token))
    if row is None or row.id != booking_id or row.created_at <= now - rules.READABLE_S:
        raise NotFound()
    return row


def get_hold(unit: UnitOfWork, booking_id: int, token: str) -> Hold:
    """Return what became of a hold. Raises NotFound."""
    row = load_hold(unit.conn, unit.tenant_id, booking_id, token, unit.now)
    hold = _render_hold(unit, row, _load_items(unit, row))
    if hold.status == "expired" and not hold.taken_over:
        return msgspec.structs.replace(hold, alternatives=_find_alternatives(unit, row))
    return hold


def _find_alternatives(unit: UnitOfWork, row: BookingRow) -> list[Alternative]:
    """Return the free times nearest to that of a hold which has lapsed, its own among them if it is free."""
    conn, tenant = unit.conn, unit.tenant
    items = load_items(conn, tenant.id, [row.id])
    try:
        services = load_services(conn, tenant.id, [item.service_id for item in items], row.places)
    except (NotFound, Invalid):
        return []  # a service is not offered any more, or not with so many places
    query = SlotQuery(tenant, [item.service_id for item in items], None, unit.now, client_limits=True)
    return find_nearest(conn, query, services, row.starts_at)


def _load_items(unit: UnitOfWork, row: BookingRow) -> list[Item]:
    return render_items(load_items(unit.conn, unit.tenant_id, [row.id]))


def _render_hold(unit: UnitOfWork, row: BookingRow, items: list[Item]) -> Hold:
    """Return what the visitor has chosen of the booking, and nothing about the person who has taken it over."""
    booking = render_booking(unit, row, items)
    return Hold(
        id=booking.id,
        status=rules.visitor_status(booking.status),
        taken_over=row.client_id is not None,
        start=booking.start,
        end=booking.end,
        local_start=booking.local_start,
        timezone=booking.timezone,
        specialist_id=booking.specialist_id,
        service_ids=booking.service_ids,
        places=booking.places,
        price=booking.price,
        currency=booking.currency,
        items=items,
        hold_until=booking.hold_until,
        decide_by=booking.decide_by,
    )


def give_back(unit: UnitOfWork, booking_id: int, token: str) -> Hold:
    """Give back a place that nobody has taken over. Raises NotFound, IllegalStep."""
    conn, tenant_id = unit.conn, unit.tenant_id
    free_lapsed_places(unit)
    row = load_hold(conn, tenant_id, booking_id, token, unit.now)
    _require_open(row)
    expire_holds(conn, tenant_id, [booking_id])
    record_change(unit, booking_id, "give_back", "held", "expired")
    return _render_hold(unit, row._replace(status="expired"), _load_items(unit, row))


def _require_open(row: BookingRow) -> int:
    """Return until when the hold is kept. Raises IllegalStep where it has a client or is not held any more."""
    if row.client_id is not None or row.status != "held" or row.hold_until is None:
        raise IllegalStep("This place is no longer held for its visitor.")
    return row.hold_until


def _require_not_lapsed(unit: UnitOfWork, row: BookingRow) -> None:
    """Raise SlotTaken with alternatives where the hold's time was over before its code was used."""
    if row.client_id is None and row.status == "expired":
        detail = "This place is no longer held for its visitor."
        raise SlotTaken(detail, alternatives=_find_alternatives(unit, row))


def claim_hold(unit: UnitOfWork, token: str) -> Booking:
    """Make the hold behind a link the actor's own and return it, in any state: one that has lapsed is still shown.

    Of many, one takes it over. Raises BadCode for a wrong token and for another person's hold, Forbidden for a person
    who may not book here, LimitReached.
    """
    conn, tenant_id = unit.conn, unit.tenant_id
    free_lapsed_places(unit)
    row = queries.find_by_token(conn, tenant_id, rules.claim_hash(token))
    if row is None or row.created_at <= unit.now - rules.READABLE_S:
        raise BadCode()
    if row.client_id not in (None, unit.actor.person_id):
        raise BadCode()
    if row.client_id is None and row.status == "held":
        row = _take_over(unit, row)
    return render_booking(unit, row, _load_items(unit, row))


def _take_over(unit: UnitOfWork, row: BookingRow) -> BookingRow:
    """Make the hold the actor's. Raises Forbidden, LimitReached, IllegalStep where another was faster."""
    actor, person_id = unit.actor, unit.actor.person_id
    person = load_clients(unit.conn, unit.tenant_id, [person_id]).get(person_id)
    if person is None or person.erased_at is not None or (person.blocked and not actor.is_staff):
        raise Forbidden("You may not book here.")
    theirs = ClientBookings(unit, person_id, row.starts_at, ignored_booking_id=row.id)
    if not actor.is_staff:
        theirs.check_limit()
    theirs.check_overlap(row.starts_at, row.ends_at)
    if not queries.set_client(unit.conn, unit.tenant_id, row.id, person_id):
        raise IllegalStep("This place is no longer held for its visitor.")
    theirs.end_holds()
    record_change(unit, row.id, "take_over", "held", "held")
    return _keep_used(unit, row._replace(client_id=person_id))


def _keep_used(unit: UnitOfWork, row: BookingRow) -> BookingRow:
    """Keep a hold for as long as any other, now that its link or code is in use."""
    hold_until = used_until(row, unit.tenant, unit.now)
    return row if hold_until == row.hold_until else queries.extend_hold(unit.conn, unit.tenant_id, row, hold_until)


def used_until(row: BookingRow, tenant: TenantRow, now: int) -> int:
    """Return until when a hold is kept that is used now."""
    return rules.used_hold_until(row.created_at, row.hold_until or now, tenant.policies.hold_min, now)


def send_code(unit: UnitOfWork, booking_id: int, token: str, code: str | None, person_id: int | None) -> CodeAsked:
    """Note that a code was asked for, and have it sent where the number is known. Raises NotFound, SlotTaken, IllegalStep.

    Every way writes and answers the same, so that neither the words nor the time tell who is a client here. `code` None:
    the number has had too many; its owner is not written to, but finds the hold by `list_asked_holds`.
    """
    conn, tenant_id, now = unit.conn, unit.tenant_id, unit.now
    free_lapsed_places(unit)
    row = load_hold(conn, tenant_id, booking_id, token, now)
    _require_not_lapsed(unit, row)
    _require_open(row)
    hold_until = used_until(_keep_used(unit, row), unit.tenant, now)
    record(unit, "booking.code_asked", f"booking:{booking_id}")
    if person_id is not None:
        notice = NewNotice(
            tenant_id,
            booking_id,
            person_id,
            "client",
            "code",
            created_at=now,
            due_at=now,
            expires_at=now if code is None else hold_until,
            text=code,
        )
        insert_notices(conn, [notice])
    link = rules.bot_link(unit.tenant.bot_username, rules.CODE_START)
    return CodeAsked(digits=CODE_DIGITS, good_until=format_utc(hold_until), link=link)


def list_asked_holds(unit: UnitOfWork) -> list[Booking]:
    """Return the open holds for which a code was asked with the actor's number, the latest first.

    Without their comments, which are the words of the visitor who asked.
    """
    person_id, now = unit.actor.person_id, unit.now
    rows = queries.find_asked_holds(unit.conn, unit.tenant_id, person_id, now, rules.CODES_AT_ONCE)
    bookings = render_bookings(unit.conn, unit.tenant, rows, unit.actor, now)
    return [msgspec.structs.replace(booking, comment="") for booking in bookings]


def confirm_hold(unit: UnitOfWork, booking_id: int, token: str, person_id: int) -> Hold:
    """Turn the hold into a booking of the person who read the code.

    Raises NotFound, SlotTaken, IllegalStep, LimitReached, BadCode.
    """
    conn, tenant = unit.conn, unit.tenant
    free_lapsed_places(unit)
    row = load_hold(conn, tenant.id, booking_id, token, unit.now)
    _require_not_lapsed(unit, row)
    if not is_allowed("confirm", row.status) or row.client_id not in (None, person_id):
        raise IllegalStep("This place is no longer held for its visitor.")
    person = load_person(conn, tenant.id, person_id)
    if person is None:
        raise BadCode()
    as_reader = unit._replace(actor=Actor(tenant, person, "public", unit.actor.request_id))
    if row.client_id is None:
        row = _take_over(as_reader, row)
    items = load_items(conn, tenant.id, [booking_id])
    by_staff = acts_as_staff(as_reader.actor, (item.specialist_id for item in items))
    confirmed, _ = confirm_loaded(as_reader, LoadedBooking(row, items, by_staff), Confirm())
    return _render_hold(unit, confirmed, render_items(items))
