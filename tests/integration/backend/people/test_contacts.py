"""Who is told how clients can be reached: every route and message, as a specialist from whom the business hides it."""

from typing import Any

import pytest

from backend.app import feature_handlers
from backend.auth.access import Access
from backend.db import tables
from tests.support.business import Business
from tests.support.business_rows import ADMIN, CLIENT, NOW, OTHER, SPECIALIST

PHONE, USERNAME = "+49 30 1234567", "klara_secret"
DAYS = {"from": "2026-06-01", "to": "2026-06-03"}
# Every route for staff and clients, with what a specialist asks of it: {booking}, {client} and the like stand for ids.
ASKED: list[tuple[str, str, dict[str, Any]]] = [
    ("GET", "/v1/people/me", {}),
    ("GET", "/v1/people/me/export", {}),
    ("PATCH", "/v1/people/me", {"json": {"news": True}}),
    ("GET", "/v1/clients", {}),
    ("GET", "/v1/clients", {"params": {"query": PHONE}}),
    ("GET", "/v1/clients", {"params": {"query": f"@{USERNAME}"}}),
    ("POST", "/v1/clients/find", {"json": {"phone": PHONE}}),
    ("POST", "/v1/clients/find", {"json": {"phone": "+49 30 1234568"}}),
    ("GET", "/v1/clients/{client}", {}),
    ("POST", "/v1/clients", {"json": {"name": "Walk-in", "phone": "+49 30 1234569"}}),
    ("PATCH", "/v1/clients/{client}", {"json": {"team_note": "likes tea"}}),
    ("GET", "/v1/tags", {}),
    ("GET", "/v1/home", {}),
    ("GET", "/v1/agenda", {"params": {"date": "2026-06-01"}}),
    ("GET", "/v1/agendas", {"params": DAYS}),
    ("GET", "/v1/calendar", {"params": DAYS}),
    ("GET", "/v1/specialists/{specialist}/gap", {"params": {"from": "2026-06-02T09:00:00Z", "to": "2026-06-02T12:00:00Z"}}),
    ("GET", "/v1/bookings", {"params": {"client_id": "{client}"}}),
    ("GET", "/v1/bookings/overview", {"params": {"client_id": "{client}"}}),
    ("GET", "/v1/bookings/unmarked", {}),
    ("GET", "/v1/bookings/{booking}", {}),
    ("GET", "/v1/bookings/{booking}/slots", {"params": DAYS}),
    ("GET", "/v1/bookings/{booking}/days", {"params": DAYS}),
    ("GET", "/v1/bookings/{booking}/history", {}),
    ("GET", "/v1/bookings/{booking}/calendar.ics", {}),
    ("GET", "/v1/bookings/calendar.ics", {}),
    ("GET", "/v1/bookings/{booking}/new-times", {}),
    ("GET", "/v1/choices/services", {"params": {"client_id": "{client}"}}),
    ("GET", "/v1/choices/slots", {"params": {"client_id": "{client}", "service_id": "{service}", **DAYS}}),
    ("GET", "/v1/choices/days", {"params": {"client_id": "{client}", "service_id": "{service}", **DAYS}}),
    ("POST", "/v1/choices/soonest", {"json": {"service_ids": ["{service}"]}}),
    ("GET", "/v1/specialists/{specialist}/offers", {"params": DAYS}),
    ("GET", "/v1/specialists/{specialist}/schedule", {}),
    ("GET", "/v1/slots/why", {"params": {"service_id": "{service}", "start": "2026-06-02T10:00:00Z"}}),
    ("GET", "/v1/closures", {}),
    ("GET", "/v1/rooms", {}),
    ("GET", "/v1/messages/unsent", {}),
    ("GET", "/v1/messages/{message}", {}),
    ("POST", "/v1/messages/{message}/answer", {"json": {"text": "Yes"}}),
    ("POST", "/v1/messages", {"json": {"text": "Hello"}}),
    ("POST", "/v1/messages/send", {}),
    ("POST", "/v1/messages/discard", {}),
    ("POST", "/v1/bookings", {"json": {"service_ids": ["{service}"], "start": "2026-06-02T12:00:00Z",
                                       "client_id": "{client}"}}),
    ("POST", "/v1/bookings/{request}/approve", {}),
    ("POST", "/v1/bookings/{request}/decline", {}),
    ("PATCH", "/v1/bookings/{booking}", {"json": {"comment": "tea"}}),
    ("POST", "/v1/bookings/{booking}/message", {"json": {"text": "Hello"}}),
    ("POST", "/v1/bookings/{booking}/arrived", {}),
    ("POST", "/v1/bookings/{booking}/complete", {}),
    ("POST", "/v1/bookings/{booking}/no-show", {}),
    ("POST", "/v1/bookings/{booking}/unmark", {}),
    ("POST", "/v1/bookings/{booking}/places", {"json": {"places": 1}}),
    ("POST", "/v1/bookings/{booking}/confirm", {}),
    ("POST", "/v1/bookings/{booking}/coming", {}),
    ("POST", "/v1/bookings/{booking}/late", {"json": {"minutes": 10}}),
    ("POST", "/v1/bookings/{booking}/shown", {"json": {"message_id": 1}}),
    ("POST", "/v1/bookings/{booking}/wish", {"json": {"text": "Later"}}),
    ("POST", "/v1/bookings/{booking}/withdraw", {}),
    ("POST", "/v1/bookings/{ahead}/ask-move", {}),
    ("GET", "/v1/tasks", {}),
    ("POST", "/v1/bookings/{ahead}/new-time", {"json": {"start": "2026-06-02T14:00:00Z"}}),
    ("POST", "/v1/bookings/{ahead}/keep-time", {}),
    ("POST", "/v1/bookings/{ahead}/told", {}),
    ("POST", "/v1/bookings/{ahead}/move", {"json": {"start": "2026-06-02T15:00:00Z"}}),
    ("POST", "/v1/bookings/{ahead}/cancel", {}),
    ("POST", "/v1/bookings/{ahead}/undo", {}),
    ("PUT", "/v1/specialists/{specialist}/hours", {"json": {"week": {}}}),
    ("PATCH", "/v1/specialists/{specialist}/hours", {"json": {"week": {}}}),
    ("PUT", "/v1/specialists/{specialist}/dates/2026-06-02", {"json": {"shifts": []}}),
    ("DELETE", "/v1/specialists/{specialist}/dates/2026-06-02", {}),
    ("POST", "/v1/specialists/{specialist}/time-off", {"json": {"start": "2026-06-02T09:00", "end": "2026-06-03T09:00"}}),
    ("DELETE", "/v1/specialists/{specialist}/time-off/1", {}),
    ("POST", "/v1/holds/codes", {"json": {"code": "123456"}}),
    ("POST", "/v1/holds/claim", {"json": {"token": "x" * 22}}),
    ("POST", "/v1/invitations/preview", {"json": {"code": "ABCDEFG2"}}),
    ("POST", "/v1/invitations/redeem", {"json": {"code": "ABCDEFG2"}}),
    ("DELETE", "/v1/people/me", {}),
]  # fmt: skip
# Answers that bring a client or a booking: they must succeed, or nothing is shown by this test.
MUST_SUCCEED = 40


