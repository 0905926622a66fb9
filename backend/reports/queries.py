"""Counts and rows for figures and files. Instants are epoch seconds, ranges half-open, by the booking's start."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Table,
    and_,
    case,
    cast,
    func,
    literal,
    or_,
    select,
    union_all,
)

from backend.bookings.queries.loading import CLIENT_TAGS
from backend.contract.bookings import MAX_SERVICES, Status
from backend.db.rows import columns_of, fetch_all, stream_rows
from backend.db.tables import MAX_SPAN_S, booking_items, bookings, people, services, specialists
from backend.reports.buckets import StretchCount
from backend.reports.rules import EARNING, NEVER_PROMISED
from backend.schedule.zones import DAY_S, EPOCH_DAY, Offset

_B, _I = bookings.c, booking_items.c
_ITEM_OF = and_(_B.tenant_id == _I.tenant_id, _B.id == _I.booking_id)
BATCH = 500


class Span(NamedTuple):
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
    """The items of one specialist, service and status, as in `DayCount`."""

    specialist_id: int
    service_id: int
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


class NamedRow(NamedTuple):
    """A specialist or a service."""

    id: int
    name: str
    archived_at: int | None


class BookingLine(NamedTuple):
    """One service of a booking, with the names that a file shows; `tags` of its client has one a line."""

    id: int
    starts_at: int
    ends_at: int
    status: Status
    currency: str
    comment: str
    sequence: int
    created_at: int
    item_starts_at: int
    item_ends_at: int
    item_price: int
    client: str
    phone: str | None
    specialist: str
    service: str
    username: str | None
    tags: str | None


def _within(tenant_id: int, since: int, until: int) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions of bookings that begin in the range; a hold is not one, and has not been one if it expired."""
    is_booking = _B.status.not_in(("held", "expired"))
    return _B.tenant_id == tenant_id, _B.starts_at >= since, _B.starts_at < until, is_booking


def _items_of(span: Span, since: int, until: int) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions of the span's items that start in the range.

    By the specialists' ids both databases find them in the index, whatever else the business has booked at other times."""
    of_service = () if span.service_id is None else (_I.service_id == span.service_id,)
    return _I.specialist_id.in_(span.specialist_ids), _I.starts_at >= since, _I.starts_at < until, *of_service


def _items_within(tenant_id: int, span: Span) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions of the span's items and their bookings; a later item of a booking starts after it."""
    own = _items_of(span, span.since, span.until + MAX_SERVICES * MAX_SPAN_S)
    return _I.tenant_id == tenant_id, *own, *_within(tenant_id, span.since, span.until)


def _is_part(span: Span) -> bool:
    return span.specialist_id is not None or span.service_id is not None


def _sum(value: ColumnElement[Any]) -> ColumnElement[int]:
    # PostgreSQL adds up to a number without a limit
    return cast(func.coalesce(func.sum(value), 0), BigInteger)


