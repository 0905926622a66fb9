"""Hours, dates, time off and closures over HTTP: what they change, whom they touch, who may change them."""

from typing import Any

import pytest

from tests.support.backend_api import Api
from tests.support.business import Business, open_business
from tests.support.business_rows import ADMIN, CLIENT, OTHER

DAY = "2026-06-10"
ANNA, BORIS = 2001, 2002


async def locals_of(shop: Business, service: int, day: str, to: str | None = None) -> list[str]:
    return [slot["local"][5:16] for slot in await shop.client.slots(service, day=day, to=to)]


async def test_the_week_with_breaks_and_nights(backend: Api) -> None:
    shop = await open_business(backend)
    service = await shop.add_service(60)
    one = await shop.add_specialist(service, hours=None, tg_id=ANNA)
    week = {"wed": ["09:00-11:00", "12:00-13:00"], "fri": ["22:00-02:00"], "sun": ["00:00-24:00"]}
    reply = await shop.caller(ANNA).call("PUT", f"/v1/specialists/{one}/hours", json=week)
    assert (reply.status, reply.body["affected"], reply.body["id"]) == (200, [], None)
    shown = (await shop.caller(ANNA).call("GET", f"/v1/specialists/{one}/schedule")).body["hours"]
    assert {day: shifts for day, shifts in shown.items() if shifts} == week
    assert await locals_of(shop, service, DAY) == ["06-10T09:00", "06-10T10:00", "06-10T12:00"]
    assert await locals_of(shop, service, "2026-06-12") == ["06-12T22:00", "06-12T23:00"]
    # the night of Friday belongs to Saturday, which is a day off
    assert await locals_of(shop, service, "2026-06-13") == ["06-13T00:00", "06-13T01:00"]
    assert len(await locals_of(shop, service, "2026-06-14")) == 24
    # dates replace the week for the shifts that start on them
    night_off = await shop.caller(ANNA).call("PUT", f"/v1/specialists/{one}/dates/2026-06-13", json={"shifts": []})
    assert night_off.status == 200
    assert await locals_of(shop, service, "2026-06-13") == ["06-13T00:00", "06-13T01:00"]
    await shop.caller(ANNA).call("PUT", f"/v1/specialists/{one}/dates/2026-06-12", json={"shifts": ["09:00-10:00"]})
    assert await locals_of(shop, service, "2026-06-12", "2026-06-13") == ["06-12T09:00"]
    await shop.caller(ANNA).call("DELETE", f"/v1/specialists/{one}/dates/2026-06-12")
    assert len(await locals_of(shop, service, "2026-06-12", "2026-06-13")) == 4
    # a closure empties its own date and lets no shift start on it
    assert (await shop.admin.call("POST", "/v1/closures", json={"date": "2026-06-13"})).status == 201
    assert await locals_of(shop, service, "2026-06-12", "2026-06-13") == ["06-12T22:00", "06-12T23:00"]
    assert (await shop.admin.call("DELETE", "/v1/closures/2026-06-13")).status == 200
    await shop.admin.call("POST", "/v1/closures", json={"date": "2026-06-12"})
    assert await locals_of(shop, service, "2026-06-12", "2026-06-13") == []


async def test_what_a_change_touches_is_told_and_left_alone(backend: Api) -> None:
    shop = await open_business(backend)
    service = await shop.add_service(60)
    one = await shop.add_specialist(service, tg_id=ANNA)
    other = await shop.add_specialist(service)
    early = await shop.client.booked(service, start=f"{DAY}T09:00:00+02:00", specialist_id=one)
    late = await shop.other.booked(service, start=f"{DAY}T15:00:00+02:00", specialist_id=one)
    theirs = await shop.client.booked(service, start=f"{DAY}T15:00:00+02:00", specialist_id=other)
    off = await shop.caller(ANNA).call(
        "POST", f"/v1/specialists/{one}/time-off", json={"start": f"{DAY}T14:00", "end": f"{DAY}T15:30"}
    )
    assert [row["booking_id"] for row in off.body["affected"]] == [late["id"]]
    (row,) = off.body["affected"]
    assert (row["client_name"], row["local"]) == (f"Person {OTHER}", f"{DAY}T15:00:00+02:00")
    shorter = await shop.admin.call("PUT", f"/v1/specialists/{one}/hours", json={"wed": ["10:00-17:00"]})
    assert [row["booking_id"] for row in shorter.body["affected"]] == [early["id"]]
    closed = await shop.admin.call("POST", "/v1/closures", json={"date": DAY})
    assert {row["booking_id"] for row in closed.body["affected"]} == {early["id"], late["id"], theirs["id"]}
    for booking in (early, late, theirs):
        seen = (await shop.admin.call("GET", f"/v1/bookings/{booking['id']}")).body
        assert (seen["status"], seen["start"]) == ("confirmed", booking["start"])
    gone = await shop.caller(ANNA).call("DELETE", f"/v1/specialists/{one}/time-off/{off.body['id']}")
    assert gone.status == 200
    assert (await shop.caller(ANNA).call("DELETE", f"/v1/specialists/{one}/time-off/{off.body['id']}")).status == 404


