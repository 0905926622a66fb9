"""The whole HTTP answer of `GET /v1/slots` for the same town, against the pure function, with few and many bookings."""

import asyncio
import random
import shutil
import tempfile
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert

from backend.db import tables
from backend.db.schema import migrate
from backend.schedule.intervals import Stretch
from tests.bench import town
from tests.bench.free_times import cpu_s, engine
from tests.support.booking_stage import Backend, Shop, serving


async def settle(shop: Shop, rows: list[Any]) -> int:
    """Put the town into a business; the id of the wanted service."""
    wanted = await shop.service(town.DURATION_MIN, before=town.BEFORE_MIN, after=town.AFTER_MIN)
    other = await shop.service(30)
    hours = " ".join("-".join(shift) for shift in town.HOURS)
    people = [await shop.specialist(wanted, other, hours=hours) for _ in town.SPECIALISTS]

    def fill(conn: Connection) -> None:
        fill_bookings(conn, shop, [(people[one - 1], start, end) for one, start, end, _, _ in rows], other)

    await shop.backend.db.write(shop.id, fill)
    return wanted


def fill_bookings(conn: Connection, shop: Shop, rows: list[tuple[int, int, int]], service: int) -> None:
    """Confirmed visits, without their history."""
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
                | {"local_start": "", "timezone": town.ZONE, "currency": "EUR", "policies": "{}", "source": "internal"}
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


async def history(shop: Shop, count: int) -> None:
    """So many past bookings of a business, none of them near the wanted dates."""
    service = await shop.service(30)
    people = [await shop.specialist(service) for _ in range(50)]
    dice = random.Random(2)
    first: Stretch = (1_500_000_000, 1_500_001_800)

    def fill(conn: Connection, start: int, size: int) -> None:
        rows = [
            (people[n % 50], first[0] + (n // 50) * 1800, first[1] + (n // 50) * 1800)
            for n in range(start, start + size)
        ]
        dice.shuffle(rows)
        fill_bookings(conn, shop, rows, service)

    for start in range(0, count, 20_000):
        await shop.backend.db.write(shop.id, lambda conn, start=start: fill(conn, start, min(20_000, count - start)))


async def answer(shop: Shop, service: int) -> Any:
    """The answer over the application's own interface."""
    query = {"service_id": service, "from_": town.FIRST.isoformat(), "to": town.LAST.isoformat()}
    reply = await shop.call("GET", "/v1/slots", **query)
    assert reply.status == 200
    return reply.body["slots"]


async def cpu_of_answers(shop: Shop, service: int, rounds: int) -> float:
    """Median CPU seconds of an answer: the whole process, threads included."""
    import time
    from statistics import median

    took = []
    for _ in range(rounds):
        before = time.process_time()
        await shop.raw_slots(service, town.FIRST.isoformat(), town.LAST.isoformat())
        took.append(time.process_time() - before)
    return median(took)


async def _measure(directory: Path, many: int, rounds: int) -> dict[str, Any]:
    rows = town.rows()
    url = f"sqlite+aiosqlite:///{directory}/booking.db"
    await asyncio.to_thread(migrate, url)
    async with serving(url) as backend:
        assert isinstance(backend, Backend)
        backend.set("2026-05-01T00:00:00+00:00")
        shop = await backend.shop(town.ZONE, slot_step_min=town.STEP_MIN)
        service = await settle(shop, rows)
        expected = engine(rows)
        slots = await answer(shop, service)
        assert len(slots) == len(expected)
        few = await cpu_of_answers(shop, service, rounds)
        pure = cpu_s(lambda: engine(rows), rounds)
        result = {
            "what": "free times, the whole HTTP answer",
            "slots": len(slots),
            "pure_ms": pure * 1000,
            "answer_ms": few * 1000,
            "times_the_pure_function": few / pure,
            "wanted_at_most": 5,
        }
        if many:
            await history(shop, many)
            crowded = await cpu_of_answers(shop, service, rounds)
            result |= {"bookings": many, "answer_with_many_ms": crowded * 1000, "slower_with_many": crowded / few}
        return result


def measure(many: int = 0, rounds: int = 15) -> dict[str, Any]:
    """CPU seconds of the answer and of the pure function."""
    directory = Path(tempfile.mkdtemp(prefix="slotgate-bench-"))
    try:
        return asyncio.run(_measure(directory, many, rounds))
    finally:
        shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    import json
    import sys

    json.dump(measure(int(sys.argv[1]) if len(sys.argv) > 1 else 0), sys.stdout, indent=1)
