"""Whom a broadcast reaches, when it goes out, what came of it; on both databases."""

from typing import Any

import pytest
from sqlalchemy import update

from backend.broadcasts.scheduling import send_scheduled
from backend.db import tables
from tests.support.broadcasting import begin, claim, crowd, do, draft, report, see
from tests.support.business import Business
from tests.support.business_rows import ADMIN, CLIENT, NOW, OTHER, SPECIALIST

DAY = 86_400
PHOTO = "AgACAgIAAxkBAAIB"


async def _chore(business: Business, when: str | None = None) -> int:
    """Let it be that instant, and let the chore run as it does every few seconds."""
    if when is not None:
        business.api.set_time(when)
    return await send_scheduled(business.api.db, int(business.api.clock()))


async def _deliver(business: Business) -> set[int]:
    """Send everything that is due and return who got it."""
    got = set()
    for notice in await claim(business):
        if await begin(business, notice):
            assert await report(business, notice) == 200
            got.add(notice["tg_id"])
    return got


async def _set_up(business: Business, **columns: Any) -> None:
    def change(conn: Any) -> None:
        conn.execute(update(tables.tenants).where(tables.tenants.c.id == business.id).values(**columns))

    await business.api.db.write(business.id, change)


async def _change_person(business: Business, who: int, **columns: Any) -> None:
    def change(conn: Any) -> None:
        conn.execute(update(tables.people).where(tables.people.c.tg_id == who).values(**columns))

    await business.api.db.write(business.id, change)


async def test_it_reaches_those_who_are_chosen(barber: Business) -> None:
    """All, by service, by specialist, by how long they were not seen, by tag; each counted as it is sent."""
    await crowd(barber, 3)
    barber.people.update({50_000 + n: barber.people[OTHER] + 1 + n for n in range(3)})
    people = await barber.rows(tables.people)
    barber.people.update({row.tg_id: row.id for row in people})
    shave = await barber.add_service()
    boris = await barber.add_specialist(shave)
    haircut, anna = barber.services["Haircut"], barber.specialists["Anna"]
    await barber.add_booking(NOW - 40 * DAY, who=CLIENT, status="completed")
    await barber.add_booking(NOW - 40 * DAY + 7200, who=OTHER, status="completed")
    await barber.add_booking(NOW + DAY, who=OTHER, status="confirmed")
    await barber.add_booking(NOW - 50 * DAY, who=50_000, service_id=shave, specialist_id=boris, status="completed")
    await barber.add_booking(NOW - 5 * DAY, who=50_000, service_id=shave, specialist_id=boris, status="no_show")
    await barber.add_booking(NOW - 60 * DAY, who=50_001, status="cancelled")
    await barber.add_booking(NOW - 60 * DAY, who=ADMIN, status="completed")
    await barber.insert(tables.client_tags, person_id=barber.people[50_002], tag_key="8a1c0f52d37e", tag="VIP")
    chosen = [
        ({"kind": "all"}, "", {CLIENT, OTHER, 50_000, 50_001, 50_002}),
        ({"kind": "service", "id": haircut}, "Haircut", {CLIENT, OTHER}),
        ({"kind": "specialist", "id": boris}, None, {50_000}),
        ({"kind": "specialist", "id": anna}, "Anna", {CLIENT, OTHER}),
        # one has a booking ahead; who did not come was not seen; a cancelled booking says nothing
        ({"kind": "not_seen", "days": 30}, "", {CLIENT, 50_000}),
        ({"kind": "not_seen", "days": 45}, "", {50_000}),
        ({"kind": "tag", "tag": "8a1c0f52d37e"}, "VIP", {50_002}),
    ]
    made = await draft(barber)
    for audience, name, expected in chosen:
        changed = await barber.admin.ok("PATCH", f"/v1/broadcasts/{made['id']}", json={"audience": audience})
        assert changed["total"] == len(expected), audience
        assert name is None or changed["audience_name"] == name
        assert changed["text"] == made["text"]
        new = {"text": "For you", "audience": audience}
        sent = await barber.admin.ok("POST", "/v1/broadcasts", json=new)
        assert (await do(barber, sent, "send"))["total"] == len(expected)
        assert await _deliver(barber) == expected, audience


