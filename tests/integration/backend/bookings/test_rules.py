"""Which bookings are refused, and in which words; who may do what; what bad input meets."""

from typing import Any

from backend.db import tables
from tests.support.backend_api import Api
from tests.support.business import Business, open_business
from tests.support.business_rows import ADMIN, CLIENT, OTHER

DAY = "2026-06-10"
TEN = f"{DAY}T10:00:00+02:00"
ANNA, BORIS = 2001, 2002


def at(hour: str, day: str = DAY) -> str:
    return f"{day}T{hour}:00+02:00"


async def refused(shop: Business, service: int, start: str, who: int = CLIENT, **more: Any) -> str:
    reply = await shop.caller(who).book(service, start=start, **more)
    assert reply.status == 409, reply
    return reply.code


async def test_each_rule_has_its_code_and_its_name(backend: Api) -> None:
    backend.set_time("2026-06-10T05:30:00+00:00")
    shop = await open_business(backend, min_notice_min=60, horizon_days=7)
    service, other = await shop.add_service(60), await shop.add_service(30)
    one = await shop.add_specialist(service, hours="09:00-12:00 13:00-17:00")
    await shop.insert(tables.closures, date="2026-06-11")
    await shop.insert(
        tables.time_off, specialist_id=one, starts_local="2026-06-12T10:30", ends_local="2026-06-12T11:30"
    )
    busy = await shop.other.booked(service, start=at("15:00"))
    cases = [
        (at("08:00"), "too_soon", "too_soon"),
        (at("09:00", "2026-06-18"), "beyond_horizon", "beyond_horizon"),
        (at("09:00", "2026-06-11"), "outside_hours", "closed"),
        (at("11:00", "2026-06-12"), "outside_hours", "time_off"),
        (at("12:00"), "outside_hours", "outside_hours"),
        (at("11:30"), "outside_hours", "outside_hours"),
        (at("13:30"), "outside_hours", "off_grid"),
        (at("15:00"), "slot_taken", "busy"),
        (at("15:30"), "slot_taken", "busy"),
    ]
    for start, code, rule in cases:
        assert await refused(shop, service, start) == code, start
        why = await shop.admin.call("GET", "/v1/slots/why", params={"service_id": service, "start": start})
        assert why.status == 200, why
        assert rule in [reason["rule"] for reason in why.body["reasons"]], (start, why.body)
        assert why.body["free"] is False
        blamed = [reason["booking_id"] for reason in why.body["reasons"] if reason["rule"] == "busy"]
        assert blamed in ([], [busy["id"]])
    free = await shop.admin.call("GET", "/v1/slots/why", params={"service_id": service, "start": at("13:00")})
    assert free.body == {"free": True, "reasons": []}
    none = await shop.admin.call(
        "GET", "/v1/slots/why", params={"service_id": other, "specialist_id": one, "start": at("13:00")}
    )
    assert [reason["rule"] for reason in none.body["reasons"]] == ["not_offered"]
    assert await shop.client.slots(other, day=DAY, specialist_id=one) == []
    reply = await shop.client.book(other, start=at("13:00"), specialist_id=one)
    assert (reply.status, reply.code, reply.body["field"]) == (400, "invalid", "specialist_id")


async def test_notice_horizon_and_limits_bind_clients_only(backend: Api) -> None:
    backend.set_time("2026-06-10T07:10:00+00:00")
    shop = await open_business(backend, min_notice_min=120, horizon_days=1, max_active_per_client=1)
    service = await shop.add_service(60)
    one = await shop.add_specialist(service, tg_id=ANNA)
    client = shop.people[CLIENT]
    for who in (ANNA, ADMIN):
        assert (await shop.caller(who).slots(service, day=DAY))[0]["local"][11:16] == "10:00"
        later = await shop.caller(who).slots(service, day="2026-08-10")
        assert len(later) == 8
    assert (await shop.client.slots(service, day=DAY))[0]["local"][11:16] == "12:00"
    assert await shop.client.slots(service, day="2026-08-10") == []
    await shop.admin.booked(service, start=at("10:00"), client_id=client)
    await shop.caller(ANNA).booked(service, start=at("11:00"), client_id=client, specialist_id=one)
    assert await refused(shop, service, at("13:00")) == "limit_reached"
    assert await refused(shop, service, at("09:00"), who=ADMIN) == "too_soon"


