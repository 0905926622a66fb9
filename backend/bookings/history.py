"""What became of a booking: each change is a line of its history and of the audit log."""

from collections.abc import Mapping

import msgspec

from backend.audit.service import record
from backend.auth.actor import Actor
from backend.bookings.access import viewer_of
from backend.bookings.queries.loading import HistoryRow, load_clients, load_history, visible_booking
from backend.bookings.queries.writing import insert_history
from backend.catalog.queries.lists import load_specialist_rows
from backend.clock import format_utc
from backend.contract.bookings import History, HistoryEntry, Status
from backend.contract.catalog import SpecialistName
from backend.errors import NotFound
from backend.transactions import UnitOfWork


def record_change(
    unit: UnitOfWork,
    booking_id: int,
    action: str,
    before: Status | None,
    after: Status,
    detail: Mapping[str, object] | None = None,
) -> None:
    """Write a change of a booking into its history and into the audit log. `before` is None for a new booking."""
    actor, detail = unit.actor, detail or {}
    actor_id = None if actor.person is None else actor.person.id
    change = HistoryRow(
        unit.now, actor_id, _role_of(actor), action, before, after, msgspec.json.encode(detail).decode()
    )
    insert_history(unit.conn, unit.tenant_id, booking_id, change)
    record(unit, f"booking.{action}", f"booking:{booking_id}", {"from": before, "to": after, **detail})


def _role_of(actor: Actor) -> str:
    """Return the strongest role of the actor; a caller of the public API who is not known is a visitor."""
    if actor.person is None:
        return "visitor"
    return "admin" if actor.is_admin else "specialist" if actor.is_staff else "client"


def list_history(unit: UnitOfWork, booking_id: int) -> History:
    """Return the changes of a booking, oldest first. Raises NotFound, also where the actor may not see it."""
    booking = visible_booking(unit.conn, unit.tenant_id, booking_id, viewer_of(unit.actor))
    if booking is None:
        raise NotFound()
    rows = load_history(unit.conn, unit.tenant_id, booking_id)
    last_end = max((place for place, row in enumerate(rows) if row.to_status == "cancelled"), default=None)
    people = load_clients(unit.conn, unit.tenant_id, {row.actor_id for row in rows if row.actor_id is not None})
    names = {person_id: person.name for person_id, person in people.items()}
    return History(
        items=[
            HistoryEntry(
                at=format_utc(row.at),
                actor_id=row.actor_id,
                actor_role=row.actor_role,
                action=row.action,
                from_status=row.from_status,
                to_status=row.to_status,
                # the words are kept with the booking alone, where they can be erased
                detail=msgspec.json.decode(row.detail, type=dict[str, object])
                | ({"reason": booking.end_note} if place == last_end and booking.end_note else {}),
                actor_name="" if row.actor_id is None else names.get(row.actor_id, ""),
            )
            for place, row in enumerate(rows)
        ],
        specialists=[SpecialistName(row.id, row.name) for row in load_specialist_rows(unit.conn, unit.tenant_id)],
    )
