"""What the engine needs, read with a handful of statements whatever the number of bookings.

Occupied stretches come from covering indexes, bounded by the longest allowed stretch; a lapsed hold is left out.
"""

from collections.abc import Collection, Mapping, Sequence
from operator import le
from typing import Any, NamedTuple, Protocol, TypeVar

import msgspec
from sqlalchemy import ColumnElement, Connection, and_, bindparam, or_, select, text

from backend.db import dialect
from backend.db.compiled import CompiledQuery, CompiledScalar
from backend.db.rows import fetch_all
from backend.db.tables import (
    MAX_SPAN_S,
    booking_items,
    item_rooms,
    rooms,
    service_rooms,
    services,
    specialist_services,
    specialists,
)
from backend.errors import NotFound
from backend.schedule import hours
from backend.schedule.facts import Busy, Facts, RoomRow, Stage
from backend.schedule.queries import calendars
from backend.schedule.zones import DAY_S, Zone


class BookedItem(Protocol):
    """What an item of a booking says of its service and its specialist."""

    @property
    def service_id(self) -> int: ...
    @property
    def specialist_id(self) -> int: ...


class _ServiceRow(NamedTuple):
    """`rooms` is a JSON array of ids, None where the service needs none."""

    id: int
    name: str
    price: int
    duration_min: int
    buffer_before_min: int
    buffer_after_min: int
    capacity: int
    rooms: str | None


class _OfferRow(NamedTuple):
    """`price` and `duration_min` are None where they are the service's own."""

    service_id: int
    specialist_id: int
    specialist_name: str
    price: int | None
    duration_min: int | None


class _BusyColumns(NamedTuple):
    """A specialist's occupied stretches, each column a JSON array."""

    specialist_id: int
    starts: str
    ends: str


class _BusyColumnsByBooking(NamedTuple):
    specialist_id: int
    starts: str
    ends: str
    services: str
    bookings: str


class _RoomCount(NamedTuple):
    id: int
    available: int


class _Capacity(NamedTuple):
    id: int
    capacity: int


class RequestedServices(NamedTuple):
    """A visit that is asked for. `specialists` are all who offer one of its services, in the business's order;
    `prices[position][specialist]` is in hundredths; the names are by number, of what is on offer now."""

    stages: list[Stage]
    prices: list[Mapping[int, int]]
    specialists: list[int]
    service_names: Mapping[int, str] = {}
    specialist_names: Mapping[int, str] = {}

    @property
    def reach(self) -> tuple[int, int]:
        """Seconds before and after a start that matter to it."""
        before = max(stage.before for stage in self.stages)
        longest = sum(max(stage.durations.values(), default=0) for stage in self.stages)
        return before, longest + max(stage.after for stage in self.stages)


B = TypeVar("B", bound=tuple[Any, ...])
_I, _R = booking_items.c, item_rooms.c
# Word for word as in the partial indexes, else SQLite does not use them.
_ACTIVE, _ROOM_ACTIVE = text("booking_items.active"), text("item_rooms.active")

_ROOMS_NEEDED = (
    select(dialect.json_array(service_rooms.c.room_id))
    .where(service_rooms.c.tenant_id == services.c.tenant_id, service_rooms.c.service_id == services.c.id)
    .scalar_subquery()
)
_SERVICES = CompiledQuery(
    _ServiceRow,
    select(
        services.c.id,
        services.c.name,
        services.c.price,
        services.c.duration_min,
        services.c.buffer_before_min,
        services.c.buffer_after_min,
        services.c.capacity,
        _ROOMS_NEEDED.label("rooms"),
    ).where(
        services.c.tenant_id == bindparam("tenant"),
        services.c.id.in_(bindparam("ids", expanding=True)),
        services.c.archived_at.is_(None),
    ),
)
_OFFERS = CompiledQuery(
    _OfferRow,
    select(
        specialist_services.c.service_id,
        specialist_services.c.specialist_id,
        specialists.c.name.label("specialist_name"),
        specialist_services.c.price,
        specialist_services.c.duration_min,
    )
    .join(
        specialists,
        and_(
            specialists.c.tenant_id == specialist_services.c.tenant_id,
            specialists.c.id == specialist_services.c.specialist_id,
        ),
    )
    .where(
        specialist_services.c.tenant_id == bindparam("tenant"),
        specialist_services.c.service_id.in_(bindparam("ids", expanding=True)),
        specialists.c.archived_at.is_(None),
    )
    .order_by(specialists.c.position, specialists.c.id),
)


