"""Groups whose clients start together: joined at one start alone, several places in a booking, changed without another."""

import asyncio
from collections import Counter
from itertools import pairwise
from typing import Any

from backend.bookings.zone_changes import restore_wall_times
from backend.db import tables
from tests.support.backend_api import Api
from tests.support.studio import DAY, at, crowd, open_studio, places_left


async def test_a_new_class_is_not_booked_across_itself(backend: Api) -> None:
    shop, yoga, haircut = await open_studio(backend)
    assert (await places_left(shop, yoga))["17:00"] == 8
    first = await shop.client.booked(yoga, start=at("17:00"))
    assert (first["places"], first["price"]) == (1, "15.00")
    left = await places_left(shop, yoga)
    assert (left["17:00"], left["16:00"], left["18:00"]) == (7, 8, 8)
    assert not {"16:30", "17:30"} & set(left)
    for start, status in (("17:30", 409), ("16:30", 409), ("17:00", 201), ("18:00", 201)):
        reply = await shop.other.book(yoga, start=at(start))
        assert reply.status == status, (start, reply)
        assert status == 201 or reply.code == "slot_taken"
    assert "17:00" not in await places_left(shop, haircut)
    why = (await shop.admin.call("GET", "/v1/slots/why", params={"service_id": yoga, "start": at("17:30")})).body
    assert {reason["rule"] for reason in why["reasons"]} == {"busy"}
    # a service of one client has no places to tell of
    assert set((await places_left(shop, haircut)).values()) == {None}


async def test_any_start_stays_open_until_the_peak(backend: Api) -> None:
    shop, yoga, _ = await open_studio(backend)
    card = await shop.admin.call("PATCH", f"/v1/services/{yoga}", json={"starts": "any", "capacity": 2})
    assert (card.body["starts"], card.body["capacity"]) == ("any", 2)
    await shop.client.booked(yoga, start=at("17:00"))
    await shop.other.booked(yoga, start=at("17:30"))
    left = await places_left(shop, yoga)
    assert (left["16:30"], left["18:00"], left["18:30"]) == (1, 1, 2)
    assert not {"17:00", "17:30"} & set(left)


async def test_with_any_specialist_a_class_is_filled_before_a_second_is_opened(backend: Api) -> None:
    """However busy its teacher is; more places than are left open another, and a full one is left to the other teacher."""
    shop, yoga, haircut = await open_studio(backend)
    other = await shop.add_specialist(yoga, hours="09:00-21:00")
    people = await crowd(shop, 9)
    first = await shop.client.booked(yoga, start=at("17:00"))
    begun = first["specialist_id"]
    assert begun == shop.specialists["Maya"]
    await shop.other.booked(haircut, start=at("10:00"), specialist_id=begun)
    joined = [await shop.caller(who).booked(yoga, start=at("17:00")) for who in people[:5]]
    assert {booking["specialist_id"] for booking in joined} == {begun}
    three = await shop.caller(people[5]).booked(yoga, start=at("17:00"), places=3)
    assert three["specialist_id"] == other
    last = [(await shop.caller(who).booked(yoga, start=at("17:00")))["specialist_id"] for who in people[6:]]
    # both have begun: the one who is less busy that day, then the other
    assert Counter(last) == {other: 3}
    assert (await places_left(shop, yoga))["17:00"] == 2


async def test_a_taken_start_is_joined_off_the_grid(backend: Api) -> None:
    shop, yoga, _ = await open_studio(backend)
    await shop.admin.booked(yoga, start=at("17:10"), force=True)
    left = await places_left(shop, yoga)
    assert left["17:10"] == 7
    assert not {"16:30", "17:00", "17:30", "18:00"} & set(left)
    assert (await shop.client.book(yoga, start=at("17:10"))).status == 201
    assert (await shop.other.book(yoga, start=at("17:20"))).status == 409


