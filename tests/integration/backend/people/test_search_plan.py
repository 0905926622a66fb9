"""How a client is found among ten thousand: shown by the plans of the statements, whatever the load."""

import re
from functools import partial
from typing import Any

from sqlalchemy import Connection, event, insert, text

from backend.db import tables
from backend.kit.text import fold_for_search
from backend.people.queries.clients import ClientSearch, count_bookings, search_clients
from tests.support.business import Business
from tests.support.business_rows import NOW

MANY = 10_000


async def fill(barber: Business, studio: Business) -> None:
    """Add ten thousand clients of each of two businesses, so that reading the other's would show."""

    def add(conn: Connection) -> None:
        for tenant_id in (barber.id, studio.id):
            rows = [
                {"tenant_id": tenant_id, "name": f"Имя {n}", "name_search": fold_for_search(f"Имя {n}"), "created_at": NOW,
                 "phone": f"+7900{n:07}", "phone_digits": f"7900{n:07}"}
                for n in range(MANY)
            ]  # fmt: skip
            conn.execute(insert(tables.people), rows)
        if conn.dialect.name == "postgresql":
            conn.execute(text("ANALYZE people"))

    await barber.api.db.write(None, add)


def plans(conn: Connection, *, query: str, tenant_id: int) -> str:
    """Return the plans of everything that a search runs."""
    seen: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: bool) -> None:
        seen.append((statement, parameters))

    event.listen(conn, "before_cursor_execute", note)
    try:
        rows = search_clients(conn, tenant_id, ClientSearch(query), 9)
        count_bookings(conn, tenant_id, [row.id for row in rows], NOW)
    finally:
        event.remove(conn, "before_cursor_execute", note)
    explain = "EXPLAIN " if conn.dialect.name == "postgresql" else "EXPLAIN QUERY PLAN "
    if conn.dialect.name == "postgresql":
        conn.exec_driver_sql("SET LOCAL enable_seqscan = off")
    lines = []
    for statement, parameters in seen:
        lines += [str(row) for row in conn.exec_driver_sql(explain + statement, parameters)]
    return "\n".join(lines)


async def test_a_search_reads_the_business_own_people_and_the_found_ones_bookings(
    barber: Business, studio: Business
) -> None:
    await fill(barber, studio)
    for query in ("имя 77", "+7 900 000 12 34", "4567", ""):
        plan = await barber.api.db.read(partial(plans, query=query, tenant_id=barber.id))
        assert "ix_people_" in plan or "uq_people_" in plan, plan
        # PostgreSQL takes any index of an empty table that begins with the tenant
        assert "ix_bookings_client" in plan or re.search("Index Scan (using|on) ix_bookings", plan), plan
        assert "SCAN people" not in plan
        assert "Seq Scan" not in plan


async def test_the_right_ones_are_found_among_ten_thousand(barber: Business, studio: Business) -> None:
    await fill(barber, studio)
    for query, expected in (("имя 777", "Имя 777"), ("8 900 000-12-34", "Имя 1234"), ("0001234", "Имя 1234")):
        found = (await barber.admin.ok("GET", "/v1/clients", params={"query": query, "limit": 9}))["items"]
        assert found[0]["name"] == expected
