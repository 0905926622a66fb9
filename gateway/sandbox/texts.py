"""Texts and captions as Telegram stores them: what a bot sends with `parse_mode`, and what a person types."""

import re

from gateway.sandbox.entities import FormattedText, check_entities, clean_text, find_entities, utf16_length
from gateway.sandbox.errors import BadRequest
from gateway.sandbox.html_parser import parse_html
from gateway.sandbox.markdown_parser import parse_legacy_markdown, parse_markdown
from gateway.sandbox.model import Json

TEXT_LIMIT = 4096
CAPTION_LIMIT = 1024
_PARSERS = {"html": parse_html, "markdownv2": parse_markdown, "markdown": parse_legacy_markdown}
# where two entities cover the same text, Telegram lists these kinds first, in this order
_RANKS = {
    kind: rank for rank, kind in enumerate(("blockquote", "expandable_blockquote", "pre", "code", "text_link"))
}  # fmt: skip

_TYPED_MARKS = {"**": "bold", "__": "italic", "~~": "strikethrough", "||": "spoiler", "```": "pre", "`": "code"}
_TYPED = re.compile(
    r"(?P<mark>\*\*|__|~~|\|\||```|`)(?=\S)(?P<body>.+?)(?<=\S)(?P=mark)"
    r"|\[(?P<label>[^\[\]\n]+)\]\((?P<url>https?://[^\s()]+)\)",
    re.DOTALL,
)


def format_text(text: str, mode: str, raw_entities: object) -> FormattedText:
    """Return text and entities as Telegram stores them: parsed, trimmed, sorted, with those that it finds by itself.

    `mode` is `parse_mode` as it was sent, in any case; it wins over explicit entities. Raises BotApiError.
    """
    text = clean_text(text)
    if mode:
        parser = _PARSERS.get(mode.lower())
        if parser is None:
            raise BadRequest("unsupported parse_mode")
        text, entities = parser(text)
    else:
        entities = check_entities(text, raw_entities) if raw_entities else []
    text, entities = _trim(text, entities)
    entities = entities + find_entities(text, entities)
    entities.sort(key=lambda entity: (entity["offset"], -entity["length"], _RANKS.get(entity["type"], 9)))
    return text, entities


def _trim(text: str, entities: list[Json]) -> FormattedText:
    kept = text.rstrip()
    start = len(kept) - len(kept.lstrip())
    shift = utf16_length(kept[:start])
    end = utf16_length(kept)
    trimmed: list[Json] = []
    for entity in entities:
        first = max(entity["offset"], shift)
        last = min(entity["offset"] + entity["length"], end)
        if last > first:
            trimmed.append({**entity, "offset": first - shift, "length": last - first})
    return kept[start:], trimmed


def format_message_text(text: str, mode: str, raw_entities: object) -> FormattedText:
    """Return a message's text with its entities.

    Raises BotApiError when it is empty, can't be parsed or has more than 4096 UTF-16 units after parsing.
    """
    if not text:
        raise BadRequest("message text is empty")
    parsed, entities = format_text(text, mode, raw_entities)
    if not parsed:
        raise BadRequest("text must be non-empty")
    if utf16_length(parsed) > TEXT_LIMIT:
        raise BadRequest("message is too long")
    return parsed, entities


def format_caption(text: str, mode: str, raw_entities: object) -> FormattedText:
    """Return a caption with its entities; it may be empty. Raises BotApiError above 1024 UTF-16 units after parsing."""
    parsed, entities = format_text(text, mode, raw_entities)
    if utf16_length(parsed) > CAPTION_LIMIT:
        raise BadRequest("message caption is too long")
    return parsed, entities


def format_typed_text(text: str) -> FormattedText:
    """Return what a person types as Telegram's apps send it: without `**bold**` and other marks, with their entities.

    A command is left as it is.
    """
    if text.startswith("/"):
        return text, []
    return _format_typed(text, 0)


def _format_typed(text: str, offset: int) -> FormattedText:
    out, position = "", 0
    entities: list[Json] = []
    for match in _TYPED.finditer(text):
        out += text[position : match.start()]
        position = match.end()
        start = offset + utf16_length(out)
        kind = _TYPED_MARKS.get(match["mark"] or "", "text_link")
        inner = match["label"] or match["body"]
        body, inside = (inner, []) if kind in ("pre", "code") else _format_typed(inner, start)
        out += body
        entity: Json = {"type": kind, "offset": start, "length": utf16_length(body)}
        if match["url"]:
            entity["url"] = match["url"]
        entities += [entity, *inside]
    return out + text[position:], entities
