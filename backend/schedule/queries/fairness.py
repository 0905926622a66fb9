"""How many bookings each specialist has had: what assigning bookings fairly looks at."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, distinct, func, select, text

from backend.db.compiled import CompiledQuery, CompiledScalar
from backend.db.tables import MAX_SPAN_S, booking_items

_I = booking_items.c
# Word for word as in the partial index, else SQLite does not use it.
_ACTIVE = text("booking_items.active")


class _BookedThatDay(NamedTuple):
    specialist_id: int
    bookings: int


_BOOKED_THAT_DAY = CompiledQuery(
    _BookedThatDay,
    select(_I.specialist_id, func.count(distinct(_I.booking_id)).label("bookings"))
    .where(
        _I.tenant_id == bindparam("tenant"),
        _I.specialist_id.in_(bindparam("ids", expanding=True)),
        _ACTIVE,
        _I.starts_at >= bindparam("since"),
        _I.starts_at < bindparam("until"),
        # implied by the others, but only columns of the index bound its search
        _I.occ_start < bindparam("until"),
        _I.occ_start > bindparam("since") - MAX_SPAN_S,
    )
    .group_by(_I.specialist_id),
)
_LATEST_ITEM = CompiledScalar(
    select(func.max(_I.id).label("latest")).where(
        _I.tenant_id == bindparam("tenant"), _I.specialist_id == bindparam("specialist"), _ACTIVE
    )
)


def count_bookings_that_day(
    conn: Connection, tenant_id: int, specialist_ids: Sequence[int], since: int, until: int
) -> dict[int, int]:
    """Return how many bookings of each specialist begin in `[since, until)`; those with none are left out."""
    if not specialist_ids:
        return {}
    rows = _BOOKED_THAT_DAY.all(conn, tenant=tenant_id, ids=list(specialist_ids), since=since, until=until)
    return {row.specialist_id: row.bookings for row in rows}


def find_last_booked(conn: Connection, tenant_id: int, specialist_ids: Iterable[int]) -> dict[int, int]:
    """Return for each specialist a number that grows with the time of their latest booking; those with none are left out."""
    latest = {each: _LATEST_ITEM.first(conn, tenant=tenant_id, specialist=each) for each in specialist_ids}
    return {specialist_id: number for specialist_id, number in latest.items() if number is not None}
