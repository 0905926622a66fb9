"""Walk-ins and the clients in Telegram whom they turned out to be."""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec
from sqlalchemy import Connection, Select, delete, func, insert, or_, select, update

from backend.contract.bookings import Status
from backend.db.rows import columns_of, fetch_all, fetch_first
from backend.db.tables import bookings, client_joins, client_tags, people
from backend.kit.phones import canonical_number, list_written_forms

_B, _J, _P = bookings.c, client_joins.c, people.c
# So long an admin may undo a join.
UNDO_S = 30 * 86_400
# What was never a booking says nothing of who was here.
_NO_BOOKING: tuple[Status, ...] = ("held", "expired")


class JoinRow(NamedTuple):
    """A join, proposed or made. `booking_ids` is a JSON array."""

    id: int
    walk_in_id: int
    client_id: int
    status: str
    booking_ids: str
    was_blocked: bool
    created_at: int
    joined_at: int | None


class PersonOfNumber(NamedTuple):
    """Somebody with a phone number."""

    id: int
    name: str
    phone: str | None
    note: str
    team_note: str
    blocked: bool
    joined_into: int | None


def find_walk_ins(conn: Connection, tenant_id: int, number: str, region: str | None) -> list[PersonOfNumber]:
    """Return the walk-ins of that number who are nobody else's yet."""
    statement = _of_number(tenant_id, number, region).where(_P.tg_id.is_(None), _P.joined_into.is_(None))
    return _same_number(fetch_all(conn, PersonOfNumber, statement.order_by(_P.id)), number, region)


def find_clients_of_number(conn: Connection, tenant_id: int, number: str, region: str | None) -> list[PersonOfNumber]:
    """Return the clients in Telegram who have shown that this number is theirs."""
    statement = _of_number(tenant_id, number, region).where(_P.tg_id.is_not(None), _P.phone_verified_at.is_not(None))
    return _same_number(fetch_all(conn, PersonOfNumber, statement.order_by(_P.id)), number, region)


def _of_number(tenant_id: int, number: str, region: str | None) -> Select[*tuple[object, ...]]:
    forms = sorted(list_written_forms(number, region))
    return select(*columns_of(PersonOfNumber, people)).where(
        _P.tenant_id == tenant_id, _P.phone_digits.in_(forms), _P.erased_at.is_(None)
    )


def find_ids_of_number(conn: Connection, tenant_id: int, number: str, region: str | None) -> list[int]:
    """Return the ids of everybody who has this number, however it is written."""
    rows = fetch_all(conn, PersonOfNumber, _of_number(tenant_id, number, region).order_by(_P.id))
    return [row.id for row in _same_number(rows, number, region)]


def _same_number(rows: list[PersonOfNumber], number: str, region: str | None) -> list[PersonOfNumber]:
    wanted = canonical_number(number, region)
    return [row for row in rows if canonical_number(row.phone or "", region) == wanted]


def load_person_of_number(conn: Connection, tenant_id: int, person_id: int) -> PersonOfNumber | None:
    """Return the person, erased or not."""
    statement = select(*columns_of(PersonOfNumber, people)).where(_P.tenant_id == tenant_id, _P.id == person_id)
    return fetch_first(conn, PersonOfNumber, statement)


def was_ever_joined(conn: Connection, tenant_id: int, walk_in_id: int) -> bool:
    """Return whether the walk-in was joined with anybody before, also where that was undone."""
    statement = select(_J.id).where(
        _J.tenant_id == tenant_id, _J.walk_in_id == walk_in_id, _J.status.in_(("joined", "undone"))
    )
    return conn.execute(statement.limit(1)).first() is not None


def has_booking_since(conn: Connection, tenant_id: int, person_id: int, since: int) -> bool:
    """Return whether the person has a booking that begins after then."""
    statement = select(_B.id).where(
        _B.tenant_id == tenant_id, _B.client_id == person_id, _B.starts_at > since, _B.status.not_in(_NO_BOOKING)
    )
    return conn.execute(statement.limit(1)).first() is not None


def propose_join(conn: Connection, tenant_id: int, walk_in_id: int, client_id: int, now: int) -> JoinRow:
    """Return the join of both, proposed now where there is none yet."""
    known = _find_pair(conn, tenant_id, walk_in_id, client_id)
    if known is None:
        conn.execute(
            insert(client_joins).values(
                tenant_id=tenant_id, walk_in_id=walk_in_id, client_id=client_id, status="proposed", created_at=now
            )
        )
        known = _find_pair(conn, tenant_id, walk_in_id, client_id)
        assert known is not None, "it has just been inserted"
    return known


