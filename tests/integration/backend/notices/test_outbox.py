"""The outbox on both databases: who is told, leases and epochs, fairness, blocked people, reminders that follow."""

import asyncio
from typing import Any

import pytest_asyncio
from sqlalchemy import insert, update

from backend.db import tables as t
from tests.support.api import NOW, Api
from tests.support.town import ADMIN, CLIENT, HERE, SPECIALIST, THERE, Town, settle

DAY = 86_400
START = NOW + 3 * DAY


@pytest_asyncio.fixture
async def town(api: Api) -> Town:
    return await settle(api)


async def tell(town: Town, booking: int, kind: str = "booked", actor: int | None = None, **more: Any) -> None:
    await town.api.db.write(town.here.id, lambda conn: town.announce(conn, actor, booking, kind, **more))  # type: ignore[arg-type]


async def become(town: Town, booking: int, **values: Any) -> None:
    def write(conn: Any) -> None:
        conn.execute(update(t.bookings).where(t.bookings.c.id == booking).values(**values))

    await town.api.db.write(town.here.id, write)


async def claim(town: Town, *tenants: str, **body: Any) -> Any:
    sent = {"tenants": list(tenants or (HERE, THERE))} | body
    return await town.ok("POST", "/v1/notices/claim", None, json=sent, tenant=None)


async def report(town: Town, notice: Any, outcome: str = "sent", **body: Any) -> int:
    sent = {"epoch": notice["epoch"], "outcome": outcome} | body
    answer = await town.call("POST", f"/v1/notices/{notice['id']}/report", None, json=sent, tenant=None)
    return answer.status_code


async def test_a_booking_is_told_to_everybody_concerned(town: Town) -> None:
    booking = await town.add_booking(START)
    await tell(town, booking, actor=CLIENT)
    items = (await claim(town))["items"]
    assert sorted((n["role"], n["tg_id"], n["kind"]) for n in items) == [
        ("admin", ADMIN, "booked"), ("client", CLIENT, "booked"), ("specialist", SPECIALIST, "booked"),
    ]  # fmt: skip
    seen = {n["role"]: n["booking"] for n in items}
    assert {one["id"] for one in seen.values()} == {booking}
    assert seen["admin"]["client_name"] == f"Person {CLIENT}"
    assert (seen["client"]["client_name"], seen["client"]["client_tg_id"]) == ("", None)


async def test_a_held_booking_is_announced_to_nobody(town: Town) -> None:
    await tell(town, await town.add_booking(START, status="held"), actor=CLIENT)
    assert await town.rows(t.outbox) == []


async def test_what_is_claimed_is_nobody_elses_until_the_lease_ends(town: Town) -> None:
    await tell(town, await town.add_booking(START), actor=CLIENT)
    first = await claim(town, lease_s=60)
    assert len(first["items"]) == 3
    assert (await claim(town))["items"] == []
    town.api.clock.shift_s += 61
    second = await claim(town)
    assert {n["id"] for n in second["items"]} == {n["id"] for n in first["items"]}
    # the one who paused past its lease is refused, the one who has it now is heard, and may repeat itself
    assert {await report(town, notice) for notice in first["items"]} == {409}
    for notice in second["items"] * 2:
        assert await report(town, notice, message_id=5) == 200
    town.api.clock.shift_s += 10_000
    assert (await claim(town))["items"] == []


async def test_many_senders_at_once_never_get_the_same(town: Town) -> None:
    for n in range(10):
        await tell(town, await town.add_booking(START + n * 3600), actor=CLIENT)
    taken = await asyncio.gather(*(claim(town, limit=5) for _ in range(8)))
    ids = [notice["id"] for part in taken for notice in part["items"]]
    assert len(ids) == len(set(ids))
    while rest := (await claim(town))["items"]:
        ids += [notice["id"] for notice in rest]
    assert len(ids) == len(set(ids)) == 30


async def test_nothing_is_sent_that_is_not_true_any_more(town: Town) -> None:
    booking = await town.add_booking(START)
    await tell(town, booking, actor=CLIENT)
    await become(town, booking, status="cancelled")
    await tell(town, booking, "cancelled", actor=CLIENT)
    items = (await claim(town))["items"]
    assert sorted((n["role"], n["kind"]) for n in items) == [("admin", "cancelled"), ("specialist", "cancelled")]
    left = {(row.kind, row.status) for row in await town.rows(t.outbox)}
    assert left == {("booked", "dropped"), ("cancelled", "leased"), ("reminder", "dropped")}


async def test_reminders_follow_the_booking(town: Town) -> None:
    booking = await town.add_booking(START)
    await tell(town, booking, actor=CLIENT)

    async def waiting() -> list[tuple[int, int]]:
        rows = await town.rows(t.outbox, t.outbox.c.kind == "reminder", t.outbox.c.status == "waiting")
        return sorted((row.lead_min, row.expires_at) for row in rows)

    assert await waiting() == [(120, START), (1440, START)]
    await become(town, booking, starts_at=START + DAY, ends_at=START + DAY + 1800)
    await tell(town, booking, "moved", actor=CLIENT, previous_start=START)
    assert await waiting() == [(120, START + DAY), (1440, START + DAY)]
    # and back: the dropped ones wait again
    await become(town, booking, starts_at=START, ends_at=START + 1800)
    await tell(town, booking, "moved", actor=CLIENT, previous_start=START + DAY)
    assert await waiting() == [(120, START), (1440, START)]
    while items := (await claim(town))["items"]:
        for notice in items:
            await report(town, notice)
    town.api.clock.set(START - DAY)
    day_before = (await claim(town))["items"]
    assert [(n["kind"], n["lead_min"], n["tg_id"]) for n in day_before] == [("reminder", 1440, CLIENT)]
    assert await report(town, day_before[0]) == 200
    # moved away and back once more: what was sent for this start is not sent again
    for start in (START + DAY, START):
        await become(town, booking, starts_at=start, ends_at=start + 1800)
        await tell(town, booking, "moved", actor=CLIENT)
    assert await waiting() == [(120, START)]


