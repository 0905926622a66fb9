"""How the sandbox delivers updates: to webhooks as Telegram does, and through getUpdates."""

import asyncio
from collections.abc import AsyncIterator
from itertools import pairwise
from typing import Any

import pytest
from aiohttp import web

from gateway.sandbox.methods import call_method
from gateway.sandbox.model import Bot
from gateway.sandbox.params import Params
from gateway.sandbox.webhook_delivery import GONE_LIMIT_S, WebhookDelivery
from tests.support.ports import free_port
from tests.support.sandbox_client import (
    TOKEN,
    Json,
    SandboxClient,
    WebhookServer,
    answer_in_turn,
    running_sandbox,
    wait_until,
    webhook_server,
)
from tests.support.waiting import TICK_S

SECRET = "a-secret_1"
KEYS = {"inline_keyboard": [[{"text": "go", "callback_data": "x"}]]}


@pytest.fixture(name="registered")
async def fixture_registered() -> AsyncIterator[tuple[SandboxClient, WebhookServer]]:
    async with webhook_server() as hook, running_sandbox() as sandbox:
        assert (await sandbox.call("setWebhook", url=hook.url, secret_token=SECRET))["description"] == "Webhook was set"
        yield sandbox, hook


async def get_webhook_info(sandbox: SandboxClient) -> Json:
    return dict((await sandbox.call("getWebhookInfo"))["result"])


async def test_a_message_arrives_with_the_secret(registered: tuple[SandboxClient, WebhookServer]) -> None:
    sandbox, hook = registered
    await sandbox.send_text("/start s_1")
    await wait_until(lambda: hook.updates)
    update = hook.updates[0]
    assert hook.headers[0]["X-Telegram-Bot-Api-Secret-Token"] == SECRET
    assert hook.headers[0]["Content-Type"] == "application/json"
    assert update["message"]["text"] == "/start s_1"
    assert update["message"]["entities"] == [{"type": "bot_command", "offset": 0, "length": 6}]
    assert update["message"]["from"]["id"] == update["message"]["chat"]["id"] == 1001
    assert (await sandbox.control("wait"))["idle"]
    assert (await get_webhook_info(sandbox))["pending_update_count"] == 0


async def test_set_webhook_answers_as_telegram_does() -> None:
    async with running_sandbox() as sandbox:
        hook = {"url": "http://127.0.0.1:9/x", "secret_token": SECRET, "allowed_updates": ["message"]}
        assert (await sandbox.call("deleteWebhook"))["description"] == "Webhook is already deleted"
        assert (await sandbox.call("setWebhook", **hook))["description"] == "Webhook was set"
        assert (await sandbox.call("setWebhook", **hook))["description"] == "Webhook is already set"
        # the second in which Telegram takes no other webhook may be over on a busy machine
        sandbox.server.transient[TOKEN].set_webhook_allowed_at += 60
        changed = await sandbox.call("setWebhook", **{**hook, "secret_token": "other"})
        assert (changed["status"], changed["description"]) == (429, "Too Many Requests: retry after 1")
        assert (await get_webhook_info(sandbox))["allowed_updates"] == ["message"]
        assert (await sandbox.call("setWebhook", url=""))["description"] == "Webhook was deleted"
        for secret, sentence in (
            ("a b", "secret token contains unallowed characters"),
            ("x" * 257, "secret token is too long"),
        ):
            assert (
                await sandbox.call_refused("setWebhook", url="http://a.io/x", secret_token=secret)
                == f"Bad Request: {sentence}"
            )
        assert await sandbox.call_refused("setWebhook", url="nonsense") == "Bad Request: invalid webhook URL specified"
        conflict = "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"  # fmt: skip  # noqa: E501  its words
        sandbox.server.transient[TOKEN].set_webhook_allowed_at = 0.0
        await sandbox.call("setWebhook", **hook)
        assert await sandbox.call_refused("getUpdates") == conflict


async def test_a_failed_delivery_is_repeated_at_once_then_slower(
    registered: tuple[SandboxClient, WebhookServer], monkeypatch: pytest.MonkeyPatch
) -> None:
    sandbox, hook = registered
    hook.answer = answer_in_turn(503, 500, 404, 503)
    pause = WebhookDelivery._pause
    pauses: list[float] = []

    async def recorded_pause(self: WebhookDelivery, bot: Bot, seconds: float) -> None:
        pauses.append(seconds)
        await pause(self, bot, seconds)

    monkeypatch.setattr(WebhookDelivery, "_pause", recorded_pause)
    await sandbox.send_text("one")
    await sandbox.send_text("two")
    await wait_until(lambda: len(hook.updates) == 6)
    assert [update["message"]["text"] for update in hook.updates] == ["one"] * 5 + ["two"]
    assert pauses == [0.02, 0.04, 0.08]
    gaps = [later - earlier for earlier, later in pairwise(hook.times)]
    assert all(gap > paused - TICK_S for gap, paused in zip(gaps[1:], pauses, strict=False))
    info = await get_webhook_info(sandbox)
    assert info["last_error_message"] == "Wrong response from the webhook: 503 Service Unavailable"