def _find_pair(conn: Connection, tenant_id: int, walk_in_id: int, client_id: int) -> JoinRow | None:
    statement = select(*columns_of(JoinRow, client_joins)).where(
        _J.tenant_id == tenant_id, _J.walk_in_id == walk_in_id, _J.client_id == client_id
    )
    return fetch_first(conn, JoinRow, statement)


def find_join(conn: Connection, tenant_id: int, join_id: int) -> JoinRow | None:
    """Return a join, or None."""
    statement = select(*columns_of(JoinRow, client_joins)).where(_J.tenant_id == tenant_id, _J.id == join_id)
    return fetch_first(conn, JoinRow, statement)


def list_joins(conn: Connection, tenant_id: int, joined_since: int) -> list[JoinRow]:
    """Return what is proposed of walk-ins that are nobody else's, and what was joined since then, the latest first."""
    free = select(_P.id).where(_P.tenant_id == tenant_id, _P.joined_into.is_(None), _P.erased_at.is_(None))
    statement = (
        select(*columns_of(JoinRow, client_joins))
        .where(
            _J.tenant_id == tenant_id,
            or_(
                (_J.status == "proposed") & _J.walk_in_id.in_(free) & _J.client_id.in_(free),
                (_J.status == "joined") & (_J.joined_at > joined_since),
            ),
        )
        .order_by(_J.status.desc(), _J.id.desc())
        .limit(200)
    )
    return fetch_all(conn, JoinRow, statement)


def count_proposed(conn: Connection, tenant_id: int) -> int:
    """Return how many joins wait for an admin's answer."""
    free = select(_P.id).where(_P.tenant_id == tenant_id, _P.joined_into.is_(None), _P.erased_at.is_(None))
    statement = select(func.count()).where(
        _J.tenant_id == tenant_id, _J.status == "proposed", _J.walk_in_id.in_(free), _J.client_id.in_(free)
    )
    return int(conn.execute(statement).scalar_one())


def count_joined(conn: Connection, tenant_id: int, since: int) -> int:
    """Return how many were joined since then."""
    statement = select(func.count()).where(_J.tenant_id == tenant_id, _J.status == "joined", _J.joined_at > since)
    return int(conn.execute(statement).scalar_one())


def set_join(conn: Connection, tenant_id: int, join_id: int, values: dict[str, object]) -> None:
    """Change columns of a join."""
    conn.execute(update(client_joins).where(_J.tenant_id == tenant_id, _J.id == join_id).values(values))


def move_bookings(
    conn: Connection, tenant_id: int, from_id: int, to_id: int, only: Sequence[int] | None = None
) -> list[int]:
    """Make the bookings of one person another's, all or those of the ids, and return the ids of those that moved."""
    statement = update(bookings).where(_B.tenant_id == tenant_id, _B.client_id == from_id)
    if only is not None:
        statement = statement.where(_B.id.in_(list(only)))
    return sorted(conn.execute(statement.values(client_id=to_id).returning(_B.id)).scalars())


def erase_joined(conn: Connection, tenant_id: int, client_id: int, now: int) -> None:
    """Forget the walk-ins that joined this client, as the client is forgotten; nobody is asked any more who they are."""
    is_theirs = or_(client_joins.c.walk_in_id == client_id, client_joins.c.client_id == client_id)
    conn.execute(
        update(client_joins)
        .where(client_joins.c.tenant_id == tenant_id, is_theirs, client_joins.c.status == "proposed")
        .values(status="refused")
    )
    theirs = select(_P.id).where(_P.tenant_id == tenant_id, _P.joined_into == client_id)
    conn.execute(delete(client_tags).where(client_tags.c.tenant_id == tenant_id, client_tags.c.person_id.in_(theirs)))
    conn.execute(
        update(people)
        .where(_P.tenant_id == tenant_id, _P.joined_into == client_id)
        .values(name="", name_search="", phone=None, phone_digits="", note="", team_note="", erased_at=now)
    )


def decode_booking_ids(document: str) -> list[int]:
    """Decode the column `booking_ids`."""
    return msgspec.json.decode(document, type=list[int])


def encode_booking_ids(ids: list[int]) -> str:
    """Encode the column `booking_ids`."""
    return msgspec.json.encode(ids).decode()
