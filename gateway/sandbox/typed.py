"""What a person types, formatted as Telegram's own apps do before they send it: `**bold**`, `__italic__` and the like.

A bot never sees the marks; it gets the bare text and entities.
"""

import re
from typing import Any

from .entities import utf16

_MARKS = {"**": "bold", "__": "italic", "~~": "strikethrough", "||": "spoiler", "```": "pre", "`": "code"}
_FORMATTED = re.compile(
    r"(?P<mark>\*\*|__|~~|\|\||```|`)(?=\S)(?P<body>.+?)(?<=\S)(?P=mark)"
    r"|\[(?P<label>[^\[\]\n]+)\]\((?P<url>https?://[^\s()]+)\)",
    re.DOTALL,
)


def formatted(text: str) -> tuple[str, list[dict[str, Any]]]:
    """The text without marks, and the entities that they stand for. A command is left as it is."""
    if text.startswith("/"):
        return text, []
    return _formatted(text, 0)


def _formatted(text: str, offset: int) -> tuple[str, list[dict[str, Any]]]:
    out, entities, at = "", [], 0
    for match in _FORMATTED.finditer(text):
        out += text[at : match.start()]
        at = match.end()
        start = offset + utf16(out)
        kind = _MARKS.get(match["mark"] or "", "text_link")
        inner = match["label"] or match["body"]
        body, inside = (inner, []) if kind in ("pre", "code") else _formatted(inner, start)
        out += body
        entity: dict[str, Any] = {"type": kind, "offset": start, "length": utf16(body)}
        if match["url"]:
            entity["url"] = match["url"]
        entities += [entity, *inside]
    return out + text[at:], entities
