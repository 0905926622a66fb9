"""Counts for figures. Instants are epoch seconds, ranges half-open, by the booking's start."""

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    FromClause,
    and_,
    case,
    cast,
    func,
    literal,
    select,
    union_all,
)

from backend.contract.bookings import MAX_SERVICES, Status
from backend.db.rows import fetch_all
from backend.db.tables import MAX_SPAN_S, booking_items, bookings
from backend.reports.buckets import StretchCount
from backend.reports.rules import EARNING, NEVER_PROMISED
from backend.schedule.zones import DAY_S, EPOCH_DAY, Offset

_B, _I = bookings.c, booking_items.c


class FigureScope(NamedTuple):
    """What is counted: bookings that begin in `[since, until)`, all of them or those of one specialist or service.

    `now` tells what has begun. `specialist_ids` are those whose bookings count: all of the business, or the one."""

    since: int
    until: int
    now: int
    specialist_ids: tuple[int, ...]
    specialist_id: int | None = None
    service_id: int | None = None


class DayCount(NamedTuple):
    """Bookings of one local day and status: how many, the sum of their prices, both of those that have begun, what was lost.

    A day is its proleptic ordinal."""

    day: int
    status: Status
    bookings: int
    price: int
    begun: int
    begun_price: int
    lost_price: int


class PartCount(NamedTuple):
    """The items of one specialist, service and status, as in `DayCount`.

    `again_specialist`, `again_service`: 1 for those whose booking has an earlier item of the same specialist or service."""

    specialist_id: int
    service_id: int
    again_specialist: int
    again_service: int
    status: Status
    bookings: int
    price: int
    begun: int
    begun_price: int
    lost_price: int


class ClientCount(NamedTuple):
    """How many clients came or will come in a period, and how many of them for the first time."""

    since: int
    clients: int
    new_clients: int


def bookings_within(tenant_id: int, since: int, until: int) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions of bookings that begin in the range; a hold is not one, and has not been one if it expired."""
    is_booking = _B.status.not_in(("held", "expired"))
    return _B.tenant_id == tenant_id, _B.starts_at >= since, _B.starts_at < until, is_booking


def _own_items(tenant_id: int, scope: FigureScope, since: int, until: int) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions of the scope's items that start in the range, for statements that read items alone.

    By the ids of specialists both databases find them in the index, however much the business has at other times."""
    of_service = () if scope.service_id is None else (_I.service_id == scope.service_id,)
    is_theirs = _I.specialist_id.in_(scope.specialist_ids)
    return _I.tenant_id == tenant_id, is_theirs, _I.starts_at >= since, _I.starts_at < until, *of_service


def _latest_start(scope: FigureScope) -> int:
    """Return before when each item of the scope's bookings starts."""
    return scope.until + MAX_SERVICES * MAX_SPAN_S


def _is_part(scope: FigureScope) -> bool:
    return scope.specialist_id is not None or scope.service_id is not None


def _sum(value: ColumnElement[Any]) -> ColumnElement[int]:
    # PostgreSQL adds up to a number without a limit
    return cast(func.coalesce(func.sum(value), 0), BigInteger)


def _counts(price: ColumnElement[int], now: int) -> list[Any]:
    """Return the columns of `DayCount` behind its keys, of rows that each stand for a booking."""
    was_promised = func.coalesce(_B.end_reason, "").not_in(NEVER_PROMISED)
    is_lost = and_(_B.status.in_(("cancelled", "no_show")), was_promised)
    has_begun = _B.starts_at <= now
    return [
        func.count().label("bookings"),
        _sum(price).label("price"),
        _sum(case((has_begun, 1), else_=0)).label("begun"),
        _sum(case((has_begun, price), else_=0)).label("begun_price"),
        _sum(case((is_lost, price), else_=0)).label("lost_price"),
    ]


def _piecewise(at: ColumnElement[int], starts: Sequence[int], values: Sequence[int]) -> ColumnElement[int]:
    """Return the value of the piece of time in which `at` lies; the pieces start at `starts`, the first with all before.

    Halves of halves, so that a row is compared a few times, however many pieces there are."""
    if len(starts) == 1:
        return literal(values[0], BigInteger)
    half = len(starts) // 2
    before, after = _piecewise(at, starts[:half], values[:half]), _piecewise(at, starts[half:], values[half:])
    return case((at < starts[half], before), else_=after)


def count_by_day(conn: Connection, tenant_id: int, scope: FigureScope, offsets: Sequence[Offset]) -> list[DayCount]:
    """Return the counts of bookings by day and status; of a specialist's or service's their own items alone are paid for.

    `offsets` are those of the business's zone in the scope."""
    day = (_B.starts_at + _piecewise(_B.starts_at, *zip(*offsets, strict=True))) // DAY_S + EPOCH_DAY
    price: ColumnElement[int] = _B.price
    rows: FromClause = bookings
    if _is_part(scope):
        items = _own_items(tenant_id, scope, scope.since, _latest_start(scope))
        # the sum keeps SQLite from reading all items of the business in the order of their bookings
        booking_id = _I.booking_id + 0
        paid = select(booking_id.label("booking_id"), func.sum(_I.price).label("price")).where(*items)
        own = paid.group_by(booking_id).subquery()
        price, rows = own.c.price, bookings.join(own, _B.id == own.c.booking_id)
    statement = select(day.label("day"), _B.status, *_counts(price, scope.now)).select_from(rows)
    statement = statement.where(*bookings_within(tenant_id, scope.since, scope.until)).group_by(day, _B.status)
    return fetch_all(conn, DayCount, statement)


