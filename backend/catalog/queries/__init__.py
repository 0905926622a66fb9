"""Services, specialists and rooms in the database. The tenant comes first everywhere."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Row, Table, and_, delete, func, insert, literal, or_, select, update

from backend.db.tables import (
    ACTIVE,
    booking_items,
    bookings,
    item_rooms,
    people,
    roles,
    rooms,
    service_rooms,
    services,
    specialist_services,
    specialists,
)

AnyRow = Row[*tuple[Any, ...]]


def all_rooms(conn: Connection, tenant_id: int) -> Sequence[AnyRow]:
    """Rooms in order of their making."""
    return conn.execute(select(rooms).where(rooms.c.tenant_id == tenant_id).order_by(rooms.c.id)).all()


def room(conn: Connection, tenant_id: int, room_id: int) -> AnyRow | None:
    """One room."""
    return conn.execute(select(rooms).where(rooms.c.tenant_id == tenant_id, rooms.c.id == room_id)).first()


def known(conn: Connection, table: Table, tenant_id: int, ids: Collection[int]) -> set[int]:
    """Those ids that are this tenant's and not archived."""
    statement = select(table.c.id).where(table.c.tenant_id == tenant_id, table.c.id.in_(list(ids)))
    if "archived_at" in table.c:
        statement = statement.where(table.c.archived_at.is_(None))
    return set(conn.execute(statement).scalars()) if ids else set()


def name_taken(conn: Connection, table: Table, tenant_id: int, name: str, but: int | None = None) -> bool:
    """Whether another (not archived) one has this name."""
    statement = select(literal(1)).where(table.c.tenant_id == tenant_id, table.c.name == name)
    if "archived_at" in table.c:
        statement = statement.where(table.c.archived_at.is_(None))
    if but is not None:
        statement = statement.where(table.c.id != but)
    return conn.execute(statement.limit(1)).first() is not None


def add(conn: Connection, table: Table, tenant_id: int, values: dict[str, Any]) -> int:
    """Inserts a service, specialist (both at the end of the order) or room; gives its id."""
    if "position" in table.c:
        last = select(func.max(table.c.position)).where(table.c.tenant_id == tenant_id, table.c.archived_at.is_(None))
        place = conn.execute(last).scalar()
        values = values | {"position": 0 if place is None else place + 1}
    return int(conn.execute(insert(table).values(tenant_id=tenant_id, **values).returning(table.c.id)).scalar_one())


def change(conn: Connection, table: Table, tenant_id: int, row_id: int, values: dict[str, Any]) -> None:
    """Updates one row."""
    if values:
        conn.execute(update(table).where(table.c.tenant_id == tenant_id, table.c.id == row_id).values(**values))


def set_service_rooms(conn: Connection, tenant_id: int, service_id: int, room_ids: Iterable[int]) -> None:
    """Exactly these rooms are taken by the service."""
    conn.execute(
        delete(service_rooms).where(service_rooms.c.tenant_id == tenant_id, service_rooms.c.service_id == service_id)
    )
    rows = [{"tenant_id": tenant_id, "service_id": service_id, "room_id": i} for i in sorted(set(room_ids))]
    if rows:
        conn.execute(insert(service_rooms), rows)


def set_offers(conn: Connection, tenant_id: int, specialist_id: int, rows: list[dict[str, Any]]) -> None:
    """Exactly these services are done by the specialist."""
    conn.execute(
        delete(specialist_services).where(
            specialist_services.c.tenant_id == tenant_id, specialist_services.c.specialist_id == specialist_id
        )
    )
    if rows:
        common = {"tenant_id": tenant_id, "specialist_id": specialist_id}
        conn.execute(insert(specialist_services), [row | common for row in rows])


def drop_offers(conn: Connection, tenant_id: int, service_id: int) -> None:
    """Nobody does this service any more."""
    conn.execute(
        delete(specialist_services).where(
            specialist_services.c.tenant_id == tenant_id, specialist_services.c.service_id == service_id
        )
    )