def _counts(starts_at: ColumnElement[int], price: ColumnElement[int], now: int) -> list[Any]:
    """Return the columns of `DayCount` behind its keys, of rows that each stand for a booking."""
    was_promised = func.coalesce(_B.end_reason, "").not_in(NEVER_PROMISED)
    is_lost = and_(_B.status.in_(("cancelled", "no_show")), was_promised)
    begun = starts_at <= now
    return [
        func.count().label("bookings"),
        _sum(price).label("price"),
        _sum(case((begun, 1), else_=0)).label("begun"),
        _sum(case((begun, price), else_=0)).label("begun_price"),
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


def count_by_day(conn: Connection, tenant_id: int, span: Span, offsets: Sequence[Offset]) -> list[DayCount]:
    """Return the counts of bookings by day and status; of a specialist's or service's their own items alone are paid for.

    `offsets` are those of the business's zone in the span."""
    day = (_B.starts_at + _piecewise(_B.starts_at, *zip(*offsets, strict=True))) // DAY_S + EPOCH_DAY
    keys = (day.label("day"), _B.status)
    if not _is_part(span):
        statement = select(*keys, *_counts(_B.starts_at, _B.price, span.now)).where(
            *_within(tenant_id, span.since, span.until)
        )
    else:
        paid = (
            select(_I.booking_id, func.sum(_I.price).label("price"))
            .join_from(booking_items, bookings, _ITEM_OF)
            .where(*_items_within(tenant_id, span))
            .group_by(_I.booking_id)
            .subquery()
        )
        statement = select(*keys, *_counts(_B.starts_at, paid.c.price, span.now)).join_from(
            paid, bookings, _B.id == paid.c.booking_id
        )
    return fetch_all(conn, DayCount, statement.group_by(day, _B.status))


def count_by_part(conn: Connection, tenant_id: int, span: Span) -> list[PartCount]:
    """Return the counts of items by specialist, service and status."""
    keys = (_I.specialist_id, _I.service_id, _B.status)
    statement = (
        select(*keys, *_counts(_B.starts_at, _I.price, span.now))
        .join_from(booking_items, bookings, _ITEM_OF)
        .where(*_items_within(tenant_id, span))
        .group_by(*keys)
    )
    return fetch_all(conn, PartCount, statement)


def count_clients(conn: Connection, tenant_id: int, span: Span, starts: Sequence[int]) -> dict[int, ClientCount]:
    """Return by the start of each period how many clients came or will come in it, and how many of them never did before.

    `starts` are those of the periods, which are the whole span; one without clients is not among what is returned."""
    theirs = select(_B.client_id, _piecewise(_B.starts_at, starts, starts).label("since"))
    if _is_part(span):
        theirs = theirs.join_from(booking_items, bookings, _ITEM_OF).where(*_items_within(tenant_id, span))
    came = theirs.where(*_within(tenant_id, span.since, span.until), _B.status.in_(EARNING)).distinct().cte("came")
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
    # grouped, so that a client's first time is looked up once for all periods
    firsts = select(came.c.client_id, first_at.label("first_at")).group_by(came.c.client_id).subquery()
    is_new = firsts.c.first_at >= came.c.since
    statement = (
        select(came.c.since, func.count().label("clients"), _sum(case((is_new, 1), else_=0)).label("new_clients"))
        .join_from(came, firsts, came.c.client_id == firsts.c.client_id)
        .group_by(came.c.since)
    )
    return {row.since: row for row in fetch_all(conn, ClientCount, statement)}


def count_booked_time(conn: Connection, tenant_id: int, span: Span, bucket_s: int) -> list[StretchCount]:
    """Return the booked time within the span by specialist, and by buckets of `bucket_s` seconds since the epoch."""
    of_booking = select(_B.id).where(_B.tenant_id == tenant_id, _B.id == _I.booking_id, _B.status != "held")
    # a place is active as long as its booking is busy; only those of holds and requests are kept until an instant
    is_busy = and_(_I.active, or_(_I.hold_until.is_(None), of_booking.exists()))
    taken_until = func.max(_I.ends_at).over(
        partition_by=_I.specialist_id, order_by=(_I.starts_at, _I.id), rows=(None, -1)
    )
    items = (
        select(_I.specialist_id, _I.starts_at, _I.ends_at, func.coalesce(taken_until, 0).label("taken_until"))
        .where(
            _I.tenant_id == tenant_id,
            *_items_of(span, span.since - MAX_SPAN_S, span.until),
            _I.ends_at > span.since,
            is_busy,
        )
        .subquery()
    )
    own = items.c
    # what of it lies in the span, and is not taken by one that starts before it: a class takes its time once
    begin = _greater(_greater(own.starts_at, own.taken_until), literal(span.since, BigInteger))
    end = case((own.ends_at > span.until, span.until), else_=own.ends_at)
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


def load_specialist_names(conn: Connection, tenant_id: int) -> dict[int, NamedRow]:
    """Return all specialists by id in the business's own order, archived ones included."""
    return _load_named(conn, specialists, tenant_id)


def load_service_names(conn: Connection, tenant_id: int) -> dict[int, NamedRow]:
    """Return all services by id in the business's own order, archived ones included."""
    return _load_named(conn, services, tenant_id)


def _load_named(conn: Connection, table: Table, tenant_id: int) -> dict[int, NamedRow]:
    statement = select(*columns_of(NamedRow, table)).where(table.c.tenant_id == tenant_id)
    return {row.id: row for row in fetch_all(conn, NamedRow, statement.order_by(table.c.position, table.c.id))}


def stream_lines(conn: Connection, tenant_id: int, since: int, until: int) -> Iterator[BookingLine]:
    """Yield a row for each service of each booking that has a client, in order of the booking's start."""
    statement = (
        select(
            _B.id,
            _B.starts_at,
            _B.ends_at,
            _B.status,
            _B.currency,
            _B.comment,
            _B.sequence,
            _B.created_at,
            _I.starts_at.label("item_starts_at"),
            _I.ends_at.label("item_ends_at"),
            _I.price.label("item_price"),
            people.c.name.label("client"),
            people.c.phone,
            specialists.c.name.label("specialist"),
            services.c.name.label("service"),
            people.c.username,
            CLIENT_TAGS.label("tags"),
        )
        .join(booking_items, and_(_I.tenant_id == _B.tenant_id, _I.booking_id == _B.id))
        .join(people, and_(people.c.tenant_id == _B.tenant_id, people.c.id == _B.client_id))
        .join(specialists, and_(specialists.c.tenant_id == _I.tenant_id, specialists.c.id == _I.specialist_id))
        .join(services, and_(services.c.tenant_id == _I.tenant_id, services.c.id == _I.service_id))
        .where(*_within(tenant_id, since, until))
        .order_by(_B.starts_at, _B.id, _I.position)
    )
    return stream_rows(conn, BookingLine, statement, BATCH)
