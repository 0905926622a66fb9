"""The sandbox's Bot API over HTTP: every way to call it, what it answers, and how it refuses, word for word."""

import json
import random
from collections.abc import AsyncIterator
from typing import Any

import pytest

from gateway.sandbox.methods import METHODS, call_method
from gateway.sandbox.model import Webhook
from gateway.sandbox.params import Params
from tests.support.sandbox_play import TOKEN, Play, playing

SAME = (
    "Bad Request: message is not modified: specified new message content and reply markup are exactly the same as "
    "a current content and reply markup of the message"
)
KEYS = {"inline_keyboard": [[{"text": "go", "callback_data": "x"}]]}


@pytest.fixture(name="play")
async def fixture_play() -> AsyncIterator[Play]:
    async with playing() as play:
        await play.say("/start")
        yield play


async def test_every_way_to_call(play: Play) -> None:
    base = play.base
    for method in ("GET", "POST"):
        async with play.http.request(
            method, f"{base}/SENDmessage", params={"chat_id": "1001", "text": "q"}
        ) as response:
            assert (await response.json())["result"]["text"] == "q"
    async with play.http.post(f"{base}/sendMessage", data={"chat_id": "1001", "text": "форма"}) as response:
        assert (await response.json())["result"]["text"] == "форма"
    answer = await play.form("sendMessage", {}, chat_id="1001", text="parts", reply_markup=KEYS)
    assert answer["result"]["reply_markup"] == KEYS
    answer = await play.call("sendmessage", chat_id=1001, text="json", reply_markup=KEYS)
    assert answer["result"]["chat"]["id"] == 1001
    assert answer["result"]["from"]["is_bot"] is True


async def test_what_it_does_not_know(play: Play) -> None:
    assert await play.refusal("sendTelepathy") == "Not Found: method not found"
    async with play.http.get(f"{play.url}/bot1234567:wrong_token_x/getMe") as response:
        assert (response.status, await response.json()) == (
            401,
            {"ok": False, "error_code": 401, "description": "Unauthorized"},
        )
    async with play.http.get(f"{play.url}/botnonsense/getMe") as response:
        assert (response.status, (await response.json())["description"]) == (404, "Not Found")


async def test_the_methods_promised_are_there() -> None:
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
async def test_send_message_refusals(play: Play, params: dict[str, Any], sentence: str) -> None:
    assert await play.refusal("sendMessage", **{"text": "x", "chat_id": 1001, **params}) == f"Bad Request: {sentence}"


async def test_who_may_be_written_to(play: Play) -> None:
    assert await play.refusal("sendMessage", chat_id=1002, text="x") == (
        "Forbidden: bot can't initiate conversation with a user"
    )
    await play.do("block", person=1001)
    for method, params in (("sendMessage", {"text": "x"}), ("sendChatAction", {"action": "typing"})):
        assert await play.refusal(method, chat_id=1001, **params) == "Forbidden: bot was blocked by the user"
    await play.do("block", person=1001, on=False)
    await play.sent()


async def test_editing(play: Play) -> None:
    sent = await play.sent(text="one", reply_markup=KEYS)
    target = {"chat_id": 1001, "message_id": sent["message_id"]}
    assert await play.refusal("editMessageText", **target, text="one", reply_markup=KEYS) == SAME
    assert await play.refusal("editMessageReplyMarkup", **target, reply_markup=KEYS) == SAME
    edited = (await play.call("editMessageText", **target, text="two"))["result"]
    assert edited["text"] == "two"
    assert "reply_markup" not in edited, "an edit without markup removes the keyboard"
    assert edited["edit_date"] >= sent["date"]
    assert await play.refusal("editMessageCaption", **target, caption="x") == (
        "Bad Request: there is no caption in the message to edit"
    )
    assert await play.refusal("editMessageText", chat_id=1001, message_id=99, text="x") == (
        "Bad Request: message to edit not found"
    )
    assert await play.refusal("editMessageText", chat_id=1001, text="x") == (
        "Bad Request: message identifier is not specified"
    )
    assert await play.refusal("editMessageText", chat_id=1001, message_id=1, text="x") == (
        "Bad Request: message can't be edited"
    ), "a person's own message"


