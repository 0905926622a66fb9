"""A client's request for another time: the booking stays until staff have answered.

Under approval the new place is held meanwhile; inside the cut-off it is a wish, in words or of a time, and nothing is held.
Everything here runs inside one write transaction of the tenant.
"""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from backend.auth.actor import Actor
from backend.bookings.history import record_change
from backend.bookings.placement import place_columns
from backend.bookings.queries.loading import BookingRow, ItemRow, load_bookings
from backend.bookings.queries.move_requests import (
    MoveRequestRow,
    find_lapsed_move_requests,
    insert_move_request,
    load_held_for,
    load_move_requests,
    set_request_sequence,
    settle_move_request,
)
from backend.bookings.queries.writing import expire_holds, insert_booking, insert_item, update_booking
from backend.clock import format_utc, format_wall, load_zone
from backend.contract.bookings import MoveOutcome
from backend.contract.notices import Kind
from backend.outbox.queries import renew_notices
from backend.outbox.service import announce_change
from backend.quiet_hours import answer_deadline, leaves_time
from backend.schedule.intervals import subtract_stretches
from backend.schedule.queries.services import RequestedServices
from backend.schedule.steps import PlacedStep
from backend.transactions import UnitOfWork

# What staff have been sent about a request.
NOTICES: tuple[Kind, ...] = ("move_requested",)


class WantedPlace(NamedTuple):
    """Where a booking would be instead."""

    services: RequestedServices
    placed: list[PlacedStep]


def open_request(unit: UnitOfWork, row: BookingRow) -> MoveRequestRow | None:
    """Return the booking's request that waits for an answer; one that another release has passed by does not."""
    if row.move_request_id is None or row.status != "confirmed":
        return None
    request = load_move_requests(unit.conn, unit.tenant_id, [row.move_request_id]).get(row.move_request_id)
    is_open = request is not None and request.outcome is None and request.sequence == row.sequence
    return request if is_open and request is not None and request.decide_by > unit.now else None


def ask_for_move(
    unit: UnitOfWork, row: BookingRow, items: Sequence[ItemRow], wanted: WantedPlace | None, text: str, *, held: bool
) -> BookingRow:
    """Write down what the client wants, tell the staff, and return the booking's row; the booking itself stays.

    `held`: the new place is kept until it is answered, where there is time for an answer.
    """
    tenant, tz = unit.tenant, load_zone(unit.tenant.timezone)
    start = None if wanted is None else wanted.placed[0].start
    decide_by = min(row.starts_at, row.starts_at if start is None else start)
    hold_id = None
    if held and wanted is not None and start is not None:
        answered = min(row.starts_at, answer_deadline(tenant.policies, tz, unit.now, start))
        if leaves_time(tenant.policies, tz, unit.now, answered):
            decide_by = answered
            hold_id = _hold_place(unit, row, items, wanted, decide_by)
    request = insert_move_request(
        unit.conn,
        {
            "tenant_id": unit.tenant_id,
            "booking_id": row.id,
            "starts_at": start,
            "specialist_ids": msgspec.json.encode(
                [] if wanted is None else [step.specialist_id for step in wanted.placed]
            ).decode(),
            "hold_id": hold_id,
            "sequence": row.sequence,
            "text": text,
            "decide_by": decide_by,
            "created_at": unit.now,
        },
    )
    asking = update_booking(unit.conn, unit.tenant_id, row, move_request_id=request.id)
    starts = None if start is None else [format_utc(row.starts_at), format_utc(start)]
    detail = {"held": hold_id is not None} | ({} if starts is None else {"start": starts})
    record_change(unit, row.id, "ask_move", row.status, row.status, detail)
    announce_change(unit, asking, "move_requested")
    return asking


