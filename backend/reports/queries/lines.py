"""Rows for figures and files: names, and bookings line by line."""

from collections.abc import Iterator
from typing import NamedTuple

from sqlalchemy import Connection, Table, and_, select

from backend.bookings.queries.loading import CLIENT_TAGS
from backend.contract.bookings import Status
from backend.db.rows import columns_of, fetch_all, stream_rows
from backend.db.tables import booking_items, bookings, people, services, specialists
from backend.reports.queries.figures import bookings_within

_B, _I = bookings.c, booking_items.c
BATCH = 500


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
        .where(*bookings_within(tenant_id, since, until))
        .order_by(_B.starts_at, _B.id, _I.position)
    )
    return stream_rows(conn, BookingLine, statement, BATCH)
