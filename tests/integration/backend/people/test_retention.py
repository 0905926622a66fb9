"""Old data leave by themselves: whom it concerns, what stays; a kill or a second process loses and doubles nothing."""

import asyncio
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import select

from backend.audit.queries.chain import append_entries, find_faults
from backend.db import tables
from backend.people import retention
from backend.people.retention import cut_off, unlink_old_clients
from tests.support.business import Business
from tests.support.business_rows import CLIENT, NOW, OTHER
from tests.support.servers import INTERNAL_KEY

DAY = 86_400
YEARS = 3 * 366 * DAY


@pytest.fixture(autouse=True)
def looked_at_never(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let each call look: what a process has looked at last is for the hours between."""
    monkeypatch.setattr(retention, "EVERY_S", 0)


async def decide(barber: Business, months: int) -> None:
    tenant = await barber.admin.ok("GET", "/v1/tenant")
    policies = tenant["policies"] | {"retention_months": months}
    await barber.admin.ok("PATCH", "/v1/tenant", json={"policies": policies})


async def people(barber: Business) -> dict[int, Any]:
    return {row.id: row for row in await barber.rows(tables.people)}


async def run(barber: Business, now: int = NOW) -> int:
    return await unlink_old_clients(barber.api.db, now)


@pytest.mark.parametrize(
    ("now", "months", "expected"),
    [
        ("2026-03-31T10:00:00", 1, "2026-02-28T10:00:00"),
        ("2026-06-01T09:00:00", 12, "2025-06-01T09:00:00"),
        ("2024-02-29T00:00:00", 12, "2023-02-28T00:00:00"),
    ],
)
def test_months_are_those_of_the_calendar(now: str, months: int, expected: str) -> None:
    instant = int(datetime.fromisoformat(f"{now}+00:00").timestamp())
    assert cut_off(instant, months) == datetime.fromisoformat(f"{expected}+00:00").timestamp()


async def test_it_is_off_until_the_business_says_so_and_says_whom_it_would_concern(barber: Business) -> None:
    old = await barber.add_person(5001, name="Old Client", created_at=NOW - YEARS)
    assert await run(barber) == 0
    privacy = await barber.admin.ok("GET", "/v1/privacy")
    assert privacy["policies"]["retention_months"] == 0
    assert [(each["months"], each["clients"]) for each in privacy["counts"]] == [(12, 1), (24, 1), (36, 1), (60, 0)]
    await barber.specialist.refused("forbidden", "GET", "/v1/privacy")
    await decide(barber, 60)
    assert await run(barber) == 0
    await decide(barber, 24)
    assert await run(barber) == 1
    row = (await people(barber))[old]
    assert (row.name, row.tg_id, row.erased_at) == ("", None, NOW)
    privacy = await barber.admin.ok("GET", "/v1/privacy")
    assert privacy["counts"][1] == {"months": 24, "clients": 0}


async def test_who_has_anything_ahead_or_recent_works_here_or_is_blocked_stays(barber: Business) -> None:
    """Bookings ahead, tasks and requests among them, and classes; words of last week; staff; a block would end."""
    long_ago = {"created_at": NOW - YEARS}
    for tg_id in range(5001, 5007):
        await barber.add_person(tg_id, name=f"Client {tg_id}", **long_ago)
    blocked = await barber.add_person(5010, name="Blocked", blocked=True, **long_ago)
    admin = await barber.add_person(5011, "admin", name="Admin", **long_ago)
    past = await barber.add_booking(NOW - YEARS + DAY, who=5001, status="completed")
    await barber.add_booking(NOW + 3 * DAY, who=5002)
    await barber.add_booking(NOW + 4 * DAY, who=5003, status="pending")
    await barber.add_booking(NOW + 5 * DAY, who=5004, task="open")
    await barber.add_booking(NOW - 30 * DAY, who=5005, status="cancelled")
    await decide(barber, 12)
    assert await run(barber) == 2
    kept = await people(barber)
    assert {tg_id for tg_id in range(5001, 5007) if kept[barber.people[tg_id]].erased_at is not None} == {5001, 5006}
    assert kept[blocked].erased_at is None
    assert kept[admin].erased_at is None
    (booking,) = await barber.rows(tables.bookings, tables.bookings.c.id == past)
    assert booking.client_id == barber.people[5001], "what was earned is counted as before"
    shown = await barber.admin.ok("GET", f"/v1/bookings/{past}")
    assert (shown["client_name"], shown["client_phone"]) == ("", None)


async def test_each_rule_alone_keeps_somebody_who_would_go_otherwise(barber: Business) -> None:
    """Words of last week; a booking that ended lately or was entered lately; a calendar without a role; a walk-in who joined."""
    age = NOW - YEARS
    names = ("old", "wrote", "ended lately", "entered lately", "calendar", "joined")
    ids = {name: await barber.add_person(5101 + place, name=name, created_at=age) for place, name in enumerate(names)}

    async def book(tg_id: int, ended: int, entered: int) -> int:
        return await barber.add_booking(ended - 1800, who=tg_id, status="completed", created_at=entered)

    past = await book(5102, age + DAY, age)
    await barber.insert(
        tables.client_messages, booking_id=past, client_id=ids["wrote"], status="sent", created_at=NOW - 7 * DAY
    )
    await book(5103, NOW - 30 * DAY, age)
    await book(5104, age + 2 * DAY, NOW - 30 * DAY)
    bella = await barber.add_specialist()
    their_calendar = tables.specialists.update().where(tables.specialists.c.id == bella)
    await barber.api.db.write(barber.id, lambda conn: conn.execute(their_calendar.values(person_id=ids["calendar"])))
    joined = tables.people.update().where(tables.people.c.id == ids["joined"])
    await barber.api.db.write(
        barber.id, lambda conn: conn.execute(joined.values(tg_id=None, joined_into=barber.people[CLIENT]))
    )
    await decide(barber, 12)
    assert await run(barber) == 1
    erased = [row.name or row.id for row in (await people(barber)).values() if row.erased_at is not None]
    assert erased == [ids["old"]]
    assert await run(barber) == 0, "who was erased is not erased again"


async def test_what_was_written_goes_with_the_client_and_what_waits_is_not_sent(barber: Business) -> None:
    """Also the walk-in who joined them: that is the same person."""
    age = NOW - YEARS
    old = await barber.add_person(5201, name="Old", created_at=age)
    past = await barber.add_booking(age + DAY, who=5201, status="completed", created_at=age)
    walk_in = await barber.insert(
        tables.people, name="Walk-in", name_search="walk-in", phone="+74950001122", created_at=age, joined_into=old
    )
    await barber.insert(
        tables.client_joins, walk_in_id=walk_in, client_id=old, status="joined", created_at=age, joined_at=age
    )
    await barber.insert(
        tables.client_messages, booking_id=past, client_id=old, status="sent", text="my words", created_at=age
    )
    common = {"kind": "text", "role": "client", "person_id": old, "booking_id": past, "due_at": NOW, "created_at": age}
    waiting = await barber.insert(tables.outbox, text="to be sent", **common)
    sent = await barber.insert(tables.outbox, text="was sent", status="sent", message_id=5, done_at=age, **common)
    await decide(barber, 12)
    assert await run(barber) == 1
    assert (await people(barber))[walk_in].name == ""
    assert (await people(barber))[walk_in].phone is None
    assert [row.text for row in await barber.rows(tables.client_messages)] == [""]
    left = {row.id: (row.status, row.text) for row in await barber.rows(tables.outbox)}
    assert (left[waiting], left[sent]) == (("dropped", None), ("sent", None))


async def test_it_is_looked_for_once_an_hour_and_not_where_it_was_switched_off_or_the_business_is(
    barber: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "EVERY_S", 3600)
    await decide(barber, 12)
    assert await run(barber) == 0
    old = await barber.add_person(5301, name="Old", created_at=NOW - YEARS)
    assert await run(barber, NOW + 3599) == 0
    await decide(barber, 0)
    # switched off between the look and the batch: what holds in the transaction counts
    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(retention, "tenants_with_retention", lambda _: [barber.id])
        assert await run(barber, NOW + 3600) == 0
    await decide(barber, 12)

    async def set_enabled(*, enabled: bool) -> None:
        change = tables.tenants.update().where(tables.tenants.c.id == barber.id).values(enabled=enabled)
        await barber.api.db.write(barber.id, lambda conn: conn.execute(change))

    await set_enabled(enabled=False)
    assert await run(barber, NOW + 7200) == 0
    await set_enabled(enabled=True)
    assert (await people(barber))[old].erased_at is None
    assert await run(barber, NOW + 10_800) == 1


async def test_histories_and_the_audit_stay_whole_and_who_returns_is_new(barber: Business) -> None:
    old = barber.people[OTHER]
    await barber.add_booking(NOW - YEARS + DAY, who=OTHER, status="completed", comment="my words")

    def age(conn: Any) -> None:
        conn.execute(tables.people.update().where(tables.people.c.id == old).values(created_at=NOW - YEARS))
        conn.execute(tables.bookings.update().values(created_at=NOW - YEARS))

    await barber.api.db.write(barber.id, age)
    await decide(barber, 12)
    assert await run(barber) == 1
    lines = [row for row in await barber.rows(tables.audit) if row.action == "person.unlinked"]
    assert [(row.object, row.actor) for row in lines] == [(f"person:{old}", "system")]
    faults = await barber.api.db.read(lambda conn: find_faults(conn, INTERNAL_KEY))
    assert [fault for fault in faults if f"tenant {barber.id}:" in fault] == []
    assert [row.comment for row in await barber.rows(tables.bookings)] == [""]
    body = {"tg_id": OTHER, "first_name": "Back"}
    again = await barber.nobody.ok("POST", "/v1/people/identify", json=body)
    assert again["id"] != old
    assert (await barber.other.ok("GET", "/v1/people/me/export"))["bookings"] == []
    await barber.other.booked(barber.services["Haircut"], start="2026-06-02T10:00:00Z")


async def test_batches_go_on_after_a_kill_and_two_processes_do_each_client_once(
    barber: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "BATCH", 4)
    monkeypatch.setattr(retention, "BATCHES_A_ROUND", 2)
    for number in range(19):
        await barber.add_person(6000 + number, name=f"Client {number}", created_at=NOW - YEARS)
    await decide(barber, 12)
    assert await run(barber) == 8, "the rest comes in the next round"
    failing = append_entries

    def die(*_: Any) -> None:
        raise SystemError("killed")

    monkeypatch.setattr(retention, "append_entries", die)
    with pytest.raises(SystemError):
        await run(barber)
    monkeypatch.setattr(retention, "append_entries", failing)
    erased = [row for row in (await people(barber)).values() if row.erased_at is not None]
    assert len(erased) == 8, "a batch is whole or not at all"
    await asyncio.gather(*(run(barber) for _ in range(3)))
    query = select(tables.audit.c.object).where(tables.audit.c.action == "person.unlinked")
    objects = await barber.api.db.read(lambda conn: conn.execute(query).scalars().all())
    assert len(objects) == len(set(objects)) == 19


async def test_a_walk_in_goes_with_proposals_about_them(barber: Business) -> None:
    walk_in = await barber.insert(tables.people, name="Walk-in", name_search="walk-in", created_at=NOW - YEARS)
    join = await barber.insert(
        tables.client_joins,
        walk_in_id=walk_in,
        client_id=barber.people[CLIENT],
        status="proposed",
        created_at=NOW - YEARS,
    )
    await decide(barber, 12)
    assert await run(barber) == 1
    (row,) = await barber.rows(tables.client_joins, tables.client_joins.c.id == join)
    assert row.status == "refused"


async def test_what_is_in_the_way_of_erasing_is_told_before(barber: Business) -> None:
    booking = await barber.add_booking(NOW + DAY)
    data = await barber.client.ok("GET", "/v1/people/me/export")
    assert (data["keeps_from_erasing"], data["retention_months"]) == (["upcoming"], 0)
    await barber.client.ok("POST", f"/v1/bookings/{booking}/cancel")
    assert (await barber.client.ok("GET", "/v1/people/me/export"))["keeps_from_erasing"] == []
    assert (await barber.admin.ok("GET", "/v1/people/me/export"))["keeps_from_erasing"] == ["last_admin"]
    await decide(barber, 24)
    assert (await barber.client.ok("GET", "/v1/people/me/export"))["retention_months"] == 24


@pytest.mark.parametrize(
    "link",
    [
        "http://barber.example",
        "https://",
        "https://x",
        "javascript:alert(1)",
        'https://a.example/"><b>',
        "https://a.example/ b",
        "https://user@a.example/",
        "https://a.example/\n",
    ],
)
async def test_a_consents_link_is_a_safe_address(barber: Business, link: str) -> None:
    policies = (await barber.admin.ok("GET", "/v1/tenant"))["policies"]
    sent = {"policies": policies | {"consent_text": "I agree", "consent_link": link}}
    await barber.admin.refused("invalid", "PATCH", "/v1/tenant", json=sent)
    sent = {"policies": policies | {"consent_text": "I agree", "consent_link": "https://a.example/privacy?x=1"}}
    assert (await barber.admin.ok("PATCH", "/v1/tenant", json=sent))["policies"]["consent_link"].endswith("x=1")
