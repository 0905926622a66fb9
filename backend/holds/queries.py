"""Visitors' holds in the database."""

from typing import NamedTuple

from sqlalchemy import Connection, func, select, text, update

from backend.bookings.queries.loading import BookingRow
from backend.db.rows import columns_of, fetch_all, fetch_first
from backend.db.tables import bookings, people
from backend.kit.phones import canonical_number, list_written_forms

_B = bookings.c
# Word for word as in the partial indexes, else SQLite does not use them.
_IS_HELD = text("bookings.status = 'held'")
_HAS_TOKEN = text("bookings.claim_hash IS NOT NULL")


def count_open_holds(conn: Connection, tenant_id: int, now: int) -> int:
    """Return how many places visitors hold at the moment."""
    statement = select(func.count()).where(
        _B.tenant_id == tenant_id, _IS_HELD, _B.hold_until > now, _B.client_id.is_(None)
    )
    return int(conn.execute(statement).scalar_one())


def find_by_token(conn: Connection, tenant_id: int, claim_hash: bytes) -> BookingRow | None:
    """Return the booking of a token, in any state, or None."""
    statement = select(*columns_of(BookingRow, bookings)).where(
        _B.tenant_id == tenant_id, _B.claim_hash == claim_hash, _HAS_TOKEN
    )
    return fetch_first(conn, BookingRow, statement)


def set_client(conn: Connection, tenant_id: int, booking_id: int, person_id: int) -> bool:
    """Make the hold this person's; return False where it has a client already or is not held any more."""
    statement = update(bookings).where(
        _B.tenant_id == tenant_id, _B.id == booking_id, _B.client_id.is_(None), _B.status == "held"
    )
    return conn.execute(statement.values(client_id=person_id).returning(_B.id)).first() is not None


class _Owner(NamedTuple):
    id: int
    phone: str


def find_owner_of_number(conn: Connection, tenant_id: int, number: str, region: str | None) -> int | None:
    """Return the id of the person who can be written to and was the last to prove that this number is theirs."""
    statement = select(*columns_of(_Owner, people)).where(
        people.c.tenant_id == tenant_id,
        people.c.phone_digits.in_(sorted(list_written_forms(number, region))),
        people.c.phone_verified_at.is_not(None),
        people.c.tg_id.is_not(None),
        people.c.unreachable_at.is_(None),
        people.c.blocked.is_(False),
    )
    wanted = canonical_number(number, region)
    owners = fetch_all(conn, _Owner, statement.order_by(people.c.phone_verified_at.desc(), people.c.id.desc()))
    return next((owner.id for owner in owners if canonical_number(owner.phone, region) == wanted), None)
