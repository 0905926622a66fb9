"""What every second press reads: who does what, for which price. Whole lists in one step each."""

import msgspec
from sqlalchemy import BindParameter, Connection, Integer, and_, bindparam, cast, select

from backend.contract.catalog import Starts
from backend.db.compiled import JsonRows
from backend.db.tables import service_rooms, services, specialist_services, specialists

_S, _P, _O, _W = services.c, specialists.c, specialist_services.c, service_rooms.c


class ServiceRow(msgspec.Struct, array_like=True, order=True, frozen=True):
    """A service on sale. Rows sort in the business's own order; `price` is in hundredths, the least where `price_from` is 1."""

    position: int
    id: int
    name: str
    description: str
    price: int
    price_from: int
    category: str
    duration_min: int
    buffer_before_min: int
    buffer_after_min: int
    capacity: int
    starts: Starts


class SpecialistRow(msgspec.Struct, array_like=True, order=True, frozen=True):
    """A specialist. Rows sort in the business's own order."""

    position: int
    id: int
    name: str
    description: str
    person_id: int | None


class OfferRow(msgspec.Struct, array_like=True, order=True, frozen=True):
    """A service that a specialist does, for which price and how long (None: the service's own).

    `price_from` is 1 where the specialist's own price is the least that is asked.

    Rows sort in the business's own order of specialists, then of services."""

    specialist_position: int
    specialist_id: int
    position: int
    service_id: int
    price: int | None
    price_from: int
    duration_min: int | None


class _RoomOfService(msgspec.Struct, array_like=True, order=True, frozen=True):
    room_id: int
    service_id: int


_services = select(
    _S.position,
    _S.id,
    _S.name,
    _S.description,
    _S.price,
    cast(_S.price_from, Integer).label("price_from"),  # in JSON, SQLite has no booleans
    _S.category,
    _S.duration_min,
    _S.buffer_before_min,
    _S.buffer_after_min,
    _S.capacity,
    _S.starts,
).where(_S.tenant_id == bindparam("tenant"), _S.archived_at.is_(None))
_specialists = select(_P.position, _P.id, _P.name, _P.description, _P.person_id).where(
    _P.tenant_id == bindparam("tenant"), _P.archived_at.is_(None)
)
_offers = (
    select(
        _P.position.label("specialist_position"),
        _P.id,
        _S.position,
        _S.id,
        _O.price,
        cast(_O.price_from, Integer).label("price_from"),
        _O.duration_min,
    )
    .select_from(specialist_services)
    .join(services, and_(_S.tenant_id == _O.tenant_id, _S.id == _O.service_id))
    .join(specialists, and_(_P.tenant_id == _O.tenant_id, _P.id == _O.specialist_id))
    .where(_O.tenant_id == bindparam("tenant"), _S.archived_at.is_(None), _P.archived_at.is_(None))
)
_rooms = select(_W.room_id, _W.service_id).where(_W.tenant_id == bindparam("tenant"))
_ONE: BindParameter[int] = bindparam("id")
_SERVICES, _SERVICE = JsonRows(ServiceRow, _services), JsonRows(ServiceRow, _services.where(_S.id == _ONE))
_SPECIALISTS = JsonRows(SpecialistRow, _specialists)
_SPECIALIST = JsonRows(SpecialistRow, _specialists.where(_P.id == _ONE))
_OFFERS = JsonRows(OfferRow, _offers)
_OFFERS_OF_SERVICE = JsonRows(OfferRow, _offers.where(_O.service_id == _ONE))
_OFFERS_OF_SPECIALIST = JsonRows(OfferRow, _offers.where(_O.specialist_id == _ONE))
_ROOMS, _ROOMS_OF_SERVICE = (
    JsonRows(_RoomOfService, _rooms),
    JsonRows(_RoomOfService, _rooms.where(_W.service_id == _ONE)),
)


def load_service_rows(conn: Connection, tenant_id: int, service_id: int | None = None) -> list[ServiceRow]:
    """Return the services on sale in the business's own order, or the one of that id."""
    if service_id is None:
        return _SERVICES.all(conn, tenant=tenant_id)
    return _SERVICE.all(conn, tenant=tenant_id, id=service_id)


def load_specialist_rows(conn: Connection, tenant_id: int, specialist_id: int | None = None) -> list[SpecialistRow]:
    """Return the specialists in the business's own order, or the one of that id."""
    if specialist_id is None:
        return _SPECIALISTS.all(conn, tenant=tenant_id)
    return _SPECIALIST.all(conn, tenant=tenant_id, id=specialist_id)


def load_offer_rows(
    conn: Connection, tenant_id: int, *, service_id: int | None = None, specialist_id: int | None = None
) -> list[OfferRow]:
    """Return all offers, or those of one service, or those of one specialist."""
    if service_id is not None:
        return _OFFERS_OF_SERVICE.all(conn, tenant=tenant_id, id=service_id)
    if specialist_id is not None:
        return _OFFERS_OF_SPECIALIST.all(conn, tenant=tenant_id, id=specialist_id)
    return _OFFERS.all(conn, tenant=tenant_id)


def load_room_ids(conn: Connection, tenant_id: int, service_id: int | None = None) -> dict[int, list[int]]:
    """Return the rooms that each service takes, or one of them."""
    if service_id is None:
        rows = _ROOMS.all(conn, tenant=tenant_id)
    else:
        rows = _ROOMS_OF_SERVICE.all(conn, tenant=tenant_id, id=service_id)
    room_ids: dict[int, list[int]] = {}
    for row in rows:
        room_ids.setdefault(row.service_id, []).append(row.room_id)
    return room_ids
