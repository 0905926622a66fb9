"""A business's past: so many bookings with their items, history and messages, made inside the database."""

from typing import Any

from sqlalchemy import Column, Connection, Table, insert, literal, select

from backend.db import tables
from tests.bench import busy_business
from tests.support.business import Business

# What PostgreSQL writes well within the time that a statement may take.
AT_ONCE = 5_000
LENGTH_S = 1800


async def past(shop: Business, count: int, specialists: list[int], service: int, until: int) -> None:
    """Add so many bookings of half an hour, back to back before the instant `until`, those of each specialist in turn."""
    first = await shop.api.db.read(lambda conn: conn.exec_driver_sql("SELECT max(id) FROM bookings").scalar()) or 0
    for begin in range(0, count, AT_ONCE):
        size = min(AT_ONCE, count - begin)
        await shop.api.db.write(
            shop.id,
            # each is run before the next begins
            lambda conn: _fill(conn, shop, begin, size, first + 1, specialists, service, until),  # noqa: B023  see above
        )


def _fill(
    conn: Connection,
    shop: Business,
    begin: int,
    size: int,
    first: int,
    specialists: list[int],
    service: int,
    until: int,
) -> None:
    ladder = select(literal(begin).label("n")).cte("ladder", recursive=True)
    n = ladder.union_all(select(ladder.c.n + 1).where(ladder.c.n < begin + size - 1)).c.n
    # specialists were made one after the other, so their numbers are a row
    assert specialists == list(range(specialists[0], specialists[0] + len(specialists)))
    booking, one = n + first, literal(specialists[0]) + n % len(specialists)
    end = literal(until) - (n // len(specialists)) * LENGTH_S
    start, client = end - LENGTH_S, shop.people[1001]
    own: dict[str, Any] = {"tenant_id": shop.id}
    times = own | {"starts_at": start, "ends_at": end, "price": 0}
    _add(conn, tables.bookings, times | {"id": booking, "client_id": client, "status": "completed", "policies": "{}"}
         | {"local_start": "2026-01-01T10:00", "timezone": busy_business.ZONE, "currency": "EUR", "source": "internal"}
         | {"created_at": start - 86_400})  # fmt: skip
    _add(conn, tables.booking_items, times | {"booking_id": booking, "position": 0, "service_id": service}
         | {"specialist_id": one, "occ_start": start, "occ_end": end, "capacity": 1, "active": True}
         | {"duration_min": LENGTH_S // 60, "buffer_before_min": 0, "buffer_after_min": 0})  # fmt: skip
    _add(conn, tables.booking_history, own | {"booking_id": booking, "at": start, "actor_id": client, "action": "book"}
         | {"actor_role": "client", "to_status": "confirmed"})  # fmt: skip
    _add(conn, tables.outbox, own | {"booking_id": booking, "kind": "reminder", "role": "client", "person_id": client}
         | {"status": "sent", "due_at": start - 7200, "done_at": start - 7200, "created_at": start - 86_400})  # fmt: skip


def _add(conn: Connection, table: Table, values: dict[str, Any]) -> None:
    columns: list[Column[Any]] = [table.c[name] for name in values]
    conn.execute(insert(table).from_select(columns, select(*(_sql(value) for value in values.values()))))


def _sql(value: Any) -> Any:
    return literal(value) if isinstance(value, (int, str)) else value