def _hold_place(
    unit: UnitOfWork, row: BookingRow, items: Sequence[ItemRow], wanted: WantedPlace, until: int
) -> int | None:
    """Hold what the booking does not occupy already of its new place; return the hold's id, None for nothing.

    A class that would meet the one that is left is not held: a part of it would be a class with another start.
    """
    own: dict[int, list[tuple[int, int]]] = {}
    for item in items:
        stretch = (item.starts_at - item.buffer_before_min * 60, item.ends_at + item.buffer_after_min * 60)
        own.setdefault(item.specialist_id, []).append(stretch)
    pieces = [
        (step, piece)
        for step in wanted.placed
        for piece in subtract_stretches([(step.occ_start, step.occ_end)], sorted(own.get(step.specialist_id, [])))
    ]
    together = {step.position for step in wanted.placed if wanted.services.steps[step.position].together}
    cut = any(step.position in together and piece != (step.occ_start, step.occ_end) for step, piece in pieces)
    if not pieces or cut:
        return None
    tenant, placed = unit.tenant, wanted.placed
    hold = insert_booking(
        unit.conn,
        {
            "tenant_id": tenant.id,
            "client_id": None,
            "status": "held",
            "starts_at": placed[0].start,
            "ends_at": placed[-1].end,
            "local_start": format_wall(placed[0].start, load_zone(tenant.timezone)),
            "timezone": tenant.timezone,
            "price": 0,
            "places": row.places,
            "currency": row.currency,
            "policies": row.policies,
            "hold_until": until,
            "source": "internal",
            "created_at": unit.now,
            "created_by": unit.actor.person_id,
        },
    )
    for position, (step, (begins, ends)) in enumerate(pieces):
        service = wanted.services.steps[step.position]
        values = place_columns(tenant.id, wanted.services, step, until)
        if (begins, ends) != (step.occ_start, step.occ_end):
            values |= {"starts_at": begins, "ends_at": ends, "occ_start": begins, "occ_end": ends}
            values |= {"duration_min": (ends - begins) // 60, "buffer_before_min": 0, "buffer_after_min": 0}
        values |= {"booking_id": hold.id, "position": position, "service_id": service.service_id, "price": 0}
        insert_item(unit.conn, values | {"price_from": False}, service.room_ids)
    return hold.id


def settle_request(unit: UnitOfWork, request: MoveRequestRow, outcome: MoveOutcome, note: str = "") -> None:
    """Write what has become of a request, give its place back, and let the staff's notices say so."""
    person = unit.actor.person
    decided_by = None if person is None or outcome in ("expired", "withdrawn") else person.id
    settle_move_request(unit.conn, unit.tenant_id, request.id, outcome, decided_by, note)
    if request.hold_id is not None:
        expire_holds(unit.conn, unit.tenant_id, [request.hold_id])
    renew_notices(unit.conn, unit.tenant_id, request.booking_id, NOTICES, unit.now)


def settle_open(unit: UnitOfWork, row: BookingRow, outcome: MoveOutcome) -> None:
    """Settle the booking's request, if one waits: the booking has moved or ended in another way."""
    if (request := open_request(unit, row)) is not None:
        settle_request(unit, request, outcome)


def lose_hold(unit: UnitOfWork, hold_id: int) -> None:
    """Give a held place back that can be held no more; a booking that would move there stays, and its client is told."""
    expire_holds(unit.conn, unit.tenant_id, [hold_id])
    held_for = load_held_for(unit.conn, unit.tenant_id, [hold_id]).get(hold_id)
    if held_for is None:
        return
    (row,) = load_bookings(unit.conn, unit.tenant_id, [held_for.booking_id])
    if (request := open_request(unit, row)) is not None:
        settle_request(unit, request, "expired")
        announce_change(unit, row, "move_unanswered")


def keep_open(unit: UnitOfWork, row: BookingRow, sequence: int) -> None:
    """Let the booking's request wait on, though calendars follow a change that has not moved it. `row`: as it was before."""
    if (request := open_request(unit, row)) is not None:
        set_request_sequence(unit.conn, unit.tenant_id, request.id, sequence)


def expire_move_requests(unit: UnitOfWork) -> int:
    """Settle what nobody has answered in time; the client reads that their booking stays. Return how many there were."""
    lapsed = find_lapsed_move_requests(unit.conn, unit.tenant_id, unit.now)
    by_clock = unit._replace(actor=Actor(unit.tenant, None, "internal", unit.actor.request_id))
    bookings = {row.id: row for row in load_bookings(unit.conn, unit.tenant_id, {row.booking_id for row in lapsed})}
    for request in lapsed:
        row = bookings[request.booking_id]
        stands = row.status == "confirmed" and row.sequence == request.sequence
        settle_request(by_clock, request, "expired" if stands else "withdrawn")
        if stands and row.starts_at > unit.now:
            announce_change(by_clock, row, "move_unanswered")
    return len(lapsed)
