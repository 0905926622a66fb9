"""Bookings as they are: their rows, items, clients and history."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, Exists, and_, bindparam, func, or_, select, text

from backend.bookings.rules import TAKES_CLIENT
from backend.contract.bookings import EndReason, Status, TaskState
from backend.db.compiled import CompiledQuery, CompiledScalar
from backend.db.rows import columns_of, fetch_all
from backend.db.tables import (
    booking_history,
    booking_items,
    bookings,
    client_tags,
    item_rooms,
    people,
    services,
    specialists,
)

_B, _I, _R = bookings.c, booking_items.c, item_rooms.c
# A booking that has not ended began at most so long ago.
_LONGEST_S = 32 * 86_400


class BookingRow(NamedTuple):
    """A row of `bookings`; see `db/tables.py` for what the columns mean."""

    id: int
    client_id: int | None
    status: Status
    starts_at: int
    ends_at: int
    local_start: str
    timezone: str
    price: int
    places: int
    came_places: int | None
    currency: str
    comment: str
    policies: str
    hold_until: int | None
    cancelled_at: int | None
    cancelled_from: Status | None
    cancelled_by: int | None
    end_reason: EndReason | None
    unconfirmed: bool
    coming_at: int | None
    late_min: int | None
    decide_by: int | None
    decided_by: int | None
    end_note: str
    task: TaskState | None
    move_request_id: int | None
    created_by: int | None
    source: str
    sequence: int
    created_at: int


class ItemRow(NamedTuple):
    """A row of `booking_items`, with the names of its service and its specialist."""

    id: int
    booking_id: int
    service_id: int
    service_name: str
    specialist_id: int
    specialist_name: str
    starts_at: int
    ends_at: int
    price: int
    price_from: bool
    duration_min: int
    buffer_before_min: int
    buffer_after_min: int
    places: int
    capacity: int


class BookingClientRow(NamedTuple):
    """The person for whom a booking is made. `tags` has one a line."""

    id: int
    name: str
    phone: str | None
    tg_id: int | None
    username: str | None
    note: str
    team_note: str
    blocked: bool
    unreachable_at: int | None
    erased_at: int | None
    tags: str | None


class ClientBooking(NamedTuple):
    """A hold of a client, or a booking that takes their time."""

    id: int
    status: Status
    starts_at: int
    ends_at: int
    move_request_id: int | None


class HistoryRow(NamedTuple):
    """A row of `booking_history`: one change. `detail` is JSON."""

    at: int
    actor_id: int | None
    actor_role: str
    action: str
    from_status: str | None
    to_status: str
    detail: str


class Viewer(NamedTuple):
    """Whose bookings a caller sees: everybody's, or their own as a client and those of their calendar."""

    sees_all: bool
    person_id: int
    specialist_id: int | None


class ItemRoomRow(NamedTuple):
    """A room that an item takes."""

    item_id: int
    room_id: int


def is_done_by(specialist_id: ColumnElement[int]) -> Exists:
    """Return the condition that the specialist does a part of the booking."""
    return (
        select(_I.id)
        # the sum keeps SQLite on the booking's own items, and off everything that the specialist ever did
        .where(_I.tenant_id == _B.tenant_id, _I.booking_id == _B.id, _I.specialist_id + 0 == specialist_id)
        .exists()
    )


def has_service(service_id: ColumnElement[int]) -> Exists:
    """Return the condition that the service is a part of the booking."""
    return (
        select(_I.id)
        .where(_I.tenant_id == _B.tenant_id, _I.booking_id == _B.id, _I.service_id + 0 == service_id)
        .exists()
    )


