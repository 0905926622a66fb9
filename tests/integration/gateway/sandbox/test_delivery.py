"""How the sandbox delivers: webhooks as Telegram's, and getUpdates."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web

from gateway.sandbox.webhook_delivery import GONE_LIMIT_S
from tests.support.sandbox_play import Hook, Json, Play, listening, playing, replies, until

SECRET = "a-secret_1"
KEYS = {"inline_keyboard": [[{"text": "go", "callback_data": "x"}]]}


@pytest.fixture(name="stage")
async def fixture_stage() -> AsyncIterator[tuple[Play, Hook]]:
    async with listening() as hook, playing() as play:
        assert (await play.call("setWebhook", url=hook.url, secret_token=SECRET))["description"] == "Webhook was set"
        yield play, hook


async def info(play: Play) -> Json:
    return dict((await play.call("getWebhookInfo"))["result"])


async def test_a_message_arrives_with_the_secret(stage: tuple[Play, Hook]) -> None:
    play, hook = stage
    await play.say("/start s_1")
    await until(lambda: hook.got)
    update = hook.got[0]
    assert hook.headers[0]["X-Telegram-Bot-Api-Secret-Token"] == SECRET
    assert hook.headers[0]["Content-Type"] == "application/json"
    assert update["message"]["text"] == "/start s_1"
    assert update["message"]["entities"] == [{"type": "bot_command", "offset": 0, "length": 6}]
    assert update["message"]["from"]["id"] == update["message"]["chat"]["id"] == 1001
    assert (await play.do("wait"))["idle"]
    assert (await info(play))["pending_update_count"] == 0


async def test_set_webhook_speaks_as_telegram_does() -> None:
    async with playing() as play:
        hook = {"url": "http://127.0.0.1:9/x", "secret_token": SECRET, "allowed_updates": ["message"]}
        assert (await play.call("deleteWebhook"))["description"] == "Webhook is already deleted"
        assert (await play.call("setWebhook", **hook))["description"] == "Webhook was set"
        assert (await play.call("setWebhook", **hook))["description"] == "Webhook is already set"
        changed = await play.call("setWebhook", **{**hook, "secret_token": "other"})
        assert (changed["status"], changed["description"]) == (429, "Too Many Requests: retry after 1")
        assert (await info(play))["allowed_updates"] == ["message"]
        assert (await play.call("setWebhook", url=""))["description"] == "Webhook was deleted"
        for secret, sentence in (
            ("a b", "secret token contains unallowed characters"),
            ("x" * 257, "secret token is too long"),
        ):
            assert (
                await play.refusal("setWebhook", url="http://a.io/x", secret_token=secret) == f"Bad Request: {sentence}"
            )
        assert await play.refusal("setWebhook", url="nonsense") == "Bad Request: invalid webhook URL specified"
        conflict = "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"  # fmt: skip  # noqa: E501
        play.sandbox.transient[next(iter(play.sandbox.bots))].set_webhook_allowed_at = 0.0
        await play.call("setWebhook", **hook)
        assert await play.refusal("getUpdates") == conflict


async def test_a_failure_comes_again_at_once_then_slower(stage: tuple[Play, Hook]) -> None:
    play, hook = stage
    hook.answer = replies(503, 500, 404, 503)
    await play.say("one")
    await play.say("two")
    await until(lambda: len(hook.got) == 6)
    assert [update["message"]["text"] for update in hook.got] == ["one"] * 5 + ["two"]
    gaps = [later - earlier for earlier, later in zip(hook.times, hook.times[1:], strict=False)][:4]
    assert gaps[1] >= 0.02
    assert gaps[2] >= 0.04
    assert gaps[3] >= 0.08
    assert gaps[0] < gaps[3]
    assert (await info(play))["last_error_message"] == "Wrong response from the webhook: 503 Service Unavailable"


async def test_retry_after_is_honoured(stage: tuple[Play, Hook]) -> None:
    play, hook = stage
    hook.answer = replies(web.Response(status=503, headers={"Retry-After": "1"}))
    await play.say("one")
    await until(lambda: len(hook.got) == 2)
    assert hook.times[1] - hook.times[0] >= 1


async def test_messages_queue_by_chat_and_presses_by_person(stage: tuple[Play, Hook]) -> None:
    play, hook = stage
    gate = asyncio.Event()

    async def answer(update: Json) -> web.Response:
        if update.get("message", {}).get("text") == "stuck":
            await gate.wait()
        return web.Response()

    hook.answer = answer
    await play.say("/start")
    await play.sent(reply_markup=KEYS)
    await play.say("stuck")
    await play.say("behind it")
    await play.say("/start", person=1002)
    await play.do("press", person=1001, label="go")
    await until(lambda: len(hook.got) == 4)
    await asyncio.sleep(0.05)  # nothing else may come while the queue's head is under way
    kinds = [update.get("callback_query", update.get("message", {})).get("text", "press") for update in hook.got]
    assert sorted(kinds) == ["/start", "/start", "press", "stuck"]
    assert hook.busiest >= 1
    gate.set()
    await until(lambda: len(hook.got) == 5)
    assert hook.got[-1]["message"]["text"] == "behind it"


async def test_a_press_expires_and_frees_its_queue(stage: tuple[Play, Hook]) -> None:
    play, hook = stage
    await play.say("/start")
    await play.sent(reply_markup=KEYS)
    await until(lambda: len(hook.got) == 1)
    hook.answer = replies(*[503] * 1000)
    await play.do("press", person=1001, label="go")
    await until(lambda: len(hook.got) >= 3)
    await play.do("clock", seconds=151)
    assert (await play.do("wait"))["idle"], "after 150 s nobody delivers a press any more"
    hook.answer = None
    seen = len(hook.got)
    await play.do("press", person=1001, label="go")
    await until(lambda: len(hook.got) > seen)


async def test_messages_wait_a_day(stage: tuple[Play, Hook]) -> None:
    play, _ = stage
    await play.do("outage")
    await play.say("/start")
    await play.do("clock", seconds=23 * 3600)
    assert play.sandbox.bots[next(iter(play.sandbox.bots))].pending
    await play.do("clock", seconds=3601)
    assert (await play.do("wait"))["idle"]


async def test_a_method_in_the_answer_is_carried_out(stage: tuple[Play, Hook]) -> None:
    play, hook = stage

    async def answer(update: Json) -> web.Response:
        if "callback_query" in update:
            query = update["callback_query"]["id"]
            return web.json_response({"method": "answerCallbackQuery", "callback_query_id": query, "text": "done"})
        return web.json_response({"method": "sendMessage", "chat_id": 1001, "text": "hi", "reply_markup": KEYS})

    hook.answer = answer
    await play.say("/start")
    await play.do("wait")
    press = await play.do("press", person=1001, label="go", wait_s=5)
    assert press["answer"]["text"] == "done"

    async def forbidden(_: Json) -> web.Response:
        return web.json_response({"method": "deleteWebhook"})

    hook.answer = forbidden
    await play.say("x")
    await play.do("wait")
    assert (await info(play))["url"] == hook.url, "deleteWebhook is not obeyed there"


async def test_an_outage_holds_back_and_then_delivers(stage: tuple[Play, Hook]) -> None:
    play, hook = stage
    await play.do("outage")
    await play.say("/start")
    assert (await play.do("wait", timeout_s=0.1))["idle"] is False
    assert not hook.got
    await play.do("outage", on=False)
    await until(lambda: hook.got)


async def test_allowed_updates_hold_from_then_on(stage: tuple[Play, Hook]) -> None:
    play, hook = stage
    await play.say("/start")
    await play.do("block", person=1001)
    await play.do("wait")
    assert [next(k for k in update if k != "update_id") for update in hook.got] == ["message", "my_chat_member"]
    member = hook.got[1]["my_chat_member"]
    assert (member["old_chat_member"]["status"], member["new_chat_member"]["status"]) == ("member", "kicked")
    play.sandbox.transient[next(iter(play.sandbox.bots))].set_webhook_allowed_at = 0.0
    await play.call("setWebhook", url=hook.url, allowed_updates=["message"])
    await play.do("block", person=1001, on=False)
    assert (await play.do("inject", kind="channel_post", body={"message_id": 1}))["update_id"] is None
    await play.do("wait")
    assert len(hook.got) == 2


async def test_gone_for_a_day_closes_the_webhook(stage: tuple[Play, Hook]) -> None:
    play, hook = stage
    hook.answer = replies(*[410] * 1000)
    await play.say("/start")
    await until(lambda: len(hook.got) >= 2)
    await play.do("clock", seconds=GONE_LIMIT_S - 60)
    assert (await info(play))["url"]
    await play.do("clock", seconds=120)
    for _ in range(500):
        if not (await info(play))["url"]:
            break
        await asyncio.sleep(0.01)
    assert (await info(play))["url"] == ""


async def test_nobody_listens() -> None:
    async with playing() as play:
        await play.call("setWebhook", url="http://127.0.0.1:9/x")
        await play.say("/start")
        for _ in range(500):
            if "last_error_message" in (facts := await info(play)):
                break
            await asyncio.sleep(0.01)
        assert facts["last_error_message"] == "Connection refused"
        assert facts["pending_update_count"] == 1
        await play.call("deleteWebhook", drop_pending_updates=True)
        assert (await info(play))["pending_update_count"] == 0


async def test_get_updates_by_offset() -> None:
    async with playing() as play:
        for text in ("one", "two", "three"):
            await play.say(text)
        first = (await play.call("getUpdates", limit=2))["result"]
        assert [update["message"]["text"] for update in first] == ["one", "two"]
        rest = (await play.call("getUpdates", offset=first[-1]["update_id"] + 1))["result"]
        assert [update["message"]["text"] for update in rest] == ["three"]
        assert (await play.call("getUpdates", offset=rest[-1]["update_id"] + 1))["result"] == []
        assert (await info(play))["pending_update_count"] == 0


async def test_a_long_poll_wakes_and_a_second_poller_wins() -> None:
    async with playing() as play:
        waiting = asyncio.create_task(play.call("getUpdates", timeout=30))
        await until(lambda: play.sandbox.polls.by_token)
        second = asyncio.create_task(play.call("getUpdates", timeout=30))
        lost = await waiting
        assert (lost["status"], lost["description"]) == (
            409,
            "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
        )
        await play.say("hello")
        assert (await second)["result"][0]["message"]["text"] == "hello"
        third = asyncio.create_task(play.call("getUpdates", offset=2**40, timeout=30))
        await until(lambda: play.sandbox.polls.by_token)
        await play.call("setWebhook", url="http://127.0.0.1:9/x")
        assert (await third)["description"] == "Conflict: terminated by setWebhook request"


async def test_old_messages_become_inaccessible(stage: tuple[Play, Hook]) -> None:
    play, hook = stage
    await play.say("/start")
    sent = await play.sent(reply_markup=KEYS)
    await play.do("clock", seconds=48 * 3600 + 1)
    await play.do("press", person=1001, message_id=sent["message_id"], data="x")
    await play.do("wait")
    shown: Any = hook.got[-1]["callback_query"]["message"]
    assert shown == {"chat": shown["chat"], "message_id": sent["message_id"], "date": 0}


async def test_a_mailing_meets_the_limit() -> None:
    async with playing(bulk_per_s=5) as play:
        await play.say("/start")
        for _ in range(8):
            await play.sent()  # an answer to somebody who just wrote is no mailing
        await play.do("clock", seconds=120)
        answers = [await play.call("sendMessage", chat_id=1001, text="x") for _ in range(8)]
        limited = [answer for answer in answers if not answer["ok"]]
        assert 1 <= len(limited) <= 3
        assert limited[0]["parameters"] == {"retry_after": 1}
