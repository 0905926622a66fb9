"""How soon an owner has figures: `uv run python -m tests.bench.figures [--bookings N] [--postgres URL] [--json]`.

The whole HTTP answers that the bot's screens of figures and of a broadcast ask for, in wall-clock milliseconds, in a
business with so many bookings in its last seven months, 20 specialists and 10,000 clients. `--postgres URL` of an empty
database: there.
"""

import argparse
import asyncio
import json
import logging
import sys
import tempfile
import time
from functools import partial
from statistics import median
from typing import Any

from sqlalchemy import Connection, insert, literal, select, update

from backend.db import tables
from backend.db.schema import migrate
from backend.kit.logging import configure_logging
from tests.bench.__main__ import table, verdicts
from tests.bench.past import AT_ONCE, past
from tests.support.backend_api import serving_api
from tests.support.business import Business, open_business
from tests.support.business_rows import NOW

BOOKINGS, CLIENTS, SPECIALISTS = 200_000, 10_000, 20
# A screen of the week or the month is there at once on an idle machine; what reads more is worth a wait.
WANTED_MS, MORE_WANTED_MS = 1000.0, 5000.0
AT_ONCE_NAMES = ("week", "month", "month_of_a_specialist", "audience_specialist", "audience_not_seen")
WEEK, MONTH = {"from": "2026-05-25", "to": "2026-05-31"}, {"from": "2026-05-01", "to": "2026-05-31"}
YEAR = {"from": "2025-07-01", "to": "2026-06-30"}


async def _fill(shop: Business, count: int) -> None:
    """Add the bookings, and let each be a client's, one after the other, some of them cancelled or missed."""
    service = await shop.add_service(30)
    specialists = [await shop.add_specialist(service) for _ in range(SPECIALISTS)]
    await past(shop, count, specialists, service, NOW)

    def add_clients(conn: Connection) -> int:
        first = conn.execute(select(tables.people.c.id).order_by(tables.people.c.id.desc()).limit(1)).scalar_one() + 1
        common = {"tenant_id": shop.id, "name": "C", "created_at": NOW}
        for begin in range(0, CLIENTS, 5000):
            own = range(begin, min(begin + 5000, CLIENTS))
            conn.execute(insert(tables.people), [common | {"tg_id": 10**6 + n} for n in own])
        return int(first)

    first = await shop.api.db.write(shop.id, add_clients)
    ids = [row.id for row in await shop.rows(tables.bookings)]
    for begin in range(min(ids), max(ids) + 1, AT_ONCE):
        await shop.api.db.write(shop.id, partial(_spread, begin=begin, first_client=first))


def _spread(conn: Connection, begin: int, first_client: int) -> None:
    """Give bookings their clients and prices."""
    own, items = tables.bookings.c, tables.booking_items.c
    some, theirs = own.id.between(begin, begin + AT_ONCE - 1), items.booking_id.between(begin, begin + AT_ONCE - 1)
    client = literal(first_client) + own.id * 7919 % CLIENTS
    conn.execute(update(tables.bookings).where(some).values(client_id=client, price=1500))
    conn.execute(update(tables.bookings).where(some, own.id % 19 == 0).values(status="no_show"))
    conn.execute(update(tables.booking_items).where(theirs).values(price=1500))


async def _measure(url: str, count: int, rounds: int) -> dict[str, Any]:
    await asyncio.to_thread(migrate, url)
    async with serving_api(url, checked=False) as backend:
        shop = await open_business(backend)
        await _fill(shop, count)
        if url.startswith("postgresql"):  # which does so by itself within a minute
            await backend.db.write(None, lambda conn: conn.exec_driver_sql("ANALYZE") and None)
        own = (await shop.rows(tables.specialists))[0].id, (await shop.rows(tables.services))[0].id
        draft = await shop.admin.ok("POST", "/v1/broadcasts", json={"text": "Hi"})
        paths: dict[str, tuple[str, dict[str, Any]]] = {
            "week": ("/v1/reports/figures", WEEK),
            "month": ("/v1/reports/figures", MONTH),
            "month_of_a_specialist": ("/v1/reports/figures", MONTH | {"specialist_id": own[0]}),
            "month_of_a_service": ("/v1/reports/figures", MONTH | {"service_id": own[1]}),
            "eight_weeks": ("/v1/reports/trend", {"from": "2026-04-06", "to": "2026-05-31", "by": "week"}),
            "month_as_a_file": ("/v1/reports/figures.xlsx", MONTH),
            "year": ("/v1/reports/figures", YEAR),
            "twelve_months": ("/v1/reports/trend", YEAR | {"by": "month"}),
        }
        taken = {name: await _took_ms(shop, *asked, rounds) for name, asked in paths.items()}
        for kind, audience in (
            ("service", {"kind": "service", "id": own[1]}),
            ("specialist", {"kind": "specialist", "id": own[0]}),
            ("not_seen", {"kind": "not_seen", "days": 30}),
        ):
            await shop.admin.ok("PATCH", f"/v1/broadcasts/{draft['id']}", json={"audience": audience})
            taken[f"audience_{kind}"] = await _took_ms(shop, f"/v1/broadcasts/{draft['id']}", {}, rounds)
        await shop.admin.ok("PATCH", f"/v1/broadcasts/{draft['id']}", json={"audience": {"kind": "all"}})
        taken["sending_to_all"] = await _sent_ms(shop, draft["id"])
        sent = update(tables.outbox).where(tables.outbox.c.kind == "broadcast")
        await backend.db.write(
            shop.id, lambda conn: conn.execute(sent.values(status="sent", done_at=NOW - 90 * 86_400)) and None
        )
        taken["what_came_of_it"] = await _took_ms(shop, f"/v1/broadcasts/{draft['id']}", {}, rounds)
        return {
            "what": f"figures of a business with {count:,} bookings, the whole HTTP answer, ms",
            "bookings": count,
            **{f"{name}_ms": some for name, some in taken.items()},
            "wanted": {
                f"{name}_ms": ["at most", WANTED_MS if name in AT_ONCE_NAMES else MORE_WANTED_MS] for name in taken
            },
        }  # fmt: skip


async def _took_ms(shop: Business, path: str, params: dict[str, Any], rounds: int) -> float:
    took = []
    for _ in range(rounds):
        before = time.perf_counter()
        reply = await shop.admin.call("GET", path, params=params)
        took.append((time.perf_counter() - before) * 1000)
        assert reply.status == 200, (path, params, reply)
    return median(took)


async def _sent_ms(shop: Business, broadcast_id: int) -> float:
    before = time.perf_counter()
    sent = await shop.admin.ok("POST", f"/v1/broadcasts/{broadcast_id}/send")
    took = (time.perf_counter() - before) * 1000
    assert sent["total"] >= CLIENTS, sent
    return took


def measure(count: int, rounds: int = 3, url: str | None = None) -> dict[str, Any]:
    """Return wall-clock milliseconds, on a database of its own where no address is given."""
    with tempfile.TemporaryDirectory(prefix="slotgate-bench-", ignore_cleanup_errors=True) as directory:
        return asyncio.run(_measure(url or f"sqlite+aiosqlite:///{directory}/booking.db", count, rounds))


def main() -> None:
    """Run it and print the figures."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.figures", description=__doc__)
    parser.add_argument("--bookings", type=int, default=BOOKINGS)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--postgres", help="address of an empty database")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    configure_logging("json", level=logging.WARNING)
    results = [verdicts(measure(asked.bookings, asked.rounds, asked.postgres))]
    sys.stdout.write((json.dumps(results, indent=1) if asked.json else table(results)) + "\n")


if __name__ == "__main__":
    main()
