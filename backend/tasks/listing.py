"""The tasks that staff see on their home, and putting all of them with other specialists."""

from backend.bookings.access import LoadedBooking, viewer_of
from backend.bookings.client_bookings import ClientBookings
from backend.bookings.endings import free_lapsed_places
from backend.bookings.move_requests import keep_open
from backend.bookings.moving import relocate_booking
from backend.bookings.placement import PlaceRequest, find_place, load_services_as_booked
from backend.bookings.queries.loading import load_bookings, load_items
from backend.bookings.view import render_bookings
from backend.clock import format_utc
from backend.contract.tasks import Asked, Placement, Placements, Task, Tasks
from backend.db import dialect
from backend.errors import Refused, SlotTaken
from backend.schedule.service import SlotQuery
from backend.tasks.new_times import others_only
from backend.tasks.queries import Sending, TaskRow, count_tasks, list_sendings, list_tasks
from backend.transactions import UnitOfWork

MOST = 500


def load_tasks(unit: UnitOfWork) -> Tasks:
    """Return the open tasks that the actor sees, by the starts of their bookings."""
    viewer = viewer_of(unit.actor)
    rows = list_tasks(unit.conn, unit.tenant_id, viewer, MOST)
    booking_ids = [row.booking_id for row in rows]
    loaded = load_bookings(unit.conn, unit.tenant_id, booking_ids)
    bookings = {
        booking.id: booking for booking in render_bookings(unit.conn, unit.tenant, loaded, unit.actor, unit.now)
    }
    sendings: dict[int, list[Sending]] = {}
    for sending in list_sendings(unit.conn, unit.tenant_id, booking_ids):
        sendings.setdefault(sending.booking_id, []).append(sending)
    items = [
        Task(
            booking=bookings[row.booking_id],
            cause=row.cause,
            name=row.specialist_name or "",
            opened_at=format_utc(row.opened_at),
            asked=_asked(sendings.get(row.booking_id, [])),
        )
        for row in rows
    ]
    total = len(items) if len(items) < MOST else count_tasks(unit.conn, unit.tenant_id, viewer)
    return Tasks(items=items, total=total)


def _asked(sendings: list[Sending]) -> Asked:
    if any(sending.was_sent for sending in sendings):
        return "sent"
    return "waiting" if any(sending.status in ("waiting", "leased") for sending in sendings) else "unreachable"


def place_with_others(unit: UnitOfWork) -> Placements:
    """Give every booking that needs a new time to another specialist at its own time, the fairest of those who are free.

    They are placed in the order of their starts; each client is told, and may refuse until it begins."""
    free_lapsed_places(unit)
    placed: list[Placement] = []
    left = 0
    for task in list_tasks(unit.conn, unit.tenant_id, None, MOST):
        placement = _place_with_other(unit, task)
        if placement is None:
            left += 1
        else:
            placed.append(placement)
    return Placements(placed=placed, left=left)


def _place_with_other(unit: UnitOfWork, task: TaskRow) -> Placement | None:
    """Place one booking; None where nobody else is free, where it has begun, or where its client is not."""
    conn, tenant_id = unit.conn, unit.tenant_id
    (row,) = load_bookings(conn, tenant_id, [task.booking_id])
    items = load_items(conn, tenant_id, [row.id])
    if row.starts_at <= unit.now or row.client_id is None:
        return None
    theirs = ClientBookings(unit, row.client_id, row.starts_at, ignored_booking_id=row.id)
    if not theirs.is_free(row.starts_at, row.ends_at):
        return None
    services = load_services_as_booked(conn, tenant_id, items, on_offer=True)
    others = others_only(services, items, task.specialist_id)
    query = SlotQuery(unit.tenant, [item.service_id for item in items], None, unit.now, client_limits=False)
    try:
        place = find_place(conn, PlaceRequest(query, others, row.starts_at, force=False, ignored_booking_id=row.id))
    except Refused:
        return None
    try:
        with dialect.open_savepoint(conn, "placement"):
            booking = relocate_booking(unit, LoadedBooking(row, items, True), others, place, task="placed")
            # another time that its client has asked for still waits for an answer
            keep_open(unit, row, booking.sequence)
    except SlotTaken:
        return None
    return Placement(booking=booking, previous_name=task.specialist_name or items[0].specialist_name)
