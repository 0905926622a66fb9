"""The languages say the same things: equal keys, equal placeholders, every key used and none missing."""

import re
from pathlib import Path

import pytest
from fluent.runtime import FluentBundle, FluentResource
from fluent.syntax import FluentParser
from fluent.syntax.ast import Message, MessageReference, SelectExpression, TermReference, VariableReference
from fluent.syntax.visitor import Visitor

from bot.ui.i18n import LOCALES_DIR, Words, known_locales, words_for

BOT = LOCALES_DIR.parent
# Keys that are put together from a kind or a status.
MADE_UP = re.compile(r"^(status|notice|staff|command|new-times|task|own-task|own-status)-")


class _Names(Visitor):
    def __init__(self) -> None:
        self.names: set[str] = set()
        self.selects = 0

    def visit_VariableReference(self, node: VariableReference) -> None:  # noqa: N802  the visitor's own naming
        self.names.add(node.id.name)

    def visit_MessageReference(self, node: MessageReference) -> None:  # noqa: N802  the visitor's own naming
        raise AssertionError(f"{node.id.name} is used within a text: each is parsed alone, when it is first used")

    def visit_TermReference(self, node: TermReference) -> None:  # noqa: N802  the visitor's own naming
        raise AssertionError(f"-{node.id.name} is used within a text: each is parsed alone, when it is first used")

    def visit_SelectExpression(self, node: SelectExpression) -> None:  # noqa: N802  the visitor's own naming
        self.selects += 1
        self.generic_visit(node)


def _messages(locale: str) -> dict[str, set[str]]:
    resource = FluentParser().parse((LOCALES_DIR / f"{locale}.ftl").read_text(encoding="utf-8"))
    found: dict[str, set[str]] = {}
    for entry in resource.body:
        if isinstance(entry, Message):
            names = _Names()
            names.visit(entry)
            assert entry.id.name not in found, f"{entry.id.name} twice in {locale}"
            found[entry.id.name] = names.names
    return found


@pytest.mark.parametrize("locale", known_locales())
def test_every_language_has_the_same_keys_and_placeholders(locale: str) -> None:
    assert _messages(locale) == _messages("en")


def test_nothing_in_the_files_is_broken() -> None:
    for locale in known_locales():
        resource = FluentParser().parse((LOCALES_DIR / f"{locale}.ftl").read_text(encoding="utf-8"))
        assert not [entry for entry in resource.body if type(entry).__name__ == "Junk"]


@pytest.mark.parametrize("locale", known_locales())
def test_a_text_is_the_same_as_if_its_whole_file_had_been_parsed(locale: str) -> None:
    source = (LOCALES_DIR / f"{locale}.ftl").read_text(encoding="utf-8")
    whole = FluentBundle([locale], use_isolating=False)
    whole.add_resource(FluentResource(source))
    words = Words(locale, source)
    for key, names in _messages(locale).items():
        for number in (1, 2, 5):
            arguments: dict[str, object] = dict.fromkeys(names, number)
            pattern = whole.get_message(key).value
            assert pattern is not None
            assert words.label(key, **arguments) == whole.format_pattern(pattern, arguments)[0], key


def _source() -> str:
    return "\n".join(path.read_text(encoding="utf-8") for path in Path(BOT).rglob("*.py"))


def test_every_key_in_the_code_has_words_and_every_word_is_used() -> None:
    source = _source()
    known = set(_messages("en"))
    quoted = set(re.findall(r"""["']([a-z]+(?:-[a-z]+)*)["']""", source))
    used = set(re.findall(r"""\.(?:html|label)\(\s*["']([a-z-]+)["']""", source))
    assert used <= known, f"without words: {sorted(used - known)}"
    unused = {key for key in known if key not in quoted and not MADE_UP.match(key)}
    assert not unused, f"never said: {sorted(unused)}"


def test_russian_plurals_come_from_cldr() -> None:
    ru = words_for("ru")
    said = [ru.label("bookings-count", count=count) for count in (1, 2, 5, 21, 112)]
    assert said == ["1 запись", "2 записи", "5 записей", "21 запись", "112 записей"]


def test_arguments_are_escaped_in_html_and_cleaned_in_labels() -> None:
    name = "<b>Ann\u202e</b> & Co"
    assert "&lt;b&gt;Ann&lt;/b&gt; &amp; Co" in words_for("en").html("home-new", business=name)
    assert words_for("en").label("button-repeat", service=name, specialist="x") == "Repeat <b>Ann</b> & Co · x"


def test_an_unknown_language_is_english() -> None:
    assert words_for("xx").label("button-home") == words_for("en").label("button-home")
