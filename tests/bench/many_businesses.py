"""One business beside 9 others and beside 9,999: what it costs to ask for its free times, to book, and to keep it.

Each number of businesses has a backend in a process of its own, with the database filled before by another one; the two
take turns.
"""

import asyncio
import logging
import shutil
import tempfile
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from time import process_time
from typing import Any

from sqlalchemy import Connection, insert

from backend.db import tables
from backend.db.schema import migrate
from backend.kit.logging import configure_logging
from tests.bench.whole_answer import ask_slots
from tests.support.backend_api import Api, serving_api
from tests.support.business import Business
from tests.support.business_rows import ADMIN, CLIENT, OTHER, Seeded

FEW, TURNS = 10, 3
DAY = "2026-06-02"
_KIB = 1024


def _url(path: Path) -> str:
    return f"sqlite+aiosqlite:///{path}"


def fill(path: Path, businesses: int) -> None:
    """Add so many businesses with three people, one service, two specialists and their hours."""
    migrate(_url(path))
    asyncio.run(_fill(path, businesses))


async def _fill(path: Path, businesses: int) -> None:
    async with serving_api(_url(path), checked=False) as backend:

        def make(conn: Connection) -> None:
            t, policies = tables, '{"min_notice_min": 0, "horizon_days": 400, "max_active_per_client": 1000}'
            ids = range(1, businesses + 1)
            of = {"timezone": "Europe/Berlin", "locale": "en", "currency": "EUR", "created_at": 0}
            conn.execute(
                insert(t.tenants), [of | {"id": n, "slug": f"s{n}", "name": f"S{n}", "policies": policies} for n in ids]
            )
            people = [(n * 3 + place, n, tg_id) for n in ids for place, tg_id in enumerate((CLIENT, OTHER, ADMIN))]
            conn.execute(
                insert(t.people), [{"id": i, "tenant_id": n, "tg_id": who, "created_at": 0} for i, n, who in people]
            )
            conn.execute(
                insert(t.roles),
                [{"tenant_id": n, "person_id": n * 3 + 2, "role": "admin", "granted_at": 0} for n in ids],
            )
            own = {"price": 1000, "duration_min": 30}
            conn.execute(insert(t.services), [own | {"id": n, "tenant_id": n, "name": "Cut"} for n in ids])
            pairs = [(n * 2 + place, n) for n in ids for place in (0, 1)]
            conn.execute(insert(t.specialists), [{"id": one, "tenant_id": n, "name": f"X{one}"} for one, n in pairs])
            offer = [{"tenant_id": n, "specialist_id": one, "service_id": n} for one, n in pairs]
            conn.execute(insert(t.specialist_services), offer)
            shift = {"start_min": 0, "end_min": 1440}
            hours = [shift | {"tenant_id": n, "specialist_id": i, "weekday": day} for i, n in pairs for day in range(7)]
            conn.execute(insert(t.weekly_hours), hours)

        await backend.db.write(None, make)


def resident_mib() -> float:
    """Return this process's memory in MiB."""
    pages = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmRSS"))
    return int(pages.split()[1]) / _KIB


def cost(path: Path, businesses: int, turn: int) -> dict[str, float]:
    """Return the CPU milliseconds of free times over a week and of a booking, and the process's memory."""
    configure_logging("json", level=logging.WARNING)
    return asyncio.run(_cost(path, businesses, turn))


async def _cost(path: Path, businesses: int, turn: int) -> dict[str, float]:
    async with serving_api(_url(path), checked=False) as backend:
        backend.set_time("2026-05-01T00:00:00+00:00")
        shop = _shop(backend, businesses // 2)
        slots = await shop.client.slots(shop.id, day=DAY, to="2026-06-08")
        times = await _median_ms(60, lambda n: ask_slots(shop, shop.id, DAY, "2026-06-08"))
        # every turn's bookings have places of their own
        starts = [slot["start"] for slot in slots][turn::TURNS]
        booking = await _median_ms(len(starts), lambda n: shop.client.booked(shop.id, start=starts[n]))
        alone = resident_mib()
        for number in range(1, businesses + 1):
            other = _shop(backend, number)
            await ask_slots(other, other.id, DAY, DAY)
        return {"times": times, "booking": booking, "one": alone, "all": resident_mib()}


def _shop(backend: Api, number: int) -> Business:
    return Business(backend, Seeded(number, f"s{number}"))


async def _median_ms(rounds: int, work: Callable[[int], Any]) -> float:
    took = []
    for number in range(rounds):
        before = process_time()
        await work(number)
        took.append(process_time() - before)
    return sorted(took)[rounds // 2] * 1000


def measure(many: int = 10_000) -> dict[str, Any]:
    """Return milliseconds of CPU and MiB, beside few businesses and beside many."""
    directory = Path(tempfile.mkdtemp(prefix="slotgate-bench-"))
    found: dict[int, list[dict[str, float]]] = {FEW: [], many: []}
    try:
        # a fresh process for each: what one has left in memory is not the next one's
        with ProcessPoolExecutor(1, mp_context=get_context("spawn"), max_tasks_per_child=1) as apart:
            for businesses in found:
                apart.submit(fill, directory / f"{businesses}.db", businesses).result()
            for turn in range(TURNS):
                for businesses, costs in found.items():
                    costs.append(apart.submit(cost, directory / f"{businesses}.db", businesses, turn).result())
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    few, crowd = ({name: min(one[name] for one in costs) for name in costs[0]} for costs in found.values())
    return {
        "what": f"one business beside {many - 1:,} others, against beside {FEW - 1}",
        "free_times_cpu_ms": crowd["times"],
        "free_times_slower": crowd["times"] / few["times"],
        "booking_cpu_ms": crowd["booking"],
        "booking_slower": crowd["booking"] / few["booking"],
        "memory_mib": crowd["one"],
        "memory_times": crowd["one"] / few["one"],
        "memory_kib_each_after_all_were_asked": (crowd["all"] - crowd["one"]) * _KIB / many,
        "wanted": {
            "free_times_slower": ["at most", 1.2],
            "booking_slower": ["at most", 1.2],
            "memory_times": ["at most", 1.2],
        },
    }


if __name__ == "__main__":
    import json
    import sys

    json.dump(measure(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000), sys.stdout, indent=1)
