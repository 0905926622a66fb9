"""Changing services, specialists and rooms: names once, nothing of another tenant, nothing gone that bookings need.

Bookings keep the terms that they were made with; the answers list those ahead that a change touches.
"""

from collections.abc import Collection, Iterable
from typing import TypeVar

import msgspec
from msgspec import UNSET
from sqlalchemy import Table

from backend import clock
from backend.audit.service import record
from backend.auth.contexts import StaleContexts
from backend.catalog.queries import entries
from backend.catalog.queries.crowding import find_crowded_in_room, find_crowded_in_service
from backend.catalog.queries.lists import load_service_rows, load_specialist_rows
from backend.catalog.service import load_service, load_specialist
from backend.contract.catalog import (
    ChangedRoom,
    ChangedService,
    ChangedSpecialist,
    NewRoom,
    NewService,
    NewSpecialist,
    Offer,
    Removed,
    Room,
    Rooms,
    Service,
    ServiceCard,
    Specialist,
    SpecialistName,
    UpdateRoom,
    UpdateService,
    UpdateSpecialist,
)
from backend.contract.schedule import Affected, Cause
from backend.db.tables import rooms, services, specialists
from backend.errors import InUse, Invalid, NameTaken, NotFound
from backend.kit.text import clean_line, clean_lines, has_invisible_characters, is_visible, parse_money
from backend.schedule.affected import list_affected
from backend.schedule.queries.upcoming import UpcomingItem
from backend.transactions import UnitOfWork

S = TypeVar("S", bound=msgspec.Struct)

CATEGORY_MAX = 64
# What of a service a booking is made with.
_TERMS = ("price", "price_from", "duration_min", "buffer_before_min", "buffer_after_min", "capacity", "starts")


def add_service(unit: UnitOfWork, body: NewService) -> ServiceCard:
    """Add a service, last in the order. Raises Invalid, NameTaken."""
    name = _check_name(unit, services, body.name)
    room_ids = _check_ids(unit, rooms, body.room_ids, "room_ids")
    values = {field: getattr(body, field) for field in _TERMS}
    values |= {"name": name, "price": parse_money(body.price), "category": clean_line(body.category, CATEGORY_MAX)}
    values["description"] = clean_lines(body.description)
    service_id = entries.insert_entry(unit.conn, services, unit.tenant_id, values)
    entries.replace_service_rooms(unit.conn, unit.tenant_id, service_id, room_ids)
    record(unit, "service.added", f"service:{service_id}")
    return load_service_card(unit, service_id)


def change_service(unit: UnitOfWork, service_id: int, body: UpdateService) -> ChangedService:
    """Change what the body has. Raises Invalid, NameTaken, NotFound."""
    before = load_service(unit.conn, unit.tenant, service_id)
    values = _given_values(body, ("description", "category", "position", *_TERMS))
    if body.name is not UNSET:
        values["name"] = _check_name(unit, services, body.name, service_id)
    if body.price is not UNSET:
        values["price"] = parse_money(body.price)
    entries.update_entry(unit.conn, services, unit.tenant_id, service_id, values)
    if body.room_ids is not UNSET:
        room_ids = _check_ids(unit, rooms, body.room_ids, "room_ids")
        entries.replace_service_rooms(unit.conn, unit.tenant_id, service_id, room_ids)
    if body.specialist_ids is not UNSET:
        _replace_doing(unit, before, body.specialist_ids)
    after = load_service(unit.conn, unit.tenant, service_id)
    fields = _differences(before, after)
    stopped_ids = set(before.specialist_ids) - set(after.specialist_ids)
    items = []
    if not {*_TERMS, "room_ids"}.isdisjoint(fields):
        items = entries.list_items_that_have(unit.conn, unit.tenant_id, unit.now, service_ids=[service_id])
    stopped: list[UpcomingItem] = []
    if stopped_ids:
        stopped = entries.list_items_that_have(
            unit.conn, unit.tenant_id, unit.now, service_ids=[service_id], specialist_ids=stopped_ids
        )
    displaced = _affected(unit, stopped)
    if after.capacity < before.capacity:
        crowded = find_crowded_in_service(unit.conn, unit.tenant_id, service_id, unit.now)
        displaced += _crowded_out(unit, items, crowded - {item.booking_id for item in stopped}, "capacity")
    terms = {name: [getattr(before, name), getattr(after, name)] for name in fields if name in _TERMS}
    record(unit, "service.changed", f"service:{service_id}", {"fields": fields, **terms})
    card = msgspec.structs.asdict(load_service_card(unit, service_id))
    return ChangedService(**card, affected=_affected(unit, items or stopped), displaced=displaced)


def _replace_doing(unit: UnitOfWork, service: Service, specialist_ids: Collection[int]) -> None:
    """Let exactly these specialists do the service. Raises Invalid."""
    wanted_ids = _check_ids(unit, specialists, specialist_ids, "specialist_ids")
    stopped_ids = set(service.specialist_ids) - set(wanted_ids)
    if stopped_ids:
        entries.delete_offers(unit.conn, unit.tenant_id, service.id, stopped_ids)
    entries.add_offers(unit.conn, unit.tenant_id, service.id, set(wanted_ids) - set(service.specialist_ids))


