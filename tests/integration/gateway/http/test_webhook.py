"""The webhook's door: every row of the contract's table, in order, and nothing read before the secret is right."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from backend.kit.asgi import DRAIN_BYTES
from gateway.http.webhook import MAX_BODY, Webhook
from gateway.limits.rate import Rate
from gateway.observability.audit import write_shed_updates
from gateway.tenants.file import RateLimits
from gateway.tenants.snapshot import TenantSnapshot
from gateway.updates.fair_gate import FairGate, GateLimits
from tests.support.asgi import Reply, request
from tests.support.gateway_worker import PERSON, GatewayWorker, make_snapshot, message, press
from tests.support.own_redis import OwnRedis
from tests.support.waiting import until

FREE = Rate(10_000, 60, 10_000)


class Door:
    """A webhook handler in front of one worker's intake."""

    def __init__(self, worker: GatewayWorker, *shops: TenantSnapshot) -> None:
        self.worker = worker
        self.shop = shops[0]
        self.webhook = Webhook({shop.slug: shop for shop in shops}, worker.pipeline, worker.metrics)
        self.webhook.tenants_loaded = True

    async def post(
        self, update: Any = None, *, secret: bytes | None = None, slug: str | None = None, **more: Any
    ) -> Reply:
        headers = more.pop("headers", None)
        if headers is None:
            headers = [(b"content-type", b"application/json")]
        headers = [*headers, (b"x-telegram-bot-api-secret-token", self.shop.secret if secret is None else secret)]
        parts = more.pop("parts", [json.dumps(update).encode()])
        path = f"/tg/webhook/{self.shop.slug if slug is None else slug}"
        reply = await request(self.webhook, more.pop("method", "POST"), path, headers=headers, parts=parts, **more)
        await asyncio.sleep(0)  # the audit's lines leave at the end of the turn
        return reply


@pytest.fixture
async def door(start_worker: Callable[..., Any]) -> Door:
    door = Door(await start_worker(), make_snapshot(), make_snapshot(enabled=False), make_snapshot())
    await door.worker.cache_person(door.shop)
    return door


async def test_an_update_is_worked_on_and_answered_200(door: Door) -> None:
    reply = await door.post(message(1))
    assert (reply.status, reply.content) == (200, b"")
    assert door.worker.bot.seen == [1]
    assert door.worker.bot.people[0].tg_id == PERSON


async def test_a_method_in_the_answer_goes_back_as_json(door: Door) -> None:
    door.worker.bot.script = lambda *_: b'{"method":"answerCallbackQuery"}'
    reply = await door.post(press(1))
    assert reply.headers["content-type"] == "application/json"
    assert json.loads(reply.content) == {"method": "answerCallbackQuery"}


async def test_a_repeated_update_has_no_effect(door: Door) -> None:
    assert [(await door.post(message(1))).status for _ in range(5)] == [200] * 5
    assert door.worker.bot.seen == [1]


async def test_unknown_tenants_and_wrong_secrets_get_the_same_401_and_no_body_is_read(door: Door) -> None:
    others = list(door.webhook._tenants.values())
    replies = [
        await door.post(message(1), secret=b"wrong"),
        await door.post(message(1), secret=b""),
        await door.post(message(1), secret="пароль".encode()),
        await door.post(message(1), secret=b"\xff\xfe"),
        await door.post(message(1), secret=others[2].secret),
        await door.post(message(1), slug="nobody"),
        await door.post(message(1), slug=""),
        await door.post(message(1), slug="../" + door.shop.slug),
        await door.post(message(1), slug=others[1].slug, secret=b"wrong"),
        # twice, once right: which of the two would an intermediary have looked at?
        await door.post(message(1), headers=[(b"x-telegram-bot-api-secret-token", door.shop.secret)]),
    ]
    assert {reply.status for reply in replies} == {401}
    assert len({reply.content for reply in replies}) == 1
    assert sum(reply.read for reply in replies) == 0
    assert not door.worker.bot.seen


