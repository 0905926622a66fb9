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
from tests.support.gateway_rig import PERSON, OwnRedis, make_snapshot, message, press
from tests.support.gateway_town import until


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
    rigs: Callable[..., Any], own_redis: OwnRedis, without_redis: bool
) -> None:
    rig, shop = await rigs(own_redis.url), strict()
    await rig.cache_person(shop)
    if without_redis:
        await rig.link.close()

        async def identify(*_: Any) -> Person:
            return Person(id=1, tg_id=PERSON, roles=["client"], locale="en", name="Alex")

        rig.identities.identify = identify
    assert (await rig.process(shop, message(1))).outcome == "done"
    assert (await rig.process(shop, message(2))).outcome == "person_limited"
    for n, update in enumerate((paid, asked_to_pay, left), start=10):
        for again in range(5):
            assert (await rig.process(shop, update(n * 100 + again))).outcome == "done"
    assert len(rig.bot.seen) == 16


@pytest.mark.parametrize(("locale", "words"), [("en", "a bit fast"), ("ru", "Слишком быстро")])
async def test_too_fast_is_said_once_in_the_persons_language(rigs: Callable[..., Any], locale: str, words: str) -> None:
    rig, shop = await rigs(), strict()
    await rig.cache_person(shop, locale=locale)
    await rig.process(shop, message(1))
    notified = await rig.process(shop, message(2))
    call = msgspec.json.decode(notified.body)
    assert (call["method"], call["chat_id"]) == ("sendMessage", PERSON)
    assert words in call["text"]
    for n in (3, 4):
        silent = await rig.process(shop, message(n))
        assert (silent.status, silent.outcome, silent.body) == (200, "person_limited", b"")
    # a press gets no text either, but its button stops spinning
    pressed = await rig.process(shop, press(5))
    assert (pressed.status, pressed.outcome) == (200, "person_limited")
    assert msgspec.json.decode(pressed.body) == {"method": "answerCallbackQuery", "callback_query_id": "q5"}


async def test_a_press_that_came_too_fast_is_answered_in_place(rigs: Callable[..., Any]) -> None:
    rig, shop = await rigs(), strict()
    await rig.cache_person(shop)
    await rig.process(shop, press(1))
    call = msgspec.json.decode((await rig.process(shop, press(2))).body)
    assert (call["method"], call["callback_query_id"]) == ("answerCallbackQuery", "q2")


async def test_a_quarantined_update_is_tried_again_past_claims_and_rates(
    rigs: Callable[..., Any], tmp_path: Path
) -> None:
    rig, shop = await rigs(), strict()
    await rig.cache_person(shop)

    def fails(*_: Any) -> None:
        raise UnicodeError("what somebody wrote")

    rig.bot.script = fails
    assert (await rig.process(shop, message(1))).outcome == "quarantined"
    replay = asyncio.create_task(Replay(rig.quarantine, {shop.slug: shop}, rig.pipeline).run())
    try:
        [quarantined] = rig.quarantine.read_all()
        assert "what somebody wrote" not in quarantined.error
        rig.quarantine.request_replay(quarantined)
        await until(lambda: rig.quarantine.contains(quarantined))
        assert rig.bot.seen == []
        rig.bot.script = None
        rig.quarantine.request_replay(quarantined)
        await until(lambda: rig.bot.seen == [1])
        await until(lambda: not rig.quarantine.is_pending(quarantined))
        assert rig.quarantine.read_all() == []
    finally:
        replay.cancel()
        await asyncio.gather(replay, return_exceptions=True)
