"""Visitors' holds on both databases: taken, read, taken over by one, confirmed with a code, and kept apart."""

import asyncio
from typing import Any
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio
from redis.asyncio import Redis
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from backend.contract.redis import url_for
from backend.db import tables as t
from backend.holds import rules
from tests.support.api import NOW, Api, serving_app
from tests.support.servers import INTERNAL_KEY, RedisServer
from tests.support.town import ADMIN, CLIENT, HERE, OTHER, SPECIALIST, STRANGER, THERE, Town, settle

TEN, ELEVEN, TWELVE = ("2026-06-02T10:00:00Z", "2026-06-02T11:00:00Z", "2026-06-02T12:00:00Z")
PHONE = "+44 20 7946 0018"


class Page:
    """A business's booking page: a public client of one business."""

    def __init__(self, town: Town, tenant: str = HERE) -> None:
        self.town, self.tenant = town, tenant

    async def call(self, method: str, path: str, token: str | bytes | None = None, **more: Any) -> httpx.Response:
        headers: dict[str, Any] = {} if token is None else {"Hold-Token": token}
        return await self.town.call(
            method, path, None, client_type="public", tenant=self.tenant, headers=headers, **more
        )

    async def hold(self, start: str = TEN, key: str | None = None, **more: Any) -> httpx.Response:
        service = (self.town.here if self.tenant == HERE else self.town.there).services["Haircut"]
        body = {"service_ids": [service], "start": start, "hold": True, **more}
        return await self.call("POST", "/v1/holds", json=body, key=key or str(uuid4()))

    async def held(self, start: str = TEN, **more: Any) -> Any:
        answer = await self.hold(start, **more)
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def state(self, held: Any) -> Any:
        answer = await self.call("GET", f"/v1/holds/{held['id']}", held["token"])
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def step(self, held: Any, name: str, body: Any = None, key: str | None = None, **more: Any) -> httpx.Response:
        more |= {} if body is None else {"json": body}
        token = more.pop("token", held["token"])
        return await self.call("POST", f"/v1/holds/{held['id']}/{name}", token, key=key, **more)


@pytest_asyncio.fixture
async def town(api: Api, redis_server: RedisServer) -> Town:
    for name in await kept(redis_server):
        await forget(redis_server, name)
    return await settle(api)


async def kept(redis_server: RedisServer) -> dict[bytes, bytes]:
    """Everything in Redis that is a text."""
    async with Redis.from_url(url_for(redis_server.url, "backend", INTERNAL_KEY)) as redis:
        return {name: await redis.get(name) or b"" async for name in redis.scan_iter(_type="string")}


async def forget(redis_server: RedisServer, name: bytes) -> None:
    async with Redis.from_url(url_for(redis_server.url, "backend", INTERNAL_KEY)) as redis:
        await redis.delete(name)


@pytest.fixture
def page(town: Town) -> Page:
    return Page(town)


async def claim(town: Town, token: str, who: int | None = CLIENT, **more: Any) -> httpx.Response:
    return await town.call("POST", "/v1/holds/claim", who, json={"token": token}, **more)


async def verify(town: Town, who: int = CLIENT, phone: str = PHONE) -> None:
    await town.ok("PATCH", "/v1/people/me", who, json={"phone": phone})


async def sent(town: Town) -> list[Any]:
    """The codes that wait in the outbox."""
    return await town.rows(t.outbox, t.outbox.c.kind == "code")


def code(answer: httpx.Response) -> str:
    return str(answer.json()["code"])


