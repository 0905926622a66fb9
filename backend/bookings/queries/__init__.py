"""Visits in the database: find, list, insert, change. Every change of a visit is written down in its history."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import ColumnElement, Connection, Exists, and_, bindparam, delete, func, or_, select, text

from backend.bookings.rules import OPEN
from backend.contract.bookings import Status
from backend.db.compiled import (
    CompiledQuery,
    CompiledScalar,
    CompiledStatement,
    insert_returning,
    insert_row,
    update_rows,
)
from backend.db.rows import columns_of, fetch_all
from backend.db.tables import (
    booking_history,
    booking_items,
    bookings,
    item_rooms,
    people,
    services,
    specialists,
)

_B, _I, _R = bookings.c, booking_items.c, item_rooms.c
# Word for word as in the partial index, else SQLite does not use it.
_HELD = text("bookings.status = 'held'")


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
    currency: str
    comment: str
    policies: str
    hold_until: int | None
    cancelled_at: int | None
    cancelled_from: Status | None
    cancelled_by: int | None
    coming_at: int | None
    created_by: int | None
    source: str
    sequence: int
    created_at: int


class ItemRow(NamedTuple):
    """A row of `booking_items`."""

    id: int
    booking_id: int
    position: int
    service_id: int
    specialist_id: int
    starts_at: int
    ends_at: int
    occ_start: int
    occ_end: int
    price: int
    duration_min: int
    buffer_before_min: int
    buffer_after_min: int
    capacity: int
    active: bool
    hold_until: int | None


class ShownItem(NamedTuple):
    """An item with the names of its service and its specialist."""

    booking_id: int
    service_id: int
    service_name: str
    specialist_id: int
    specialist_name: str
    starts_at: int
    ends_at: int
    duration_min: int
    price: int


class ShownClient(NamedTuple):
    """What a booking shows of its client."""

    id: int
    name: str
    phone: str | None
    tg_id: int | None


class ClientRow(NamedTuple):
    """The person for whom a booking is made."""

    id: int
    blocked: bool


class HistoryRow(NamedTuple):
    """A row of `booking_history`."""

    at: int
    actor_id: int | None
    actor_role: str
    action: str
    from_status: str | None
    to_status: str
    detail: str


class _ItemRoom(NamedTuple):
    item_id: int
    room_id: int


_LAPSED = CompiledScalar(
    select(_B.id).where(_B.tenant_id == bindparam("tenant"), _HELD, _B.hold_until <= bindparam("now"))
)
_OPEN_VISITS = CompiledScalar(
    select(func.count().label("count")).where(
        _B.tenant_id == bindparam("tenant"),
        _B.client_id == bindparam("client"),
        _B.ends_at > bindparam("now"),
        _B.starts_at > bindparam("long_ago"),
        or_(*(_B.status == status for status in OPEN)),
        or_(_B.hold_until.is_(None), _B.hold_until > bindparam("now")),
    )
)
_CLIENT = CompiledQuery(
    ClientRow,
    select(people.c.id, people.c.blocked).where(
        people.c.tenant_id == bindparam("tenant"), people.c.id == bindparam("id"), people.c.erased_at.is_(None)
    ),
)
_SHOWN_ITEMS = CompiledQuery(
    ShownItem,
    select(
        _I.booking_id,
        _I.service_id,
        services.c.name.label("service_name"),
        _I.specialist_id,
        specialists.c.name.label("specialist_name"),
        _I.starts_at,
        _I.ends_at,
        _I.duration_min,
        _I.price,
    )
    .join(services, and_(services.c.tenant_id == _I.tenant_id, services.c.id == _I.service_id))
    .join(specialists, and_(specialists.c.tenant_id == _I.tenant_id, specialists.c.id == _I.specialist_id))
    .where(_I.tenant_id == bindparam("tenant"), _I.booking_id.in_(bindparam("ids", expanding=True)))
    .order_by(_I.booking_id, _I.position),
)
_SHOWN_CLIENTS = CompiledQuery(
    ShownClient,
    select(people.c.id, people.c.name, people.c.phone, people.c.tg_id).where(
        people.c.tenant_id == bindparam("tenant"), people.c.id.in_(bindparam("ids", expanding=True))
    ),
)

_ITEMS = CompiledQuery(
    ItemRow,
    select(*columns_of(ItemRow, booking_items))
    .where(_I.tenant_id == bindparam("tenant"), _I.booking_id == bindparam("booking"))
    .order_by(_I.position),
)
_ROOMS_OF = CompiledQuery(
    _ItemRoom,
    select(_R.item_id, _R.room_id)
    .where(_R.tenant_id == bindparam("tenant"), _R.item_id.in_(bindparam("items", expanding=True)))
    .order_by(_R.room_id),
)
_MINE = select(_I.id).where(_I.tenant_id == bindparam("tenant"), _I.booking_id == bindparam("booking"))
# Not a join: SQLite would go through all rooms that were ever taken.
_HELD_ROOMS = CompiledQuery(
    _ItemRoom, select(_R.item_id, _R.room_id).where(_R.tenant_id == bindparam("tenant"), _R.item_id.in_(_MINE))
)
_FREE_ROOMS = CompiledStatement(
    delete(item_rooms).where(_R.tenant_id == bindparam("tenant"), _R.item_id == bindparam("item"))
)


class Seen(NamedTuple):
    """Whose visits a caller sees: everybody's, or those of a client and of a calendar."""

    everybody: bool
    person_id: int
    specialist_id: int | None


