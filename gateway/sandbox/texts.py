"""From what a bot sends to what Telegram stores: parsed, trimmed, measured text with its entities."""

from typing import Any

from . import html, markdown
from .entities import Entity, Formatted, clean, explicit, find, utf16
from .refusals import bad_request

TEXT_LIMIT = 4096
CAPTION_LIMIT = 1024
_PARSERS = {"html": html.parse, "markdownv2": markdown.parse, "markdown": markdown.parse_old}


def formatted(text: str, mode: str, raw_entities: Any) -> Formatted:
    """Text and entities as Telegram would store them: parsed, trimmed, sorted, with what it finds by itself.

    `mode` is `parse_mode` as sent (any case); it wins over explicit entities. Raises `Refusal`.
    """
    text = clean(text)
    if mode:
        parser = _PARSERS.get(mode.lower())
        if parser is None:
            raise bad_request("unsupported parse_mode")
        text, entities = parser(text)
    else:
        entities = explicit(text, raw_entities) if raw_entities else []
    text, entities = _trim(text, entities)
    entities = entities + find(text, entities)
    order = {
        kind: rank for rank, kind in enumerate(("blockquote", "expandable_blockquote", "pre", "code", "text_link"))
    }
    entities.sort(key=lambda entity: (entity["offset"], -entity["length"], order.get(entity["type"], 9)))
    return text, entities


def _trim(text: str, entities: list[Entity]) -> Formatted:
    kept = text.rstrip()
    start = len(kept) - len(kept.lstrip())
    shift = utf16(kept[:start])
    end = utf16(kept)
    trimmed: list[Entity] = []
    for entity in entities:
        first = max(entity["offset"], shift)
        last = min(entity["offset"] + entity["length"], end)
        if last > first:
            trimmed.append({**entity, "offset": first - shift, "length": last - first})
    return kept[start:], trimmed


def message_text(text: str, mode: str, raw_entities: Any) -> Formatted:
    """A message's text, or the refusal it meets: empty, unparsable, too long (4096 UTF-16 units after parsing)."""
    if not text:
        raise bad_request("message text is empty")
    parsed, entities = formatted(text, mode, raw_entities)
    if not parsed:
        raise bad_request("text must be non-empty")
    if utf16(parsed) > TEXT_LIMIT:
        raise bad_request("message is too long")
    return parsed, entities


def caption_text(text: str, mode: str, raw_entities: Any) -> Formatted:
    """A caption: may be empty, 1024 UTF-16 units after parsing."""
    parsed, entities = formatted(text, mode, raw_entities)
    if utf16(parsed) > CAPTION_LIMIT:
        raise bad_request("message caption is too long")
    return parsed, entities
