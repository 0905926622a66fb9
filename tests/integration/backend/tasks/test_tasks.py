"""Bookings that cannot take place as booked: opened by a change, offered new times, settled; on both databases."""

from typing import Any

import pytest

from backend.auth.queries import load_tenant
from backend.db import tables
from backend.tenancy.business import apply_business, load_business
from tests.support.business import Business
from tests.support.business_rows import CLIENT, NOW, OTHER
from tests.support.displaced_bookings import (
    DAY,
    FAIR,
    HOUR,
    START,
    booking_of,
    claim,
    day_of,
    deliver,
    grace_of,
    open_tasks,
    remind,
    take_off,
    utc,
)

CHANGES: dict[str, tuple[str, str, Any]] = {
    "time_off": (
        "POST",
        "/v1/specialists/{anna}/time-off",
        {"start": f"{day_of(START)}T00:00", "end": f"{day_of(START + DAY)}T00:00"},
    ),
    "closure": ("POST", "/v1/closures", {"date": day_of(START - DAY), "last": day_of(START + DAY)}),
    "hours": ("PATCH", "/v1/specialists/{anna}/hours", {"thu": ["09:00-12:00"]}),
    "date": ("PUT", f"/v1/specialists/{{anna}}/dates/{day_of(START)}", {"shifts": []}),
    "service": ("DELETE", "/v1/services/{haircut}", None),
    "offer": ("PATCH", "/v1/specialists/{anna}", {"services": []}),
    "specialist": ("DELETE", "/v1/specialists/{anna}", None),
}


@pytest.mark.parametrize("change", CHANGES)
async def test_a_change_shows_what_it_touches_and_does_what_is_chosen(barber: Business, change: str) -> None:
    """The preview changes nothing; by default bookings stay; a task each, or they are cancelled, only where chosen."""
    booking = await barber.add_booking(START)
    request = await barber.add_booking(START + HOUR, who=OTHER, status="pending")
    later = await barber.add_booking(START + 8 * DAY - 4 * HOUR)
    method, path, body = CHANGES[change]
    path = path.format(anna=barber.specialists["Anna"], haircut=barber.services["Haircut"])
    ids = {booking, request} if change in ("time_off", "closure", "hours", "date") else {booking, request, later}

    async def make(**params: Any) -> Any:
        answer = await barber.admin.ok(method, path, json=body, params=params)
        return {one["booking_id"] for one in answer.get("displaced", answer.get("affected"))}, answer["handled"]

    before = await barber.rows(tables.audit), await barber.rows(tables.outbox), await barber.rows(tables.bookings)
    for handling in FAIR:
        assert await make(bookings=handling, preview="true") == (ids, 0 if handling == "keep" else len(ids))
    after = await barber.rows(tables.audit), await barber.rows(tables.outbox), await barber.rows(tables.bookings)
    assert before == after
    assert await open_tasks(barber) == []
    assert await make(bookings="need_new_times") == (ids, len(ids))
    assert await open_tasks(barber) == sorted(ids)
    assert sorted(await deliver(barber)) == [("move_asked", "client")] * len(ids)
    tasks = await barber.admin.ok("GET", "/v1/tasks")
    assert [one["booking"]["id"] for one in tasks["items"]] == [n for n in (booking, request, later) if n in ids]
    assert {one["asked"] for one in tasks["items"]} == {"sent"}
    assert tasks["items"][0]["booking"]["client_name"] == f"Person {CLIENT}"


