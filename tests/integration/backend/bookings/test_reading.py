"""Bookings as they are read: lists, histories, calendar files."""

from typing import Any

from icalendar import Calendar

from tests.support.backend_api import Api
from tests.support.business import ANNA, open_staffed_business
from tests.support.business_rows import ADMIN, CLIENT, OTHER

DAY = "2026-06-10"
TEN, ELEVEN = f"{DAY}T10:00:00+02:00", f"{DAY}T11:00:00+02:00"


async def test_the_calendar_file_is_stable_and_grows(backend: Api) -> None:
    shop, service, _ = await open_staffed_business(backend)
    booking = await shop.client.booked(service, start=TEN)

    async def event() -> Any:
        reply = await shop.client.call("GET", f"/v1/bookings/{booking['id']}/calendar.ics")
        assert reply.headers["content-type"] == "text/calendar; charset=utf-8"
        return Calendar.from_ical(reply.content).walk("VEVENT")[0]

    before = await event()
    await shop.client.step(booking, "move", {"start": ELEVEN})
    after = await event()
    assert before["uid"] == after["uid"]
    assert (before["sequence"], after["sequence"]) == (0, 1)
    assert after["dtstart"].dt.isoformat() == "2026-06-10T09:00:00+00:00"
    await shop.client.step(booking, "cancel")
    gone = await event()
    assert (gone["uid"], gone["status"], gone["sequence"]) == (before["uid"], "CANCELLED", 2)


async def test_ones_own_bookings_are_one_calendar_with_the_same_events(backend: Api) -> None:
    shop, service, _ = await open_staffed_business(backend)
    mine, other = await shop.client.booked(service, start=TEN), await shop.other.booked(service, start=ELEVEN)

    async def events(who: int) -> dict[str, Any]:
        reply = await shop.caller(who).call("GET", "/v1/bookings/calendar.ics")
        assert reply.headers["content-type"] == "text/calendar; charset=utf-8"
        return {str(event["uid"]): event for event in Calendar.from_ical(reply.content).walk("VEVENT")}

    alone = await shop.client.call("GET", f"/v1/bookings/{mine['id']}/calendar.ics")
    event = Calendar.from_ical(alone.content).walk("VEVENT")[0]
    assert await events(CLIENT) == {str(event["uid"]): event}
    assert [uid.partition("@")[0] for uid in await events(OTHER)] == [f"booking-{other['id']}"]
    # an admin who sees all bookings is no client of any
    assert await events(ADMIN) == {}
    await shop.client.step(mine, "cancel")
    assert await events(CLIENT) == {}


async def test_history_tells_who_did_what(backend: Api) -> None:
    shop, service, one = await open_staffed_business(backend)
    booking = await shop.client.booked(service, start=TEN, hold=True)
    await shop.client.step(booking, "confirm")
    await shop.client.step(booking, "coming")
    await shop.admin.step(booking, "move", {"start": ELEVEN})
    backend.set_time(ELEVEN)
    await shop.caller(ANNA).step(booking, "arrived")
    assert (await shop.client.call("GET", f"/v1/bookings/{booking['id']}/history")).status == 403
    lines = (await shop.admin.call("GET", f"/v1/bookings/{booking['id']}/history")).body["items"]
    assert [(line["action"], line["actor_id"], line["actor_role"], line["to_status"]) for line in lines] == [
        ("hold", shop.people[CLIENT], "client", "held"),
        ("confirm", shop.people[CLIENT], "client", "confirmed"),
        ("coming", shop.people[CLIENT], "client", "confirmed"),
        ("move", shop.people[ADMIN], "admin", "confirmed"),
        ("arrived", shop.people[ANNA], "specialist", "arrived"),
    ]
    assert [line["actor_name"] for line in lines[2:]] == [f"Person {who}" for who in (CLIENT, ADMIN, ANNA)]
    assert lines[3]["detail"]["start"] == ["2026-06-10T08:00:00Z", "2026-06-10T09:00:00Z"]
    assert lines[3]["detail"]["specialist_id"] == [one, one]


async def test_lists_by_role_filter_and_page(backend: Api) -> None:
    shop, service, one = await open_staffed_business(backend)
    other = await shop.add_specialist(service)
    mine = [
        await shop.client.booked(service, start=f"2026-06-{day}T10:00:00+02:00", specialist_id=one)
        for day in (10, 11, 12)
    ]
    theirs = await shop.other.booked(service, start=TEN, specialist_id=other)

    async def ids(who: int, **query: Any) -> list[int]:
        found: list[int] = []
        cursor: str | None = None
        while True:
            more = {} if cursor is None else {"cursor": cursor}
            reply = await shop.caller(who).call("GET", "/v1/bookings", params={"limit": 2, **query, **more})
            assert reply.status == 200, reply
            found += [one["id"] for one in reply.body["items"]]
            cursor = reply.body["next"]
            if cursor is None:
                return found

    own = [booking["id"] for booking in mine]
    everything = [own[0], theirs["id"], own[1], own[2]]
    assert await ids(CLIENT) == own
    assert await ids(ANNA) == own
    assert await ids(ADMIN) == everything
    assert await ids(ADMIN, order="desc") == everything[::-1]
    assert await ids(ADMIN, specialist_id=other) == [theirs["id"]]
    assert await ids(ADMIN, client_id=shop.people[OTHER]) == [theirs["id"]]
    assert await ids(ADMIN, **{"from": "2026-06-11", "to": "2026-06-11"}) == [own[1]]
    await shop.client.step(mine[0], "cancel")
    assert await ids(CLIENT, status="cancelled") == [own[0]]
    assert await ids(ADMIN, status=["confirmed", "cancelled"]) == everything
    seen = (await shop.caller(ANNA).call("GET", f"/v1/bookings/{own[1]}")).body
    assert seen["client_name"] == f"Person {CLIENT}"
    assert (await shop.client.call("GET", f"/v1/bookings/{own[1]}")).body["client_name"] == ""
    assert (await shop.other.call("GET", f"/v1/bookings/{own[1]}")).status == 404
    for bad in ({"limit": 0}, {"limit": 9999}, {"cursor": "x"}, {"status": "nope"}, {"from": "2026-13-01"}):
        reply = await shop.client.call("GET", "/v1/bookings", params=bad)
        assert (reply.status, reply.code) == (400, "invalid"), (bad, reply)
