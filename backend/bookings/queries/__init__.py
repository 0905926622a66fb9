"""Visits in the database: find, list, insert, change. Every change of a visit is written down in its history."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Connection, Row, and_, bindparam, delete, func, or_, select, text

from backend.bookings.rules import OPEN
from backend.db import compiled
from backend.db.compiled import CompiledStatement
from backend.db.tables import (
    booking_history,
    booking_items,
    bookings,
    item_rooms,
    people,
    services,
    specialists,
)

AnyRow = Row[*tuple[Any, ...]]
_B, _I, _R = bookings.c, booking_items.c, item_rooms.c
# Word for word as in the partial index, else SQLite does not use it.
_HELD = text("bookings.status = 'held'")


_LAPSED = CompiledStatement(
    select(_B.id).where(_B.tenant_id == bindparam("tenant"), _HELD, _B.hold_until <= bindparam("now"))
)
_OPEN_VISITS = CompiledStatement(
    select(func.count().label("count")).where(
        _B.tenant_id == bindparam("tenant"),
        _B.client_id == bindparam("client"),
        _B.ends_at > bindparam("now"),
        _B.starts_at > bindparam("long_ago"),
        or_(*(_B.status == status for status in OPEN)),
        or_(_B.hold_until.is_(None), _B.hold_until > bindparam("now")),
    )
)
_CLIENT = CompiledStatement(
    select(people.c.id, people.c.blocked).where(
        people.c.tenant_id == bindparam("tenant"), people.c.id == bindparam("id"), people.c.erased_at.is_(None)
    )
)
_SHOWN_ITEMS = CompiledStatement(
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
    .order_by(_I.booking_id, _I.position)
)
_SHOWN_CLIENTS = CompiledStatement(
    select(people.c.id, people.c.name, people.c.phone, people.c.tg_id).where(
        people.c.tenant_id == bindparam("tenant"), people.c.id.in_(bindparam("ids", expanding=True))
    )
)

_ITEMS = CompiledStatement(
    select(booking_items)
    .where(_I.tenant_id == bindparam("tenant"), _I.booking_id == bindparam("booking"))
    .order_by(_I.position)
)
_ROOMS_OF = CompiledStatement(
    select(_R.item_id, _R.room_id)
    .where(_R.tenant_id == bindparam("tenant"), _R.item_id.in_(bindparam("items", expanding=True)))
    .order_by(_R.room_id)
)
_MINE = select(_I.id).where(_I.tenant_id == bindparam("tenant"), _I.booking_id == bindparam("booking"))
# Not a join: SQLite would go through all rooms that were ever taken.
_HELD_ROOMS = CompiledStatement(
    select(_R.item_id, _R.room_id).where(_R.tenant_id == bindparam("tenant"), _R.item_id.in_(_MINE))
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
    ids = [row.id for row in _LAPSED.all(conn, tenant=tenant_id, now=now)]
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
    compiled.change(conn, booking_items, {"tenant_id": tenant_id, "booking_id": booking_id}, values)
    for row in _HELD_ROOMS.all(conn, tenant=tenant_id, booking=booking_id):
        compiled.change(
            conn, item_rooms, {"tenant_id": tenant_id, "item_id": row.item_id, "room_id": row.room_id}, values
        )


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
    compiled.add(conn, booking_history, line | {"detail": msgspec.json.encode(detail).decode()})


def add(conn: Connection, values: Mapping[str, Any]) -> AnyRow:
    """Insert a visit; its row."""
    row: AnyRow = compiled.added(conn, bookings, values)
    return row


def add_item(conn: Connection, values: Mapping[str, Any], room_ids: Collection[int]) -> None:
    """Insert one service of a visit with the rooms that it takes. Raises SlotTaken (from the database)."""
    if room_ids:
        _add_rooms(conn, values, compiled.added(conn, booking_items, values).id, room_ids)
    else:
        compiled.add(conn, booking_items, values)


def replace_item(conn: Connection, item_id: int, values: Mapping[str, Any], room_ids: Iterable[int]) -> None:
    """Put a released item in its new place. Raises SlotTaken (from the database)."""
    tenant_id = values["tenant_id"]
    _FREE_ROOMS.run(conn, tenant=tenant_id, item=item_id)
    compiled.change(conn, booking_items, {"tenant_id": tenant_id, "id": item_id}, values)
    _add_rooms(conn, values, item_id, room_ids)


def _add_rooms(conn: Connection, item: Mapping[str, Any], item_id: int, room_ids: Iterable[int]) -> None:
    own = ("tenant_id", "specialist_id", "occ_start", "occ_end", "active", "hold_until")
    common = {name: item[name] for name in own} | {"item_id": item_id}
    for room_id in room_ids:
        compiled.add(conn, item_rooms, common | {"room_id": room_id})


def change(conn: Connection, tenant_id: int, booking_id: int, *, sequence: bool = False, **values: Any) -> None:
    """Change a visit's own row; with `sequence` true, calendars must follow."""
    own = {"tenant_id": tenant_id, "id": booking_id}
    compiled.change(conn, bookings, own, values, grows="sequence" if sequence else None)