@pytest.mark.parametrize(
    ("handling", "status", "kinds"), [("keep", "confirmed", set()), ("cancel", "cancelled", {"cancelled"})]
)
async def test_kept_or_cancelled(barber: Business, handling: str, status: str, kinds: set[str]) -> None:
    booking, held = (
        await barber.add_booking(START),
        await barber.add_booking(START + HOUR, who=OTHER, status="held", hold_until=NOW + 60),
    )
    assert (await take_off(barber, bookings=handling))["handled"] == (handling == "cancel")
    assert await open_tasks(barber) == []
    shown = await booking_of(barber, booking)
    assert (shown["status"], shown["task"]) == (status, None)
    assert {kind for kind, _ in await deliver(barber)} == kinds
    # a place that is only held is not booked: it goes with everything but "keep"
    (row,) = await barber.rows(tables.bookings, tables.bookings.c.id == held)
    assert row.status == ("held" if handling == "keep" else "expired")


async def test_the_same_time_with_another_is_offered_for_the_lower_price(barber: Business) -> None:
    """Free of notice and approval, also a minute before; the duration stays, and a repeated press changes nothing more."""
    grace = await grace_of(barber)
    booking = await barber.add_booking(START, minutes=45)
    await remind(barber, booking)
    await take_off(barber)
    (notice,) = await claim(barber)
    offered = notice["new_times"]
    asked = await barber.client.ok("GET", f"/v1/bookings/{booking}/new-times")
    assert asked.pop("booking")["task"] == "open"
    assert {**offered, "booking": None} == {**asked, "booking": None}
    same = offered["same_time"]
    assert (offered["cause"], offered["name"]) == ("time_off", "Anna")
    assert (same["start"], same["specialist_id"], same["specialist_name"], same["price"]) == (
        utc(START),
        grace,
        "Grace",
        "9.00",
    )
    assert len(offered["others"]) == 3
    assert utc(START) not in [one["start"] for one in offered["others"]]
    barber.api.clock.set(START - 60)
    body = {"start": same["start"], "specialist_id": grace}
    taken = await barber.client.ok("POST", f"/v1/bookings/{booking}/new-time", json=body)
    assert (taken["price"], taken["specialist_id"], taken["task"]) == ("9.00", grace, None)
    assert taken["items"][0]["duration_min"] == 45
    assert await open_tasks(barber) == []
    await barber.client.refused("illegal_step", "POST", f"/v1/bookings/{booking}/new-time", json=body)
    await barber.client.refused("not_found", "GET", f"/v1/bookings/{booking}/new-times")


async def test_the_booked_price_stays_where_the_other_is_dearer(barber: Business) -> None:
    grace = await grace_of(barber, 1200)
    booking = await barber.add_booking(START)
    await take_off(barber)
    offered = await barber.client.ok("GET", f"/v1/bookings/{booking}/new-times")
    assert offered["same_time"]["price"] == "10.00"
    body = {"start": utc(START), "specialist_id": grace}
    assert (await barber.client.ok("POST", f"/v1/bookings/{booking}/new-time", json=body))["price"] == "10.00"


async def test_without_another_the_three_nearest_times_and_never_where_the_client_is(barber: Business) -> None:
    booking = await barber.add_booking(START)
    # the client is elsewhere in the first hour of the day after, which would be nearest
    next_day = START + DAY - 5 * HOUR
    await barber.add_booking(next_day, minutes=60)
    await take_off(barber)
    offered = await barber.client.ok("GET", f"/v1/bookings/{booking}/new-times")
    assert offered["same_time"] is None
    near = [START - DAY + 3 * HOUR + 1800, next_day + HOUR, next_day + HOUR + 1800]
    assert [one["start"] for one in offered["others"]] == [utc(at) for at in near]
    body = {"start": offered["others"][0]["start"], "specialist_id": offered["others"][0]["specialist_id"]}
    moved = await barber.client.ok("POST", f"/v1/bookings/{booking}/new-time", json=body)
    assert (moved["start"], moved["task"]) == (body["start"], None)


