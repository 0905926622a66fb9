"""What changes of the catalog read and write. Services, specialists and rooms share their statements by table."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, Table, and_, delete, func, insert, literal, select, update

from backend.db.rows import columns_of, fetch_all, fetch_first
from backend.db.tables import (
    booking_items,
    item_rooms,
    people,
    roles,
    rooms,
    service_rooms,
    services,
    specialist_services,
    specialists,
)
from backend.schedule.queries.upcoming import UpcomingItem, list_items_of_upcoming_bookings

_I, _O, _R, _S = booking_items.c, specialist_services.c, rooms.c, service_rooms.c


class RoomRow(NamedTuple):
    """A room or a piece of equipment of which there are so many places."""

    id: int
    name: str
    places: int


class OfferTerms(NamedTuple):
    """A service that a specialist does; None: the service's own price (in hundredths) or duration.

    `price_from`: the specialist's own price is the least that is asked."""

    service_id: int
    price: int | None
    price_from: bool
    duration_min: int | None


class ServiceNameRow(NamedTuple):
    """A service by name."""

    id: int
    name: str


class _Account(NamedTuple):
    id: int
    tg_id: int | None


_ROOM_COLUMNS = (_R.id, _R.name, _R.count.label("places"))


def load_rooms(conn: Connection, tenant_id: int) -> list[RoomRow]:
    """Return the rooms in the order in which they were made."""
    return fetch_all(conn, RoomRow, select(*_ROOM_COLUMNS).where(_R.tenant_id == tenant_id).order_by(_R.id))


def find_room(conn: Connection, tenant_id: int, room_id: int) -> RoomRow | None:
    """Return the room, or None."""
    return fetch_first(conn, RoomRow, select(*_ROOM_COLUMNS).where(_R.tenant_id == tenant_id, _R.id == room_id))


def find_known_ids(conn: Connection, table: Table, tenant_id: int, ids: Collection[int]) -> set[int]:
    """Return those ids that are this tenant's and not archived."""
    statement = select(table.c.id).where(table.c.tenant_id == tenant_id, table.c.id.in_(list(ids)))
    if "archived_at" in table.c:
        statement = statement.where(table.c.archived_at.is_(None))
    return set(conn.execute(statement).scalars()) if ids else set()


def is_name_taken(conn: Connection, table: Table, tenant_id: int, name: str, own_id: int | None = None) -> bool:
    """Return whether another one that is not archived has this name."""
    statement = select(literal(1)).where(table.c.tenant_id == tenant_id, table.c.name == name)
    if "archived_at" in table.c:
        statement = statement.where(table.c.archived_at.is_(None))
    if own_id is not None:
        statement = statement.where(table.c.id != own_id)
    return conn.execute(statement.limit(1)).first() is not None


def insert_entry(conn: Connection, table: Table, tenant_id: int, values: Mapping[str, object]) -> int:
    """Insert a service or specialist (at the end of their order) or a room, and return its id."""
    values = dict(values)
    if "position" in table.c:
        last = select(func.max(table.c.position)).where(table.c.tenant_id == tenant_id, table.c.archived_at.is_(None))
        position = conn.execute(last).scalar()
        values["position"] = 0 if position is None else position + 1
    return int(conn.execute(insert(table).values(tenant_id=tenant_id, **values).returning(table.c.id)).scalar_one())


def update_entry(conn: Connection, table: Table, tenant_id: int, entry_id: int, values: Mapping[str, object]) -> None:
    """Change a service, a specialist or a room."""
    if values:
        conn.execute(update(table).where(table.c.tenant_id == tenant_id, table.c.id == entry_id).values(dict(values)))


def replace_service_rooms(conn: Connection, tenant_id: int, service_id: int, room_ids: Iterable[int]) -> None:
    """Let the service take exactly these rooms."""
    conn.execute(delete(service_rooms).where(_S.tenant_id == tenant_id, _S.service_id == service_id))
    rows = [{"tenant_id": tenant_id, "service_id": service_id, "room_id": i} for i in sorted(set(room_ids))]
    if rows:
        conn.execute(insert(service_rooms), rows)


