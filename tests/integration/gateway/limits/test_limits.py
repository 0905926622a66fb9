"""Rates as people see them: notified once, in their language; payments pass; a replay is not rated."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from backend.contract.people import Person
from gateway.limits.rate import Rate
from gateway.tenants.file import RateLimits
from gateway.tenants.snapshot import TenantSnapshot
from gateway.updates.replay import Replay
from tests.support.gateway_worker import PERSON, make_snapshot, message, press
from tests.support.own_redis import OwnRedis
from tests.support.waiting import until


def strict(**changes: Any) -> TenantSnapshot:
    """Return a tenant with one update an hour per person, and two an hour in all."""
    return make_snapshot(rate_limits=RateLimits(Rate(1, 3600, 1), Rate(2, 3600, 2), Rate(60, 60, 60)), **changes)


def paid(update_id: int) -> dict[str, Any]:
    update = message(update_id)
    del update["message"]["text"]
    update["message"]["successful_payment"] = {"currency": "EUR", "total_amount": 100, "invoice_payload": "x"}
    return update


def asked_to_pay(update_id: int) -> dict[str, Any]:
    user = message(update_id)["message"]["from"]
    return {"update_id": update_id, "pre_checkout_query": {"id": "p", "from": user, "currency": "EUR"}}


def left(update_id: int) -> dict[str, Any]:
    chat_and_user = message(update_id)["message"]
    return {
        "update_id": update_id,
        "my_chat_member": {"chat": chat_and_user["chat"], "from": chat_and_user["from"], "date": 1},
    }


@pytest.mark.parametrize("without_redis", [False, True])
async def test_payments_and_membership_are_never_dropped(
    start_worker: Callable[..., Any], own_redis: OwnRedis, without_redis: bool
) -> None:
    worker, shop = await start_worker(own_redis.url), strict()
    await worker.cache_person(shop)
    if without_redis:
        await worker.link.close()

        async def identify(*_: Any) -> Person:
            return Person(id=1, tg_id=PERSON, roles=["client"], locale="en", name="Alex")

        worker.identities.identify = identify
    assert (await worker.process(shop, message(1))).outcome == "done"
    assert (await worker.process(shop, message(2))).outcome == "person_limited"
    for n, update in enumerate((paid, asked_to_pay, left), start=10):
        for again in range(5):
            assert (await worker.process(shop, update(n * 100 + again))).outcome == "done"
    assert len(worker.bot.seen) == 16


@pytest.mark.parametrize(("locale", "words"), [("en", "a bit fast"), ("ru", "Слишком быстро")])
async def test_too_fast_is_said_once_in_the_persons_language(
    start_worker: Callable[..., Any], locale: str, words: str
) -> None:
    worker, shop = await start_worker(), strict()
    await worker.cache_person(shop, locale=locale)
    await worker.process(shop, message(1))
    notified = await worker.process(shop, message(2))
    call = msgspec.json.decode(notified.body)
    assert (call["method"], call["chat_id"]) == ("sendMessage", PERSON)
    assert words in call["text"]
    for n in (3, 4):
        silent = await worker.process(shop, message(n))
        assert (silent.status, silent.outcome, silent.body) == (200, "person_limited", b"")
    # a press gets no text either, but its button stops spinning
    pressed = await worker.process(shop, press(5))
    assert (pressed.status, pressed.outcome) == (200, "person_limited")
    assert msgspec.json.decode(pressed.body) == {"method": "answerCallbackQuery", "callback_query_id": "q5"}


async def test_a_press_that_came_too_fast_is_answered_in_place(start_worker: Callable[..., Any]) -> None:
    worker, shop = await start_worker(), strict()
    await worker.cache_person(shop)
    await worker.process(shop, press(1))
    call = msgspec.json.decode((await worker.process(shop, press(2))).body)
    assert (call["method"], call["callback_query_id"]) == ("answerCallbackQuery", "q2")


async def test_a_quarantined_update_is_tried_again_past_claims_and_rates(
    start_worker: Callable[..., Any], tmp_path: Path
) -> None:
    worker, shop = await start_worker(), strict()
    await worker.cache_person(shop)

    def fails(*_: Any) -> None:
        raise UnicodeError("what somebody wrote")

    worker.bot.script = fails
    assert (await worker.process(shop, message(1))).outcome == "quarantined"
    replay = asyncio.create_task(Replay(worker.quarantine, {shop.slug: shop}, worker.pipeline).run())
    try:
        [quarantined] = worker.quarantine.read_all()
        assert "what somebody wrote" not in quarantined.error
        worker.quarantine.request_replay(quarantined)
        await until(lambda: worker.quarantine.contains(quarantined))
        assert worker.bot.seen == []
        worker.bot.script = None
        worker.quarantine.request_replay(quarantined)
        await until(lambda: worker.bot.seen == [1])
        await until(lambda: not worker.quarantine.is_pending(quarantined))
        assert worker.quarantine.read_all() == []
    finally:
        replay.cancel()
        await asyncio.gather(replay, return_exceptions=True)
