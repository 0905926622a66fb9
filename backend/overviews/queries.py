"""What a day's agenda asks of the database beyond the features' own queries."""

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    and_,
    case,
    exists,
    func,
    literal_column,
    or_,
    select,
    text,
)

from backend.bookings.queries.listing import LONGEST_S
from backend.bookings.queries.unmarked import is_unmarked
from backend.db.rows import columns_of, fetch_all
from backend.db.tables import booking_items, bookings, move_requests, outbox, specialists

_B, _I, _M, _O, _S = bookings.c, booking_items.c, move_requests.c, outbox.c, specialists.c
# Word for word as in the partial index, else SQLite does not use it.
_ACTIVE = text("booking_items.active")
# Written out: a statement that groups by a sum with a parameter is refused by PostgreSQL.
_NOTHING = literal_column("0", BigInteger)
# Bookings that stand or took place.
_COUNTED = ("pending", "confirmed", "arrived", "completed", "no_show")


class _Specialist(NamedTuple):
    id: int
    name: str


class BookedItem(NamedTuple):
    """An item of a booking in a specialist's calendar."""

    specialist_id: int
    booking_id: int
    starts_at: int


class StartRange(NamedTuple):
    """Instants of starts in `[since, until)`, and now."""

    since: int
    until: int
    now: int


class StartCount(NamedTuple):
    """How many bookings begin at one instant, and what of them waits for staff."""

    starts_at: int
    bookings: int
    requests: int
    tasks: int
    unmarked: int


def list_specialist_names(conn: Connection, tenant_id: int, specialist_id: int | None = None) -> dict[int, str]:
    """Return the names of specialists in the business's order, or of the one with that id."""
    statement = select(*columns_of(_Specialist, specialists)).where(_S.tenant_id == tenant_id, _S.archived_at.is_(None))
    if specialist_id is not None:
        statement = statement.where(_S.id == specialist_id)
    rows = fetch_all(conn, _Specialist, statement.order_by(_S.position, _S.id))
    return {row.id: row.name for row in rows}


def list_booked_items(
    conn: Connection, tenant_id: int, specialist_ids: Collection[int], since: int, until: int, now: int
) -> list[BookedItem]:
    """Return the items that begin in `[since, until)` and occupy their place, by specialist and start."""
    statement = select(*columns_of(BookedItem, booking_items)).where(
        _I.tenant_id == tenant_id,
        _I.specialist_id.in_(list(specialist_ids)),
        _ACTIVE,
        _I.starts_at >= since,
        _I.starts_at < until,
        or_(_I.hold_until.is_(None), _I.hold_until > now),
    )
    return fetch_all(conn, BookedItem, statement.order_by(_I.specialist_id, _I.starts_at, _I.booking_id))


def count_bookings_by_start(
    conn: Connection, tenant_id: int, specialist_id: int | None, within: StartRange
) -> list[StartCount]:
    """Return the counts of bookings that stand or took place, by their start: of one specialist or of all.

    One row a start, not a day: the days of a clock that changes are not equally long."""
    waits_for_move = exists().where(
        _M.tenant_id == _B.tenant_id, _M.id == _B.move_request_id, _M.outcome.is_(None), _M.decide_by > within.now
    )
    is_request = or_(
        and_(_B.status == "pending", or_(_B.decide_by.is_(None), _B.decide_by > within.now)),
        and_(_B.status == "confirmed", _B.move_request_id.is_not(None), waits_for_move),
    )
    # the sum keeps the databases off the whole business's bookings, where a calendar leads to a few of them
    starts: ColumnElement[int] = _B.starts_at if specialist_id is None else _B.starts_at + _NOTHING
    conditions = [
        _B.tenant_id == tenant_id,
        starts >= within.since,
        starts < within.until,
        _B.status.in_(_COUNTED),
    ]
    if specialist_id is not None:
        theirs = select(_I.booking_id).where(
            _I.tenant_id == tenant_id,
            _I.specialist_id == specialist_id,
            _I.starts_at >= within.since,
            _I.starts_at < within.until + LONGEST_S,
        )
        conditions.append(_B.id.in_(theirs))
    statement = (
        select(
            starts.label("starts_at"),
            func.count().label("bookings"),
            _count_where(is_request).label("requests"),
            _count_where(_B.task == "open").label("tasks"),
            _count_where(is_unmarked(within.now)).label("unmarked"),
        )
        .where(*conditions)
        .group_by(starts)
    )
    return fetch_all(conn, StartCount, statement)


def _count_where(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((condition, 1), else_=0))


def list_reminded(conn: Connection, tenant_id: int, booking_ids: Collection[int]) -> set[int]:
    """Return those of the bookings whose client has had a reminder of the start that the booking has now."""
    if not booking_ids:
        return set()
    statement = (
        select(_O.booking_id)
        .join(bookings, and_(_B.tenant_id == _O.tenant_id, _B.id == _O.booking_id))
        .where(
            _O.tenant_id == tenant_id,
            _O.booking_id.in_(list(booking_ids)),
            _O.kind == "reminder",
            _O.status == "sent",
            # one of another start expired when that began
            _O.expires_at == _B.starts_at,
        )
    )
    return {int(booking_id) for booking_id in conn.execute(statement).scalars() if booking_id is not None}
