"""A client's request for another time: a wish inside the cut-off, a held place under approval; the booking stays."""

import asyncio
from typing import Any

from backend.bookings.endings import free_all_lapsed_places
from backend.db import tables
from backend.people.queries.people import erase_person
from tests.support.backend_api import Api
from tests.support.business import ANNA, Business, open_staffed_business
from tests.support.business_rows import ADMIN, CLIENT

MORNING = "2026-06-01T08:00:00+00:00"
TODAY = "2026-06-01"
FAR = "2026-06-10"


def at(day: str, clock: str) -> str:
    return f"{day}T{clock}:00+02:00"


async def open_shop(backend: Api, **policies: Any) -> tuple[Business, int]:
    """Open a business in Berlin at ten in the morning, with a specialist in the bot."""
    shop, service, _ = await open_staffed_business(backend, slot_step_min=30, **policies)
    backend.set_time(MORNING)
    return shop, service


async def booked(shop: Business, service: int, start: str) -> Any:
    """Return a client's booking that stands, made long enough ago that second thoughts are over."""
    booking = await shop.admin.booked(service, start=start, client_id=shop.people[CLIENT])
    shop.api.clock.shift_s += 1800
    return booking


async def move(shop: Business, booking: Any, start: str, **more: Any) -> Any:
    """Ask for another time as its client; return the answer's body."""
    reply = await shop.client.step(booking, "move", {"start": start, **more})
    assert reply.status == 200, reply
    return reply.body


async def test_inside_the_cut_off_a_move_is_a_wish(backend: Api) -> None:
    shop, service = await open_shop(backend)
    booking = await booked(shop, service, at(TODAY, "15:00"))
    await shop.gateway.send(shop.slug)
    asked = await move(shop, booking, at(TODAY, "16:00"))
    assert (asked["status"], asked["start"]) == ("confirmed", booking["start"])
    wish = asked["move_request"]
    assert (wish["start"], wish["held"], wish["outcome"]) == ("2026-06-01T14:00:00Z", False, None)
    # nothing is held for a wish
    assert at(TODAY, "16:00") in [slot["local"] for slot in await shop.other.slots(service, day=TODAY)]
    told = [one for one in await shop.gateway.send(shop.slug, first_id=200) if one["role"] != "client"]
    assert sorted((one["role"], one["kind"]) for one in told) == [
        ("admin", "move_requested"), ("specialist", "move_requested"),
    ]  # fmt: skip
    assert {one["may_decide"] for one in told} == {True}
    moved = (await shop.caller(ANNA).step(booking, "approve")).body
    assert (moved["start"], moved["move_request"]["outcome"]) == ("2026-06-01T14:00:00Z", "accepted")
    after = await shop.gateway.send(shop.slug, first_id=300)
    changed = [one for one in after if one["message_id"] is not None and one["role"] != "client"]
    assert len(changed) == 2
    assert {one["booking"]["move_request"]["decided_by"] for one in changed} == {f"Person {ANNA}"}
    assert ("client", "moved") in {(one["role"], one["kind"]) for one in after}


async def test_outside_the_cut_off_a_move_is_done_at_once(backend: Api) -> None:
    shop, service = await open_shop(backend)
    booking = await booked(shop, service, at(FAR, "10:00"))
    moved = await move(shop, booking, at(FAR, "12:00"))
    assert (moved["start"], moved["move_request"]) == ("2026-06-10T10:00:00Z", None)


async def test_a_wish_that_is_declined_leaves_the_booking(backend: Api) -> None:
    shop, service = await open_shop(backend)
    booking = await booked(shop, service, at(TODAY, "15:00"))
    await move(shop, booking, at(TODAY, "16:00"))
    kept = (await shop.admin.step(booking, "decline", {"reason": "all full"})).body
    assert (kept["status"], kept["start"]) == ("confirmed", booking["start"])
    assert (kept["move_request"]["outcome"], kept["move_request"]["note"]) == ("declined", "all full")
    assert ("client", "move_kept") in {(one["role"], one["kind"]) for one in await shop.gateway.send(shop.slug)}
    again = await shop.admin.step(booking, "approve")
    assert (again.status, again.code) == (409, "illegal_step")


async def test_words_are_a_wish_and_staff_move_the_booking(backend: Api) -> None:
    shop, service = await open_shop(backend)
    booking = await booked(shop, service, at(TODAY, "15:00"))
    words = "any time after the school run"
    asked = (await shop.client.step(booking, "wish", {"text": words})).body
    assert (asked["move_request"]["text"], asked["move_request"]["start"]) == (words, None)
    nowhere = await shop.admin.step(booking, "approve")
    assert (nowhere.status, nowhere.code) == (409, "illegal_step")
    moved = (await shop.admin.step(booking, "move", {"start": at(TODAY, "16:00")})).body
    assert (moved["start"], moved["move_request"]["outcome"]) == ("2026-06-01T14:00:00Z", "accepted")
    assert (await shop.other.step(booking, "wish", {"text": words})).status == 404
    await backend.db.write(shop.id, lambda conn: erase_person(conn, shop.id, shop.people[CLIENT], 1_780_000_000))
    for table in (tables.move_requests, tables.booking_history, tables.audit, tables.outbox):
        assert words not in str(await shop.rows(table)), table.name


