"""Formatted text: from Telegram's entities to the contract's, and from those to HTML.

Only the formats that the contract names are kept. All text is escaped, so that nothing typed is ever markup.
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
    """Return the formatting of a message's text or caption, at most 100 entities.

    Kinds that the contract does not know, and links other than http(s), are left out."""
    entities = []
    for entity in (message.entities or message.caption_entities if message is not None else None) or []:
        if entity.type not in _KNOWN:
            continue
        raw = {"type": entity.type, "offset": entity.offset, "length": entity.length, "url": entity.url}
        try:
            entities.append(msgspec.convert(raw, Entity))
        except msgspec.ValidationError:
            continue
    return entities[:100]


def format_html(text: str, entities: Sequence[Entity]) -> Html:
    """Return the text with its formatting; tags are properly nested even where the entities overlap."""
    units = text.encode("utf-16-le")
    ordered = sorted(entities, key=lambda entity: (entity.offset, -entity.length))
    return Html(_within(units, ordered, 0, len(units) // 2, quoted=False))


def _within(units: bytes, entities: Sequence[Entity], start: int, end: int, *, quoted: bool) -> str:
    parts: list[str] = []
    at = start
    for index, entity in enumerate(entities):
        begins, ends = max(entity.offset, at), min(entity.offset + entity.length, end)
        if ends <= begins or (quoted and entity.type in _QUOTES):
            continue
        parts.append(_plain(units, at, begins))
        inner = [] if entity.type in _ALONE else [other for other in entities[index + 1 :] if other.offset < ends]
        body = _within(units, inner, begins, ends, quoted=quoted or entity.type in _QUOTES)
        parts.append(_tagged(entity, body))
        at = ends
    parts.append(_plain(units, at, end))
    return "".join(parts)


def _tagged(entity: Entity, body: str) -> str:
    if entity.type == "text_link":
        return f'<a href="{escape(entity.url or "")}">{body}</a>'
    tag = _TAGS[entity.type]
    opening = f"{tag} expandable" if entity.type == "expandable_blockquote" else tag
    return f"<{opening}>{body}</{tag}>"


def _plain(units: bytes, start: int, end: int) -> str:
    return escape(units[2 * start : 2 * end].decode("utf-16-le", "replace"))