async def test_places_of_one_booking(backend: Api) -> None:
    shop, yoga, haircut = await open_studio(backend, max_active_per_client=1)
    three = await shop.client.booked(yoga, start=at("17:00"), places=3)
    assert (three["places"], three["price"], three["items"][0]["price"]) == (3, "45.00", "45.00")
    assert (await places_left(shop, yoga))["17:00"] == 5
    four = await shop.other.booked(yoga, start=at("17:00"), places=4)
    assert (await places_left(shop, yoga))["17:00"] == 1
    assert "17:00" not in await places_left(shop, yoga, places=2)
    refused = await shop.admin.book(yoga, start=at("17:00"), places=2)
    assert (refused.status, refused.code) == (409, "slot_taken")
    assert all(slot["places_left"] >= 2 for slot in refused.body["alternatives"])
    # one booking, whatever it takes
    assert (await shop.client.book(yoga, start=at("19:00"))).code == "limit_reached"
    for places in (5, 0):
        assert (await shop.admin.book(yoga, start=at("19:00"), places=places)).code == "invalid"
        reply = await shop.client.call(
            "GET", "/v1/slots", params={"service_id": yoga, "from": DAY, "to": DAY, "places": places}
        )
        assert (reply.status, reply.code, reply.body["field"]) == (400, "invalid", "places")
    for services in ((haircut,), (yoga, haircut)):
        reply = await shop.admin.book(*services, start=at("10:00"), places=2)
        assert (reply.status, reply.code, reply.body["field"]) == (400, "invalid", "places")
    rows = {row.id: row for row in await shop.rows(tables.bookings)}
    items = {row.booking_id: row for row in await shop.rows(tables.booking_items)}
    assert [(rows[b["id"]].places, rows[b["id"]].price, items[b["id"]].places) for b in (three, four)] == [
        (3, 4500, 3), (4, 6000, 4),
    ]  # fmt: skip


async def test_a_class_and_another_service_in_one_booking(backend: Api) -> None:
    shop, yoga, haircut = await open_studio(backend)
    await shop.other.booked(yoga, start=at("17:00"))
    slots = {slot["local"][11:16]: slot["places_left"] for slot in await shop.client.slots(haircut, yoga, day=DAY)}
    assert (slots["16:00"], slots["14:00"]) == (7, 8)
    assert not {"15:30", "16:30", "17:00"} & set(slots)
    both = await shop.client.booked(haircut, yoga, start=at("16:00"))
    assert [item["start"][11:16] for item in both["items"]] == ["14:00", "15:00"]
    assert (await places_left(shop, yoga))["17:00"] == 6


async def test_places_are_changed_without_a_second_booking(backend: Api) -> None:
    shop, yoga, _ = await open_studio(backend, cancel_until_min=240)
    mine = await shop.client.booked(yoga, start=at("17:00"), places=2)
    theirs = await shop.other.booked(yoga, start=at("17:00"), places=3)
    # the price of a place is that of then
    await shop.admin.call("PATCH", f"/v1/services/{yoga}", json={"price": "20.00"})
    more = await shop.client.step(mine, "places", {"places": 4})
    assert (more.status, more.body["places"], more.body["price"], more.body["sequence"]) == (200, 4, "60.00", 1)
    for wanted, status in ((5, 400), (0, 400), (1, 200), (4, 200), (4, 200)):
        assert (await shop.client.step(mine, "places", {"places": wanted})).status == status
    taken = await shop.admin.booked(yoga, start=at("17:00"))
    reply = await shop.other.step(theirs, "places", {"places": 4})
    assert (reply.status, reply.code) == (409, "slot_taken")
    assert taken["places"] == 1
    assert (await shop.other.step(mine, "places", {"places": 1})).status == 404
    history = (await shop.admin.call("GET", f"/v1/bookings/{mine['id']}/history")).body["items"]
    assert [entry["detail"] for entry in history if entry["action"] == "places"] == [
        {"places": [2, 4]}, {"places": [4, 1]}, {"places": [1, 4]},
    ]  # fmt: skip
    told = Counter(row.role for row in await shop.rows(tables.outbox, tables.outbox.c.kind == "places"))
    assert told["admin"] == 3
    backend.set_time(at("14:00"))
    late = await shop.client.step(mine, "places", {"places": 1})
    assert (late.status, late.code) == (409, "too_late")
    assert (await shop.admin.step(mine, "places", {"places": 3})).body["price"] == "45.00"
    moved = await shop.admin.step(mine, "move", {"start": at("19:00")})
    assert (moved.body["places"], moved.body["price"]) == (3, "45.00")


async def test_a_lower_capacity_lists_and_drops_nothing(backend: Api) -> None:
    shop, yoga, _ = await open_studio(backend)
    mine = await shop.client.booked(yoga, start=at("17:00"), places=4)
    theirs = await shop.other.booked(yoga, start=at("17:00"), places=3)
    changed = (await shop.admin.call("PATCH", f"/v1/services/{yoga}", json={"capacity": 2})).body
    assert sorted(one["booking_id"] for one in changed["affected"]) == sorted([mine["id"], theirs["id"]])
    left = await places_left(shop, yoga)
    assert "17:00" not in left
    assert left["19:00"] == 2
    for booking in (mine, theirs):
        assert (await shop.admin.call("GET", f"/v1/bookings/{booking['id']}")).body["status"] == "confirmed"
    assert (await shop.client.step(mine, "places", {"places": 2})).status == 200
    assert (await shop.other.step(theirs, "places", {"places": 4})).status in (400, 409)
    assert (await shop.admin.book(yoga, start=at("17:00"))).code == "slot_taken"


