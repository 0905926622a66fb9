"""Taking a place: booking and moving. The pure rule that lists free times decides; the database has the last word.

Everything here runs inside one write transaction of the tenant (`commands.run`).
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection

from backend.audit.service import record
from backend.auth.actor import Actor
from backend.bookings import queries, rules, view
from backend.bookings.placement import Place, occupied, place
from backend.clock import format_utc, format_wall
from backend.contract.bookings import Booking, Move, NewBooking, Status
from backend.contract.bookings import Item as ShownItem
from backend.errors import Forbidden, IllegalStep, Invalid, LimitReached, NotFound, OutsideHours, SlotTaken, TooLate
from backend.kit.text import clean_lines
from backend.notices.service import announce
from backend.schedule.queries.services import (
    RequestedServices,
    load_booked_services,
    load_services,
    require_specialist,
)
from backend.schedule.service import SlotQuery
from backend.schedule.steps import PlacedStep
from backend.transactions import UnitOfWork


def book(conn: Connection, actor: Actor, body: NewBooking, start: int, now: int) -> Booking:
    """Take a place, held or at once. Raises what the contract names for each rule, Forbidden, LimitReached, NotFound."""
    tenant = actor.tenant
    queries.lapse(conn, tenant.id, now)
    client_id, named = _for_whom(conn, actor, body)
    if body.replaces is not None:
        _give_way(conn, actor, body.replaces, client_id, now)
    if not actor.is_staff:
        within_limit(conn, actor, client_id, now)
    ask = SlotQuery(tenant, body.service_ids, named, now, client_limits=not actor.is_staff)
    visit = load_services(conn, tenant.id, body.service_ids)
    if named is not None and named not in visit.specialist_ids:
        require_specialist(conn, tenant.id, named)
    placed = place(conn, Place(ask, visit, start, body.force))
    if body.hold:
        status: Status = "held"
    else:
        status = rules.taken(approval=tenant.policies.approval, by_staff=actor.is_staff)
    hold_until = now + tenant.policies.hold_min * 60 if body.hold else None
    own: dict[str, Any] = {"client_id": client_id, "created_by": actor.person_id, "source": actor.client_type}
    own |= {"status": status, "comment": clean_lines(body.comment), "hold_until": hold_until, "created_at": now}
    row = insert(conn, ask, visit, placed, own)
    detail = {"start": format_utc(start), "specialist_id": placed[0].specialist_id, "forced": body.force}
    note(conn, actor, row.id, "hold" if body.hold else "book", None, status, detail, now)
    if status != "held":
        announce(conn, tenant, row.id, rules.told(status), actor_id=actor.person_id, now=now, visit=row)
    return view.shown(conn, tenant, row, _items(visit, placed), now, actor)


def insert(
    conn: Connection, ask: SlotQuery, visit: RequestedServices, placed: Sequence[PlacedStep], own: Mapping[str, Any]
) -> queries.BookingRow:
    """Write the rows of a visit that has its place; `own` has whose it is, its status and until when it is held.

    Returns the row of `bookings`. Raises SlotTaken where the database knows better."""
    tenant = ask.tenant
    prices = _prices(visit, placed)
    row = queries.add(
        conn,
        {
            "tenant_id": tenant.id,
            "starts_at": placed[0].start,
            "ends_at": placed[-1].end,
            "local_start": format_wall(placed[0].start, ask.zone.tz),
            "timezone": tenant.timezone,
            "price": sum(prices),
            "currency": tenant.currency,
            "policies": msgspec.json.encode(tenant.policies).decode(),
            **own,
        },
    )
    for position, (item, price) in enumerate(zip(placed, prices, strict=True)):
        step = visit.steps[item.position]
        values: dict[str, Any] = {
            "booking_id": row.id,
            "position": position,
            "price": price,
            "service_id": step.service_id,
        }
        values |= occupied(tenant.id, item, visit, own["hold_until"])
        queries.add_item(conn, values, step.room_ids)
    return row


def _prices(visit: RequestedServices, placed: Sequence[PlacedStep]) -> list[int]:
    return [visit.prices[item.position][item.specialist_id] for item in placed]


def _items(visit: RequestedServices, placed: Sequence[PlacedStep]) -> list[ShownItem]:
    """What was just written, as it is shown."""
    return [
        view.item(
            service=(service := visit.steps[item.position].service_id, visit.service_names[service]),
            specialist=(item.specialist_id, visit.specialist_names[item.specialist_id]),
            starts_at=item.start,
            ends_at=item.end,
            minutes=(item.end - item.start) // 60,
            price=price,
        )
        for item, price in zip(placed, _prices(visit, placed), strict=True)
    ]


def _for_whom(conn: Connection, actor: Actor, body: NewBooking) -> tuple[int, int | None]:
    """(client, wanted specialist). Raises Forbidden, NotFound."""
    client_id, named = body.client_id or actor.person_id, body.specialist_id
    if body.force and not actor.is_admin:
        raise Forbidden("Only an admin may book outside the rules.", field="force")
    if client_id != actor.person_id:
        if not actor.is_staff:
            raise Forbidden("Only the business may book for somebody else.", field="client_id")
        if not actor.is_admin:
            # a specialist books for others in their own calendar only
            named = named or actor.specialist_id
            if named is None or named != actor.specialist_id:
                raise Forbidden("A specialist may book for others in their own calendar only.", field="specialist_id")
    if client_id != actor.person_id and queries.client(conn, actor.tenant.id, client_id) is None:
        raise NotFound()
    if actor.person is not None and actor.person.blocked and not actor.is_staff:
        raise Forbidden("You may not book here.")
    return client_id, named


def _give_way(conn: Connection, actor: Actor, booking_id: int, client_id: int, now: int) -> None:
    """A hold of the same client ends for another; a refusal of that one undoes it. Raises NotFound, IllegalStep."""
    row = queries.seen(conn, actor.tenant.id, booking_id, view.seen_by(actor))
    if row is None or row.client_id != client_id:
        raise NotFound()
    if row.status != "held":
        raise IllegalStep(f"A visit that is {row.status.replace('_', ' ')} cannot be replaced.")
    queries.release(conn, actor.tenant.id, booking_id)
    ended = {"cancelled_at": now, "cancelled_from": "held", "cancelled_by": actor.person_id}
    queries.change(conn, actor.tenant.id, booking_id, status="cancelled", sequence=True, **ended)
    note(conn, actor, booking_id, "cancel", "held", "cancelled", {"replaced": True}, now)


def within_limit(conn: Connection, actor: Actor, client_id: int, now: int) -> None:
    """Raises LimitReached where the client has as many visits ahead as the business allows."""
    limit = actor.tenant.policies.max_active_per_client
    if queries.open_visits(conn, actor.tenant.id, client_id, now) >= limit:
        raise LimitReached(f"There can be at most {limit} visits ahead; cancel one first.")


def move(conn: Connection, actor: Actor, booking_id: int, body: Move, start: int, now: int) -> Booking:
    """Give the visit another place in one step; the old one stays its own until the new one is taken.

    It keeps its price, duration and buffers. Raises as `book` does, IllegalStep, TooLate for a visit that has begun.
    """
    tenant = actor.tenant
    queries.lapse(conn, tenant.id, now)
    row = queries.seen(conn, tenant.id, booking_id, view.seen_by(actor))
    if row is None:
        raise NotFound()
    by_staff = acts_as_staff(conn, actor, row)
    if not rules.may("move", row.status):
        raise IllegalStep(f"A visit that is {row.status} cannot be moved.")
    if not by_staff and row.starts_at <= now:
        raise TooLate("This visit has begun already.")
    if body.force and not actor.is_admin:
        raise Forbidden("Only an admin may move outside the rules.", field="force")
    if body.specialist_id is not None:
        require_specialist(conn, tenant.id, body.specialist_id)
        if by_staff and not actor.is_admin and body.specialist_id != actor.specialist_id:
            raise Forbidden("A specialist may move visits in their own calendar only.", field="specialist_id")
    old = queries.items(conn, tenant.id, booking_id)
    rooms = queries.item_room_ids(conn, tenant.id, [item.id for item in old])
    visit = load_booked_services(conn, tenant.id, old, rooms)
    service_ids = [item.service_id for item in old]
    ask = SlotQuery(tenant, service_ids, body.specialist_id, now, client_limits=not by_staff)
    placed = _moved(
        conn, Place(ask, visit, start, body.force, booking_id), old, own_only=by_staff and not actor.is_admin
    )
    queries.release(conn, tenant.id, booking_id)
    for item, before in zip(placed, old, strict=True):
        values = occupied(tenant.id, item, visit, row.hold_until)
        queries.replace_item(conn, before.id, values, rooms[before.id])
    queries.change(
        conn,
        tenant.id,
        booking_id,
        starts_at=placed[0].start,
        ends_at=placed[-1].end,
        local_start=format_wall(start, ask.zone.tz),
        timezone=tenant.timezone,
        coming_at=None,
        sequence=True,
    )
    detail = {
        "start": [format_utc(row.starts_at), format_utc(start)],
        "specialist_id": [old[0].specialist_id, placed[0].specialist_id],
        "forced": body.force,
    }
    note(conn, actor, booking_id, "move", row.status, row.status, detail, now)
    if row.status != "held":
        announce(conn, tenant, booking_id, "moved", actor_id=actor.person_id, now=now, previous_start=row.starts_at)
    return view.show(conn, actor, booking_id, now)


def _moved(conn: Connection, wanted: Place, old: Sequence[queries.ItemRow], *, own_only: bool) -> list[PlacedStep]:
    """The same specialist if they are free, else (where nobody was named) anybody who is."""
    if wanted.ask.specialist_id is not None:
        return place(conn, wanted)
    same = wanted._replace(ask=wanted.ask._replace(specialist_id=old[0].specialist_id))
    try:
        return place(conn, same)
    except (SlotTaken, OutsideHours, Invalid):
        if own_only or len(wanted.visit.specialist_ids) < 2:
            raise
    return place(conn, wanted)


def acts_as_staff(conn: Connection, actor: Actor, row: queries.BookingRow) -> bool:
    """Whether the actor acts on this visit as the business rather than as its client."""
    if actor.is_admin:
        return True
    if actor.specialist_id is None:
        return False
    items = queries.items(conn, actor.tenant.id, row.id)
    return any(item.specialist_id == actor.specialist_id for item in items)


def role_of(actor: Actor) -> str:
    """The strongest role of the actor; a visitor of the public API is nobody yet."""
    if actor.person is None:
        return "visitor"
    return "admin" if actor.is_admin else "specialist" if actor.is_staff else "client"


def note(
    conn: Connection,
    actor: Actor,
    booking_id: int,
    action: str,
    before: str | None,
    after: str,
    detail: Mapping[str, object],
    now: int,
) -> None:
    """Write the change into the visit's history and into the audit log."""
    who = None if actor.person is None else actor.person.id
    queries.remember(conn, actor.tenant.id, booking_id, now, who, role_of(actor), action, before, after, detail)
    record(
        UnitOfWork(conn, actor, now),
        f"booking.{action}",
        f"booking:{booking_id}",
        {"from": before, "to": after} | dict(detail),
    )