async def test_who_may_change_what(backend: Api) -> None:
    shop = await open_business(backend)
    service = await shop.add_service(60)
    anna, boris = await shop.add_specialist(service, tg_id=ANNA), await shop.add_specialist(service, tg_id=BORIS)
    week, off = {"mon": ["09:00-10:00"]}, {"start": f"{DAY}T09:00", "end": f"{DAY}T10:00"}
    for path, body, method in (
        ("hours", week, "PUT"),
        (f"dates/{DAY}", {"shifts": []}, "PUT"),
        (f"dates/{DAY}", None, "DELETE"),
        ("time-off", off, "POST"),
    ):
        for who, status in ((CLIENT, 403), (ANNA, 403), (BORIS, 0), (ADMIN, 0)):
            reply = await shop.caller(who).call(method, f"/v1/specialists/{boris}/{path}", json=body)
            assert reply.status == (status or (201 if method == "POST" else 200)), (path, who, reply)
    for who in (CLIENT, ANNA):
        assert (await shop.caller(who).call("POST", "/v1/closures", json={"date": DAY})).status == 403
        assert (await shop.caller(who).call("DELETE", f"/v1/closures/{DAY}")).status == 403
    assert (await shop.caller(BORIS).call("GET", f"/v1/specialists/{anna}/schedule")).status == 403
    assert (
        await shop.client.call("GET", "/v1/slots/why", params={"service_id": service, "start": f"{DAY}T10:00:00Z"})
    ).status == 403
    assert (await shop.client.call("GET", "/v1/agenda", params={"date": DAY})).status == 403
    # anybody may look for free times
    assert (
        await shop.nobody.call("GET", "/v1/slots", params={"service_id": service, "from": DAY, "to": DAY})
    ).status == 200


@pytest.mark.parametrize(
    ("path", "method", "body"),
    [
        ("hours", "PUT", {"mon": ["09:00-12:00", "11:00-13:00"]}),
        ("hours", "PUT", {"mon": ["9-12"]}),
        ("hours", "PUT", {"mon": ["09:00-25:00"]}),
        ("hours", "PUT", {"mon": ["24:00-10:00"]}),
        ("hours", "PUT", {"mo": []}),
        ("hours", "PUT", {"mon": ["09:00-10:00"] * 25}),
        ("dates/2026-02-30", "PUT", {"shifts": []}),
        ("dates/tomorrow", "PUT", {"shifts": []}),
        ("dates/2026-06-10", "PUT", {"shifts": ["22:00-22:00", "23:00-23:30"]}),
        ("time-off", "POST", {"start": "2026-06-10T10:00", "end": "2026-06-10T10:00"}),
        ("time-off", "POST", {"start": "2026-06-10T10:00", "end": "2026-06-09T10:00"}),
        ("time-off", "POST", {"start": "2026-06-31T10:00", "end": "2026-07-09T10:00"}),
        ("time-off", "POST", {"start": "2026-06-10T10:00", "end": "2046-06-10T10:00"}),
        ("time-off", "POST", {"start": "2026-06-10T10:00Z", "end": "2026-06-10T11:00Z"}),
    ],
    ids=str,
)
async def test_bad_schedules(path: str, method: str, body: Any, backend: Api) -> None:
    shop = await open_business(backend)
    one = await shop.add_specialist(tg_id=ANNA)
    reply = await shop.caller(ANNA).call(method, f"/v1/specialists/{one}/{path}", json=body)
    assert (reply.status, reply.code) == (400, "invalid"), reply