async def test_a_visitor_holds_a_place_and_reads_what_became_of_it(town: Town, page: Page) -> None:
    await town.api.db.write(
        None,
        lambda conn: conn.execute(update(t.tenants).where(t.tenants.c.slug == HERE).values(bot_username="hair_bot")),
    )
    held = await page.held(comment="by the window")
    assert held["link"] == f"https://t.me/hair_bot?start=h_{held['token']}"
    assert len(f"h_{held['token']}") <= 64
    assert (held["status"], held["taken_over"], held["start"]) == ("held", False, TEN)
    assert held["items"][0]["service_name"] == "Haircut"
    assert held["hold_until"] == "2026-06-01T09:10:00Z"
    state = await page.state(held)
    assert state == {name: value for name, value in held.items() if name not in ("token", "link")}
    assert not {name for name in held if "client" in name or name in ("comment", "source")}
    # nobody is offered the place meanwhile, and the token is kept as a digest
    assert code(await page.hold()) == "slot_taken"
    row = (await town.rows(t.bookings))[0]
    assert (row.client_id, row.source, row.created_by) == (None, "public", None)
    assert row.claim_hash == rules.claim_hash(held["token"])
    # it lapses by itself
    town.api.clock.shift_s += 601
    assert (await page.state(held))["status"] == "expired"
    await page.held()
    town.api.clock.shift_s += 24 * 3600
    assert (await page.call("GET", f"/v1/holds/{held['id']}", held["token"])).status_code == 404


async def test_without_its_token_a_hold_is_a_missing_one(town: Town, page: Page) -> None:
    held, other = await page.held(), await page.held(ELEVEN)
    missing = await page.call("GET", "/v1/holds/987654321", held["token"])
    assert missing.status_code == 404
    for name, body in ((None, None), ("cancel", None), ("code", {"phone": PHONE}), ("confirm", {"code": "123456"})):
        path = f"/v1/holds/{held['id']}" + (f"/{name}" if name else "")
        method, more = ("POST", {} if body is None else {"json": body}) if name else ("GET", {})
        for stranger in (page, Page(town, THERE)):
            for token in (None, "", "x", other["token"], held["token"] + "x", b"\xe9" * 9):
                answer = await stranger.call(method, path, None if token is None else token, **more)
                assert (answer.status_code, answer.content) == (404, missing.content), (path, token)
        elsewhere = await Page(town, THERE).call(method, path, held["token"], **more)
        assert (elsewhere.status_code, elsewhere.content) == (404, missing.content)
    assert (await page.state(held))["status"] == "held"


async def test_one_person_takes_it_over_and_confirms(town: Town, page: Page) -> None:
    held = await page.held()
    taken = await claim(town, held["token"])
    assert taken.status_code == 200, taken.text
    booking = taken.json()
    assert (booking["id"], booking["status"], booking["client_id"]) == (held["id"], "held", town.here.people[CLIENT])
    # once more is the same; somebody else is told no more than about a link that never was
    assert (await claim(town, held["token"])).json()["status"] == "held"
    foreign, never = await claim(town, held["token"], OTHER), await claim(town, "x" * 22, OTHER)
    assert foreign.content == never.content
    assert code(foreign) == "bad_code"
    state = await page.state(held)
    assert (state["status"], state["taken_over"]) == ("held", True)
    # what is somebody's is not the visitor's to give back or to confirm for others
    assert code(await page.step(held, "cancel")) == "illegal_step"
    assert code(await page.step(held, "code", {"phone": PHONE})) == "illegal_step"
    confirmed = await town.ok("POST", f"/v1/bookings/{held['id']}/confirm", CLIENT)
    assert confirmed["status"] == "confirmed"
    assert (await page.state(held))["status"] == "confirmed"
    assert (await claim(town, held["token"])).json()["status"] == "confirmed"
    told = {(row.person_id, row.role) for row in await town.rows(t.outbox, t.outbox.c.kind == "booked")}
    assert (town.here.people[CLIENT], "client") in told
    assert (town.here.people[ADMIN], "admin") in told
    history = await town.ok("GET", f"/v1/bookings/{held['id']}/history")
    assert [(one["actor_role"], one["action"]) for one in history["items"]] == [
        ("visitor", "hold"), ("client", "take_over"), ("client", "confirm"),
    ]  # fmt: skip


async def test_of_many_who_follow_one_link_one_wins(town: Town, page: Page) -> None:
    held = await page.held()
    crowd = [CLIENT, OTHER, SPECIALIST, ADMIN] * 3
    answers = await asyncio.gather(*(claim(town, held["token"], who) for who in crowd))
    winners = {who for who, answer in zip(crowd, answers, strict=True) if answer.status_code == 200}
    assert len(winners) == 1
    row = (await town.rows(t.bookings))[0]
    assert row.client_id == town.here.people[winners.pop()]