def replace_offers(conn: Connection, tenant_id: int, specialist_id: int, offers: Sequence[OfferTerms]) -> None:
    """Let the specialist do exactly these services."""
    conn.execute(delete(specialist_services).where(_O.tenant_id == tenant_id, _O.specialist_id == specialist_id))
    if offers:
        common = {"tenant_id": tenant_id, "specialist_id": specialist_id}
        conn.execute(insert(specialist_services), [common | offer._asdict() for offer in offers])


def add_offers(conn: Connection, tenant_id: int, service_id: int, specialist_ids: Iterable[int]) -> None:
    """Let these specialists, who do not yet, do the service on its own terms."""
    rows = [{"tenant_id": tenant_id, "service_id": service_id, "specialist_id": each} for each in specialist_ids]
    if rows:
        conn.execute(insert(specialist_services), rows)


def delete_offers(
    conn: Connection, tenant_id: int, service_id: int, specialist_ids: Collection[int] | None = None
) -> None:
    """Let these specialists not do the service any more; None: nobody."""
    statement = delete(specialist_services).where(_O.tenant_id == tenant_id, _O.service_id == service_id)
    if specialist_ids is not None:
        statement = statement.where(_O.specialist_id.in_(list(specialist_ids)))
    conn.execute(statement)


def unbind_account(conn: Connection, tenant_id: int, specialist_id: int) -> int | None:
    """Take the calendar and the role from the specialist's account; return its Telegram id, None without one."""
    account = fetch_first(
        conn,
        _Account,
        select(*columns_of(_Account, people))
        .join(specialists, and_(specialists.c.tenant_id == people.c.tenant_id, specialists.c.person_id == people.c.id))
        .where(specialists.c.tenant_id == tenant_id, specialists.c.id == specialist_id),
    )
    if account is None:
        return None
    update_entry(conn, specialists, tenant_id, specialist_id, {"person_id": None})
    conn.execute(
        delete(roles).where(
            roles.c.tenant_id == tenant_id, roles.c.person_id == account.id, roles.c.role == "specialist"
        )
    )
    return account.tg_id


def list_undecided_groups(conn: Connection, tenant_id: int) -> list[ServiceNameRow]:
    """Return the groups of which no admin has said yet how their clients start, by name."""
    statement = select(services.c.id, services.c.name).where(
        services.c.tenant_id == tenant_id, services.c.starts_undecided, services.c.archived_at.is_(None)
    )
    return fetch_all(conn, ServiceNameRow, statement.order_by(services.c.name))


def count_services_with_room(conn: Connection, tenant_id: int, room_id: int) -> int:
    """Return how many services on sale take the room."""
    taking = (
        select(func.count())
        .select_from(service_rooms)
        .join(services, and_(services.c.tenant_id == _S.tenant_id, services.c.id == _S.service_id))
        .where(_S.tenant_id == tenant_id, _S.room_id == room_id, services.c.archived_at.is_(None))
    )
    return int(conn.execute(taking).scalar_one())


def delete_room(conn: Connection, tenant_id: int, room_id: int) -> None:
    """Delete a room, with what archived services and bookings say of it."""
    for table, column in ((service_rooms, _S.room_id), (item_rooms, item_rooms.c.room_id), (rooms, _R.id)):
        conn.execute(delete(table).where(table.c.tenant_id == tenant_id, column == room_id))


def list_items_that_have(
    conn: Connection,
    tenant_id: int,
    now: int,
    *,
    service_ids: Collection[int] | None = None,
    specialist_ids: Collection[int] | None = None,
    room_id: int | None = None,
) -> list[UpcomingItem]:
    """Return all items of the bookings ahead of which one item has what is given: of the services, specialists, a room."""
    having = select(_I.booking_id).where(_I.tenant_id == tenant_id, _I.active, _I.ends_at > now)
    if service_ids is not None:
        having = having.where(_I.service_id.in_(list(service_ids)))
    if specialist_ids is not None:
        having = having.where(_I.specialist_id.in_(list(specialist_ids)))
    if room_id is not None:
        having = having.join(
            item_rooms, and_(item_rooms.c.tenant_id == _I.tenant_id, item_rooms.c.item_id == _I.id)
        ).where(item_rooms.c.room_id == room_id)
    return list_items_of_upcoming_bookings(conn, tenant_id, now, having)
