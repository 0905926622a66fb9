"""The outbox on both databases: who is told, leases and epochs, fairness, blocked people, reminders that follow."""

import asyncio
import json
import os
import sys
from asyncio.subprocess import PIPE
from pathlib import Path
from typing import Any

from sqlalchemy import insert, update

from backend.contract.notices import Kind
from backend.db import tables
from backend.outbox.service import tell_admins
from tests.support.business import Business
from tests.support.business_rows import ADMIN, CLIENT, NOW, SPECIALIST
from tests.support.releases import previous_release

DAY = 86_400
START = NOW + 3 * DAY


async def tell(barber: Business, booking: int, kind: Kind = "booked", actor: int | None = None, **more: Any) -> None:
    await barber.api.db.write(barber.id, lambda conn: barber.announce(conn, actor, booking, kind, **more))


async def become(barber: Business, booking: int, **values: Any) -> None:
    def write(conn: Any) -> None:
        conn.execute(update(tables.bookings).where(tables.bookings.c.id == booking).values(**values))

    await barber.api.db.write(barber.id, write)


async def claim(barber: Business, *tenants: str, **body: Any) -> Any:
    sent = {"tenants": list(tenants or ("barber", "studio"))} | body
    return await barber.gateway.ok("POST", "/v1/notices/claim", json=sent)


async def report(barber: Business, notice: Any, outcome: str = "sent", **body: Any) -> int:
    return (await barber.gateway.report(notice, outcome, **body)).status


async def test_a_booking_is_told_to_everybody_concerned(barber: Business) -> None:
    booking = await barber.add_booking(START)
    await tell(barber, booking, actor=CLIENT)
    items = (await claim(barber))["items"]
    assert sorted((n["role"], n["tg_id"], n["kind"]) for n in items) == [
        ("admin", ADMIN, "booked"), ("client", CLIENT, "booked"), ("specialist", SPECIALIST, "booked"),
    ]  # fmt: skip
    seen = {n["role"]: n["booking"] for n in items}
    assert {one["id"] for one in seen.values()} == {booking}
    assert seen["admin"]["client_name"] == f"Person {CLIENT}"
    assert (seen["client"]["client_name"], seen["client"]["client_tg_id"]) == ("", None)


# What the release before reads of the answer to its claim: kind and id of each message. It fails where it cannot read one.
_READ = """
import sys, msgspec
from backend.contract.notices import Notices
print(*(f"{notice.kind}:{notice.id}" for notice in msgspec.json.decode(sys.stdin.buffer.read(), type=Notices).items))
"""


async def test_what_the_release_before_cannot_read_is_left_for_this_one(barber: Business, tmp_path: Path) -> None:
    """During an upgrade its gateway claims as well: it gets what it knows, and the rest is neither lost nor late."""
    soon = await barber.add_booking(NOW + 3600)
    await barber.client.ok("POST", f"/v1/bookings/{soon}/late", json={"minutes": 10})
    await barber.client.ok("POST", "/v1/messages", json={"text": "No latex, please", "send": True})
    await barber.api.db.write(
        barber.id, lambda conn: tell_admins(conn, barber.unit(conn, None).tenant, "same_person\n7", NOW)
    )
    await tell(barber, await barber.add_booking(START), actor=CLIENT)
    # it says nothing of kinds
    answer = await barber.nobody.call("POST", "/v1/notices/claim", json={"tenants": ["barber"]})
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _READ, stdin=PIPE, stdout=PIPE,
        cwd=previous_release(tmp_path), env={**os.environ, "PYTHONPATH": "."},
    )  # fmt: skip
    out, _ = await process.communicate(json.dumps(answer.body).encode())
    assert process.returncode == 0
    assert out.decode().split() == [f"booked:{notice['id']}" for notice in answer.body["items"]]
    assert len(answer.body["items"]) == 3
    # what it must leave keeps it from nothing, not even from waiting
    again = await barber.nobody.ok("POST", "/v1/notices/claim", json={"tenants": ["barber"]})
    assert (again["items"], again["next_due_s"] > 0) == ([], True)
    left = (await claim(barber))["items"]
    assert sorted((notice["kind"], notice["role"]) for notice in left) == [
        ("late", "specialist"), ("text", "admin"), ("words", "specialist"),
    ]  # fmt: skip
    assert {notice["epoch"] for notice in left} == {1}


async def test_a_held_booking_is_announced_to_nobody(barber: Business) -> None:
    await tell(barber, await barber.add_booking(START, status="held"), actor=CLIENT)
    assert await barber.rows(tables.outbox) == []