def plain(path: str) -> str:
    """Return a path without what its ids are called; a date is an id as well."""
    return "/".join("{}" if part.startswith("{") or part[:3] in ("202", "1") else part for part in path.split("/"))


def test_every_route_that_a_specialist_may_call_is_asked() -> None:
    wanted = {
        (str(method), plain(path))
        for handler in feature_handlers()
        for method in handler.http_methods - {"OPTIONS", "HEAD"}
        for path in handler.paths
        if handler.opt.get("access") in (Access.STAFF, Access.CLIENT)
    }
    assert wanted == {(method, plain(path)) for method, path, _ in ASKED}


async def fill(barber: Business, *, visible: bool) -> dict[str, int]:
    """Give the specialist a client with a phone and an account, bookings, a request, words; return ids by kind."""
    policies = (await barber.admin.ok("GET", "/v1/tenant"))["policies"]
    policies |= {"specialists_see_contacts": visible}
    await barber.admin.ok("PATCH", "/v1/tenant", json={"policies": policies})
    telegram = {"tg_id": CLIENT, "first_name": "Klara", "last_name": "Schmidt", "username": USERNAME}
    await barber.nobody.ok("POST", "/v1/people/identify", json=telegram)
    await barber.client.ok("PATCH", "/v1/people/me", json={"phone": PHONE})
    await barber.other.ok("PATCH", "/v1/people/me", json={"phone": "+49 30 1234568", "name": "Oskar"})
    ids = {
        "client": barber.people[CLIENT],
        "service": barber.services["Haircut"],
        "specialist": barber.specialists["Anna"],
        "booking": await barber.add_booking(NOW - 1800),
        "ahead": await barber.add_booking(NOW + 26 * 3600),
        "request": await barber.add_booking(NOW + 30 * 3600, status="pending", decide_by=NOW + 3600),
    }
    words = {"text": "May I come later?", "booking_id": ids["ahead"], "send": True}
    sent = await barber.client.ok("POST", "/v1/messages", json=words)
    return ids | {"message": sent["items"][0]["id"]}


def filled(value: Any, ids: dict[str, int]) -> Any:
    """Return what is sent with the ids in the places of their names."""
    if isinstance(value, dict):
        return {name: filled(inner, ids) for name, inner in value.items()}
    if isinstance(value, list):
        return [filled(inner, ids) for inner in value]
    if isinstance(value, str) and value.startswith("{"):
        return ids[value.strip("{}")]
    return value


def tells(content: bytes) -> set[str]:
    """Return which of the client's contacts an answer holds."""
    text = content.decode()
    digits = "".join(filter(str.isdigit, text.replace("\\u", "")))
    found = {name for name in (USERNAME, str(CLIENT), str(OTHER)) if name in text}
    return found | {number for number in ("301234567", "301234568", "301234569") if number in digits}