def _busy_columns(row: type[B], **columns: ColumnElement[int]) -> CompiledQuery[B]:
    """Return a query with one row a specialist, its columns JSON arrays: thousands of rows less to build."""
    return CompiledQuery(
        row,
        select(_I.specialist_id, *(dialect.json_array(column).label(name) for name, column in columns.items()))
        .where(
            _I.tenant_id == bindparam("tenant"),
            _I.specialist_id.in_(bindparam("ids", expanding=True)),
            _ACTIVE,
            _I.occ_start > bindparam("bound"),
            _I.occ_start < bindparam("until"),
            _I.occ_end > bindparam("since"),
            or_(_I.hold_until.is_(None), _I.hold_until > bindparam("now")),
        )
        .group_by(_I.specialist_id),
    )


_BUSY = _busy_columns(_BusyColumns, starts=_I.occ_start, ends=_I.occ_end)
_BUSY_BY_WHAT = _busy_columns(
    _BusyColumnsByBooking, starts=_I.occ_start, ends=_I.occ_end, services=_I.service_id, bookings=_I.booking_id
)
_SPECIALIST = CompiledScalar(
    select(specialists.c.id).where(
        specialists.c.tenant_id == bindparam("tenant"),
        specialists.c.id == bindparam("id"),
        specialists.c.archived_at.is_(None),
    )
)
_integers = msgspec.json.Decoder(list[int]).decode
_ROOM_BUSY_STRETCHES = (
    select(_R.room_id, _R.occ_start, _R.occ_end, _R.specialist_id)
    .where(
        _R.tenant_id == bindparam("tenant"),
        _R.room_id.in_(bindparam("ids", expanding=True)),
        _ROOM_ACTIVE,
        _R.occ_start > bindparam("bound"),
        _R.occ_start < bindparam("until"),
        _R.occ_end > bindparam("since"),
        or_(_R.hold_until.is_(None), _R.hold_until > bindparam("now")),
    )
    .order_by(_R.room_id, _R.occ_start)
)
_ROOM_BUSY = CompiledQuery(RoomRow, _ROOM_BUSY_STRETCHES)
_ROOM_BUSY_WITHOUT = CompiledQuery(
    RoomRow,
    _ROOM_BUSY_STRETCHES.where(
        _R.item_id.not_in(
            select(_I.id).where(_I.tenant_id == bindparam("tenant"), _I.booking_id == bindparam("without"))
        )
    ),
)
_ROOM_COUNTS = CompiledQuery(
    _RoomCount,
    select(rooms.c.id, rooms.c.count.label("available")).where(
        rooms.c.tenant_id == bindparam("tenant"), rooms.c.id.in_(bindparam("ids", expanding=True))
    ),
)


def wanted(conn: Connection, tenant_id: int, service_ids: Sequence[int]) -> RequestedServices:
    """The services of a visit, in the order given. Raises NotFound where one is not on offer here."""
    ids = sorted(set(service_ids))
    found = {row.id: row for row in _SERVICES.all(conn, tenant=tenant_id, ids=ids)}
    if len(found) < len(ids):
        raise NotFound()
    durations: dict[int, dict[int, int]] = {one: {} for one in ids}
    prices: dict[int, dict[int, int]] = {one: {} for one in ids}
    names: dict[int, str] = {}
    for service_id, specialist_id, name, price, duration in _OFFERS.all(conn, tenant=tenant_id, ids=ids):
        own = found[service_id]
        durations[service_id][specialist_id] = 60 * (own.duration_min if duration is None else duration)
        prices[service_id][specialist_id] = own.price if price is None else price
        names[specialist_id] = name
    stages = {
        one: Stage(
            one,
            found[one].buffer_before_min * 60,
            found[one].buffer_after_min * 60,
            found[one].capacity,
            tuple(sorted(_integers(found[one].rooms or "[]"))),
            durations[one],
        )
        for one in ids
    }
    return RequestedServices(
        [stages[one] for one in service_ids],
        [prices[one] for one in service_ids],
        list(names),
        {one: row.name for one, row in found.items()},
        names,
    )


