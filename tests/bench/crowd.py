"""The same with 1,000,000 bookings in the table as with 10,000: free times over HTTP, and booking transactions.

Both databases are open at once and take turns. All bookings are of the one business that is asked, spread over the very
specialists who are asked for.
"""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import median
from time import process_time
from typing import Any

from backend.db import tables
from backend.db.schema import migrate
from backend.schedule.zones import load_zone
from tests.bench import busy_business
from tests.bench.bookings import Orders, Work, Write, orders, rate
from tests.bench.past import past
from tests.bench.whole_answer import cpu_of_answers, settle
from tests.support.backend_api import serving_api
from tests.support.business import Business, open_business

FEW, TURNS, CALLERS = 10_000, 6, 64


@asynccontextmanager
async def served(directory: Path, count: int) -> AsyncIterator[tuple[Business, int, Write, Orders]]:
    """Serve a business with so many bookings; yield how to ask for free times, and how to book."""
    url = f"sqlite+aiosqlite:///{directory}/{count}.db"
    await asyncio.to_thread(migrate, url)
    async with serving_api(url, checked=False) as backend:
        backend.set_time("2026-05-01T00:00:00+00:00")
        shop = await open_business(backend, busy_business.ZONE, slot_step_min=busy_business.STEP_MIN)
        rows = busy_business.rows()
        wanted = await settle(shop, rows)
        todo = await orders(backend, shop)
        people = sorted(row["id"] for row in await shop.rows(tables.specialists))
        until = load_zone(busy_business.ZONE).midnight(busy_business.FIRST.toordinal())
        await past(shop, count - len(rows), people, wanted, until)

        async def write(work: Work) -> Any:
            return await backend.db.write(shop.id, work)

        yield shop, wanted, write, todo


async def _measure(directory: Path, many: int, seconds: float) -> dict[str, Any]:
    answers: list[list[float]] = [[], []]
    rates: list[list[float]] = [[], []]
    cpu: list[list[float]] = [[], []]
    async with served(directory, FEW) as few, served(directory, many) as crowded:
        for _ in range(TURNS):
            for place, (shop, wanted, write, todo) in enumerate((few, crowded)):
                answers[place].append(await cpu_of_answers(shop, wanted, 5))
                before, booked = process_time(), todo.taken
                rates[place].append(await rate(write, todo, CALLERS, seconds / TURNS))
                cpu[place].append((process_time() - before) / (todo.taken - booked))
    ms, per_second, cpu_ms = ([median(one) for one in two] for two in (answers, rates, cpu))
    return {
        "what": f"{many:,} bookings in the table against {FEW:,}",
        "answer_few_cpu_ms": ms[0] * 1000,
        "answer_many_cpu_ms": ms[1] * 1000,
        "answer_slower": ms[1] / ms[0],
        "bookings_per_second_few": per_second[0],
        "bookings_per_second_many": per_second[1],
        "bookings_slower": per_second[0] / per_second[1],
        "bookings_cpu_ms_few": cpu_ms[0] * 1000,
        "bookings_cpu_ms_many": cpu_ms[1] * 1000,
        "wanted": {"answer_slower": ["at most", 1.5], "bookings_slower": ["at most", 1.5]},
    }


def measure(many: int, seconds: float = 6) -> dict[str, Any]:
    """Return the CPU of the answers and the bookings a second, with few and with many in the table."""
    directory = Path(tempfile.mkdtemp(prefix="slotgate-bench-"))
    try:
        return asyncio.run(_measure(directory, many, seconds))
    finally:
        shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    import json
    import sys

    json.dump(measure(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000), sys.stdout, indent=1)
