"""A YAML file's text before anything is built from it: bounded in size and depth, without aliases, anchors and tags."""

import re
from typing import Any

import msgspec
import yaml

MAX_BYTES = 64 * 1024
MAX_DEPTH = 20
MAX_PROBLEMS = 200
# What the YAML reader refuses, joiners and other format characters not among it.
_NOT_YAML = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class FileProblem(msgspec.Struct, frozen=True):
    """One fault of a file. Line and column count from 1; `path` names the value (`rate_limits.per_user`), if any."""

    file: str
    line: int
    column: int
    path: str
    message: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}:{self.column}: "
        return where + (f"{self.path}: {self.message}" if self.path else self.message)


class Wording(msgspec.Struct, frozen=True):
    """How problems are put into words; names in braces are filled in. The defaults go with a path before each message."""

    too_large: str = "the file is over {limit}"
    too_deep: str = "values are nested deeper than {limit} levels"
    not_allowed: str = "{what} are not allowed here"
    not_yaml: str = "this is not valid YAML: {why}"
    second_document: str = "this is not valid YAML: but found another document"
    empty: str = "the file is empty"
    no_mapping: str = "the file must be a mapping of keys to values"
    nameless_key: str = "unknown key"
    unknown_key: str = "unknown key"
    repeated_key: str = "this key was given before, on line {line}"
    meant: str = "; did you mean {name}?"
    known_keys: str = ""
    wrong_mapping: str = "must be a mapping, {example}"
    too_many: str = "holds more than {limit} entries"
    wrong_text: str = "must be text"
    unquoted: str = "must be text; YAML reads this as something else, so put it in quotes"
    paths: bool = True  # False: a message begins with the name of its value instead


class Document:
    """One file; `problems` grows instead of anything being raised. `path` is what a message calls a value."""

    def __init__(
        self,
        file: str,
        wording: Wording = Wording(),  # noqa: B008  frozen
        *,
        max_bytes: int = MAX_BYTES,
        max_depth: int = MAX_DEPTH,
    ) -> None:
        self.file = file
        self.problems: list[FileProblem] = []
        self.wording = wording
        self._max_bytes = max_bytes
        self._max_depth = max_depth

    def report(self, node: yaml.Node | None, path: str, message: str) -> None:
        """Note a problem at a node (None: the file's beginning)."""
        if path and not self.wording.paths:
            path, message = "", f"{path} {message}"
        self.report_at(None if node is None else node.start_mark, message, path)

    def compose(self, data: bytes) -> yaml.MappingNode | None:
        """Return the document's top mapping, or None after reporting why there is none."""
        if len(data) > self._max_bytes:
            self.report_at(None, self.wording.too_large.format(limit=_format_size(self._max_bytes)))
            return None
        try:
            if self._is_suspicious(data) and self._refuse_events(data):
                return None
            root = yaml.compose(data, Loader=_Loader)
        except yaml.MarkedYAMLError as error:
            why = error.problem or error.context or "this is not YAML"
            self.report_at(error.problem_mark or error.context_mark, self.wording.not_yaml.format(why=why))
            return None
        except (yaml.YAMLError, UnicodeDecodeError):
            self._report_encoding(data)
            return None
        if root is None:
            self.report_at(None, self.wording.empty)
            return None
        if not isinstance(root, yaml.MappingNode):
            self.report_at(root.start_mark, self.wording.no_mapping)
            return None
        return root

    def report_at(self, mark: Any, message: str, path: str = "") -> None:
        """Note a problem at a mark of libyaml or PyYAML, whose classes differ; None for the file's beginning."""
        line, column = (1, 1) if mark is None else (mark.line + 1, mark.column + 1)
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append(FileProblem(self.file, line, column, path, message))

    def _is_suspicious(self, data: bytes) -> bool:
        """Return whether a look at the events, which costs a second pass, could find something.

        Only these signs begin an anchor, an alias, a tag or a further document. libyaml's composer recurses in C and takes
        the process down on some ten thousand levels; each level needs one of the openers or a deeper indentation, which
        the size of a small file bounds."""
        openers = data.count(b"[") + data.count(b"{") + data.count(b"- ") + data.count(b"-\t") + data.count(b"? ")
        signs = (b"&", b"*", b"!", b"\n---")
        return len(data) > MAX_BYTES or openers > self._max_depth or any(sign in data for sign in signs)

    def _refuse_events(self, data: bytes) -> bool:
        before = len(self.problems)
        depth = documents = 0
        for event in yaml.parse(data, Loader=_Loader):
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            documents += isinstance(event, yaml.DocumentStartEvent)
            if depth > self._max_depth:
                self.report_at(event.start_mark, self.wording.too_deep.format(limit=self._max_depth))
                return True
            what = _indirection(event)
            if what:
                self.report_at(event.start_mark, self.wording.not_allowed.format(what=what))
            if documents == 2:
                self.report_at(event.start_mark, self.wording.second_document)
                return True
        return len(self.problems) > before

    def _report_encoding(self, data: bytes) -> None:
        try:
            text = data.decode()
            bad = next((i for i, c in enumerate(text) if _NOT_YAML.match(c) and c != "\ufeff"), 0)
            message = "a character that YAML does not allow"
            prefix = text[:bad]
        except UnicodeDecodeError as error:
            message = "the file must be UTF-8"
            prefix = data[: error.start].decode(errors="replace")
        lines = prefix.split("\n")
        self.problems.append(FileProblem(self.file, len(lines), len(lines[-1]) + 1, "", message))


def _indirection(event: yaml.Event) -> str | None:
    if isinstance(event, yaml.AliasEvent):
        return "aliases (*name)"
    if getattr(event, "anchor", None):
        return "anchors (&name)"
    return "tags (!name)" if getattr(event, "tag", None) else None


def _format_size(size: int) -> str:
    return f"{size >> 20} MiB" if size >= 1 << 20 else f"{size >> 10} KiB"
