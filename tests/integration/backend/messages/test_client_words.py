"""What clients write of their own accord, on both databases: kept, sent, answered once; who may, how often, what is left."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import update

from backend.db import tables
from backend.messages.service import forget_unsent
from tests.support.business import Business
from tests.support.business_rows import ADMIN, CLIENT, NOW, OTHER, SPECIALIST
from tests.support.displaced_bookings import claim

DAY = 86_400
START = NOW + 3 * DAY
WORDS = {"text": "I am allergic to latex"}


async def deliver(barber: Business, first_id: int = 70) -> list[Any]:
    """Take what is due, and report each as sent."""
    return await barber.gateway.send("barber", "studio", first_id=first_id, lease_s=600)


async def change(barber: Business, table: Any, row_id: int, **values: Any) -> None:
    def write(conn: Any) -> None:
        conn.execute(update(table).where(table.c.tenant_id == barber.id, table.c.id == row_id).values(**values))

    await barber.api.db.write(barber.id, write)


async def sent_words(barber: Business, **body: Any) -> int:
    """Send words as the client; return their id."""
    await barber.client.ok("POST", "/v1/messages", json=WORDS | body)
    state = await barber.client.ok("POST", "/v1/messages/send")
    return int(state["ids"][-1])


async def test_words_are_kept_until_they_are_sent_and_go_to_the_specialist(barber: Business) -> None:
    """Typed one after the other they are one message; nothing of them is in the outbox or the log."""
    later, booking = await barber.add_booking(START + DAY), await barber.add_booking(START)
    kept = await barber.client.ok("POST", "/v1/messages", json=WORDS)
    assert (kept["booking"]["id"], kept["items"][0]["status"]) == (booking, "unsent")
    await barber.client.ok("POST", "/v1/messages", json={"text": "and to nuts"})
    unsent = await barber.client.ok("GET", "/v1/messages/unsent")
    assert [message["text"] for message in unsent["items"]] == ["I am allergic to latex\nand to nuts"]
    assert (await barber.client.ok("GET", "/v1/home?role=client"))["client"]["unsent"] is True
    assert await claim(barber) == []
    await barber.client.ok("POST", "/v1/messages/send")
    (notice,) = await claim(barber)
    assert (notice["kind"], notice["role"], notice["tg_id"]) == ("words", "specialist", SPECIALIST)
    assert notice["words"]["text"] == "I am allergic to latex\nand to nuts"
    assert (notice["booking"]["id"], notice["booking"]["client_name"]) == (booking, f"Person {CLIENT}")
    assert later != booking
    for row in await barber.rows(tables.outbox):
        assert (row.text, row.entities) == (None, None)
    assert [row for row in await barber.rows(tables.audit) if "latex" in row.detail] == []
    await barber.client.refused("illegal_step", "POST", "/v1/messages/send")
    await barber.client.refused("not_found", "GET", "/v1/messages/unsent")
    assert (await barber.client.ok("GET", "/v1/home?role=client"))["client"]["unsent"] is False


async def test_the_first_answer_closes_it_for_all(barber: Business) -> None:
    """Both admins were told; two answer at once; the client reads one answer, and both admins who it was."""
    await barber.add_booking(START)
    await change(barber, tables.specialists, barber.specialists["Anna"], person_id=None)
    await barber.insert(tables.roles, person_id=barber.people[OTHER], role="admin", granted_at=NOW)
    message = await sent_words(barber)
    told = await deliver(barber)
    assert sorted(notice["tg_id"] for notice in told) == sorted([ADMIN, OTHER])
    answers = await asyncio.gather(
        barber.admin.call("POST", f"/v1/messages/{message}/answer", json={"text": "No latex here"}),
        barber.other.call("POST", f"/v1/messages/{message}/answer", json={"text": "We have none"}),
    )
    assert sorted(answer.status for answer in answers) == [200, 409]
    winner, said = (ADMIN, "No latex here") if answers[0].status == 200 else (OTHER, "We have none")
    again = await deliver(barber)
    edits = [notice for notice in again if notice["kind"] == "words"]
    assert {notice["message_id"] for notice in edits} == {70, 71}
    assert {notice["words"]["answered_by"] for notice in edits} == {f"Person {winner}"}
    (answer,) = [notice for notice in again if notice["kind"] == "answer"]
    assert (answer["tg_id"], answer["words"]["answer"]) == (CLIENT, said)
    assert answer["sender"] == f"Person {winner}"
    assert await claim(barber) == []
    shown = await barber.admin.ok("GET", f"/v1/messages/{message}")
    assert (shown["message"]["status"], shown["message"]["answer"]) == ("answered", said)


async def test_an_answer_while_the_words_are_on_their_way_reaches_their_message(barber: Business) -> None:
    await barber.add_booking(START)
    message = await sent_words(barber)
    (notice,) = await claim(barber)
    await barber.admin.ok("POST", f"/v1/messages/{message}/answer", json={"text": "Fine"})
    await deliver(barber)
    await barber.gateway.mark_sent(notice, 5)
    (edit,) = await claim(barber)
    assert (edit["message_id"], edit["words"]["status"]) == (5, "answered")


async def test_five_a_day(barber: Business) -> None:
    """Two sends at once do not make six; a day later there are five again. What was not sent is kept."""
    await barber.add_booking(START)
    for _ in range(4):
        await sent_words(barber)
    last = [
        barber.client.call("POST", "/v1/messages", json=WORDS | {"text": text, "send": True})
        for text in ("five", "six")
    ]
    assert sorted(reply.status for reply in await asyncio.gather(*last)) == [201, 409]
    await barber.client.ok("POST", "/v1/messages", json=WORDS)
    await barber.client.refused("limit_reached", "POST", "/v1/messages/send")
    assert len((await barber.client.ok("GET", "/v1/messages/unsent"))["items"]) == 1
    for row in await barber.rows(tables.client_messages, tables.client_messages.c.status == "sent"):
        await change(barber, tables.client_messages, row.id, sent_at=NOW - DAY)
    await barber.client.ok("POST", "/v1/messages/send")


async def test_none_from_a_blocked_client(barber: Business) -> None:
    """Nor what they wrote before."""
    await barber.add_booking(START)
    await barber.client.ok("POST", "/v1/messages", json=WORDS)
    await change(barber, tables.people, barber.people[CLIENT], blocked=True)
    await barber.client.refused("forbidden", "POST", "/v1/messages", json=WORDS)
    await barber.client.refused("forbidden", "POST", "/v1/messages/send")
    assert await barber.rows(tables.outbox) == []
    await change(barber, tables.people, barber.people[CLIENT], blocked=False)
    await barber.client.ok("POST", "/v1/messages/send")


async def test_only_with_a_booking_ahead(barber: Business) -> None:
    await barber.add_booking(START, status="cancelled")
    await barber.add_booking(NOW - DAY)
    await barber.client.refused("illegal_step", "POST", "/v1/messages", json=WORDS)
    assert await barber.rows(tables.client_messages) == []


async def test_a_reply_may_follow_for_a_day(barber: Business) -> None:
    over, long_over = await barber.add_booking(NOW - 7200), await barber.add_booking(NOW - 3 * DAY)
    theirs = await barber.add_booking(START, who=OTHER)
    await barber.client.ok("POST", "/v1/messages", json=WORDS | {"booking_id": over, "send": True})
    for booking, code in ((long_over, "illegal_step"), (theirs, "not_found"), (10**9, "not_found")):
        await barber.client.refused(code, "POST", "/v1/messages", json=WORDS | {"booking_id": booking})


async def test_unsent_words_are_forgotten_after_a_day_or_at_once(barber: Business) -> None:
    await barber.add_booking(START)
    await barber.client.ok("POST", "/v1/messages", json=WORDS)
    await forget_unsent(barber.api.db, NOW + DAY - 1)
    assert len(await barber.rows(tables.client_messages)) == 1
    await forget_unsent(barber.api.db, NOW + DAY)
    assert await barber.rows(tables.client_messages) == []
    await barber.client.ok("POST", "/v1/messages", json=WORDS)
    await barber.client.ok("POST", "/v1/messages/discard")
    assert await barber.rows(tables.client_messages) == []
    await barber.client.refused("illegal_step", "POST", "/v1/messages/discard")


async def test_erasing_leaves_no_words(barber: Business) -> None:
    """Neither theirs nor those that were written to them, in what was sent as well; they are exported before."""
    booking = await barber.add_booking(START)
    message = await sent_words(barber, media="photo", file_id="AgACAg-1")
    await barber.admin.ok("POST", f"/v1/messages/{message}/answer", json={"text": "No latex here"})
    await barber.admin.ok("POST", f"/v1/bookings/{booking}/message", json={"text": "Use the back door"})
    await deliver(barber)
    await barber.client.ok("POST", "/v1/messages", json={"text": "never sent"})
    exported = await barber.client.ok("GET", "/v1/people/me/export")
    assert [words["text"] for words in exported["messages"]] == ["I am allergic to latex", "never sent"]
    await change(barber, tables.bookings, booking, status="cancelled")
    await barber.client.ok("DELETE", "/v1/people/me")
    for table in (tables.client_messages, tables.outbox, tables.audit, tables.booking_history, tables.idempotency):
        left = repr(await barber.rows(table))
        assert [word for word in ("latex", "back door", "never sent", "AgACAg") if word in left] == [], table.name


@pytest.mark.parametrize(
    "body",
    [
        {"text": ""},
        {"text": " \u200b "},
        {"text": "x" * 4097},
        {"text": "a", "media": "photo"},
        {"text": "a", "file_id": "x"},
        {"text": "a", "media": "video", "file_id": "x"},
        {"text": "a", "media": "voice", "file_id": ""},
        {"text": "a", "more": 1},
        {},
    ],
)
async def test_words_that_are_none(barber: Business, body: Any) -> None:
    await barber.add_booking(START)
    await barber.client.refused("invalid", "POST", "/v1/messages", json=body)


async def test_answers_are_for_staff_of_the_booking(barber: Business, studio: Business) -> None:
    await barber.add_booking(START)
    message = await sent_words(barber)
    for path, sent in ((f"/v1/messages/{message}", {}), (f"/v1/messages/{message}/answer", {"json": {"text": "a"}})):
        method = "POST" if sent else "GET"
        await barber.client.refused("forbidden", method, path, **sent)
        await studio.admin.refused("not_found", method, path, **sent)
        await studio.client.refused("forbidden", method, path, **sent)
    for text in ("", " \u200b ", "x" * 1001):
        await barber.admin.refused("invalid", "POST", f"/v1/messages/{message}/answer", json={"text": text})
    assert await barber.rows(tables.client_messages, tables.client_messages.c.status != "sent") == []


async def test_a_client_whom_no_answer_reaches(barber: Business) -> None:
    """The words stay open."""
    await barber.add_booking(START)
    message = await sent_words(barber)
    await change(barber, tables.people, barber.people[CLIENT], unreachable_at=NOW)
    await barber.admin.refused("illegal_step", "POST", f"/v1/messages/{message}/answer", json={"text": "a"})
    assert (await barber.admin.ok("GET", f"/v1/messages/{message}"))["message"]["status"] == "sent"


async def test_a_business_that_nobody_reaches_says_so(barber: Business) -> None:
    """And the words are kept."""
    await barber.add_booking(START)
    for person in (ADMIN, SPECIALIST):
        await change(barber, tables.people, barber.people[person], unreachable_at=NOW)
    await barber.client.ok("POST", "/v1/messages", json=WORDS)
    await barber.client.refused("illegal_step", "POST", "/v1/messages/send")
    assert len((await barber.client.ok("GET", "/v1/messages/unsent"))["items"]) == 1