def wanted_kept(conn: Connection, tenant_id: int, items: Sequence[BookedItem]) -> RequestedServices:
    """The services of a visit that was booked: also those that are not on offer any more, done by whoever did them."""
    ids = sorted({item.service_id for item in items})
    statement = select(services.c.id, services.c.capacity).where(
        services.c.tenant_id == tenant_id, services.c.id.in_(ids)
    )
    capacity = {row.id: row.capacity for row in fetch_all(conn, _Capacity, statement)}
    offered: dict[int, dict[int, int]] = {one: {} for one in ids}
    who: dict[int, None] = dict.fromkeys(item.specialist_id for item in items)
    for service_id, specialist_id, *_ in _OFFERS.all(conn, tenant=tenant_id, ids=ids):
        offered[service_id][specialist_id] = 0
        who[specialist_id] = None
    stages = [Stage(item.service_id, 0, 0, capacity[item.service_id], (), offered[item.service_id]) for item in items]
    return RequestedServices(stages, [], list(who))


def known_specialist(conn: Connection, tenant_id: int, specialist_id: int) -> None:
    """Raises NotFound where there is no such specialist (any more)."""
    if _SPECIALIST.first(conn, tenant=tenant_id, id=specialist_id) is None:
        raise NotFound()


def facts(
    conn: Connection,
    tenant_id: int,
    zone: Zone,
    visit: RequestedServices,
    who: Collection[int],
    first: int,
    last: int,
    now: int,
    *,
    by_what: bool = True,
    without: int | None = None,
) -> Facts:
    """What decides over starts in `[first, last]`; `without` leaves one booking's own place out (it is moving).

    `by_what` false: nobody will ask for reasons."""
    shared = any(stage.capacity > 1 for stage in visit.stages)
    before, after = visit.reach
    margin = hours.LOOK_BACK_DAYS + 1 + before // DAY_S
    days = (zone.day(first) - margin, zone.day(last + after) + 2)
    week, dates, off = calendars.load(conn, tenant_id, zone, who, *days)
    needed = sorted({room for stage in visit.stages for room in stage.rooms})
    return Facts(
        zone=zone,
        week=week,
        dates=dates,
        time_off=off,
        closures=calendars.closed_days(conn, tenant_id, *days),
        busy=busy(conn, tenant_id, who, first - before, last + after, now, by_what=by_what or shared, without=without),
        rooms=_counts(conn, tenant_id, needed),
        room_busy=_room_busy(conn, tenant_id, needed, first - before, last + after, now, without),
    )


def busy(
    conn: Connection,
    tenant_id: int,
    who: Collection[int],
    since: int,
    until: int,
    now: int,
    *,
    by_what: bool = True,
    without: int | None = None,
) -> dict[int, Busy]:
    """Occupied stretches that touch `[since, until)` by specialist; services and bookings only if asked `by_what`."""
    if not who:
        return {}
    around = _around(tenant_id, sorted(who), since, until, now)
    rows: Sequence[tuple[Any, ...]] = (  # of either kind
        _BUSY_BY_WHAT.all(conn, **around) if by_what or without is not None else _BUSY.all(conn, **around)
    )
    found = {}
    for one, *texts in rows:
        got = list(map(_integers, texts))
        if not all(map(le, got[0], got[0][1:])) or (without is not None and without in got[3]):
            # an aggregate promises no order, though the index gives it
            rest = sorted(row for row in zip(*got, strict=True) if without is None or row[3] != without)
            got = [[row[column] for row in rest] for column in range(len(got))]
        found[one] = Busy(*got)
    return found


def _room_busy(
    conn: Connection, tenant_id: int, ids: Sequence[int], since: int, until: int, now: int, without: int | None
) -> list[RoomRow]:
    if not ids:
        return []
    around = _around(tenant_id, ids, since, until, now)
    if without is None:
        return _ROOM_BUSY.all(conn, **around)
    return _ROOM_BUSY_WITHOUT.all(conn, without=without, **around)


def _around(tenant_id: int, ids: Sequence[int], since: int, until: int, now: int) -> dict[str, Any]:
    near = {"bound": since - MAX_SPAN_S - 1, "since": since, "until": until, "now": now}
    return {"tenant": tenant_id, "ids": list(ids)} | near


def _counts(conn: Connection, tenant_id: int, ids: Sequence[int]) -> dict[int, int]:
    if not ids:
        return {}
    return {row.id: row.available for row in _ROOM_COUNTS.all(conn, tenant=tenant_id, ids=list(ids))}
