"""Which bookings an actor may see, and on which they act as the business rather than as the client."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from backend.auth.actor import Actor
from backend.bookings.queries.loading import BookingRow, ItemRow, Viewer, load_items, visible_booking
from backend.bookings.queries.own_clients import StaffReader
from backend.errors import NotFound
from backend.transactions import UnitOfWork


class LoadedBooking(NamedTuple):
    """A booking that the actor sees, and whether they act on it as staff."""

    row: BookingRow
    items: Sequence[ItemRow]
    by_staff: bool


def viewer_of(actor: Actor) -> Viewer:
    """Return whose bookings the actor sees."""
    return Viewer(actor.is_admin, actor.person_id, actor.specialist_id)


def reader_of(actor: Actor) -> StaffReader | None:
    """Return as which specialist the actor looks for clients; None for an admin, who sees all."""
    return None if actor.is_admin else StaffReader(actor.specialist_id, actor.person_id, actor.sees_contacts)


def acts_as_staff(actor: Actor, specialist_ids: Iterable[int]) -> bool:
    """Return whether the actor acts as the business on a booking that these specialists do."""
    return actor.is_admin or (actor.specialist_id is not None and actor.specialist_id in specialist_ids)


def may_decide(actor: Actor, items: Iterable[ItemRow]) -> bool:
    """Return whether the actor may answer the request: an admin, or the specialist who does the whole of it."""
    return actor.is_admin or all(item.specialist_id == actor.specialist_id for item in items)


def load_visible(unit: UnitOfWork, booking_id: int) -> LoadedBooking:
    """Return the booking with its items. Raises NotFound, also where the actor may not see it."""
    row = visible_booking(unit.conn, unit.tenant_id, booking_id, viewer_of(unit.actor))
    if row is None:
        raise NotFound()
    items = load_items(unit.conn, unit.tenant_id, [booking_id])
    return LoadedBooking(row, items, acts_as_staff(unit.actor, (item.specialist_id for item in items)))
