"""What metrics and traces cost: `uv run python -m tests.bench.observability [--rounds N]`.

Processor time of whole answers, with metrics as they are and with every one of them doing nothing, in turns; what a place
that could be traced costs while tracing is off; and what Litestar's own Prometheus middleware would add to a request.
"""

import argparse
import asyncio
import logging
import shutil
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from timeit import timeit
from typing import Any
from unittest.mock import patch

from litestar import Litestar, get
from litestar.plugins.prometheus import PrometheusConfig
from prometheus_client import Histogram

from backend.db.schema import migrate
from backend.kit.bounded_metrics import BoundedCounter, BoundedHistogram
from backend.kit.logging import configure_logging
from backend.kit.tracing import is_tracing, trace_part
from tests.bench.__main__ import table
from tests.support.asgi import request
from tests.support.backend_api import serving_api
from tests.support.business import open_business
from tests.support.business_rows import CLIENT

Work = Callable[[], Awaitable[object]]


@contextmanager
def _without_metrics() -> Iterator[None]:
    with ExitStack() as stack:
        for kind, name in ((BoundedCounter, "inc"), (BoundedHistogram, "observe"), (Histogram, "observe")):
            stack.enter_context(patch.object(kind, name, lambda *_values, **_more: None))
        yield


async def _cpu_us(work: Work) -> float:
    """Return the processor time of one piece of work, threads included."""
    before = time.process_time()
    await work()
    return (time.process_time() - before) * 1e6


async def _compare(work: Work, rounds: int) -> tuple[float, float]:
    """Return the median without metrics, and how much higher the one with them is, measured in turns."""
    measured, bare = [], []
    for _ in range(rounds):
        measured.append(await _cpu_us(work))
        with _without_metrics():
            bare.append(await _cpu_us(work))
    return median(bare), median(measured) - median(bare)


async def _measure_answers(folder: Path, rounds: int) -> dict[str, Any]:
    async with serving_api(f"sqlite+aiosqlite:///{folder / 'booking.db'}", checked=False) as api:
        shop = await open_business(api)
        service = await shop.add_service(5)
        await shop.add_specialist(service, hours="00:00-24:00")
        start = datetime.fromtimestamp(api.clock(), UTC).replace(hour=0, minute=0, second=0) + timedelta(days=1)

        async def book() -> None:
            nonlocal start
            start += timedelta(minutes=5)
            reply = await shop.admin.book(service, start=start.isoformat(), client_id=shop.people[CLIENT], force=True)
            assert reply.status == 201, reply

        async def look() -> None:
            await shop.client.slots(service, day=str(start.date()))

        booking, booking_metrics = await _compare(book, rounds)
        slots, slots_metrics = await _compare(look, rounds)
    return {
        "what": "metrics, CPU of a whole answer in microseconds",
        "a_booking_without_metrics": booking,
        "metrics_add_to_a_booking": booking_metrics,
        "a_day_of_free_times_without_metrics": slots,
        "metrics_add_to_free_times": slots_metrics,
    }


def _measure_off() -> dict[str, Any]:
    assert not is_tracing()

    def off() -> None:
        with trace_part("x", {"y": "z"}) as part:
            part.set("http.response.status_code", 200)

    def bare() -> None:
        pass

    number = 200_000
    each = (timeit(off, number=number) - timeit(bare, number=number)) / number * 1e6
    return {
        "what": "tracing off, microseconds",
        "a_place_that_could_be_traced": each,
        "all_places_of_a_booking": 6 * each,
    }


async def _measure_plugin(rounds: int) -> dict[str, Any]:
    @get("/empty", sync_to_thread=False)
    def empty() -> None:
        return None

    plain = Litestar([empty], openapi_config=None)
    measured = Litestar([empty], openapi_config=None, middleware=[PrometheusConfig().middleware])
    times: dict[str, list[float]] = {"plain": [], "measured": []}
    for _ in range(rounds):
        times["plain"].append(await _cpu_us(lambda: request(plain, "GET", "/empty")))
        times["measured"].append(await _cpu_us(lambda: request(measured, "GET", "/empty")))
    return {
        "what": "Litestar's Prometheus middleware, microseconds of CPU",
        "an_empty_answer": median(times["plain"]),
        "with_the_middleware": median(times["measured"]),
        "what_it_adds": median(times["measured"]) - median(times["plain"]),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.observability", description=__doc__)
    parser.add_argument("--rounds", type=int, default=1500, help="answers of each kind")
    rounds = parser.parse_args().rounds
    configure_logging("json", level=logging.WARNING, library_level=logging.WARNING)
    folder = Path(tempfile.mkdtemp(prefix="slotgate-bench-"))
    try:
        migrate(f"sqlite+aiosqlite:///{folder / 'booking.db'}")
        answers = asyncio.run(_measure_answers(folder, rounds))
    finally:
        shutil.rmtree(folder)
    results = [answers, _measure_off(), asyncio.run(_measure_plugin(rounds))]
    sys.stdout.write(table(results) + "\n")


if __name__ == "__main__":
    main()
