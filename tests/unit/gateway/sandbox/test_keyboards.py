"""Keyboards as Telegram checks them, complaint by complaint."""

from typing import Any

import pytest

from gateway.sandbox.errors import BotApiError
from gateway.sandbox.keyboards import check_reply_markup


def inline(*buttons: Any) -> dict[str, Any]:
    return {"inline_keyboard": [list(buttons)]}


@pytest.mark.parametrize(
    "button",
    [
        {"text": "a", "callback_data": "x" * 64},
        {"text": "a", "callback_data": "я" * 32, "style": "danger"},
        {"text": "a", "url": "https://example.com/x", "style": "success"},
        {"text": "a", "url": "tg://user?id=1", "style": "primary"},
        {"text": "a", "copy_text": {"text": "x" * 256}},
        {"text": "a", "web_app": {"url": "https://example.com"}},
        {"text": "a", "switch_inline_query": ""},
        {"text": "a", "disabled": {}},
    ],
)
def test_good_inline_buttons(button: dict[str, Any]) -> None:
    kept, reply = check_reply_markup(inline(button))
    assert kept == inline(button)
    assert reply is None


@pytest.mark.parametrize(
    ("button", "sentence"),
    [
        ({"text": "a", "callback_data": "x" * 65}, "BUTTON_DATA_INVALID"),
        ({"text": "a", "callback_data": "я" * 33}, "BUTTON_DATA_INVALID"),
        ({"callback_data": "x"}, "can't parse inline keyboard button: Can't find field \"text\""),
        ({"text": 5, "callback_data": "x"}, 'can\'t parse inline keyboard button: Field "text" must be of type String'),
        (
            {"text": "a", "callback_data": ""},
            "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard",
        ),
        ({"text": "a"}, "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"),
        ("a", "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"),
        ({"text": "a", "url": "not-a-url"}, "inline keyboard button URL 'not-a-url' is invalid: Wrong HTTP URL"),
        ({"text": "a", "url": "http://localhost/"}, "inline keyboard button URL 'http://localhost/' is invalid: Wrong HTTP URL"),
        ({"text": "a", "url": "ftp://a.io"}, "inline keyboard button URL 'ftp://a.io' is invalid: Unsupported URL protocol"),
        (
            {"text": "a", "web_app": {"url": "http://a.io"}},
            "inline keyboard button Web App URL 'http://a.io' is invalid: Only HTTPS links are allowed",
        ),
        ({"text": "a", "copy_text": {"text": ""}}, "BUTTON_COPY_TEXT_INVALID"),
        ({"text": "a", "copy_text": {"text": "x" * 257}}, "BUTTON_COPY_TEXT_INVALID"),
        ({"text": "a", "callback_data": "x", "style": "warning"}, "invalid button style specified"),
        ({"text": "a", "pay": True}, "BUTTON_TYPE_INVALID"),
        ({"text": "a", "callback_game": {}}, "BUTTON_TYPE_INVALID"),
    ],
)  # fmt: skip
def test_bad_inline_buttons(button: Any, sentence: str) -> None:
    with pytest.raises(BotApiError) as caught:
        check_reply_markup(inline(button))
    assert (caught.value.code, caught.value.description) == (400, f"Bad Request: {sentence}")


@pytest.mark.parametrize(
    ("markup", "sentence"),
    [
        ("x", "object expected as reply markup"),
        ({"inline_keyboard": "bad"}, 'field "inline_keyboard" must be of type Array'),
        ({"inline_keyboard": [{}]}, 'field "inline_keyboard" must be an Array of Arrays'),
        ({"keyboard": "bad"}, 'field "keyboard" must be of type Array'),
        ({"keyboard": [[{"text": "A"}]], "resize_keyboard": "yes"}, 'field "resize_keyboard" must be of type Boolean'),
        ({"remove_keyboard": "yes"}, 'field "remove_keyboard" must be of type Boolean'),
        ({"force_reply": "yes"}, 'field "force_reply" must be of type Boolean'),
        (
            {"inline_keyboard": [[{"text": "a", "callback_data": str(n)}] for n in range(101)]},
            "REPLY_MARKUP_TOO_LONG",
        ),
        (
            {"keyboard": [[{"text": "app", "web_app": {"url": "http://a.io"}}]]},
            "keyboard button Web App URL 'http://a.io' is invalid: Only HTTPS links are allowed",
        ),
    ],
)
def test_bad_markups(markup: Any, sentence: str) -> None:
    with pytest.raises(BotApiError) as caught:
        check_reply_markup(markup)
    assert caught.value.description == f"Bad Request: {sentence}"


def test_reply_keyboards() -> None:
    markup = {
        "keyboard": [[{"text": "Share", "request_contact": True}], ["Skip"]],
        "one_time_keyboard": True,
        "input_field_placeholder": "Number",
    }
    assert check_reply_markup(markup) == (
        None,
        {
            "keyboard": [[{"text": "Share", "request_contact": True}], [{"text": "Skip"}]],
            "one_time_keyboard": True,
            "input_field_placeholder": "Number",
        },
    )
    assert check_reply_markup({"remove_keyboard": True}) == (None, {"remove_keyboard": True})
    assert check_reply_markup({"inline_keyboard": []}) == (None, None)
    assert check_reply_markup(None) == (None, None)