async def test_the_limit_counts_what_lies_ahead(backend: Api) -> None:
    shop = await open_business(backend, max_active_per_client=2)
    service = await shop.add_service(60)
    await shop.add_specialist(service)
    first = await shop.client.booked(service, start=at("10:00"))
    await shop.client.booked(service, start=at("11:00"), hold=True)
    await shop.client.booked(service, start=at("14:00"))
    assert await refused(shop, service, at("12:00")) == "limit_reached"
    assert (await shop.other.book(service, start=at("12:00"))).status == 201
    await shop.client.step(first, "cancel")
    await shop.client.booked(service, start=at("13:00"))
    backend.set_time("2026-06-10T13:00:00+00:00")
    await shop.client.booked(service, start=at("16:00"))


async def test_force_lifts_hours_but_never_another_booking(backend: Api) -> None:
    shop = await open_business(backend)
    chair = await shop.add_room(1)
    service, roomy = await shop.add_service(60, after=10), await shop.add_service(30, rooms=[chair])
    one = await shop.add_specialist(service, roomy, tg_id=ANNA)
    other = await shop.add_specialist(roomy)
    await shop.insert(tables.closures, date="2026-06-11")
    for start in (at("03:07"), at("11:00", "2026-06-11")):
        assert await refused(shop, service, start, who=ADMIN) == "outside_hours"
        assert (await shop.caller(ANNA).book(service, start=start, force=True)).code == "forbidden"
        await shop.admin.booked(service, start=start, force=True)
    assert await refused(shop, service, at("04:10"), who=ADMIN, force=True) == "slot_taken"
    await shop.admin.booked(service, start=at("04:17"), force=True)
    await shop.admin.booked(roomy, start=at("06:00"), force=True, specialist_id=one)
    assert await refused(shop, roomy, at("06:15"), who=ADMIN, force=True, specialist_id=other) == "slot_taken"


async def test_who_may_book_for_whom(backend: Api) -> None:
    shop = await open_business(backend)
    service = await shop.add_service(60)
    anna, boris = await shop.add_specialist(service, tg_id=ANNA), await shop.add_specialist(service, tg_id=BORIS)
    other = shop.people[OTHER]
    assert (await shop.client.book(service, start=TEN, client_id=other)).status == 403
    assert (await shop.caller(ANNA).book(service, start=TEN, client_id=other, specialist_id=boris)).status == 403
    # an id alone books no client: a specialist knows their number, or has booked them before
    assert (await shop.caller(ANNA).book(service, start=TEN, client_id=other)).status == 404
    await shop.admin.ok("PATCH", f"/v1/clients/{other}", json={"phone": "+49 30 1234567"})
    await shop.caller(ANNA).ok("POST", "/v1/clients/find", json={"phone": "+49301234567"})
    mine = await shop.caller(ANNA).booked(service, start=TEN, client_id=other)
    assert (mine["specialist_id"], mine["client_id"]) == (anna, other)
    assert (await shop.caller(BORIS).step(mine, "arrived")).status == 404
    assert (await shop.caller(ANNA).step(mine, "move", {"start": at("11:00"), "specialist_id": boris})).status == 403
    assert (await shop.caller(ANNA).step(mine, "move", {"start": at("11:00")})).status == 200
    assert (await shop.other.step(mine, "cancel", {"notify": False})).status == 403
    assert (await shop.other.step(mine, "arrived")).status == 403
    assert (await shop.nobody.book(service, start=TEN)).status == 403
    assert (await shop.caller(999999).book(service, start=TEN)).status == 403
    await shop.api.db.write(
        shop.id,
        lambda conn: (
            conn.execute(tables.people.update().where(tables.people.c.id == shop.people[CLIENT]).values(blocked=True))
            and None
        ),
    )
    assert (await shop.client.book(service, start=at("12:00"))).code == "forbidden"
    await shop.admin.booked(service, start=at("12:00"), client_id=shop.people[CLIENT])