async def test_retry_after_is_honoured(registered: tuple[SandboxClient, WebhookServer]) -> None:
    sandbox, hook = registered
    hook.answer = answer_in_turn(web.Response(status=503, headers={"Retry-After": "1"}))
    await sandbox.send_text("one")
    await wait_until(lambda: len(hook.updates) == 2)
    assert hook.times[1] - hook.times[0] > 1 - TICK_S


async def test_messages_queue_by_chat_and_callback_queries_by_person(
    registered: tuple[SandboxClient, WebhookServer],
) -> None:
    sandbox, hook = registered
    gate = asyncio.Event()

    async def answer(update: Json) -> web.Response:
        if update.get("message", {}).get("text") == "stuck":
            await gate.wait()
        return web.Response()

    hook.answer = answer
    await sandbox.send_text("/start")
    await sandbox.send_message(reply_markup=KEYS)
    await sandbox.send_text("stuck")
    await sandbox.send_text("behind it")
    await sandbox.send_text("/start", person=1002)
    await sandbox.control("press", person=1001, label="go")
    await wait_until(lambda: len(hook.updates) == 4)
    await asyncio.sleep(0.05)  # nothing else may come while the queue's head is under way
    kinds = [
        (update.get("callback_query") or update.get("message") or {}).get("text", "press") for update in hook.updates
    ]
    assert sorted(kinds) == ["/start", "/start", "press", "stuck"]
    gate.set()
    await wait_until(lambda: len(hook.updates) == 5)
    assert hook.updates[-1]["message"]["text"] == "behind it"


async def test_a_callback_query_expires_and_frees_its_queue(registered: tuple[SandboxClient, WebhookServer]) -> None:
    sandbox, hook = registered
    await sandbox.send_text("/start")
    await sandbox.send_message(reply_markup=KEYS)
    await wait_until(lambda: len(hook.updates) == 1)
    hook.answer = answer_in_turn(*[503] * 1000)
    await sandbox.control("press", person=1001, label="go")
    await wait_until(lambda: len(hook.updates) >= 3)
    await sandbox.control("clock", seconds=151)
    assert (await sandbox.control("wait"))["idle"], "after 150 s a callback query is dropped"
    hook.answer = None
    seen = len(hook.updates)
    await sandbox.control("press", person=1001, label="go")
    await wait_until(lambda: len(hook.updates) > seen)


async def test_messages_expire_after_a_day(registered: tuple[SandboxClient, WebhookServer]) -> None:
    sandbox, _ = registered
    await sandbox.control("outage")
    await sandbox.send_text("/start")
    await sandbox.control("clock", seconds=23 * 3600)
    assert sandbox.server.bots[TOKEN].pending
    await sandbox.control("clock", seconds=3601)
    assert (await sandbox.control("wait"))["idle"]


async def test_a_method_in_the_webhooks_answer_is_called(registered: tuple[SandboxClient, WebhookServer]) -> None:
    sandbox, hook = registered

    async def answer(update: Json) -> web.Response:
        if "callback_query" in update:
            query = update["callback_query"]["id"]
            return web.json_response({"method": "answerCallbackQuery", "callback_query_id": query, "text": "done"})
        return web.json_response({"method": "sendMessage", "chat_id": 1001, "text": "hi", "reply_markup": KEYS})

    hook.answer = answer
    await sandbox.send_text("/start")
    await sandbox.control("wait")
    press = await sandbox.control("press", person=1001, label="go", wait_s=5)
    assert press["answer"]["text"] == "done"

    async def forbidden(_: Json) -> web.Response:
        return web.json_response({"method": "deleteWebhook"})

    hook.answer = forbidden
    await sandbox.send_text("x")
    await sandbox.control("wait")
    assert (await get_webhook_info(sandbox))["url"] == hook.url, "deleteWebhook is not called from there"


async def test_deliveries_wait_until_the_end_of_an_outage(registered: tuple[SandboxClient, WebhookServer]) -> None:
    sandbox, hook = registered
    await sandbox.control("outage")
    await sandbox.send_text("/start")
    assert (await sandbox.control("wait", timeout_s=0.1))["idle"] is False
    assert not hook.updates
    await sandbox.control("outage", on=False)
    await wait_until(lambda: hook.updates)


