"""One-time codes that confirm a visitor's hold, on both databases and with a real Redis."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import select, update

from backend.db import tables
from tests.support.backend_api import serving_api
from tests.support.booking_page import (
    ELEVEN,
    PHONE,
    TEN,
    TWELVE,
    Page,
    claim,
    forget_attempts,
    sent,
    texts,
    verify,
)
from tests.support.business import Business, open_salon
from tests.support.business_rows import CLIENT, NOW, OTHER
from tests.support.servers import RedisServer


async def test_a_code_goes_to_the_person_with_that_number_and_confirms_as_them(barber: Business, page: Page) -> None:
    await verify(barber)
    held = await page.held()
    asked = await page.step(held, "code", {"phone": "+44 (20) 7946-0018"}, key="ask-1")
    assert asked.status == 202
    assert asked.body == {"digits": 6, "good_until": "2026-06-01T09:10:00Z", "link": None}
    (message,) = await sent(barber)
    assert (message.person_id, message.booking_id, message.role) == (barber.people[CLIENT], held["id"], "client")
    secret = message.text
    assert (await page.step(held, "confirm", {"code": wrong(secret)})).code == "bad_code"
    done = await page.step(held, "confirm", {"code": secret}, key="confirm-1")
    assert done.status == 200, done.text
    assert (done.body["status"], done.body["taken_over"]) == ("confirmed", True)
    again = await page.step(held, "confirm", {"code": secret}, key="confirm-1")
    assert (again.content, again.headers["idempotent-replayed"]) == (done.content, "true")
    assert (await page.step(held, "confirm", {"code": secret})).code == "bad_code"
    booking = await barber.client.ok("GET", f"/v1/bookings/{held['id']}")
    assert booking["client_id"] == barber.people[CLIENT]
    assert "7946" not in done.text
    assert "Person" not in done.text


@pytest.mark.parametrize(
    "typed",
    ["020 7946 0018", "0044 20 7946 0018", "+44 (0)20 7946 0018", "tel:+44-20-7946-0018", "020\u20117946\u00a00018"],
)
async def test_a_code_goes_to_the_number_however_it_is_typed(barber: Business, page: Page, typed: str) -> None:
    await barber.admin.ok("PATCH", "/v1/tenant", json={"phones": ["+44 20 7946 0100"]})
    await verify(barber)
    assert (await page.step(await page.held(), "code", {"phone": typed})).status == 202
    assert [message.person_id for message in await sent(barber)] == [barber.people[CLIENT]]


def wrong(secret: str) -> str:
    return f"{(int(secret) + 1) % 10**6:06}"


async def test_whether_a_number_is_known_cannot_be_told(barber: Business, studio: Business, page: Page) -> None:
    await verify(barber)
    unverified = barber.people[OTHER]
    await barber.admin.ok("PATCH", f"/v1/clients/{unverified}", json={"phone": "+44 20 7946 0099"})
    answers = []
    for number, start in ((PHONE, TEN), ("+44 20 7946 0000", ELEVEN), ("+44 20 7946 0099", TWELVE)):
        held = await page.held(start)
        answers.append(await page.step(held, "code", {"phone": number}))
    assert len({(one.status, one.content) for one in answers}) == 1
    assert [row.person_id for row in await sent(barber)] == [barber.people[CLIENT]]
    # of the other business's clients none is asked
    held = await Page(studio).held()
    assert (await Page(studio).step(held, "code", {"phone": PHONE})).status == 202
    assert len(await sent(barber)) == 1


@pytest.mark.parametrize("state", ["blocked", "unreachable", "changed"])
async def test_no_code_for_whom_it_must_not_reach(barber: Business, page: Page, state: str) -> None:
    await verify(barber)
    person = barber.people[CLIENT]
    if state == "blocked":
        await barber.admin.ok("PATCH", f"/v1/clients/{person}", json={"blocked": True})
    elif state == "changed":  # by staff: nobody has shown that it is theirs
        await barber.admin.ok("PATCH", f"/v1/clients/{person}", json={"phone": PHONE})
    else:
        lost = update(tables.people).where(tables.people.c.id == person).values(unreachable_at=NOW)
        await barber.api.db.write(barber.id, lambda conn: conn.execute(lost))
    held = await page.held()
    assert (await page.step(held, "code", {"phone": PHONE})).status == 202
    assert not await sent(barber)


async def test_codes_and_guesses_are_counted(barber: Business, page: Page) -> None:
    await verify(barber)
    held = await page.held()
    for _ in range(3):
        assert (await page.step(held, "code", {"phone": PHONE})).status == 202
    for number in (PHONE, "+44 20 7946 0000"):
        refused = await page.step(held, "code", {"phone": number})
        assert (refused.status, refused.code) == (429, "rate_limited")
        assert int(refused.headers["retry-after"]) > 0
    secret = (await sent(barber))[-1].text
    for _ in range(5):
        assert (await page.step(held, "confirm", {"code": wrong(secret)})).code == "bad_code"
    assert (await page.step(held, "confirm", {"code": secret})).code == "bad_code"
    assert (await page.state(held))["status"] == "held"


async def test_one_code_used_by_many_at_once_confirms_once(barber: Business, page: Page) -> None:
    await verify(barber)
    held = await page.held()
    await page.step(held, "code", {"phone": PHONE})
    secret = (await sent(barber))[0].text
    replies = await asyncio.gather(*(page.step(held, "confirm", {"code": secret}) for _ in range(5)))
    assert sorted(reply.status for reply in replies) == [200, 404, 404, 404, 404]


async def test_a_code_is_good_for_its_own_hold_only_and_dies_with_it(barber: Business, page: Page) -> None:
    await verify(barber)
    held, other = await page.held(), await page.held(ELEVEN)
    await page.step(held, "code", {"phone": PHONE})
    secret = (await sent(barber))[0].text
    assert (await page.step(other, "confirm", {"code": secret})).code == "bad_code"
    # taken over by somebody else meanwhile: the code is not lost, but it confirms nothing
    await claim(barber, held["token"], OTHER)
    assert (await page.step(held, "confirm", {"code": secret})).code == "illegal_step"
    row = (await barber.rows(tables.bookings, tables.bookings.c.id == held["id"]))[0]
    assert (row.client_id, row.status) == (barber.people[OTHER], "held")


async def test_a_code_is_nowhere_in_plain_once_it_is_sent(
    barber: Business, page: Page, redis_server: RedisServer
) -> None:
    await verify(barber)
    held = await page.held()
    await page.step(held, "code", {"phone": PHONE})
    claimed = await barber.nobody.ok("POST", "/v1/notices/claim", json={"tenants": ["barber"]})
    (notice,) = [one for one in claimed["items"] if one["kind"] == "code"]
    assert (notice["tg_id"], notice["booking"]["id"], notice["booking"]["client_id"]) == (CLIENT, held["id"], None)
    secret = notice["text"]
    report = {"epoch": notice["epoch"], "outcome": "sent"}
    await barber.nobody.ok("POST", f"/v1/notices/{notice['id']}/report", json=report)
    assert [row.text for row in await sent(barber)] == [None]
    for name, value in (await texts(redis_server)).items():
        assert secret.encode() not in (name.split(b":")[-1], *value.split(b"."))
    # and a code whose hold is over is not sent at all
    other = await page.held(ELEVEN)
    await page.step(other, "code", {"phone": PHONE})
    await page.step(other, "cancel")
    claimed = await barber.nobody.ok("POST", "/v1/notices/claim", json={"tenants": ["barber"]})
    assert not [one for one in claimed["items"] if one["kind"] == "code"]
    assert [row.text for row in await sent(barber)] == [None, None]


async def test_without_redis_codes_refuse_and_links_go_on(sqlite_url: str) -> None:
    async with serving_api(sqlite_url) as api:
        barber = await open_salon(api, "barber")
        page = Page(barber)
        held = await page.held()
        for name, body in (("code", {"phone": PHONE}), ("confirm", {"code": "123456"})):
            answer = await page.step(held, name, body)
            assert (answer.status, answer.code) == (503, "unavailable")
            assert "retry-after" in answer.headers
        assert not await sent(barber)
        assert (await claim(barber, held["token"])).status == 200


async def test_erased_people_get_no_codes(barber: Business, page: Page) -> None:
    await verify(barber, OTHER)
    await barber.other.ok("DELETE", "/v1/people/me")
    held = await page.held()
    assert (await page.step(held, "code", {"phone": PHONE})).status == 202
    assert not await sent(barber)
    kept = await barber.api.db.read(
        lambda conn: conn.execute(select(tables.people).where(tables.people.c.id == barber.people[OTHER])).one()
    )
    assert kept.phone_verified_at is None


async def ask_as_a_stranger(page: Page, day: int, hour: int, phone: str = PHONE) -> Any:
    """Somebody gives a number that is not theirs, with a hold of their own."""
    held = await page.held(f"2026-06-{day:02}T{hour}:00:00Z")
    asked = await page.step(held, "code", {"phone": phone})
    assert asked.status == 202, asked
    return held


def unsent(message: Any) -> bool:
    return message.text is None and message.expires_at == message.due_at


async def test_a_number_gets_so_many_codes_and_its_owner_is_never_locked_out(barber: Business, page: Page) -> None:
    await verify(barber)
    theirs = [await ask_as_a_stranger(page, 2 + n, 10) for n in range(5)]
    messages = await sent(barber)
    assert [unsent(message) for message in messages] == [False] * 3 + [True] * 2
    # the owner's own attempt: nothing is sent, and the answer says where to get the code
    own = await page.held("2026-06-08T10:00:00Z")
    assert (await page.step(own, "code", {"phone": PHONE})).status == 202
    assert unsent((await sent(barber))[-1])
    issued = (await barber.client.ok("POST", "/v1/holds/codes"))["items"]
    assert issued[0]["booking"]["id"] == own["id"]
    assert {each["booking"]["id"] for each in issued} <= {own["id"], *(held["id"] for held in theirs)}
    done = await page.step(own, "confirm", {"code": issued[0]["code"]})
    assert done.body["status"] == "confirmed"
    booking = await barber.client.ok("GET", f"/v1/bookings/{own['id']}")
    assert booking["client_id"] == barber.people[CLIENT]
    # nobody else gets codes for these holds
    assert (await barber.other.ok("POST", "/v1/holds/codes"))["items"] == []


async def test_a_number_gets_so_many_codes_a_day(
    barber: Business, studio: Business, page: Page, redis_server: RedisServer
) -> None:
    await verify(barber)
    for _ in range(4):
        for day in (2, 3, 4):
            await ask_as_a_stranger(page, day, 10)
        barber.api.clock.shift_s += 4000
        await forget_attempts(redis_server, but=b":day:")
    assert [unsent(message) for message in await sent(barber)] == [False] * 6 + [True] * 6


async def test_a_code_that_is_not_sent_cannot_be_guessed(
    barber: Business, page: Page, redis_server: RedisServer
) -> None:
    await verify(barber)
    for day in range(2, 5):
        await ask_as_a_stranger(page, day, 10)
    before = {name for name in await texts(redis_server) if name.startswith(b"otp:")}
    await ask_as_a_stranger(page, 5, 10)
    assert {name for name in await texts(redis_server) if name.startswith(b"otp:")} == before


async def test_an_unknown_number_is_counted_and_answered_like_a_known_one(barber: Business, page: Page) -> None:
    await verify(barber)
    answers: list[tuple[int, list[str], str | None]] = []
    for phone in (PHONE, "+44 20 7946 0000"):
        for day in range(2, 7):
            held = await page.held(f"2026-06-{day:02}T1{len(answers) // 5 * 3}:00:00Z")
            asked = await page.step(held, "code", {"phone": phone})
            answers.append((asked.status, sorted(asked.body), asked.headers.get("retry-after")))
    assert len({str(answer) for answer in answers}) == 1


async def test_codes_are_issued_for_open_holds_of_ones_own_business_only(
    barber: Business, studio: Business, page: Page
) -> None:
    await verify(barber)
    await verify(studio)
    held = await page.held(comment="an advertisement")
    await page.step(held, "code", {"phone": PHONE})
    (issued,) = (await barber.client.ok("POST", "/v1/holds/codes"))["items"]
    assert (issued["booking"]["id"], issued["booking"]["comment"]) == (held["id"], "")
    assert (await studio.client.ok("POST", "/v1/holds/codes"))["items"] == []
    assert (await page.call("POST", "/v1/holds/codes")).status == 403
    barber.api.clock.shift_s += 3600
    assert (await barber.client.ok("POST", "/v1/holds/codes"))["items"] == []
