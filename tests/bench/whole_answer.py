"""The whole HTTP answer of `GET /v1/slots` for the same business, against the pure function."""

import asyncio
import shutil
import tempfile
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert

from backend.db import tables
from backend.db.schema import migrate
from tests.bench import busy_business
from tests.bench.free_times import cpu_s, engine
from tests.support.asgi import Reply
from tests.support.backend_api import serving_api
from tests.support.business import Business, open_business


async def settle(shop: Business, rows: list[Any]) -> int:
    """Put the business of `busy_business` into the database; return the id of the wanted service."""
    wanted = await shop.add_service(
        busy_business.DURATION_MIN, before=busy_business.BEFORE_MIN, after=busy_business.AFTER_MIN
    )
    other = await shop.add_service(30)
    hours = " ".join("-".join(shift) for shift in busy_business.HOURS)
    people = [await shop.add_specialist(wanted, other, hours=hours) for _ in busy_business.SPECIALISTS]

    def fill(conn: Connection) -> None:
        fill_bookings(conn, shop, [(people[one - 1], start, end) for one, start, end, _, _ in rows], other)

    await shop.api.db.write(shop.id, fill)
    return wanted


def fill_bookings(conn: Connection, shop: Business, rows: list[tuple[int, int, int]], service: int) -> None:
    """Add confirmed bookings, without their history."""
    first = (conn.exec_driver_sql("SELECT coalesce(max(id), 0) FROM bookings").scalar() or 0) + 1
    common = {"tenant_id": shop.id, "price": 0}
    for at in range(0, len(rows), 5000):
        part = list(enumerate(rows[at : at + 5000], first + at))
        conn.execute(
            insert(tables.bookings),
            [
                common
                | {
                    "id": number,
                    "client_id": shop.people[1001],
                    "status": "confirmed",
                    "starts_at": start,
                    "ends_at": end,
                }
                | {
                    "local_start": "",
                    "timezone": busy_business.ZONE,
                    "currency": "EUR",
                    "policies": "{}",
                    "source": "internal",
                }
                | {"created_at": 0}
                for number, (_, start, end) in part
            ],
        )
        conn.execute(
            insert(tables.booking_items),
            [
                common
                | {"booking_id": number, "position": 0, "service_id": service, "specialist_id": one, "capacity": 1}
                | {"starts_at": start, "ends_at": end, "occ_start": start, "occ_end": end, "active": True}
                | {"duration_min": (end - start) // 60, "buffer_before_min": 0, "buffer_after_min": 0}
                for number, (one, start, end) in part
            ],
        )


async def ask_slots(shop: Business, service: int, first: str, last: str) -> Reply:
    """Return the answer over the application's own interface; its body is not decoded yet."""
    reply = await shop.client.call("GET", "/v1/slots", params={"service_id": service, "from": first, "to": last})
    assert reply.status == 200
    return reply


async def answer(shop: Business, service: int) -> Any:
    """Return the free times."""
    return (await ask_slots(shop, service, busy_business.FIRST.isoformat(), busy_business.LAST.isoformat())).body[
        "slots"
    ]


async def cpu_of_answers(shop: Business, service: int, rounds: int) -> float:
    """Return the median CPU seconds of an answer: the whole process, threads included."""
    import time
    from statistics import median

    took = []
    for _ in range(rounds):
        before = time.process_time()
        await ask_slots(shop, service, busy_business.FIRST.isoformat(), busy_business.LAST.isoformat())
        took.append(time.process_time() - before)
    return median(took)


async def _measure(directory: Path, rounds: int) -> dict[str, Any]:
    rows = busy_business.rows()
    url = f"sqlite+aiosqlite:///{directory}/booking.db"
    await asyncio.to_thread(migrate, url)
    async with serving_api(url, checked=False) as backend:
        backend.set_time("2026-05-01T00:00:00+00:00")
        shop = await open_business(backend, busy_business.ZONE, slot_step_min=busy_business.STEP_MIN)
        service = await settle(shop, rows)
        expected = engine(rows)
        slots = await answer(shop, service)
        assert len(slots) == len(expected)
        few = await cpu_of_answers(shop, service, rounds)
        pure = cpu_s(lambda: engine(rows), rounds)
        return {
            "what": "free times, the whole HTTP answer",
            "slots": len(slots),
            "pure_ms": pure * 1000,
            "answer_ms": few * 1000,
            "times_the_pure_function": few / pure,
            "wanted": {"times_the_pure_function": ["at most", 5]},
        }


def measure(rounds: int = 15) -> dict[str, Any]:
    """Return the CPU seconds of the answer and of the pure function."""
    directory = Path(tempfile.mkdtemp(prefix="slotgate-bench-"))
    try:
        return asyncio.run(_measure(directory, rounds))
    finally:
        shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    import json
    import sys

    json.dump(measure(), sys.stdout, indent=1)