async def test_a_class_that_has_grown_longer_takes_nobody_more(backend: Api) -> None:
    shop, yoga, _ = await open_studio(backend)
    await shop.client.booked(yoga, start=at("17:00"))
    await shop.admin.call("PATCH", f"/v1/services/{yoga}", json={"duration_min": 90})
    assert "17:00" not in await places_left(shop, yoga)
    await shop.admin.call("PATCH", f"/v1/services/{yoga}", json={"duration_min": 45})
    assert (await places_left(shop, yoga))["17:00"] == 7


async def test_a_class_follows_the_wall_together(backend: Api) -> None:
    shop, yoga, _ = await open_studio(backend)
    bookings = [await caller.booked(yoga, start=at("17:00")) for caller in (shop.client, shop.other, shop.admin)]
    promised = tables.bookings.update().values(local_start=f"{DAY}T16:30")
    await backend.db.write(shop.id, lambda conn: conn.execute(promised))
    now = int(backend.clock())
    assert await backend.db.write(shop.id, lambda conn: restore_wall_times(conn, shop.slug, now)) == (3, 0)
    for booking in bookings:
        seen = (await shop.admin.call("GET", f"/v1/bookings/{booking['id']}")).body
        assert seen["local_start"][11:16] == "16:30"


async def test_who_came_is_counted_by_places(backend: Api) -> None:
    shop, yoga, haircut = await open_studio(backend)
    three = await shop.client.booked(yoga, start=at("17:00"), places=3)
    single = await shop.other.booked(haircut, start=at("12:00"))
    backend.set_time(three["start"])

    async def mark(path: str, came: int | None = None) -> Any:
        reply = await shop.admin.step(three, path, None if came is None else {"places_came": came})
        return reply.body["places_came"] if reply.status == 200 else reply.code

    async def kept() -> Any:
        return {row.id: row.came_places for row in await shop.rows(tables.bookings)}[three["id"]]

    assert three["places_came"] is None
    assert await mark("arrived") == 3
    assert await mark("arrived") == "illegal_step"
    assert (await mark("arrived", 2), await kept()) == (2, 2)
    assert await mark("arrived", 2) == "illegal_step"
    assert await mark("arrived", 4) == "invalid"
    assert await mark("no-show", 1) == "invalid"
    assert await mark("complete") == 2, "who came is who came, however it ends"
    assert (await mark("complete", 3), await kept()) == (3, None)
    assert await mark("complete", 1) == 1
    assert (await mark("unmark"), await kept()) == (None, None)
    assert await mark("arrived", 2) == 2
    # at the door there may be another number than was booked
    assert (await shop.admin.step(three, "places", {"places": 1})).body["places_came"] == 1
    assert (await mark("no-show"), await kept()) == (None, None)
    assert (await shop.client.step(three, "arrived", {"places_came": 1})).status == 403
    assert (await shop.admin.step(single, "arrived", {"places_came": 2})).code == "invalid"
    assert (await shop.admin.step(single, "arrived")).body["places_came"] == 1
    history = (await shop.admin.ok("GET", f"/v1/bookings/{three['id']}/history"))["items"]
    assert [entry["detail"].get("places_came") for entry in history if entry["action"] in ("arrived", "complete")] == [
        None, [2, 3], [2, 3], None, [1, 3], [2, 3],
    ]  # fmt: skip


async def test_another_time_keeps_the_places_that_are_held(backend: Api) -> None:
    shop, yoga, haircut = await open_studio(backend)
    await shop.other.booked(yoga, start=at("18:00"), places=4)
    await shop.admin.booked(yoga, start=at("18:00"), places=2)
    await shop.client.booked(yoga, start=at("17:00"), places=3, hold=True)
    params = {"service_id": yoga, "from": DAY, "to": DAY}
    chosen = await shop.client.ok("GET", "/v1/choices/slots", params=params)
    starts = {slot["local"][11:16] for slot in chosen["slots"]}
    assert "16:00" in starts
    assert "18:00" not in starts, "there are two places only"
    again = await shop.client.booked(yoga, start=at("16:00"), hold=True)
    assert (again["places"], again["price"]) == (3, "45.00")
    assert (await shop.client.booked(yoga, start=at("15:00"), hold=True, places=2))["places"] == 2
    assert (await shop.client.booked(haircut, start=at("12:00"), hold=True))["places"] == 1
    assert (await shop.client.booked(yoga, start=at("15:00"), hold=True))["places"] == 1


