"""Bookings that can take place as booked again because what was in their way has been taken back."""

from collections.abc import Sequence
from functools import cached_property

from backend.bookings.queries.loading import BookingRow, ItemRow, load_bookings, load_items
from backend.bookings.rules import UNDO_S
from backend.catalog.queries.crowding import find_crowded_in_room, find_crowded_in_service, list_rooms_of_bookings
from backend.contract.schedule import Cause, Handling
from backend.schedule.displacing import Displaced, HandledCounts
from backend.schedule.hours import LOOK_BACK_DAYS, Calendars, list_closed_stretches
from backend.schedule.queries.calendars import load_calendars
from backend.schedule.queries.services import load_prices
from backend.schedule.zones import load_zone
from backend.tasks.queries import list_cancelled_tasks, list_tasks, update_task
from backend.tasks.service import handle_displaced, withdraw_task
from backend.transactions import UnitOfWork

# What another look at the calendar settles.
_OF_CALENDARS: tuple[Cause, ...] = ("time_off", "closure", "hours")
MOST = 1000


def settle_withdrawn(unit: UnitOfWork) -> int:
    """Close the tasks of bookings ahead that can take place as booked again, and return how many there were.

    Every change of calendars and of the catalog ends with this."""
    known = list_tasks(unit.conn, unit.tenant_id, None, MOST)
    # what was cancelled a moment ago may be brought back: without its task then
    known += list_cancelled_tasks(unit.conn, unit.tenant_id, unit.now - UNDO_S)
    tasks = {task.booking_id: task for task in known}
    rows = [row for row in load_bookings(unit.conn, unit.tenant_id, tasks) if row.starts_at > unit.now]
    if not rows:
        return 0
    items: dict[int, list[ItemRow]] = {row.id: [] for row in rows}
    for item in load_items(unit.conn, unit.tenant_id, items):
        items[item.booking_id].append(item)
    calendars = _load_calendars(unit, [item for own in items.values() for item in own])
    offered = load_prices(unit.conn, unit.tenant_id, [item.service_id for own in items.values() for item in own])
    settled: list[BookingRow] = []
    crowds = _Crowds(unit, [row.id for row in rows])
    for row in rows:
        task = tasks[row.id]
        own = [item for item in items[row.id] if task.specialist_id in (None, item.specialist_id)]
        stands = all(_is_open(calendars, item, whole=task.cause == "hours") for item in own)
        if task.cause in ("service", "specialist"):
            stands = stands and all((item.service_id, item.specialist_id) in offered for item in own)
        elif task.cause not in _OF_CALENDARS:
            stands = stands and crowds.has_place(task.cause, row.id, own)
        if stands:
            settled.append(row)
    for row in settled:
        if row.status == "cancelled":
            update_task(unit.conn, unit.tenant_id, tasks[row.id].id, {"outcome": "withdrawn"})
        else:
            withdraw_task(unit, row)
    return len(settled)


class _Crowds:
    """Whether bookings have a place in groups and rooms again; each is looked at once."""

    def __init__(self, unit: UnitOfWork, booking_ids: list[int]) -> None:
        self._unit, self._booking_ids = unit, booking_ids
        self._in_services: dict[int, set[int]] = {}
        self._in_rooms: dict[int, set[int]] = {}

    @cached_property
    def _rooms(self) -> dict[int, set[int]]:
        return list_rooms_of_bookings(self._unit.conn, self._unit.tenant_id, self._booking_ids)

    def has_place(self, cause: Cause, booking_id: int, items: Sequence[ItemRow]) -> bool:
        """Return whether what crowded the booking out does so no more; what staff cannot keep has none by itself."""
        conn, tenant_id, now = self._unit.conn, self._unit.tenant_id, self._unit.now
        if cause == "capacity":
            for service_id in {item.service_id for item in items} - self._in_services.keys():
                self._in_services[service_id] = find_crowded_in_service(conn, tenant_id, service_id, now)
            return not any(booking_id in self._in_services[item.service_id] for item in items)
        if cause != "room":
            return False
        for room_id in self._rooms[booking_id] - self._in_rooms.keys():
            self._in_rooms[room_id] = find_crowded_in_room(conn, tenant_id, room_id, now)
        held = self._rooms[booking_id]
        return bool(held) and not any(booking_id in self._in_rooms[room_id] for room_id in held)


def _load_calendars(unit: UnitOfWork, items: Sequence[ItemRow]) -> Calendars:
    zone = load_zone(unit.tenant.timezone)
    first = zone.day(min(item.starts_at for item in items)) - LOOK_BACK_DAYS
    last = zone.day(max(item.ends_at for item in items)) + 2
    return load_calendars(unit.conn, unit.tenant_id, zone, {item.specialist_id for item in items}, first, last)


def _is_open(calendars: Calendars, item: ItemRow, *, whole: bool) -> bool:
    """Return whether no closed day and no time off lies in the item; with `whole` also that it lies in the hours.

    What was booked outside the hours may stay there, unless they are what has changed."""
    closed = list_closed_stretches(calendars.zone, calendars.closures, calendars.first, calendars.last)
    cuts = [*closed, *calendars.time_off.get(item.specialist_id, ())]
    if any(start < item.ends_at and end > item.starts_at for start, end in cuts):
        return False
    return not whole or any(
        start <= item.starts_at and end >= item.ends_at for start, end in calendars.open_time(item.specialist_id)
    )


def handle_and_settle(unit: UnitOfWork, displaced: Displaced, handling: Handling) -> HandledCounts:
    """Handle the bookings that a change displaces, and settle those that can take place as booked again."""
    counts = handle_displaced(unit, displaced, handling)
    settle_withdrawn(unit)
    return counts