async def test_the_agenda_shows_shifts_bookings_and_gaps(backend: Api) -> None:
    shop = await open_business(backend)
    service = await shop.add_service(60, before=10, after=20)
    one = await shop.add_specialist(service, hours="09:00-12:00 13:00-15:00", tg_id=ANNA)
    await shop.add_specialist(service, hours="22:00-02:00", tg_id=BORIS)
    second = await shop.client.booked(service, start=f"{DAY}T13:00:00+02:00", specialist_id=one)
    first = await shop.client.booked(service, start=f"{DAY}T10:00:00+02:00", specialist_id=one)
    both = (await shop.admin.call("GET", "/v1/agenda", params={"date": DAY})).body
    assert both["date"] == DAY
    day, night = both["days"]
    assert day["booking_ids"] == [first["id"], second["id"]]

    def hours(stretches: list[dict[str, str]]) -> list[tuple[str, str]]:
        return [(stretch["start"][11:16], stretch["end"][11:16]) for stretch in stretches]

    assert hours(day["shifts"]) == [("07:00", "10:00"), ("11:00", "13:00")]
    assert hours(day["gaps"]) == [("07:00", "07:50"), ("09:20", "10:00"), ("12:20", "13:00")]
    # the night before ends today, tonight ends tomorrow; the rest of the night is free on the day of its shift alone
    assert [one["start"][:10] for one in night["shifts"]] == ["2026-06-09", DAY]
    assert hours(night["shifts"]) == [("20:00", "00:00"), ("20:00", "00:00")]
    assert hours(night["gaps"]) == [("20:00", "00:00")]
    backend.set_time(f"{DAY}T00:30:00+02:00")
    night = (await shop.caller(BORIS).call("GET", "/v1/agenda", params={"date": DAY})).body["days"][0]
    assert hours(night["gaps"]) == [("22:00", "00:00"), ("20:00", "00:00")]
    own = (await shop.caller(ANNA).call("GET", "/v1/agenda", params={"date": DAY})).body
    assert [row["specialist_id"] for row in own["days"]] == [one]
    assert (
        await shop.caller(BORIS).call("GET", "/v1/agenda", params={"date": DAY, "specialist_id": one})
    ).status == 403


async def test_an_hour_that_comes_twice_is_offered_twice(backend: Api) -> None:
    shop = await open_business(backend)
    service = await shop.add_service(60)
    one = await shop.add_specialist(service, hours=None)
    await shop.admin.call("PUT", f"/v1/specialists/{one}/hours", json={"sun": ["01:00-04:00"]})
    backend.set_time("2026-10-01T00:00:00+00:00")
    twice = [slot["local"] for slot in await shop.client.slots(service, day="2026-10-25")]
    assert twice == [
        "2026-10-25T01:00:00+02:00",
        "2026-10-25T02:00:00+02:00",
        "2026-10-25T02:00:00+01:00",
        "2026-10-25T03:00:00+01:00",
    ]
    got = [(await shop.client.booked(service, start=start))["start"] for start in twice]
    assert len(set(got)) == 4
    # time off in a gap moves with the clock: nothing is left of it
    backend.set_time("2027-03-01T00:00:00+00:00")
    off = {"start": "2027-03-28T02:00", "end": "2027-03-28T03:00"}
    assert (await shop.admin.call("POST", f"/v1/specialists/{one}/time-off", json=off)).status == 201
    spring = [slot["local"] for slot in await shop.client.slots(service, day="2027-03-28")]
    assert spring == ["2027-03-28T01:00:00+01:00", "2027-03-28T03:00:00+02:00"]


async def test_changes_are_repeated_by_their_key(backend: Api) -> None:
    shop = await open_business(backend)
    one = await shop.add_specialist(tg_id=ANNA)
    off = {"start": f"{DAY}T09:00", "end": f"{DAY}T10:00", "reason": "dentist"}
    path = f"/v1/specialists/{one}/time-off"
    first = await shop.caller(ANNA).call("POST", path, json=off, key="k")
    again = await shop.caller(ANNA).call("POST", path, json=off, key="k")
    assert first.content == again.content
    assert again.headers["idempotent-replayed"] == "true"
    other = await shop.caller(ANNA).call("POST", path, json=off | {"reason": "x"}, key="k")
    assert (other.status, other.code) == (422, "idem_mismatch")