async def test_a_disabled_tenant_answers_410_but_only_to_its_own_secret(door: Door) -> None:
    off = list(door.webhook._tenants.values())[1]
    reply = await door.post(message(1), slug=off.slug, secret=off.secret)
    assert (reply.status, reply.read) == (410, 0)


@pytest.mark.parametrize(
    "kind", [b"text/plain", b"", b"application/jsonp", b"application/x-www-form-urlencoded", b"\xff"]
)
async def test_what_is_not_json_is_415(door: Door, kind: bytes) -> None:
    reply = await door.post(message(1), headers=[(b"content-type", kind)])
    assert (reply.status, reply.read) == (415, 0)


async def test_json_with_a_charset_is_json(door: Door) -> None:
    reply = await door.post(message(1), headers=[(b"content-type", b"Application/JSON; charset=utf-8")])
    assert reply.status == 200


async def test_too_large_by_its_own_word_is_413_and_never_looked_at(door: Door) -> None:
    for length in (str(MAX_BODY + 1).encode(), b"9" * 30, b"-1", b"x"):
        headers = [(b"content-type", b"application/json"), (b"content-length", length)]
        reply = await door.post(message(1), headers=headers)
        assert (reply.status, reply.headers["connection"]) == (413, "close")
    assert not door.worker.bot.seen


async def test_chunks_without_end_are_413_and_no_longer_read(door: Door) -> None:
    reply = await door.post(parts=[b" " * 65_536], endless=True)
    assert reply.status == 413
    assert reply.read <= (MAX_BODY + DRAIN_BYTES) // 65_536 + 1


async def test_exactly_one_mebibyte_is_read(door: Door) -> None:
    body = json.dumps(message(1)).encode()
    reply = await door.post(parts=[body + b" " * (MAX_BODY - len(body))])
    assert reply.status == 200


async def test_a_slow_sender_is_closed(door: Door) -> None:
    door.webhook.read_timeout.seconds = 0.05
    reply = await door.post(parts=[b'{"update_id":', b"1}"], stalls=True)
    assert (reply.status, reply.headers["connection"]) == (408, "close")


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"[]", b"[" * 500_000, b'{"update_id":1,"x":"\xff"}', b'{"update_id":9223372036854775808}']
)
async def test_what_is_no_update_is_400(door: Door, body: bytes) -> None:
    reply = await door.post(parts=[body])
    assert reply.status == 400
    assert msgspec.json.decode(reply.content)["code"] == "invalid"


async def test_other_methods_are_405(door: Door) -> None:
    for method in ("GET", "PUT", "DELETE", "HEAD"):
        reply = await door.post(message(1), method=method)
        assert (reply.status, reply.headers["allow"]) == (405, "POST")


async def test_groups_and_edits_are_ignored_and_nobody_is_named(door: Door, capsys: pytest.CaptureFixture[str]) -> None:
    group = message(1)
    group["message"]["chat"] = {"id": -100987654, "type": "group", "title": "Neighbours"}
    edited = message(2)
    edited["edited_message"] = edited.pop("message")
    capsys.readouterr()
    assert [(await door.post(update)).status for update in (group, edited)] == [200, 200]
    assert not door.worker.bot.seen
    log = capsys.readouterr().err
    assert '"outcome":"ignored"' in log
    assert "1001" not in log
    assert "987654" not in log


