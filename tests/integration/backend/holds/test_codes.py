"""One-time codes that confirm a visitor's hold, on both databases and with a real Redis."""

import asyncio

import pytest
import pytest_asyncio
from sqlalchemy import select, update

from backend.db import tables as t
from tests.support.api import NOW, Api, serving_app
from tests.support.booking_page import ELEVEN, PHONE, TEN, TWELVE, Page, claim, code, sent, texts, uncount, verify
from tests.support.servers import RedisServer
from tests.support.town import CLIENT, HERE, OTHER, THERE, Town, settle


@pytest_asyncio.fixture
async def town(api: Api, redis_server: RedisServer) -> Town:
    await uncount(redis_server)
    return await settle(api)


@pytest.fixture
def page(town: Town) -> Page:
    return Page(town)


async def test_a_code_goes_to_the_person_with_that_number_and_confirms_as_them(town: Town, page: Page) -> None:
    await verify(town)
    held = await page.held()
    asked = await page.step(held, "code", {"phone": "+44 (20) 7946-0018"}, key="ask-1")
    assert asked.status_code == 202
    assert asked.json() == {"digits": 6, "good_until": "2026-06-01T09:10:00Z"}
    (message,) = await sent(town)
    assert (message.person_id, message.booking_id, message.role) == (town.here.people[CLIENT], held["id"], "client")
    secret = message.text
    assert code(await page.step(held, "confirm", {"code": wrong(secret)})) == "bad_code"
    done = await page.step(held, "confirm", {"code": secret}, key="confirm-1")
    assert done.status_code == 200, done.text
    assert (done.json()["status"], done.json()["taken_over"]) == ("confirmed", True)
    again = await page.step(held, "confirm", {"code": secret}, key="confirm-1")
    assert (again.content, again.headers["idempotent-replayed"]) == (done.content, "true")
    assert code(await page.step(held, "confirm", {"code": secret})) == "bad_code"
    booking = await town.ok("GET", f"/v1/bookings/{held['id']}", CLIENT)
    assert booking["client_id"] == town.here.people[CLIENT]
    assert "7946" not in done.text
    assert "Person" not in done.text


def wrong(secret: str) -> str:
    return f"{(int(secret) + 1) % 10**6:06}"


async def test_whether_a_number_is_known_cannot_be_told(town: Town, page: Page) -> None:
    await verify(town)
    unverified = town.here.people[OTHER]
    await town.ok("PATCH", f"/v1/clients/{unverified}", json={"phone": "+44 20 7946 0099"})
    answers = []
    for number, start in ((PHONE, TEN), ("+44 20 7946 0000", ELEVEN), ("+44 20 7946 0099", TWELVE)):
        held = await page.held(start)
        answers.append(await page.step(held, "code", {"phone": number}))
    assert len({(one.status_code, one.content) for one in answers}) == 1
    assert [row.person_id for row in await sent(town)] == [town.here.people[CLIENT]]
    # of the other business's clients none is asked
    held = await Page(town, THERE).held()
    assert (await Page(town, THERE).step(held, "code", {"phone": PHONE})).status_code == 202
    assert len(await sent(town)) == 1


@pytest.mark.parametrize("state", ["blocked", "unreachable", "changed"])
async def test_no_code_for_whom_it_must_not_reach(town: Town, page: Page, state: str) -> None:
    await verify(town)
    person = town.here.people[CLIENT]
    if state == "blocked":
        await town.ok("PATCH", f"/v1/clients/{person}", json={"blocked": True})
    elif state == "changed":  # by staff: nobody has shown that it is theirs
        await town.ok("PATCH", f"/v1/clients/{person}", json={"phone": PHONE})
    else:
        lost = update(t.people).where(t.people.c.id == person).values(unreachable_at=NOW)
        await town.api.db.write(town.here.id, lambda conn: conn.execute(lost))
    held = await page.held()
    assert (await page.step(held, "code", {"phone": PHONE})).status_code == 202
    assert not await sent(town)