async def ask_everything(barber: Business, ids: dict[str, int]) -> tuple[int, dict[str, set[str]]]:
    """Call every route as the specialist; return how many answered well, and which answers told contacts."""
    succeeded, told = 0, {}
    for method, path, sent in ASKED:
        reply = await barber.specialist.call(method, path.format(**ids), **filled(sent, ids))
        assert reply.status < 500, (path, reply)
        succeeded += reply.status < 300
        if found := tells(reply.content):
            told[f"{method} {path} {sent}"] = found
    return succeeded, told


async def test_a_specialist_who_sees_no_contacts_is_told_none_anywhere(barber: Business) -> None:
    ids = await fill(barber, visible=False)
    succeeded, told = await ask_everything(barber, ids)
    assert told == {}
    assert succeeded >= MUST_SUCCEED, succeeded


async def test_a_specialist_sees_their_own_clients_contacts_by_default(barber: Business) -> None:
    ids = await fill(barber, visible=True)
    booking = await barber.specialist.ok("GET", f"/v1/bookings/{ids['booking']}")
    assert booking["client_name"] == "Klara Schmidt"
    assert (booking["client_phone"], booking["client_username"], booking["client_tg_id"]) == (PHONE, USERNAME, CLIENT)
    (own,) = (await barber.specialist.ok("GET", "/v1/clients"))["items"]
    assert (own["phone"], own["username"], own["is_own"]) == (PHONE, USERNAME, True)


@pytest.mark.parametrize("visible", [True, False])
async def test_messages_to_a_specialist_follow_the_same_rule(barber: Business, visible: bool) -> None:
    await fill(barber, visible=visible)
    await barber.add_person(1777, "admin", "specialist")
    await barber.client.booked(barber.services["Haircut"], start="2026-06-02T09:00:00Z")
    claimed = await barber.gateway.claim(barber.slug)
    told = {
        notice["tg_id"]: notice["booking"]["client_phone"]
        for notice in claimed
        if notice["kind"] == "booked" and notice["role"] != "client"
    }
    assert told[SPECIALIST] == (PHONE if visible else None)
    # admins see all, whatever else they are
    assert (told[ADMIN], told[1777]) == (PHONE, PHONE)


async def test_hidden_contacts_are_not_found_out_piece_by_piece(barber: Business) -> None:
    await fill(barber, visible=False)
    for part in ("+4930", "1234567", "klara_sec", "@klara_sec"):
        found = await barber.specialist.ok("GET", "/v1/clients", params={"query": part})
        assert found["items"] == [], part
    for whole in ("0049 30 1234567", "+49 (30) 123-45-67", f"@{USERNAME.upper()}", "schmidt"):
        found = await barber.specialist.ok("GET", "/v1/clients", params={"query": whole})
        assert [one["name"] for one in found["items"]] == ["Klara Schmidt"], whole
    # an admin finds by any part
    for part in ("+4930", "1234567", "klara_sec", "@klara_sec"):
        found = await barber.admin.ok("GET", "/v1/clients", params={"query": part})
        assert [one["name"] for one in found["items"]][:1] == ["Klara Schmidt"], part


async def test_others_are_found_by_a_whole_number_and_by_name_alone(barber: Business) -> None:
    await fill(barber, visible=True)
    other = barber.people[OTHER]
    assert (await barber.specialist.ok("GET", "/v1/clients", params={"query": "49 30 1234568"}))["items"] != []
    assert (await barber.specialist.ok("GET", "/v1/clients", params={"query": "01234568"}))["items"] == []
    await barber.specialist.refused("not_found", "GET", f"/v1/clients/{other}")
    booking = {"service_ids": [barber.services["Haircut"]], "start": "2026-06-02T10:00:00Z", "client_id": other}
    await barber.specialist.refused("not_found", "POST", "/v1/bookings", json=booking)
    choices = {"client_id": other}
    await barber.specialist.refused("not_found", "GET", "/v1/choices/services", params=choices)
    await barber.specialist.refused("invalid", "POST", "/v1/clients/find", json={"phone": "1234"})
    (found,) = (await barber.specialist.ok("POST", "/v1/clients/find", json={"phone": "0049 30 1234568"}))["items"]
    assert (found["id"], found["is_own"], found["phone"], found["tg_id"]) == (other, False, None, None)
    # whose number one knows, one may book for; what is theirs besides stays hidden until then
    chosen = await barber.specialist.ok("GET", "/v1/choices/services", params=choices)
    assert (chosen["choice"]["client"]["name"], chosen["choice"]["client"]["phone"]) == (found["name"], None)
    await barber.specialist.refused("not_found", "GET", f"/v1/clients/{other}")
    booked = await barber.specialist.ok("POST", "/v1/bookings", json=booking)
    assert booked["client_phone"] == "+49 30 1234568"
    assert (await barber.specialist.ok("GET", f"/v1/clients/{other}"))["is_own"]
    assert len(await barber.rows(tables.known_clients)) == 1
