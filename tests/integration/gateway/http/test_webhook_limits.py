"""The webhook under load: rates, the gate, and being started or stopped."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest

from gateway.limits.rate import Rate
from gateway.observability.audit import write_shed_updates
from gateway.tenants.file import RateLimits
from gateway.updates.fair_gate import FairGate, GateLimits
from tests.support.gateway_worker import PERSON, make_snapshot, message, press
from tests.support.own_redis import HANG_S, OwnRedis
from tests.support.waiting import until
from tests.support.webhook_client import WebhookClient

FREE = Rate(10_000, 60, 10_000)


async def test_over_the_tenants_limit_is_429_with_a_time(start_worker: Callable[..., Any]) -> None:
    client = WebhookClient(await start_worker(), make_snapshot(rate_limits=RateLimits(FREE, Rate(1, 60, 1))))
    await client.worker.cache_person(client.shop)
    assert (await client.post(message(1))).status == 200
    reply = await client.post(message(2))
    assert (reply.status, reply.headers["retry-after"]) == (429, "60")
    assert (await client.post({"update_id": 3, "my_chat_member": message(3)["message"]})).status == 200


@pytest.mark.parametrize(("locale", "words"), [("en", "a bit fast"), ("ru", "быстро")])
async def test_over_the_persons_limit_is_dropped_and_told_once_in_their_language(
    start_worker: Callable[..., Any], locale: str, words: str
) -> None:
    client = WebhookClient(await start_worker(), make_snapshot(rate_limits=RateLimits(Rate(1, 60, 2), FREE)))
    await client.worker.cache_person(client.shop, locale=locale)
    replies = [await client.post(message(n)) for n in range(6)]
    assert [reply.status for reply in replies] == [200] * 6
    assert client.worker.bot.seen == [0, 1]
    told = [json.loads(reply.content) for reply in replies if reply.content]
    assert len(told) == 1
    assert (told[0]["method"], told[0]["chat_id"]) == ("sendMessage", PERSON)
    assert words in told[0]["text"]


async def test_a_press_over_the_limit_is_answered_as_a_press(start_worker: Callable[..., Any]) -> None:
    client = WebhookClient(await start_worker(), make_snapshot(rate_limits=RateLimits(Rate(1, 60, 1), FREE)))
    await client.worker.cache_person(client.shop)
    await client.post(message(1))
    told = json.loads((await client.post(press(2))).content)
    assert (told["method"], told["callback_query_id"]) == ("answerCallbackQuery", "q2")


async def test_while_loading_everything_is_told_to_come_again(start_worker: Callable[..., Any]) -> None:
    client = WebhookClient(await start_worker(), make_snapshot())
    client.webhook.tenants_loaded = False
    reply = await client.post(message(1), slug="not-read-yet")
    assert (reply.status, reply.headers["retry-after"]) == (503, "2")
    client.worker.pipeline.bot = None
    assert (await client.post(message(1))).status == 503


async def test_a_slow_business_meets_its_own_limits_and_others_pass(client: WebhookClient) -> None:
    slow, other, go = client.shop, list(client.webhook._tenants.values())[2], asyncio.Event()
    hanging = []
    limits = GateLimits(working_per_tenant=2, working=4, inside_per_tenant=3, wait_s=0.2, slow_s=0.02)
    client.worker.pipeline.gate = FairGate(limits)
    await client.worker.cache_person(other)

    async def hang(context: Any, _: Any) -> None:
        if context.tenant.slug == slow.slug:
            hanging.append(context)
            await go.wait()

    client.worker.bot.script = hang
    for n in range(4):
        await client.worker.cache_person(slow, 5000 + n)
    stuck = [asyncio.create_task(client.post(message(n, 5000 + n))) for n in range(3)]
    await until(lambda: len(hanging) == 3)
    over = await client.post(message(3, 5003))
    assert (over.status, over.content) == (503, b"")
    assert int(over.headers["retry-after"]) > 0
    reply = await asyncio.wait_for(client.post(message(1), slug=other.slug, secret=other.secret), 20)
    assert reply.status == 200
    go.set()
    assert {reply.status for reply in await asyncio.gather(*stuck)} == {200}
    # what was sent away comes again, and is then done
    assert (await client.post(message(3, 5003))).status == 200
    assert 'slotgate_updates_total{outcome="overloaded"} 1.0' in client.worker.metrics.render().decode()


async def test_what_waits_at_the_door_is_worked_on_in_order_and_none_is_refused(client: WebhookClient) -> None:
    client.worker.pipeline.gate = FairGate(GateLimits(working_per_tenant=1, working=1))
    people = range(6000, 6040)
    for person in people:
        await client.worker.cache_person(client.shop, person)
    replies = await asyncio.gather(*(client.post(message(person, person)) for person in people))
    assert {reply.status for reply in replies} == {200}
    assert client.worker.bot.seen == list(people)


async def test_a_body_is_not_read_before_there_is_a_place(client: WebhookClient) -> None:
    client.worker.pipeline.gate = FairGate(GateLimits(working_per_tenant=1, working=1, wait_s=0.05))
    product = await client.worker.pipeline.gate.enter(client.shop.slug)
    reply = await client.post(message(1))
    assert reply.status == 503
    assert reply.read == 0
    product.leave()


async def test_a_drain_answers_those_who_wait_at_the_door_at_once(client: WebhookClient) -> None:
    client.worker.pipeline.gate = FairGate(GateLimits(working_per_tenant=1, working=1, wait_s=60))
    product = await client.worker.pipeline.gate.enter(client.shop.slug)
    waiting = asyncio.create_task(client.post(message(1)))
    await until(lambda: client.worker.pipeline.gate.waiting == 1)
    await client.worker.pipeline.drain(1)
    assert (await asyncio.wait_for(waiting, 5)).status == 503
    assert 'slotgate_updates_total{outcome="draining"} 1.0' in client.worker.metrics.render().decode()
    product.leave()


async def test_a_business_over_its_rate_is_refused_without_redis_but_for_payments_and_repetitions(
    start_worker: Callable[..., Any], own_redis: OwnRedis, capsys: pytest.CaptureFixture[str]
) -> None:
    shop = make_snapshot(rate_limits=RateLimits(FREE, Rate(1, 60, 2)))
    client = WebhookClient(await start_worker(own_redis.url, redis_timeout_s=HANG_S), shop)
    for person in (PERSON, 77):
        await client.worker.cache_person(shop, person)

    def fail(*_: Any) -> None:
        raise ValueError

    client.worker.bot.script = fail
    assert (await client.post(message(1))).status == 503
    client.worker.bot.script = None
    assert [(await client.post(message(n))).status for n in (2, 3)] == [200, 429]
    own_redis.freeze()  # a question would now wait, and then be admitted: Redis being away fails open
    flood = await asyncio.gather(*(client.post(message(n, 77)) for n in range(10, 60)))
    own_redis.thaw()
    assert {reply.status for reply in flood} == {429}
    assert {int(reply.headers["retry-after"]) > 0 for reply in flood} == {True}
    # a failed update was admitted before, and a payment cannot wait
    assert (await client.post(message(1))).status == 200
    query = {
        "id": "q",
        "from": message(1)["message"]["from"],
        "currency": "RUB",
        "total_amount": 1,
        "invoice_payload": "x",
    }
    assert (await client.post({"update_id": 90, "pre_checkout_query": query})).status == 200
    assert client.worker.bot.seen == [2, 1, 90]
    capsys.readouterr()
    write_shed_updates()
    await asyncio.sleep(0)
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [(line["event"], line["outcome"], line["count"]) for line in lines if line["tenant"] == shop.slug] == [
        ("updates_shed", "tenant_limited", 50)
    ]


async def test_a_refusal_for_the_rate_waits_so_that_repeating_it_at_once_is_no_use(
    start_worker: Callable[..., Any],
) -> None:
    shop = make_snapshot(rate_limits=RateLimits(FREE, Rate(1, 60, 1)))
    client = WebhookClient(await start_worker(), shop, other := make_snapshot())
    client.webhook.refusal_pause_s = 60.0
    for tenant in (shop, other):
        await client.worker.cache_person(tenant)
    # the first refusal comes from Redis, and at once
    assert [(await client.post(message(n))).status for n in (1, 2)] == [200, 429]
    repeated = [asyncio.create_task(client.post(message(2))) for _ in range(20)]
    assert (await client.post(message(1), slug=other.slug, secret=other.secret)).status == 200
    assert not any(task.done() for task in repeated)
    assert client.worker.pipeline.gate.inside == 0
    for task in repeated:
        task.cancel()
    await asyncio.gather(*repeated, return_exceptions=True)
