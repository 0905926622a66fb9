"""Entities as Telegram parses them: HTML, MarkdownV2, explicit ones; lengths in UTF-16; complaints word for word."""

from typing import Any

import pytest

from gateway.sandbox.errors import BotApiError
from gateway.sandbox.texts import format_caption, format_message_text, format_text


def kinds(text: str, mode: str = "HTML") -> list[tuple[str, str]]:
    """(kind, covered text) of each entity; offsets are read as UTF-16."""
    parsed, entities = format_text(text, mode, None)
    raw = parsed.encode("utf-16-le")
    return [
        (entity["type"], raw[entity["offset"] * 2 : (entity["offset"] + entity["length"]) * 2].decode("utf-16-le"))
        for entity in entities
    ]


def complaint(text: str, mode: str) -> str:
    with pytest.raises(BotApiError) as caught:
        format_text(text, mode, None)
    assert caught.value.code == 400
    return caught.value.description


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<b>a</b> <i>b</i> <u>c</u> <s>d</s>", [("bold", "a"), ("italic", "b"), ("underline", "c"), ("strikethrough", "d")]),
        ("<strong>a</strong><em>b</em>", [("bold", "a"), ("italic", "b")]),
        ("<ins>c</ins><del>d</del>", [("underline", "c"), ("strikethrough", "d")]),
        ("<b>x<i>y</i></b>", [("bold", "xy"), ("italic", "y")]),
        ('<a href="https://a.io/?x=1&amp;y=2">go</a>', [("text_link", "go")]),
        ("<code>x</code>", [("code", "x")]),
        ("<tg-spoiler>x</tg-spoiler> <span class='tg-spoiler'>y</span>", [("spoiler", "x"), ("spoiler", "y")]),
        ("<blockquote expandable>q</blockquote>", [("expandable_blockquote", "q")]),
        ('<tg-emoji emoji-id="5368324170671202286">👍</tg-emoji>', [("custom_emoji", "👍")]),
        ("👍<b>дом</b>", [("bold", "дом")]),
        ("/start @some_bot #tag https://a.io", [("bot_command", "/start"), ("mention", "@some_bot"), ("hashtag", "#tag"), ("url", "https://a.io")]),
    ],
)  # fmt: skip
def test_html_becomes_entities(text: str, expected: list[tuple[str, str]]) -> None:
    assert kinds(text) == expected


def test_html_keeps_language_and_time() -> None:
    _, entities = format_text('<pre><code class="language-python">x = 1</code></pre>', "HTML", None)
    assert entities == [{"type": "pre", "offset": 0, "length": 5, "language": "python"}]
    _, entities = format_text('<tg-time unix="1795353600" format="wDT">soon</tg-time>', "html", None)
    assert entities == [
        {"type": "date_time", "offset": 0, "length": 4, "unix_time": 1795353600, "date_time_format": "wDT"}
    ]


def test_html_decodes_only_what_telegram_decodes() -> None:
    assert (
        format_text("&lt;b&gt; &amp; &quot;x&quot; &#1078; &#x416; &nbsp;", "HTML", None)[0] == '<b> & "x" ж Ж &nbsp;'
    )


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("<b>unclosed", 'Can\'t find end tag corresponding to start tag "b"'),
        ("<script>alert(1)</script>", 'Unsupported start tag "script" at byte offset 0'),
        ("дом <x>", 'Unsupported start tag "x" at byte offset 7'),
        ("<b><i>test</b></i>", 'Unmatched end tag at byte offset 10, expected "</i>", found "</b>"'),
        ("a </b>", "Unexpected end tag at byte offset 2"),
        ("<b", "Unclosed start tag at byte offset 0"),
        ("<b>x</b", "Unclosed end tag at byte offset 4"),
        ("<span>x</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
        ("<a href>x</a>", 'Expected equal sign in declaration of an attribute of the tag "a" at byte offset 0'),
        ('<a ="x">x</a>', 'Empty attribute name in the tag "a" at byte offset 0'),
        ('<tg-emoji emoji-id="99999999999999999999">x</tg-emoji>', "Invalid custom emoji identifier specified"),
        ("2 < 3", 'Unsupported start tag "" at byte offset 2'),
    ],
)
def test_html_complaints(text: str, sentence: str) -> None:
    if text == "2 < 3":
        assert complaint(text + ">", "HTML") == f"Bad Request: can't parse entities: {sentence}"
    else:
        assert complaint(text, "HTML") == f"Bad Request: can't parse entities: {sentence}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("*b* _i_ __u__", [("bold", "b"), ("italic", "i"), ("underline", "u")]),
        ("~s~ ||x||", [("strikethrough", "s"), ("spoiler", "x")]),
        ("*b _i_*", [("bold", "b i"), ("italic", "i")]),
        ("`c` ```py\nx```", [("code", "c"), ("pre", "x")]),
        ("[go](https://a.io/\\))", [("text_link", "go")]),
        (">q1\n>q2\nplain", [("blockquote", "q1\nq2\n")]),
        ("hello\\.", []),
        ("![soon](tg://time?unix=1795353600&format=t)", [("date_time", "soon")]),
    ],
)  # fmt: skip
def test_markdown_becomes_entities(text: str, expected: list[tuple[str, str]]) -> None:
    assert kinds(text, "MarkdownV2") == expected