async def test_whoever_presses_second_gets_the_next_three(barber: Business) -> None:
    grace = await grace_of(barber)
    first, second = await barber.add_booking(START), await barber.add_booking(START + 1800, who=OTHER)
    await take_off(barber)
    body = {"start": utc(START), "specialist_id": grace}
    await barber.client.ok("POST", f"/v1/bookings/{first}/new-time", json=body)
    problem = await barber.other.refused("slot_taken", "POST", f"/v1/bookings/{second}/new-time", json=body)
    assert len(problem["alternatives"]) == 3
    assert utc(START) not in [one["start"] for one in problem["alternatives"]]
    assert await open_tasks(barber) == [second]
    offered = await barber.other.ok("GET", f"/v1/bookings/{second}/new-times")
    assert utc(START) not in [one["start"] for one in offered["others"]]


async def test_a_change_that_is_taken_back_lets_the_time_stand(barber: Business) -> None:
    """Only once nothing else is in the way; who was asked is told, and is reminded again."""
    booking, quick = await barber.add_booking(START), await barber.add_booking(START + HOUR, who=OTHER)
    await remind(barber, booking)
    time_off = (await take_off(barber))["id"]
    assert await deliver(barber) == [("move_asked", "client")] * 2
    await barber.admin.ok("POST", "/v1/closures", json={"date": day_of(START)}, params={"bookings": "need_new_times"})
    await barber.other.ok("POST", f"/v1/bookings/{quick}/cancel")
    await deliver(barber)
    anna = barber.specialists["Anna"]
    await barber.specialist.ok("DELETE", f"/v1/specialists/{anna}/time-off/{time_off}")
    assert await open_tasks(barber) == [booking]
    await barber.admin.ok("DELETE", f"/v1/closures/{day_of(START)}")
    assert await open_tasks(barber) == []
    assert (await booking_of(barber, booking))["task"] is None
    assert await deliver(barber) == [("time_stands", "client")]
    waiting = await barber.rows(tables.outbox, tables.outbox.c.kind == "reminder", tables.outbox.c.status == "waiting")
    assert {row.booking_id for row in waiting} == {booking}
    await barber.client.refused("not_found", "GET", f"/v1/bookings/{booking}/new-times")


async def test_taken_back_before_anybody_was_asked_nobody_hears_of_it(barber: Business) -> None:
    booking = await barber.add_booking(START)
    time_off = (await take_off(barber))["id"]
    await barber.specialist.ok("DELETE", f"/v1/specialists/{barber.specialists['Anna']}/time-off/{time_off}")
    assert (await booking_of(barber, booking))["task"] is None
    assert await deliver(barber) == []


async def test_an_import_that_opens_the_day_again_lets_the_time_stand(barber: Business) -> None:
    booking = await barber.add_booking(START)
    day = {"date": day_of(START)}
    await barber.admin.ok("POST", "/v1/closures", json=day, params={"bookings": "need_new_times"})
    assert await open_tasks(barber) == [booking]

    def run(conn: Any) -> None:
        tenant = load_tenant(conn, barber.slug)
        assert tenant is not None
        business, problems = load_business("closures: []\n", "barber.yaml")
        assert business is not None, problems
        apply_business(conn, tenant, business, NOW)

    await barber.api.db.write(barber.id, run)
    assert await open_tasks(barber) == []


async def test_a_client_may_choose_any_other_time_at_the_last_minute(barber: Business) -> None:
    """Notice and cut-off bind nobody whose booking cannot take place: what is listed can be taken at once."""
    await grace_of(barber)
    booking = await barber.add_booking(START)
    await take_off(barber)
    barber.api.clock.set(START - 600)
    path, day = f"/v1/bookings/{booking}", day_of(START)
    listed = await barber.client.ok("GET", f"{path}/slots", params={"from": day, "to": day, "any_specialist": True})
    starts = [slot["start"] for slot in listed["slots"]]
    assert starts[0] == utc(START + 1800)
    moved = await barber.client.ok("POST", f"{path}/move", json={"start": starts[0], "any_specialist": True})
    assert (moved["start"], moved["status"], moved["task"]) == (starts[0], "confirmed", None)