async def test_a_command_in_a_group_is_answered_and_nobody_is_named(
    door: Door, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = message(1, text="/start")
    asked["message"]["chat"] = {"id": -100987654, "type": "supergroup", "title": "Neighbours"}
    by_bot = message(2, text="/start")
    by_bot["message"] |= {"chat": asked["message"]["chat"], "from": {"id": 5, "is_bot": True, "first_name": "B"}}
    chat = message(3, text="see you at eight")
    chat["message"]["chat"] = asked["message"]["chat"]
    capsys.readouterr()
    replies = [await door.post(update) for update in (asked, by_bot, chat)]
    assert [reply.status for reply in replies] == [200, 200, 200]
    assert [bool(reply.content) for reply in replies] == [True, False, False]
    assert not door.worker.bot.seen
    assert door.worker.bot.groups == [-100987654]
    log = capsys.readouterr().err
    assert "1001" not in log
    assert "987654" not in log


async def test_the_audit_tells_who_and_how_it_ended_and_no_text(door: Door, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    await door.post(message(1, text="my secret diagnosis"))
    lines = capsys.readouterr().err.splitlines()
    line = msgspec.json.decode(lines[-1])
    assert (line["tenant"], line["tg_id"], line["update_id"]) == (door.shop.slug, PERSON, 1)
    assert (line["outcome"], line["kind"], line["from"]) == ("done", "message", "203.0.113.9")
    assert "diagnosis" not in lines[-1]
    assert "Alex" not in lines[-1]


async def test_over_the_tenants_limit_is_429_with_a_time(start_worker: Callable[..., Any]) -> None:
    door = Door(await start_worker(), make_snapshot(rate_limits=RateLimits(FREE, Rate(1, 60, 1))))
    await door.worker.cache_person(door.shop)
    assert (await door.post(message(1))).status == 200
    reply = await door.post(message(2))
    assert (reply.status, reply.headers["retry-after"]) == (429, "60")
    assert (await door.post({"update_id": 3, "my_chat_member": message(3)["message"]})).status == 200


@pytest.mark.parametrize(("locale", "words"), [("en", "a bit fast"), ("ru", "быстро")])
async def test_over_the_persons_limit_is_dropped_and_told_once_in_their_language(
    start_worker: Callable[..., Any], locale: str, words: str
) -> None:
    door = Door(await start_worker(), make_snapshot(rate_limits=RateLimits(Rate(1, 60, 2), FREE)))
    await door.worker.cache_person(door.shop, locale=locale)
    replies = [await door.post(message(n)) for n in range(6)]
    assert [reply.status for reply in replies] == [200] * 6
    assert door.worker.bot.seen == [0, 1]
    told = [json.loads(reply.content) for reply in replies if reply.content]
    assert len(told) == 1
    assert (told[0]["method"], told[0]["chat_id"]) == ("sendMessage", PERSON)
    assert words in told[0]["text"]


async def test_a_press_over_the_limit_is_answered_as_a_press(start_worker: Callable[..., Any]) -> None:
    door = Door(await start_worker(), make_snapshot(rate_limits=RateLimits(Rate(1, 60, 1), FREE)))
    await door.worker.cache_person(door.shop)
    await door.post(message(1))
    told = json.loads((await door.post(press(2))).content)
    assert (told["method"], told["callback_query_id"]) == ("answerCallbackQuery", "q2")


async def test_while_loading_everything_is_told_to_come_again(start_worker: Callable[..., Any]) -> None:
    door = Door(await start_worker(), make_snapshot())
    door.webhook.tenants_loaded = False
    reply = await door.post(message(1), slug="not-read-yet")
    assert (reply.status, reply.headers["retry-after"]) == (503, "2")
    door.worker.pipeline.bot = None
    assert (await door.post(message(1))).status == 503


async def test_a_slow_business_meets_its_own_limits_and_others_pass(door: Door) -> None:
    slow, other, go = door.shop, list(door.webhook._tenants.values())[2], asyncio.Event()
    hanging = []
    limits = GateLimits(working_per_tenant=2, working=4, inside_per_tenant=3, wait_s=0.2, slow_s=0.02)
    door.worker.pipeline.gate = FairGate(limits)
    await door.worker.cache_person(other)

    async def hang(context: Any, _: Any) -> None:
        if context.tenant.slug == slow.slug:
            hanging.append(context)
            await go.wait()

    door.worker.bot.script = hang
    for n in range(4):
        await door.worker.cache_person(slow, 5000 + n)
    stuck = [asyncio.create_task(door.post(message(n, 5000 + n))) for n in range(3)]
    await until(lambda: len(hanging) == 3)
    over = await door.post(message(3, 5003))
    assert (over.status, over.content) == (503, b"")
    assert int(over.headers["retry-after"]) > 0
    reply = await asyncio.wait_for(door.post(message(1), slug=other.slug, secret=other.secret), 20)
    assert reply.status == 200
    go.set()
    assert {reply.status for reply in await asyncio.gather(*stuck)} == {200}
    # what was sent away comes again, and is then done
    assert (await door.post(message(3, 5003))).status == 200
    assert 'slotgate_updates_total{outcome="overloaded"} 1.0' in door.worker.metrics.render().decode()


async def test_what_waits_at_the_door_is_worked_on_in_order_and_none_is_refused(door: Door) -> None:
    door.worker.pipeline.gate = FairGate(GateLimits(working_per_tenant=1, working=1))
    people = range(6000, 6040)
    for person in people:
        await door.worker.cache_person(door.shop, person)
    replies = await asyncio.gather(*(door.post(message(person, person)) for person in people))
    assert {reply.status for reply in replies} == {200}
    assert door.worker.bot.seen == list(people)


async def test_a_body_is_not_read_before_there_is_a_place(door: Door) -> None:
    door.worker.pipeline.gate = FairGate(GateLimits(working_per_tenant=1, working=1, wait_s=0.05))
    product = await door.worker.pipeline.gate.enter(door.shop.slug)
    reply = await door.post(message(1))
    assert reply.status == 503
    assert reply.read == 0
    product.leave()


async def test_a_drain_answers_those_who_wait_at_the_door_at_once(door: Door) -> None:
    door.worker.pipeline.gate = FairGate(GateLimits(working_per_tenant=1, working=1, wait_s=60))
    product = await door.worker.pipeline.gate.enter(door.shop.slug)
    waiting = asyncio.create_task(door.post(message(1)))
    await until(lambda: door.worker.pipeline.gate.waiting == 1)
    await door.worker.pipeline.drain(1)
    assert (await asyncio.wait_for(waiting, 5)).status == 503
    assert 'slotgate_updates_total{outcome="draining"} 1.0' in door.worker.metrics.render().decode()
    product.leave()


async def test_a_business_over_its_rate_is_refused_without_redis_but_for_payments_and_repetitions(
    start_worker: Callable[..., Any], own_redis: OwnRedis, capsys: pytest.CaptureFixture[str]
) -> None:
    shop = make_snapshot(rate_limits=RateLimits(FREE, Rate(1, 60, 2)))
    door = Door(await start_worker(own_redis.url), shop)
    for person in (PERSON, 77):
        await door.worker.cache_person(shop, person)

    def fail(*_: Any) -> None:
        raise ValueError

    door.worker.bot.script = fail
    assert (await door.post(message(1))).status == 503
    door.worker.bot.script = None
    assert [(await door.post(message(n))).status for n in (2, 3)] == [200, 429]
    own_redis.freeze()  # a question would now wait, and then be admitted: Redis being away fails open
    flood = [await door.post(message(n, 77)) for n in range(10, 60)]
    own_redis.thaw()
    assert {reply.status for reply in flood} == {429}
    assert {int(reply.headers["retry-after"]) > 0 for reply in flood} == {True}
    # a failed update was admitted before, and a payment cannot wait
    assert (await door.post(message(1))).status == 200
    query = {
        "id": "q",
        "from": message(1)["message"]["from"],
        "currency": "RUB",
        "total_amount": 1,
        "invoice_payload": "x",
    }
    assert (await door.post({"update_id": 90, "pre_checkout_query": query})).status == 200
    assert door.worker.bot.seen == [2, 1, 90]
    capsys.readouterr()
    write_shed_updates()
    await asyncio.sleep(0)
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [(line["event"], line["outcome"], line["count"]) for line in lines if line["tenant"] == shop.slug] == [
        ("updates_shed", "tenant_limited", 50)
    ]
