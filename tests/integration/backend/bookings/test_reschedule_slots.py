"""Other places for a booking: its own old one is free for it; a hold that gives way to a longer one."""

from typing import Any

from tests.support.backend_api import Api
from tests.support.business import Business, open_business
from tests.support.business_rows import ADMIN, CLIENT

DAY = "2026-06-10"


def at(clock: str) -> str:
    return f"{DAY}T{clock}:00+02:00"


async def other_times(shop: Business, booking: Any, *, who: int = CLIENT, **query: Any) -> list[str]:
    """Return the wall times of that day to which the booking can be moved."""
    reply = await shop.caller(who).call(
        "GET", f"/v1/bookings/{booking['id']}/slots", params={"from": DAY, "to": DAY, **query}
    )
    assert reply.status == 200, reply
    return [slot["local"][11:16] for slot in reply.body["slots"]]


async def test_a_bookings_own_place_does_not_stand_in_its_way(backend: Api) -> None:
    shop = await open_business(backend, slot_step_min=30)
    service = await shop.add_service(120, after=30)
    await shop.add_specialist(service, hours="09:00-14:00")
    mine = await shop.client.booked(service, start=at("10:00"))
    assert await shop.client.slots(service, day=DAY) == []
    assert await other_times(shop, mine) == ["09:00", "09:30", "10:30", "11:00", "11:30", "12:00"]
    for clock in ("10:30", "09:00", "12:00"):
        moved = await shop.client.step(mine, "move", {"start": at(clock)})
        assert (moved.status, moved.body["local_start"]) == (200, at(clock)), moved
    reply = await shop.client.call(
        "GET", f"/v1/bookings/{mine['id']}/days", params={"from": "2026-06-09", "to": "2026-06-11"}
    )
    assert (reply.body["days"], reply.body["first"]) == (["2026-06-09", DAY, "2026-06-11"], "2026-06-09")


async def test_it_keeps_its_length_and_nobody_elses_place_is_offered(backend: Api) -> None:
    shop = await open_business(backend, slot_step_min=60)
    service = await shop.add_service(60)
    one = await shop.add_specialist(service, hours="09:00-14:00")
    mine = await shop.client.booked(service, start=at("10:00"))
    await shop.other.booked(service, start=at("12:00"))
    # it was booked as an hour; what is sold today is longer
    await shop.admin.call("PATCH", f"/v1/services/{service}", json={"duration_min": 180})
    assert await other_times(shop, mine) == ["09:00", "11:00", "13:00"]
    # the same time is another place with somebody else only
    two = await shop.add_specialist(service, hours="09:00-12:00")
    assert await other_times(shop, mine, specialist_id=one) == ["09:00", "11:00", "13:00"]
    assert await other_times(shop, mine, specialist_id=two) == ["09:00", "10:00", "11:00"]


async def test_whose_booking_it_is_decides_what_is_shown(backend: Api) -> None:
    shop = await open_business(backend, min_notice_min=9 * 24 * 60 + 10 * 60)
    service = await shop.add_service(60)
    await shop.add_specialist(service, hours="09:00-14:00")
    mine = await shop.admin.booked(service, start=at("13:00"), client_id=shop.people[CLIENT])
    path = f"/v1/bookings/{mine['id']}/slots"
    missing = await shop.other.call("GET", "/v1/bookings/999999999")
    theirs = await shop.other.call("GET", path, params={"from": DAY, "to": DAY})
    assert (theirs.status, theirs.content) == (404, missing.content)
    # notice binds the client, not the business
    assert await other_times(shop, mine) == ["12:00"]
    assert await other_times(shop, mine, who=ADMIN) == ["09:00", "10:00", "11:00", "12:00"]
    for query in ({"from": "2026-06-11", "to": DAY}, {"from": DAY, "to": DAY, "limit": 0}):
        assert (await shop.client.call("GET", path, params=query)).status == 400, query


async def test_a_hold_gives_way_to_a_longer_one_or_stays(backend: Api) -> None:
    shop = await open_business(backend, slot_step_min=30, max_active_per_client=1)
    cut, colour = await shop.add_service(60, price=1000), await shop.add_service(90, price=2050)
    one = await shop.add_specialist(cut, colour, hours="09:00-14:00")
    held = await shop.client.booked(cut, start=at("10:00"), hold=True)
    both = await shop.client.booked(cut, colour, start=at("10:00"), hold=True)
    assert (both["status"], both["price"], both["end"]) == ("held", "30.50", "2026-06-10T10:30:00Z")
    assert (await shop.client.call("GET", f"/v1/bookings/{held['id']}")).body["status"] == "expired"
    assert (await shop.client.step(both, "confirm")).body["status"] == "confirmed"
    # where the longer one does not fit, the hold stays, and the nearest that fit are told
    theirs = await shop.other.booked(cut, start=at("13:00"), hold=True)
    refused = await shop.other.book(cut, colour, start=at("13:00"), hold=True)
    assert refused.status == 409, refused
    assert (await shop.other.call("GET", f"/v1/bookings/{theirs['id']}")).body["status"] == "held"
    taken = await shop.other.book(cut, colour, start=at("09:00"), hold=True)
    assert (taken.status, taken.code) == (409, "slot_taken")
    assert taken.body["alternatives"]
    assert all(slot["specialist_ids"] == [one] for slot in taken.body["alternatives"])
    assert (await shop.other.step(theirs, "confirm")).body["status"] == "confirmed"
