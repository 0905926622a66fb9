"""How many places a hold takes, and a booking that replaces it."""

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, func, select

from backend.bookings.queries.loading import load_items
from backend.db.compiled import CompiledScalar
from backend.db.tables import services


class HeldPlaces(NamedTuple):
    """How many places a client's hold takes, and how many a booking takes that replaces it."""

    held: int
    kept: int


_FEWEST_PLACES: CompiledScalar[int] = CompiledScalar(
    select(func.min(services.c.capacity)).where(
        services.c.tenant_id == bindparam("tenant"), services.c.id.in_(bindparam("ids", expanding=True))
    )
)


def held_places(conn: Connection, tenant_id: int, hold_id: int, service_ids: Collection[int]) -> HeldPlaces:
    """Return how many places a hold takes, and how many a booking of these services takes that replaces it.

    It keeps the places where a service stays, as far as each of the services has so many."""
    items = load_items(conn, tenant_id, [hold_id])
    held = items[0].places
    if held == 1 or not {item.service_id for item in items}.intersection(service_ids):
        return HeldPlaces(held, 1)
    return HeldPlaces(held, min(held, _FEWEST_PLACES.first(conn, tenant=tenant_id, ids=list(service_ids)) or 1))
