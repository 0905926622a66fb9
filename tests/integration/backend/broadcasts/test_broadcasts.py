"""Broadcasts on both databases: who gets one, stop and resume, a sender who dies, nobody twice, nothing held up."""

import asyncio
from typing import Any

from sqlalchemy import insert, text, update

from backend.broadcasts.queries.messages import count_messages
from backend.broadcasts.rules import PROGRESS_S
from backend.db import tables
from tests.support.broadcasting import LEASE_S, begin, claim, crowd, do, draft, report, see
from tests.support.business import Business
from tests.support.business_rows import ADMIN, CLIENT, NOW, OTHER


async def test_it_reaches_clients_whom_the_bot_can_reach(barber: Business) -> None:
    await crowd(barber, 3)

    def spoil(conn: Any) -> None:
        for tg_id, values in ((50_000, {"blocked": True}), (50_001, {"unreachable_at": NOW})):
            conn.execute(update(tables.people).where(tables.people.c.tg_id == tg_id).values(**values))
        # entered by staff: not in Telegram
        conn.execute(insert(tables.people).values(tenant_id=barber.id, name="Phone only", created_at=NOW))

    await barber.api.db.write(barber.id, spoil)
    made = await draft(barber)
    assert (made["status"], made["total"]) == ("draft", 3)
    found = await do(barber, made, "send")
    assert (found["status"], found["total"], found["left"]) == ("sending", 3, 3)
    items = await claim(barber)
    assert sorted(one["tg_id"] for one in items) == [CLIENT, OTHER, 50_002]
    assert {one["text"] for one in items} == {"We are open on Sunday!"}
    for one in items:
        assert await begin(barber, one)
        assert await report(barber, one) == 200
    found = await see(barber, made)
    assert (found["status"], found["sent"], found["left"]) == ("done", 3, 0)
    assert [one["id"] for one in (await barber.admin.ok("GET", "/v1/broadcasts"))["items"]] == [made["id"]]
    await barber.admin.refused("illegal_step", "POST", f"/v1/broadcasts/{made['id']}/send")
    actions = [entry["action"] for entry in (await barber.admin.ok("GET", "/v1/audit"))["items"]]
    assert actions[0] == "broadcast.sent"
    assert "Sunday" not in (await barber.admin.call("GET", "/v1/audit")).text


async def test_the_newest_draft_of_the_last_days_is_listed(barber: Business) -> None:
    """What was written and left is found again, above what was sent; what was given up long ago is not."""
    sent, old, new = [await draft(barber) for _ in range(3)]
    await do(barber, sent, "send")

    async def listed() -> list[int]:
        return [one["id"] for one in (await barber.admin.ok("GET", "/v1/broadcasts"))["items"]]

    assert await listed() == [new["id"], sent["id"]]
    await do(barber, new, "send")
    assert await listed() == [old["id"], new["id"], sent["id"]]
    barber.api.clock.shift_s += 7 * 86_400 + 1
    assert await listed() == [new["id"], sent["id"]]


async def test_the_test_goes_to_oneself_alone(barber: Business) -> None:
    made = await draft(barber)
    assert (await do(barber, made, "test"))["status"] == "draft"
    items = await claim(barber)
    assert [(one["tg_id"], one["text"]) for one in items] == [(ADMIN, made["text"])]
    assert await begin(barber, items[0])
    assert await report(barber, items[0]) == 200
    assert (await see(barber, made))["sent"] == 0


async def test_sending_twice_at_once_is_one_sending(barber: Business) -> None:
    await crowd(barber, 20)
    made = await draft(barber)
    await asyncio.gather(*(do(barber, made, "send", key=f"k{n}") for n in range(5)))
    rows = await barber.rows(tables.outbox, tables.outbox.c.kind == "broadcast")
    assert len(rows) == len({row.person_id for row in rows}) == 22