async def test_a_reminder_is_not_sent_once_the_booking_has_begun(town: Town) -> None:
    booking = await town.add_booking(START)
    await tell(town, booking, actor=CLIENT)
    town.api.clock.set(START)
    kinds = {notice["kind"] for notice in (await claim(town))["items"]}
    assert kinds == {"booked"}


async def test_thousands_of_one_tenant_do_not_starve_another(town: Town) -> None:
    def fill(conn: Any) -> None:
        for town_part, count in ((town.here, 3000), (town.there, 3)):
            person = town_part.people[CLIENT]
            common = {"tenant_id": town_part.id, "kind": "text", "role": "client", "person_id": person, "text": "x"}
            conn.execute(insert(t.outbox), [common | {"due_at": NOW - 10 + (count < 9), "created_at": NOW}] * count)

    await town.api.db.write(None, fill)
    items = (await claim(town, limit=100, lease_s=5))["items"]
    by_tenant = {slug: [n for n in items if n["tenant"] == slug] for slug in (HERE, THERE)}
    assert len(by_tenant[THERE]) == 3
    # no more than its bot can send within half the lease
    assert len(by_tenant[HERE]) == 25 * 5 // 2
    assert (await claim(town, THERE))["items"] == []


async def test_tenants_that_are_not_served_or_switched_off_wait(town: Town) -> None:
    await tell(town, await town.add_booking(START), actor=CLIENT)
    assert (await claim(town, THERE))["items"] == []
    body = {"name": "B", "timezone": "UTC", "locale": "en", "currency": "EUR", "enabled": False}
    await town.ok("PUT", "/v1/tenant", None, json=body)
    assert (await claim(town, HERE))["items"] == []
    await town.ok("PUT", "/v1/tenant", None, json=body | {"enabled": True})
    assert len((await claim(town, HERE))["items"]) == 3


async def test_telegrams_retry_after_is_obeyed(town: Town) -> None:
    await tell(town, await town.add_booking(START), actor=CLIENT)
    for notice in (await claim(town))["items"]:
        assert await report(town, notice, "retry", retry_after_s=30) == 200
    town.api.clock.shift_s += 29
    answer = await claim(town)
    assert answer["items"] == []
    assert 0 < answer["next_due_s"] <= 2
    town.api.clock.shift_s += 3
    assert len((await claim(town))["items"]) == 3


async def test_whoever_blocks_the_bot_is_told_nothing_until_they_unblock_it(town: Town) -> None:
    """Telegram tells of it at once, before anything is sent."""
    client = town.here.people[CLIENT]
    booking = await town.add_booking(START)
    await tell(town, booking, actor=ADMIN)
    await town.ok("PATCH", "/v1/people/me", CLIENT, json={"reachable": False}, key="gone")
    assert {n["role"] for n in (await claim(town))["items"]} == {"specialist"}
    assert (await town.ok("GET", f"/v1/clients/{client}"))["unreachable"] is True
    await town.ok("PATCH", "/v1/people/me", CLIENT, json={"reachable": True}, key="back")
    assert (await town.ok("GET", f"/v1/clients/{client}"))["unreachable"] is False
    rows = await town.rows(t.outbox, t.outbox.c.person_id == client, t.outbox.c.kind == "reminder")
    assert {(row.lead_min, row.status) for row in rows} == {(1440, "waiting"), (120, "waiting")}


async def test_whoever_blocked_the_bot_gets_nothing_until_they_write_again(town: Town) -> None:
    booking = await town.add_booking(START)
    await tell(town, booking, actor=ADMIN)
    mine = next(n for n in (await claim(town))["items"] if n["role"] == "client")
    assert await report(town, mine, "blocked", error="Forbidden: bot was blocked by the user") == 200
    rows = await town.rows(t.outbox, t.outbox.c.person_id == town.here.people[CLIENT])
    assert {(row.kind, row.status) for row in rows} == {("booked", "failed"), ("reminder", "dropped")}
    assert (await town.ok("GET", f"/v1/clients/{town.here.people[CLIENT]}"))["unreachable"] is True
    await tell(town, booking, "moved", actor=ADMIN)
    fresh = await town.rows(t.outbox, t.outbox.c.kind == "moved")
    assert {row.role for row in fresh} == {"specialist"}
    await town.ok("POST", "/v1/people/identify", None, json={"tg_id": CLIENT, "first_name": "Person 1001"})
    reminders = await town.rows(t.outbox, t.outbox.c.kind == "reminder")
    assert {(row.lead_min, row.status) for row in reminders} == {(1440, "waiting"), (120, "waiting")}
    await tell(town, booking, "moved", actor=ADMIN)
    assert "client" in {row.role for row in await town.rows(t.outbox, t.outbox.c.kind == "moved")}


async def test_public_clients_have_no_business_here(town: Town) -> None:
    for path in ("claim", "1/report"):
        answer = await town.call("POST", f"/v1/notices/{path}", None, json={}, client_type="public")
        assert answer.status_code == 403