async def test_a_message_with_a_reply_keyboard_is_final(play: Play) -> None:
    for markup in ({"keyboard": [["A"]]}, {"remove_keyboard": True}, {"force_reply": True}):
        sent = await play.sent(reply_markup=markup)
        assert await play.refusal("editMessageText", chat_id=1001, message_id=sent["message_id"], text="x") == (
            "Bad Request: message can't be edited"
        )
    view = await play.ask("chats/barber/1001")
    assert view["keyboard"] == {"force_reply": True}


async def test_deleting(play: Play) -> None:
    first, second = await play.sent(), await play.sent()
    assert (await play.call("deleteMessage", chat_id=1001, message_id=first["message_id"]))["result"] is True
    assert await play.refusal("deleteMessage", chat_id=1001, message_id=first["message_id"]) == (
        "Bad Request: message to delete not found"
    )
    assert await play.refusal("editMessageText", chat_id=1001, message_id=first["message_id"], text="x") == (
        "Bad Request: message to edit not found"
    )
    await play.do("clock", seconds=48 * 3600 + 1)
    assert await play.refusal("deleteMessage", chat_id=1001, message_id=second["message_id"]) == (
        "Bad Request: message can't be deleted for everyone"
    )
    assert (await play.call("editMessageText", chat_id=1001, message_id=second["message_id"], text="old"))["ok"], (
        "editing has no age limit"
    )
    third = await play.sent()
    answer = await play.call("deleteMessages", chat_id=1001, message_ids=[first["message_id"], third["message_id"], 99])
    assert answer["result"] is True
    view = await play.ask("chats/barber/1001")
    assert [m["message_id"] for m in view["messages"] if m["deleted"]] == [first["message_id"], third["message_id"]]


async def test_answering_a_press(play: Play) -> None:
    await play.sent(reply_markup=KEYS)
    press = await play.do("press", person=1001, label="go")
    assert press["answer"] is None
    long = await play.refusal("answerCallbackQuery", callback_query_id=press["query"], text="x" * 201)
    assert long == "Bad Request: MESSAGE_TOO_LONG"
    assert (await play.call("answerCallbackQuery", callback_query_id=press["query"], text="hi", show_alert=True))[
        "result"
    ]
    too_old = "Bad Request: query is too old and response timeout expired or query ID is invalid"
    assert await play.refusal("answerCallbackQuery", callback_query_id="12345") == too_old
    press = await play.do("press", person=1001, data="x")
    await play.do("clock", seconds=151)
    assert await play.refusal("answerCallbackQuery", callback_query_id=press["query"]) == too_old


async def test_flood_and_outage(play: Play) -> None:
    await play.do("flood", seconds=30)
    answer = await play.call("sendMessage", chat_id=1001, text="x")
    assert answer["status"] == 429
    wait = answer["parameters"]["retry_after"]
    assert 1 <= wait <= 30
    assert answer["description"] == f"Too Many Requests: retry after {wait}"
    assert (await play.call("getMe"))["ok"], "only what sends is limited"
    await play.do("flood", seconds=0)
    await play.sent()
    await play.do("outage")
    assert await play.refusal("getMe") == "Bad Gateway"
    await play.do("outage", on=False)
    assert (await play.call("getMe"))["ok"]


@pytest.mark.parametrize(
    "body",
    [b"{", b"[]", b'{"chat_id": {"a": 1}, "text": ["x"]}', b'{"a":' * 5000, b"\xff\xfe", b'{"chat_id": 1e999, "text": "x"}',
     b'{"chat_id": 99999999999999999999999, "text": "x", "reply_parameters": [1]}'],
)  # fmt: skip
async def test_broken_bodies_are_400(play: Play, body: bytes) -> None:
    async with play.http.post(
        f"{play.base}/sendMessage", data=body, headers={"Content-Type": "application/json"}
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


async def test_no_odd_value_breaks_a_method(play: Play) -> None:
    dice = random.Random(20261122)
    bot = play.sandbox.bots[TOKEN]
    await play.sent(reply_markup=KEYS)
    for _ in range(6000):
        name = dice.choice(sorted(METHODS))
        values: dict[str, Any] = {"chat_id": 1001, "text": "hello", "message_id": 2}
        values |= {field: dice.choice(ODD) for field in dice.sample(FIELDS, dice.randint(1, 12))}
        bot.webhook = Webhook()
        status, body = await call_method(play.sandbox, bot, name, Params(values))
        assert status in (200, 400, 403, 429), (name, values, body)
        json.dumps(body)