async def test_a_stop_holds_at_once_and_a_resume_goes_on_with_the_others(barber: Business) -> None:
    await crowd(barber, 28)
    made = await draft(barber)
    await do(barber, made, "send")
    got: list[int] = []
    first = await claim(barber, limit=10)
    for one in first[:4]:
        assert await begin(barber, one)
        assert await report(barber, one) == 200
        got.append(one["tg_id"])
    stopped = await do(barber, made, "stop")
    assert (stopped["status"], stopped["sent"], stopped["left"]) == ("stopped", 4, 26)
    # what a sender has claimed already is not sent either
    assert [await begin(barber, one) for one in first[4:]] == [False] * len(first[4:])
    barber.api.clock.shift_s += LEASE_S + 1
    assert await claim(barber) == []
    # somebody who comes while it is stopped is not part of it
    await barber.api.db.write(
        barber.id,
        lambda conn: conn.execute(
            insert(tables.people).values(tenant_id=barber.id, tg_id=77, name="Late", created_at=NOW)
        ) and None,
    )  # fmt: skip
    assert (await do(barber, made, "send"))["left"] == 26
    while items := await claim(barber):
        for one in items:
            assert await begin(barber, one)
            assert await report(barber, one) == 200
            got.append(one["tg_id"])
    assert len(got) == len(set(got)) == 30
    assert 77 not in got
    found = await see(barber, made)
    assert (found["status"], found["sent"]) == ("done", 30)
    await barber.admin.refused("illegal_step", "POST", f"/v1/broadcasts/{made['id']}/stop")


async def test_a_sender_who_dies_leaves_nobody_out_but_those_it_had_begun(barber: Business) -> None:
    await crowd(barber, 18)
    made = await draft(barber)
    await do(barber, made, "send")
    got: list[int] = []
    items = await claim(barber, limit=10)
    for one in items[:3]:
        await begin(barber, one)
        await report(barber, one)
        got.append(one["tg_id"])
    # and here it dies, one message on its way
    assert await begin(barber, items[3])
    got.append(items[3]["tg_id"])
    barber.api.clock.shift_s += LEASE_S + 1
    while items := await claim(barber, limit=7):
        for one in items:
            assert await begin(barber, one)
            assert await report(barber, one) == 200
            got.append(one["tg_id"])
    assert len(got) == len(set(got)) == 20
    found = await see(barber, made)
    assert (found["status"], found["sent"], found["unsure"], found["missed"]) == ("done", 19, 1, 0)


async def test_what_may_have_arrived_is_not_sent_again_what_was_refused_for_now_is(barber: Business) -> None:
    made = await draft(barber)
    await do(barber, made, "send")
    one, other = await claim(barber)
    for notice in (one, other):
        assert await begin(barber, notice)
    assert await report(barber, one, "unsure") == 200
    assert await report(barber, other, "retry", retry_after_s=5) == 200
    barber.api.clock.shift_s += 10
    again = await claim(barber)
    assert [notice["id"] for notice in again] == [other["id"]]
    # the one who paused past its lease may neither begin nor report
    barber.api.clock.shift_s += LEASE_S + 1
    (newer,) = await claim(barber)
    assert not await begin(barber, again[0])
    assert await begin(barber, newer)
    assert await report(barber, newer, "blocked") == 200
    found = await see(barber, made)
    assert (found["unsure"], found["blocked"], found["missed"], found["status"]) == (1, 1, 0, "done")


async def claim_with_progress(business: Business) -> list[Any]:
    """Return what is due of the broadcast, its progress first."""
    items = await claim(business, "progress", "broadcast")
    return sorted(items, key=lambda one: bool(one["kind"] != "progress"))


