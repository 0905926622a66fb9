"""What is an update, who sent it, and what is refused before it is processed."""

import json
from typing import Any

import pytest

from gateway.updates.envelope import NotAnUpdate, parse_envelope

PERSON = {"id": 1001, "is_bot": False, "first_name": "Alex", "language_code": "en"}
CHAT = {"id": 1001, "type": "private", "first_name": "Alex"}
GROUP = {"id": -100200, "type": "supergroup", "title": "Neighbours"}


def message(**more: Any) -> dict[str, Any]:
    return {"message_id": 1, "date": 1_790_000_000, "chat": CHAT, "from": PERSON, "text": "hi", **more}


def encode(**update: Any) -> bytes:
    return json.dumps({"update_id": 7, **update}).encode()


def test_a_message_names_its_person_and_chat() -> None:
    envelope = parse_envelope(encode(message=message()))
    assert envelope.user is not None
    assert (envelope.kind, envelope.user.id, envelope.chat_id) == ("message", 1001, 1001)
    assert not envelope.exempt


def test_a_press_carries_the_query_to_answer() -> None:
    envelope = parse_envelope(encode(callback_query={"id": "q1", "from": PERSON, "message": message(), "data": "x"}))
    assert (envelope.kind, envelope.query_id) == ("callback_query", "q1")


def test_a_press_on_an_old_message_is_still_a_press() -> None:
    old = {"chat": CHAT, "message_id": 3, "date": 0}
    envelope = parse_envelope(encode(callback_query={"id": "q1", "from": PERSON, "message": old}))
    assert envelope.kind == "callback_query"


@pytest.mark.parametrize(
    "update",
    [
        {"message": message(successful_payment={"currency": "XTR"})},
        {"pre_checkout_query": {"id": "p", "from": PERSON, "currency": "XTR", "total_amount": 1}},
        {"my_chat_member": {"chat": CHAT, "from": PERSON, "date": 1}},
    ],
)
def test_payments_and_membership_are_exempt_from_rates(update: dict[str, Any]) -> None:
    envelope = parse_envelope(encode(**update))
    assert envelope.exempt
    assert envelope.user is not None


@pytest.mark.parametrize(
    "update",
    [
        {"message": message(chat=GROUP)},
        {"message": message(**{"from": {**PERSON, "is_bot": True}})},
        {"message": {k: v for k, v in message().items() if k != "from"}},
        {"edited_message": message()},
        {"channel_post": message(chat={"id": -1, "type": "channel"})},
        {"callback_query": {"id": "q", "from": PERSON, "inline_message_id": "x"}},
        {"callback_query": {"id": "q", "from": PERSON, "message": message(chat=GROUP)}},
        {"my_chat_member": {"chat": GROUP, "from": PERSON}},
        {"something_of_next_year": {"a": 1}},
        {},
    ],
)
def test_what_is_none_of_ours_is_ignored_and_names_nobody(update: dict[str, Any]) -> None:
    envelope = parse_envelope(encode(**update))
    assert envelope.kind == "ignored"
    assert envelope.user is None


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"7",
        b'"update"',
        b"{}",
        b"{",
        b"[" * 200_000,
        b'{"update_id":1,"x":' + b'{"a":' * 100_000 + b"1" + b"}" * 100_000 + b"}",
        b'{"update_id":"1"}',
        b'{"update_id":-1}',
        b'{"update_id":1.5}',
        b'{"update_id":9223372036854775808}',
        b'{"update_id":1,"x":9223372036854775808}',
        b'{"update_id":1,"x":[{"y":-9223372036854775809}]}',
        b'{"update_id":1,"x":' + b"1" * 5000 + b"}",
        b'{"update_id":1,"x":1e999}',
        b'{"update_id":1,"x":NaN}',
        b'{"update_id":1,"x":"\xff"}',
        b'{"update_id":1,"x":"\\ud800"}',
        b'{"update_id":1,"message":[]}',
        b'{"update_id":1,"message":{"chat":7}}',
        b'{"update_id":1,"message":{"message_id":1,"chat":{"id":"1","type":"private"}}}',
        b'{"update_id":1,"message":{"message_id":1,"chat":{"id":1,"type":"private"},"from":{"id":0}}}',
        b'{"update_id":1,"callback_query":{"id":"q"}}',
        b"\xef\xbb\xbf{}",
    ],
)
def test_what_is_no_update_is_refused(body: bytes) -> None:
    with pytest.raises(NotAnUpdate):
        parse_envelope(body)


@pytest.mark.parametrize("text", ["9" * 60, "-" + "9" * 20, "call " + "9" * 20, "[" + "9" * 20, '"' + "9" * 20])
def test_digits_in_a_text_are_no_number(text: str) -> None:
    assert parse_envelope(encode(message=message(text=text))).kind == "message"
    press = {"id": "q", "from": PERSON, "message": message(text=text), "chat_instance": "-4611686018427387904"}
    assert parse_envelope(encode(callback_query=press)).kind == "callback_query"


@pytest.mark.parametrize(
    "value",
    [b"9223372036854775808", b"-9223372036854775809", b'"\\ud800"', b'"\xff"', b"[" * 100_000, b"01", b"[1,]", b"nul"],
)
def test_of_a_press_every_byte_is_checked_too(value: bytes) -> None:
    """What is not used is checked all the same."""
    press = {"id": "q", "from": PERSON, "message": message(), "chat_instance": "-4611686018427387904", "x": 0}
    whole = encode(callback_query=press)
    assert parse_envelope(whole).kind == "callback_query"
    with pytest.raises(NotAnUpdate):
        parse_envelope(whole.replace(b'"x": 0', b'"x": ' + value))


def test_an_update_that_is_two_things_is_refused() -> None:
    other = {**PERSON, "id": 2002}
    with pytest.raises(NotAnUpdate):
        parse_envelope(encode(message=message(), callback_query={"id": "q", "from": other, "message": message()}))