async def test_places_stay_where_the_service_stays(backend: Api) -> None:
    """With another class as well, and without it again; beside a service of one client there is one place."""
    shop, yoga, haircut = await open_studio(backend)
    stretching = await shop.add_service(30, capacity=6, starts="together")
    await shop.insert(tables.specialist_services, specialist_id=shop.specialists["Maya"], service_id=stretching)
    await shop.client.booked(yoga, start=at("17:00"), places=3, hold=True)
    longer = await shop.client.booked(yoga, stretching, start=at("17:00"), hold=True)
    assert (longer["places"], longer["price"]) == (3, f"{3 * (15 + 10)}.00")
    assert (await shop.client.booked(yoga, start=at("17:00"), hold=True))["places"] == 3
    assert (await shop.client.booked(yoga, haircut, start=at("17:00"), hold=True))["places"] == 1


async def test_a_hold_with_more_places_than_there_are_gets_another_time_with_fewer(backend: Api) -> None:
    shop, yoga, _ = await open_studio(backend)
    await shop.client.booked(yoga, start=at("17:00"), places=3, hold=True)
    await shop.admin.ok("PATCH", f"/v1/services/{yoga}", json={"capacity": 2})
    params = {"service_id": yoga, "from": DAY, "to": DAY}
    chosen = await shop.client.ok("GET", "/v1/choices/slots", params=params)
    assert (chosen["choice"]["held_places"], chosen["choice"]["places"]) == (3, 2)
    assert {slot["places_left"] for slot in chosen["slots"]} == {2}
    # said aloud it is refused; left out it is what there is
    assert (await shop.client.book(yoga, start=at("16:00"), hold=True, places=3)).code == "invalid"
    assert (await shop.client.booked(yoga, start=at("16:00"), hold=True))["places"] == 2
    await shop.admin.ok("PATCH", f"/v1/services/{yoga}", json={"capacity": 1})
    assert (await shop.client.booked(yoga, start=at("15:00"), hold=True))["places"] == 1


async def test_places_that_nobody_has_approved_are_given_by_staff(backend: Api) -> None:
    shop, yoga, _ = await open_studio(backend, approval=True)
    mine = await shop.client.booked(yoga, start=at("17:00"), places=2)
    assert (await shop.client.step(mine, "places", {"places": 3})).body["status"] == "pending"
    assert (await shop.admin.step(mine, "approve")).status == 200
    refused = await shop.client.step(mine, "places", {"places": 4})
    assert (refused.status, refused.code, refused.body["field"]) == (403, "forbidden", "places")
    assert (await places_left(shop, yoga))["17:00"] == 5
    assert (await shop.client.step(mine, "places", {"places": 1})).body["places"] == 1
    assert (await shop.client.step(mine, "places", {"places": 2})).code == "forbidden"
    assert (await shop.admin.step(mine, "places", {"places": 4})).body["places"] == 4


async def test_a_thousand_clients_want_eight_places(backend: Api) -> None:
    shop, yoga, _ = await open_studio(backend)
    people = await crowd(shop, 1000)
    # one in two wants another start, which the class closes
    starts = [at("17:00"), at("17:30")]
    replies = await asyncio.gather(
        *(shop.caller(who).book(yoga, start=starts[n % 2], places=1 + n % 3) for n, who in enumerate(people))
    )
    assert {reply.status for reply in replies} == {201, 409}
    assert {reply.code for reply in replies if reply.status == 409} == {"slot_taken"}
    items = await shop.rows(tables.booking_items)
    assert len({row.starts_at for row in items}) == 1
    assert sum(row.places for row in items) == 8
    assert len(items) == sum(reply.status == 201 for reply in replies)
    assert len(await shop.rows(tables.bookings)) == len(items)


async def test_joining_raced_against_other_starts(backend: Api) -> None:
    shop, yoga, _ = await open_studio(backend)
    people = await crowd(shop, 30)
    starts = [at(f"{hour}:{minute}") for hour in (15, 16, 17) for minute in ("00", "30")]
    replies = await asyncio.gather(
        *(shop.caller(who).book(yoga, start=starts[n * 7 % len(starts)]) for n, who in enumerate(people))
    )
    assert {reply.status for reply in replies} == {201, 409}
    by_start = Counter((row.starts_at, row.occ_end) for row in await shop.rows(tables.booking_items))
    assert all(end <= start for (_, end), (start, _) in pairwise(sorted(by_start)))
    assert max(by_start.values()) > 1