async def test_one_message_follows_how_far_it_is(barber: Business) -> None:
    made = await draft(barber)
    await do(barber, made, "send")
    shown, first, second = await claim_with_progress(barber)
    assert (shown["tg_id"], shown["message_id"], shown["broadcast"]["left"]) == (ADMIN, None, 2)
    # shown while the messages are on their way: it follows soon, not when their leases end
    assert await report(barber, shown, message_id=42) == 200
    assert await claim(barber, "progress") == []
    assert await begin(barber, first)
    assert await report(barber, first) == 200
    barber.api.clock.shift_s += PROGRESS_S
    (shown,) = await claim(barber, "progress")
    assert (shown["message_id"], shown["broadcast"]["sent"], shown["broadcast"]["status"]) == (42, 1, "sending")
    # meanwhile the last one is put off: there is nothing to show before it is due
    assert await report(barber, second, "retry", retry_after_s=300.0) == 200
    barber.api.clock.shift_s += 3 * PROGRESS_S
    assert await report(barber, shown, message_id=42) == 200
    barber.api.clock.shift_s += 2 * PROGRESS_S
    assert await claim_with_progress(barber) == []
    barber.api.clock.shift_s += 300
    shown, second = await claim_with_progress(barber)
    assert await begin(barber, second)
    assert await report(barber, second) == 200
    assert await report(barber, shown, message_id=42) == 200
    barber.api.clock.shift_s += PROGRESS_S
    (shown,) = await claim(barber, "progress")
    assert (shown["message_id"], shown["broadcast"]["sent"], shown["broadcast"]["status"]) == (42, 2, "done")
    assert await report(barber, shown, message_id=42) == 200
    # it does not change any more: nothing more is shown
    barber.api.clock.shift_s += 1000
    assert await claim(barber, "progress") == []
    assert (await see(barber, made))["done_at"] is not None


async def test_a_confirmation_does_not_wait_for_thousands(barber: Business) -> None:
    await crowd(barber, 3000)
    made = await draft(barber)
    await do(barber, made, "send")

    def urgent(conn: Any) -> None:
        person = barber.people[CLIENT]
        common = {"tenant_id": barber.id, "kind": "text", "role": "client", "person_id": person, "text": "x"}
        conn.execute(insert(tables.outbox).values(**common, due_at=int(barber.api.clock()), created_at=NOW))

    await barber.api.db.write(barber.id, urgent)
    assert len(await claim(barber, "text", limit=5)) == 1


async def test_texts_that_cannot_be_sent_are_refused(barber: Business) -> None:
    for words in ("", "\u200b \n", "x" * 4097, "😀" * 2049):
        await barber.admin.refused("invalid", "POST", "/v1/broadcasts", json={"text": words})
    made = await draft(barber, "😀" * 2048)
    assert made["text"] == "😀" * 2048
    await barber.admin.refused("invalid", "PATCH", f"/v1/broadcasts/{made['id']}", json={"text": " "})
    changed = await barber.admin.ok("PATCH", f"/v1/broadcasts/{made['id']}", json={"text": "Better"})
    assert changed["text"] == "Better"
    await do(barber, made, "send")
    await barber.admin.refused("illegal_step", "PATCH", f"/v1/broadcasts/{made['id']}", json={"text": "Late"})
    await barber.admin.refused("illegal_step", "POST", f"/v1/broadcasts/{(await draft(barber))['id']}/stop")
    await barber.specialist.refused("forbidden", "POST", "/v1/broadcasts", json={"text": "Hello"})


async def test_counting_reads_the_broadcasts_own_rows(barber: Business) -> None:
    """The plan, not the clock: whatever else was ever sent is not looked at."""
    await crowd(barber, 50)
    made = await draft(barber)
    await do(barber, made, "send")

    def fill(conn: Any) -> None:
        # so much else that the databases know which way is short
        sent = {"tenant_id": barber.id, "kind": "confirmed", "role": "client", "person_id": barber.people[CLIENT]}
        sent |= {"status": "sent", "due_at": NOW, "created_at": NOW}
        conn.execute(insert(tables.outbox), [sent] * 3000)
        conn.execute(text("ANALYZE outbox"))

    await barber.api.db.write(barber.id, fill)

    def plan(conn: Any) -> str:
        statements: list[Any] = []
        original = conn.execute

        def execute(statement: Any, *values: Any) -> Any:
            statements.append(statement)
            return original(statement, *values)

        conn.execute = execute
        try:
            count_messages(conn, barber.id, made["id"])
        finally:
            del conn.execute
        compiled = statements[0].compile(conn.engine, compile_kwargs={"literal_binds": True})
        if conn.dialect.name == "postgresql":
            conn.execute(text("SET LOCAL enable_seqscan = off"))
            return "\n".join(row[0] for row in conn.execute(text(f"EXPLAIN {compiled}")))
        return "\n".join(row[3] for row in conn.execute(text(f"EXPLAIN QUERY PLAN {compiled}")))

    assert "ix_outbox_broadcast" in await barber.api.db.read(plan)