async def test_codes_and_guesses_are_counted(town: Town, page: Page) -> None:
    await verify(town)
    held = await page.held()
    for _ in range(3):
        assert (await page.step(held, "code", {"phone": PHONE})).status_code == 202
    for number in (PHONE, "+44 20 7946 0000"):
        refused = await page.step(held, "code", {"phone": number})
        assert (refused.status_code, code(refused)) == (429, "rate_limited")
        assert int(refused.headers["retry-after"]) > 0
    # the number is full for other holds too
    other = await page.held(ELEVEN)
    assert (await page.step(other, "code", {"phone": PHONE})).status_code == 429
    secret = (await sent(town))[-1].text
    for _ in range(5):
        assert code(await page.step(held, "confirm", {"code": wrong(secret)})) == "bad_code"
    assert code(await page.step(held, "confirm", {"code": secret})) == "bad_code"
    assert (await page.state(held))["status"] == "held"


async def test_one_code_used_by_many_at_once_confirms_once(town: Town, page: Page) -> None:
    await verify(town)
    held = await page.held()
    await page.step(held, "code", {"phone": PHONE})
    secret = (await sent(town))[0].text
    replies = await asyncio.gather(*(page.step(held, "confirm", {"code": secret}) for _ in range(5)))
    assert sorted(reply.status_code for reply in replies) == [200, 404, 404, 404, 404]


async def test_a_code_is_good_for_its_own_hold_only_and_dies_with_it(town: Town, page: Page) -> None:
    await verify(town)
    held, other = await page.held(), await page.held(ELEVEN)
    await page.step(held, "code", {"phone": PHONE})
    secret = (await sent(town))[0].text
    assert code(await page.step(other, "confirm", {"code": secret})) == "bad_code"
    # taken over by somebody else meanwhile: the code is not lost, but it confirms nothing
    await claim(town, held["token"], OTHER)
    assert code(await page.step(held, "confirm", {"code": secret})) == "illegal_step"
    row = (await town.rows(t.bookings, t.bookings.c.id == held["id"]))[0]
    assert (row.client_id, row.status) == (town.here.people[OTHER], "held")


async def test_a_code_is_nowhere_in_plain_once_it_is_sent(town: Town, page: Page, redis_server: RedisServer) -> None:
    await verify(town)
    held = await page.held()
    await page.step(held, "code", {"phone": PHONE})
    claimed = await town.ok("POST", "/v1/notices/claim", None, json={"tenants": [HERE]})
    (notice,) = [one for one in claimed["items"] if one["kind"] == "code"]
    assert (notice["tg_id"], notice["booking"]["id"], notice["booking"]["client_id"]) == (CLIENT, held["id"], None)
    secret = notice["text"]
    report = {"epoch": notice["epoch"], "outcome": "sent"}
    await town.ok("POST", f"/v1/notices/{notice['id']}/report", None, json=report)
    assert [row.text for row in await sent(town)] == [None]
    for name, value in (await texts(redis_server)).items():
        assert secret.encode() not in (name.split(b":")[-1], *value.split(b"."))
    # and a code whose hold is over is not sent at all
    other = await page.held(ELEVEN)
    await page.step(other, "code", {"phone": PHONE})
    await page.step(other, "cancel")
    claimed = await town.ok("POST", "/v1/notices/claim", None, json={"tenants": [HERE]})
    assert not [one for one in claimed["items"] if one["kind"] == "code"]
    assert [row.text for row in await sent(town)] == [None, None]


async def test_without_redis_codes_refuse_and_links_go_on(sqlite_url: str) -> None:
    async with serving_app(sqlite_url) as api:
        town = await settle(api)
        page = Page(town)
        held = await page.held()
        for name, body in (("code", {"phone": PHONE}), ("confirm", {"code": "123456"})):
            answer = await page.step(held, name, body)
            assert (answer.status_code, code(answer)) == (503, "unavailable")
            assert "retry-after" in answer.headers
        assert not await sent(town)
        assert (await claim(town, held["token"])).status_code == 200


async def test_erased_people_get_no_codes(town: Town, page: Page) -> None:
    await verify(town, OTHER)
    await town.ok("DELETE", "/v1/people/me", OTHER)
    held = await page.held()
    assert (await page.step(held, "code", {"phone": PHONE})).status_code == 202
    assert not await sent(town)
    kept = await town.api.db.read(
        lambda conn: conn.execute(select(t.people).where(t.people.c.id == town.here.people[OTHER])).one()
    )
    assert kept.phone_verified_at is None
