"""`parse_mode=HTML`: the tags that Telegram knows, and its complaints about the others, with byte offsets."""

import re

from .entities import LAST_MOMENT, Entity, Formatted, check_link, utf16
from .refusals import cant_parse

_KIND = {
    "b": "bold", "strong": "bold", "i": "italic", "em": "italic", "u": "underline", "ins": "underline",
    "s": "strikethrough", "strike": "strikethrough", "del": "strikethrough", "tg-spoiler": "spoiler",
    "span": "spoiler", "code": "code", "pre": "pre", "blockquote": "blockquote", "a": "text_link",
    "tg-emoji": "custom_emoji", "tg-time": "date_time",
}  # fmt: skip
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_CHARACTER = re.compile(r"&(?:#(?P<dec>\d+)|#[xX](?P<hex>[0-9a-fA-F]+)|(?P<name>[a-z]+));?")
_SPACE = " \t\n\r\0\x0b"


def decode(text: str) -> str:
    """The character references that Telegram decodes: the four named ones and the numeric ones."""

    def one(match: re.Match[str]) -> str:
        if name := match["name"]:
            return _NAMED.get(name, match.group()) if name in _NAMED else match.group()
        code = int(match["dec"]) if match["dec"] else int(match["hex"], 16)
        if code == 0 or code >= 0x10FFFF or 0xD800 <= code <= 0xDFFF:
            return match.group()
        return chr(code)

    return _CHARACTER.sub(one, text)


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.out: list[str] = []
        self.length = 0
        self.stack: list[tuple[str, dict[str, str], int, int]] = []  # tag, attributes, UTF-16 offset, piece index
        self.entities: list[Entity] = []

    def char(self) -> str:
        return self.text[self.at] if self.at < len(self.text) else ""

    def offset(self, position: int) -> int:
        return len(self.text[:position].encode("utf-8", "surrogatepass"))

    def run(self) -> Formatted:
        while self.at < len(self.text):
            if self.char() != "<":
                end = self.text.find("<", self.at)
                end = len(self.text) if end < 0 else end
                piece = decode(self.text[self.at : end])
                self.out.append(piece)
                self.length += utf16(piece)
                self.at = end
                continue
            begin = self.at
            self.at += 1
            if self.char() == "/":
                self.end_tag(begin)
            else:
                self.start_tag(begin)
        if self.stack:
            raise cant_parse(f'Can\'t find end tag corresponding to start tag "{self.stack[-1][0]}"')
        return "".join(self.out), self.entities

    def start_tag(self, begin: int) -> None:
        while self.char() and self.char() not in _SPACE + ">":
            self.at += 1
        if not self.char():
            raise cant_parse(f"Unclosed start tag at byte offset {self.offset(begin)}")
        tag = self.text[begin + 1 : self.at].lower()
        if tag not in _KIND:
            raise cant_parse(f'Unsupported start tag "{tag}" at byte offset {self.offset(begin)}')
        attributes: dict[str, str] = {}
        while self.char() != ">":
            self.skip_spaces()
            if self.char() == ">":
                break
            name, value = self.attribute(tag, begin)
            attributes[name] = value
        self.at += 1
        if tag == "span" and attributes.get("class") != "tg-spoiler":
            raise cant_parse(f'Tag "span" must have class "tg-spoiler" at byte offset {self.offset(begin)}')
        self.stack.append((tag, attributes, self.length, len(self.out)))

    def skip_spaces(self) -> None:
        while self.char() and self.char() in _SPACE:
            self.at += 1

    def attribute(self, tag: str, begin: int) -> tuple[str, str]:
        start = self.at
        while self.char() and self.char() not in _SPACE + "=>":
            self.at += 1
        name = self.text[start : self.at].lower()
        if not name:
            raise cant_parse(f'Empty attribute name in the tag "{tag}" at byte offset {self.offset(begin)}')
        self.skip_spaces()
        if self.char() != "=":
            if tag == "blockquote" and name == "expandable":
                return name, ""
            raise cant_parse(
                f'Expected equal sign in declaration of an attribute of the tag "{tag}" at byte offset {self.offset(begin)}'
            )
        self.at += 1
        self.skip_spaces()
        quote = self.char()
        if not quote:
            raise cant_parse(f'Unclosed start tag "{tag}" at byte offset {self.offset(begin)}')
        if quote not in "'\"":
            return name, self.name_token()
        end = self.text.find(quote, self.at + 1)
        if end < 0:
            raise cant_parse(f'Unclosed start tag "{tag}" at byte offset {self.offset(begin)}')
        value = decode(self.text[self.at + 1 : end])
        self.at = end + 1
        return name, value

    def name_token(self) -> str:
        start = self.at
        while self.char() and (self.char().isalnum() or self.char() in ".-"):
            self.at += 1
        if not self.char() or self.char() not in _SPACE + ">":
            raise cant_parse(f"Unexpected end of name token at byte offset {self.offset(start)}")
        return self.text[start : self.at].lower()

    def end_tag(self, begin: int) -> None:
        if not self.stack:
            raise cant_parse(f"Unexpected end tag at byte offset {self.offset(begin)}")
        while self.char() and self.char() not in _SPACE + ">":
            self.at += 1
        name = self.text[begin + 2 : self.at].lower()
        self.skip_spaces()
        if self.char() != ">":
            raise cant_parse(f"Unclosed end tag at byte offset {self.offset(begin)}")
        self.at += 1
        tag, attributes, start, piece = self.stack[-1]
        if name and name != tag:
            raise cant_parse(
                f'Unmatched end tag at byte offset {self.offset(begin)}, expected "</{tag}>", found "</{name}>"'
            )
        if self.length > start:
            self.entity(tag, attributes, start, "".join(self.out[piece:]))
        self.stack.pop()

    def entity(self, tag: str, attributes: dict[str, str], start: int, inner: str) -> None:
        entity: Entity = {"type": _KIND[tag], "offset": start, "length": self.length - start}
        if tag == "a":
            url = attributes.get("href") or inner
            if check_link(url):
                return
            entity["url"] = url
        elif tag == "tg-emoji":
            value = attributes.get("emoji-id", "")
            if not value.isdigit() or not 0 < int(value) < 2**63:
                raise cant_parse("Invalid custom emoji identifier specified")
            entity["custom_emoji_id"] = value
        elif tag == "tg-time":
            value = attributes.get("unix", "")
            if not re.fullmatch(r"\d{1,12}", value) or not 0 < int(value) <= LAST_MOMENT:
                raise cant_parse("Invalid date specified")
            entity["unix_time"] = int(value)
            if attributes.get("format"):
                entity["date_time_format"] = attributes["format"]
        elif tag == "blockquote" and "expandable" in attributes:
            entity["type"] = "expandable_blockquote"
        elif tag in ("pre", "code") and self.merged(tag, attributes, entity):
            return
        self.entities.append(entity)

    def merged(self, tag: str, attributes: dict[str, str], entity: Entity) -> bool:
        """`<pre><code class="language-x">` is one `pre` with a language."""
        language = attributes.get("class", "").removeprefix("language-") if tag == "code" else ""
        if tag == "code" and self.stack[:-1] and self.stack[-2][0] == "pre" and language:
            self.stack[-2][1]["language"] = language
            self.stack[-2][1]["span"] = f"{entity['offset']}+{entity['length']}"
            return True
        if tag == "pre" and attributes.get("span") == f"{entity['offset']}+{entity['length']}":
            entity["language"] = attributes["language"]
        return False


def parse(text: str) -> Formatted:
    """Text without its tags, and its entities in UTF-16 units. Raises `Refusal` with the parser's sentence."""
    return _Parser(text).run()