@pytest.mark.parametrize(
    "body",
    [
        {"audience": {"kind": "service"}}, {"audience": {"kind": "service", "id": 999_999}},
        {"audience": {"kind": "specialist", "id": 999_999}}, {"audience": {"kind": "not_seen"}},
        {"audience": {"kind": "not_seen", "days": 0}}, {"audience": {"kind": "not_seen", "days": 9, "id": 1}},
        {"audience": {"kind": "all", "days": 9}}, {"audience": {"kind": "tag", "tag": "000000000000"}},
        {"audience": {"kind": "everybody"}}, {"book_service_id": 999_999}, {"photo": "https://example.com/a.png"},
        {"photo": ""}, {"photo": PHOTO, "text": "x" * 1025},
    ],
    ids=str,
)  # fmt: skip
async def test_what_cannot_be_is_refused(barber: Business, body: Any) -> None:
    await barber.admin.refused("invalid", "POST", "/v1/broadcasts", json={"text": "Hi", **body})
    made = await draft(barber)
    await barber.admin.refused("invalid", "PATCH", f"/v1/broadcasts/{made['id']}", json=body)
    assert await see(barber, made) == made


async def test_a_picture_and_where_to_book_go_with_the_text(barber: Business) -> None:
    """Also to a test; a text that is too long for a picture is refused whichever of them comes later."""
    haircut = barber.services["Haircut"]
    made = await barber.admin.ok(
        "POST", "/v1/broadcasts", json={"text": "👍" * 512, "photo": PHOTO, "book_service_id": haircut}
    )
    assert (made["photo"], made["book_service_name"]) == (PHOTO, "Haircut")
    path = f"/v1/broadcasts/{made['id']}"
    problem = await barber.admin.refused("invalid", "PATCH", path, json={"text": "👍" * 512 + "!"})
    assert problem["field"] == "text"
    assert "1024" in problem["detail"] and "1025" in problem["detail"]  # noqa: PT018 - one sentence
    assert (await barber.admin.ok("PATCH", path, json={"text": "x" * 1025, "photo": None}))["photo"] is None
    await barber.admin.refused("invalid", "PATCH", path, json={"photo": PHOTO})
    await barber.admin.ok("PATCH", path, json={"text": "Sunday", "photo": PHOTO})
    await do(barber, made, "test")
    await do(barber, made, "send")
    notices = await claim(barber)
    assert {one["tg_id"] for one in notices} == {ADMIN, CLIENT, OTHER}
    assert all(
        one["photo"] == PHOTO and one["book"] == {"service_id": haircut, "specialist_id": None} for one in notices
    )
    # the test is none of the broadcast's messages
    for one in notices:
        assert await begin(barber, one)
        assert await report(barber, one) == 200
    assert ((await see(barber, made))["total"], (await see(barber, made))["sent"]) == (2, 2)
    # what is not on sale any more leads to all services; an audience by specialist leads to theirs
    other = await barber.add_service()
    again = await barber.admin.ok("POST", "/v1/broadcasts", json={"text": "Hi", "book_service_id": other})
    await barber.admin.ok("DELETE", f"/v1/services/{other}")
    await do(barber, again, "send")
    assert [one["book"] for one in await claim(barber)] == [{"service_id": None, "specialist_id": None}] * 2
    anna = barber.specialists["Anna"]
    await barber.add_booking(NOW - DAY, status="completed")
    audience = {"kind": "specialist", "id": anna}
    last = await barber.admin.ok("POST", "/v1/broadcasts", json={"text": "Hi", "audience": audience})
    await do(barber, last, "send")
    assert [one["book"] for one in await claim(barber)] == [{"service_id": None, "specialist_id": anna}]


async def test_it_goes_out_at_its_time_once(barber: Business) -> None:
    """The time is one of the business's wall and keeps to it where the zone changes; chores at once send it once."""
    await _set_up(barber, timezone="Europe/Berlin")
    made = await draft(barber)
    scheduled = await do(barber, made, "schedule", json={"local_time": "2026-06-02T10:00"})
    assert (scheduled["status"], scheduled["send_at"]) == ("scheduled", "2026-06-02T08:00:00Z")
    assert [one["id"] for one in (await barber.admin.ok("GET", "/v1/broadcasts"))["items"]] == [made["id"]]
    assert await _chore(barber, "2026-06-02T07:59:59Z") == 0
    await _set_up(barber, timezone="Europe/London")
    assert (await see(barber, made))["send_at"] == "2026-06-02T09:00:00Z"
    assert await _chore(barber, "2026-06-02T08:59:59Z") == 0
    await crowd(barber, 1)
    assert await _chore(barber, "2026-06-02T09:00:00Z") == 1
    assert await _chore(barber) == 0
    found = await see(barber, made)
    assert (found["status"], found["total"], found["send_at"]) == ("sending", 3, None)
    items = await barber.gateway.claim(barber.slug, lease_s=60)
    assert {one["tg_id"] for one in items if one["kind"] == "broadcast"} == {CLIENT, OTHER, 50_000}
    # who has chosen the time sees how far it is
    (progress,) = [one for one in items if one["kind"] == "progress"]
    assert (progress["tg_id"], progress["broadcast"]["left"]) == (ADMIN, 3)
    actions = [entry["action"] for entry in (await barber.admin.ok("GET", "/v1/audit"))["items"]]
    assert actions[:2] == ["broadcast.sent", "broadcast.scheduled"]


