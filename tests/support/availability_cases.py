"""The published cases of free times, read as facts for the pure engine and as data for a business."""

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from backend.contract.tenancy import Policies
from backend.schedule import assignment, hours
from backend.schedule.facts import Facts, group_by_specialist
from backend.schedule.rules import Availability
from backend.schedule.search import BookingLimits
from backend.schedule.steps import ServiceStep
from backend.schedule.zones import Zone, load_zone

_FILE = json.loads((Path(__file__).parents[1] / "cases" / "availability.json").read_text())
CASES: list[dict[str, Any]] = [{**_FILE["defaults"], **case} for case in _FILE["cases"]]
SPECIALIST, SERVICE, OTHER = 1, 1, 2


def epoch(text: str) -> int:
    """Return the epoch seconds of an RFC 3339 time."""
    return int(datetime.fromisoformat(text).timestamp())


def instant(where: Zone, day: int, text: str, *, end: bool = False) -> int:
    """Return a time of a case: a wall time of the day or an instant that ends in Z."""
    if text.endswith("Z"):
        return epoch(text)
    return where.instant(day, int(text[:2]) * 60 + int(text[3:]), end=end)


def shown(where: Zone, at: int, like: list[str]) -> str:
    """Return an instant as the case writes its expectation."""
    if like and like[0].endswith("Z"):
        return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return where.local(at).strftime("%H:%M")


def busy_stretches(case: dict[str, Any]) -> list[tuple[int, int, int, int]]:
    """Return (start, end, before_s, after_s) of each existing booking."""
    where, day = load_zone(case["tz"]), date.fromisoformat(case["date"]).toordinal()
    out = []
    for row in case.get("busy", []):
        start, end = instant(where, day, row["start"]), instant(where, day, row["end"], end=True)
        out.append((start, end, row.get("before", 0) * 60, row.get("after", 0) * 60))
    return out


def solve(case: dict[str, Any]) -> list[str]:
    """Return the starts in the shifts that begin on the case's date, as the pure engine gives them."""
    where, day = load_zone(case["tz"]), date.fromisoformat(case["date"]).toordinal()
    service, policy = case["service"], case.get("policy", {})
    shifts = hours.merge_shifts(hours.parse_shift("-".join(pair)) for pair in case["hours"])
    booked = SERVICE if case.get("same_service") else OTHER
    facts = Facts(
        zone=where,
        dates={SPECIALIST: {day: shifts}},
        occupied=group_by_specialist(
            sorted(
                (SPECIALIST, start - before, end + after, booked, index, start, end, 1)
                for index, (start, end, before, after) in enumerate(busy_stretches(case))
            )
        ),
    )
    step = ServiceStep(
        service_id=SERVICE,
        buffer_before=service.get("before", 0) * 60,
        buffer_after=service.get("after", 0) * 60,
        capacity=case.get("capacity", 1),
        room_ids=(),
        durations={SPECIALIST: service["duration"] * 60},
        together=case.get("starts") == "together",
    )
    policies = Policies(
        slot_step_min=service["step"],
        buffers_within_hours=policy.get("buffers_within_hours", case["buffers_within_hours"]),
        min_notice_min=case["min_notice_min"],
        horizon_days=case["horizon_days"],
    )
    allowed = BookingLimits.from_policies(policies, where, epoch(case["now"]), client_limits=True)
    first, last = where.midnight(day), where.midnight(day + 2) - 1
    found = assignment.list_free_starts(Availability(facts, [step], allowed, first, last), [SPECIALIST])
    return [shown(where, start, case["expect"]) for start, _ in found]