def load_service_card(unit: UnitOfWork, service_id: int) -> ServiceCard:
    """Return one service with the specialists and rooms that there are. Raises NotFound."""
    service = load_service(unit.conn, unit.tenant, service_id)
    return ServiceCard(
        **msgspec.structs.asdict(service),
        specialists=[SpecialistName(row.id, row.name) for row in load_specialist_rows(unit.conn, unit.tenant_id)],
        rooms=list_rooms(unit).items,
    )


def remove_service(unit: UnitOfWork, service_id: int) -> Removed:
    """Take a service off sale; its bookings still speak of it, those ahead are listed. Raises NotFound."""
    if not load_service_rows(unit.conn, unit.tenant_id, service_id):
        raise NotFound()
    items = entries.list_items_that_have(unit.conn, unit.tenant_id, unit.now, service_ids=[service_id])
    entries.delete_offers(unit.conn, unit.tenant_id, service_id)
    entries.update_entry(unit.conn, services, unit.tenant_id, service_id, {"archived_at": unit.now})
    record(unit, "service.removed", f"service:{service_id}")
    return Removed(id=service_id, displaced=_affected(unit, items))


def add_specialist(unit: UnitOfWork, body: NewSpecialist) -> Specialist:
    """Add a specialist, last in the order, without hours yet. Raises Invalid, NameTaken."""
    name = _check_name(unit, specialists, body.name)
    offers = _check_offers(unit, body.services)
    values = {"name": name, "description": clean_lines(body.description)}
    specialist_id = entries.insert_entry(unit.conn, specialists, unit.tenant_id, values)
    entries.replace_offers(unit.conn, unit.tenant_id, specialist_id, offers)
    record(unit, "specialist.added", f"specialist:{specialist_id}")
    return load_specialist(unit.conn, unit.tenant, specialist_id, staff=True)


def change_specialist(unit: UnitOfWork, specialist_id: int, body: UpdateSpecialist) -> ChangedSpecialist:
    """Change what the body has. Raises Invalid, NameTaken, NotFound."""
    before = load_specialist(unit.conn, unit.tenant, specialist_id, staff=True)
    values = _given_values(body, ("description", "position"))
    if body.name is not UNSET:
        values["name"] = _check_name(unit, specialists, body.name, specialist_id)
    entries.update_entry(unit.conn, specialists, unit.tenant_id, specialist_id, values)
    if body.services is not UNSET:
        entries.replace_offers(unit.conn, unit.tenant_id, specialist_id, _check_offers(unit, body.services))
    after = load_specialist(unit.conn, unit.tenant, specialist_id, staff=True)
    offers = {offer.service_id: offer for offer in after.services}
    changed_ids = {offer.service_id for offer in before.services if offers.get(offer.service_id) != offer}
    items = []
    if changed_ids:
        items = entries.list_items_that_have(
            unit.conn, unit.tenant_id, unit.now, specialist_ids=[specialist_id], service_ids=changed_ids
        )
    stopped = [item for item in items if item.specialist_id == specialist_id and item.service_id not in offers]
    stopped_ids = {item.booking_id for item in stopped}
    displaced = _affected(unit, (item for item in items if item.booking_id in stopped_ids))
    record(unit, "specialist.changed", f"specialist:{specialist_id}", {"fields": _differences(before, after)})
    return ChangedSpecialist(**msgspec.structs.asdict(after), affected=_affected(unit, items), displaced=displaced)


def remove_specialist(unit: UnitOfWork, specialist_id: int, stale: StaleContexts) -> Removed:
    """Take a specialist out of the business, their account with them; their bookings ahead are listed. Raises NotFound."""
    if not load_specialist_rows(unit.conn, unit.tenant_id, specialist_id):
        raise NotFound()
    items = entries.list_items_that_have(unit.conn, unit.tenant_id, unit.now, specialist_ids=[specialist_id])
    stale.add(entries.unbind_account(unit.conn, unit.tenant_id, specialist_id))
    entries.replace_offers(unit.conn, unit.tenant_id, specialist_id, [])
    entries.update_entry(unit.conn, specialists, unit.tenant_id, specialist_id, {"archived_at": unit.now})
    record(unit, "specialist.removed", f"specialist:{specialist_id}")
    return Removed(id=specialist_id, displaced=_affected(unit, items))


def list_rooms(unit: UnitOfWork) -> Rooms:
    """Return rooms and equipment."""
    return Rooms(items=list(map(_render_room, entries.load_rooms(unit.conn, unit.tenant_id))))