async def test_it_is_changed_and_taken_back_before_its_time(barber: Business) -> None:
    made = await draft(barber)
    await do(barber, made, "schedule", json={"local_time": "2026-06-02T10:00"})
    await do(barber, made, "schedule", json={"local_time": "2026-06-03T10:00"})
    assert await _chore(barber, "2026-06-02T10:00:00Z") == 0
    changed = await barber.admin.ok("PATCH", f"/v1/broadcasts/{made['id']}", json={"text": "Another text"})
    assert (changed["status"], changed["send_at"]) == ("scheduled", "2026-06-03T10:00:00Z")
    assert (await do(barber, made, "unschedule"))["status"] == "draft"
    assert await _chore(barber, "2026-06-03T10:00:00Z") == 0
    await do(barber, made, "schedule", json={"local_time": "2026-06-04T10:00"})
    assert (await do(barber, made, "send"))["status"] == "sending"
    assert await _chore(barber, "2026-06-04T10:00:00Z") == 0
    assert {one["text"] for one in await claim(barber)} == {"Another text"}
    for step, body in (("schedule", {"local_time": "2026-06-05T10:00"}), ("unschedule", None)):
        path = f"/v1/broadcasts/{made['id']}/{step}"
        await barber.admin.refused("illegal_step", "POST", path, json=body)


@pytest.mark.parametrize(
    ("local_time", "code"),
    [
        ("2026-06-01T11:00", "invalid"), ("2027-06-15T11:00", "invalid"), ("2026-06-31T11:00", "invalid"),
        ("tomorrow", "invalid"), ("2027-03-28T02:30", "nonexistent_time"),
    ],
)  # fmt: skip
async def test_a_time_that_cannot_be(barber: Business, local_time: str, code: str) -> None:
    """It has passed (it is 11:00 in Berlin), is too far ahead, is none, or the clocks skip it."""
    await _set_up(barber, timezone="Europe/Berlin")
    made = await draft(barber)
    path = f"/v1/broadcasts/{made['id']}/schedule"
    await barber.admin.refused(code, "POST", path, json={"local_time": local_time})
    assert await see(barber, made) == made


async def test_after_a_day_without_service_it_is_not_sent_any_more(barber: Business) -> None:
    late, too_late = await draft(barber, "Late"), await draft(barber, "Too late")
    await do(barber, late, "schedule", json={"local_time": "2026-06-02T10:00"})
    await do(barber, too_late, "schedule", json={"local_time": "2026-06-01T10:00"})
    assert await _chore(barber, "2026-06-02T10:30:00Z") == 1
    assert ((await see(barber, late))["status"], (await see(barber, too_late))["status"]) == ("sending", "draft")
    told = [(one["tg_id"], one["text"]) for one in await claim(barber, "text")]
    assert told == [(ADMIN, f"broadcast_late {too_late['id']}")]
    assert await _chore(barber) == 0


async def test_a_business_that_is_switched_off_sends_nothing(barber: Business) -> None:
    made = await draft(barber)
    await do(barber, made, "schedule", json={"local_time": "2026-06-01T10:00"})
    await _set_up(barber, enabled=False)
    assert await _chore(barber, "2026-06-01T10:00:00Z") == 0
    await _set_up(barber, enabled=True)
    assert await _chore(barber) == 1