async def test_what_is_claimed_is_nobody_elses_until_the_lease_ends(barber: Business) -> None:
    await tell(barber, await barber.add_booking(START), actor=CLIENT)
    first = await claim(barber, lease_s=60)
    assert len(first["items"]) == 3
    assert (await claim(barber))["items"] == []
    barber.api.clock.shift_s += 61
    second = await claim(barber)
    assert {n["id"] for n in second["items"]} == {n["id"] for n in first["items"]}
    # the one who paused past its lease is refused, the one who has it now is heard, and may repeat itself
    assert {await report(barber, notice) for notice in first["items"]} == {409}
    for notice in second["items"] * 2:
        assert await report(barber, notice, message_id=5) == 200
    barber.api.clock.shift_s += 10_000
    assert (await claim(barber))["items"] == []


async def test_many_senders_at_once_never_get_the_same(barber: Business) -> None:
    for n in range(10):
        await tell(barber, await barber.add_booking(START + n * 3600), actor=CLIENT)
    taken = await asyncio.gather(*(claim(barber, limit=5) for _ in range(8)))
    ids = [notice["id"] for part in taken for notice in part["items"]]
    assert len(ids) == len(set(ids))
    while rest := (await claim(barber))["items"]:
        ids += [notice["id"] for notice in rest]
    assert len(ids) == len(set(ids)) == 30


async def test_nothing_is_sent_that_is_not_true_any_more(barber: Business) -> None:
    booking = await barber.add_booking(START)
    await tell(barber, booking, actor=CLIENT)
    await become(barber, booking, status="cancelled")
    await tell(barber, booking, "cancelled", actor=CLIENT)
    items = (await claim(barber))["items"]
    assert sorted((n["role"], n["kind"]) for n in items) == [("admin", "cancelled"), ("specialist", "cancelled")]
    left = {(row.kind, row.status) for row in await barber.rows(tables.outbox)}
    assert left == {("booked", "dropped"), ("cancelled", "leased"), ("reminder", "dropped")}


async def test_reminders_follow_the_booking(barber: Business) -> None:
    booking = await barber.add_booking(START)
    await tell(barber, booking, actor=CLIENT)

    async def waiting() -> list[tuple[int, int]]:
        rows = await barber.rows(tables.outbox, tables.outbox.c.kind == "reminder", tables.outbox.c.status == "waiting")
        return sorted((row.lead_min, row.expires_at) for row in rows)

    assert await waiting() == [(120, START), (1440, START)]
    await become(barber, booking, starts_at=START + DAY, ends_at=START + DAY + 1800)
    await tell(barber, booking, "moved", actor=CLIENT, previous_start=START)
    assert await waiting() == [(120, START + DAY), (1440, START + DAY)]
    # and back: the dropped ones wait again
    await become(barber, booking, starts_at=START, ends_at=START + 1800)
    await tell(barber, booking, "moved", actor=CLIENT, previous_start=START + DAY)
    assert await waiting() == [(120, START), (1440, START)]
    while items := (await claim(barber))["items"]:
        for notice in items:
            await report(barber, notice)
    barber.api.clock.set(START - DAY)
    day_before = (await claim(barber))["items"]
    assert [(n["kind"], n["lead_min"], n["tg_id"]) for n in day_before] == [("reminder", 1440, CLIENT)]
    assert await report(barber, day_before[0]) == 200
    # moved away and back once more: what was sent for this start is not sent again
    for start in (START + DAY, START):
        await become(barber, booking, starts_at=start, ends_at=start + 1800)
        await tell(barber, booking, "moved", actor=CLIENT)
    assert await waiting() == [(120, START)]


async def test_a_reminder_is_not_sent_once_the_booking_has_begun(barber: Business) -> None:
    booking = await barber.add_booking(START)
    await tell(barber, booking, actor=CLIENT)
    barber.api.clock.set(START)
    kinds = {notice["kind"] for notice in (await claim(barber))["items"]}
    assert kinds == {"booked"}