async def test_fair_assignment(backend: Api) -> None:
    shop = await open_business(backend)
    service = await shop.add_service(60)
    first, second, third = [await shop.add_specialist(service) for _ in range(3)]
    got = [
        (await shop.client.booked(service, start=at(hour)))["specialist_id"]
        for hour in ("09:00", "10:00", "11:00", "12:00")
    ]
    assert got == [first, second, third, first]
    # fewest that day decides before the least recently booked
    await shop.client.booked(service, start=at("09:00", "2026-06-12"), specialist_id=second)
    assert (await shop.client.booked(service, start=at("13:00")))["specialist_id"] == third
    assert (await shop.client.booked(service, start=at("13:00", "2026-06-13")))["specialist_id"] == first


async def test_own_price_and_duration(backend: Api) -> None:
    shop = await open_business(backend, slot_step_min=30)
    service = await shop.add_service(60, price=1000)
    await shop.add_specialist(service, hours="09:00-10:00")
    quick = await shop.add_specialist(service, hours="09:00-10:00", duration={service: 30}, price={service: 1500})
    slots = await shop.client.slots(service, day=DAY)
    assert [(slot["local"][11:16], len(slot["specialist_ids"])) for slot in slots] == [("09:00", 2), ("09:30", 1)]
    booking = await shop.client.booked(service, start=at("09:30"))
    assert (booking["specialist_id"], booking["price"], booking["end"]) == (quick, "15.00", "2026-06-10T08:00:00Z")


async def test_several_services_by_one_and_by_several(backend: Api) -> None:
    shop = await open_business(backend, slot_step_min=30)
    cut = await shop.add_service(30, before=5, after=10)
    dye = await shop.add_service(60, before=20, after=15)
    both = await shop.add_specialist(cut, dye, hours="09:00-12:00")
    dyer = await shop.add_specialist(dye, hours="09:00-12:00")
    booking = await shop.client.booked(cut, dye, start=at("09:00"))
    items = await shop.rows(tables.booking_items, tables.booking_items.c.booking_id == booking["id"])
    assert [item["specialist_id"] for item in booking["items"]] == [both, both]
    assert [(i.occ_start - i.starts_at, i.occ_end - i.ends_at) for i in items] == [(-300, 0), (0, 900)]
    assert (booking["start"], booking["end"], booking["price"]) == (
        "2026-06-10T07:00:00Z",
        "2026-06-10T08:30:00Z",
        "20.00",
    )
    # occupied from 10:40 on, with the buffer: they cannot do both any more, but hand on to the other one
    await shop.other.booked(dye, start=at("11:00", "2026-06-11"), specialist_id=both)
    slots = {s["local"][11:16]: s["specialist_ids"] for s in await shop.client.slots(cut, dye, day="2026-06-11")}
    # a specialist who offers both does both if named, so none may be named for these
    assert slots == {"09:00": [], "09:30": [], "10:00": []}
    named = await shop.client.book(cut, dye, start=at("10:00", "2026-06-11"), specialist_id=both)
    assert (named.status, named.code) == (409, "slot_taken")
    in_turn = await shop.client.booked(cut, dye, start=at("10:00", "2026-06-11"))
    assert [item["specialist_id"] for item in in_turn["items"]] == [both, dyer]
    assert (await shop.admin.call("GET", f"/v1/bookings/{in_turn['id']}")).body["items"][1]["start"] == (
        "2026-06-11T08:30:00Z"
    )


