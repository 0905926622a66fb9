"""What people type with marks reaches a bot as Telegram's apps send it: bare text and entities."""

from typing import Any

import pytest

from gateway.sandbox.texts import format_typed_text


@pytest.mark.parametrize(
    ("typed", "text", "entities"),
    [
        ("plain 2 ** 3 ** 4", "plain 2 ** 3 ** 4", []),
        ("**👍 big** news", "👍 big news", [("bold", 0, 6)]),
        ("a **b __c__** ~~d~~ ||e||", "a b c d e",
         [("bold", 2, 3), ("italic", 4, 1), ("strikethrough", 6, 1), ("spoiler", 8, 1)]),
        ("`a **b**` ```c```", "a **b** c", [("code", 0, 7), ("pre", 8, 1)]),
        ("see [us](https://a.example/?b=1)", "see us", [("text_link", 4, 2)]),
        ("/start i_a__b__c", "/start i_a__b__c", []),
    ],
)  # fmt: skip
def test_marks_become_entities(typed: str, text: str, entities: list[Any]) -> None:
    sent, made = format_typed_text(typed)
    assert (sent, [(entity["type"], entity["offset"], entity["length"]) for entity in made]) == (text, entities)
