"""Hours, dates, time off and closures over HTTP: what they change, whom they touch, who may change them."""

from typing import Any

import pytest

from tests.support.booking_stage import ADMIN, CLIENT, OTHER, Backend, Shop

DAY = "2026-06-10"
ANNA, BORIS = 2001, 2002


async def locals_of(shop: Shop, service: int, day: str, to: str | None = None) -> list[str]:
    return [slot["local"][5:16] for slot in await shop.slots(service, day=day, to=to)]


async def test_the_week_with_breaks_and_nights(backend: Backend) -> None:
    shop = await backend.shop()
    service = await shop.service(60)
    one = await shop.specialist(service, hours=None, tg_id=ANNA)
    week = {"wed": ["09:00-11:00", "12:00-13:00"], "fri": ["22:00-02:00"], "sun": ["00:00-24:00"]}
    reply = await shop.call("PUT", f"/v1/specialists/{one}/hours", week, who=ANNA)
    assert (reply.status, reply.body["affected"], reply.body["id"]) == (200, [], None)
    shown = (await shop.call("GET", f"/v1/specialists/{one}/schedule", who=ANNA)).body["hours"]
    assert {day: shifts for day, shifts in shown.items() if shifts} == week
    assert await locals_of(shop, service, DAY) == ["06-10T09:00", "06-10T10:00", "06-10T12:00"]
    assert await locals_of(shop, service, "2026-06-12") == ["06-12T22:00", "06-12T23:00"]
    # the night of Friday belongs to Saturday, which is a day off
    assert await locals_of(shop, service, "2026-06-13") == ["06-13T00:00", "06-13T01:00"]
    assert len(await locals_of(shop, service, "2026-06-14")) == 24
    # dates replace the week for the shifts that start on them
    night_off = await shop.call("PUT", f"/v1/specialists/{one}/dates/2026-06-13", {"shifts": []}, who=ANNA)
    assert night_off.status == 200
    assert await locals_of(shop, service, "2026-06-13") == ["06-13T00:00", "06-13T01:00"]
    await shop.call("PUT", f"/v1/specialists/{one}/dates/2026-06-12", {"shifts": ["09:00-10:00"]}, who=ANNA)
    assert await locals_of(shop, service, "2026-06-12", "2026-06-13") == ["06-12T09:00"]
    await shop.call("DELETE", f"/v1/specialists/{one}/dates/2026-06-12", who=ANNA)
    assert len(await locals_of(shop, service, "2026-06-12", "2026-06-13")) == 4
    # a closure empties its own date and lets no shift start on it
    assert (await shop.call("POST", "/v1/closures", {"date": "2026-06-13"}, who=ADMIN)).status == 201
    assert await locals_of(shop, service, "2026-06-12", "2026-06-13") == ["06-12T22:00", "06-12T23:00"]
    assert (await shop.call("DELETE", "/v1/closures/2026-06-13", who=ADMIN)).status == 200
    await shop.call("POST", "/v1/closures", {"date": "2026-06-12"}, who=ADMIN)
    assert await locals_of(shop, service, "2026-06-12", "2026-06-13") == []


async def test_what_a_change_touches_is_told_and_left_alone(backend: Backend) -> None:
    shop = await backend.shop()
    service = await shop.service(60)
    one = await shop.specialist(service, tg_id=ANNA)
    other = await shop.specialist(service)
    early = await shop.booked(service, start=f"{DAY}T09:00:00+02:00", specialist_id=one)
    late = await shop.booked(service, start=f"{DAY}T15:00:00+02:00", specialist_id=one, who=OTHER)
    theirs = await shop.booked(service, start=f"{DAY}T15:00:00+02:00", specialist_id=other)
    off = await shop.call(
        "POST", f"/v1/specialists/{one}/time-off", {"start": f"{DAY}T14:00", "end": f"{DAY}T15:30"}, who=ANNA
    )
    assert [row["booking_id"] for row in off.body["affected"]] == [late["id"]]
    (row,) = off.body["affected"]
    assert (row["client_name"], row["local"]) == ("P1002", f"{DAY}T15:00:00+02:00")
    shorter = await shop.call("PUT", f"/v1/specialists/{one}/hours", {"wed": ["10:00-17:00"]}, who=ADMIN)
    assert [row["booking_id"] for row in shorter.body["affected"]] == [early["id"]]
    closed = await shop.call("POST", "/v1/closures", {"date": DAY}, who=ADMIN)
    assert {row["booking_id"] for row in closed.body["affected"]} == {early["id"], late["id"], theirs["id"]}
    for booking in (early, late, theirs):
        seen = (await shop.call("GET", f"/v1/bookings/{booking['id']}", who=ADMIN)).body
        assert (seen["status"], seen["start"]) == ("confirmed", booking["start"])
    gone = await shop.call("DELETE", f"/v1/specialists/{one}/time-off/{off.body['id']}", who=ANNA)
    assert gone.status == 200
    assert (await shop.call("DELETE", f"/v1/specialists/{one}/time-off/{off.body['id']}", who=ANNA)).status == 404