_BOOKING = select(*columns_of(BookingRow, bookings)).where(
    _B.tenant_id == bindparam("tenant"), _B.id == bindparam("id")
)
_IS_CLIENT = _B.client_id == bindparam("person")
_ANY_BOOKING = CompiledQuery(BookingRow, _BOOKING)
_CLIENTS_BOOKING = CompiledQuery(BookingRow, _BOOKING.where(_IS_CLIENT))
_SPECIALISTS_BOOKING = CompiledQuery(BookingRow, _BOOKING.where(or_(_IS_CLIENT, is_done_by(bindparam("specialist")))))
_BOOKINGS = CompiledQuery(
    BookingRow,
    select(*columns_of(BookingRow, bookings)).where(
        _B.tenant_id == bindparam("tenant"), _B.id.in_(bindparam("ids", expanding=True))
    ),
)
_ITEMS = CompiledQuery(
    ItemRow,
    select(
        _I.id,
        _I.booking_id,
        _I.service_id,
        services.c.name.label("service_name"),
        _I.specialist_id,
        specialists.c.name.label("specialist_name"),
        _I.starts_at,
        _I.ends_at,
        _I.price,
        _I.price_from,
        _I.duration_min,
        _I.buffer_before_min,
        _I.buffer_after_min,
        _I.places,
        _I.capacity,
    )
    .join(services, and_(services.c.tenant_id == _I.tenant_id, services.c.id == _I.service_id))
    .join(specialists, and_(specialists.c.tenant_id == _I.tenant_id, specialists.c.id == _I.specialist_id))
    .where(_I.tenant_id == bindparam("tenant"), _I.booking_id.in_(bindparam("ids", expanding=True)))
    .order_by(_I.booking_id, _I.position),
)
_ITEM_ROOMS = CompiledQuery(
    ItemRoomRow,
    select(_R.item_id, _R.room_id)
    .where(_R.tenant_id == bindparam("tenant"), _R.item_id.in_(bindparam("ids", expanding=True)))
    .order_by(_R.room_id),
)
# of a person of the statement around it, one a line
CLIENT_TAGS = (
    select(func.aggregate_strings(client_tags.c.tag, "\n"))
    .where(client_tags.c.tenant_id == people.c.tenant_id, client_tags.c.person_id == people.c.id)
    .scalar_subquery()
)
_CLIENTS = CompiledQuery(
    BookingClientRow,
    select(*(people.c[name] for name in BookingClientRow._fields if name != "tags"), CLIENT_TAGS.label("tags")).where(
        people.c.tenant_id == bindparam("tenant"), people.c.id.in_(bindparam("ids", expanding=True))
    ),
)
_CLIENT_BOOKINGS = CompiledQuery(
    ClientBooking,
    select(_B.id, _B.status, _B.starts_at, _B.ends_at, _B.move_request_id)
    .where(
        _B.tenant_id == bindparam("tenant"),
        _B.client_id == bindparam("client"),
        _B.starts_at > bindparam("long_ago"),
        # a hold is the client's until it runs out, also where another zone has put it into the past
        or_(
            and_(_B.ends_at > bindparam("since"), or_(*(_B.status == status for status in TAKES_CLIENT))),
            _B.status == "held",
        ),
    )
    .order_by(_B.starts_at),
)

_OWN_HOLD = CompiledScalar(
    select(_B.id).where(
        _B.tenant_id == bindparam("tenant"),
        _B.client_id == bindparam("client"),
        # word for word as in the partial index
        text("bookings.status = 'held'"),
        _B.hold_until > bindparam("now"),
    )
)


def visible_booking(conn: Connection, tenant_id: int, booking_id: int, viewer: Viewer) -> BookingRow | None:
    """Return the booking if the caller may see it, else None."""
    if viewer.sees_all:
        return _ANY_BOOKING.first(conn, tenant=tenant_id, id=booking_id)
    if viewer.specialist_id is None:
        return _CLIENTS_BOOKING.first(conn, tenant=tenant_id, id=booking_id, person=viewer.person_id)
    return _SPECIALISTS_BOOKING.first(
        conn, tenant=tenant_id, id=booking_id, person=viewer.person_id, specialist=viewer.specialist_id
    )


def load_bookings(conn: Connection, tenant_id: int, booking_ids: Collection[int]) -> Sequence[BookingRow]:
    """Return the bookings with these ids, in no order."""
    return _BOOKINGS.all(conn, tenant=tenant_id, ids=list(booking_ids)) if booking_ids else ()


def load_items(conn: Connection, tenant_id: int, booking_ids: Collection[int]) -> Sequence[ItemRow]:
    """Return the items of bookings, each booking's in order."""
    return _ITEMS.all(conn, tenant=tenant_id, ids=list(booking_ids)) if booking_ids else ()


def load_item_rooms(conn: Connection, tenant_id: int, item_ids: Sequence[int]) -> dict[int, list[int]]:
    """Return the ids of the rooms that each of the items takes."""
    room_ids: dict[int, list[int]] = {item_id: [] for item_id in item_ids}
    for row in _ITEM_ROOMS.all(conn, tenant=tenant_id, ids=list(item_ids)):
        room_ids[row.item_id].append(row.room_id)
    return room_ids


def load_clients(conn: Connection, tenant_id: int, person_ids: Collection[int]) -> dict[int, BookingClientRow]:
    """Return people by id, those who have erased their data included."""
    if not person_ids:
        return {}
    return {row.id: row for row in _CLIENTS.all(conn, tenant=tenant_id, ids=list(person_ids))}


def find_hold(conn: Connection, tenant_id: int, client_id: int, now: int) -> int | None:
    """Return the id of the hold that a client has, or None."""
    return _OWN_HOLD.first(conn, tenant=tenant_id, client=client_id, now=now)


def load_client_bookings(conn: Connection, tenant_id: int, client_id: int, since: int) -> Sequence[ClientBooking]:
    """Return the holds of a client and what takes their time from an instant on, in order."""
    return _CLIENT_BOOKINGS.all(conn, tenant=tenant_id, client=client_id, since=since, long_ago=since - _LONGEST_S)


def load_history(conn: Connection, tenant_id: int, booking_id: int) -> list[HistoryRow]:
    """Return the booking's history, oldest first."""
    table = booking_history.c
    statement = select(*columns_of(HistoryRow, booking_history)).where(
        table.tenant_id == tenant_id, table.booking_id == booking_id
    )
    return fetch_all(conn, HistoryRow, statement.order_by(table.id))
