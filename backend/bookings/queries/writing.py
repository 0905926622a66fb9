"""Changes of bookings. A change of status is written into the history by those who call these functions."""

from collections.abc import Collection, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple, TypedDict, Unpack

from sqlalchemy import Connection, and_, bindparam, delete, or_, select, text, union, union_all, update

from backend.bookings.queries.loading import BookingRow, HistoryRow
from backend.bookings.rules import UNMARKED_S
from backend.contract.bookings import EndReason, Status, TaskState
from backend.db.compiled import (
    CompiledQuery,
    CompiledScalar,
    CompiledStatement,
    insert_returning,
    insert_row,
    insert_rows,
    update_rows,
)
from backend.db.tables import booking_history, booking_items, bookings, item_rooms
from backend.quiet_hours import BEFORE_START_S

_B, _I, _R = bookings.c, booking_items.c, item_rooms.c
# Word for word as in the partial indexes, else SQLite does not use them.
_IS_REQUEST = text("(bookings.status = 'pending' OR bookings.decide_by IS NOT NULL)")
_IS_HELD = text("bookings.status = 'held'")
_IS_CONFIRMED = text("bookings.status = 'confirmed'")
# What waits for a new time is not completed by the clock: it has not taken place.
_HAS_NO_TASK = _B.task.is_distinct_from("open")
COMPLETED_AT_ONCE = 200


class BookingChanges(TypedDict, total=False):
    """Columns of `bookings` that change."""

    client_id: int
    status: Status
    starts_at: int
    ends_at: int
    local_start: str
    timezone: str
    price: int
    places: int
    came_places: int | None
    comment: str
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


class LapsedPlace(NamedTuple):
    """A hold that has lapsed, or a request that nobody has answered in time."""

    id: int
    status: Status


class _Id(NamedTuple):
    id: int


_IS_OVERDUE = or_(_B.decide_by <= bindparam("now"), _B.starts_at <= bindparam("now") + BEFORE_START_S)
_OPEN_HOLD = select(_B.id, _B.status).where(
    _B.tenant_id == bindparam("tenant"), _IS_HELD, _B.hold_until <= bindparam("now")
)
_OPEN_REQUEST = select(_B.id, _B.status).where(
    _B.tenant_id == bindparam("tenant"), _IS_REQUEST, _B.status == "pending", _IS_OVERDUE
)
# one statement, for every write that depends on free places asks it
_LAPSED_PLACES = union_all(_OPEN_HOLD, _OPEN_REQUEST).subquery()
_LAPSED = CompiledQuery(LapsedPlace, select(_LAPSED_PLACES.c.id, _LAPSED_PLACES.c.status))
_UNMARKED = CompiledScalar(
    select(_B.id)
    .where(_B.tenant_id == bindparam("tenant"), _IS_CONFIRMED, _B.ends_at <= bindparam("ended_by"), _HAS_NO_TASK)
    .order_by(_B.ends_at)
    .limit(COMPLETED_AT_ONCE)
)
_IN_BOOKINGS = and_(_I.tenant_id == bindparam("tenant"), _I.booking_id.in_(bindparam("bookings", expanding=True)))
# Not a join: SQLite would go through all rooms that were ever taken.
_IN_ITEMS = and_(_R.tenant_id == bindparam("tenant"), _R.item_id.in_(select(_I.id).where(_IN_BOOKINGS)))
_END = update(bookings).where(_B.tenant_id == bindparam("tenant"), _B.id.in_(bindparam("bookings", expanding=True)))
_EXPIRE = CompiledStatement(_END.values(status="expired", decide_by=None))
_COMPLETE = CompiledStatement(_END.values(status="completed", unconfirmed=True, came_places=None))
_DELETE_ROOMS_OF_ITEM = CompiledStatement(
    delete(item_rooms).where(_R.tenant_id == bindparam("tenant"), _R.item_id == bindparam("item"))
)


def find_lapsed(conn: Connection, tenant_id: int, now: int) -> list[LapsedPlace]:
    """Return the tenant's lapsed holds and unanswered requests."""
    return _LAPSED.all(conn, tenant=tenant_id, now=now)


def expire_holds(conn: Connection, tenant_id: int, booking_ids: list[int]) -> None:
    """Give the places of holds back: they are expired, whether their time ran out or they were given up."""
    _update_places(conn, tenant_id, booking_ids, {"active": False})
    _EXPIRE.run(conn, tenant=tenant_id, bookings=booking_ids)


def tenants_with_unmarked(conn: Connection, ended_by: int) -> list[int]:
    """Return the ids of tenants with bookings that ended by then and have no mark."""
    # the sum keeps SQLite off an index in the order of the tenants, which holds every booking
    statement = select(_B.tenant_id + 0).where(_IS_CONFIRMED, _B.ends_at <= ended_by, _HAS_NO_TASK).distinct()
    return list(conn.execute(statement).scalars())


def complete_batch(conn: Connection, tenant_id: int, now: int) -> int:
    """Complete some of the tenant's bookings that nobody has marked in time, and return how many."""
    ids = _UNMARKED.all(conn, tenant=tenant_id, ended_by=now - UNMARKED_S)
    if ids:
        _COMPLETE.run(conn, tenant=tenant_id, bookings=ids)
        change = HistoryRow(now, None, "system", "complete", "confirmed", "completed", "{}")
        insert_histories(conn, tenant_id, [(booking_id, change) for booking_id in ids])
    return len(ids)


