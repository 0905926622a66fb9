"""What the engine needs, read with a handful of statements whatever the number of bookings.

Occupied stretches come from covering indexes, bounded by the longest allowed stretch; a hold that has ended is left out.
"""

from collections.abc import Collection, Sequence
from operator import le
from typing import Any, NamedTuple, TypeVar

import msgspec
from sqlalchemy import Column, ColumnElement, Connection, TextClause, bindparam, or_, select, text

from backend.db import dialect
from backend.db.compiled import CompiledQuery
from backend.db.tables import MAX_SPAN_S, booking_items, item_rooms, rooms
from backend.schedule import hours
from backend.schedule.facts import Facts, Occupied, OccupiedRoom
from backend.schedule.queries.calendars import load_calendars
from backend.schedule.queries.services import RequestedServices
from backend.schedule.zones import DAY_S, Zone


class CalendarWindow(NamedTuple):
    """Whose calendars are read, and around which time: `[since, until]` in instants.

    `with_bookings` reads which service and which booking occupies a stretch, too: reasons need it; `with_places` also
    when they start themselves and how many places they take, for groups. One booking's own place may be left out,
    `ignored_booking_id`: it is moving."""

    specialist_ids: Collection[int]
    since: int
    until: int
    now: int
    with_bookings: bool = True
    ignored_booking_id: int | None = None
    with_places: bool = False


class _OccupiedColumns(NamedTuple):
    """A specialist's occupied stretches, each column a JSON array."""

    specialist_id: int
    starts: str
    ends: str


class _OccupiedColumnsByBooking(NamedTuple):
    specialist_id: int
    starts: str
    ends: str
    service_ids: str
    booking_ids: str


class _OccupiedColumnsOfGroups(NamedTuple):
    specialist_id: int
    starts: str
    ends: str
    service_ids: str
    booking_ids: str
    item_starts: str
    item_ends: str
    places: str


class _RoomCount(NamedTuple):
    id: int
    places: int


# Any: see db/rows.py
_Columns = TypeVar("_Columns", bound=tuple[Any, ...])
_I, _R = booking_items.c, item_rooms.c
# Word for word as in the partial indexes, else SQLite does not use them.
_ACTIVE, _ROOM_ACTIVE = text("booking_items.active"), text("item_rooms.active")


def _occupying(owner: Column[int], active: TextClause) -> Sequence[ColumnElement[bool] | TextClause]:
    """Return the conditions on stretches that meet the window, of the specialists or rooms that `owner` names.

    `bound` is the earliest start that one of the longest allowed length can have."""
    c = owner.table.c
    return (
        c.tenant_id == bindparam("tenant"),
        owner.in_(bindparam("ids", expanding=True)),
        active,
        c.occ_start > bindparam("bound"),
        c.occ_start < bindparam("until"),
        c.occ_end > bindparam("since"),
        or_(c.hold_until.is_(None), c.hold_until > bindparam("now")),
    )


def _occupied_columns(row: type[_Columns], **columns: ColumnElement[int]) -> CompiledQuery[_Columns]:
    """Return a query with one row a specialist, its columns JSON arrays: thousands of rows less to build."""
    return CompiledQuery(
        row,
        select(_I.specialist_id, *(dialect.json_array(column).label(name) for name, column in columns.items()))
        .where(*_occupying(_I.specialist_id, _ACTIVE))
        .group_by(_I.specialist_id),
    )


_OCCUPIED = _occupied_columns(_OccupiedColumns, starts=_I.occ_start, ends=_I.occ_end)
_OCCUPIED_BY_BOOKING = _occupied_columns(
    _OccupiedColumnsByBooking,
    starts=_I.occ_start,
    ends=_I.occ_end,
    service_ids=_I.service_id,
    booking_ids=_I.booking_id,
)
_OCCUPIED_OF_GROUPS = _occupied_columns(
    _OccupiedColumnsOfGroups,
    starts=_I.occ_start,
    ends=_I.occ_end,
    service_ids=_I.service_id,
    booking_ids=_I.booking_id,
    item_starts=_I.starts_at,
    item_ends=_I.ends_at,
    places=_I.places,
)
_OCCUPIED_ROOMS_STATEMENT = (
    select(_R.room_id, _R.occ_start, _R.occ_end, _R.specialist_id)
    .where(*_occupying(_R.room_id, _ROOM_ACTIVE))
    .order_by(_R.room_id, _R.occ_start)
)
_OCCUPIED_ROOMS = CompiledQuery(OccupiedRoom, _OCCUPIED_ROOMS_STATEMENT)
_OCCUPIED_ROOMS_BUT_ONE = CompiledQuery(
    OccupiedRoom,
    _OCCUPIED_ROOMS_STATEMENT.where(
        _R.item_id.not_in(
            select(_I.id).where(_I.tenant_id == bindparam("tenant"), _I.booking_id == bindparam("ignored"))
        )
    ),
)
_ROOM_COUNTS = CompiledQuery(
    _RoomCount,
    select(rooms.c.id, rooms.c.count.label("places")).where(
        rooms.c.tenant_id == bindparam("tenant"), rooms.c.id.in_(bindparam("ids", expanding=True))
    ),
)
_decode_integers = msgspec.json.Decoder(list[int]).decode


