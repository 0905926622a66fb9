"""A specialist's bookings, page by page: the same as going through everything, and never by way of the whole business's."""

import random
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from itertools import product
from typing import Any

from sqlalchemy import Connection, event, insert, text

from backend.bookings.queries.listing import Filters, load_page
from backend.bookings.queries.loading import Viewer
from backend.db import tables
from tests.support.backend_api import Api, serving_api
from tests.support.business import Business, open_business
from tests.support.business_rows import CLIENT, OTHER

DAY = 86_400
START = 1_780_000_000 // DAY * DAY
NOW = START + 50 * DAY


def booking_rows(
    number: int, shop: Business, client: int, service: int, start: int, parts: list[tuple[int, int]], status: str
) -> Any:
    """Return the rows of a booking; `parts` are a specialist and how much later than the booking they begin."""
    common = {"tenant_id": shop.id, "price": 0}
    row = common | {
        "id": number,
        "client_id": client,
        "status": status,
        "starts_at": start,
        "ends_at": start + 20 * DAY,
    }
    row |= {
        "local_start": "",
        "timezone": "UTC",
        "currency": "EUR",
        "policies": "{}",
        "source": "internal",
        "created_at": 0,
    }
    row |= {"hold_until": NOW + (1 if number % 2 else -1) if status == "held" else None}
    items = [
        common | {"booking_id": number, "position": place, "service_id": service, "specialist_id": one, "capacity": 1}
        | {"starts_at": start + later, "ends_at": start + later + 60, "occ_start": start + later, "occ_end": start + later + 60}
        | {"active": False, "duration_min": 1, "buffer_before_min": 0, "buffer_after_min": 0}
        for place, (one, later) in enumerate(parts)
    ]  # fmt: skip
    return row, items


async def put(shop: Business, bookings: list[Any]) -> None:
    def add(conn: Connection) -> None:
        conn.execute(insert(tables.bookings), [row for row, _ in bookings])
        conn.execute(insert(tables.booking_items), [item for _, items in bookings for item in items])
        if conn.dialect.name == "postgresql":
            conn.execute(text("ANALYZE bookings"))
            conn.execute(text("ANALYZE booking_items"))

    await shop.api.db.write(shop.id, add)


async def pages_are_those_of_going_through_everything(backend: Api) -> None:
    dice = random.Random(5)
    shop = await open_business(backend)
    service = await shop.add_service()
    people = [await shop.add_specialist(service, tg_id=3000 + n) for n in range(3)]
    own, client = shop.people[3000], shop.people[CLIENT]
    made = []
    for n in range(1, 251):
        later, parts = 0, []
        for _ in range(dice.choice([1, 1, 1, 2, 3])):
            parts.append((dice.choice(people), later))
            later += dice.choice([3600, DAY, 4 * DAY])
        status = dice.choice(["confirmed", "confirmed", "cancelled", "held"])
        start = START + dice.randrange(100) * DAY // 2
        made.append(booking_rows(n, shop, dice.choice([client, client, own]), service, start, parts, status))
    await put(shop, made)

    def told(row: Any) -> str:
        return "expired" if row["status"] == "held" and row["hold_until"] <= NOW else row["status"]

    def expected(who: Viewer, filters: Filters) -> list[int]:
        found = [
            (row["starts_at"], row["id"])
            for row, items in made
            if (who.sees_all or row["client_id"] == who.person_id
                or who.specialist_id in {item["specialist_id"] for item in items})
            and (filters.specialist_id is None or filters.specialist_id in {item["specialist_id"] for item in items})
            and (filters.since is None or row["starts_at"] >= filters.since)
            and (filters.until is None or row["starts_at"] < filters.until)
            and told(row) != "expired"
            and (not filters.statuses or told(row) in filters.statuses)
        ]  # fmt: skip
        return [one for _, one in sorted(found, reverse=filters.descending)]

    def walked(conn: Connection, who: Viewer, filters: Filters) -> list[int]:
        found: list[Any] = []
        while rows := load_page(conn, shop.id, who, filters, NOW):
            found += rows
            filters = filters._replace(after=(rows[-1].starts_at, rows[-1].id))
        return [row.id for row in found]

    admin, specialist = Viewer(True, own, None), Viewer(False, own, people[0])
    ranges: list[tuple[int | None, int | None]] = [
        (None, None),
        (START + 10 * DAY, START + 30 * DAY),
        (START + 40 * DAY, None),
    ]
    statuses: list[Any] = [(), ("expired",), ("confirmed", "held")]
    for who, named, (since, until), wanted, descending, limit in product(
        (admin, specialist), (None, people[0], people[1], 0), ranges, statuses, (False, True), (1, 7, 500)
    ):
        if (limit == 1 and wanted) or (named is None and who is admin):
            continue
        filters = Filters(since, until, wanted, named, None, descending, limit, None)
        found = await backend.db.read(partial(walked, who=who, filters=filters))
        assert found == expected(who, filters), (who, filters)


async def test_pages_are_those_of_going_through_everything(database_url: str) -> None:
    # on a database of its own: bookings are numbered here, which other tests' would run into
    async with serving_api(database_url) as backend:
        await pages_are_those_of_going_through_everything(backend)


@contextmanager
def noted(conn: Connection) -> Iterator[list[Any]]:
    """Collect every statement that goes to the database, with its values."""
    seen: list[Any] = []
    if conn.dialect.name == "sqlite":
        driver = conn.connection.dbapi_connection
        assert driver is not None
        driver.set_trace_callback(lambda statement: seen.append((statement, ())))
        yield seen
        driver.set_trace_callback(None)
        return

    def note(_c: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: bool) -> None:
        seen.append((statement, parameters))

    event.listen(conn, "before_cursor_execute", note)
    yield seen
    event.remove(conn, "before_cursor_execute", note)


async def a_page_touches_about_a_page(backend: Api) -> None:
    """Check by the plans that a page goes over the specialist's items, or one's own bookings, to single bookings."""
    shop = await open_business(backend)
    service = await shop.add_service()
    people = [await shop.add_specialist(service, tg_id=3000 + n) for n in range(4)]
    client = shop.people[OTHER]
    await put(shop, [
        booking_rows(n, shop, client, service, START + n * 4 * 3600, [(people[n % 3], 0)], "confirmed")
        for n in range(1, 20_001)
    ])  # fmt: skip

    def look(conn: Connection, who: Viewer, filters: Filters) -> tuple[int, str]:
        with noted(conn) as seen:
            rows = load_page(conn, shop.id, who, filters, NOW)
        explain = "EXPLAIN QUERY PLAN " if conn.dialect.name == "sqlite" else "EXPLAIN "
        statements = [one for one in seen if one[0].startswith("SELECT")]
        plan = [str(row) for one, values in statements for row in conn.exec_driver_sql(explain + one, values)]
        return len(rows), "\n".join(plan)

    for (specialist, found), descending in product(((people[0], 21), (people[3], 0)), (False, True)):
        page = Filters(None, None, (), None, None, descending, 21, None)
        own = Viewer(False, shop.people[3000], specialist), page
        for who, filters in (own, (Viewer(True, client, None), page._replace(specialist_id=specialist))):
            count, plan = await backend.db.read(partial(look, who=who, filters=filters))
            assert count == found
            assert "ix_booking_items_specialist" in plan, plan
            assert not re.search(r"ix_bookings_start|SCAN (bookings|booking_items)|Seq Scan", plan), plan


async def test_a_page_touches_about_a_page(database_url: str) -> None:
    # on a database of its own: bookings are numbered here, which other tests' would run into
    async with serving_api(database_url) as backend:
        await a_page_touches_about_a_page(backend)