async def test_who_may_change_what(backend: Backend) -> None:
    shop = await backend.shop()
    service = await shop.service(60)
    anna, boris = await shop.specialist(service, tg_id=ANNA), await shop.specialist(service, tg_id=BORIS)
    week, off = {"mon": ["09:00-10:00"]}, {"start": f"{DAY}T09:00", "end": f"{DAY}T10:00"}
    for path, body, method in (
        ("hours", week, "PUT"),
        (f"dates/{DAY}", {"shifts": []}, "PUT"),
        (f"dates/{DAY}", None, "DELETE"),
        ("time-off", off, "POST"),
    ):
        for who, status in ((CLIENT, 403), (ANNA, 403), (BORIS, 0), (ADMIN, 0)):
            reply = await shop.call(method, f"/v1/specialists/{boris}/{path}", body, who=who)
            assert reply.status == (status or (201 if method == "POST" else 200)), (path, who, reply)
    for who in (CLIENT, ANNA):
        assert (await shop.call("POST", "/v1/closures", {"date": DAY}, who=who)).status == 403
        assert (await shop.call("DELETE", f"/v1/closures/{DAY}", who=who)).status == 403
    assert (await shop.call("GET", f"/v1/specialists/{anna}/schedule", who=BORIS)).status == 403
    assert (
        await shop.call("GET", "/v1/slots/why", who=CLIENT, service_id=service, start=f"{DAY}T10:00:00Z")
    ).status == 403
    assert (await shop.call("GET", "/v1/agenda", who=CLIENT, date=DAY)).status == 403
    # anybody may look for free times
    assert (await shop.call("GET", "/v1/slots", who=None, service_id=service, from_=DAY, to=DAY)).status == 200


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
async def test_bad_schedules(path: str, method: str, body: Any, backend: Backend) -> None:
    shop = await backend.shop()
    one = await shop.specialist(tg_id=ANNA)
    reply = await shop.call(method, f"/v1/specialists/{one}/{path}", body, who=ANNA)
    assert (reply.status, reply.code) == (400, "invalid"), reply


async def test_the_agenda_shows_shifts_bookings_and_gaps(backend: Backend) -> None:
    shop = await backend.shop()
    service = await shop.service(60, before=10, after=20)
    one = await shop.specialist(service, hours="09:00-12:00 13:00-15:00", tg_id=ANNA)
    await shop.specialist(service, hours="22:00-02:00", tg_id=BORIS)
    second = await shop.booked(service, start=f"{DAY}T13:00:00+02:00", specialist_id=one)
    first = await shop.booked(service, start=f"{DAY}T10:00:00+02:00", specialist_id=one)
    both = (await shop.call("GET", "/v1/agenda", who=ADMIN, date=DAY)).body
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
    backend.set(f"{DAY}T00:30:00+02:00")
    night = (await shop.call("GET", "/v1/agenda", who=BORIS, date=DAY)).body["days"][0]
    assert hours(night["gaps"]) == [("22:00", "00:00"), ("20:00", "00:00")]
    own = (await shop.call("GET", "/v1/agenda", who=ANNA, date=DAY)).body
    assert [row["specialist_id"] for row in own["days"]] == [one]
    assert (await shop.call("GET", "/v1/agenda", who=BORIS, date=DAY, specialist_id=one)).status == 403


async def test_an_hour_that_comes_twice_is_offered_twice(backend: Backend) -> None:
    shop = await backend.shop()
    service = await shop.service(60)
    one = await shop.specialist(service, hours=None)
    await shop.call("PUT", f"/v1/specialists/{one}/hours", {"sun": ["01:00-04:00"]}, who=ADMIN)
    backend.set("2026-10-01T00:00:00+00:00")
    twice = [slot["local"] for slot in await shop.slots(service, day="2026-10-25")]
    assert twice == [
        "2026-10-25T01:00:00+02:00",
        "2026-10-25T02:00:00+02:00",
        "2026-10-25T02:00:00+01:00",
        "2026-10-25T03:00:00+01:00",
    ]
    got = [(await shop.booked(service, start=start))["start"] for start in twice]
    assert len(set(got)) == 4
    # time off in a gap moves with the clock: nothing is left of it
    backend.set("2027-03-01T00:00:00+00:00")
    off = {"start": "2027-03-28T02:00", "end": "2027-03-28T03:00"}
    assert (await shop.call("POST", f"/v1/specialists/{one}/time-off", off, who=ADMIN)).status == 201
    spring = [slot["local"] for slot in await shop.slots(service, day="2027-03-28")]
    assert spring == ["2027-03-28T01:00:00+01:00", "2027-03-28T03:00:00+02:00"]


async def test_changes_are_repeated_by_their_key(backend: Backend) -> None:
    shop = await backend.shop()
    one = await shop.specialist(tg_id=ANNA)
    off = {"start": f"{DAY}T09:00", "end": f"{DAY}T10:00", "reason": "dentist"}
    path = f"/v1/specialists/{one}/time-off"
    first = await shop.call("POST", path, off, who=ANNA, key="k")
    again = await shop.call("POST", path, off, who=ANNA, key="k")
    assert first.raw == again.raw
    assert again.headers["idempotent-replayed"] == "true"
    other = await shop.call("POST", path, off | {"reason": "x"}, who=ANNA, key="k")
    assert (other.status, other.code) == (422, "idem_mismatch")
