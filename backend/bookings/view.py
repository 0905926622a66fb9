"""How a booking is shown: the same struct to everybody, without what is for staff only where the caller is not staff."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import msgspec
from msgspec.structs import replace
from sqlalchemy import Connection

from backend.auth.actor import Actor, TenantRow, decode_policies
from backend.bookings import rules
from backend.bookings.access import acts_as_staff, load_visible
from backend.bookings.queries.loading import (
    BookingClientRow,
    BookingRow,
    ItemRow,
    load_clients,
    load_items,
)
from backend.bookings.queries.move_requests import HeldForRow, MoveRequestRow, load_held_for, load_move_requests
from backend.clock import format_local, format_utc, load_zone
from backend.contract.bookings import CAME, Booking, Item, MoveOutcome, MoveRequest
from backend.kit.phones import tappable_phone
from backend.kit.text import format_money
from backend.schedule.queries.services import Price
from backend.transactions import UnitOfWork


class _Shown(NamedTuple):
    """How bookings are shown: of which business, as of when, and whether its clients' contacts are told."""

    tenant: TenantRow
    now: int
    with_contacts: bool


def get_booking(unit: UnitOfWork, booking_id: int) -> Booking:
    """Return a booking. Raises NotFound, also where the actor may not see it."""
    booking = load_visible(unit, booking_id)
    return render_booking(unit, booking.row, render_items(booking.items))


def render_booking(
    unit: UnitOfWork, row: BookingRow, items: list[Item], client: BookingClientRow | None = None
) -> Booking:
    """Render a booking whose items are known, as the actor sees it. `client` is given where it has been read."""
    moves = _load_moves(unit.conn, unit.tenant_id, [row])
    how = _Shown(unit.tenant, unit.now, unit.actor.sees_contacts)
    if not acts_as_staff(unit.actor, (item.specialist_id for item in items)):
        return _render(row, items, None, moves, how)
    held_for = _load_held_for(unit.conn, unit.tenant_id, [row], unit.actor)
    wanted_ids = [row.client_id if client is None else None, row.decided_by, *_deciders(moves), *_askers(held_for)]
    people = load_clients(unit.conn, unit.tenant_id, {each for each in wanted_ids if each is not None})
    if client is not None:
        people[client.id] = client
    shown = _add_asker(_render(row, items, people, moves, how), held_for, people)
    if row.client_id is not None and (about := people.get(row.client_id)) is not None:
        shown.client_note = about.note if unit.actor.is_admin else ""
        shown.client_team_note = about.team_note
        shown.client_tags = sorted((about.tags or "").splitlines(), key=str.casefold)
    return shown


def render_bookings(
    conn: Connection, tenant: TenantRow, rows: Sequence[BookingRow], actor: Actor | None, now: int
) -> list[Booking]:
    """Render bookings as the actor sees them; None: as the system itself does, which sees everything."""
    if not rows:
        return []
    item_rows: dict[int, list[ItemRow]] = {row.id: [] for row in rows}
    for item in load_items(conn, tenant.id, item_rows.keys()):
        item_rows[item.booking_id].append(item)
    seen_ids = {row.id for row in rows if _sees_client(actor, item_rows[row.id])}
    moves = _load_moves(conn, tenant.id, rows)
    wanted_ids = {each for row in rows if row.id in seen_ids for each in (row.client_id, row.decided_by)}
    held_for = _load_held_for(conn, tenant.id, [row for row in rows if row.id in seen_ids], actor)
    wanted_ids |= {*_deciders(moves), *_askers(held_for)}
    people = load_clients(conn, tenant.id, {each for each in wanted_ids if each is not None})
    how = _Shown(tenant, now, actor is None or actor.sees_contacts)
    shown = (
        _render(row, render_items(item_rows[row.id]), people if row.id in seen_ids else None, moves, how)
        for row in rows
    )
    return [_add_asker(booking, held_for, people) for booking in shown]


def hide_contacts(booking: Booking) -> Booking:
    """Return the booking without what tells how its client can be reached."""
    return replace(booking, client_phone=None, client_tg_id=None, client_username=None)


def _sees_client(actor: Actor | None, items: Iterable[ItemRow]) -> bool:
    return actor is None or acts_as_staff(actor, (item.specialist_id for item in items))


def render_items(rows: Iterable[ItemRow]) -> list[Item]:
    """Render the items of a booking."""
    return [
        render_item(
            service=(row.service_id, row.service_name),
            specialist=(row.specialist_id, row.specialist_name),
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            price=Price(row.price, row.price_from),
            capacity=row.capacity,
        )
        for row in rows
    ]


def render_item(
    *, service: tuple[int, str], specialist: tuple[int, str], starts_at: int, ends_at: int, price: Price, capacity: int
) -> Item:
    """Render one service of a booking; `service` and `specialist` are (id, name)."""
    return Item(
        service_id=service[0],
        service_name=service[1],
        specialist_id=specialist[0],
        specialist_name=specialist[1],
        start=format_utc(starts_at),
        end=format_utc(ends_at),
        duration_min=(ends_at - starts_at) // 60,
        price=format_money(price.amount),
        price_from=price.at_least,
        capacity=capacity,
    )


def _load_moves(conn: Connection, tenant_id: int, rows: Sequence[BookingRow]) -> dict[int, MoveRequestRow]:
    """Return the requests for another time that the bookings have."""
    return load_move_requests(conn, tenant_id, {row.move_request_id for row in rows if row.move_request_id is not None})


