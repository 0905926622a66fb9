"""A writer who asks nobody: a booking straight into the tables, past every rule but the database's own."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, insert, select

from backend.db import tables


@dataclass(frozen=True)
class Put:
    """A confirmed booking of one service that is simply there: instants and buffers in seconds."""

    specialist: int
    service: int
    start: int
    end: int
    before: int = 0
    after: int = 0
    capacity: int = 1
    rooms: tuple[int, ...] = ()

    def into(self, conn: Connection, tenant_id: int, client_id: int) -> int:
        """Write it, on the terms that the business has now; its id. Raises what the database refuses."""
        own = tables.tenants.c

        def term(column: Any) -> Any:
            return select(column).where(own.id == tenant_id).scalar_subquery()

        times: dict[str, Any] = {"tenant_id": tenant_id, "starts_at": self.start, "ends_at": self.end, "price": 0}
        booking_id = conn.execute(
            insert(tables.bookings)
            .values(times | {"client_id": client_id, "status": "confirmed", "local_start": "", "source": "internal"})
            .values(timezone=term(own.timezone), currency=term(own.currency), policies=term(own.policies), created_at=0)
            .returning(tables.bookings.c.id)
        ).scalar_one()
        occupied = {"specialist_id": self.specialist, "active": True}
        occupied |= {"occ_start": self.start - self.before, "occ_end": self.end + self.after}
        item_id = conn.execute(
            insert(tables.booking_items)
            .values(times | occupied | {"booking_id": booking_id, "position": 0, "service_id": self.service})
            .values(duration_min=(self.end - self.start) // 60, capacity=self.capacity)
            .values(buffer_before_min=self.before // 60, buffer_after_min=self.after // 60)
            .returning(tables.booking_items.c.id)
        ).scalar_one()
        for room in self.rooms:
            held = {"tenant_id": tenant_id, "item_id": item_id, "room_id": room}
            conn.execute(insert(tables.item_rooms).values(occupied | held))
        return int(booking_id)
