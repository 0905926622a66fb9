"""What every second press reads: who does what, for which price. Whole lists in one step each."""

from typing import Any

import msgspec
from sqlalchemy import BindParameter, Connection, Select, Table, and_, bindparam, select

from backend.db.compiled import JsonRows
from backend.db.tables import service_rooms, services, specialist_services, specialists

_S, _P, _O, _W = services.c, specialists.c, specialist_services.c, service_rooms.c


class OnSale(msgspec.Struct, array_like=True, order=True, frozen=True):
    """A service, in the business's own order; `price` in hundredths."""

    position: int
    id: int
    name: str
    description: str
    price: int
    duration_min: int
    buffer_before_min: int
    buffer_after_min: int
    capacity: int


class Working(msgspec.Struct, array_like=True, order=True, frozen=True):
    """A specialist, in the business's own order."""

    position: int
    id: int
    name: str
    description: str
    person_id: int | None


class Offered(msgspec.Struct, array_like=True, order=True, frozen=True):
    """Who does what, in the business's own order of both; for which price and how long (None: the service's own)."""

    specialist_position: int
    specialist_id: int
    position: int
    service_id: int
    price: int | None
    duration_min: int | None


class _Room(msgspec.Struct, array_like=True, order=True, frozen=True):
    room_id: int
    service_id: int


def _of(row: type[msgspec.Struct], table: Table) -> Select[Any]:
    columns = [table.c[name] for name in row.__struct_fields__]
    return select(*columns).where(table.c.tenant_id == bindparam("tenant"), table.c.archived_at.is_(None))


_on_sale, _working = _of(OnSale, services), _of(Working, specialists)
_offered = (
    select(_P.position.label("specialist_position"), _P.id, _S.position, _S.id, _O.price, _O.duration_min)
    .select_from(specialist_services)
    .join(services, and_(_S.tenant_id == _O.tenant_id, _S.id == _O.service_id))
    .join(specialists, and_(_P.tenant_id == _O.tenant_id, _P.id == _O.specialist_id))
    .where(_O.tenant_id == bindparam("tenant"), _S.archived_at.is_(None), _P.archived_at.is_(None))
)
_rooms = select(_W.room_id, _W.service_id).where(_W.tenant_id == bindparam("tenant"))
_ONE: BindParameter[int] = bindparam("id")
_SERVICES, _SERVICE = JsonRows(OnSale, _on_sale), JsonRows(OnSale, _on_sale.where(_S.id == _ONE))
_SPECIALISTS, _SPECIALIST = JsonRows(Working, _working), JsonRows(Working, _working.where(_P.id == _ONE))
_OFFERS = JsonRows(Offered, _offered)
_OFFERS_OF_SERVICE = JsonRows(Offered, _offered.where(_O.service_id == _ONE))
_OFFERS_OF_SPECIALIST = JsonRows(Offered, _offered.where(_O.specialist_id == _ONE))
_ROOMS, _ROOMS_OF_SERVICE = JsonRows(_Room, _rooms), JsonRows(_Room, _rooms.where(_W.service_id == _ONE))


def active_services(conn: Connection, tenant_id: int, service_id: int | None = None) -> list[OnSale]:
    """Services on sale in the business's own order, or the one of that id."""
    if service_id is None:
        return _SERVICES.all(conn, tenant=tenant_id)
    return _SERVICE.all(conn, tenant=tenant_id, id=service_id)


def active_specialists(conn: Connection, tenant_id: int, specialist_id: int | None = None) -> list[Working]:
    """Specialists in the business's own order, or the one of that id."""
    if specialist_id is None:
        return _SPECIALISTS.all(conn, tenant=tenant_id)
    return _SPECIALIST.all(conn, tenant=tenant_id, id=specialist_id)


def offers(
    conn: Connection, tenant_id: int, *, service_id: int | None = None, specialist_id: int | None = None
) -> list[Offered]:
    """All offers, or those of one service, or of one specialist."""
    if service_id is not None:
        return _OFFERS_OF_SERVICE.all(conn, tenant=tenant_id, id=service_id)
    if specialist_id is not None:
        return _OFFERS_OF_SPECIALIST.all(conn, tenant=tenant_id, id=specialist_id)
    return _OFFERS.all(conn, tenant=tenant_id)


def rooms_of_services(conn: Connection, tenant_id: int, service_id: int | None = None) -> dict[int, list[int]]:
    """service -> rooms that it takes."""
    if service_id is None:
        rows = _ROOMS.all(conn, tenant=tenant_id)
    else:
        rows = _ROOMS_OF_SERVICE.all(conn, tenant=tenant_id, id=service_id)
    found: dict[int, list[int]] = {}
    for row in rows:
        found.setdefault(row.service_id, []).append(row.room_id)
    return found
