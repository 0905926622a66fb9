"""The sandbox's Bot API over HTTP: every way to call it, its answers, and its refusals word for word."""

import json
import random
from typing import Any

import pytest

from gateway.sandbox.methods import METHODS, call_method
from gateway.sandbox.model import Webhook
from gateway.sandbox.params import Params
from tests.support.sandbox_client import TOKEN, SandboxClient

SAME = (
    "Bad Request: message is not modified: specified new message content and reply markup are exactly the same as "
    "a current content and reply markup of the message"
)
KEYS = {"inline_keyboard": [[{"text": "go", "callback_data": "x"}]]}


async def test_every_way_to_call(sandbox: SandboxClient) -> None:
    base = sandbox.base
    for method in ("GET", "POST"):
        async with sandbox.http.request(
            method, f"{base}/SENDmessage", params={"chat_id": "1001", "text": "q"}
        ) as response:
            assert (await response.json())["result"]["text"] == "q"
    async with sandbox.http.post(f"{base}/sendMessage", data={"chat_id": "1001", "text": "форма"}) as response:
        assert (await response.json())["result"]["text"] == "форма"
    answer = await sandbox.call_with_files("sendMessage", {}, chat_id="1001", text="parts", reply_markup=KEYS)
    assert answer["result"]["reply_markup"] == KEYS
    answer = await sandbox.call("sendmessage", chat_id=1001, text="json", reply_markup=KEYS)
    assert answer["result"]["chat"]["id"] == 1001
    assert answer["result"]["from"]["is_bot"] is True


async def test_unknown_methods_and_tokens_are_refused(sandbox: SandboxClient) -> None:
    assert await sandbox.call_refused("sendTelepathy") == "Not Found: method not found"
    async with sandbox.http.get(f"{sandbox.url}/bot1234567:wrong_token_x/getMe") as response:
        assert (response.status, await response.json()) == (
            401,
            {"ok": False, "error_code": 401, "description": "Unauthorized"},
        )
    async with sandbox.http.get(f"{sandbox.url}/botnonsense/getMe") as response:
        assert (response.status, (await response.json())["description"]) == (404, "Not Found")


async def test_all_promised_methods_exist() -> None:
    promised = [
        "getMe",
        "getUpdates",
        "setWebhook",
        "deleteWebhook",
        "getWebhookInfo",
        "sendMessage",
        "sendPhoto",
        "sendDocument",
        "sendMediaGroup",
        "sendChatAction",
        "sendLocation",
        "sendContact",
        "editMessageText",
        "editMessageCaption",
        "editMessageMedia",
        "editMessageReplyMarkup",
        "deleteMessage",
        "deleteMessages",
        "answerCallbackQuery",
        "setMyCommands",
        "getMyCommands",
        "deleteMyCommands",
        "setMyName",
        "setMyDescription",
        "setMyShortDescription",
        "setChatMenuButton",
        "getChatMenuButton",
        "getFile",
        "pinChatMessage",
        "getChat",
    ]
    assert {name.lower() for name in promised} <= set(METHODS)


NO_END = "can't parse entities: Can't find end tag corresponding to start tag \"b\""
LONG_DATA = {"inline_keyboard": [[{"text": "a", "callback_data": "x" * 65}]]}


@pytest.mark.parametrize(
    ("params", "sentence"),
    [
        ({"text": None, "chat_id": None}, "message text is empty"),
        ({"chat_id": None}, "chat_id is empty"),
        ({"chat_id": 77}, "chat not found"),
        ({"chat_id": "@nobody"}, "chat not found"),
        ({"text": "x" * 4097}, "message is too long"),
        ({"text": "<b>x", "parse_mode": "HTML"}, NO_END),
        ({"reply_parameters": {"message_id": 99}}, "message to be replied not found"),
        ({"reply_parameters": {"quote": "x"}}, 'can\'t find field "message_id"'),
        ({"reply_parameters": {"message_id": "x"}}, 'field "message_id" must be of type Number'),
        ({"reply_markup": LONG_DATA}, "BUTTON_DATA_INVALID"),
        ({"reply_markup": "{"}, "can't parse reply keyboard markup JSON object"),
        ({"link_preview_options": {"is_disabled": "yes"}}, 'field "is_disabled" must be of type Boolean'),
        ({"text": "\ud800"}, "strings must be encoded in UTF-8"),
    ],
)
async def test_send_message_refusals(sandbox: SandboxClient, params: dict[str, Any], sentence: str) -> None:
    assert (
        await sandbox.call_refused("sendMessage", **{"text": "x", "chat_id": 1001, **params})
        == f"Bad Request: {sentence}"
    )


