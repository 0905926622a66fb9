"""YAML that means what it shows: typed access to a document's nodes that collects every problem with its place.

YAML 1.1 reads `no` as False, `12:30` as 750 and lets a second key win in silence; here each value must be written as
the type that is expected, and aliases, anchors, tags, duplicate and unknown keys are problems.
"""

import difflib
import re
import sys
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
import yaml

MAX_BYTES = 64 * 1024
MAX_DEPTH = 20
_STR, _BOOL, _NULL = (f"tag:yaml.org,2002:{name}" for name in ("str", "bool", "null"))
# a token pasted into the wrong place must not travel on into logs
_TOKEN_LIKE = re.compile(r"[0-9]{5,}:[A-Za-z0-9_-]{20,}")
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Problem(msgspec.Struct, frozen=True):
    """One fault of a file. Line and column count from 1; `path` names the value (`rate_limits.per_user`), if any."""

    file: str
    line: int
    column: int
    path: str
    message: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}:{self.column}: "
        return where + (f"{self.path}: {self.message}" if self.path else self.message)


class Reader:
    """Reads one document; `problems` grows instead of anything being raised."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []

    def report(self, node: yaml.Node | None, path: str, message: str) -> None:
        """Note a problem at a node (None: the file's beginning)."""
        mark = node.start_mark if node is not None else None
        line, column = (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)
        self.problems.append(Problem(self.file, line, column, path, message))

    def compose(self, data: bytes) -> yaml.MappingNode | None:
        """The document's top mapping, or None after reporting why there is none."""
        if len(data) > MAX_BYTES:
            self.report(None, "", f"the file is over {MAX_BYTES // 1024} KiB")
            return None
        try:
            if _is_suspicious(data) and self._refuse_events(data):
                return None
            root = yaml.compose(data, Loader=_Loader)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            line, column = (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)
            said = error.problem or error.context or "this is not YAML"
            self.problems.append(Problem(self.file, line, column, "", f"this is not valid YAML: {said}"))
            return None
        except (yaml.YAMLError, UnicodeDecodeError):
            self._report_encoding(data)
            return None
        if root is None:
            self.report(None, "", "the file is empty")
            return None
        if not isinstance(root, yaml.MappingNode):
            self.report(root, "", "the file must be a mapping of keys to values, such as `name: Barber House`")
            return None
        return root

    def mapping(self, node: yaml.Node, path: str, known: Iterable[str], required: Iterable[str] = ()) -> dict[str, Any]:
        """The values of a mapping by key; unknown, duplicate and missing keys are reported and left out."""
        known = tuple(known)
        if not isinstance(node, yaml.MappingNode):
            self.report(node, path, "must be a mapping, " + _example(known))
            return {}
        found: dict[str, yaml.Node] = {}
        for key, value in node.value:
            name = key.value if isinstance(key, yaml.ScalarNode) else None
            if name is None or name not in known:
                self.report(key, join(path, shown(name)), "unknown key" + _meant(name or "", known))
            elif name in found:
                first = next(k for k, _ in node.value if k.value == name).start_mark
                self.report(key, join(path, name), f"this key was given before, on line {first.line + 1}")
            else:
                found[name] = value
        for name in required:
            if name not in found and not any(p.path == join(path, name) for p in self.problems):
                self.report(node, join(path, name), "is missing")
        return found

    def text(self, node: yaml.Node, path: str) -> str | None:
        """A string that was written as one."""
        if isinstance(node, yaml.ScalarNode):
            if node.tag == _STR:
                return str(node.value)
            if node.tag == _NULL:
                self.report(node, path, "has no value")
                return None
            self.report(node, path, "must be text; YAML reads this as something else, so put it in quotes")
            return None
        self.report(node, path, "must be text")
        return None

    def boolean(self, node: yaml.Node, path: str) -> bool | None:
        """`true` or `false`, and none of YAML's other spellings."""
        if isinstance(node, yaml.ScalarNode) and node.tag == _BOOL and node.value in ("true", "false"):
            return bool(node.value == "true")
        self.report(node, path, "must be true or false")
        return None

    def texts(self, node: yaml.Node, path: str, at_most: int) -> list[tuple[str, yaml.Node]]:
        """A list of strings, each with its node."""
        if not isinstance(node, yaml.SequenceNode):
            self.report(node, path, 'must be a list, such as ["https://barber.example"]')
            return []
        if len(node.value) > at_most:
            self.report(node, path, f"holds more than {at_most} entries")
            return []
        found = [(self.text(item, f"{path}[{i}]"), item) for i, item in enumerate(node.value)]
        return [(value, item) for value, item in found if value is not None]

    def choice(self, node: yaml.Node, path: str, among: Mapping[str, Any] | Iterable[str], what: str) -> str | None:
        """A string that must be one of the given ones; says which was meant. `what`: "must be {what}"."""
        options = tuple(among)
        if isinstance(node, yaml.ScalarNode) and node.tag != _STR:
            # `locale: no` is a boolean to YAML: the useful answer is the list of what may stand here
            self.report(node, path, f"must be {what}")
            return None
        value = self.text(node, path)
        if value is None:
            return None
        if value in options:
            # one object for all files that chose the same
            return sys.intern(value)
        self.report(node, path, f"must be {what}, not {shown(value)}" + _meant(value, options))
        return None

    def _refuse_events(self, data: bytes) -> bool:
        before = len(self.problems)
        depth = 0
        for event in yaml.parse(data, Loader=_Loader):
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > MAX_DEPTH:
                self._at(event.start_mark, f"values are nested deeper than {MAX_DEPTH} levels")
                return True
            if isinstance(event, yaml.AliasEvent):
                self._at(event.start_mark, "aliases (*name) are not allowed here")
            elif getattr(event, "anchor", None):
                self._at(event.start_mark, "anchors (&name) are not allowed here")
            elif getattr(event, "tag", None):
                self._at(event.start_mark, "tags (!name) are not allowed here")
        return len(self.problems) > before

    def _at(self, mark: Any, message: str) -> None:
        """`mark`: libyaml's or PyYAML's own, which have no class in common."""
        self.problems.append(Problem(self.file, mark.line + 1, mark.column + 1, "", message))

    def _report_encoding(self, data: bytes) -> None:
        try:
            text = data.decode()
            bad = next((i for i, c in enumerate(text) if not c.isprintable() and c not in "\t\n\r\ufeff"), 0)
            message = "a character that YAML does not allow"
            prefix = text[:bad]
        except UnicodeDecodeError as error:
            message = "the file must be UTF-8"
            prefix = data[: error.start].decode(errors="replace")
        lines = prefix.split("\n")
        self.problems.append(Problem(self.file, len(lines), len(lines[-1]) + 1, "", message))


def _is_suspicious(data: bytes) -> bool:
    """Whether a look at the events, which costs a second pass, could find something.

    Only these signs begin an anchor, an alias or a tag. libyaml's composer recurses in C and takes the process down on
    some ten thousand levels; each level needs one of the openers or a deeper indentation, which the size limit bounds.
    """
    openers = data.count(b"[") + data.count(b"{") + data.count(b"- ") + data.count(b"-\t") + data.count(b"? ")
    return openers > 100 or any(sign in data for sign in (b"&", b"*", b"!"))


def join(path: str, key: str) -> str:
    """`rate_limits` and `per_user` make `rate_limits.per_user`."""
    return f"{path}.{key}" if path else key


def shown(value: str | None) -> str:
    """A value as a message may carry it: short, on one line."""
    if value is None:
        return "a key that is not text"
    value = _TOKEN_LIKE.sub("…", value)
    cut = value if len(value) <= 40 else value[:39] + "…"
    return cut if cut.isprintable() else ascii(cut)[1:-1]


def _meant(value: str, options: Iterable[str]) -> str:
    folded: dict[str, str] = {option.lower(): option for option in options}
    close = difflib.get_close_matches(value.lower(), folded, n=1, cutoff=0.6)
    return f"; did you mean {folded[close[0]]}?" if close else ""


def _example(known: tuple[str, ...]) -> str:
    return f"with {' and '.join(known)}" if len(known) < 3 else f"with {', '.join(known[:-1])} or {known[-1]}"