def _load_held_for(
    conn: Connection, tenant_id: int, rows: Iterable[BookingRow], actor: Actor | None
) -> dict[int, tuple[HeldForRow, bool]]:
    """Return which bookings ask to move to the places that are held without a client, and whether the actor may see each."""
    ids = [row.id for row in rows if row.status == "held" and row.client_id is None]
    held_for = load_held_for(conn, tenant_id, ids)
    specialist_ids: dict[int, set[int]] = {each.booking_id: set() for each in held_for.values()}
    for item in load_items(conn, tenant_id, specialist_ids.keys()) if specialist_ids else ():
        specialist_ids[item.booking_id].add(item.specialist_id)
    return {
        hold_id: (each, actor is None or acts_as_staff(actor, specialist_ids[each.booking_id]))
        for hold_id, each in held_for.items()
    }


def _askers(held_for: Mapping[int, tuple[HeldForRow, bool]]) -> list[int | None]:
    return [each.client_id for each, _ in held_for.values()]


def _add_asker(
    booking: Booking, held_for: Mapping[int, tuple[HeldForRow, bool]], people: Mapping[int, BookingClientRow]
) -> Booking:
    """Say of a held place who asks to move there, and which booking of theirs, where the actor may see it."""
    if booking.id in held_for:
        asking, is_visible = held_for[booking.id]
        asker = None if asking.client_id is None else people.get(asking.client_id)
        booking.client_name = "" if asker is None else asker.name
        booking.held_for = asking.booking_id if is_visible else None
    return booking


def _deciders(moves: Mapping[int, MoveRequestRow]) -> list[int | None]:
    return [move.decided_by for move in moves.values()]


def _render_move(
    row: BookingRow, moves: Mapping[int, MoveRequestRow], people: Mapping[int, BookingClientRow] | None, now: int
) -> MoveRequest | None:
    """Return the booking's latest request for another time; one that a release without them has passed by is withdrawn."""
    move = None if row.move_request_id is None else moves.get(row.move_request_id)
    if move is None:
        return None
    is_open = row.status == "confirmed" and row.sequence == move.sequence
    lapsed: MoveOutcome | None = None if move.decide_by > now else "expired"
    decider = None if people is None or move.decided_by is None else people.get(move.decided_by)
    return MoveRequest(
        start=None if move.starts_at is None else format_utc(move.starts_at),
        specialist_ids=msgspec.json.decode(move.specialist_ids, type=list[int]),
        held=move.hold_id is not None,
        decide_by=format_utc(move.decide_by),
        text=move.text,
        outcome=move.outcome or (lapsed if is_open else "withdrawn"),
        decided_by="" if decider is None else decider.name,
        note=move.note,
    )


def _places_came(row: BookingRow) -> int | None:
    """Return of how many places somebody came, None while staff have not said. Never more than there are booked."""
    if row.status not in CAME or row.unconfirmed:
        return None
    return row.places if row.came_places is None else min(row.came_places, row.places)


def _render(
    row: BookingRow,
    items: list[Item],
    people: Mapping[int, BookingClientRow] | None,
    moves: Mapping[int, MoveRequestRow],
    how: _Shown,
) -> Booking:
    """Return the booking as it is answered, on the business's clock of today whatever zone it was made in.

    `people` are its client and who has decided over it; None: not for staff."""
    tenant, now = how.tenant, how.now
    client = None if people is None or row.client_id is None else people.get(row.client_id)
    decider = None if people is None or row.decided_by is None else people.get(row.decided_by)
    status = rules.status_now(row.status, row.hold_until, row.decide_by, now)
    end_reason = row.end_reason if status == row.status else "request_expired"
    policies = decode_policies(row.policies)
    cut_off = (
        rules.free_until(row.starts_at, policies.cancel_until_min, row.created_at, has_task=row.task is not None)
        if rules.is_allowed("cancel", status)
        else None
    )
    undo = rules.undo_until(row.cancelled_at) if status == "cancelled" and end_reason != "request_expired" else None
    booking = Booking(
        id=row.id,
        status=status,
        start=format_utc(row.starts_at),
        end=format_utc(row.ends_at),
        local_start=format_local(row.starts_at, load_zone(tenant.timezone)),
        timezone=tenant.timezone,
        specialist_id=items[0].specialist_id,
        service_ids=[item.service_id for item in items],
        places=row.places,
        price=format_money(row.price),
        price_from=any(item.price_from for item in items),
        currency=row.currency,
        client_id=row.client_id,
        items=items,
        comment=row.comment,
        hold_until=None if status != "held" or row.hold_until is None else format_utc(row.hold_until),
        can_cancel_until=None if cut_off is None else format_utc(cut_off),
        undo_until=None if undo is None or undo < now else format_utc(undo),
        coming=row.coming_at is not None,
        sequence=row.sequence,
        created_at=format_utc(row.created_at),
        client_name="" if client is None else client.name,
        client_phone=None if client is None or not client.phone else tappable_phone(client.phone, tenant.phone_region),
        client_tg_id=None if client is None else client.tg_id,
        client_username=None if client is None else client.username,
        client_reachable=client is not None and client.tg_id is not None and client.unreachable_at is None,
        end_reason=end_reason if status == "cancelled" else None,
        late=status == "cancelled" and row.end_reason == "client_late",
        places_came=_places_came(row),
        unconfirmed=row.unconfirmed,
        late_min=row.late_min,
        decide_by=format_utc(row.decide_by) if row.decide_by is not None and status in ("held", "pending") else None,
        decided_by="" if decider is None else decider.name,
        end_note=row.end_note,
        task=row.task,
        move_request=_render_move(row, moves, people, now),
    )
    return booking if how.with_contacts else hide_contacts(booking)
