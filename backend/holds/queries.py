"""Visitors' holds in the database."""

from typing import NamedTuple

from sqlalchemy import Connection, and_, distinct, func, select, text, update

from backend.bookings.queries.loading import BookingRow
from backend.bookings.queries.writing import keep_places, update_booking
from backend.db.rows import columns_of, fetch_all, fetch_first
from backend.db.tables import MAX_SPAN_S, booking_items, bookings, outbox, people
from backend.holds.rules import HeldPart
from backend.kit.phones import canonical_number, list_written_forms
from backend.schedule.steps import PlacedStep

_B, _I = bookings.c, booking_items.c
# How many of the newest bookings are looked at: their order is that of an index.
LATEST = 200
# Word for word as in the partial indexes, else SQLite does not use them.
_IS_HELD = text("bookings.status = 'held'")
_IS_ACTIVE = text("booking_items.active")
# a place that is held for a move has no client of its own either, but somebody has asked for it
_IS_VISITORS = and_(_B.client_id.is_(None), _B.created_by.is_(None))
_HAS_TOKEN = text("bookings.claim_hash IS NOT NULL")


def count_open_holds(conn: Connection, tenant_id: int, now: int) -> int:
    """Return how many places visitors hold at the moment."""
    statement = select(func.count()).where(_B.tenant_id == tenant_id, _IS_HELD, _B.hold_until > now, _IS_VISITORS)
    return int(conn.execute(statement).scalar_one())


def load_open_stretches(
    conn: Connection, tenant_id: int, specialist_id: int, since: int, until: int, now: int
) -> list[HeldPart]:
    """Return what visitors hold with a specialist at the moment, within `[since, until)`."""
    statement = select(_I.occ_start, _I.occ_end, _I.places, _I.capacity).where(
        _I.tenant_id == tenant_id,
        _I.specialist_id == specialist_id,
        _IS_ACTIVE,
        _I.occ_start < until,
        _I.occ_start > since - MAX_SPAN_S,
        _I.occ_end > since,
        _I.hold_until > now,
        _I.booking_id.in_(select(_B.id).where(_B.tenant_id == tenant_id, _IS_HELD, _B.hold_until > now, _IS_VISITORS)),
    )
    return [HeldPart(*row) for row in conn.execute(statement)]


def count_unused_holds(conn: Connection, tenant_id: int, place: PlacedStep, since: int) -> int:
    """Return how many visitors have held a part of this place since then and let it go."""
    statement = (
        select(func.count(distinct(_B.id)))
        .select_from(booking_items.join(bookings, and_(_B.tenant_id == _I.tenant_id, _B.id == _I.booking_id)))
        .where(
            _I.tenant_id == tenant_id,
            _I.specialist_id == place.specialist_id,
            _I.starts_at < place.occ_end,
            _I.starts_at > place.occ_start - MAX_SPAN_S,
            _I.occ_start < place.occ_end,
            _I.occ_end > place.occ_start,
            _IS_VISITORS,
            _B.status == "expired",
            _B.created_at > since,
        )
    )
    return int(conn.execute(statement).scalar_one())


def count_recent_unused(conn: Connection, tenant_id: int, since: int) -> int:
    """Return how many of the last bookings are visitors' holds, taken since then, that nobody has made their own."""
    latest = select(_B.client_id, _B.created_by, _B.created_at).where(_B.tenant_id == tenant_id)
    recent = latest.order_by(_B.id.desc()).limit(LATEST).subquery()
    statement = select(func.count()).where(
        recent.c.client_id.is_(None), recent.c.created_by.is_(None), recent.c.created_at > since
    )
    return int(conn.execute(statement).scalar_one())


def extend_hold(conn: Connection, tenant_id: int, row: BookingRow, hold_until: int) -> BookingRow:
    """Keep a hold and its places until then; return its row as it is now."""
    keep_places(conn, tenant_id, row.id, hold_until)
    return update_booking(conn, tenant_id, row, hold_until=hold_until)


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


def find_asked_holds(conn: Connection, tenant_id: int, person_id: int, now: int, count: int) -> list[BookingRow]:
    """Return the open holds for which a code was asked with a person's number, the latest first."""
    asked = select(outbox.c.booking_id).where(
        outbox.c.tenant_id == tenant_id,
        outbox.c.booking_id == _B.id,
        outbox.c.kind == "code",
        outbox.c.person_id == person_id,
    )
    statement = (
        select(*columns_of(BookingRow, bookings))
        .where(_B.tenant_id == tenant_id, _IS_HELD, _B.hold_until > now, _B.client_id.is_(None), asked.exists())
        .order_by(_B.id.desc())
        .limit(count)
    )
    return fetch_all(conn, BookingRow, statement)


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
