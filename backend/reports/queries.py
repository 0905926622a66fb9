"""Counts and rows for figures and files. Instants are epoch seconds, ranges half-open, by the booking's start."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, ColumnElement, Connection, Select, Table, and_, case, cast, distinct, func, select

from backend.bookings.queries.loading import CLIENT_TAGS
from backend.contract.bookings import Status
from backend.db.rows import columns_of, fetch_all, fetch_first, stream_rows
from backend.db.tables import ACTIVE, MAX_SPAN_S, booking_items, bookings, people, services, specialists
from backend.reports.rules import EARNING, NEVER_PROMISED

_B, _I = bookings.c, booking_items.c
_ITEM_OF = and_(_B.tenant_id == _I.tenant_id, _B.id == _I.booking_id)
BATCH = 500
# In which states a booking keeps its specialist busy; a hold is not one yet.
BUSY = tuple(status for status in ACTIVE if status != "held")


class Span(NamedTuple):
    """What is counted: bookings that begin in `[since, until)`, all of them or those of one specialist or service.

    `now` tells what has begun."""

    since: int
    until: int
    now: int
    specialist_id: int | None = None
    service_id: int | None = None


class StatusCount(NamedTuple):
    """Bookings of one status: how many, the sum of their prices, both of those that have begun, and what was lost."""

    status: Status
    bookings: int
    price: int
    begun: int
    begun_price: int
    lost_price: int


class StartCount(NamedTuple):
    """The bookings of one start and status, as in `StatusCount`."""

    starts_at: int
    status: Status
    bookings: int
    price: int
    begun: int
    begun_price: int
    lost_price: int


class PartCount(NamedTuple):
    """The items of one specialist, service and status, as in `StatusCount`."""

    specialist_id: int
    service_id: int
    status: Status
    bookings: int
    price: int
    begun: int
    begun_price: int
    lost_price: int


class ClientCount(NamedTuple):
    """How many clients came or will come, and how many of them for the first time."""

    clients: int
    new_clients: int


class OccupiedStretch(NamedTuple):
    """A stretch of a specialist's time, without buffers."""

    specialist_id: int
    starts_at: int
    ends_at: int


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


def _of_part(span: Span) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions of the items of the span's specialist or service; none where all are counted.

    The sum keeps SQLite off the index of specialists, which would lead through all their items once for each booking."""
    wanted = ((_I.specialist_id, span.specialist_id), (_I.service_id, span.service_id))
    return tuple(column + 0 == value for column, value in wanted if value is not None)


def _sum(value: ColumnElement[int]) -> ColumnElement[int]:
    # PostgreSQL adds up to a number without a limit
    return cast(func.coalesce(func.sum(value), 0), BigInteger)


def _counts(count: ColumnElement[int], begun: ColumnElement[int], price: ColumnElement[int], now: int) -> list[Any]:
    """Return the columns of `StatusCount` behind its status."""
    was_promised = func.coalesce(_B.end_reason, "").not_in(NEVER_PROMISED)
    is_lost = and_(_B.status.in_(("cancelled", "no_show")), was_promised)
    return [
        count.label("bookings"),
        _sum(price).label("price"),
        begun.label("begun"),
        _sum(case((_B.starts_at <= now, price), else_=0)).label("begun_price"),
        _sum(case((is_lost, price), else_=0)).label("lost_price"),
    ]


def _select_bookings(span: Span, tenant_id: int, *keys: ColumnElement[Any]) -> Select[Any]:
    """Return counts by the keys; of a specialist's or service's bookings their own items alone are paid for."""
    part = _of_part(span)
    if not part:
        begun = _sum(case((_B.starts_at <= span.now, 1), else_=0))
        columns = _counts(func.count(), begun, _B.price, span.now)
        return select(*keys, *columns).where(*_within(tenant_id, span.since, span.until)).group_by(*keys)
    begun = func.count(distinct(case((_B.starts_at <= span.now, _B.id))))
    columns = _counts(func.count(distinct(_B.id)), begun, _I.price, span.now)
    return (
        select(*keys, *columns)
        .join_from(booking_items, bookings, _ITEM_OF)
        .where(*_within(tenant_id, span.since, span.until), *part)
        .group_by(*keys)
    )


def count_by_status(conn: Connection, tenant_id: int, span: Span) -> list[StatusCount]:
    """Return the counts of bookings by status."""
    return fetch_all(conn, StatusCount, _select_bookings(span, tenant_id, _B.status))


def count_by_start(conn: Connection, tenant_id: int, span: Span) -> list[StartCount]:
    """Return the counts of bookings by start and status."""
    return fetch_all(conn, StartCount, _select_bookings(span, tenant_id, _B.starts_at, _B.status))


def count_by_part(conn: Connection, tenant_id: int, span: Span) -> list[PartCount]:
    """Return the counts of items by specialist, service and status."""
    begun = _sum(case((_B.starts_at <= span.now, 1), else_=0))
    columns = _counts(func.count(), begun, _I.price, span.now)
    keys = (_I.specialist_id, _I.service_id, _B.status)
    statement = (
        select(*keys, *columns)
        .join_from(booking_items, bookings, _ITEM_OF)
        .where(*_within(tenant_id, span.since, span.until), *_of_part(span))
        .group_by(*keys)
    )
    return fetch_all(conn, PartCount, statement)


def count_clients(conn: Connection, tenant_id: int, span: Span) -> ClientCount:
    """Return how many clients came or will come, and how many of them never did before the span."""
    theirs = select(_B.client_id).where(*_within(tenant_id, span.since, span.until), _B.status.in_(EARNING))
    if part := _of_part(span):
        theirs = theirs.join_from(bookings, booking_items, _ITEM_OF).where(*part)
    came = theirs.distinct().subquery()
    before = bookings.alias("before")
    is_known = (
        select(before.c.id)
        .where(
            before.c.tenant_id == tenant_id,
            before.c.client_id == came.c.client_id,
            before.c.starts_at < span.since,
            before.c.status.in_(EARNING),
        )
        .exists()
    )
    statement = select(func.count().label("clients"), _sum(case((is_known, 0), else_=1)).label("new_clients"))
    row = fetch_first(conn, ClientCount, statement.select_from(came))
    assert row is not None, "an aggregate has one row"
    return row


def list_occupied(conn: Connection, tenant_id: int, span: Span) -> list[OccupiedStretch]:
    """Return the stretches of bookings that took or will take place, as far as they touch the span; a class has many."""
    statement = (
        select(*columns_of(OccupiedStretch, booking_items))
        .where(
            _I.tenant_id == tenant_id,
            _I.starts_at >= span.since - MAX_SPAN_S,
            _I.starts_at < span.until,
            _I.ends_at > span.since,
            *_of_part(span),
        )
        .join_from(booking_items, bookings, _ITEM_OF)
        .where(_B.status.in_(BUSY))
    )
    return fetch_all(conn, OccupiedStretch, statement)


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
