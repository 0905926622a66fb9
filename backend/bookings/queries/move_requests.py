"""Requests of clients for another time, in the database."""

from collections.abc import Collection, Mapping
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, select, text

from backend.contract.bookings import MoveOutcome
from backend.db.compiled import CompiledQuery, insert_returning, update_rows
from backend.db.rows import columns_of
from backend.db.tables import bookings, move_requests

_M = move_requests.c
# Word for word as in the partial index, else SQLite does not use it.
_IS_OPEN = text("move_requests.outcome IS NULL")


class MoveRequestRow(NamedTuple):
    """A row of `move_requests`; see `db/tables.py` for what the columns mean."""

    id: int
    booking_id: int
    starts_at: int | None
    specialist_ids: str
    hold_id: int | None
    sequence: int
    text: str
    decide_by: int
    outcome: MoveOutcome | None
    decided_by: int | None
    note: str


class HeldForRow(NamedTuple):
    """A held place, the booking that asks to move there, and its client."""

    hold_id: int | None
    booking_id: int
    client_id: int | None


_REQUESTS = CompiledQuery(
    MoveRequestRow,
    select(*columns_of(MoveRequestRow, move_requests)).where(
        _M.tenant_id == bindparam("tenant"), _M.id.in_(bindparam("ids", expanding=True))
    ),
)
_LAPSED = CompiledQuery(
    MoveRequestRow,
    select(*columns_of(MoveRequestRow, move_requests)).where(
        _M.tenant_id == bindparam("tenant"), _IS_OPEN, _M.decide_by <= bindparam("now")
    ),
)

_HELD_FOR = CompiledQuery(
    HeldForRow,
    select(_M.hold_id, _M.booking_id, bookings.c.client_id)
    .join(bookings, (bookings.c.tenant_id == _M.tenant_id) & (bookings.c.id == _M.booking_id))
    .where(_M.tenant_id == bindparam("tenant"), _IS_OPEN, _M.hold_id.in_(bindparam("ids", expanding=True))),
)


def load_held_for(conn: Connection, tenant_id: int, hold_ids: Collection[int]) -> dict[int, HeldForRow]:
    """Return which bookings ask to move to these held places, by the ids of the holds."""
    if not hold_ids:
        return {}
    rows = _HELD_FOR.all(conn, tenant=tenant_id, ids=list(hold_ids))
    return {row.hold_id: row for row in rows if row.hold_id is not None}


def load_move_requests(conn: Connection, tenant_id: int, ids: Collection[int]) -> dict[int, MoveRequestRow]:
    """Return requests by their ids."""
    if not ids:
        return {}
    return {row.id: row for row in _REQUESTS.all(conn, tenant=tenant_id, ids=list(ids))}


def find_lapsed_move_requests(conn: Connection, tenant_id: int, now: int) -> list[MoveRequestRow]:
    """Return the requests that nobody has answered in time."""
    return _LAPSED.all(conn, tenant=tenant_id, now=now)


def tenants_with_lapsed_move_requests(conn: Connection, now: int) -> list[int]:
    """Return the ids of tenants with such requests."""
    return list(conn.execute(select(_M.tenant_id).where(_IS_OPEN, _M.decide_by <= now).distinct()).scalars())


def insert_move_request(conn: Connection, values: Mapping[str, object]) -> MoveRequestRow:
    """Insert a request and return its row."""
    return insert_returning(conn, MoveRequestRow, move_requests, values)


def settle_move_request(
    conn: Connection, tenant_id: int, request_id: int, outcome: MoveOutcome, decided_by: int | None, note: str
) -> None:
    """Write what has become of a request."""
    values = {"outcome": outcome, "decided_by": decided_by, "note": note}
    update_rows(conn, move_requests, {"tenant_id": tenant_id, "id": request_id}, values)


def shift_move_request(
    conn: Connection, tenant_id: int, request_id: int, starts_at: int | None, decide_by: int, sequence: int
) -> None:
    """Let a request be for another instant, and wait until another one, of its booking as it is now."""
    values = {"starts_at": starts_at, "decide_by": decide_by, "sequence": sequence}
    update_rows(conn, move_requests, {"tenant_id": tenant_id, "id": request_id}, values)


def set_request_sequence(conn: Connection, tenant_id: int, request_id: int, sequence: int) -> None:
    """Tie a request to its booking as it is now."""
    update_rows(conn, move_requests, {"tenant_id": tenant_id, "id": request_id}, {"sequence": sequence})