def unbind_account(conn: Connection, tenant_id: int, specialist_id: int) -> int | None:
    """Takes the calendar from its account; gives that account's Telegram id, if it has one."""
    account = select(people.c.id, people.c.tg_id).join(
        specialists, and_(specialists.c.tenant_id == people.c.tenant_id, specialists.c.person_id == people.c.id)
    )
    found = conn.execute(account.where(specialists.c.tenant_id == tenant_id, specialists.c.id == specialist_id)).first()
    if found is None:
        return None
    change(conn, specialists, tenant_id, specialist_id, {"person_id": None})
    conn.execute(
        delete(roles).where(roles.c.tenant_id == tenant_id, roles.c.person_id == found.id, roles.c.role == "specialist")
    )
    return None if found.tg_id is None else int(found.tg_id)


def delete_room(conn: Connection, tenant_id: int, room_id: int) -> None:
    """Removes a room that no upcoming visit needs, with the traces of past occupancy."""
    for table, column in ((item_rooms, item_rooms.c.room_id), (rooms, rooms.c.id)):
        conn.execute(delete(table).where(table.c.tenant_id == tenant_id, column == room_id))


def room_in_use(conn: Connection, tenant_id: int, room_id: int, now: int) -> tuple[int, int]:
    """(services that take it, upcoming visits that hold it)."""
    wanted = select(func.count()).select_from(service_rooms).join(
        services, and_(services.c.tenant_id == service_rooms.c.tenant_id, services.c.id == service_rooms.c.service_id)
    ).where(
        service_rooms.c.tenant_id == tenant_id, service_rooms.c.room_id == room_id, services.c.archived_at.is_(None)
    )  # fmt: skip
    held = select(func.count()).where(
        item_rooms.c.tenant_id == tenant_id,
        item_rooms.c.room_id == room_id,
        item_rooms.c.active,
        item_rooms.c.occ_end > now,
        or_(item_rooms.c.hold_until.is_(None), item_rooms.c.hold_until > now),
    )
    return int(conn.execute(wanted).scalar_one()), int(conn.execute(held).scalar_one())


def forget_room_links(conn: Connection, tenant_id: int, room_id: int) -> None:
    """Archived services do not speak of the room any more."""
    conn.execute(
        delete(service_rooms).where(service_rooms.c.tenant_id == tenant_id, service_rooms.c.room_id == room_id)
    )


def upcoming(
    conn: Connection,
    tenant_id: int,
    now: int,
    *,
    service_id: int | None = None,
    specialist_id: int | None = None,
    service_ids: Collection[int] = (),
    room_id: int | None = None,
) -> Sequence[AnyRow]:
    """Visits ahead that have the service(s), the specialist or the room, in order, with all their services' names."""
    hit = select(booking_items.c.booking_id).where(
        booking_items.c.tenant_id == tenant_id, booking_items.c.active, booking_items.c.ends_at > now
    )
    if service_id is not None:
        hit = hit.where(booking_items.c.service_id == service_id)
    if specialist_id is not None:
        hit = hit.where(booking_items.c.specialist_id == specialist_id)
    if service_ids:
        hit = hit.where(booking_items.c.service_id.in_(list(service_ids)))
    if room_id is not None:
        hit = hit.join(
            item_rooms,
            and_(item_rooms.c.tenant_id == booking_items.c.tenant_id, item_rooms.c.item_id == booking_items.c.id),
        ).where(item_rooms.c.room_id == room_id)
    item = booking_items.c
    return conn.execute(
        select(
            bookings.c.id, bookings.c.starts_at, func.coalesce(people.c.name, "").label("client_name"),
            services.c.name.label("service_name"),
        )
        .join(booking_items, and_(item.tenant_id == bookings.c.tenant_id, item.booking_id == bookings.c.id))
        .join(services, and_(services.c.tenant_id == item.tenant_id, services.c.id == item.service_id))
        .outerjoin(people, and_(people.c.tenant_id == bookings.c.tenant_id, people.c.id == bookings.c.client_id))
        .where(
            bookings.c.tenant_id == tenant_id,
            bookings.c.id.in_(hit),
            bookings.c.status.in_(ACTIVE),
            or_(bookings.c.status != "held", bookings.c.hold_until > now),
        )
        .order_by(bookings.c.starts_at, bookings.c.id, item.position)
    ).all()  # fmt: skip
