"""The services of a booking, as they are on offer now or as they were booked."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

import msgspec
from sqlalchemy import Connection, and_, bindparam, select

from backend.contract.catalog import MAX_PLACES, Starts
from backend.db import dialect
from backend.db.compiled import CompiledQuery, CompiledScalar
from backend.db.rows import fetch_all
from backend.db.tables import service_rooms, services, specialist_services, specialists
from backend.errors import Invalid, NotFound
from backend.schedule.steps import ServiceStep

_S, _O, _P = services.c, specialist_services.c, specialists.c


class ItemWithTerms(Protocol):
    """An item of a booking, with the terms that it was made with."""

    @property
    def id(self) -> int:
        """The item's id."""

    @property
    def service_id(self) -> int:
        """The service that is done."""

    @property
    def specialist_id(self) -> int:
        """Who does it."""

    @property
    def duration_min(self) -> int:
        """Minutes of work."""

    @property
    def buffer_before_min(self) -> int:
        """Minutes kept free before it."""

    @property
    def buffer_after_min(self) -> int:
        """Minutes kept free after it."""

    @property
    def places(self) -> int:
        """How many places of a group it takes."""


class Price(NamedTuple):
    """A price in hundredths; `at_least`: the final one is agreed on later."""

    amount: int
    at_least: bool


class RequestedServices(NamedTuple):
    """The services that are asked for, in order. `specialist_ids` are all who offer one of them, in the business's order.

    `prices` are by position and specialist's id; the names are by id, of what is on offer now."""

    steps: list[ServiceStep]
    prices: list[Mapping[int, Price]]
    specialist_ids: list[int]
    service_names: Mapping[int, str] = {}
    specialist_names: Mapping[int, str] = {}

    @property
    def reach(self) -> tuple[int, int]:
        """Seconds before and after a start that matter to it."""
        before = max(step.buffer_before for step in self.steps)
        longest = sum(max(step.durations.values(), default=0) for step in self.steps)
        return before, longest + max(step.buffer_after for step in self.steps)


class _ServiceRow(NamedTuple):
    """`room_ids` is a JSON array, None where the service needs no room."""

    id: int
    name: str
    price: int
    price_from: bool
    duration_min: int
    buffer_before_min: int
    buffer_after_min: int
    capacity: int
    starts: Starts
    room_ids: str | None


class _OfferRow(NamedTuple):
    """`price` and `duration_min` are None where they are the service's own; `price_from` is that of an own price."""

    service_id: int
    specialist_id: int
    specialist_name: str
    price: int | None
    price_from: bool
    duration_min: int | None


class _Group(NamedTuple):
    id: int
    capacity: int
    starts: Starts

    @property
    def together(self) -> bool:
        """Whether all who come start at one instant."""
        return self.capacity > 1 and self.starts == "together"


_ROOM_IDS = (
    select(dialect.json_array(service_rooms.c.room_id))
    .where(service_rooms.c.tenant_id == _S.tenant_id, service_rooms.c.service_id == _S.id)
    .scalar_subquery()
)
_SERVICES = CompiledQuery(
    _ServiceRow,
    select(
        _S.id,
        _S.name,
        _S.price,
        _S.price_from,
        _S.duration_min,
        _S.buffer_before_min,
        _S.buffer_after_min,
        _S.capacity,
        _S.starts,
        _ROOM_IDS.label("room_ids"),
    ).where(_S.tenant_id == bindparam("tenant"), _S.id.in_(bindparam("ids", expanding=True)), _S.archived_at.is_(None)),
)
_OFFERS = CompiledQuery(
    _OfferRow,
    select(_O.service_id, _O.specialist_id, _P.name.label("specialist_name"), _O.price, _O.price_from, _O.duration_min)
    .join(specialists, and_(_P.tenant_id == _O.tenant_id, _P.id == _O.specialist_id))
    .where(
        _O.tenant_id == bindparam("tenant"),
        _O.service_id.in_(bindparam("ids", expanding=True)),
        _P.archived_at.is_(None),
    )
    .order_by(_P.position, _P.id),
)
_SPECIALIST_NAME: CompiledScalar[str] = CompiledScalar(
    select(_P.name).where(_P.tenant_id == bindparam("tenant"), _P.id == bindparam("id"), _P.archived_at.is_(None))
)
_decode_integers = msgspec.json.Decoder(list[int]).decode


