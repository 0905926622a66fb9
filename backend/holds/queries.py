"""Visitors' holds in the database. The tenant comes first everywhere."""

from typing import Any

from sqlalchemy import Connection, Row, func, select, text, update

from backend.bookings.queries import BookingRow
from backend.db.rows import columns_of, fetch_first
from backend.db.tables import bookings, people

AnyRow = Row[*tuple[Any, ...]]
_B = bookings.c
# Word for word as in the partial indexes, else SQLite does not use them.
_HELD = text("bookings.status = 'held'")
_CLAIMED_BY_TOKEN = text("bookings.claim_hash IS NOT NULL")


def open_holds(conn: Connection, tenant_id: int, now: int) -> int:
    """How many places visitors hold at the moment."""
    statement = select(func.count()).where(
        _B.tenant_id == tenant_id, _HELD, _B.hold_until > now, _B.client_id.is_(None)
    )
    return int(conn.execute(statement).scalar_one())


def by_token(conn: Connection, tenant_id: int, claim_hash: bytes) -> BookingRow | None:
    """The hold of a token, in whatever state."""
    statement = select(*columns_of(BookingRow, bookings)).where(
        _B.tenant_id == tenant_id, _B.claim_hash == claim_hash, _CLAIMED_BY_TOKEN
    )
    return fetch_first(conn, BookingRow, statement)


def take_over(conn: Connection, tenant_id: int, booking_id: int, person_id: int) -> bool:
    """The hold is this person's from now on; False where it is somebody's already or held no longer."""
    statement = update(bookings).where(
        _B.tenant_id == tenant_id, _B.id == booking_id, _B.client_id.is_(None), _B.status == "held"
    )
    return conn.execute(statement.values(client_id=person_id).returning(_B.id)).first() is not None


def owner_of_number(conn: Connection, tenant_id: int, digits: str) -> AnyRow | None:
    """The person who can be written to and has proved last that this number is theirs."""
    statement = select(people.c.id).where(
        people.c.tenant_id == tenant_id,
        people.c.phone_digits == digits,
        people.c.phone_verified_at.is_not(None),
        people.c.tg_id.is_not(None),
        people.c.unreachable_at.is_(None),
        people.c.blocked.is_(False),
    )
    return conn.execute(statement.order_by(people.c.phone_verified_at.desc(), people.c.id.desc()).limit(1)).first()
