"""Items of bookings that lie ahead: a change of hours, services, rooms or a whole business asks which ones it touches."""

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import Connection, Select, and_, func, or_, select, text

from backend.db.rows import fetch_all
from backend.db.tables import ACTIVE, booking_items, bookings, people, services

_B, _I, _P, _S = bookings.c, booking_items.c, people.c, services.c
# Word for word as in the partial index, else SQLite does not use it.
_ACTIVE_ITEM = text("booking_items.active")


class UpcomingItem(NamedTuple):
    """One service of a booking that lies ahead, with the names that an admin needs; instants in epoch seconds."""

    booking_id: int
    booking_starts_at: int
    client_name: str
    service_id: int
    service_name: str
    specialist_id: int
    starts_at: int
    ends_at: int


def _select_items(tenant_id: int) -> Select[int, int, str, int, str, int, int, int]:
    return (
        select(
            _I.booking_id,
            _B.starts_at.label("booking_starts_at"),
            func.coalesce(_P.name, "").label("client_name"),
            _I.service_id,
            _S.name.label("service_name"),
            _I.specialist_id,
            _I.starts_at,
            _I.ends_at,
        )
        .join(bookings, and_(_B.tenant_id == _I.tenant_id, _B.id == _I.booking_id))
        .outerjoin(people, and_(_P.tenant_id == _B.tenant_id, _P.id == _B.client_id))
        .join(services, and_(_S.tenant_id == _I.tenant_id, _S.id == _I.service_id))
        .where(_I.tenant_id == tenant_id)
    )


def list_upcoming_items(
    conn: Connection, tenant_id: int, specialist_ids: Collection[int] | None, now: int
) -> list[UpcomingItem]:
    """Return the items that have not begun, in order of their starts; `specialist_ids` None: of all specialists."""
    statement = _select_items(tenant_id).where(
        _ACTIVE_ITEM,
        _I.starts_at >= now,
        _B.status.in_(("held", "pending", "confirmed")),
        or_(_I.hold_until.is_(None), _I.hold_until > now),
    )
    if specialist_ids is not None:
        statement = statement.where(_I.specialist_id.in_(list(specialist_ids)))
    return fetch_all(conn, UpcomingItem, statement.order_by(_I.starts_at, _I.booking_id, _I.position))


def list_items_of_upcoming_bookings(
    conn: Connection, tenant_id: int, now: int, booking_ids: Select[int]
) -> list[UpcomingItem]:
    """Return all items of the selected bookings that still occupy their place, in order of the bookings' starts."""
    statement = _select_items(tenant_id).where(
        _B.tenant_id == tenant_id,
        _B.id.in_(booking_ids),
        _B.status.in_(ACTIVE),
        or_(_B.status != "held", _B.hold_until > now),
    )
    return fetch_all(conn, UpcomingItem, statement.order_by(_B.starts_at, _I.booking_id, _I.position))
