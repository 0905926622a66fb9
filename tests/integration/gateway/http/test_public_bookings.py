"""A web visitor books through the gateway: a hold, confirmed in Telegram by its link or with a code that the bot sends."""

import asyncio
import os
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from backend.db.connect import open_database
from gateway.http import policy
from gateway.sandbox import people
from tests.support.local_backend import import_business
from tests.support.own_redis import OwnRedis, open_link
from tests.support.waiting import until
from tests.support.whole_product import WholeProduct, whole_product

ORIGIN = "https://barber.example"
OPEN = f"public:\n  enabled: true\n  origins: ['{ORIGIN}']\n"
PERSON = 1001
WEEK = ", ".join(f'{day}: ["00:00-24:00"]' for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun"))
BUSINESS = f"""
policies: {{slot_step: 60m, min_notice: 0m, horizon: 60d, hold: 10m}}
rooms: [{{name: Chair, count: 1}}]
services:
  - {{name: Haircut, price: "15.00", duration: 45m, buffer_after: 15m, rooms: [Chair]}}
specialists:
  - name: Anna
    services: [Haircut]
    hours: {{{WEEK}}}
"""
README = Path(__file__).parents[4] / "README.md"


@asynccontextmanager
async def open_product(directory: Path, redis: OwnRedis, **shops: str) -> AsyncIterator["WholeProduct"]:
    async with whole_product(directory, redis) as product:
        for number, (slug, extra) in enumerate(shops.items(), 1):
            product.open_shop(slug, number, extra)
        async with product.backend(), product.gateway():
            await product.ready()
            database = await open_database(product.database_url)
            try:
                for slug in shops:
                    await import_business(database, slug, BUSINESS, int(datetime.now(UTC).timestamp()))
            finally:
                await database.close()
            for slug in shops:
                await product.wait_until_known(slug)
            yield product


@pytest.fixture
async def product(tmp_path: Path, gateway_redis: OwnRedis) -> AsyncIterator[WholeProduct]:
    await gateway_redis.flush()
    async with open_product(tmp_path, gateway_redis, barber=OPEN, studio=OPEN) as product:
        yield product


async def ask(product: WholeProduct, path: str, body: Any = None, **more: Any) -> tuple[int, Any, dict[str, str]]:
    """A request of the page of `barber` (or of another `shop`)."""
    slug = more.pop("shop", "barber")
    headers = {"Origin": ORIGIN, **more.pop("headers", {})}
    if token := more.pop("token", None):
        headers["Hold-Token"] = token
    if key := more.pop("key", None):
        headers["Idempotency-Key"] = key
    if body is not None:
        more |= {"method": "POST", "json": body}
    return await product.get(f"/api/{slug}{path}", headers=headers, **more)


def tomorrow(days: int = 1) -> str:
    return (date.today() + timedelta(days=days)).isoformat()  # noqa: DTZ011  any day ahead will do


async def slots(product: WholeProduct, **more: Any) -> list[Any]:
    asked = f"/slots?service_id=1&from={tomorrow()}&to={tomorrow(2)}&limit=20"
    status, body, _ = await ask(product, asked, **more)
    assert status == 200, body
    return list(body["slots"])


async def hold(product: WholeProduct, number: int = 0, **more: Any) -> Any:
    service = (await ask(product, "/services", shop=more.get("shop", "barber")))[1]["items"][0]["id"]
    asked = f"/slots?service_id={service}&from={tomorrow()}&to={tomorrow(2)}&limit=9"
    start = (await ask(product, asked, shop=more.get("shop", "barber")))[1]["slots"][number]["start"]
    body = {"service_ids": [service], "start": start, "hold": True}
    status, answer, _ = await ask(product, "/bookings", body, key=str(uuid4()), **more)
    assert status == 201, answer
    return answer


def said(product: WholeProduct, person: int = PERSON) -> list[Any]:
    chat = product.sandbox.chat(product.bot("barber"), person)
    return [message for message in chat.messages.values() if message.out and not message.deleted]


async def heard(product: WholeProduct, words: str, person: int = PERSON) -> Any:
    """The bot's message with these words, once it is there."""
    return await until(lambda: next((one for one in said(product, person) if words in str(one.content)), None))


async def test_a_visitor_looks_holds_and_confirms_in_telegram(product: WholeProduct) -> None:
    for path in ("/tenant", "/services", "/specialists", "/services/1", "/specialists/1"):
        status, body, headers = await ask(product, path)
        assert status == 200, path
        assert not re.search(r"room|buffer|has_account|checklist|tg_id|note\b", str(body)), (path, body)
        assert headers["access-control-allow-origin"] == ORIGIN
    days = (await ask(product, f"/days?service_id=1&from={tomorrow()}&to={tomorrow(2)}"))[1]
    assert days["first"] == tomorrow()
    start = (await slots(product))[0]["start"]
    body, key = {"service_ids": [1], "start": start, "hold": True}, str(uuid4())
    status, held, headers = await ask(product, "/bookings", body, key=key)
    assert status == 201, held
    assert headers["ratelimit-policy"] == '"client";q=60;w=60, "booking";q=20;w=600'
    assert headers["ratelimit"].startswith('"client";r=')
    assert '"booking";r=9' in headers["ratelimit"]
    assert headers["access-control-allow-origin"] == ORIGIN
    assert headers["cache-control"] == "no-store"
    assert "Idempotent-Replayed" in headers["access-control-expose-headers"]
    again = await ask(product, "/bookings", body, key=key)
    assert (again[0], again[1], again[2]["idempotent-replayed"]) == (201, held, "true")
    assert start not in [one["start"] for one in await slots(product)]
    # the link leads to the bot that is this business's
    bot = product.bot("barber")
    link = f"https://t.me/{bot.username}?start="
    assert held["link"].startswith(link)
    people.send_text(product.sandbox, bot, PERSON, f"/start {held['link'].removeprefix(link)}")
    card = await heard(product, "Held for you")
    assert (await ask(product, f"/bookings/{held['id']}", token=held["token"]))[1]["taken_over"] is True
    people.press_button(product.sandbox, bot, PERSON, card.id, label="Confirm")
    await heard(product, "You're booked")
    status, now, _ = await ask(product, f"/bookings/{held['id']}", token=held["token"])
    assert (status, now["status"]) == (200, "confirmed")
    assert "Alex" not in str(now)


async def test_a_known_person_confirms_with_the_code_that_the_bot_sends(product: WholeProduct) -> None:
    bot = product.bot("barber")
    people.send_text(product.sandbox, bot, PERSON, "/start")
    await heard(product, "What would you like")
    people.share_contact(product.sandbox, bot, PERSON, None)
    await heard(product, "Thank")
    phone = bot.people[PERSON].phone
    held = await hold(product)
    path = f"/bookings/{held['id']}"
    unknown = await ask(product, f"{path}/code", {"phone": "+44 20 7946 0000"}, token=held["token"], key="a")
    known = await ask(product, f"{path}/code", {"phone": f"+{phone.lstrip('+')}"}, token=held["token"], key="b")
    assert unknown[0] == known[0] == 202
    link = "https://t.me/barber_bot?start=code"
    for _, answer, _ in (unknown, known):
        assert answer == {"digits": 6, "good_until": answer["good_until"], "link": link}
        assert answer["good_until"] > held["hold_until"]
    message = await heard(product, "Your code")
    code = re.search(r"\b(\d{6})\b", str(message.content["text"]))
    assert code is not None
    assert (await ask(product, f"{path}/confirm", {"code": code[1]}, token="wrong"))[0] == 404
    status, body, headers = await ask(product, f"{path}/confirm", {"code": code[1]}, token=held["token"], key="c")
    assert (status, body["status"]) == (200, "confirmed"), body
    again = await ask(product, f"{path}/confirm", {"code": code[1]}, token=held["token"], key="c")
    assert (again[1], again[2]["idempotent-replayed"]) == (body, "true")
    await heard(product, "booked")
    assert "client" not in headers


async def test_one_business_knows_nothing_of_anothers_holds(product: WholeProduct) -> None:
    held = await hold(product)
    for path, body in (
        ("", None),
        ("/cancel", {}),
        ("/code", {"phone": "+44 20 7946 0000"}),
        ("/confirm", {"code": "123456"}),
    ):
        at = f"/bookings/{held['id']}{path}"
        foreign = await ask(product, at, body, shop="studio", token=held["token"])
        missing = await ask(product, f"/bookings/99999{path}", body, shop="studio", token=held["token"])
        assert (foreign[0], foreign[1]) == (404, missing[1]), path
        nobody = await ask(product, at, body)
        assert (nobody[0], nobody[1]) == (404, missing[1]), path
    bot = product.bot("studio")
    people.send_text(product.sandbox, bot, PERSON, f"/start h_{held['token']}")
    chat = product.sandbox.chat(bot, PERSON)
    await until(lambda: any("does not work" in str(one.content) for one in chat.messages.values()))
    assert (await ask(product, f"/bookings/{held['id']}", token=held["token"]))[1]["taken_over"] is False
    status, body, _ = await ask(product, f"/bookings/{held['id']}/cancel", {}, token=held["token"])
    assert (status, body["status"]) == (200, "expired")


async def test_what_a_visitor_may_not_do_or_say(product: WholeProduct) -> None:
    start = (await slots(product))[0]["start"]
    good = {"service_ids": [1], "start": start, "hold": True}
    for extra in ({"client_id": 1}, {"force": True}, {"tenant": "studio"}, {"role": "admin"}, {"hold": False}):
        status, body, _ = await ask(product, "/bookings", {**good, **extra}, key=str(uuid4()))
        assert (status, body["code"]) == (400, "invalid"), extra
    for key in (None, "1", "x" * 40, "é" * 20):
        assert (await ask(product, "/bookings", good, key=key))[0] == 400, key
    # a person's name on the request makes nobody of a visitor
    spoofed = {"X-Tg-Id": "1003", "X-Client-Type": "internal", "X-Tenant": "studio", "Authorization": "Bearer x"}
    status, body, _ = await ask(product, "/bookings", good, key=str(uuid4()), headers=spoofed)
    assert status == 201
    assert "token" in body
    large = await ask(product, "/bookings", {**good, "comment": "x" * 70_000}, key=str(uuid4()), shop="studio")
    assert large[0] == 413
    text = await product.get(
        "/api/studio/bookings",
        method="POST",
        data="{}",
        headers={"Content-Type": "text/plain", "Idempotency-Key": str(uuid4())},
    )
    assert text[0] == 415
    for raw in (
        b"[" * 30_000,
        b"\xff",
        b'{"service_ids":[1],"start":1e999}',
        b'{"service_ids":[99999999999999999999]}',
    ):
        headers = {"Content-Type": "application/json", "Idempotency-Key": str(uuid4())}
        assert (await product.get("/api/barber/services", method="POST", data=raw, headers=headers))[0] == 405
        status, body, _ = await product.get(
            f"/api/barber/bookings/{body.get('id', 1)}/confirm", method="POST", data=raw, headers=headers
        )
        assert status == 400, raw[:20]
        assert body["code"] == "invalid"


async def test_a_page_elsewhere_gets_no_leave(product: WholeProduct) -> None:
    for path, methods in (("/bookings", "POST"), ("/bookings/1", "GET"), ("/bookings/1/code", "POST")):
        asked = {"Access-Control-Request-Method": methods, "Access-Control-Request-Headers": "hold-token"}
        status, _, headers = await ask(product, path, method="OPTIONS", headers=asked)
        assert (status, headers["access-control-allow-methods"]) == (204, methods)
        assert "Hold-Token" in headers["access-control-allow-headers"]
        assert headers["access-control-allow-origin"] == ORIGIN
        for origin in ("https://evil.example", "null", f"{ORIGIN}.evil.example", ORIGIN.upper()):
            _, _, headers = await ask(product, path, method="OPTIONS", headers={"Origin": origin})
            assert "access-control-allow-origin" not in headers, origin


async def test_holds_have_a_rate_of_their_own(product: WholeProduct) -> None:
    starts = [one["start"] for one in await slots(product)]
    replies = []
    for start in starts[:12]:
        body = {"service_ids": [1], "start": start}
        replies.append(await ask(product, "/bookings", body, key=str(uuid4())))
    # what visitors may hold of a day is less than what an address may ask for
    assert [status for status, _, _ in replies[10:]] == [429] * 2
    assert {status for status, _, _ in replies[:10]} == {201, 409}
    refused = replies[-1][2]
    assert 20 <= int(refused["retry-after"]) <= 30
    assert '"booking";r=0' in refused["ratelimit"]
    assert replies[-1][1]["code"] == "rate_limited"
    # looking goes on, in this business and in the other
    assert await slots(product)
    await hold(product, shop="studio")


async def test_an_address_asks_for_so_many_codes_a_day(product: WholeProduct, gateway_redis: OwnRedis) -> None:
    path, token = "/bookings/1/code", "x" * 22
    for number in range(policy.CODES_A_DAY.burst + 1):
        if number % policy.CODES.burst == 0:
            # a quarter of an hour passes: the day's count stays
            async with open_link(gateway_redis.url) as link:
                await link.call(b"DEL", b"rate:{barber}:public-6-900:127.0.0.1", b"rate:{barber}:public:127.0.0.1")
        status, _, headers = await ask(product, path, {"phone": "+44 20 7946 0000"}, token=token)
        assert status == (404 if number < policy.CODES_A_DAY.burst else 429)
    assert '"booking-day";r=0' in headers["ratelimit"]
    assert int(headers["retry-after"]) > policy.CODES.period_s


async def test_without_redis_holds_go_on_and_codes_wait(tmp_path: Path, own_redis: OwnRedis) -> None:
    async with open_product(tmp_path, own_redis, barber=OPEN) as product:
        held = await hold(product)
        await own_redis.running.stop()
        answer = await ask(product, f"/bookings/{held['id']}/code", {"phone": "+44 20 7946 0000"}, token=held["token"])
        assert (answer[0], answer[1]["code"]) == (503, "unavailable")
        assert int(answer[2]["retry-after"]) >= 1
        assert (await ask(product, f"/bookings/{held['id']}", token=held["token"]))[0] == 200
        people.send_text(product.sandbox, product.bot("barber"), PERSON, f"/start h_{held['token']}")
        await heard(product, "Held for you")


@pytest.mark.skipif(shutil.which("curl") is None, reason="the README's examples need curl")
async def test_the_examples_of_the_readme(product: WholeProduct) -> None:
    section = README.read_text().partition("## A booking form on your site")[2]
    script = re.search(r"```sh\n(.*?)```", section, re.DOTALL)
    assert script is not None
    lines = script[1].replace("\\\n", " ").splitlines()
    known = {"api": f"{product.url}/api/barber", "day": tomorrow(), "PATH": os.environ["PATH"]}
    outs = []
    for line in lines:
        if not line.startswith("curl"):
            continue
        run = await asyncio.create_subprocess_shell(line, stdout=asyncio.subprocess.PIPE, env=known)
        out = (await run.communicate())[0].decode()
        outs.append(out)
        assert run.returncode == 0, line
        for name, pattern in (
            ("start", r'"start":"([^"]+)"'),
            ("id", r'\A{"id":(\d+)'),
            ("token", r'"token":"([^"]+)"'),
        ):
            if found := re.search(pattern, out):
                known[name] = found[1]
    assert len(outs) == 6
    assert '"status":"held"' in outs[2]
    assert '"taken_over":false' in outs[3]
    assert '"digits":6' in outs[4]
    assert '"code":"bad_code"' in outs[5]