async def test_a_bot_may_only_write_to_people_who_started_it(sandbox: SandboxClient) -> None:
    assert await sandbox.call_refused("sendMessage", chat_id=1002, text="x") == (
        "Forbidden: bot can't initiate conversation with a user"
    )
    await sandbox.control("block", person=1001)
    for method, params in (("sendMessage", {"text": "x"}), ("sendChatAction", {"action": "typing"})):
        assert await sandbox.call_refused(method, chat_id=1001, **params) == "Forbidden: bot was blocked by the user"
    await sandbox.control("block", person=1001, on=False)
    await sandbox.send_message()


async def test_editing(sandbox: SandboxClient) -> None:
    sent = await sandbox.send_message(text="one", reply_markup=KEYS)
    target = {"chat_id": 1001, "message_id": sent["message_id"]}
    assert await sandbox.call_refused("editMessageText", **target, text="one", reply_markup=KEYS) == SAME
    assert await sandbox.call_refused("editMessageReplyMarkup", **target, reply_markup=KEYS) == SAME
    edited = (await sandbox.call("editMessageText", **target, text="two"))["result"]
    assert edited["text"] == "two"
    assert "reply_markup" not in edited, "an edit without markup removes the keyboard"
    assert edited["edit_date"] >= sent["date"]
    assert await sandbox.call_refused("editMessageCaption", **target, caption="x") == (
        "Bad Request: there is no caption in the message to edit"
    )
    assert await sandbox.call_refused("editMessageText", chat_id=1001, message_id=99, text="x") == (
        "Bad Request: message to edit not found"
    )
    assert await sandbox.call_refused("editMessageText", chat_id=1001, text="x") == (
        "Bad Request: message identifier is not specified"
    )
    assert await sandbox.call_refused("editMessageText", chat_id=1001, message_id=1, text="x") == (
        "Bad Request: message can't be edited"
    ), "a person's own message"


async def test_a_message_with_a_reply_keyboard_cannot_be_edited(sandbox: SandboxClient) -> None:
    for markup in ({"keyboard": [["A"]]}, {"remove_keyboard": True}, {"force_reply": True}):
        sent = await sandbox.send_message(reply_markup=markup)
        assert await sandbox.call_refused("editMessageText", chat_id=1001, message_id=sent["message_id"], text="x") == (
            "Bad Request: message can't be edited"
        )
    view = await sandbox.get("chats/barber/1001")
    assert view["keyboard"] == {"force_reply": True}


async def test_deleting(sandbox: SandboxClient) -> None:
    first, second = await sandbox.send_message(), await sandbox.send_message()
    assert (await sandbox.call("deleteMessage", chat_id=1001, message_id=first["message_id"]))["result"] is True
    assert await sandbox.call_refused("deleteMessage", chat_id=1001, message_id=first["message_id"]) == (
        "Bad Request: message to delete not found"
    )
    assert await sandbox.call_refused("editMessageText", chat_id=1001, message_id=first["message_id"], text="x") == (
        "Bad Request: message to edit not found"
    )
    await sandbox.control("clock", seconds=48 * 3600 + 1)
    assert await sandbox.call_refused("deleteMessage", chat_id=1001, message_id=second["message_id"]) == (
        "Bad Request: message can't be deleted for everyone"
    )
    assert (await sandbox.call("editMessageText", chat_id=1001, message_id=second["message_id"], text="old"))["ok"], (
        "editing has no age limit"
    )
    third = await sandbox.send_message()
    answer = await sandbox.call(
        "deleteMessages", chat_id=1001, message_ids=[first["message_id"], third["message_id"], 99]
    )
    assert answer["result"] is True
    view = await sandbox.get("chats/barber/1001")
    assert [m["message_id"] for m in view["messages"] if m["deleted"]] == [first["message_id"], third["message_id"]]


