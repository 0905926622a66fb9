"""Where else a visit could be: the free times for moving it, by the rule that moving itself goes by."""

from sqlalchemy import Connection

from backend.auth.actor import Actor
from backend.bookings import queries, service, view
from backend.contract.schedule import Days, Slots
from backend.errors import NotFound
from backend.schedule.queries.services import load_booked_services
from backend.schedule.service import MovingBooking, SlotQuery, list_days, list_slots


def slots(
    conn: Connection,
    actor: Actor,
    booking_id: int,
    named: int | None,
    days: tuple[int, int],
    limit: int | None,
    now: int,
) -> Slots:
    """Free starts whose own local date is in the range. Raises NotFound, also where it is somebody else's visit."""
    ask, instead = _asked(conn, actor, booking_id, named, now)
    return list_slots(conn, ask, days, limit, instead)


def days(conn: Connection, actor: Actor, booking_id: int, named: int | None, within: tuple[int, int], now: int) -> Days:
    """Dates with such a start, and the first one, also after the range. Raises NotFound."""
    ask, instead = _asked(conn, actor, booking_id, named, now)
    return list_days(conn, ask, within, instead)


def _asked(
    conn: Connection, actor: Actor, booking_id: int, named: int | None, now: int
) -> tuple[SlotQuery, MovingBooking]:
    """The visit keeps its durations, buffers and rooms; its own place is free for it, but being there is no move."""
    tenant_id = actor.tenant.id
    row = queries.seen(conn, tenant_id, booking_id, view.seen_by(actor))
    if row is None:
        raise NotFound()
    old = queries.items(conn, tenant_id, booking_id)
    rooms = queries.item_room_ids(conn, tenant_id, [item.id for item in old])
    visit = load_booked_services(conn, tenant_id, old, rooms)
    client_limits = not service.acts_as_staff(conn, actor, row)
    ask = SlotQuery(actor.tenant, [item.service_id for item in old], named, now, client_limits=client_limits)
    # with somebody else, the same time is another place
    stays = row.starts_at if named in (None, old[0].specialist_id) else None
    return ask, MovingBooking(visit, booking_id, stays)