async def test_nobody_is_written_to_in_quiet_hours(barber: Business) -> None:
    """Not at once, not at its time, and what is under way waits as well; a test to oneself does not."""
    policies = '{"quiet_hours": {"start": "22:00", "end": "08:00"}}'
    await _set_up(barber, policies=policies)
    made, second = await draft(barber, "First"), await draft(barber, "Second")
    scheduled = await do(barber, made, "schedule", json={"local_time": "2026-06-01T23:00"})
    assert (scheduled["send_at"], scheduled["quiet_until"]) == ("2026-06-01T23:00:00Z", "2026-06-02T08:00:00Z")
    await crowd(barber, 3)
    barber.api.set_time("2026-06-01T21:59:00Z")
    await do(barber, second, "send")
    (first,) = await claim(barber, limit=2)  # the other one shows how far it is
    assert await begin(barber, first)
    assert await report(barber, first) == 200
    # a sender claims one and dies, and an admin tries the text out
    (lost,) = await claim(barber, limit=1)
    await do(barber, second, "test")
    barber.api.set_time("2026-06-01T22:00:00Z")
    (tried,) = await claim(barber)
    assert tried["tg_id"] == ADMIN
    assert await report(barber, tried) == 200
    assert await claim(barber) == []
    assert lost["id"] not in [row.id for row in await barber.rows(tables.outbox, tables.outbox.c.status == "leased")]
    assert (await see(barber, second))["quiet_until"] == "2026-06-02T08:00:00Z"
    assert await _chore(barber, "2026-06-01T23:00:00Z") == 1
    await do(barber, made, "test")
    (tried,) = await claim(barber)
    assert tried["tg_id"] == ADMIN
    assert await report(barber, tried) == 200
    barber.api.set_time("2026-06-02T07:59:59Z")
    assert await claim(barber) == []
    barber.api.set_time("2026-06-02T08:00:00Z")
    texts = [one["text"] for one in await claim(barber)]
    assert (texts.count("First"), texts.count("Second")) == (5, 4)


async def test_who_must_not_be_written_to_is_left_out_at_the_moment_of_sending(barber: Business) -> None:
    """Erased, blocked by staff or without wish for news since the audience was fixed, before or after it was claimed."""
    await crowd(barber, 5)
    made = await draft(barber)
    await do(barber, made, "send")
    await _change_person(barber, 50_000, blocked=True)
    await _change_person(barber, 50_001, tg_id=None, erased_at=NOW)
    items = {one["tg_id"]: one for one in await claim(barber)}
    assert set(items) == {CLIENT, OTHER, 50_002, 50_003, 50_004}
    await _change_person(barber, 50_002, blocked=True)
    await _change_person(barber, 50_003, news=False)
    await barber.caller(50_004).ok("DELETE", "/v1/people/me")
    assert [await begin(barber, items[one]) for one in (50_002, 50_003, 50_004)] == [False] * 3
    for one in (CLIENT, OTHER):
        assert await begin(barber, items[one])
        assert await report(barber, items[one]) == 200
    found = await see(barber, made)
    assert (found["status"], found["sent"], found["missed"]) == ("done", 2, 5)


async def test_what_came_of_it(barber: Business) -> None:
    """Who got it and booked within seven days of that; not what was booked before, later, by others, or cancelled."""
    await crowd(barber, 2)
    barber.people.update({row.tg_id: row.id for row in await barber.rows(tables.people)})
    await _change_person(barber, 50_001, news=False)
    await barber.add_booking(NOW + 3 * DAY, who=CLIENT, created_at=NOW - 1)
    made = await draft(barber)
    assert (await see(barber, made))["booked"] is None
    await do(barber, made, "send")
    assert await _deliver(barber) == {CLIENT, OTHER, 50_000}
    assert (await see(barber, made))["booked"] == {"clients": 0, "bookings": 0, "amount": "0.00", "currency": "EUR"}
    await barber.add_booking(NOW + 4 * DAY, who=CLIENT, created_at=NOW + 60)
    await barber.add_booking(NOW + 5 * DAY, who=CLIENT, created_at=NOW + 7 * DAY - 1)
    await barber.add_booking(NOW + 6 * DAY, who=OTHER, created_at=NOW + 120)
    await barber.add_booking(NOW + 7 * DAY, who=50_000, created_at=NOW + 120, status="cancelled")
    await barber.add_booking(NOW + 8 * DAY, who=50_000, created_at=NOW + 7 * DAY)
    await barber.add_booking(NOW + 9 * DAY, who=50_001, created_at=NOW + 120)
    booked = (await see(barber, made))["booked"]
    assert (booked["clients"], booked["bookings"], booked["amount"]) == (2, 3, "30.00")


async def test_it_is_for_admins_alone(barber: Business) -> None:
    made = await draft(barber)
    for step, body in (("schedule", {"local_time": "2026-06-02T10:00"}), ("unschedule", None)):
        path = f"/v1/broadcasts/{made['id']}/{step}"
        for who in (SPECIALIST, CLIENT):
            await barber.caller(who).refused("forbidden", "POST", path, json=body)
    again = await do(barber, made, "schedule", json={"local_time": "2026-06-02T10:00"}, key="k1")
    assert again == await do(barber, made, "schedule", json={"local_time": "2026-06-02T10:00"}, key="k1")