async def test_answering_a_callback_query(sandbox: SandboxClient) -> None:
    await sandbox.send_message(reply_markup=KEYS)
    press = await sandbox.control("press", person=1001, label="go")
    assert press["answer"] is None
    long = await sandbox.call_refused("answerCallbackQuery", callback_query_id=press["query"], text="x" * 201)
    assert long == "Bad Request: MESSAGE_TOO_LONG"
    assert (await sandbox.call("answerCallbackQuery", callback_query_id=press["query"], text="hi", show_alert=True))[
        "result"
    ]
    too_old = "Bad Request: query is too old and response timeout expired or query ID is invalid"
    assert await sandbox.call_refused("answerCallbackQuery", callback_query_id="12345") == too_old
    press = await sandbox.control("press", person=1001, data="x")
    await sandbox.control("clock", seconds=151)
    assert await sandbox.call_refused("answerCallbackQuery", callback_query_id=press["query"]) == too_old


async def test_flood_and_outage(sandbox: SandboxClient) -> None:
    await sandbox.control("flood", seconds=30)
    answer = await sandbox.call("sendMessage", chat_id=1001, text="x")
    assert answer["status"] == 429
    wait = answer["parameters"]["retry_after"]
    assert 1 <= wait <= 30
    assert answer["description"] == f"Too Many Requests: retry after {wait}"
    assert (await sandbox.call("getMe"))["ok"], "only what sends is limited"
    await sandbox.control("flood", seconds=0)
    await sandbox.send_message()
    await sandbox.control("outage")
    assert await sandbox.call_refused("getMe") == "Bad Gateway"
    await sandbox.control("outage", on=False)
    assert (await sandbox.call("getMe"))["ok"]


@pytest.mark.parametrize(
    "body",
    [b"{", b"[]", b'{"chat_id": {"a": 1}, "text": ["x"]}', b'{"a":' * 5000, b"\xff\xfe", b'{"chat_id": 1e999, "text": "x"}',
     b'{"chat_id": 99999999999999999999999, "text": "x", "reply_parameters": [1]}'],
)  # fmt: skip
async def test_broken_bodies_are_400(sandbox: SandboxClient, body: bytes) -> None:
    async with sandbox.http.post(
        f"{sandbox.base}/sendMessage", data=body, headers={"Content-Type": "application/json"}
    ) as response:
        assert response.status == 400
        assert (await response.json())["ok"] is False


ODD: list[Any] = [
    None, True, -1, 0, 2**70, 1.5, "", "x", "1001", "@a", "[]", "{}", "[[]]", "{", [], {}, [[]], [{}], [1], ["x"], [None],
    {"type": []}, {"type": {}}, {"type": "chat", "chat_id": []}, {"type": "photo", "media": []}, [{"type": "photo"}] * 2,
    {"inline_keyboard": [[{"text": "x", "callback_data": []}]]}, {"inline_keyboard": [[{"text": "x", "url": {}}]]},
    {"inline_keyboard": [[{"text": "x", "web_app": 1, "style": []}]]}, {"keyboard": [[{"text": "x", "web_app": []}]]},
    {"type": "web_app", "web_app": "x"}, [{"type": [], "offset": 0, "length": 1}],
    [{"type": "bold", "offset": "0", "length": None}], [{"type": "date_time", "offset": 0, "length": 1, "unix_time": -1}],
    [{"command": 1, "description": []}], {"message_id": [], "allow_sending_without_reply": 5}, 1001,
]  # fmt: skip
FIELDS = [
    "chat_id",
    "text",
    "parse_mode",
    "entities",
    "caption",
    "caption_entities",
    "reply_markup",
    "reply_parameters",
    "media",
    "photo",
    "document",
    "message_id",
    "message_ids",
    "callback_query_id",
    "show_alert",
    "url",
    "action",
    "latitude",
    "longitude",
    "title",
    "address",
    "phone_number",
    "first_name",
    "commands",
    "scope",
    "language_code",
    "name",
    "menu_button",
    "file_id",
    "offset",
    "limit",
    "secret_token",
    "allowed_updates",
    "max_connections",
    "link_preview_options",
    "disable_notification",
    "description",
]


async def test_no_odd_value_breaks_a_method(sandbox: SandboxClient) -> None:
    dice = random.Random(20261122)
    bot = sandbox.server.bots[TOKEN]
    await sandbox.send_message(reply_markup=KEYS)
    for _ in range(6000):
        name = dice.choice(sorted(METHODS))
        values: dict[str, Any] = {"chat_id": 1001, "text": "hello", "message_id": 2}
        values |= {field: dice.choice(ODD) for field in dice.sample(FIELDS, dice.randint(1, 12))}
        bot.webhook = Webhook()
        status, body = await call_method(sandbox.server, bot, name, Params(values))
        assert status in (200, 400, 403, 429), (name, values, body)
        json.dumps(body)