def load_services(conn: Connection, tenant_id: int, service_ids: Sequence[int], places: int = 1) -> RequestedServices:
    """Return the services in the order given, each with so many places.

    Raises NotFound where one is not on offer here, Invalid where one has not so many places.
    """
    ids = sorted(set(service_ids))
    rows = {row.id: row for row in _SERVICES.all(conn, tenant=tenant_id, ids=ids)}
    if len(rows) < len(ids):
        raise NotFound()
    check_places(places, min(row.capacity for row in rows.values()))
    durations: dict[int, dict[int, int]] = {service_id: {} for service_id in ids}
    prices: dict[int, dict[int, Price]] = {service_id: {} for service_id in ids}
    names: dict[int, str] = {}
    for service_id, specialist_id, name, price, price_from, duration_min in _OFFERS.all(
        conn, tenant=tenant_id, ids=ids
    ):
        row = rows[service_id]
        durations[service_id][specialist_id] = 60 * (row.duration_min if duration_min is None else duration_min)
        prices[service_id][specialist_id] = (
            Price(row.price, row.price_from) if price is None else Price(price, price_from)
        )
        names[specialist_id] = name
    steps = {
        row.id: ServiceStep(
            row.id,
            row.buffer_before_min * 60,
            row.buffer_after_min * 60,
            row.capacity,
            tuple(sorted(_decode_integers(row.room_ids or "[]"))),
            durations[row.id],
            row.capacity > 1 and row.starts == "together",
            places,
        )
        for row in rows.values()
    }
    return RequestedServices(
        [steps[service_id] for service_id in service_ids],
        [prices[service_id] for service_id in service_ids],
        list(names),
        {row.id: row.name for row in rows.values()},
        names,
    )


def check_places(places: int, capacity: int) -> None:
    """Raise Invalid where a service with this capacity cannot be booked for so many places."""
    if not 1 <= places <= MAX_PLACES:
        raise Invalid(f"A booking takes from 1 to {MAX_PLACES} places.", field="places")
    if places > capacity:
        only_one = "One of these services is for one client at a time."
        raise Invalid(only_one if capacity == 1 else f"There are {capacity} places in all.", field="places")


def load_prices(conn: Connection, tenant_id: int, service_ids: Sequence[int]) -> dict[tuple[int, int], Price]:
    """Return today's prices by service and specialist, of those services that are on sale."""
    ids = sorted(set(service_ids))
    own = {row.id: Price(row.price, row.price_from) for row in _SERVICES.all(conn, tenant=tenant_id, ids=ids)}
    return {
        (offer.service_id, offer.specialist_id): own[offer.service_id]
        if offer.price is None
        else Price(offer.price, offer.price_from)
        for offer in _OFFERS.all(conn, tenant=tenant_id, ids=ids)
        if offer.service_id in own
    }


def load_booked_services(
    conn: Connection,
    tenant_id: int,
    items: Sequence[ItemWithTerms],
    room_ids: Mapping[int, Sequence[int]],
    *,
    on_offer: bool = False,
) -> RequestedServices:
    """Return the services of a booking as they were booked, also those that are not on offer any more.

    Durations, buffers and rooms (by the item's id) are the booking's own, for every specialist: those who offer a service now,
    and the specialist of its item; with `on_offer` only the former."""
    ids = sorted({item.service_id for item in items})
    statement = select(_S.id, _S.capacity, _S.starts).where(_S.tenant_id == tenant_id, _S.id.in_(ids))
    groups = {row.id: row for row in fetch_all(conn, _Group, statement)}
    offering: dict[int, dict[int, None]] = {service_id: {} for service_id in ids}
    specialist_ids: dict[int, None] = {} if on_offer else dict.fromkeys(item.specialist_id for item in items)
    names: dict[int, str] = {}
    for service_id, specialist_id, name, *_ in _OFFERS.all(conn, tenant=tenant_id, ids=ids):
        offering[service_id][specialist_id] = None
        specialist_ids[specialist_id] = None
        names[specialist_id] = name
    steps = [
        ServiceStep(
            item.service_id,
            item.buffer_before_min * 60,
            item.buffer_after_min * 60,
            groups[item.service_id].capacity,
            tuple(room_ids[item.id]),
            dict.fromkeys(
                offering[item.service_id] if on_offer else {**offering[item.service_id], item.specialist_id: None},
                item.duration_min * 60,
            ),
            groups[item.service_id].together,
            item.places,
        )
        for item in items
    ]
    return RequestedServices(steps, [], list(specialist_ids), specialist_names=names)


def require_specialist(conn: Connection, tenant_id: int, specialist_id: int) -> str:
    """Return the specialist's name. Raises NotFound where there is no such specialist (any more)."""
    name = _SPECIALIST_NAME.first(conn, tenant=tenant_id, id=specialist_id)
    if name is None:
        raise NotFound()
    return name
