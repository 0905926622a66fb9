"""A step of a booking reads what it needs once: counted in SQLite's own trace of what it is asked."""

import re
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from functools import partial

import pytest

from backend.db.sqlite import SqliteDatabase
from tests.support.asgi import Reply
from tests.support.backend_api import Api, serving_api
from tests.support.business import Business, open_business
from tests.support.business_rows import ADMIN, CLIENT

START, LATER = "2026-06-10T10:00:00+02:00", "2026-06-10T12:00:00+02:00"


@asynccontextmanager
async def traced(backend: Api) -> AsyncIterator[list[str]]:
    """Collect every statement that goes to the database inside, with its values."""
    statements: list[str] = []
    assert isinstance(backend.db, SqliteDatabase)
    for connection in backend.db._connections:
        await connection.run(partial(connection.handle.set_trace_callback, statements.append))
    yield statements
    for connection in backend.db._connections:
        await connection.run(partial(connection.handle.set_trace_callback, None))


class Counts:
    """How many statements a write had in all, and how many of them read a booking's row, its items and its client."""

    def __init__(self, statements: list[str]) -> None:
        # what asks who calls stands before the transaction; what triggers do is told as a comment
        begun = next(place for place, one in enumerate(statements) if one.startswith("BEGIN IMMEDIATE"))
        self.statements = [one for one in statements[begun + 1 :] if not one.startswith("--")]
        self.total = len(self.statements)

    def reads(self, table: str) -> int:
        """Return how many read single rows of the table by a booking's or a person's id."""
        column = {"bookings": "bookings.id", "booking_items": "booking_items.booking_id", "people": "people.id"}[table]
        # a column may be a small query of its own
        columns = r"(?:[^()]|\((?:[^()]|\([^()]*\))*\))*"
        wanted = re.compile(rf"SELECT {columns}\sFROM {table}\b.*\sWHERE [^()]*{column} (=|IN)", re.DOTALL)
        return sum(1 for one in self.statements if wanted.match(one))


async def count(backend: Api, call: Awaitable[Reply], status: int) -> Counts:
    async with traced(backend) as statements:
        reply = await call
    assert reply.status == status, reply
    return Counts(statements)


async def open_shop(backend: Api) -> tuple[Business, int]:
    shop = await open_business(backend, min_notice_min=0)
    service = await shop.add_service(30)
    await shop.add_specialist(service, tg_id=2001)
    await shop.add_specialist(service)
    return shop, service


@pytest.mark.parametrize(("who", "clients_read"), [(CLIENT, 0), (ADMIN, 1)])
async def test_each_step_reads_its_booking_once(sqlite_url: str, who: int, clients_read: int) -> None:
    async with serving_api(sqlite_url) as backend:
        shop, service = await open_shop(backend)
        client = {} if who == CLIENT else {"client_id": shop.people[CLIENT]}
        body = {"service_ids": [service], "start": START, "hold": True, **client}
        found = {
            "create": await count(backend, shop.caller(who).call("POST", "/v1/bookings", json=body, key="create"), 201)
        }
        (held,) = (await shop.admin.call("GET", "/v1/bookings")).body["items"]
        for name, more in (("confirm", None), ("move", {"start": LATER}), ("cancel", None), ("undo", None)):
            found[name] = await count(backend, shop.caller(who).step(held, name, more, key=name), 200)
        for name in ("confirm", "move", "cancel", "undo"):
            reads = {table: found[name].reads(table) for table in ("bookings", "booking_items", "people")}
            assert reads == {"bookings": 1, "booking_items": 1, "people": clients_read}, (name, found[name].statements)
        reads = {table: found["create"].reads(table) for table in ("bookings", "booking_items", "people")}
        assert reads == {"bookings": 0, "booking_items": 0, "people": clients_read}, found["create"].statements
        # its own reads and writes, what else the client has, the four messages, the stored answer, what begins and ends
        # them
        assert found["confirm"].total <= 24, found["confirm"].statements
