"""Bookings that need a place: with others, in a smaller class, in a race for the last; on both databases."""

import asyncio

import pytest
from sqlalchemy import Connection

from backend.bookings.placement import PlaceRequest, find_place
from backend.db import tables
from backend.schedule.steps import PlacedStep
from tests.support.business import Business
from tests.support.business_rows import CLIENT, NOW, OTHER, SPECIALIST
from tests.support.displaced_bookings import (
    HOUR,
    START,
    booking_of,
    day_of,
    deliver,
    grace_of,
    open_tasks,
    take_off,
    utc,
)


async def test_all_are_placed_with_others_as_far_as_there_are_any(barber: Business) -> None:
    """Two others and five bookings, two of them at one time: the preview says what is done, fairly; the client may refuse."""
    grace, clara = await grace_of(barber), await barber.add_specialist(barber.services["Haircut"], hours="09:00-18:00")
    ids = [await barber.add_booking(START + n * HOUR) for n in range(3)]
    left = await barber.add_booking(START + 3 * HOUR - 1800, who=OTHER)
    for who in (grace, clara):
        await barber.add_booking(START + 3 * HOUR - 1800, who=SPECIALIST, specialist_id=who)
    await take_off(barber)
    await barber.specialist.refused("forbidden", "POST", "/v1/tasks/placements", json={})
    preview = await barber.admin.ok("POST", "/v1/tasks/placements", json={"preview": True})
    assert len(await open_tasks(barber)) == 4
    done = await barber.admin.ok("POST", "/v1/tasks/placements", json={}, key="place")
    shown = [
        [(one["booking"]["id"], one["booking"]["specialist_id"]) for one in each["placed"]] for each in (preview, done)
    ]
    assert shown[0] == shown[1]
    assert [number for number, _ in shown[1]] == ids
    assert sorted({who for _, who in shown[1]}) == sorted([grace, clara])
    assert (done["left"], await open_tasks(barber)) == (1, [left])
    assert {one["previous_name"] for one in done["placed"]} == {"Anna"}
    placed = await booking_of(barber, ids[0])
    assert (placed["task"], placed["start"]) == ("placed", utc(START))
    assert ("moved", "client") in await deliver(barber)
    barber.api.clock.set(START - 60)
    refused = await barber.client.ok("POST", f"/v1/bookings/{ids[0]}/cancel")
    assert (refused["late"], refused["end_reason"]) == (False, "client")


@pytest.mark.parametrize("status", ["held", "pending"])
async def test_what_has_lapsed_keeps_no_place_from_them(barber: Business, status: str) -> None:
    grace = await grace_of(barber)
    booking = await barber.add_booking(START)
    decide_by = NOW - 1 if status == "pending" else None
    await barber.add_booking(
        START, who=OTHER, specialist_id=grace, status=status, hold_until=NOW - 1, decide_by=decide_by
    )
    await take_off(barber)
    done = await barber.admin.ok("POST", "/v1/tasks/placements", json={})
    assert ([one["booking"]["id"] for one in done["placed"]], done["left"]) == ([booking], 0)


