"""What came of a broadcast: bookings that those made who got it."""

from typing import NamedTuple

from sqlalchemy import BigInteger, Connection, and_, cast, distinct, func, select

from backend.broadcasts.queries.audience import BOOKED
from backend.contract.broadcasts import COUNTED_DAYS
from backend.db.rows import fetch_first
from backend.db.tables import bookings, outbox

_B, _O = bookings.c, outbox.c


class BookedRow(NamedTuple):
    """How many of those who got a broadcast have booked, how often, and for how much (hundredths)."""

    clients: int
    bookings: int
    amount: int


def count_booked_after(conn: Connection, tenant_id: int, broadcast_id: int) -> BookedRow:
    """Return what those have booked within the days after their message who got it; no cancelled bookings."""
    is_after = and_(_B.created_at >= _O.done_at, _B.created_at < _O.done_at + COUNTED_DAYS * 86_400)
    statement = (
        select(
            func.count(distinct(_B.client_id)).label("clients"),
            func.count().label("bookings"),
            # PostgreSQL adds up to a number without a limit
            cast(func.coalesce(func.sum(_B.price), 0), BigInteger).label("amount"),
        )
        .select_from(outbox)
        .join(bookings, and_(_B.tenant_id == _O.tenant_id, _B.client_id == _O.person_id))
        .where(
            _O.tenant_id == tenant_id,
            _O.broadcast_id == broadcast_id,
            _O.kind == "broadcast",
            _O.role == "client",
            _O.status == "sent",
            _B.status.in_(BOOKED),
            is_after,
        )
    )
    row = fetch_first(conn, BookedRow, statement)
    assert row is not None, "an aggregate has one row"
    return row