@pytest.mark.parametrize("char", list(".-!()#+={}>|"))
def test_markdown_reserves_characters(char: str) -> None:
    assert complaint(f"a{char}b", "MarkdownV2") == (
        f"Bad Request: can't parse entities: Character '{char}' is reserved and must be escaped with the preceding '\\'"
    )


@pytest.mark.parametrize(
    ("text", "mode", "sentence"),
    [
        ("*unclosed", "MarkdownV2", "Can't find end of Bold entity at byte offset 0"),
        ("*bold _italic\\_*", "MarkdownV2", "Can't find end of Bold entity at byte offset 15"),
        ("[a](b", "MarkdownV2", "Can't find end of a URL at byte offset 4"),
        ("*unclosed", "Markdown", "Can't find end of the entity starting at byte offset 0"),
    ],
)
def test_markdown_complaints(text: str, mode: str, sentence: str) -> None:
    assert complaint(text, mode) == f"Bad Request: can't parse entities: {sentence}"


def test_unknown_parse_mode() -> None:
    assert complaint("x", "INVALID") == "Bad Request: unsupported parse_mode"


@pytest.mark.parametrize(
    ("entity", "sentence"),
    [
        ({"type": "bold", "offset": 100, "length": 1}, "entity begins after the end of the text at UTF-16 offset 100"),
        (
            {"type": "bold", "offset": 0, "length": 100},
            "entity beginning at UTF-16 offset 0 ends after the end of the text at UTF-16 offset 100",
        ),
        ({"type": "bold", "offset": -1, "length": 1}, "receive an entity with incorrect offset -1"),
        ({"type": "nonsense", "offset": 0, "length": 1}, "can't parse MessageEntity: Unsupported type specified"),
        (
            {"type": "text_link", "offset": 0, "length": 5, "url": "not-a-url"},
            "entity URL 'not-a-url' is invalid: Wrong HTTP URL",
        ),
        (
            {"type": "text_link", "offset": 0, "length": 5, "url": ""},
            "entity URL '' is invalid: URL host is empty",
        ),
        ({"type": "text_link", "offset": 0, "length": 4}, "can't parse MessageEntity: Can't find field \"url\""),
        ({"type": "text_mention", "offset": 0, "length": 4}, "can't parse MessageEntity: Can't find field \"user\""),
        (
            {"type": "custom_emoji", "offset": 0, "length": 1, "custom_emoji_id": "9999999999999999999"},
            'can\'t parse MessageEntity: Field "custom_emoji_id" must be a valid Number',
        ),
    ],
)
def test_explicit_entities_are_checked(entity: dict[str, Any], sentence: str) -> None:
    with pytest.raises(BotApiError) as caught:
        format_text("hello", "", [entity])
    assert caught.value.description == f"Bad Request: {sentence}"


def test_lengths_are_utf16_after_parsing() -> None:
    assert format_message_text("<b>" + "x" * 4096 + "</b>", "HTML", None)[0] == "x" * 4096
    assert format_message_text("👍" * 2048, "", None)[0]
    for text in ("x" * 4097, "👍" * 2049):
        with pytest.raises(BotApiError, match=r"^Bad Request: message is too long$"):
            format_message_text(text, "", None)
    assert format_caption("x" * 1024, "", None)[0]
    with pytest.raises(BotApiError, match=r"^Bad Request: message caption is too long$"):
        format_caption("x" * 1025, "", None)


def test_empty_texts() -> None:
    with pytest.raises(BotApiError, match=r"^Bad Request: message text is empty$"):
        format_message_text("", "", None)
    for text in ("   ", "\u2028\r\n", "<b></b>"):
        with pytest.raises(BotApiError, match=r"^Bad Request: text must be non-empty$"):
            format_message_text(text, "HTML", None)


def test_texts_are_trimmed_with_their_entities() -> None:
    text, entities = format_text("  <b> hi </b>  ", "HTML", None)
    assert (text, entities) == ("hi", [{"type": "bold", "offset": 0, "length": 2}])
    assert format_text("a\u202eb\x07c", "", None)[0] == "ab c"
