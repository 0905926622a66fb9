"""The published cases of free times, through HTTP, and the property that listing and booking agree."""

from datetime import date
from typing import Any

import pytest

from backend.db import tables
from backend.schedule.hours import parse_shift
from backend.schedule.zones import load_zone
from tests.support.availability_cases import CASES, busy_stretches, epoch, shown
from tests.support.backend_api import Api
from tests.support.business import day_after, open_business
from tests.support.business_rows import OTHER


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
async def test_published_case_over_http(case: dict[str, Any], backend: Api) -> None:
    backend.set_time(case["now"])
    service, where = case["service"], load_zone(case["tz"])
    shop = await open_business(
        backend,
        case["tz"],
        slot_step_min=service["step"],
        min_notice_min=case["min_notice_min"],
        horizon_days=case["horizon_days"],
        buffers_within_hours=case.get("policy", {}).get("buffers_within_hours", case["buffers_within_hours"]),
    )
    wanted = await shop.add_service(
        service["duration"],
        before=service.get("before", 0),
        after=service.get("after", 0),
        capacity=case.get("capacity", 1),
        starts=case.get("starts", "any"),
    )
    other = await shop.add_service(30)
    one = await shop.add_specialist(wanted, other, hours=None)
    for shift in case["hours"]:
        start, end = parse_shift("-".join(shift))
        await shop.insert(tables.date_hours, specialist_id=one, date=case["date"], start_min=start, end_min=end)
    for start, end, before, after in busy_stretches(case):
        await shop.add_booking(
            start, (end - start) // 60, who=OTHER, service_id=wanted if case.get("same_service") else other,
            specialist_id=one, before=before, after=after, capacity=case.get("capacity", 1),
        )  # fmt: skip
    slots = await shop.client.slots(wanted, day=case["date"], to=day_after(case["date"]))
    assert [shown(where, epoch(slot["start"]), case["expect"]) for slot in slots] == case["expect"]
    assert all(epoch(slot["local"]) == epoch(slot["start"]) for slot in slots)
    # what is listed can be booked, and what lies between cannot
    day = date.fromisoformat(case["date"]).toordinal()
    free = {epoch(slot["start"]) for slot in slots}
    for minute in range(0, 1620, 45):
        start = where.midnight(day) + minute * 60
        if start not in free:
            reply = await shop.client.book(wanted, start=where.local(start).isoformat())
            assert reply.status == 409, (reply, where.local(start))
    if slots:
        reply = await shop.client.book(wanted, start=slots[-1]["local"], specialist_id=one)
        assert (reply.status, reply.body["start"]) == (201, slots[-1]["start"])
