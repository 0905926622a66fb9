"""The texts use the words of `bot/docs/words.*.md`: one word for one thing."""

import re
from pathlib import Path

import pytest

import bot

_BOT = Path(bot.__file__).parent
_MESSAGE = re.compile(r"^([a-z][a-z0-9-]*) = ?(.*)$")
# names of variables and of other messages are no words for people
_PLACEHOLDER = re.compile(r"\{\s*[$-]?[a-z_-]+\s*(->)?")


def _forbidden(locale: str) -> list[str]:
    """Return what no text may use; `*` at the end stands for any ending."""
    rows = [line.split("|") for line in (_BOT / "docs" / f"words.{locale}.md").read_text().splitlines()]
    words = [word.strip() for row in rows if len(row) == 5 for word in row[3].split(",")]
    return words[2:]  # without the head of the table


def _texts(source: str) -> dict[str, str]:
    """Return the texts by their keys, without what is no text for people."""
    texts: dict[str, str] = {}
    key = ""
    for line in source.splitlines():
        if line.startswith("#"):
            continue
        if found := _MESSAGE.match(line):
            key = found[1]
            line = found[2]
        texts[key] = f"{texts.get(key, '')}\n{_PLACEHOLDER.sub(' ', line)}"
    return texts


def _pattern(word: str) -> re.Pattern[str]:
    ending = r"\w*" if word.endswith("*") else ""
    return re.compile(rf"(?<!\w){re.escape(word.rstrip('*'))}{ending}(?!\w)", re.IGNORECASE)


def _wrong_words(locale: str, source: str) -> list[str]:
    patterns = {word: _pattern(word) for word in _forbidden(locale)}
    texts = _texts(source).items()
    return [f"{key}: {word}" for key, text in texts for word, found in patterns.items() if found.search(text)]


@pytest.mark.parametrize("locale", ["en", "ru"])
def test_texts_use_the_words_of_their_page(locale: str) -> None:
    assert len(_forbidden(locale)) > 20
    assert not _wrong_words(locale, (_BOT / "locales" / f"{locale}.ftl").read_text())


@pytest.mark.parametrize(
    ("locale", "text", "word"),
    [
        ("en", "done = Your visits", "visits"),
        ("en", "x = a\n    Customers: { $visit }", "customer*"),
        ("ru", "done = К визиту", "визит*"),
    ],
)
def test_a_wrong_word_is_found(locale: str, text: str, word: str) -> None:
    assert [wrong.split(": ")[1] for wrong in _wrong_words(locale, text)] == [word]
