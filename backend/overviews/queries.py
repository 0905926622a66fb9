"""What a day's agenda asks of the database beyond the features' own queries."""

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import Connection, or_, select, text

from backend.db.rows import columns_of, fetch_all
from backend.db.tables import booking_items, specialists

_I, _S = booking_items.c, specialists.c
# Word for word as in the partial index, else SQLite does not use it.
_ACTIVE = text("booking_items.active")


class _Specialist(NamedTuple):
    id: int
    name: str


class BookedItem(NamedTuple):
    """An item of a booking in a specialist's calendar."""

    specialist_id: int
    booking_id: int
    starts_at: int


def list_specialist_names(conn: Connection, tenant_id: int, specialist_id: int | None = None) -> dict[int, str]:
    """Return the names of specialists in the business's order, or of the one with that id."""
    statement = select(*columns_of(_Specialist, specialists)).where(_S.tenant_id == tenant_id, _S.archived_at.is_(None))
    if specialist_id is not None:
        statement = statement.where(_S.id == specialist_id)
    rows = fetch_all(conn, _Specialist, statement.order_by(_S.position, _S.id))
    return {row.id: row.name for row in rows}


def list_booked_items(
    conn: Connection, tenant_id: int, specialist_ids: Collection[int], since: int, until: int, now: int
) -> list[BookedItem]:
    """Return the items that begin in `[since, until)` and occupy their place, by specialist and start."""
    statement = select(*columns_of(BookedItem, booking_items)).where(
        _I.tenant_id == tenant_id,
        _I.specialist_id.in_(list(specialist_ids)),
        _ACTIVE,
        _I.starts_at >= since,
        _I.starts_at < until,
        or_(_I.hold_until.is_(None), _I.hold_until > now),
    )
    return fetch_all(conn, BookedItem, statement.order_by(_I.specialist_id, _I.starts_at, _I.booking_id))
