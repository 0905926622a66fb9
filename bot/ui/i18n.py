"""Texts: one Fluent file per language; arguments are escaped when they are put in. A third language is one file."""

import re
from functools import cache
from pathlib import Path

from fluent.runtime import FluentBundle, FluentResource

from bot.ui.text import Html, escape, one_line

LOCALES_DIR = Path(__file__).parents[1] / "locales"
DEFAULT = "en"
_MESSAGE = re.compile(r"^([a-z][\w-]*) *=", re.MULTILINE)


class Words:
    """The texts of one language. A missing key is a programming error: a test holds all files to the same keys."""

    def __init__(self, locale: str, source: str) -> None:
        self.locale = locale
        self._bundle = FluentBundle([locale], use_isolating=False)
        # parsed when it is first used: to parse a whole file takes a tenth of a second
        self._unparsed = _split_messages(source)
        self._plain: dict[str, str] = {}

    def html(self, key: str, /, **args: object) -> Html:
        """Return the text as Telegram's HTML; arguments are cleaned and escaped unless they are `Html`."""
        return Html(self._format(key, {name: _escaped(value) for name, value in args.items()}))

    def label(self, key: str, /, **args: object) -> str:
        """Return the text for a button, a toast or a file; arguments are cleaned, nothing is markup."""
        return self._format(key, {name: _cleaned(value) for name, value in args.items()})

    def _format(self, key: str, args: dict[str, object]) -> str:
        if not args and (known := self._plain.get(key)) is not None:
            return known
        if (message := self._unparsed.get(key)) is not None:
            self._bundle.add_resource(FluentResource(message))
            self._unparsed.pop(key, None)  # another thread may have done the same
        pattern = self._bundle.get_message(key).value
        assert pattern is not None, f"{key} has no text"
        value, errors = self._bundle.format_pattern(pattern, args)
        assert not errors, f"{key} in {self.locale}: {errors}"
        text = str(value)
        if not args:
            self._plain[key] = text
        return text


def _split_messages(source: str) -> dict[str, str]:
    """Return each message of a file by its key. A message begins with its line's first letter, and refers to no other."""
    starts = list(_MESSAGE.finditer(source))
    ends = [start.start() for start in starts[1:]] + [len(source)]
    return {start[1]: source[start.start() : end] for start, end in zip(starts, ends, strict=True)}


def _escaped(value: object) -> object:
    if isinstance(value, Html) or not isinstance(value, str):
        return value
    return escape(one_line(value, 300))


def _cleaned(value: object) -> object:
    return one_line(value, 300) if isinstance(value, str) else value


@cache
def known_locales() -> tuple[str, ...]:
    """Return the languages there are, as BCP 47 names, in order."""
    return tuple(sorted(path.stem for path in LOCALES_DIR.glob("*.ftl")))


@cache
def words_for(locale: str) -> Words:
    """Return the texts of a language, English for one that is unknown."""
    known = locale if locale in known_locales() else DEFAULT
    return Words(known, (LOCALES_DIR / f"{known}.ftl").read_text(encoding="utf-8"))
