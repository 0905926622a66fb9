"""Broadcasts on both databases: who gets one, stop and resume, a sender who dies, nobody twice, nothing held up."""

import asyncio
from typing import Any

import pytest_asyncio
from sqlalchemy import insert, text, update

from backend.broadcasts.queries import count_messages
from backend.db import tables as t
from tests.support.api import NOW, Api
from tests.support.broadcasting import LEASE_S, begin, claim, crowd, do, draft, report, see
from tests.support.town import ADMIN, CLIENT, OTHER, SPECIALIST, Town, settle


@pytest_asyncio.fixture
async def town(api: Api) -> Town:
    return await settle(api)


async def test_it_reaches_clients_whom_the_bot_can_reach(town: Town) -> None:
    await crowd(town, 3)

    def spoil(conn: Any) -> None:
        for tg_id, values in ((50_000, {"blocked": True}), (50_001, {"unreachable_at": NOW})):
            conn.execute(update(t.people).where(t.people.c.tg_id == tg_id).values(**values))
        # entered by staff: not in Telegram
        conn.execute(insert(t.people).values(tenant_id=town.here.id, name="Phone only", created_at=NOW))

    await town.api.db.write(town.here.id, spoil)
    made = await draft(town)
    assert (made["status"], made["total"]) == ("draft", 3)
    found = await do(town, made, "send")
    assert (found["status"], found["total"], found["left"]) == ("sending", 3, 3)
    items = await claim(town)
    assert sorted(one["tg_id"] for one in items) == [CLIENT, OTHER, 50_002]
    assert {one["text"] for one in items} == {"We are open on Sunday!"}
    for one in items:
        assert await begin(town, one)
        assert await report(town, one) == 200
    found = await see(town, made)
    assert (found["status"], found["sent"], found["left"]) == ("done", 3, 0)
    assert [one["id"] for one in (await town.ok("GET", "/v1/broadcasts"))["items"]] == [made["id"]]
    await town.refused("illegal_step", "POST", f"/v1/broadcasts/{made['id']}/send")
    actions = [entry["action"] for entry in (await town.ok("GET", "/v1/audit"))["items"]]
    assert actions[0] == "broadcast.sent"
    assert "Sunday" not in (await town.call("GET", "/v1/audit")).text


async def test_the_test_goes_to_oneself_alone(town: Town) -> None:
    made = await draft(town)
    assert (await do(town, made, "test"))["status"] == "draft"
    items = await claim(town)
    assert [(one["tg_id"], one["text"]) for one in items] == [(ADMIN, made["text"])]
    assert await begin(town, items[0])
    assert await report(town, items[0]) == 200
    assert (await see(town, made))["sent"] == 0


async def test_sending_twice_at_once_is_one_sending(town: Town) -> None:
    await crowd(town, 20)
    made = await draft(town)
    await asyncio.gather(*(do(town, made, "send", key=f"k{n}") for n in range(5)))
    rows = await town.rows(t.outbox, t.outbox.c.kind == "broadcast")
    assert len(rows) == len({row.person_id for row in rows}) == 22


async def test_a_stop_holds_at_once_and_a_resume_goes_on_with_the_others(town: Town) -> None:
    await crowd(town, 28)
    made = await draft(town)
    await do(town, made, "send")
    got: list[int] = []
    first = await claim(town, limit=10)
    for one in first[:4]:
        assert await begin(town, one)
        assert await report(town, one) == 200
        got.append(one["tg_id"])
    stopped = await do(town, made, "stop")
    assert (stopped["status"], stopped["sent"], stopped["left"]) == ("stopped", 4, 26)
    # what a sender has claimed already is not sent either
    assert [await begin(town, one) for one in first[4:]] == [False] * len(first[4:])
    town.api.clock.shift_s += LEASE_S + 1
    assert await claim(town) == []
    # somebody who comes while it is stopped is not part of it
    await town.api.db.write(
        town.here.id,
        lambda conn: conn.execute(
            insert(t.people).values(tenant_id=town.here.id, tg_id=77, name="Late", created_at=NOW)
        ) and None,
    )  # fmt: skip
    assert (await do(town, made, "send"))["left"] == 26
    while items := await claim(town):
        for one in items:
            assert await begin(town, one)
            assert await report(town, one) == 200
            got.append(one["tg_id"])
    assert len(got) == len(set(got)) == 30
    assert 77 not in got
    found = await see(town, made)
    assert (found["status"], found["sent"]) == ("done", 30)
    await town.refused("illegal_step", "POST", f"/v1/broadcasts/{made['id']}/stop")


async def test_a_sender_who_dies_leaves_nobody_out_but_those_it_had_begun(town: Town) -> None:
    await crowd(town, 18)
    made = await draft(town)
    await do(town, made, "send")
    got: list[int] = []
    items = await claim(town, limit=10)
    for one in items[:3]:
        await begin(town, one)
        await report(town, one)
        got.append(one["tg_id"])
    # and here it dies, one message on its way
    assert await begin(town, items[3])
    got.append(items[3]["tg_id"])
    town.api.clock.shift_s += LEASE_S + 1
    while items := await claim(town, limit=7):
        for one in items:
            assert await begin(town, one)
            assert await report(town, one) == 200
            got.append(one["tg_id"])
    assert len(got) == len(set(got)) == 20
    found = await see(town, made)
    assert (found["status"], found["sent"], found["unsure"], found["missed"]) == ("done", 19, 1, 0)