def items(conn: Connection, tenant_id: int, booking_id: int) -> Sequence[AnyRow]:
    """The visit's items in order."""
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
    return int(_OPEN_VISITS.scalar(conn, tenant=tenant_id, client=client_id, now=now, long_ago=long_ago))


def client(conn: Connection, tenant_id: int, person_id: int) -> AnyRow | None:
    """The person for whom a visit is booked."""
    found: AnyRow | None = _CLIENT.first(conn, tenant=tenant_id, id=person_id)
    return found


def done_by(specialist_id: Any) -> Any:
    """Visits of which the specialist does a part."""
    return (
        select(_I.id)
        # the sum keeps SQLite on the visit's own items, and off everything that the specialist ever did
        .where(_I.tenant_id == _B.tenant_id, _I.booking_id == _B.id, _I.specialist_id + 0 == specialist_id)
        .exists()
    )


_ONE = select(bookings).where(_B.tenant_id == bindparam("tenant"), _B.id == bindparam("id"))
_OWN = _B.client_id == bindparam("person")
# One visit: (everybody's, of a calendar) -> the statement.
_SEEN = {
    (True, True): CompiledStatement(_ONE),
    (True, False): CompiledStatement(_ONE),
    (False, False): CompiledStatement(_ONE.where(_OWN)),
    (False, True): CompiledStatement(_ONE.where(or_(_OWN, done_by(bindparam("specialist"))))),
}


def seen(conn: Connection, tenant_id: int, booking_id: int, who: Seen) -> AnyRow | None:
    """One visit, if the caller may see it."""
    statement = _SEEN[(who.everybody, who.specialist_id is not None)]
    values = {} if who.everybody else {"person": who.person_id}
    if not who.everybody and who.specialist_id is not None:
        values["specialist"] = who.specialist_id
    found: AnyRow | None = statement.first(conn, tenant=tenant_id, id=booking_id, **values)
    return found


def history(conn: Connection, tenant_id: int, booking_id: int) -> Sequence[AnyRow]:
    """The visit's history, oldest first."""
    table = booking_history.c
    statement = select(booking_history).where(table.tenant_id == tenant_id, table.booking_id == booking_id)
    return conn.execute(statement.order_by(table.id)).all()


def shown_items(conn: Connection, tenant_id: int, ids: Collection[int]) -> Sequence[AnyRow]:
    """The items of visits with the names of their services and specialists, each visit's in order."""
    return _SHOWN_ITEMS.all(conn, tenant=tenant_id, ids=list(ids)) if ids else ()


def shown_clients(conn: Connection, tenant_id: int, ids: Collection[int]) -> Sequence[AnyRow]:
    """What a visit shows of its client."""
    return _SHOWN_CLIENTS.all(conn, tenant=tenant_id, ids=list(ids)) if ids else ()
