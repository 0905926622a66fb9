"""Who has had how many visits: what assigning visits fairly looks at."""

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


_THAT_DAY = CompiledQuery(
    _BookedThatDay,
    select(_I.specialist_id, func.count(distinct(_I.booking_id)).label("bookings"))
    .where(
        _I.tenant_id == bindparam("tenant"),
        _I.specialist_id.in_(bindparam("ids", expanding=True)),
        _ACTIVE,
        _I.starts_at >= bindparam("since"),
        _I.starts_at < bindparam("until"),
        # says the same, in the words of the index
        _I.occ_start < bindparam("until"),
        _I.occ_start > bindparam("since") - MAX_SPAN_S,
    )
    .group_by(_I.specialist_id),
)
_LATEST = CompiledScalar(
    select(func.max(_I.id).label("latest")).where(
        _I.tenant_id == bindparam("tenant"), _I.specialist_id == bindparam("specialist"), _ACTIVE
    )
)


def booked_that_day(conn: Connection, tenant_id: int, who: Sequence[int], since: int, until: int) -> dict[int, int]:
    """How many visits of each specialist begin in `[since, until)`; who has none is left out."""
    rows = _THAT_DAY.all(conn, tenant=tenant_id, ids=list(who), since=since, until=until) if who else ()
    return {row.specialist_id: row.bookings for row in rows}


def last_booked(conn: Connection, tenant_id: int, who: Iterable[int]) -> dict[int, int]:
    """A number that grows with time: when each specialist was last booked; who never was is left out."""
    latest = {one: _LATEST.first(conn, tenant=tenant_id, specialist=one) for one in who}
    return {one: number for one, number in latest.items() if number is not None}
