"""Taking a place. The pure rule that lists free times decides, and the database has the last word.

Everything here runs inside one write transaction of the tenant.
"""

from collections.abc import Sequence
from typing import Literal, NamedTuple

from backend.auth.actor import encode_policies
from backend.bookings import rules
from backend.bookings.access import acts_as_staff, reader_of
from backend.bookings.client_bookings import ClientBookings
from backend.bookings.endings import free_lapsed_places
from backend.bookings.history import record_change
from backend.bookings.placement import (
    PlaceRequest,
    find_place,
    place_columns,
)
from backend.bookings.queries.loading import (
    BookingClientRow,
    BookingRow,
    load_clients,
)
from backend.bookings.queries.own_clients import may_book_for
from backend.bookings.queries.writing import (
    insert_booking,
    insert_item,
)
from backend.bookings.view import render_booking, render_item
from backend.clock import format_utc, format_wall, load_zone
from backend.contract.bookings import Booking, Item, NewBooking, Status
from backend.errors import Forbidden, NotFound
from backend.kit.text import clean_lines
from backend.outbox.service import announce_change
from backend.quiet_hours import answer_deadline
from backend.schedule.queries.services import RequestedServices, load_services, require_specialist
from backend.schedule.service import SlotQuery
from backend.schedule.steps import PlacedStep
from backend.transactions import UnitOfWork


class OpeningColumns(NamedTuple):
    """What a new booking's place does not tell: whose it is, in which state, and until when it is held."""

    client_id: int | None
    status: Status
    hold_until: int | None
    comment: str
    source: Literal["internal", "public"]
    created_at: int
    created_by: int | None = None
    claim_hash: bytes | None = None
    decide_by: int | None = None

    @property
    def kept_until(self) -> int | None:
        """Until when its places are kept; None: for good."""
        return self.decide_by if self.status == "pending" else self.hold_until


def create_booking(unit: UnitOfWork, body: NewBooking, start: int) -> Booking:
    """Take a place, held or at once. Raises what the contract names for each rule, Forbidden, LimitReached, NotFound."""
    conn, actor, tenant, now = unit.conn, unit.actor, unit.tenant, unit.now
    free_lapsed_places(unit)
    client, specialist_id = _choose_parties(unit, body)
    client_id = actor.person_id if client is None else client.id
    theirs = ClientBookings(unit, client_id, start)
    places = body.places or 1
    if body.hold:
        places = body.places or theirs.keep_places(body.service_ids)
        theirs.end_holds()
    if not actor.is_staff:
        theirs.check_limit()
    query = SlotQuery(tenant, body.service_ids, specialist_id, now, client_limits=not actor.is_staff)
    services = load_services(conn, tenant.id, body.service_ids, places)
    if specialist_id is not None and specialist_id not in services.specialist_ids:
        require_specialist(conn, tenant.id, specialist_id)
    placed = find_place(conn, PlaceRequest(query, services, start, body.force))
    if not body.allow_overlap:
        theirs.check_overlap(start, placed[-1].end)
    # a hold is confirmed as staff by those in whose calendar it is, see `confirm_loaded`
    by_staff = acts_as_staff(actor, {step.specialist_id for step in placed}) if body.hold else actor.is_staff
    opening = OpeningColumns(
        client_id=client_id,
        status="held" if body.hold else rules.initial_status(approval=tenant.policies.approval, by_staff=by_staff),
        hold_until=now + tenant.policies.hold_min * 60 if body.hold else None,
        decide_by=None if by_staff else promise_answer(unit, start),
        comment=clean_lines(body.comment),
        source=actor.client_type,
        created_at=now,
        created_by=actor.person_id,
    )
    row, items = insert_placed(unit, query, services, placed, opening)
    detail = {"start": format_utc(start), "specialist_id": placed[0].specialist_id, "forced": body.force}
    record_change(unit, row.id, "hold" if body.hold else "book", None, row.status, detail)
    if row.status != "held":
        announce_change(unit, row, rules.notice_kind(row.status))
    return render_booking(unit, row, items, client)


def promise_answer(unit: UnitOfWork, starts_at: int) -> int | None:
    """Return until when a request that is made now is answered; None where the business does not approve by hand."""
    tenant = unit.tenant
    if not tenant.policies.approval:
        return None
    return answer_deadline(tenant.policies, load_zone(tenant.timezone), unit.now, starts_at)


def insert_placed(
    unit: UnitOfWork,
    query: SlotQuery,
    services: RequestedServices,
    placed: Sequence[PlacedStep],
    opening: OpeningColumns,
) -> tuple[BookingRow, list[Item]]:
    """Write the rows of a booking that has its place; return its row and its items as they are shown.

    Raises SlotTaken where the database finds the place taken.
    """
    conn, tenant = unit.conn, unit.tenant
    places = services.steps[0].places
    unit_prices = [services.prices[step.position][step.specialist_id] for step in placed]
    prices = [price._replace(amount=price.amount * places) for price in unit_prices]
    row = insert_booking(
        conn,
        {
            "tenant_id": tenant.id,
            "starts_at": placed[0].start,
            "ends_at": placed[-1].end,
            "local_start": format_wall(placed[0].start, query.zone.tz),
            "timezone": tenant.timezone,
            "price": sum(price.amount for price in prices),
            "places": places,
            "currency": tenant.currency,
            "policies": encode_policies(tenant.policies).policies,
            **opening._asdict(),
        },
    )
    items = []
    for position, (step, price) in enumerate(zip(placed, prices, strict=True)):
        service = services.steps[step.position]
        values = place_columns(tenant.id, services, step, opening.kept_until)
        values |= {"booking_id": row.id, "position": position, "service_id": service.service_id}
        values |= {"price": price.amount, "price_from": price.at_least}
        insert_item(conn, values, service.room_ids)
        items.append(
            render_item(
                service=(service.service_id, services.service_names[service.service_id]),
                specialist=(step.specialist_id, services.specialist_names[step.specialist_id]),
                starts_at=step.start,
                ends_at=step.end,
                price=price,
                capacity=service.capacity,
            )
        )
    return row, items


def _choose_parties(unit: UnitOfWork, body: NewBooking) -> tuple[BookingClientRow | None, int | None]:
    """Return the client (None where the actor books for themselves) and the wanted specialist.

    Raises Forbidden, NotFound.
    """
    actor, specialist_id = unit.actor, body.specialist_id
    if body.force and not actor.is_admin:
        raise Forbidden("Only an admin may book outside the rules.", field="force")
    if body.allow_overlap and not actor.is_staff:
        raise Forbidden("Only the business may book a client twice at a time.", field="allow_overlap")
    client_id = body.client_id or actor.person_id
    if client_id == actor.person_id:
        if actor.person is not None and actor.person.blocked and not actor.is_staff:
            raise Forbidden("You may not book here.")
        return None, specialist_id
    if not actor.is_staff:
        raise Forbidden("Only the business may book for somebody else.", field="client_id")
    if not actor.is_admin:
        specialist_id = specialist_id or actor.specialist_id
        if specialist_id is None or specialist_id != actor.specialist_id:
            raise Forbidden("A specialist may book for others in their own calendar only.", field="specialist_id")
    client = load_clients(unit.conn, unit.tenant_id, [client_id]).get(client_id)
    reader = reader_of(actor)
    if client is None or client.erased_at is not None:
        raise NotFound()
    if reader is not None and not may_book_for(unit.conn, unit.tenant_id, client_id, reader):
        raise NotFound()
    return client, specialist_id