def add_room(unit: UnitOfWork, body: NewRoom) -> Room:
    """Add a room. Raises Invalid, NameTaken."""
    name = _check_name(unit, rooms, body.name)
    room_id = entries.insert_entry(unit.conn, rooms, unit.tenant_id, {"name": name, "count": body.count})
    record(unit, "room.added", f"room:{room_id}")
    return Room(id=room_id, name=name, count=body.count)


def change_room(unit: UnitOfWork, room_id: int, body: UpdateRoom) -> ChangedRoom:
    """Change what the body has; bookings that hold the room keep it, whatever its count. Raises as `change_service`."""
    before = _require_room(unit, room_id)
    values = _given_values(body, ("count",))
    if body.name is not UNSET:
        values["name"] = _check_name(unit, rooms, body.name, room_id)
    entries.update_entry(unit.conn, rooms, unit.tenant_id, room_id, values)
    after = _require_room(unit, room_id)
    items, crowded = [], set[int]()
    if after.places < before.places:
        items = entries.list_items_that_have(unit.conn, unit.tenant_id, unit.now, room_id=room_id)
        crowded = find_crowded_in_room(unit.conn, unit.tenant_id, room_id, unit.now)
    record(unit, "room.changed", f"room:{room_id}", {"fields": sorted(values)})
    return ChangedRoom(
        **msgspec.structs.asdict(_render_room(after)),
        affected=_affected(unit, items),
        displaced=_crowded_out(unit, items, crowded, "room"),
    )


def remove_room(unit: UnitOfWork, room_id: int) -> Removed:
    """Remove a room; the bookings ahead that hold it are listed. Raises NotFound, or InUse while a service takes it."""
    _require_room(unit, room_id)
    taking = entries.count_services_with_room(unit.conn, unit.tenant_id, room_id)
    if taking:
        raise InUse(f"Services that take it: {taking}.")
    items = entries.list_items_that_have(unit.conn, unit.tenant_id, unit.now, room_id=room_id)
    entries.delete_room(unit.conn, unit.tenant_id, room_id)
    record(unit, "room.removed", f"room:{room_id}")
    return Removed(id=room_id, displaced=_affected(unit, items))


def _check_name(unit: UnitOfWork, table: Table, name: str, own_id: int | None = None) -> str:
    """Return the name as it is stored. Raises Invalid, or NameTaken where another has it."""
    if has_invisible_characters(name) or not is_visible(name):
        raise Invalid("A name must show something and have no invisible characters.", field="name")
    name = name.strip()
    if entries.is_name_taken(unit.conn, table, unit.tenant_id, name, own_id):
        raise NameTaken(field="name")
    return name


def _check_ids(unit: UnitOfWork, table: Table, ids: Collection[int], field: str) -> list[int]:
    """Return the ids in order. Raises Invalid where one is not this tenant's or is given twice."""
    if len(entries.find_known_ids(unit.conn, table, unit.tenant_id, ids)) < len(set(ids)):
        raise Invalid("One of these ids is not known here.", field=field)
    if len(set(ids)) < len(ids):
        raise Invalid("One of these ids is given twice.", field=field)
    return list(ids)


def _check_offers(unit: UnitOfWork, offers: Collection[Offer]) -> list[entries.OfferTerms]:
    """Return the offers as they are stored. Raises Invalid."""
    _check_ids(unit, services, [offer.service_id for offer in offers], "services")
    return [
        entries.OfferTerms(
            offer.service_id,
            None if offer.price is None else parse_money(offer.price),
            offer.price is not None and offer.price_from,
            offer.duration_min,
        )
        for offer in offers
    ]


def _given_values(body: msgspec.Struct, fields: Iterable[str]) -> dict[str, object]:
    """Return the fields that a PATCH has, as the table stores them."""
    values = {field: getattr(body, field) for field in fields if getattr(body, field) is not UNSET}
    if "description" in values:
        values["description"] = clean_lines(values["description"])
    if "category" in values:
        values["category"] = clean_line(values["category"], CATEGORY_MAX)
    if "starts" in values:
        values["starts_undecided"] = False
    return values


def _differences(before: S, after: S) -> list[str]:
    """Return the names of the fields that differ."""
    return [field for field in before.__struct_fields__ if getattr(before, field) != getattr(after, field)]


def _require_room(unit: UnitOfWork, room_id: int) -> entries.RoomRow:
    room = entries.find_room(unit.conn, unit.tenant_id, room_id)
    if room is None:
        raise NotFound()
    return room


def _render_room(row: entries.RoomRow) -> Room:
    return Room(id=row.id, name=row.name, count=row.places)


def _affected(unit: UnitOfWork, items: Iterable[UpcomingItem]) -> list[Affected]:
    return list_affected(items, clock.load_zone(unit.tenant.timezone))


def _crowded_out(
    unit: UnitOfWork, items: Iterable[UpcomingItem], booking_ids: Collection[int], cause: Cause
) -> list[Affected]:
    """Return those of the bookings that have no place beside the others any more, with the cause."""
    out = _affected(unit, (item for item in items if item.booking_id in booking_ids))
    for booking in out:
        booking.cause = cause
    return out