async def test_what_the_database_refuses_is_left_and_the_others_are_placed(
    barber: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where a place was found free that is not: here that of somebody who is busy then."""
    grace = await grace_of(barber)
    first, second = [await barber.add_booking(START + n * HOUR) for n in range(2)]
    await barber.add_booking(START, who=OTHER, specialist_id=grace)
    await take_off(barber)

    def find_in_spite(conn: Connection, request: PlaceRequest) -> list[PlacedStep]:
        away = request.start - START - HOUR
        (step,) = find_place(conn, request._replace(start=START + HOUR))
        times = {name: getattr(step, name) + away for name in ("start", "end", "occ_start", "occ_end")}
        return [step._replace(**times)]

    monkeypatch.setattr("backend.tasks.listing.find_place", find_in_spite)
    done = await barber.admin.ok("POST", "/v1/tasks/placements", json={})
    assert ([one["booking"]["id"] for one in done["placed"]], done["left"]) == ([second], 1)
    assert await open_tasks(barber) == [first]


async def test_tasks_are_seen_by_whom_they_concern(barber: Business, studio: Business) -> None:
    booking = await barber.add_booking(START)
    await take_off(barber)
    boris = await barber.add_specialist(barber.services["Haircut"], tg_id=5005)
    assert boris
    assert (await barber.caller(5005).ok("GET", "/v1/tasks"))["total"] == 0
    assert (await studio.admin.ok("GET", "/v1/tasks"))["total"] == 0
    assert (await barber.specialist.ok("GET", "/v1/tasks"))["total"] == 1
    assert (await barber.specialist.ok("GET", "/v1/home"))["tasks"] == 1
    await barber.client.refused("forbidden", "GET", "/v1/tasks")
    for path, body in (("new-time", {"start": utc(START)}), ("told", None), ("keep-time", None)):
        await studio.admin.refused("not_found", "POST", f"/v1/bookings/{booking}/{path}", json=body)
    await barber.other.refused("not_found", "POST", f"/v1/bookings/{booking}/new-time", json={"start": utc(START)})
    await studio.admin.refused("not_found", "GET", f"/v1/bookings/{booking}/new-times")
    await barber.client.refused("forbidden", "POST", f"/v1/bookings/{booking}/told")
    await barber.client.refused("forbidden", "POST", f"/v1/bookings/{booking}/keep-time")
    kept = await barber.specialist.ok("POST", f"/v1/bookings/{booking}/keep-time")
    assert kept["task"] is None


async def test_a_lowered_capacity_lists_who_was_booked_last_and_drops_nobody(barber: Business) -> None:
    """Five of eight remain: of seven booked the last two; one more place lets the earlier of them stand."""
    yoga = await barber.add_service(60, capacity=8)
    anna = await barber.add_specialist(yoga, hours="09:00-18:00")
    clients = [await barber.add_person(7000 + number) for number in range(7)]
    assert clients
    ids = [
        await barber.add_booking(START, 60, who=7000 + number, service_id=yoga, specialist_id=anna, capacity=8)
        for number in range(7)
    ]
    path, ask = f"/v1/services/{yoga}", {"bookings": "need_new_times"}
    kept = await barber.admin.ok("PATCH", path, json={"capacity": 5}, params={"preview": "true"})
    assert [one["booking_id"] for one in kept["displaced"]] == ids[5:]
    assert {one["cause"] for one in kept["displaced"]} == {"capacity"}
    lowered = await barber.admin.ok("PATCH", path, json={"capacity": 5}, params=ask)
    assert (lowered["handled"], await open_tasks(barber)) == (2, ids[5:])
    assert {(await booking_of(barber, number))["status"] for number in ids} == {"confirmed"}
    await barber.admin.ok("PATCH", path, json={"capacity": 6})
    assert await open_tasks(barber) == ids[6:]


async def test_a_room_that_is_taken_away_displaces_who_was_booked_last(barber: Business) -> None:
    grace, chair = await grace_of(barber), barber.rooms["Chair"]
    ids = [
        await barber.add_booking(START, specialist_id=who, who=client, rooms=(chair,))
        for who, client in ((barber.specialists["Anna"], CLIENT), (grace, OTHER))
    ]
    changed = await barber.admin.ok(
        "PATCH", f"/v1/rooms/{chair}", json={"count": 1}, params={"bookings": "need_new_times"}
    )
    assert [one["booking_id"] for one in changed["displaced"]] == await open_tasks(barber) == ids[1:]
    await barber.admin.ok("PATCH", f"/v1/rooms/{chair}", json={"count": 2})
    assert await open_tasks(barber) == []


async def test_twenty_bookings_of_a_sick_specialist_race_for_three_places(barber: Business) -> None:
    """Three get Grace's last places, each one; the others keep their tasks and their old places."""
    service = await barber.add_service(30)
    ill = [await barber.add_specialist(service, hours="09:00-18:00") for _ in range(20)]
    grace = await barber.add_specialist(service, hours="14:00-15:30")
    for number in range(20):
        await barber.add_person(8000 + number)
    ids = [
        await barber.add_booking(START, who=8000 + number, service_id=service, specialist_id=who)
        for number, who in enumerate(ill)
    ]
    await barber.admin.ok(
        "POST", "/v1/closures", json={"date": day_of(START)}, params={"bookings": "need_new_times", "preview": "true"}
    )
    for who in ill:
        await barber.admin.ok(
            "PATCH", f"/v1/specialists/{who}", json={"services": []}, params={"bookings": "need_new_times"}
        )
    assert await open_tasks(barber) == sorted(ids)
    places = [START, START + 1800, START + 3600]

    async def press(number: int) -> list[int]:
        answers = []
        for start in places[number % 3 :] + places[: number % 3]:
            body = {"start": utc(start), "specialist_id": grace}
            reply = await barber.caller(8000 + number).call(
                "POST", f"/v1/bookings/{ids[number]}/new-time", json=body, key=f"{number}-{start}"
            )
            answers.append(reply.status)
            if reply.status == 200:
                break
        return answers

    answers = await asyncio.gather(*(press(number) for number in range(20)))
    assert sum(200 in each for each in answers) == 3
    assert {status for each in answers for status in each} == {200, 409}
    items = await barber.rows(tables.booking_items, tables.booking_items.c.specialist_id == grace)
    assert sorted(item.starts_at for item in items if item.active) == places
    assert len(await open_tasks(barber)) == 17


async def test_who_does_only_a_part_is_offered_with_who_does_the_rest(barber: Business) -> None:
    """Two in turn instead of one who is away: both are named, and the client pays the lower price of each."""
    wash, colour = await barber.add_service(30, price=1000), await barber.add_service(30, price=2000)
    away = await barber.add_specialist(wash, colour, hours="09:00-18:00")
    await barber.add_specialist(wash, hours="09:00-18:00", price={wash: 900})
    await barber.add_specialist(colour, hours="09:00-18:00", price={colour: 1500})
    booking = await barber.admin.booked(
        wash, colour, start=utc(START), specialist_id=away, client_id=barber.people[CLIENT]
    )
    day = {"start": f"{day_of(START)}T00:00", "end": f"{day_of(START + 86_400)}T00:00"}
    path, how = f"/v1/specialists/{away}/time-off", {"bookings": "need_new_times"}
    await barber.admin.ok("POST", path, json=day, params=how)
    offered = await barber.client.ok("GET", f"/v1/bookings/{booking['id']}/new-times")
    near = offered["others"][0]
    assert len(near["specialist_name"].split(", ")) == 2
    assert (near["specialist_id"], near["price"]) == (None, "24.00")
    body = {"start": near["start"]}
    taken = await barber.client.ok("POST", f"/v1/bookings/{booking['id']}/new-time", json=body)
    assert (taken["price"], taken["task"]) == ("24.00", None)