def count_by_part(conn: Connection, tenant_id: int, scope: FigureScope) -> list[PartCount]:
    """Return the counts of items by specialist, service and status."""
    again = (_is_again("specialist_id").label("again_specialist"), _is_again("service_id").label("again_service"))
    keys = (_I.specialist_id, _I.service_id, *again, _B.status)
    # the sum keeps SQLite from going through all items of the business
    wanted = ((_I.specialist_id, scope.specialist_id), (_I.service_id + 0, scope.service_id))
    of_part = (column == value for column, value in wanted if value is not None)
    in_time = (_I.starts_at >= scope.since, _I.starts_at < _latest_start(scope))
    statement = (
        select(*keys, *_counts(_I.price, scope.now))
        .join_from(booking_items, bookings, _B.id == _I.booking_id)
        .where(*bookings_within(tenant_id, scope.since, scope.until), _I.tenant_id == tenant_id, *in_time, *of_part)
        .group_by(_I.specialist_id, _I.service_id, *(column.name for column in again), _B.status)
    )
    return fetch_all(conn, PartCount, statement)


def _is_again(name: Literal["specialist_id", "service_id"]) -> ColumnElement[int]:
    """Return 1 where an earlier item of the same booking has the same one; it is looked for behind the first item alone."""
    before = booking_items.alias()
    is_before = and_(
        before.c.tenant_id == _I.tenant_id, before.c.booking_id == _I.booking_id, before.c.position < _I.position
    )
    found = select(literal(1)).where(is_before, before.c[name] == _I[name]).exists()
    return case((_I.position == 0, 0), (found, 1), else_=0)


def count_clients(
    conn: Connection, tenant_id: int, scope: FigureScope, starts: Sequence[int]
) -> dict[int, ClientCount]:
    """Return by the start of each period how many clients came or will come in it, and how many of them never did before.

    `starts` are those of the periods, which are the whole scope; one without clients is not among what is returned."""
    theirs = select(_B.client_id, _piecewise(_B.starts_at, starts, starts).label("since"))
    if _is_part(scope):
        theirs = theirs.where(
            _B.id.in_(select(_I.booking_id).where(*_own_items(tenant_id, scope, scope.since, _latest_start(scope))))
        )
    came = (
        theirs.where(*bookings_within(tenant_id, scope.since, scope.until), _B.status.in_(EARNING))
        .distinct()
        .cte("came")
    )
    any_time = bookings.alias("any_time")
    first_at = (
        select(any_time.c.starts_at)
        .where(
            any_time.c.tenant_id == tenant_id, any_time.c.client_id == came.c.client_id, any_time.c.status.in_(EARNING)
        )
        .order_by(any_time.c.starts_at)
        .limit(1)
        .scalar_subquery()
    )
    # only in the first period of theirs can they be new
    firsts = (
        select(func.min(came.c.since).label("since"), first_at.label("first_at")).group_by(came.c.client_id).subquery()
    )
    is_new = firsts.c.first_at >= firsts.c.since
    nobody = literal(0, BigInteger)
    statement = union_all(
        select(came.c.since, func.count().label("clients"), nobody.label("new_clients")).group_by(came.c.since),
        select(firsts.c.since, nobody, _sum(case((is_new, 1), else_=0))).group_by(firsts.c.since),
    )
    counts: dict[int, ClientCount] = {}
    for row in fetch_all(conn, ClientCount, statement):
        before = counts.get(row.since, ClientCount(row.since, 0, 0))
        counts[row.since] = ClientCount(row.since, before.clients + row.clients, before.new_clients + row.new_clients)
    return counts


def count_booked_time(conn: Connection, tenant_id: int, scope: FigureScope, bucket_s: int) -> list[StretchCount]:
    """Return the booked time within the scope by specialist, and by buckets of `bucket_s` seconds since the epoch."""
    # active are the items of bookings that keep their specialist busy, and of holds, which are few
    held = select(_B.id).where(_B.tenant_id == tenant_id, _B.status == "held")
    taken_until = func.max(_I.ends_at).over(
        partition_by=_I.specialist_id, order_by=(_I.starts_at, _I.id), rows=(None, -1)
    )
    items = (
        select(_I.specialist_id, _I.starts_at, _I.ends_at, func.coalesce(taken_until, 0).label("taken_until"))
        .where(
            *_own_items(tenant_id, scope, scope.since - MAX_SPAN_S, scope.until),
            _I.ends_at > scope.since,
            _I.active,
            _I.booking_id.not_in(held),
        )
        .subquery()
    )
    own = items.c
    # what of it lies in the scope, and is not taken by one that starts before it: a class takes its time once
    begin = _greater(_greater(own.starts_at, own.taken_until), literal(scope.since, BigInteger))
    end = case((own.ends_at > scope.until, scope.until), else_=own.ends_at)
    free = select(own.specialist_id, begin.label("begin"), end.label("end")).cte("stretches")
    sums = (func.count().label("stretches"), _sum(free.c.begin).label("starts"), _sum(free.c.end).label("ends"))
    buckets = (free.c.begin // bucket_s, free.c.end // bucket_s)
    none = literal(0, BigInteger)
    of_specialists = select(free.c.specialist_id, none.label("first"), none.label("last"), *sums)
    of_buckets = select(literal(None, BigInteger), *buckets, *sums)
    is_time = free.c.begin < free.c.end
    statement = union_all(
        of_specialists.where(is_time).group_by(free.c.specialist_id), of_buckets.where(is_time).group_by(*buckets)
    )
    return fetch_all(conn, StretchCount, statement)


def _greater(one: ColumnElement[int], other: ColumnElement[int]) -> ColumnElement[int]:
    # the databases call it by different names
    return case((one >= other, one), else_=other)
