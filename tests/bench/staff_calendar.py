"""The calendar of staff in a business with 200,000 bookings: `uv run python -m tests.bench.staff_calendar [--json]`.

Twenty specialists work round the clock and are booked without a pause, so each month has nearly 29,000 bookings: no business
has so many. A month, a week and a day of everybody and of one specialist are asked for, each on another date, by the whole
HTTP answer.
"""

import argparse
import asyncio
import json
import logging
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path
from statistics import median
from typing import Any

from backend.db.schema import migrate
from backend.kit.logging import configure_logging
from tests.bench.__main__ import table, verdicts
from tests.bench.past import past
from tests.support.backend_api import serving_api
from tests.support.business import Business, open_business

SPECIALISTS, BOOKINGS = 20, 200_000
WANTED_MS = 150


async def took_ms(shop: Business, days: int, specialist_id: int | None, rounds: int) -> float:
    """Return the median milliseconds of an answer about so many days; the day itself where they are one."""
    taken = []
    for number in range(rounds):
        first = date(2026, 4, 30) - timedelta(days=number)
        params: dict[str, Any] = {"from": first.isoformat(), "to": (first + timedelta(days=days - 1)).isoformat()}
        if specialist_id is not None:
            params["specialist_id"] = specialist_id
        before = time.perf_counter()
        reply = await shop.admin.call("GET", "/v1/calendar", params=params)
        taken.append((time.perf_counter() - before) * 1000)
        assert reply.status == 200, reply
        assert all(day["bookings"] == 48 * (1 if specialist_id else SPECIALISTS) for day in reply.body["days"]), reply
    return median(taken)


async def _measure(directory: Path, count: int, rounds: int) -> dict[str, Any]:
    url = f"sqlite+aiosqlite:///{directory}/calendar.db"
    await asyncio.to_thread(migrate, url)
    async with serving_api(url, checked=False) as backend:
        shop = await open_business(backend)
        service = await shop.add_service(30)
        specialists = [await shop.add_specialist(service, hours="00:00-24:00") for _ in range(SPECIALISTS)]
        await past(shop, count, specialists, service, int(backend.clock()))
        one = specialists[0]
        return {
            "what": f"the calendar of staff with {count:,} bookings, the whole HTTP answer, ms",
            "bookings": count,
            "month_ms": await took_ms(shop, 31, None, rounds),
            "month_of_one_ms": await took_ms(shop, 31, one, rounds),
            "week_ms": await took_ms(shop, 7, None, rounds),
            "week_of_one_ms": await took_ms(shop, 7, one, rounds),
            "wanted": {"month_ms": ["at most", WANTED_MS]},
        }


def measure(count: int, rounds: int = 20) -> dict[str, Any]:
    """Return wall-clock milliseconds, on a database of its own."""
    with tempfile.TemporaryDirectory(prefix="slotgate-bench-", ignore_cleanup_errors=True) as directory:
        return asyncio.run(_measure(Path(directory), count, rounds))


def main() -> None:
    """Run it and print the figures."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.staff_calendar", description=__doc__)
    parser.add_argument("--bookings", type=int, default=BOOKINGS)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    configure_logging("json", level=logging.WARNING)
    results = [verdicts(measure(asked.bookings, asked.rounds))]
    sys.stdout.write((json.dumps(results, indent=1, ensure_ascii=False) if asked.json else table(results)) + "\n")


if __name__ == "__main__":
    main()
