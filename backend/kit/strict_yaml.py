"""YAML that means what it shows: typed access to a document's nodes that collects every problem with its place.

YAML 1.1 reads `no` as False, `12:30` as 750, `0123` as 83 and lets a second key win in silence; here each value must be
written as the type that is expected, and repeated and unknown keys are problems.
"""

import difflib
import re
import sys
from collections.abc import Callable, Iterable
from typing import TypeVar

import yaml

from backend.kit.text import has_invisible_characters, is_visible
from backend.kit.yaml_document import Document

T = TypeVar("T")
_TAG = "tag:yaml.org,2002:"
# a token or a key pasted into the wrong place must not travel on into logs; nor a part of one
_SECRET_LIKE = re.compile(r"[0-9]{5,}:[A-Za-z0-9_-]{20,}|[A-Za-z0-9_-]{32,}")


class Reader(Document):
    """Reads the values of one file."""

    def read_mapping(
        self, node: yaml.Node, path: str, known: Iterable[str], required: Iterable[str] = ()
    ) -> dict[str, yaml.Node]:
        """Return the values of a mapping by key; unknown, repeated and missing keys are reported and left out."""
        found = {name: value for name, (_, value) in self.read_entries(node, path, known).items()}
        if isinstance(node, yaml.MappingNode):
            for name in required:
                if name not in found and not any(p.path == join_path(path, name) for p in self.problems):
                    self.report(node, join_path(path, name), "is missing")
        return found

    def read_entries(
        self, node: yaml.Node, path: str, known: Iterable[str] | None
    ) -> dict[str, tuple[yaml.ScalarNode, yaml.Node]]:
        """Return the nodes of key and value by key; without `known` any key that is plain text may stand there."""
        names = None if known is None else tuple(known)
        found: dict[str, tuple[yaml.ScalarNode, yaml.Node]] = {}
        if not isinstance(node, yaml.MappingNode):
            self.report(node, path, self.wording.wrong_mapping.format(example=_example(names or ())))
            return found
        for key, value in node.value:
            name = key.value if isinstance(key, yaml.ScalarNode) else None
            if name is None:
                self._report_key(key, path, None, self.wording.nameless_key)
            elif name in found:
                line = found[name][0].start_mark.line + 1
                self._report_key(key, path, name, self.wording.repeated_key.format(key=quote_value(name), line=line))
            elif names is not None and name not in names:
                message = self.wording.unknown_key.format(key=quote_value(name)) + self._meant(name, names)
                self._report_key(key, path, name, message)
            else:
                found[name] = (key, value)
        return found

    def read_list(self, node: yaml.Node, path: str, at_most: int, example: str = "") -> list[yaml.Node]:
        """Return the nodes of a list."""
        if not isinstance(node, yaml.SequenceNode):
            self.report(node, path, f"must be a list, such as {example}" if example else "must be a list")
            return []
        if len(node.value) > at_most:
            self.report(node, path, self.wording.too_many.format(limit=at_most, count=len(node.value)))
            return []
        return list(node.value)

    def read_texts(self, node: yaml.Node, path: str, at_most: int, example: str = "") -> list[tuple[str, yaml.Node]]:
        """Return a list of strings, each with its node."""
        found = [
            (self.read_text(item, f"{path}[{i}]"), item)
            for i, item in enumerate(self.read_list(node, path, at_most, example))
        ]
        return [(value, item) for value, item in found if value is not None]

    def read_text(self, node: yaml.Node, path: str, *, also: str = "") -> str | None:
        """Return a string that was written as one.

        `also` names YAML types (`int float timestamp`) that are taken by their letters, where these are unambiguous."""
        kind = str(node.tag).removeprefix(_TAG) if isinstance(node, yaml.ScalarNode) else None
        if kind is None:
            self.report(node, path, self.wording.wrong_text)
        elif kind == "null":
            self.report(node, path, "has no value")
        elif kind != "str" and kind not in also.split():
            self.report(node, path, self.wording.unquoted.format(value=quote_value(node.value)))
        else:
            return str(node.value)
        return None

    def convert_text(self, node: yaml.Node, path: str, convert: Callable[[str], T], *, also: str = "") -> T | None:
        """Return a string run through `convert`, whose ValueError becomes the problem. `also` as in `text`."""
        text = self.read_text(node, path, also=also)
        return None if text is None else self._convert(node, path, text, convert)

    def convert_key(self, key: yaml.ScalarNode, path: str, convert: Callable[[str], T]) -> T | None:
        """Return a key run through `convert`, whatever type YAML sees in its letters."""
        return self._convert(key, path, str(key.value), convert)

    def read_whole_number(self, node: yaml.Node, path: str, low: int, high: int) -> int | None:
        """Return a whole number written in plain decimal digits, within `low..high`."""
        value = node.value if isinstance(node, yaml.ScalarNode) and node.tag == _TAG + "int" else ""
        plain = value.isascii() and value.isdigit() and (value == "0" or value[0] != "0") and len(value) < 10
        if plain and low <= int(value) <= high:
            return int(value)
        self.report(node, path, f"must be a whole number from {low} to {high}")
        return None

    def read_boolean(self, node: yaml.Node, path: str) -> bool | None:
        """Return the value of `true` or `false`; YAML's other spellings are problems."""
        if isinstance(node, yaml.ScalarNode) and node.tag == _TAG + "bool" and node.value in ("true", "false"):
            return bool(node.value == "true")
        self.report(node, path, "must be true or false")
        return None

    def read_choice(self, node: yaml.Node, path: str, among: Iterable[str], what: str) -> str | None:
        """Return a string that must be one of the given ones. `what` completes the message "must be {what}"."""
        options = tuple(among)
        if isinstance(node, yaml.ScalarNode) and node.tag != _TAG + "str":
            # `locale: no` is a boolean to YAML: the useful answer is the list of what may stand here
            self.report(node, path, f"must be {what}")
            return None
        value = self.read_text(node, path)
        if value is None:
            return None
        if value in options:
            # one object for all files that chose the same
            return sys.intern(value)
        self.report(node, path, f"must be {what}, not {show_value(value)}" + self._meant(value, options, told=False))
        return None

    def _convert(self, node: yaml.Node, path: str, text: str, convert: Callable[[str], T]) -> T | None:
        try:
            return convert(text)
        except ValueError as error:
            self.report(node, path, f"{quote_value(text)}: {error}")
            return None

    def _meant(self, value: str, options: Iterable[str], *, told: bool = True) -> str:
        folded = {option.lower(): option for option in options}
        close = difflib.get_close_matches(value.lower(), folded, n=1, cutoff=0.6)
        if close:
            return self.wording.meant.format(name=folded[close[0]])
        return self.wording.known_keys.format(names=", ".join(options)) if told else ""

    def _report_key(self, key: yaml.Node, path: str, name: str | None, message: str) -> None:
        """Report a problem of a key. Its path ends with the key; where messages have no paths, the message names it."""
        self.report_at(key.start_mark, message, join_path(path, show_value(name)) if self.wording.paths else "")


def join_path(path: str, key: str) -> str:
    """Return the path of a key: `rate_limits` and `per_user` make `rate_limits.per_user`."""
    return f"{path}.{key}" if path else key


def quote_value(value: str) -> str:
    """Return a value in backticks as a message may carry it."""
    return f"`{show_value(value)}`"


def show_value(value: str | None) -> str:
    """Return a value as a message may carry it: short, on one line."""
    if value is None:
        return "a key that is not text"
    value = _SECRET_LIKE.sub("…", value)
    cut = value if len(value) <= 40 else value[:39] + "…"
    return cut if is_visible(cut) and not has_invisible_characters(cut) else ascii(cut)[1:-1]


def _example(known: tuple[str, ...]) -> str:
    return f"with {' and '.join(known)}" if len(known) < 3 else f"with {', '.join(known[:-1])} or {known[-1]}"