def lapse(conn: Connection, tenant_id: int, now: int) -> int:
    """Expire the tenant's lapsed holds, which frees their places; how many there were. Every write does it first."""
    ids = _LAPSED.all(conn, tenant=tenant_id, now=now)
    for booking_id in ids:
        release(conn, tenant_id, booking_id)
        change(conn, tenant_id, booking_id, status="expired")
        remember(conn, tenant_id, booking_id, now, None, "system", "expire", "held", "expired", {})
    return len(ids)


def lapsed_tenants(conn: Connection, now: int) -> list[int]:
    """Tenants with holds that have lapsed."""
    statement = select(_B.tenant_id).where(_HELD, _B.hold_until <= now).distinct()
    return list(conn.execute(statement).scalars())


def release(conn: Connection, tenant_id: int, booking_id: int) -> None:
    """Give the visit's places back."""
    _occupy(conn, tenant_id, booking_id, {"active": False})


def reactivate(conn: Connection, tenant_id: int, booking_id: int, hold_until: int | None) -> None:
    """Take the visit's places again. Raises SlotTaken (from the database) where one is gone."""
    _occupy(conn, tenant_id, booking_id, {"active": True, "hold_until": hold_until})


def keep(conn: Connection, tenant_id: int, booking_id: int) -> None:
    """A hold that lapses no more."""
    _occupy(conn, tenant_id, booking_id, {"hold_until": None})


def _occupy(conn: Connection, tenant_id: int, booking_id: int, values: Mapping[str, Any]) -> None:
    update_rows(conn, booking_items, {"tenant_id": tenant_id, "booking_id": booking_id}, values)
    for row in _HELD_ROOMS.all(conn, tenant=tenant_id, booking=booking_id):
        update_rows(conn, item_rooms, {"tenant_id": tenant_id, "item_id": row.item_id, "room_id": row.room_id}, values)


def remember(
    conn: Connection,
    tenant_id: int,
    booking_id: int,
    now: int,
    actor_id: int | None,
    role: str,
    action: str,
    before: str | None,
    after: str,
    detail: Mapping[str, Any],
) -> None:
    """One line of the visit's history."""
    line = {"tenant_id": tenant_id, "booking_id": booking_id, "at": now, "actor_id": actor_id, "actor_role": role}
    line |= {"action": action, "from_status": before, "to_status": after}
    insert_row(conn, booking_history, line | {"detail": msgspec.json.encode(detail).decode()})


def add(conn: Connection, values: Mapping[str, Any]) -> BookingRow:
    """Insert a booking and return its row."""
    return insert_returning(conn, BookingRow, bookings, values)


def add_item(conn: Connection, values: Mapping[str, Any], room_ids: Collection[int]) -> None:
    """Insert one service of a visit with the rooms that it takes. Raises SlotTaken (from the database)."""
    if room_ids:
        _add_rooms(conn, values, insert_returning(conn, ItemRow, booking_items, values).id, room_ids)
    else:
        insert_row(conn, booking_items, values)


def replace_item(conn: Connection, item_id: int, values: Mapping[str, Any], room_ids: Iterable[int]) -> None:
    """Put a released item in its new place. Raises SlotTaken (from the database)."""
    tenant_id = values["tenant_id"]
    _FREE_ROOMS.run(conn, tenant=tenant_id, item=item_id)
    update_rows(conn, booking_items, {"tenant_id": tenant_id, "id": item_id}, values)
    _add_rooms(conn, values, item_id, room_ids)


