"""Visitors' holds on both databases: taken, read, taken over by one person, and kept apart from everybody else's."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from backend.db import tables
from backend.holds import rules
from tests.support.booking_page import ELEVEN, PHONE, TEN, TWELVE, Page, claim
from tests.support.business import STRANGER, Business
from tests.support.business_rows import ADMIN, CLIENT, NOW, OTHER, SPECIALIST


async def test_a_visitor_holds_a_place_and_reads_what_became_of_it(barber: Business, page: Page) -> None:
    await barber.api.db.write(
        None,
        lambda conn: conn.execute(
            update(tables.tenants).where(tables.tenants.c.slug == "barber").values(bot_username="hair_bot")
        ),
    )
    held = await page.held(comment="by the window")
    assert held["link"] == f"https://t.me/hair_bot?start=h_{held['token']}"
    assert len(f"h_{held['token']}") <= 64
    assert (held["status"], held["taken_over"], held["start"]) == ("held", False, TEN)
    assert held["items"][0]["service_name"] == "Haircut"
    assert held["hold_until"] == "2026-06-01T09:03:00Z"
    state = await page.state(held)
    assert state == {name: value for name, value in held.items() if name not in ("token", "link")}
    assert not {name for name in held if "client" in name or name in ("comment", "source")}
    # nobody is offered the place meanwhile, and the token is kept as a digest
    assert (await page.hold()).code == "slot_taken"
    row = (await barber.rows(tables.bookings))[0]
    assert (row.client_id, row.source, row.created_by) == (None, "public", None)
    assert row.claim_hash == rules.claim_hash(held["token"])
    # it lapses by itself
    barber.api.clock.shift_s += 181
    assert (await page.state(held))["status"] == "expired"
    await page.held()
    barber.api.clock.shift_s += 24 * 3600
    assert (await page.call("GET", f"/v1/holds/{held['id']}", held["token"])).status == 404


async def test_without_its_token_a_hold_is_a_missing_one(barber: Business, studio: Business, page: Page) -> None:
    held, other = await page.held(), await page.held(ELEVEN)
    missing = await page.call("GET", "/v1/holds/987654321", held["token"])
    assert missing.status == 404
    for name, body in ((None, None), ("cancel", None), ("code", {"phone": PHONE}), ("confirm", {"code": "123456"})):
        path = f"/v1/holds/{held['id']}" + (f"/{name}" if name else "")
        method, more = ("POST", {} if body is None else {"json": body}) if name else ("GET", {})
        for stranger in (page, Page(studio)):
            for token in (None, "", "x", other["token"], held["token"] + "x", b"\xe9" * 9):
                answer = await stranger.call(method, path, None if token is None else token, **more)
                assert (answer.status, answer.content) == (404, missing.content), (path, token)
        elsewhere = await Page(studio).call(method, path, held["token"], **more)
        assert (elsewhere.status, elsewhere.content) == (404, missing.content)
    assert (await page.state(held))["status"] == "held"


async def test_one_person_takes_it_over_and_confirms(barber: Business, page: Page) -> None:
    held = await page.held()
    taken = await claim(barber, held["token"])
    assert taken.status == 200, taken.text
    booking = taken.body
    assert (booking["id"], booking["status"], booking["client_id"]) == (held["id"], "held", barber.people[CLIENT])
    # once more is the same; somebody else is told no more than about a link that never was
    assert (await claim(barber, held["token"])).body["status"] == "held"
    foreign, never = await claim(barber, held["token"], OTHER), await claim(barber, "x" * 22, OTHER)
    assert foreign.content == never.content
    assert foreign.code == "bad_code"
    state = await page.state(held)
    assert (state["status"], state["taken_over"]) == ("held", True)
    # what is somebody's is not the visitor's to give back or to confirm for others
    assert (await page.step(held, "cancel")).code == "illegal_step"
    assert (await page.step(held, "code", {"phone": PHONE})).code == "illegal_step"
    confirmed = await barber.client.ok("POST", f"/v1/bookings/{held['id']}/confirm")
    assert confirmed["status"] == "confirmed"
    assert (await page.state(held))["status"] == "confirmed"
    assert (await claim(barber, held["token"])).body["status"] == "confirmed"
    told = {(row.person_id, row.role) for row in await barber.rows(tables.outbox, tables.outbox.c.kind == "booked")}
    assert (barber.people[CLIENT], "client") in told
    assert (barber.people[ADMIN], "admin") in told
    history = await barber.admin.ok("GET", f"/v1/bookings/{held['id']}/history")
    assert [(one["actor_role"], one["action"]) for one in history["items"]] == [
        ("visitor", "hold"), ("client", "take_over"), ("client", "confirm"),
    ]  # fmt: skip


async def test_of_many_who_follow_one_link_one_wins(barber: Business, page: Page) -> None:
    held = await page.held()
    crowd = [CLIENT, OTHER, SPECIALIST, ADMIN] * 3
    answers = await asyncio.gather(*(claim(barber, held["token"], who) for who in crowd))
    winners = {who for who, answer in zip(crowd, answers, strict=True) if answer.status == 200}
    assert len(winners) == 1
    row = (await barber.rows(tables.bookings))[0]
    assert row.client_id == barber.people[winners.pop()]


async def test_a_link_that_is_followed_too_late_shows_what_was_wanted(barber: Business, page: Page) -> None:
    held = await page.held()
    barber.api.clock.shift_s += 601
    late = (await claim(barber, held["token"])).body
    assert (late["status"], late["start"], late["client_id"]) == ("expired", TEN, None)
    barber.api.clock.shift_s += 24 * 3600
    assert (await claim(barber, held["token"])).code == "bad_code"


async def test_who_may_not_book_takes_nothing_over(barber: Business, studio: Business, page: Page) -> None:
    held = await page.held()
    assert (await claim(barber, held["token"], STRANGER)).status == 403
    assert (await claim(barber, held["token"], None)).status == 403
    assert (await claim(studio, held["token"], CLIENT)).body["code"] == "bad_code"
    await barber.admin.ok("PATCH", f"/v1/clients/{barber.people[CLIENT]}", json={"blocked": True})
    assert (await claim(barber, held["token"])).code == "forbidden"
    for hour in range(5):
        await barber.add_booking(NOW + 86_400 * 3 + hour * 3600, who=OTHER)
    assert (await claim(barber, held["token"], OTHER)).code == "limit_reached"
    assert (await page.state(held))["taken_over"] is False


async def test_staff_see_a_visitors_hold_but_cannot_make_a_booking_of_it(barber: Business, page: Page) -> None:
    held = await page.held()
    path = f"/v1/bookings/{held['id']}"
    seen = await barber.admin.ok("GET", path)
    assert (seen["client_id"], seen["client_name"], seen["client_phone"]) == (None, "", None)
    assert [one["id"] for one in (await barber.specialist.ok("GET", "/v1/bookings"))["items"]] == [held["id"]]
    assert (await barber.client.call("GET", path)).status == 404
    await barber.admin.refused("illegal_step", "POST", f"{path}/confirm")
    await barber.admin.ok("POST", f"{path}/move", json={"start": ELEVEN})
    affected = await barber.admin.ok("PUT", f"/v1/specialists/{barber.specialists['Anna']}/hours", json={"mon": []})
    assert [(one["booking_id"], one["client_name"]) for one in affected["affected"]] == [(held["id"], "")]
    service = f"/v1/services/{barber.services['Haircut']}"
    removed = await barber.admin.ok("DELETE", service, params={"preview": True})
    assert [one["booking_id"] for one in removed["displaced"]] == [held["id"]]
    await barber.admin.ok("POST", f"{path}/cancel")
    await barber.admin.refused("illegal_step", "POST", f"{path}/undo")
    assert (await page.state(held))["status"] == "expired"
    assert (await barber.admin.ok("GET", "/v1/bookings"))["items"] == []
    late = await claim(barber, held["token"])
    assert (late.status, late.body["status"]) == (200, "expired")


async def test_the_database_itself_makes_no_booking_of_what_is_nobodys(barber: Business, page: Page) -> None:
    held = await page.held()
    statement = (
        update(tables.bookings).where(tables.bookings.c.id == held["id"]).values(status="confirmed", hold_until=None)
    )
    with pytest.raises(IntegrityError):
        await barber.api.db.write(barber.id, lambda conn: conn.execute(statement))


async def test_a_visitor_gives_the_place_back_for_another(barber: Business, page: Page) -> None:
    held, key = await page.held(), str(uuid4())
    first = await page.step(held, "cancel", key=key)
    assert (first.status, first.body["status"]) == (200, "expired")
    again = await page.step(held, "cancel", key=key)
    assert again.content == first.content
    assert again.headers["idempotent-replayed"] == "true"
    assert (await page.step(held, "cancel")).code == "illegal_step"
    await page.held()


async def test_the_same_key_gets_the_same_bytes_and_nobody_elses(
    barber: Business, studio: Business, page: Page
) -> None:
    key = str(uuid4())
    first = await page.hold(key=key)
    again = await page.hold(key=key)
    assert (again.status, again.content) == (201, first.content)
    assert again.headers["idempotent-replayed"] == "true"
    assert (await page.hold(ELEVEN, key=key)).code == "idem_mismatch"
    # another business: another key, and the same place is free there
    there = await Page(studio).hold(key=key)
    assert there.status == 201
    assert there.body["token"] != first.body["token"]
    # a key that could be guessed is none, and without one there is no hold
    for guessable in ("1", "booking", "a" * 40, "abababababababababab", "visitor-1234567"):
        assert (await page.hold(TWELVE, key=guessable)).code == "invalid", guessable
    body = {"service_ids": [barber.services["Haircut"]], "start": TWELVE}
    assert (await page.call("POST", "/v1/holds", json=body)).code == "invalid"
    # keys of one hold are not those of another
    one, two = await page.held(TWELVE), await page.held("2026-06-02T13:00:00Z")
    replies = [await page.step(each, "cancel", key="k") for each in (one, two)]
    assert [reply.body["id"] for reply in replies] == [one["id"], two["id"]]


async def test_visitors_together_hold_so_many_places_at_most(
    barber: Business, studio: Business, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "MAX_OPEN", 2)
    first = await page.held()
    await page.held(ELEVEN)
    assert (await page.hold(TWELVE)).code == "limit_reached"
    assert (await Page(studio).hold(TWELVE)).status == 201
    # what somebody has taken over is a booking in the making, no longer a visitor's
    await claim(barber, first["token"])
    await page.held(TWELVE)
    barber.api.clock.shift_s += 601
    await page.held(TEN)


BAD: list[Any] = [
    {"start": "2026-06-02T10:00:00"}, {"start": "yesterday"}, {"start": "2026-06-01T08:00:00Z"}, {"service_ids": []},
    {"service_ids": [10**6]}, {"specialist_id": 10**6}, {"specialist_id": "1"}, {"hold": False}, {"client_id": 1},
    {"force": True}, {"role": "admin"}, {"tenant": "studio"}, {"comment": "x" * 1001}, {"start": "2026-09-30T10:00:00Z"},
    {"start": "2026-06-02T05:00:00Z"}, {"service_ids": [1] * 11}, {"start": 2**70},
]  # fmt: skip


@pytest.mark.parametrize("wrong", BAD, ids=str)
async def test_what_is_no_hold_is_refused_with_a_reason(barber: Business, page: Page, wrong: dict[str, Any]) -> None:
    answer = await page.hold(**wrong)
    assert 400 <= answer.status < 500, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert not await barber.rows(tables.bookings)


async def test_wrong_links_are_counted_as_wrong_codes_are(barber: Business, page: Page) -> None:
    held = await page.held()
    for _ in range(5):
        assert (await claim(barber, "x" * 22)).code == "bad_code"
    assert (await claim(barber, held["token"])).code == "bad_code"
    assert (await claim(barber, held["token"], OTHER)).status == 200


async def test_the_public_sees_what_is_public(barber: Business, page: Page) -> None:
    service, anna = barber.services["Haircut"], barber.specialists["Anna"]
    shown = (await page.call("GET", "/v1/services")).body["items"][0]
    assert not {"room_ids", "buffer_before_min", "buffer_after_min"} & shown.keys()
    assert (await page.call("GET", f"/v1/services/{service}")).body == shown
    person = (await page.call("GET", "/v1/specialists")).body["items"][0]
    assert person["id"] == anna
    assert "has_account" not in person
    assert "has_account" not in (await page.call("GET", f"/v1/specialists/{anna}")).body
    tenant = (await page.call("GET", "/v1/tenant")).body
    assert "checklist" not in tenant
    assert not {"max_active_per_client", "reminders_min", "quiet_hours", "ask_phone"} & tenant["policies"].keys()
    for path in ("/v1/bookings", f"/v1/bookings/{(await page.held())['id']}", "/v1/people/me", "/v1/clients"):
        assert (await page.call("GET", path)).status == 403, path
    # only a public client is a visitor
    body = {"service_ids": [service], "start": ELEVEN}
    assert (await barber.client.call("POST", "/v1/holds", json=body, key=str(uuid4()))).status == 403


async def test_a_hold_and_a_booking_for_one_place_at_once(barber: Business, page: Page) -> None:
    body = {"service_ids": [barber.services["Haircut"]], "start": TEN}
    answers = await asyncio.gather(
        *(page.hold() for _ in range(6)), *(barber.client.call("POST", "/v1/bookings", json=body) for _ in range(6))
    )
    assert sorted(answer.status for answer in answers) == [201] + [409] * 11