async def test_a_link_that_is_followed_too_late_shows_what_was_wanted(town: Town, page: Page) -> None:
    held = await page.held()
    town.api.clock.shift_s += 601
    late = (await claim(town, held["token"])).json()
    assert (late["status"], late["start"], late["client_id"]) == ("expired", TEN, None)
    town.api.clock.shift_s += 24 * 3600
    assert code(await claim(town, held["token"])) == "bad_code"


async def test_who_may_not_book_takes_nothing_over(town: Town, page: Page) -> None:
    held = await page.held()
    assert (await claim(town, held["token"], STRANGER)).status_code == 403
    assert (await claim(town, held["token"], None)).status_code == 403
    assert (await claim(town, held["token"], CLIENT, tenant=THERE)).json()["code"] == "bad_code"
    await town.ok("PATCH", f"/v1/clients/{town.here.people[CLIENT]}", json={"blocked": True})
    assert code(await claim(town, held["token"])) == "forbidden"
    for hour in range(5):
        await town.visit(NOW + 86_400 * 3 + hour * 3600, who=OTHER)
    assert code(await claim(town, held["token"], OTHER)) == "limit_reached"
    assert (await page.state(held))["taken_over"] is False


async def test_staff_see_a_visitors_hold_but_cannot_make_a_visit_of_it(town: Town, page: Page) -> None:
    held = await page.held()
    path = f"/v1/bookings/{held['id']}"
    seen = await town.ok("GET", path)
    assert (seen["client_id"], seen["client_name"], seen["client_phone"]) == (None, "", None)
    assert [one["id"] for one in (await town.ok("GET", "/v1/bookings", SPECIALIST))["items"]] == [held["id"]]
    assert (await town.call("GET", path, CLIENT)).status_code == 404
    await town.refused("illegal_step", "POST", f"{path}/confirm")
    await town.ok("POST", f"{path}/move", json={"start": ELEVEN})
    affected = await town.ok("PUT", f"/v1/specialists/{town.here.specialists['Anna']}/hours", json={"mon": []})
    assert [(one["booking_id"], one["client_name"]) for one in affected["affected"]] == [(held["id"], "")]
    await town.refused("in_use", "DELETE", f"/v1/services/{town.here.services['Haircut']}")
    await town.ok("POST", f"{path}/cancel")
    await town.ok("POST", f"{path}/undo")
    await town.ok("POST", f"{path}/cancel")
    assert (await page.state(held))["status"] == "cancelled"
    late = await claim(town, held["token"])
    assert (late.status_code, late.json()["status"]) == (200, "cancelled")


async def test_the_database_itself_makes_no_visit_of_what_is_nobodys(town: Town, page: Page) -> None:
    held = await page.held()
    statement = update(t.bookings).where(t.bookings.c.id == held["id"]).values(status="confirmed", hold_until=None)
    with pytest.raises(IntegrityError):
        await town.api.db.write(town.here.id, lambda conn: conn.execute(statement))


async def test_a_visitor_gives_the_place_back_for_another(town: Town, page: Page) -> None:
    held, key = await page.held(), str(uuid4())
    first = await page.step(held, "cancel", key=key)
    assert (first.status_code, first.json()["status"]) == (200, "expired")
    again = await page.step(held, "cancel", key=key)
    assert again.content == first.content
    assert again.headers["idempotent-replayed"] == "true"
    assert code(await page.step(held, "cancel")) == "illegal_step"
    await page.held()


async def test_the_same_key_gets_the_same_bytes_and_nobody_elses(town: Town, page: Page) -> None:
    key = str(uuid4())
    first = await page.hold(key=key)
    again = await page.hold(key=key)
    assert (again.status_code, again.content) == (201, first.content)
    assert again.headers["idempotent-replayed"] == "true"
    assert code(await page.hold(ELEVEN, key=key)) == "idem_mismatch"
    # another business: another key, and the same place is free there
    there = await Page(town, THERE).hold(key=key)
    assert there.status_code == 201
    assert there.json()["token"] != first.json()["token"]
    # a key that could be guessed is none, and without one there is no hold
    for guessable in ("1", "booking", "a" * 40, "abababababababababab", "visitor-1234567"):
        assert code(await page.hold(TWELVE, key=guessable)) == "invalid", guessable
    body = {"service_ids": [town.here.services["Haircut"]], "start": TWELVE}
    assert code(await page.call("POST", "/v1/holds", json=body)) == "invalid"
    # keys of one hold are not those of another
    one, two = await page.held(TWELVE), await page.held("2026-06-02T13:00:00Z")
    replies = [await page.step(each, "cancel", key="k") for each in (one, two)]
    assert [reply.json()["id"] for reply in replies] == [one["id"], two["id"]]


