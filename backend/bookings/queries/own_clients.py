"""A specialist's own clients, and for whom else they may book."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from sqlalchemy import CompoundSelect, Connection, and_, select

from backend.contract.bookings import Status
from backend.db import dialect
from backend.db.tables import booking_items, bookings, known_clients, people

_B, _I, _K, _P = bookings.c, booking_items.c, known_clients.c, people.c
# What was never a booking makes nobody a client.
NO_BOOKING: tuple[Status, ...] = ("held", "expired")


class StaffReader(NamedTuple):
    """A specialist who looks for clients: their own calendar (None: there is none), and the person who enters clients."""

    specialist_id: int | None
    person_id: int
    sees_contacts: bool = True


def own_client_ids(tenant_id: int, reader: StaffReader) -> CompoundSelect[int | None]:
    """Return the selection of a specialist's own clients: who has or had a booking with them, and whom they have entered."""
    entered = select(_P.id).where(_P.tenant_id == tenant_id, _P.added_by == reader.person_id)
    booked = (
        select(_B.client_id)
        .join(booking_items, and_(_I.tenant_id == _B.tenant_id, _I.booking_id == _B.id))
        .where(_I.tenant_id == tenant_id, _I.specialist_id == reader.specialist_id, _B.status.not_in(NO_BOOKING))
    )
    return booked.union_all(entered)


def find_own_ids(conn: Connection, tenant_id: int, person_ids: Sequence[int], reader: StaffReader) -> set[int]:
    """Return which of the people are clients of the specialist's own."""
    own = own_client_ids(tenant_id, reader).subquery()
    return {row[0] for row in conn.execute(select(own.c.client_id).where(own.c.client_id.in_(list(person_ids))))}


def may_book_for(conn: Connection, tenant_id: int, client_id: int, reader: StaffReader) -> bool:
    """Return whether the person is a client of the specialist's own, or has been found by their whole number."""
    if find_own_ids(conn, tenant_id, [client_id], reader):
        return True
    known = select(_K.client_id).where(
        _K.tenant_id == tenant_id, _K.person_id == reader.person_id, _K.client_id == client_id
    )
    return conn.execute(known).first() is not None


def remember_known(conn: Connection, tenant_id: int, person_id: int, client_ids: Iterable[int]) -> None:
    """Let a specialist book for these clients from now on."""
    rows = [{"tenant_id": tenant_id, "person_id": person_id, "client_id": client_id} for client_id in client_ids]
    if rows:
        statement = dialect.upsert_into(conn, known_clients).values(rows)
        conn.execute(statement.on_conflict_do_nothing(index_elements=["tenant_id", "person_id", "client_id"]))
