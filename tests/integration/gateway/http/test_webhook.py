"""The webhook: which updates it takes, and what it answers to each."""

import json

import msgspec
import pytest

from backend.kit.asgi import DRAIN_BYTES
from gateway.http.webhook import MAX_BODY
from gateway.limits.rate import Rate
from tests.support.gateway_worker import PERSON, message, press
from tests.support.webhook_client import WebhookClient

FREE = Rate(10_000, 60, 10_000)


async def test_an_update_is_worked_on_and_answered_200(client: WebhookClient) -> None:
    reply = await client.post(message(1))
    assert (reply.status, reply.content) == (200, b"")
    assert client.worker.bot.seen == [1]
    assert client.worker.bot.people[0].tg_id == PERSON


async def test_a_method_in_the_answer_goes_back_as_json(client: WebhookClient) -> None:
    client.worker.bot.script = lambda *_: b'{"method":"answerCallbackQuery"}'
    reply = await client.post(press(1))
    assert reply.headers["content-type"] == "application/json"
    assert json.loads(reply.content) == {"method": "answerCallbackQuery"}


async def test_a_repeated_update_has_no_effect(client: WebhookClient) -> None:
    assert [(await client.post(message(1))).status for _ in range(5)] == [200] * 5
    assert client.worker.bot.seen == [1]


async def test_unknown_tenants_and_wrong_secrets_get_the_same_401_and_no_body_is_read(client: WebhookClient) -> None:
    others = list(client.webhook._tenants.values())
    replies = [
        await client.post(message(1), secret=b"wrong"),
        await client.post(message(1), secret=b""),
        await client.post(message(1), secret="пароль".encode()),
        await client.post(message(1), secret=b"\xff\xfe"),
        await client.post(message(1), secret=others[2].secret),
        await client.post(message(1), slug="nobody"),
        await client.post(message(1), slug=""),
        await client.post(message(1), slug="../" + client.shop.slug),
        await client.post(message(1), slug=others[1].slug, secret=b"wrong"),
        # twice, once right: which of the two would an intermediary have looked at?
        await client.post(message(1), headers=[(b"x-telegram-bot-api-secret-token", client.shop.secret)]),
    ]
    assert {reply.status for reply in replies} == {401}
    assert len({reply.content for reply in replies}) == 1
    assert sum(reply.read for reply in replies) == 0
    assert not client.worker.bot.seen


async def test_a_disabled_tenant_answers_410_but_only_to_its_own_secret(client: WebhookClient) -> None:
    off = list(client.webhook._tenants.values())[1]
    reply = await client.post(message(1), slug=off.slug, secret=off.secret)
    assert (reply.status, reply.read) == (410, 0)


@pytest.mark.parametrize(
    "kind", [b"text/plain", b"", b"application/jsonp", b"application/x-www-form-urlencoded", b"\xff"]
)
async def test_what_is_not_json_is_415(client: WebhookClient, kind: bytes) -> None:
    reply = await client.post(message(1), headers=[(b"content-type", kind)])
    assert (reply.status, reply.read) == (415, 0)


async def test_json_with_a_charset_is_json(client: WebhookClient) -> None:
    reply = await client.post(message(1), headers=[(b"content-type", b"Application/JSON; charset=utf-8")])
    assert reply.status == 200


async def test_too_large_by_its_own_word_is_413_and_never_looked_at(client: WebhookClient) -> None:
    for length in (str(MAX_BODY + 1).encode(), b"9" * 30, b"-1", b"x"):
        headers = [(b"content-type", b"application/json"), (b"content-length", length)]
        reply = await client.post(message(1), headers=headers)
        assert (reply.status, reply.headers["connection"]) == (413, "close")
    assert not client.worker.bot.seen


async def test_chunks_without_end_are_413_and_no_longer_read(client: WebhookClient) -> None:
    reply = await client.post(parts=[b" " * 65_536], endless=True)
    assert reply.status == 413
    assert reply.read <= (MAX_BODY + DRAIN_BYTES) // 65_536 + 1


async def test_exactly_one_mebibyte_is_read(client: WebhookClient) -> None:
    body = json.dumps(message(1)).encode()
    reply = await client.post(parts=[body + b" " * (MAX_BODY - len(body))])
    assert reply.status == 200


async def test_a_slow_sender_is_closed(client: WebhookClient) -> None:
    client.webhook.read_timeout.seconds = 0.05
    reply = await client.post(parts=[b'{"update_id":', b"1}"], stalls=True)
    assert (reply.status, reply.headers["connection"]) == (408, "close")


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"[]", b"[" * 500_000, b'{"update_id":1,"x":"\xff"}', b'{"update_id":9223372036854775808}']
)
async def test_what_is_no_update_is_400(client: WebhookClient, body: bytes) -> None:
    reply = await client.post(parts=[body])
    assert reply.status == 400
    assert msgspec.json.decode(reply.content)["code"] == "invalid"


async def test_other_methods_are_405(client: WebhookClient) -> None:
    for method in ("GET", "PUT", "DELETE", "HEAD"):
        reply = await client.post(message(1), method=method)
        assert (reply.status, reply.headers["allow"]) == (405, "POST")


async def test_groups_and_edits_are_ignored_and_nobody_is_named(
    client: WebhookClient, capsys: pytest.CaptureFixture[str]
) -> None:
    group = message(1)
    group["message"]["chat"] = {"id": -100987654, "type": "group", "title": "Neighbours"}
    edited = message(2)
    edited["edited_message"] = edited.pop("message")
    capsys.readouterr()
    assert [(await client.post(update)).status for update in (group, edited)] == [200, 200]
    assert not client.worker.bot.seen
    log = capsys.readouterr().err
    assert '"outcome":"ignored"' in log
    assert "1001" not in log
    assert "987654" not in log


async def test_a_command_in_a_group_is_answered_and_nobody_is_named(
    client: WebhookClient, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = message(1, text="/start")
    asked["message"]["chat"] = {"id": -100987654, "type": "supergroup", "title": "Neighbours"}
    by_bot = message(2, text="/start")
    by_bot["message"] |= {"chat": asked["message"]["chat"], "from": {"id": 5, "is_bot": True, "first_name": "B"}}
    chat = message(3, text="see you at eight")
    chat["message"]["chat"] = asked["message"]["chat"]
    capsys.readouterr()
    replies = [await client.post(update) for update in (asked, by_bot, chat)]
    assert [reply.status for reply in replies] == [200, 200, 200]
    assert [bool(reply.content) for reply in replies] == [True, False, False]
    assert not client.worker.bot.seen
    assert client.worker.bot.groups == [-100987654]
    log = capsys.readouterr().err
    assert "1001" not in log
    assert "987654" not in log


async def test_the_audit_tells_who_and_how_it_ended_and_no_text(
    client: WebhookClient, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    await client.post(message(1, text="my secret diagnosis"))
    lines = capsys.readouterr().err.splitlines()
    line = msgspec.json.decode(lines[-1])
    assert (line["tenant"], line["tg_id"], line["update_id"]) == (client.shop.slug, PERSON, 1)
    assert (line["outcome"], line["kind"], line["from"]) == ("done", "message", "203.0.113.9")
    assert "diagnosis" not in lines[-1]
    assert "Alex" not in lines[-1]
