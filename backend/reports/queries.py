"""Counts and rows for figures and files. Instants are epoch seconds, ranges half-open, by the booking's start."""

from collections.abc import Iterator
from typing import NamedTuple

from sqlalchemy import BigInteger, ColumnElement, Connection, Table, and_, case, cast, func, select

from backend.contract.bookings import Status
from backend.db.rows import columns_of, fetch_all, stream_rows
from backend.db.tables import ACTIVE, booking_items, bookings, people, services, specialists

_B, _I = bookings.c, booking_items.c
BATCH = 500


class StartCount(NamedTuple):
    """The bookings of one start and status: how many, the sum of their prices, and both of those that have begun."""

    starts_at: int
    status: Status
    bookings: int
    price: int
    begun: int
    begun_price: int


class PartCount(NamedTuple):
    """The items of one specialist, service and status, as in `StartCount`."""

    specialist_id: int
    service_id: int
    status: Status
    bookings: int
    price: int
    begun: int
    begun_price: int


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
    """One service of a booking, with the names that a file shows."""

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


def _within(tenant_id: int, since: int, until: int) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions of bookings that begin in the range; a hold is not one, and has not been one if it expired."""
    is_booking = _B.status.not_in(("held", "expired"))
    return _B.tenant_id == tenant_id, _B.starts_at >= since, _B.starts_at < until, is_booking


def _sum(value: ColumnElement[int]) -> ColumnElement[int]:
    # PostgreSQL adds up to a number without a limit
    return cast(func.sum(value), BigInteger)


def _of_begun(value: ColumnElement[int] | int, now: int) -> ColumnElement[int]:
    return case((_B.starts_at <= now, value), else_=0)


def count_by_start(conn: Connection, tenant_id: int, since: int, until: int, now: int) -> list[StartCount]:
    """Return the counts of bookings by start and status."""
    statement = (
        select(
            _B.starts_at,
            _B.status,
            func.count().label("bookings"),
            _sum(_B.price).label("price"),
            _sum(_of_begun(1, now)).label("begun"),
            _sum(_of_begun(_B.price, now)).label("begun_price"),
        )
        .where(*_within(tenant_id, since, until))
        .group_by(_B.starts_at, _B.status)
    )
    return fetch_all(conn, StartCount, statement)


def count_by_part(conn: Connection, tenant_id: int, since: int, until: int, now: int) -> list[PartCount]:
    """Return the counts of items by specialist, service and status."""
    statement = (
        select(
            _I.specialist_id,
            _I.service_id,
            _B.status,
            func.count().label("bookings"),
            _sum(_I.price).label("price"),
            _sum(_of_begun(1, now)).label("begun"),
            _sum(_of_begun(_I.price, now)).label("begun_price"),
        )
        .join(bookings, and_(_B.tenant_id == _I.tenant_id, _B.id == _I.booking_id))
        .where(*_within(tenant_id, since, until))
        .group_by(_I.specialist_id, _I.service_id, _B.status)
    )
    return fetch_all(conn, PartCount, statement)


def list_occupied(conn: Connection, tenant_id: int, since: int, until: int) -> list[OccupiedStretch]:
    """Return the stretches of bookings that took or will take place, each once."""
    statement = (
        select(*columns_of(OccupiedStretch, booking_items))
        .join(bookings, and_(_B.tenant_id == _I.tenant_id, _B.id == _I.booking_id))
        .where(
            _B.tenant_id == tenant_id,
            _B.starts_at >= since,
            _B.starts_at < until,
            _B.status.in_(tuple(status for status in ACTIVE if status != "held")),
        )
        .distinct()
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
        )
        .join(booking_items, and_(_I.tenant_id == _B.tenant_id, _I.booking_id == _B.id))
        .join(people, and_(people.c.tenant_id == _B.tenant_id, people.c.id == _B.client_id))
        .join(specialists, and_(specialists.c.tenant_id == _I.tenant_id, specialists.c.id == _I.specialist_id))
        .join(services, and_(services.c.tenant_id == _I.tenant_id, services.c.id == _I.service_id))
        .where(*_within(tenant_id, since, until))
        .order_by(_B.starts_at, _B.id, _I.position)
    )
    return stream_rows(conn, BookingLine, statement, BATCH)
