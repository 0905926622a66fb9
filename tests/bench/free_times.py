"""Free times for 20 specialists over 30 days at 60 % busy, from rows: the engine against the straightforward way."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

from backend.schedule import assignment
from backend.schedule.rules import Availability
from backend.schedule.zones import load_zone
from tests.bench import busy_business
from tests.bench.straightforward import free_times


def cpu_s(work: Callable[[], object], rounds: int) -> float:
    """Return the median CPU seconds of a call."""
    took = []
    for _ in range(rounds):
        before = time.process_time()
        work()
        took.append(time.process_time() - before)
    return median(took)


def engine(rows: list[Any]) -> list[tuple[int, list[int]]]:
    """Return the engine's answer, from rows."""
    where = load_zone(busy_business.ZONE)
    terms, first, last = busy_business.wanted(where)
    available = Availability(busy_business.facts(rows), [busy_business.service_step()], terms, first, last)
    return assignment.list_free_starts(available, busy_business.SPECIALISTS)


def rival(rows: list[Any]) -> list[tuple[datetime, list[int]]]:
    """Return the straightforward answer, from rows."""
    where = load_zone(busy_business.ZONE)
    return free_times(
        rows,
        busy_business.SPECIALISTS,
        busy_business.HOURS,
        ZoneInfo(busy_business.ZONE),
        busy_business.FIRST,
        busy_business.LAST,
        step=timedelta(minutes=busy_business.STEP_MIN),
        duration=timedelta(minutes=busy_business.DURATION_MIN),
        before=timedelta(minutes=busy_business.BEFORE_MIN),
        after=timedelta(minutes=busy_business.AFTER_MIN),
        earliest=datetime.fromtimestamp(busy_business.wanted(where)[1], UTC),
    )


def measure(rounds: int = 15) -> dict[str, Any]:
    """Return the CPU seconds of both. Raises AssertionError where the answers differ."""
    rows = busy_business.rows()
    ours, theirs = engine(rows), rival(rows)
    assert ours == [(int(start.timestamp()), who) for start, who in theirs]
    fast, slow = cpu_s(lambda: engine(rows), rounds), cpu_s(lambda: rival(rows), 3)
    return {
        "what": "free times, pure, from rows",
        "rows": len(rows),
        "starts": len(ours),
        "engine_ms": fast * 1000,
        "rival_ms": slow * 1000,
        "times_less_cpu": slow / fast,
        "wanted": {"times_less_cpu": ["at least", 75]},
    }


if __name__ == "__main__":
    import json
    import sys

    json.dump(measure(), sys.stdout, indent=1)