def tenants_with_lapsed(conn: Connection, now: int) -> list[int]:
    """Return the ids of tenants with holds or requests that have lapsed, or with requests that need tending."""
    holds = select(_B.tenant_id).where(_IS_HELD, _B.hold_until <= now)
    needs_tending = or_(
        _B.decide_by.is_(None),
        _B.decide_by <= now,
        _B.starts_at <= now + BEFORE_START_S,
        _B.status.not_in(("held", "pending", "expired")),
    )
    requests = select(_B.tenant_id).where(_IS_REQUEST, _B.status != "expired", needs_tending)
    return list(conn.execute(union(holds, requests)).scalars())


def find_strange_requests(conn: Connection, tenant_id: int) -> list[int]:
    """Return ids of what a release without deadlines has left: requests without one, and answered ones with one."""
    is_answered = and_(_B.decide_by.is_not(None), _B.status.not_in(("held", "pending", "expired")))
    is_new = and_(_B.decide_by.is_(None), _B.status == "pending")
    statement = select(_B.id).where(_B.tenant_id == tenant_id, _IS_REQUEST, or_(is_answered, is_new))
    return list(conn.execute(statement).scalars())


def release_places(conn: Connection, tenant_id: int, booking_id: int) -> None:
    """Give the booking's places back."""
    _update_places(conn, tenant_id, [booking_id], {"active": False})


def retake_places(conn: Connection, tenant_id: int, booking_id: int, kept_until: int | None) -> None:
    """Take the booking's places again, those of a request until then. Raises SlotTaken (from the database)."""
    _update_places(conn, tenant_id, [booking_id], {"active": True, "hold_until": kept_until})


def keep_places(conn: Connection, tenant_id: int, booking_id: int, until: int | None) -> None:
    """Keep the booking's places until then: those of a hold or a request; None: for good."""
    _update_places(conn, tenant_id, [booking_id], {"hold_until": until})


def set_places(conn: Connection, tenant_id: int, item_id: int, places: int, price: int) -> None:
    """Let an item take so many places, for that price in all. Raises SlotTaken (from the database) for too many."""
    update_rows(conn, booking_items, {"tenant_id": tenant_id, "id": item_id}, {"places": places, "price": price})


def _update_places(conn: Connection, tenant_id: int, booking_ids: list[int], values: Mapping[str, object]) -> None:
    named = {f"to_{name}": value for name, value in values.items()}
    for statement in _changes_of_places(tuple(values)):
        statement.run(conn, tenant=tenant_id, bookings=booking_ids, **named)


@cache
def _changes_of_places(names: tuple[str, ...]) -> tuple[CompiledStatement, CompiledStatement]:
    """Return the statements that change these columns of the items and of the rooms of bookings."""
    values: dict[str, Any] = {name: bindparam(f"to_{name}") for name in names}
    return (
        CompiledStatement(update(booking_items).where(_IN_BOOKINGS).values(values)),
        CompiledStatement(update(item_rooms).where(_IN_ITEMS).values(values)),
    )


def insert_history(conn: Connection, tenant_id: int, booking_id: int, change: HistoryRow) -> None:
    """Add a change to the booking's history."""
    insert_row(conn, booking_history, {"tenant_id": tenant_id, "booking_id": booking_id} | change._asdict())


def insert_histories(conn: Connection, tenant_id: int, lines: Sequence[tuple[int, HistoryRow]]) -> None:
    """Add a change to the history of each of many bookings, which are given by their ids."""
    rows = [{"tenant_id": tenant_id, "booking_id": booking} | change._asdict() for booking, change in lines]
    insert_rows(conn, booking_history, rows)


def insert_booking(conn: Connection, values: Mapping[str, object]) -> BookingRow:
    """Insert a booking and return its row."""
    return insert_returning(conn, BookingRow, bookings, values)


def insert_item(conn: Connection, values: Mapping[str, object], room_ids: Collection[int]) -> None:
    """Insert one service of a booking with the rooms that it takes. Raises SlotTaken (from the database)."""
    if room_ids:
        _insert_rooms(conn, values, insert_returning(conn, _Id, booking_items, values).id, room_ids)
    else:
        insert_row(conn, booking_items, values)


def replace_item(
    conn: Connection, tenant_id: int, item_id: int, values: Mapping[str, object], room_ids: Collection[int]
) -> None:
    """Put an item whose place was released into its new one. Raises SlotTaken (from the database)."""
    _DELETE_ROOMS_OF_ITEM.run(conn, tenant=tenant_id, item=item_id)
    update_rows(conn, booking_items, {"tenant_id": tenant_id, "id": item_id}, values)
    _insert_rooms(conn, values, item_id, room_ids)


def _insert_rooms(conn: Connection, item: Mapping[str, object], item_id: int, room_ids: Collection[int]) -> None:
    shared = ("tenant_id", "specialist_id", "occ_start", "occ_end", "active", "hold_until")
    common = {name: item[name] for name in shared} | {"item_id": item_id}
    for room_id in room_ids:
        insert_row(conn, item_rooms, common | {"room_id": room_id})


def update_booking(
    conn: Connection,
    tenant_id: int,
    booking: BookingRow,
    *,
    calendars_follow: bool = False,
    **changes: Unpack[BookingChanges],
) -> BookingRow:
    """Change the booking's row and return it as it is now.

    `calendars_follow`: calendars that have the booking must show the change, so its sequence grows.
    """
    own = {"tenant_id": tenant_id, "id": booking.id}
    update_rows(conn, bookings, own, changes, increment="sequence" if calendars_follow else None)
    return booking._replace(sequence=booking.sequence + calendars_follow, **changes)