def _add_rooms(conn: Connection, item: Mapping[str, Any], item_id: int, room_ids: Iterable[int]) -> None:
    own = ("tenant_id", "specialist_id", "occ_start", "occ_end", "active", "hold_until")
    common = {name: item[name] for name in own} | {"item_id": item_id}
    for room_id in room_ids:
        insert_row(conn, item_rooms, common | {"room_id": room_id})


def change(conn: Connection, tenant_id: int, booking_id: int, *, sequence: bool = False, **values: Any) -> None:
    """Change a visit's own row; with `sequence` true, calendars must follow."""
    own = {"tenant_id": tenant_id, "id": booking_id}
    update_rows(conn, bookings, own, values, increment="sequence" if sequence else None)


def items(conn: Connection, tenant_id: int, booking_id: int) -> Sequence[ItemRow]:
    """Return the booking's items in order."""
    return _ITEMS.all(conn, tenant=tenant_id, booking=booking_id)


def item_room_ids(conn: Connection, tenant_id: int, item_ids: Sequence[int]) -> dict[int, list[int]]:
    """The rooms that the items take."""
    found: dict[int, list[int]] = {one: [] for one in item_ids}
    for row in _ROOMS_OF.all(conn, tenant=tenant_id, items=list(item_ids)):
        found[row.item_id].append(row.room_id)
    return found


def open_visits(conn: Connection, tenant_id: int, client_id: int, now: int) -> int:
    """How many visits still lie ahead of the client."""
    long_ago = now - 32 * 86_400
    return _OPEN_VISITS.first(conn, tenant=tenant_id, client=client_id, now=now, long_ago=long_ago) or 0


def client(conn: Connection, tenant_id: int, person_id: int) -> ClientRow | None:
    """Return the person for whom a booking is made; None where there is no such person, or an erased one."""
    return _CLIENT.first(conn, tenant=tenant_id, id=person_id)


def done_by(specialist_id: ColumnElement[int]) -> Exists:
    """Return the condition that the specialist does a part of the booking."""
    return (
        select(_I.id)
        # the sum keeps SQLite on the visit's own items, and off everything that the specialist ever did
        .where(_I.tenant_id == _B.tenant_id, _I.booking_id == _B.id, _I.specialist_id + 0 == specialist_id)
        .exists()
    )


_ONE = select(*columns_of(BookingRow, bookings)).where(_B.tenant_id == bindparam("tenant"), _B.id == bindparam("id"))
_OWN = _B.client_id == bindparam("person")
# One visit: (everybody's, of a calendar) -> the statement.
_SEEN = {
    (True, True): CompiledQuery(BookingRow, _ONE),
    (True, False): CompiledQuery(BookingRow, _ONE),
    (False, False): CompiledQuery(BookingRow, _ONE.where(_OWN)),
    (False, True): CompiledQuery(BookingRow, _ONE.where(or_(_OWN, done_by(bindparam("specialist"))))),
}


def seen(conn: Connection, tenant_id: int, booking_id: int, who: Seen) -> BookingRow | None:
    """One visit, if the caller may see it."""
    statement = _SEEN[(who.everybody, who.specialist_id is not None)]
    values = {} if who.everybody else {"person": who.person_id}
    if not who.everybody and who.specialist_id is not None:
        values["specialist"] = who.specialist_id
    return statement.first(conn, tenant=tenant_id, id=booking_id, **values)


def history(conn: Connection, tenant_id: int, booking_id: int) -> Sequence[HistoryRow]:
    """The visit's history, oldest first."""
    table = booking_history.c
    statement = select(*columns_of(HistoryRow, booking_history)).where(
        table.tenant_id == tenant_id, table.booking_id == booking_id
    )
    return fetch_all(conn, HistoryRow, statement.order_by(table.id))


def shown_items(conn: Connection, tenant_id: int, ids: Collection[int]) -> Sequence[ShownItem]:
    """The items of visits with the names of their services and specialists, each visit's in order."""
    return _SHOWN_ITEMS.all(conn, tenant=tenant_id, ids=list(ids)) if ids else ()


def shown_clients(conn: Connection, tenant_id: int, ids: Collection[int]) -> Sequence[ShownClient]:
    """What a visit shows of its client."""
    return _SHOWN_CLIENTS.all(conn, tenant=tenant_id, ids=list(ids)) if ids else ()
