"""Entities of a text: UTF-16 lengths, the caller's own entities checked, and those that Telegram finds by itself."""

import re
from typing import TypeAlias
from urllib.parse import urlsplit

from gateway.sandbox.errors import BadRequest
from gateway.sandbox.model import Json
from gateway.sandbox.params import parse_integer

# (text, MessageEntity objects whose offsets and lengths count UTF-16 code units of that text)
FormattedText: TypeAlias = tuple[str, list[Json]]

LATEST_UNIX_TIME = 253_402_300_799  # the end of the year 9999

_WITHOUT_VALUE = {
    "bold", "italic", "underline", "strikethrough", "spoiler", "blockquote", "expandable_blockquote", "code", "pre",
}  # fmt: skip
_VALUE_FIELDS = {
    "text_link": "url", "text_mention": "user", "custom_emoji": "custom_emoji_id", "date_time": "unix_time",
}  # fmt: skip
_FOUND_BY_TELEGRAM = {"mention", "hashtag", "cashtag", "bot_command", "url", "email", "phone_number"}
_PATTERNS = (
    ("url", re.compile(r"(?:https?://|tg://)[^\s<>\"']*[^\s<>\"'.,;:!?)\]]", re.IGNORECASE)),
    ("email", re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")),
    ("bot_command", re.compile(r"(?<![\w/<>])/[A-Za-z0-9_]{1,64}(?:@\w{3,32})?(?![\w/])")),
    ("mention", re.compile(r"(?<![\w@])@[A-Za-z]\w{2,31}(?!\w)")),
    ("hashtag", re.compile(r"(?<![\w#])#(?=\w*[^\W\d])\w{1,256}")),
    ("phone_number", re.compile(r"(?<![\w+])\+\d(?:[ \xa0()-]{0,2}\d){9,14}(?!\w)")),
)
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")
_REMOVED = re.compile("[\r\u2028-\u202e]")


def utf16_length(text: str) -> int:
    """Return the length in UTF-16 code units, in which Telegram counts."""
    return len(text) + sum(1 for char in text if ord(char) > 0xFFFF)


def clean_text(text: str) -> str:
    """Return the text without carriage returns and bidi controls, and with spaces for control characters."""
    return _CONTROL.sub(" ", _REMOVED.sub("", text))


def find_link_error(url: str) -> str | None:
    """Return why Telegram would refuse the link, or None."""
    if not url:
        return "URL host is empty"
    scheme, separator, _ = url.partition("://")
    if separator and scheme.lower() in ("tg", "ton", "tonsite"):
        return None
    if separator and scheme.lower() not in ("http", "https"):
        return "Unsupported URL protocol"
    try:
        host = urlsplit(url if separator else f"http://{url}").hostname or ""
    except ValueError:
        return "Wrong HTTP URL"
    if not host:
        return "URL host is empty"
    return None if "." in host.strip(".") and " " not in host else "Wrong HTTP URL"


def find_entities(text: str, known: list[Json]) -> list[Json]:
    """Return the commands, links, mentions and the like that Telegram finds by itself, outside of `known`."""
    occupied = [(entity["offset"], entity["offset"] + entity["length"]) for entity in known]
    entities: list[Json] = []
    for kind, pattern in _PATTERNS:
        for match in pattern.finditer(text):
            start = utf16_length(text[: match.start()])
            end = start + utf16_length(match.group())
            if any(start < stop and begin < end for begin, stop in occupied):
                continue
            occupied.append((start, end))
            entities.append({"type": kind, "offset": start, "length": end - start})
    return entities


def check_entities(text: str, raw: object) -> list[Json]:
    """Return the caller's own entities, without those of the kinds that Telegram finds by itself.

    Raises BotApiError where Telegram would refuse them.
    """
    if not isinstance(raw, list):
        raise BadRequest("Can't parse entities JSON object")
    total = utf16_length(text)
    entities: list[Json] = []
    for item in raw:
        entity = _check_entity(item)
        if entity is None:
            continue
        offset, length = entity["offset"], entity["length"]
        if offset < 0:
            raise BadRequest(f"Receive an entity with incorrect offset {offset}")
        if length < 0:
            raise BadRequest(f"Receive an entity with incorrect length {length}")
        if offset > total:
            raise BadRequest(f"Entity begins after the end of the text at UTF-16 offset {offset}")
        if offset + length > total:
            raise BadRequest(
                f"Entity beginning at UTF-16 offset {offset} ends after the end of the text "
                f"at UTF-16 offset {offset + length}"
            )
        if length:
            entities.append(entity)
    return entities


def _check_entity(item: object) -> Json | None:
    prefix = "Can't parse MessageEntity: "
    if not isinstance(item, dict):
        raise BadRequest(f"{prefix}Expected an Object")
    for name in ("type", "offset", "length"):
        if name not in item:
            raise BadRequest(f'{prefix}Can\'t find field "{name}"')
    kind = item["type"]
    if not isinstance(kind, str):
        raise BadRequest(f'{prefix}Field "type" must be of type String')
    entity: Json = {
        "type": kind,
        "offset": parse_integer(item["offset"], "offset", prefix),
        "length": parse_integer(item["length"], "length", prefix),
    }
    if kind in _FOUND_BY_TELEGRAM:
        return None
    if kind in _WITHOUT_VALUE:
        if kind == "pre" and item.get("language"):
            entity["language"] = str(item["language"])
        return entity
    if kind not in _VALUE_FIELDS:
        raise BadRequest(f"{prefix}Unsupported type specified")
    field = _VALUE_FIELDS[kind]
    if field not in item:
        raise BadRequest(f'{prefix}Can\'t find field "{field}"')
    return {**entity, **_check_value(kind, field, item, prefix)}


def _check_value(kind: str, field: str, item: Json, prefix: str) -> Json:
    """Return the fields of an entity that carries a value: a link, a person, an emoji or a time."""
    value = item[field]
    if kind == "text_link" and (reason := find_link_error(str(value))):
        raise BadRequest(f"Entity URL '{value}' is invalid: {reason}")
    if kind == "custom_emoji" and not (str(value).isdigit() and int(value) < 2**63):
        raise BadRequest(f'{prefix}Field "custom_emoji_id" must be a valid Number')
    if kind != "date_time":
        return {field: value}
    seconds = parse_integer(value, "unix_time", prefix)
    if not 0 < seconds <= LATEST_UNIX_TIME:
        raise BadRequest(f"{prefix}Invalid date specified")
    if item.get("date_time_format"):
        return {"date_time_format": str(item["date_time_format"]), field: seconds}
    return {field: seconds}