async def test_thousands_of_one_tenant_do_not_starve_another(barber: Business, studio: Business) -> None:
    def fill(conn: Any) -> None:
        for town_part, count in ((barber, 3000), (studio, 3)):
            person = town_part.people[CLIENT]
            common = {"tenant_id": town_part.id, "kind": "text", "role": "client", "person_id": person, "text": "x"}
            conn.execute(
                insert(tables.outbox), [common | {"due_at": NOW - 10 + (count < 9), "created_at": NOW}] * count
            )

    await barber.api.db.write(None, fill)
    items = (await claim(barber, limit=100, lease_s=5))["items"]
    by_tenant = {slug: [n for n in items if n["tenant"] == slug] for slug in ("barber", "studio")}
    assert len(by_tenant["studio"]) == 3
    # no more than its bot can send within half the lease
    assert len(by_tenant["barber"]) == 25 * 5 // 2
    assert (await claim(barber, "studio"))["items"] == []


async def test_tenants_that_are_not_served_or_switched_off_wait(barber: Business) -> None:
    await tell(barber, await barber.add_booking(START), actor=CLIENT)
    # who serves others is not to come again at once for what it does not get
    assert await claim(barber, "studio") == {"items": [], "next_due_s": 15}
    body = {"name": "B", "timezone": "UTC", "locale": "en", "currency": "EUR", "enabled": False}
    await barber.nobody.ok("PUT", "/v1/tenant", json=body)
    assert await claim(barber, "barber") == {"items": [], "next_due_s": 15}
    await barber.nobody.ok("PUT", "/v1/tenant", json=body | {"enabled": True})
    assert len((await claim(barber, "barber"))["items"]) == 3


async def test_telegrams_retry_after_is_obeyed(barber: Business) -> None:
    await tell(barber, await barber.add_booking(START), actor=CLIENT)
    for notice in (await claim(barber))["items"]:
        assert await report(barber, notice, "retry", retry_after_s=30) == 200
    barber.api.clock.shift_s += 29
    answer = await claim(barber)
    assert answer["items"] == []
    assert 0 < answer["next_due_s"] <= 2
    barber.api.clock.shift_s += 3
    assert len((await claim(barber))["items"]) == 3


async def test_whoever_blocks_the_bot_is_told_nothing_until_they_unblock_it(barber: Business) -> None:
    """Telegram tells of it at once, before anything is sent."""
    client = barber.people[CLIENT]
    booking = await barber.add_booking(START)
    await tell(barber, booking, actor=ADMIN)
    await barber.client.ok("PATCH", "/v1/people/me", json={"reachable": False}, key="gone")
    assert {n["role"] for n in (await claim(barber))["items"]} == {"specialist"}
    assert (await barber.admin.ok("GET", f"/v1/clients/{client}"))["unreachable"] is True
    await barber.client.ok("PATCH", "/v1/people/me", json={"reachable": True}, key="back")
    assert (await barber.admin.ok("GET", f"/v1/clients/{client}"))["unreachable"] is False
    rows = await barber.rows(tables.outbox, tables.outbox.c.person_id == client, tables.outbox.c.kind == "reminder")
    assert {(row.lead_min, row.status) for row in rows} == {(1440, "waiting"), (120, "waiting")}


async def test_whoever_blocked_the_bot_gets_nothing_until_they_write_again(barber: Business) -> None:
    booking = await barber.add_booking(START)
    await tell(barber, booking, actor=ADMIN)
    mine = next(n for n in (await claim(barber))["items"] if n["role"] == "client")
    assert await report(barber, mine, "blocked", error="Forbidden: bot was blocked by the user") == 200
    rows = await barber.rows(tables.outbox, tables.outbox.c.person_id == barber.people[CLIENT])
    assert {(row.kind, row.status) for row in rows} == {("booked", "failed"), ("reminder", "dropped")}
    assert (await barber.admin.ok("GET", f"/v1/clients/{barber.people[CLIENT]}"))["unreachable"] is True
    await tell(barber, booking, "moved", actor=ADMIN)
    fresh = await barber.rows(tables.outbox, tables.outbox.c.kind == "moved")
    assert {row.role for row in fresh} == {"specialist"}
    await barber.nobody.ok("POST", "/v1/people/identify", json={"tg_id": CLIENT, "first_name": "Person 1001"})
    reminders = await barber.rows(tables.outbox, tables.outbox.c.kind == "reminder")
    assert {(row.lead_min, row.status) for row in reminders} == {(1440, "waiting"), (120, "waiting")}
    await tell(barber, booking, "moved", actor=ADMIN)
    assert "client" in {row.role for row in await barber.rows(tables.outbox, tables.outbox.c.kind == "moved")}


async def test_public_clients_have_no_business_here(barber: Business) -> None:
    for path in ("claim", "1/report"):
        answer = await barber.nobody.call("POST", f"/v1/notices/{path}", json={}, client_type="public")
        assert answer.status == 403