def load_facts(
    conn: Connection, tenant_id: int, zone: Zone, services: RequestedServices, window: CalendarWindow
) -> Facts:
    """Return what decides over starts in the window."""
    before, after = services.reach
    around = window._replace(
        since=window.since - before,
        until=window.until + after,
        with_places=any(step.capacity > 1 for step in services.steps),
    )
    margin = hours.LOOK_BACK_DAYS + 1 + before // DAY_S
    days = (zone.day(window.since) - margin, zone.day(around.until) + 2)
    calendars = load_calendars(conn, tenant_id, zone, window.specialist_ids, *days)
    room_ids = sorted({room_id for step in services.steps for room_id in step.room_ids})
    return Facts(
        zone=zone,
        weeks=calendars.weeks,
        dates=calendars.dates,
        time_off=calendars.time_off,
        closures=calendars.closures,
        occupied=load_occupied(conn, tenant_id, around),
        room_counts=_load_room_counts(conn, tenant_id, room_ids),
        occupied_rooms=_load_occupied_rooms(conn, tenant_id, room_ids, around),
    )


def load_occupied(conn: Connection, tenant_id: int, window: CalendarWindow) -> dict[int, Occupied]:
    """Return the occupied stretches that touch `[since, until)` by specialist."""
    if not window.specialist_ids:
        return {}
    near = _near(tenant_id, sorted(window.specialist_ids), window)
    ignored_id = window.ignored_booking_id
    texts: dict[int, tuple[str, ...]]
    if window.with_places:
        texts = {row.specialist_id: row[1:] for row in _OCCUPIED_OF_GROUPS.all(conn, **near)}
    elif window.with_bookings or ignored_id is not None:
        texts = {row.specialist_id: row[1:] for row in _OCCUPIED_BY_BOOKING.all(conn, **near)}
    else:
        texts = {row.specialist_id: row[1:] for row in _OCCUPIED.all(conn, **near)}
    occupied = {}
    for specialist_id, columns_of_text in texts.items():
        columns = list(map(_decode_integers, columns_of_text))
        if not all(map(le, columns[0], columns[0][1:])) or (ignored_id is not None and ignored_id in columns[3]):
            # an aggregate promises no order, though the index gives it
            rows = sorted(row for row in zip(*columns, strict=True) if ignored_id is None or row[3] != ignored_id)
            columns = [[row[place] for row in rows] for place in range(len(columns))]
        occupied[specialist_id] = Occupied(*columns)
    return occupied


def _load_occupied_rooms(
    conn: Connection, tenant_id: int, room_ids: Sequence[int], window: CalendarWindow
) -> list[OccupiedRoom]:
    if not room_ids:
        return []
    near = _near(tenant_id, room_ids, window)
    if window.ignored_booking_id is None:
        return _OCCUPIED_ROOMS.all(conn, **near)
    return _OCCUPIED_ROOMS_BUT_ONE.all(conn, ignored=window.ignored_booking_id, **near)


def _near(tenant_id: int, ids: Sequence[int], window: CalendarWindow) -> dict[str, object]:
    span = {"bound": window.since - MAX_SPAN_S - 1, "since": window.since, "until": window.until, "now": window.now}
    return {"tenant": tenant_id, "ids": list(ids)} | span


def _load_room_counts(conn: Connection, tenant_id: int, room_ids: Sequence[int]) -> dict[int, int]:
    if not room_ids:
        return {}
    return {row.id: row.places for row in _ROOM_COUNTS.all(conn, tenant=tenant_id, ids=list(room_ids))}
