"""Who takes the places of a service, or a room, from now on: in the order in which they were booked."""

from sqlalchemy import Connection, and_, literal, or_, select

from backend.catalog.rules import Taken, find_crowded_out
from backend.db.rows import fetch_all
from backend.db.tables import booking_items, item_rooms, rooms, services

_I, _R = booking_items.c, item_rooms.c


def find_crowded_in_service(conn: Connection, tenant_id: int, service_id: int, now: int) -> set[int]:
    """Return the bookings ahead of a group that have no place beside those that were booked before them."""
    capacity = conn.execute(
        select(services.c.capacity).where(services.c.tenant_id == tenant_id, services.c.id == service_id)
    ).scalar_one()
    statement = select(_I.booking_id, _I.specialist_id, _I.occ_start, _I.occ_end, _I.places.label("amount")).where(
        _I.tenant_id == tenant_id, _I.service_id == service_id, _I.active, _I.occ_end > now
    )
    taken = fetch_all(conn, Taken, statement.order_by(_I.booking_id, _I.id))
    return find_crowded_out(taken, int(capacity), shared_by_specialist=False)


def find_crowded_in_room(conn: Connection, tenant_id: int, room_id: int, now: int) -> set[int]:
    """Return the bookings ahead that have no room beside those that were booked before them; all where it is gone."""
    count = conn.execute(select(rooms.c.count).where(rooms.c.tenant_id == tenant_id, rooms.c.id == room_id)).scalar()
    statement = (
        select(_I.booking_id, _R.specialist_id, _R.occ_start, _R.occ_end, literal(1).label("amount"))
        .join(booking_items, and_(_I.tenant_id == _R.tenant_id, _I.id == _R.item_id))
        .where(_R.tenant_id == tenant_id, _R.room_id == room_id, _R.active, _R.occ_end > now)
        .where(or_(_R.hold_until.is_(None), _R.hold_until > now))
    )
    taken = fetch_all(conn, Taken, statement.order_by(_I.booking_id, _I.id))
    return find_crowded_out(taken, int(count or 0), shared_by_specialist=True)


def list_rooms_of_bookings(conn: Connection, tenant_id: int, booking_ids: list[int]) -> dict[int, set[int]]:
    """Return the rooms that each of the bookings holds."""
    found: dict[int, set[int]] = {booking_id: set() for booking_id in booking_ids}
    statement = (
        select(_I.booking_id, _R.room_id)
        .join(booking_items, and_(_I.tenant_id == _R.tenant_id, _I.id == _R.item_id))
        .where(_R.tenant_id == tenant_id, _I.booking_id.in_(booking_ids))
    )
    for booking_id, room_id in conn.execute(statement):
        found[booking_id].add(room_id)
    return found
