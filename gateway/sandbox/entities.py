"""Entities of a text: UTF-16 lengths, the caller's own ones checked, those that Telegram finds by itself."""

import re
from typing import Any
from urllib.parse import urlsplit

from .params import number
from .refusals import bad_request

Entity = dict[str, Any]
Formatted = tuple[str, list[Entity]]

LAST_MOMENT = 253_402_300_799  # the end of the year 9999

_PLAIN = {
    "bold", "italic", "underline", "strikethrough", "spoiler", "blockquote", "expandable_blockquote", "code", "pre",
}  # fmt: skip
_FOUND = {"mention", "hashtag", "cashtag", "bot_command", "url", "email", "phone_number"}
_FINDERS = (
    ("url", re.compile(r"(?:https?://|tg://)[^\s<>\"']*[^\s<>\"'.,;:!?)\]]", re.IGNORECASE)),
    ("email", re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")),
    ("bot_command", re.compile(r"(?<![\w/<>])/[A-Za-z0-9_]{1,64}(?:@\w{3,32})?(?![\w/])")),
    ("mention", re.compile(r"(?<![\w@])@[A-Za-z]\w{2,31}(?!\w)")),
    ("hashtag", re.compile(r"(?<![\w#])#(?=\w*[^\W\d])\w{1,256}")),
    ("phone_number", re.compile(r"(?<![\w+])\+\d(?:[ \xa0()-]{0,2}\d){9,14}(?!\w)")),
)
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")
_DROPPED = re.compile("[\r\u2028-\u202e]")


def utf16(text: str) -> int:
    """The length that Telegram counts: UTF-16 code units."""
    return len(text) + sum(1 for char in text if ord(char) > 0xFFFF)


def clean(text: str) -> str:
    """What Telegram makes of a text first: no carriage returns, no bidi controls, spaces for control characters."""
    return _CONTROL.sub(" ", _DROPPED.sub("", text))


def check_link(url: str) -> str | None:
    """Why Telegram would not take this link, or None."""
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


def find(text: str, known: list[Entity]) -> list[Entity]:
    """Commands, links, mentions and the like that Telegram finds by itself, outside of `known`."""
    taken = [(entity["offset"], entity["offset"] + entity["length"]) for entity in known]
    found: list[Entity] = []
    for kind, pattern in _FINDERS:
        for match in pattern.finditer(text):
            start = utf16(text[: match.start()])
            end = start + utf16(match.group())
            if any(start < stop and begin < end for begin, stop in taken):
                continue
            taken.append((start, end))
            found.append({"type": kind, "offset": start, "length": end - start})
    return found


def explicit(text: str, raw: Any) -> list[Entity]:
    """The caller's own entities, checked as Telegram checks them. Kinds that Telegram finds itself are dropped."""
    if not isinstance(raw, list):
        raise bad_request("Can't parse entities JSON object")
    total = utf16(text)
    entities: list[Entity] = []
    for item in raw:
        entity = _explicit(item)
        if entity is None:
            continue
        offset, length = entity["offset"], entity["length"]
        if offset < 0:
            raise bad_request(f"Receive an entity with incorrect offset {offset}")
        if length < 0:
            raise bad_request(f"Receive an entity with incorrect length {length}")
        if offset > total:
            raise bad_request(f"Entity begins after the end of the text at UTF-16 offset {offset}")
        if offset + length > total:
            raise bad_request(
                f"Entity beginning at UTF-16 offset {offset} ends after the end of the text "
                f"at UTF-16 offset {offset + length}"
            )
        if length:
            entities.append(entity)
    return entities


def _explicit(item: Any) -> Entity | None:
    prefix = "Can't parse MessageEntity: "
    if not isinstance(item, dict):
        raise bad_request(f"{prefix}Expected an Object")
    for name in ("type", "offset", "length"):
        if name not in item:
            raise bad_request(f'{prefix}Can\'t find field "{name}"')
    kind = item["type"]
    if not isinstance(kind, str):
        raise bad_request(f'{prefix}Field "type" must be of type String')
    entity: Entity = {
        "type": kind,
        "offset": number(item["offset"], "offset", prefix),
        "length": number(item["length"], "length", prefix),
    }
    if kind in _FOUND:
        return None
    if kind in _PLAIN:
        if kind == "pre" and item.get("language"):
            entity["language"] = str(item["language"])
        return entity
    needed = {"text_link": "url", "text_mention": "user", "custom_emoji": "custom_emoji_id", "date_time": "unix_time"}
    if kind not in needed:
        raise bad_request(f"{prefix}Unsupported type specified")
    if needed[kind] not in item:
        raise bad_request(f'{prefix}Can\'t find field "{needed[kind]}"')
    value = item[needed[kind]]
    if kind == "text_link" and (reason := check_link(str(value))):
        raise bad_request(f"Entity URL '{value}' is invalid: {reason}")
    if kind == "custom_emoji" and not (str(value).isdigit() and int(value) < 2**63):
        raise bad_request(f'{prefix}Field "custom_emoji_id" must be a valid Number')
    if kind == "date_time":
        value = number(value, "unix_time", prefix)
        if not 0 < value <= LAST_MOMENT:
            raise bad_request(f"{prefix}Invalid date specified")
        if item.get("date_time_format"):
            entity["date_time_format"] = str(item["date_time_format"])
    return {**entity, needed[kind]: value}