async def test_what_may_have_arrived_is_not_sent_again_what_was_refused_for_now_is(town: Town) -> None:
    made = await draft(town)
    await do(town, made, "send")
    one, other = await claim(town)
    for notice in (one, other):
        assert await begin(town, notice)
    assert await report(town, one, "unsure") == 200
    assert await report(town, other, "retry", retry_after_s=5) == 200
    town.api.clock.shift_s += 10
    again = await claim(town)
    assert [notice["id"] for notice in again] == [other["id"]]
    # the one who paused past its lease may neither begin nor report
    town.api.clock.shift_s += LEASE_S + 1
    (newer,) = await claim(town)
    assert not await begin(town, again[0])
    assert await begin(town, newer)
    assert await report(town, newer, "blocked") == 200
    found = await see(town, made)
    assert (found["unsure"], found["missed"], found["status"]) == (1, 1, "done")


async def test_one_message_follows_how_far_it_is(town: Town) -> None:
    made = await draft(town)
    await do(town, made, "send")
    (shown,) = await claim(town, "progress")
    assert (shown["tg_id"], shown["message_id"], shown["broadcast"]["left"]) == (ADMIN, None, 2)
    assert await report(town, shown, message_id=42) == 200
    assert await claim(town, "progress") == []
    town.api.clock.shift_s += LEASE_S + 1
    notices = await claim(town)
    for one in notices:
        await begin(town, one)
        await report(town, one)
    town.api.clock.shift_s += LEASE_S + 1
    (shown,) = await claim(town, "progress")
    assert (shown["message_id"], shown["broadcast"]["sent"], shown["broadcast"]["status"]) == (42, 2, "done")
    assert await report(town, shown, message_id=42) == 200
    # it does not change any more: nothing more is shown
    town.api.clock.shift_s += 1000
    assert await claim(town, "progress") == []
    assert (await see(town, made))["done_at"] is not None


async def test_a_confirmation_does_not_wait_for_thousands(town: Town) -> None:
    await crowd(town, 3000)
    made = await draft(town)
    await do(town, made, "send")

    def urgent(conn: Any) -> None:
        person = town.here.people[CLIENT]
        common = {"tenant_id": town.here.id, "kind": "text", "role": "client", "person_id": person, "text": "x"}
        conn.execute(insert(t.outbox).values(**common, due_at=int(town.api.clock()), created_at=NOW))

    await town.api.db.write(town.here.id, urgent)
    assert len(await claim(town, "text", limit=5)) == 1


async def test_texts_that_cannot_be_sent_are_refused(town: Town) -> None:
    for words in ("", "\u200b \n", "x" * 4097, "😀" * 2049):
        await town.refused("invalid", "POST", "/v1/broadcasts", json={"text": words})
    made = await draft(town, "😀" * 2048)
    assert made["text"] == "😀" * 2048
    await town.refused("invalid", "PATCH", f"/v1/broadcasts/{made['id']}", json={"text": " "})
    changed = await town.ok("PATCH", f"/v1/broadcasts/{made['id']}", json={"text": "Better"})
    assert changed["text"] == "Better"
    await do(town, made, "send")
    await town.refused("illegal_step", "PATCH", f"/v1/broadcasts/{made['id']}", json={"text": "Late"})
    await town.refused("illegal_step", "POST", f"/v1/broadcasts/{(await draft(town))['id']}/stop")
    await town.refused("forbidden", "POST", "/v1/broadcasts", SPECIALIST, json={"text": "Hello"})


async def test_counting_reads_the_broadcasts_own_rows(town: Town) -> None:
    """The plan, not the clock: whatever else was ever sent is not looked at."""
    await crowd(town, 50)
    made = await draft(town)
    await do(town, made, "send")

    def fill(conn: Any) -> None:
        # so much else that the databases know which way is short
        sent = {"tenant_id": town.here.id, "kind": "confirmed", "role": "client", "person_id": town.here.people[CLIENT]}
        sent |= {"status": "sent", "due_at": NOW, "created_at": NOW}
        conn.execute(insert(t.outbox), [sent] * 3000)
        conn.execute(text("ANALYZE outbox"))

    await town.api.db.write(town.here.id, fill)

    def plan(conn: Any) -> str:
        statements: list[Any] = []
        original = conn.execute
        conn.execute = lambda statement, *a: (statements.append(statement), original(statement, *a))[1]
        try:
            count_messages(conn, town.here.id, made["id"])
        finally:
            del conn.execute
        compiled = statements[0].compile(conn.engine, compile_kwargs={"literal_binds": True})
        if conn.dialect.name == "postgresql":
            conn.execute(text("SET LOCAL enable_seqscan = off"))
            return "\n".join(row[0] for row in conn.execute(text(f"EXPLAIN {compiled}")))
        return "\n".join(row[3] for row in conn.execute(text(f"EXPLAIN QUERY PLAN {compiled}")))

    assert "ix_outbox_broadcast" in await town.api.db.read(plan)
