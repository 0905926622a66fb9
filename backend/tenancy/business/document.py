"""A strict view of a YAML document: every value with its place, every problem collected, nothing guessed.

YAML 1.1 reads `no` as False, `12:30` as 750, `0123` as 83 and lets the last of two equal keys win; here a text must
be written as a text, and aliases, anchors, tags and repeated keys are problems.
"""

import difflib
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import yaml

from backend.tenancy.business.structs import Problem

T = TypeVar("T")
MAX_BYTES = 4 * 1024 * 1024
MAX_DEPTH = 12
MAX_PROBLEMS = 200

_TAG = "tag:yaml.org,2002:"
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Document:
    """One file being read; `problems` grows, nothing is raised."""

    def __init__(self, filename: str) -> None:
        self.filename = filename
        self.problems: list[Problem] = []

    def report(self, node: yaml.Node | None, message: str) -> None:
        """Note a problem at a node (None: the beginning of the file)."""
        self._at(None if node is None else node.start_mark, message)

    def _at(self, mark: Any, message: str) -> None:
        line, column = (1, 1) if mark is None else (mark.line + 1, mark.column + 1)
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append(Problem(self.filename, line, column, message))

    def root(self, text: str) -> yaml.MappingNode | None:
        """The top mapping, or None after reporting why there is none."""
        if len(text.encode(errors="surrogatepass")) > MAX_BYTES:
            self.report(None, f"the file is larger than {MAX_BYTES // 1024 // 1024} MiB")
            return None
        try:
            if self._refuse_indirection(text):
                return None
            node = yaml.compose(text, Loader=_Loader)
        except yaml.MarkedYAMLError as error:
            self._at(error.problem_mark or error.context_mark, f"this is not YAML: {error.problem or error.context}")
            return None
        except (yaml.YAMLError, UnicodeError, ValueError):
            bad = next((i for i, c in enumerate(text) if not c.isprintable() and c not in "\t\r\n\ufeff"), 0)
            line = text.count("\n", 0, bad) + 1
            column = bad - (text.rfind("\n", 0, bad) + 1) + 1
            self.problems.append(Problem(self.filename, line, column, "a character that YAML does not allow"))
            return None
        if not isinstance(node, yaml.MappingNode):
            self.report(node, "the file must be a mapping such as `services: […]`")
            return None
        return node

    def _refuse_indirection(self, text: str) -> bool:
        """Aliases, anchors, tags, several documents and deep nesting, seen as events: nothing is built from them."""
        depth = documents = 0
        before = len(self.problems)
        for event in yaml.parse(text, Loader=_Loader):
            if isinstance(event, yaml.AliasEvent):
                self._at(event.start_mark, "aliases (*name) are not allowed")
            elif getattr(event, "anchor", None):
                self._at(event.start_mark, "anchors (&name) are not allowed")
            elif getattr(event, "tag", None):
                self._at(event.start_mark, "tags (!name) are not allowed")
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents == 2:
                    self._at(event.start_mark, "only one document is allowed in the file")
            elif isinstance(event, yaml.CollectionStartEvent):
                depth += 1
                if depth > MAX_DEPTH:
                    self._at(event.start_mark, f"nested deeper than {MAX_DEPTH} levels")
                    break
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1
        return len(self.problems) > before

    def mapping(
        self, node: yaml.Node, what: str, known: Iterable[str] | None
    ) -> dict[str, tuple[yaml.Node, yaml.Node]]:
        """key -> (key's node, value's node); unknown (unless `known` is None) and repeated keys are reported."""
        found: dict[str, tuple[yaml.Node, yaml.Node]] = {}
        if not isinstance(node, yaml.MappingNode):
            self.report(node, f"{what} must be a mapping")
            return found
        names = None if known is None else list(known)
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                self.report(key, "a key must be a plain text")
            elif key.value in found:
                line = found[key.value][0].start_mark.line + 1
                self.report(key, f"the key {_show(key.value)} was given before, on line {line}")
            elif names is not None and key.value not in names:
                close = difflib.get_close_matches(key.value.lower(), names, n=1)
                meant = f"; did you mean `{close[0]}`?" if close else f"; it can be {', '.join(names)}"
                self.report(key, f"unknown key {_show(key.value)}{meant}")
            else:
                found[key.value] = (key, value)
        return found

    def sequence(self, node: yaml.Node, what: str, most: int) -> list[yaml.Node]:
        """The nodes of a list of at most `most` entries."""
        if not isinstance(node, yaml.SequenceNode):
            self.report(node, f"{what} must be a list")
            return []
        if len(node.value) > most:
            self.report(node, f"{what} must have at most {most} entries, not {len(node.value)}")
            return []
        return list(node.value)

    def text(self, node: yaml.Node, what: str, convert: Callable[[str], T], *, also: str = "") -> T | None:
        """A text run through `convert`; its ValueError becomes the problem.

        `also` names YAML types (`int float timestamp`) that are taken by their letters, where these are unambiguous."""
        if not isinstance(node, yaml.ScalarNode):
            self.report(node, f"{what} must be a text")
            return None
        kind = str(node.tag).removeprefix(_TAG)
        if kind == "null":
            self.report(node, f"{what} has no value")
        elif kind != "str" and kind not in also.split():
            self.report(
                node, f"{what} must be a text: YAML reads {_show(node.value)} as something else, put it in quotes"
            )
        else:
            return self._convert(node, what, convert)
        return None

    def whole(self, node: yaml.Node, what: str, low: int, high: int) -> int | None:
        """A whole number written in plain decimal digits, within `low..high`."""
        value = node.value if isinstance(node, yaml.ScalarNode) and node.tag == _TAG + "int" else ""
        plain = value.isascii() and value.isdigit() and (value == "0" or value[0] != "0") and len(value) < 10
        if plain and low <= int(value) <= high:
            return int(value)
        self.report(node, f"{what} must be a whole number from {low} to {high}")
        return None

    def boolean(self, node: yaml.Node, what: str) -> bool | None:
        """`true` or `false` and none of YAML's other spellings."""
        if isinstance(node, yaml.ScalarNode) and node.tag == _TAG + "bool" and node.value in ("true", "false"):
            return bool(node.value == "true")
        self.report(node, f"{what} must be true or false")
        return None

    def key(self, node: yaml.Node, what: str, convert: Callable[[str], T]) -> T | None:
        """A key run through `convert`, whatever type YAML sees in its letters."""
        assert isinstance(node, yaml.ScalarNode)
        return self._convert(node, what, convert)

    def _convert(self, node: yaml.ScalarNode, what: str, convert: Callable[[str], T]) -> T | None:
        try:
            return convert(node.value)
        except ValueError as error:
            self.report(node, f"{what} {_show(node.value)}: {error}")
            return None


def _show(value: str) -> str:
    """A value as a message may carry it: short and on one line."""
    cut = value if len(value) <= 40 else value[:39] + "…"
    return f"`{cut}`" if cut.isprintable() else f"`{ascii(cut)[1:-1]}`"