async def test_a_client_takes_a_wish_back(backend: Api) -> None:
    shop, service = await open_shop(backend)
    booking = await booked(shop, service, at(TODAY, "15:00"))
    assert (await shop.client.step(booking, "withdraw")).code == "illegal_step"
    await move(shop, booking, at(TODAY, "16:00"))
    assert (await shop.client.step(booking, "withdraw")).body["move_request"]["outcome"] == "withdrawn"
    assert (await shop.admin.step(booking, "approve")).code == "illegal_step"


async def test_under_approval_the_new_place_is_held_and_the_old_one_kept(backend: Api) -> None:
    shop, service = await open_shop(backend, approval=True, max_active_per_client=1)
    booking = await booked(shop, service, at(FAR, "10:00"))
    # half an hour later: the new place and the old one overlap, and both are taken
    asked = await move(shop, booking, at(FAR, "10:30"))
    request = asked["move_request"]
    assert (asked["start"], request["held"], request["decide_by"]) == (booking["start"], True, "2026-06-02T06:30:00Z")
    free = [slot["local"][11:16] for slot in await shop.admin.slots(service, day=FAR)]
    assert free[:4] == ["09:00", "11:30", "12:00", "12:30"]
    assert (await shop.admin.book(service, start=at(FAR, "11:00"), client_id=shop.people[ADMIN])).status == 409
    moved = (await shop.admin.step(booking, "approve")).body
    assert (moved["id"], moved["start"]) == (booking["id"], "2026-06-10T08:30:00Z")
    free = [slot["local"][11:16] for slot in await shop.admin.slots(service, day=FAR)]
    assert free[:3] == ["09:00", "09:30", "11:30"]


async def test_both_places_are_one_booking_for_limits_and_overlap(backend: Api) -> None:
    shop, service = await open_shop(backend, approval=True, max_active_per_client=2)
    second = await shop.add_specialist(service)
    booking = await booked(shop, service, at(FAR, "10:00"))
    await move(shop, booking, at(FAR, "14:00"))
    crossing = await shop.client.book(service, start=at(FAR, "14:30"), specialist_id=second)
    assert (crossing.code, crossing.body["field"]) == ("limit_reached", "client_overlap")
    assert (await shop.client.book(service, start=at(FAR, "12:00"), specialist_id=second)).status == 201


async def test_a_held_move_expires_and_the_booking_stays(backend: Api) -> None:
    shop, service = await open_shop(backend, approval=True)
    booking = await booked(shop, service, at(FAR, "10:00"))
    await move(shop, booking, at(FAR, "14:00"))
    await shop.gateway.send(shop.slug)
    backend.set_time("2026-06-02T06:30:00+00:00")
    assert at(FAR, "14:00") in [slot["local"] for slot in await shop.other.slots(service, day=FAR)]
    assert await free_all_lapsed_places(backend.db, int(backend.clock())) >= 1
    seen = await shop.client.ok("GET", f"/v1/bookings/{booking['id']}")
    assert (seen["status"], seen["start"], seen["move_request"]["outcome"]) == (
        "confirmed",
        booking["start"],
        "expired",
    )
    assert ("client", "move_unanswered") in {
        (one["role"], one["kind"]) for one in await shop.gateway.send(shop.slug, first_id=300)
    }


async def test_a_booking_that_ends_takes_its_request_along(backend: Api) -> None:
    shop, service = await open_shop(backend, approval=True)
    booking = await booked(shop, service, at(FAR, "10:00"))
    await move(shop, booking, at(FAR, "14:00"))
    # another wish takes the place of the first
    await move(shop, booking, at(FAR, "15:00"))
    assert at(FAR, "14:00") in [slot["local"] for slot in await shop.other.slots(service, day=FAR)]
    ended = (await shop.client.step(booking, "cancel")).body
    assert ended["move_request"]["outcome"] == "withdrawn"
    free = [slot["local"] for slot in await shop.other.slots(service, day=FAR)]
    assert {at(FAR, "10:00"), at(FAR, "15:00")} <= set(free)


async def test_of_two_answers_at_once_one_counts(backend: Api) -> None:
    shop, service = await open_shop(backend, approval=True)
    booking = await booked(shop, service, at(FAR, "10:00"))
    await move(shop, booking, at(FAR, "14:00"))
    replies = await asyncio.gather(shop.caller(ANNA).step(booking, "approve"), shop.admin.step(booking, "decline"))
    assert sorted(reply.status for reply in replies) == [200, 409]
    seen = await shop.admin.ok("GET", f"/v1/bookings/{booking['id']}")
    accepted = seen["move_request"]["outcome"] == "accepted"
    assert seen["start"] == ("2026-06-10T12:00:00Z" if accepted else booking["start"])


