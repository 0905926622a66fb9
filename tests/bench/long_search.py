"""The longest search that a client may ask for, and what others notice of it: `uv run python -m tests.bench.long_search`.

62 days of a 5-minute step for 20 specialists: one service, and ten services in one booking; the whole HTTP answer. While
such searches run, one after the other, somebody else asks for the services. `--postgres URL` of an empty database: there.
"""

import argparse
import asyncio
import json
import logging
import shutil
import sys
import tempfile
import time
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from backend.db.schema import migrate
from backend.kit.logging import configure_logging
from tests.bench import busy_business
from tests.bench.__main__ import table, verdicts
from tests.bench.whole_answer import fill_bookings
from tests.support.backend_api import serving_api
from tests.support.business import Business, open_business

FROM, TO = "2026-06-01", "2026-08-01"
SERVICES = 10
STEP_MIN = 5
WANTED_MS = 500.0


async def settle(shop: Business, load: float) -> list[int]:
    """Add the bookings of two months and ten services, which everybody but the last ones offers; return the services."""
    services = [await shop.add_service(15 * (1 + n % 3), after=busy_business.AFTER_MIN) for n in range(SERVICES)]
    other = await shop.add_service(30)
    hours = " ".join("-".join(shift) for shift in busy_business.HOURS)
    people = [await shop.add_specialist(*services[: SERVICES - n % 3], other, hours=hours) for n in range(20)]
    month = 30 * 86_400
    rows = [
        (people[one - 1], start + later, end + later)
        for later in (0, month, 2 * month)
        for n, (one, start, end, *_) in enumerate(busy_business.rows())
        if n % 100 < load / busy_business.BUSY * 100
    ]
    await shop.api.db.write(shop.id, lambda conn: fill_bookings(conn, shop, rows, other))
    return services


async def search(shop: Business, path: str, services: list[int]) -> float:
    """Return the CPU seconds of one answer, threads included."""
    before = time.process_time()
    reply = await shop.client.call("GET", path, params={"service_id": services, "from": FROM, "to": TO})
    assert reply.status == 200, reply
    return time.process_time() - before


async def others(shop: Business, services: list[int], seconds: float) -> list[float]:
    """Return the seconds that somebody else waited for the list of services while searches ran."""
    ends = time.monotonic() + seconds
    took = []

    async def search_on() -> None:
        while time.monotonic() < ends:
            await search(shop, "/v1/slots", services)

    searching = asyncio.ensure_future(search_on()) if services else None
    while time.monotonic() < ends:
        before = time.perf_counter()
        assert (await shop.client.call("GET", "/v1/services")).status == 200
        took.append(time.perf_counter() - before)
        await asyncio.sleep(0.003)
    if searching is not None:
        await searching
    return took


async def _measure(url: str, rounds: int, seconds: float) -> dict[str, Any]:
    await asyncio.to_thread(migrate, url)
    async with serving_api(url, checked=False) as backend:
        backend.set_time("2026-05-31T22:00:00+00:00")
        shop = await open_business(backend, busy_business.ZONE, slot_step_min=STEP_MIN)
        free = await open_business(backend, busy_business.ZONE, slot_step_min=STEP_MIN)
        found: dict[str, Any] = {"what": "free times, 62 days, 20 specialists, a 5-minute step, the whole HTTP answer"}
        for name, where, load in (("busy", shop, busy_business.BUSY), ("free", free, 0.0)):
            services = await settle(where, load)
            for many, wanted in (("one_service", services[:1]), ("ten_services", services)):
                for path in ("slots", "days"):
                    took = [await search(where, f"/v1/{path}", wanted) for _ in range(rounds)]
                    found[f"{name}_{many}_{path}_ms"] = median(took) * 1000
            quiet, beside = await others(where, [], 1), await others(where, services, seconds)
            found[f"{name}_others_alone_p99_ms"] = quantiles(quiet, n=100)[98] * 1000
            found[f"{name}_others_beside_p99_ms"] = quantiles(beside, n=100)[98] * 1000
        return found | {
            "wanted": {name: ["at most", WANTED_MS] for name in found if name.endswith(("slots_ms", "days_ms"))}
        }


def measure(rounds: int = 5, seconds: float = 3, url: str | None = None) -> dict[str, Any]:
    """Return the CPU milliseconds of the answers, and the others' wait."""
    directory = Path(tempfile.mkdtemp(prefix="slotgate-bench-"))
    sys.setswitchinterval(0.0005)  # as the backend serves
    try:
        return asyncio.run(_measure(url or f"sqlite+aiosqlite:///{directory}/booking.db", rounds, seconds))
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def main() -> None:
    """Run it and print the figures."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.long_search", description=__doc__)
    parser.add_argument("--postgres", help="address of an empty database")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    configure_logging("json", level=logging.WARNING)
    results = [verdicts(measure(url=asked.postgres))]
    sys.stdout.write((json.dumps(results, indent=1) if asked.json else table(results)) + "\n")


if __name__ == "__main__":
    main()
