"""No statement about bookings scans all that were ever made: shown by SQLite's plans, whatever the load."""

import re
import sqlite3
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy.engine import make_url

from backend.db.sqlite import SqliteDatabase
from tests.support.backend_api import serving_api
from tests.support.business import Business, open_business
from tests.support.business_rows import CLIENT

# What grows with every booking.
GROWING = {"bookings", "booking_items", "item_rooms", "booking_history", "outbox", "audit", "idempotency"}
# Indexes of the few that are held, wait for an answer, are still to be sent, or confirmed and not completed yet: these may
# be gone through.
SHORT = ("ix_bookings_hold", "ix_bookings_request", "ix_bookings_unmarked", "ix_outbox_due")
DAY = "2026-06-10"


async def live_through(shop: Business) -> None:
    """Do each thing that can become of bookings, with rooms, buffers, a group, several services, and every list of them."""
    chair = await shop.add_room(2)
    cut = await shop.add_service(30, after=10, rooms=[chair])
    dye, class_ = await shop.add_service(60, rooms=[chair]), await shop.add_service(30, capacity=3)
    for account in (2001, 2002):
        await shop.add_specialist(cut, dye, class_, tg_id=account)
    held = await shop.client.booked(cut, dye, start=f"{DAY}T10:00:00+02:00", hold=True, key="a")
    for step in ("confirm", "coming"):
        assert (await shop.client.step(held, step, key=step)).status == 200
    group = await shop.other.booked(class_, start=f"{DAY}T14:00:00+02:00")
    assert (await shop.client.step(held, "move", {"start": f"{DAY}T12:00:00+02:00"}, key="m")).status == 200
    for step in ("cancel", "undo"):
        assert (await shop.client.step(held, step)).status == 200
    lapsing = await shop.client.booked(cut, start=f"{DAY}T16:00:00+02:00", hold=True)
    shop.api.set_time("2026-06-01T01:00:00+00:00")
    await shop.client.booked(cut, start=lapsing["start"])
    assert (await shop.client.book(cut, start=lapsing["start"], specialist_id=lapsing["specialist_id"])).status in (
        201,
        409,
    )
    shop.api.set_time(f"{DAY}T15:00:00+02:00")
    for booking, step in ((held, "arrived"), (held, "complete"), (group, "no-show")):
        assert (await shop.admin.step(booking, step)).status == 200
    reads: list[tuple[str, dict[str, Any]]] = [
        ("/v1/slots", {"service_id": [cut, dye], "from": DAY, "to": DAY}),
        ("/v1/days", {"service_id": class_, "from": DAY, "to": DAY}),
        ("/v1/slots/why", {"service_id": cut, "start": held["start"]}),
        ("/v1/agenda", {"date": DAY}),
        ("/v1/bookings", {"from": DAY, "to": DAY}),
        ("/v1/bookings", {"client_id": shop.people[CLIENT]}),
        (f"/v1/bookings/{held['id']}", {}),
        (f"/v1/bookings/{held['id']}/history", {}),
    ]
    week = {"from": DAY, "to": "2026-06-16"}
    for part in ({}, {"service_id": cut}, {"specialist_id": held["specialist_id"]}):
        reads += [("/v1/reports/figures", week | part), ("/v1/reports/trend", week | part | {"by": "month"})]
    for path, query in reads:
        assert (await shop.admin.call("GET", path, params=query)).status == 200, path
    assert (await shop.client.call("GET", "/v1/bookings")).status == 200
    assert (await shop.caller(2001).call("GET", "/v1/bookings", params={"from": DAY, "to": DAY})).status == 200


async def test_no_statement_goes_through_everything(sqlite_url: str) -> None:
    seen: set[str] = set()
    async with serving_api(sqlite_url) as backend:
        assert isinstance(backend.db, SqliteDatabase)
        for connection in backend.db._connections:
            await connection.run(partial(connection.handle.set_trace_callback, seen.add))
        await live_through(await open_business(backend, min_notice_min=0))
        for connection in backend.db._connections:
            await connection.run(partial(connection.handle.set_trace_callback, None))
    found = []
    with closing(sqlite3.connect(Path(make_url(sqlite_url).database or ""))) as conn:
        for statement in sorted(one for one in seen if re.match("SELECT|WITH|UPDATE|INSERT|DELETE", one)):
            for *_, plan in conn.execute(f"EXPLAIN QUERY PLAN {statement}"):
                walked = re.match(r"(SCAN|SEARCH) (\w+)", plan)
                far = walked and walked[2] in GROWING and (walked[1] == "SCAN" or plan.endswith("(tenant_id=?)"))
                if far and not any(index in plan for index in SHORT):
                    found.append((plan, statement))
    assert len(seen) > 60
    assert found == []