async def test_allowed_updates_apply_to_later_updates(registered: tuple[SandboxClient, WebhookServer]) -> None:
    sandbox, hook = registered
    await sandbox.send_text("/start")
    await sandbox.control("block", person=1001)
    await sandbox.control("wait")
    assert [next(k for k in update if k != "update_id") for update in hook.updates] == ["message", "my_chat_member"]
    member = hook.updates[1]["my_chat_member"]
    assert (member["old_chat_member"]["status"], member["new_chat_member"]["status"]) == ("member", "kicked")
    sandbox.server.transient[TOKEN].set_webhook_allowed_at = 0.0
    await sandbox.call("setWebhook", url=hook.url, allowed_updates=["message"])
    await sandbox.control("block", person=1001, on=False)
    assert (await sandbox.control("inject", kind="channel_post", body={"message_id": 1}))["update_id"] is None
    await sandbox.control("wait")
    assert len(hook.updates) == 2


async def test_a_webhook_that_is_gone_for_a_day_is_removed(registered: tuple[SandboxClient, WebhookServer]) -> None:
    sandbox, hook = registered
    hook.answer = answer_in_turn(*[410] * 1000)
    await sandbox.send_text("/start")
    await wait_until(lambda: len(hook.updates) >= 2)
    await sandbox.control("clock", seconds=GONE_LIMIT_S - 60)
    assert (await get_webhook_info(sandbox))["url"]
    await sandbox.control("clock", seconds=120)
    for _ in range(2000):
        if not (await get_webhook_info(sandbox))["url"]:
            break
        await asyncio.sleep(0.01)
    assert (await get_webhook_info(sandbox))["url"] == ""


async def test_a_webhook_that_refuses_connections() -> None:
    async with running_sandbox() as sandbox:
        await sandbox.call("setWebhook", url=f"http://127.0.0.1:{free_port()}/x")
        await sandbox.send_text("/start")
        for _ in range(2000):
            if "last_error_message" in (facts := await get_webhook_info(sandbox)):
                break
            await asyncio.sleep(0.01)
        assert facts["last_error_message"] == "Connection refused"
        assert facts["pending_update_count"] == 1
        await sandbox.call("deleteWebhook", drop_pending_updates=True)
        assert (await get_webhook_info(sandbox))["pending_update_count"] == 0


async def test_get_updates_by_offset() -> None:
    async with running_sandbox() as sandbox:
        for text in ("one", "two", "three"):
            await sandbox.send_text(text)
        first = (await sandbox.call("getUpdates", limit=2))["result"]
        assert [update["message"]["text"] for update in first] == ["one", "two"]
        rest = (await sandbox.call("getUpdates", offset=first[-1]["update_id"] + 1))["result"]
        assert [update["message"]["text"] for update in rest] == ["three"]
        assert (await sandbox.call("getUpdates", offset=rest[-1]["update_id"] + 1))["result"] == []
        assert (await get_webhook_info(sandbox))["pending_update_count"] == 0


async def test_a_second_poll_ends_the_first_one() -> None:
    async with running_sandbox() as sandbox:
        waiting = asyncio.create_task(sandbox.call("getUpdates", timeout=30))
        await wait_until(lambda: sandbox.server.polls.by_token)
        second = asyncio.create_task(sandbox.call("getUpdates", timeout=30))
        lost = await waiting
        assert (lost["status"], lost["description"]) == (
            409,
            "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
        )
        await sandbox.send_text("hello")
        assert (await second)["result"][0]["message"]["text"] == "hello"
        third = asyncio.create_task(sandbox.call("getUpdates", offset=2**40, timeout=30))
        await wait_until(lambda: sandbox.server.polls.by_token)
        await sandbox.call("setWebhook", url="http://127.0.0.1:9/x")
        assert (await third)["description"] == "Conflict: terminated by setWebhook request"


async def test_old_messages_become_inaccessible(registered: tuple[SandboxClient, WebhookServer]) -> None:
    sandbox, hook = registered
    await sandbox.send_text("/start")
    sent = await sandbox.send_message(reply_markup=KEYS)
    await sandbox.control("clock", seconds=48 * 3600 + 1)
    await sandbox.control("press", person=1001, message_id=sent["message_id"], data="x")
    await sandbox.control("wait")
    shown: Any = hook.updates[-1]["callback_query"]["message"]
    assert shown == {"chat": shown["chat"], "message_id": sent["message_id"], "date": 0}


async def test_bulk_messages_are_limited() -> None:
    async with running_sandbox(bulk_per_s=5) as sandbox:
        await sandbox.send_text("/start")
        for _ in range(8):
            await sandbox.send_message()  # an answer to a person who has just written is not bulk
        await sandbox.control("clock", seconds=120)
        # without HTTP, so that all of them fall into one second on any machine
        bot, params = sandbox.server.bots[TOKEN], Params({"chat_id": 1001, "text": "x"})
        answers = [await call_method(sandbox.server, bot, "sendMessage", params) for _ in range(8)]
        assert [status for status, _ in answers] == [200] * 5 + [429] * 3
        assert answers[-1][1]["parameters"] == {"retry_after": 1}