async def test_a_class_that_is_held_for_a_move_keeps_its_start(backend: Api) -> None:
    """Others join it at its own start, not at that of its buffer; one that would meet the old one is not held."""
    shop, _ = await open_shop(backend, approval=True)
    yoga = await shop.add_service(60, before=10, capacity=3, starts="together")
    await shop.add_specialist(yoga)
    booking = await booked(shop, yoga, at(FAR, "12:00"))
    asked = await move(shop, booking, at(FAR, "14:00"))
    assert asked["move_request"]["held"]
    offered = {slot["local"]: slot["places_left"] for slot in await shop.other.slots(yoga, day=FAR)}
    assert offered[at(FAR, "14:00")] == 2
    assert at(FAR, "13:50") not in offered
    assert at(FAR, "14:30") not in offered
    asked = await move(shop, booking, at(FAR, "12:30"))
    assert (asked["start"], asked["move_request"]["held"]) == (booking["start"], False)


async def test_a_request_waits_on_while_its_booking_goes_to_another_specialist(backend: Api) -> None:
    """Placed at its own time, as its specialist is away: its client still asks for another, whose place is theirs."""
    shop, service = await open_shop(backend, approval=True)
    booking = await booked(shop, service, at(FAR, "10:00"))
    await move(shop, booking, at(FAR, "14:00"))
    other = await shop.add_specialist(service)
    (before,) = (await shop.admin.ok("GET", f"/v1/bookings/{booking['id']}"))["items"]
    away = {"start": f"{FAR}T09:00", "end": f"{FAR}T12:00"}
    path = f"/v1/specialists/{before['specialist_id']}/time-off"
    await shop.admin.ok("POST", path, json=away, params={"bookings": "need_new_times"})
    placed = await shop.admin.ok("POST", "/v1/tasks/placements", json={})
    assert [one["booking"]["specialist_id"] for one in placed["placed"]] == [other]
    seen = await shop.client.ok("GET", f"/v1/bookings/{booking['id']}")
    assert (seen["start"], seen["move_request"]["outcome"]) == (booking["start"], None)
    ended = (await shop.client.step(booking, "cancel")).body
    assert ended["move_request"]["outcome"] == "withdrawn"
    held = tables.bookings.c.status == "held"
    assert await shop.rows(tables.bookings, held) == []


async def test_a_held_place_that_is_lost_leaves_the_booking_and_says_so(backend: Api) -> None:
    """The day that a client would move to is closed: nothing can be approved any more, and the booking stays."""
    shop, service = await open_shop(backend, approval=True)
    booking = await booked(shop, service, at(FAR, "10:00"))
    await move(shop, booking, at("2026-06-11", "12:00"))
    await shop.gateway.send(shop.slug)
    body, how = {"date": "2026-06-11"}, {"bookings": "need_new_times"}
    await shop.admin.ok("POST", "/v1/closures", json=body, params=how)
    await shop.admin.refused("illegal_step", "POST", f"/v1/bookings/{booking['id']}/approve")
    seen = await shop.admin.ok("GET", f"/v1/bookings/{booking['id']}")
    assert (seen["start"], seen["status"], seen["move_request"]["outcome"]) == (
        booking["start"],
        "confirmed",
        "expired",
    )
    assert ("client", "move_unanswered") in {
        (one["role"], one["kind"]) for one in await shop.gateway.send(shop.slug, first_id=200)
    }


async def test_no_new_time_is_offered_where_the_client_would_move_another_booking(backend: Api) -> None:
    """A place that is held for a move counts as the client's own: what is offered can be taken."""
    shop, service = await open_shop(backend, approval=True)
    other = await shop.add_specialist(service)
    booking, ill = await booked(shop, service, at(FAR, "10:00")), await booked(shop, service, at(FAR, "12:00"))
    await shop.admin.step(ill, "move", {"start": ill["start"], "specialist_id": other})
    await move(shop, booking, at(FAR, "14:00"))
    await shop.admin.step(ill, "ask-move")
    path = f"/v1/bookings/{ill['id']}"
    offered = (await shop.client.ok("GET", f"{path}/new-times"))["others"]
    starts = [one["local"] for one in offered]
    # it lasts an hour, from half past one on it would meet the other
    assert starts == [at(FAR, "11:00"), at(FAR, "11:30"), at(FAR, "12:30")]
    for one in offered:
        body = {"start": one["start"], "specialist_id": one["specialist_id"]}
        assert (await shop.client.call("POST", f"{path}/new-time", json=body)).status == 200
        await shop.admin.step(ill, "ask-move")