async def test_two_tenants_never_meet(backend: Api) -> None:
    mine, theirs = await open_business(backend), await open_business(backend)
    service, foreign = await mine.add_service(60), await theirs.add_service(60)
    one, foreigner = await mine.add_specialist(service), await theirs.add_specialist(foreign)
    booking = await theirs.client.booked(foreign, start=TEN)
    missing = await mine.admin.call("GET", "/v1/bookings/999999999")
    hour = {"start": "2026-07-01T09:00", "end": "2026-07-01T10:00"}
    off = await theirs.admin.call("POST", f"/v1/specialists/{foreigner}/time-off", json=hour)
    await theirs.admin.ok("POST", "/v1/closures", json={"date": "2026-07-02"})
    shift = {"shifts": ["09:00-10:00"]}
    calls: list[tuple[str, str, Any, dict[str, Any]]] = [
        ("GET", f"/v1/bookings/{booking['id']}", None, {}),
        ("GET", f"/v1/bookings/{booking['id']}/history", None, {}),
        ("GET", f"/v1/bookings/{booking['id']}/slots", None, {"from": DAY, "to": DAY}),
        ("GET", f"/v1/bookings/{booking['id']}/days", None, {"from": DAY, "to": DAY}),
        ("GET", f"/v1/bookings/{booking['id']}/calendar.ics", None, {}),
        ("PATCH", f"/v1/bookings/{booking['id']}", {"comment": "x"}, {}),
        ("POST", f"/v1/bookings/{booking['id']}/move", {"start": TEN}, {}),
        *[
            ("POST", f"/v1/bookings/{booking['id']}/{step}", None, {})
            for step in ("confirm", "cancel", "undo", "approve", "decline", "arrived", "complete", "no-show", "coming")
        ],
        ("GET", "/v1/slots", None, {"service_id": foreign, "from": DAY, "to": DAY}),
        ("GET", "/v1/slots", None, {"service_id": service, "specialist_id": foreigner, "from": DAY, "to": DAY}),
        ("GET", "/v1/days", None, {"service_id": foreign, "from": DAY, "to": DAY}),
        ("GET", "/v1/slots/why", None, {"service_id": foreign, "start": TEN}),
        ("GET", "/v1/slots/why", None, {"service_id": service, "specialist_id": foreigner, "start": TEN}),
        ("GET", "/v1/agenda", None, {"date": DAY, "specialist_id": foreigner}),
        ("GET", f"/v1/specialists/{foreigner}/schedule", None, {}),
        ("PUT", f"/v1/specialists/{foreigner}/hours", {"mon": ["09:00-10:00"]}, {}),
        ("PUT", f"/v1/specialists/{foreigner}/dates/2026-07-01", shift, {}),
        ("DELETE", f"/v1/specialists/{foreigner}/dates/2026-07-01", None, {}),
        ("POST", f"/v1/specialists/{foreigner}/time-off", {"start": "2026-07-01T09:00", "end": "2026-07-01T10:00"}, {}),
        ("DELETE", f"/v1/specialists/{foreigner}/time-off/{off.body['id']}", None, {}),
        ("DELETE", f"/v1/specialists/{one}/time-off/{off.body['id']}", None, {}),
        ("DELETE", "/v1/closures/2026-07-02", None, {}),
        ("POST", "/v1/bookings", {"service_ids": [foreign], "start": TEN}, {}),
        ("POST", "/v1/bookings", {"service_ids": [service], "start": TEN, "specialist_id": foreigner}, {}),
        ("POST", "/v1/bookings", {"service_ids": [service], "start": TEN, "client_id": theirs.people[CLIENT]}, {}),
    ]
    for method, path, body, query in calls:
        reply = await mine.admin.call(method, path, json=body, params=query)
        assert (reply.status, reply.content) == (404, missing.content), (method, path, reply)
    assert (await mine.admin.call("GET", "/v1/bookings")).body["items"] == []
    assert (await mine.admin.call("GET", "/v1/closures")).body["dates"] == []
    assert (await theirs.client.call("GET", f"/v1/bookings/{booking['id']}")).body["status"] == "confirmed"
    keyed = [
        await shop.client.book(what, start=at("15:00"), key="same")
        for shop, what in ((mine, service), (theirs, foreign))
    ]
    assert [reply.status for reply in keyed] == [201, 201]


async def test_days_tell_the_first_free_one_also_after_the_range(backend: Api) -> None:
    shop = await open_business(backend, horizon_days=100)
    service = await shop.add_service(60)
    one = await shop.add_specialist(service, hours=None)
    reply = await shop.client.call(
        "GET", "/v1/days", params={"service_id": service, "from": "2026-06-01", "to": "2026-06-30"}
    )
    assert reply.body == {"days": [], "first": None}
    await shop.insert(tables.date_hours, specialist_id=one, date="2026-08-20", start_min=540, end_min=600)
    reply = await shop.client.call(
        "GET", "/v1/days", params={"service_id": service, "from": "2026-06-01", "to": "2026-06-30"}
    )
    assert reply.body == {"days": [], "first": "2026-08-20"}