async def test_visitors_together_hold_so_many_places_at_most(
    town: Town, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "MAX_OPEN", 2)
    first = await page.held()
    await page.held(ELEVEN)
    assert code(await page.hold(TWELVE)) == "limit_reached"
    assert (await Page(town, THERE).hold(TWELVE)).status_code == 201
    # what somebody has taken over is a visit in the making, no longer a visitor's
    await claim(town, first["token"])
    await page.held(TWELVE)
    town.api.clock.shift_s += 601
    await page.held(TEN)


BAD: list[Any] = [
    {"start": "2026-06-02T10:00:00"}, {"start": "yesterday"}, {"start": "2026-06-01T08:00:00Z"}, {"service_ids": []},
    {"service_ids": [10**6]}, {"specialist_id": 10**6}, {"specialist_id": "1"}, {"hold": False}, {"client_id": 1},
    {"force": True}, {"role": "admin"}, {"tenant": THERE}, {"comment": "x" * 1001}, {"start": "2026-09-30T10:00:00Z"},
    {"start": "2026-06-02T05:00:00Z"}, {"service_ids": [1] * 11}, {"start": 2**70},
]  # fmt: skip


@pytest.mark.parametrize("wrong", BAD, ids=str)
async def test_what_is_no_hold_is_refused_with_a_reason(town: Town, page: Page, wrong: dict[str, Any]) -> None:
    answer = await page.hold(**wrong)
    assert 400 <= answer.status_code < 500, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert not await town.rows(t.bookings)


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
    for name, value in (await kept(redis_server)).items():
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


async def test_wrong_links_are_counted_as_wrong_codes_are(town: Town, page: Page) -> None:
    held = await page.held()
    for _ in range(5):
        assert code(await claim(town, "x" * 22)) == "bad_code"
    assert code(await claim(town, held["token"])) == "bad_code"
    assert (await claim(town, held["token"], OTHER)).status_code == 200


async def test_the_public_sees_what_is_public(town: Town, page: Page) -> None:
    service, anna = town.here.services["Haircut"], town.here.specialists["Anna"]
    shown = (await page.call("GET", "/v1/services")).json()["items"][0]
    assert not {"room_ids", "buffer_before_min", "buffer_after_min"} & shown.keys()
    assert (await page.call("GET", f"/v1/services/{service}")).json() == shown
    person = (await page.call("GET", "/v1/specialists")).json()["items"][0]
    assert person["id"] == anna
    assert "has_account" not in person
    assert "has_account" not in (await page.call("GET", f"/v1/specialists/{anna}")).json()
    tenant = (await page.call("GET", "/v1/tenant")).json()
    assert "checklist" not in tenant
    assert not {"max_active_per_client", "reminders_min", "quiet_hours", "ask_phone"} & tenant["policies"].keys()
    for path in ("/v1/bookings", f"/v1/bookings/{(await page.held())['id']}", "/v1/people/me", "/v1/clients"):
        assert (await page.call("GET", path)).status_code == 403, path
    # only a public client is a visitor
    body = {"service_ids": [service], "start": ELEVEN}
    assert (await town.call("POST", "/v1/holds", CLIENT, json=body, key=str(uuid4()))).status_code == 403


async def test_a_hold_and_a_booking_for_one_place_at_once(town: Town, page: Page) -> None:
    body = {"service_ids": [town.here.services["Haircut"]], "start": TEN}
    answers = await asyncio.gather(
        *(page.hold() for _ in range(6)), *(town.call("POST", "/v1/bookings", CLIENT, json=body) for _ in range(6))
    )
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 11


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
