"""Formatted text: Telegram's entities on their way to the backend, and back as HTML that we have made ourselves.

Only the formats that the contract names travel; everything else of a text is escaped, so nothing typed is ever markup.
"""

from collections.abc import Sequence
from typing import get_args

import msgspec
from aiogram.types import Message

from backend.contract.broadcasts import Entity, Style
from bot.ui.text import Html, escape

_KNOWN = frozenset(get_args(Style))
_TAGS = {
    "bold": "b",
    "italic": "i",
    "underline": "u",
    "strikethrough": "s",
    "spoiler": "tg-spoiler",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
    "expandable_blockquote": "blockquote",
}
# Telegram lets nothing stand inside these, and no quote inside a quote.
_ALONE = frozenset({"code", "pre"})
_QUOTES = frozenset({"blockquote", "expandable_blockquote"})


def entities_of(message: Message | None) -> list[Entity]:
    """What somebody has formatted; kinds that we do not keep, and links that are none of the web's, are left out."""
    found = []
    for one in (message.entities if message is not None else None) or []:
        if one.type not in _KNOWN:
            continue
        raw = {"type": one.type, "offset": one.offset, "length": one.length, "url": one.url}
        try:
            found.append(msgspec.convert(raw, Entity))
        except msgspec.ValidationError:
            continue
    return found[:100]


def format_html(text: str, entities: Sequence[Entity]) -> Html:
    """The text with its formatting, properly nested whatever the entities say."""
    units = text.encode("utf-16-le")
    ordered = sorted(entities, key=lambda one: (one.offset, -one.length))
    return Html(_within(units, ordered, 0, len(units) // 2, quoted=False))


def _within(units: bytes, entities: Sequence[Entity], start: int, end: int, *, quoted: bool) -> str:
    parts: list[str] = []
    at = start
    for index, one in enumerate(entities):
        begins, ends = max(one.offset, at), min(one.offset + one.length, end)
        if ends <= begins or (quoted and one.type in _QUOTES):
            continue
        parts.append(_plain(units, at, begins))
        inner = [] if one.type in _ALONE else [other for other in entities[index + 1 :] if other.offset < ends]
        body = _within(units, inner, begins, ends, quoted=quoted or one.type in _QUOTES)
        parts.append(_tagged(one, body))
        at = ends
    parts.append(_plain(units, at, end))
    return "".join(parts)


def _tagged(one: Entity, body: str) -> str:
    if one.type == "text_link":
        return f'<a href="{escape(one.url or "")}">{body}</a>'
    tag = _TAGS[one.type]
    opening = f"{tag} expandable" if one.type == "expandable_blockquote" else tag
    return f"<{opening}>{body}</{tag}>"


def _plain(units: bytes, start: int, end: int) -> str:
    return escape(units[2 * start : 2 * end].decode("utf-16-le", "replace"))
