"""The parser of `parse_mode=HTML`: the tags that Telegram knows, and its errors with byte offsets."""

import re

from gateway.sandbox.entities import LATEST_UNIX_TIME, FormattedText, find_link_error, utf16_length
from gateway.sandbox.errors import EntityError
from gateway.sandbox.model import Json

_KIND = {
    "b": "bold", "strong": "bold", "i": "italic", "em": "italic", "u": "underline", "ins": "underline",
    "s": "strikethrough", "strike": "strikethrough", "del": "strikethrough", "tg-spoiler": "spoiler",
    "span": "spoiler", "code": "code", "pre": "pre", "blockquote": "blockquote", "a": "text_link",
    "tg-emoji": "custom_emoji", "tg-time": "date_time",
}  # fmt: skip
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_CHARACTER = re.compile(r"&(?:#(?P<dec>\d+)|#[xX](?P<hex>[0-9a-fA-F]+)|(?P<name>[a-z]+));?")
_SPACE = " \t\n\r\0\x0b"


def _decode_references(text: str) -> str:
    """Decode the character references that Telegram knows: the four named ones and the numeric ones."""

    def decode(match: re.Match[str]) -> str:
        if name := match["name"]:
            return _NAMED.get(name, match.group()) if name in _NAMED else match.group()
        code = int(match["dec"]) if match["dec"] else int(match["hex"], 16)
        if code == 0 or code >= 0x10FFFF or 0xD800 <= code <= 0xDFFF:
            return match.group()
        return chr(code)

    return _CHARACTER.sub(decode, text)


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0
        self.out: list[str] = []
        self.length = 0
        self.stack: list[tuple[str, dict[str, str], int, int]] = []  # tag, attributes, UTF-16 offset, piece index
        self.entities: list[Json] = []

    def current(self) -> str:
        return self.text[self.position] if self.position < len(self.text) else ""

    def byte_offset(self, position: int) -> int:
        return len(self.text[:position].encode("utf-8", "surrogatepass"))

    def parse(self) -> FormattedText:
        while self.position < len(self.text):
            if self.current() != "<":
                end = self.text.find("<", self.position)
                end = len(self.text) if end < 0 else end
                piece = _decode_references(self.text[self.position : end])
                self.out.append(piece)
                self.length += utf16_length(piece)
                self.position = end
                continue
            begin = self.position
            self.position += 1
            if self.current() == "/":
                self.read_end_tag(begin)
            else:
                self.read_start_tag(begin)
        if self.stack:
            raise EntityError(f'Can\'t find end tag corresponding to start tag "{self.stack[-1][0]}"')
        return "".join(self.out), self.entities

    def read_start_tag(self, begin: int) -> None:
        while self.current() and self.current() not in _SPACE + ">":
            self.position += 1
        if not self.current():
            raise EntityError(f"Unclosed start tag at byte offset {self.byte_offset(begin)}")
        tag = self.text[begin + 1 : self.position].lower()
        if tag not in _KIND:
            raise EntityError(f'Unsupported start tag "{tag}" at byte offset {self.byte_offset(begin)}')
        attributes: dict[str, str] = {}
        while self.current() != ">":
            self.skip_spaces()
            if self.current() == ">":
                break
            name, value = self.read_attribute(tag, begin)
            attributes[name] = value
        self.position += 1
        if tag == "span" and attributes.get("class") != "tg-spoiler":
            raise EntityError(f'Tag "span" must have class "tg-spoiler" at byte offset {self.byte_offset(begin)}')
        self.stack.append((tag, attributes, self.length, len(self.out)))

    def skip_spaces(self) -> None:
        while self.current() and self.current() in _SPACE:
            self.position += 1

    def read_attribute(self, tag: str, begin: int) -> tuple[str, str]:
        start = self.position
        while self.current() and self.current() not in _SPACE + "=>":
            self.position += 1
        name = self.text[start : self.position].lower()
        if not name:
            raise EntityError(f'Empty attribute name in the tag "{tag}" at byte offset {self.byte_offset(begin)}')
        self.skip_spaces()
        if self.current() != "=":
            if tag == "blockquote" and name == "expandable":
                return name, ""
            raise EntityError(
                f'Expected equal sign in declaration of an attribute of the tag "{tag}" at byte offset {self.byte_offset(begin)}'
            )
        self.position += 1
        self.skip_spaces()
        quote = self.current()
        if not quote:
            raise EntityError(f'Unclosed start tag "{tag}" at byte offset {self.byte_offset(begin)}')
        if quote not in "'\"":
            return name, self.read_name_token()
        end = self.text.find(quote, self.position + 1)
        if end < 0:
            raise EntityError(f'Unclosed start tag "{tag}" at byte offset {self.byte_offset(begin)}')
        value = _decode_references(self.text[self.position + 1 : end])
        self.position = end + 1
        return name, value

    def read_name_token(self) -> str:
        start = self.position
        while self.current() and (self.current().isalnum() or self.current() in ".-"):
            self.position += 1
        if not self.current() or self.current() not in _SPACE + ">":
            raise EntityError(f"Unexpected end of name token at byte offset {self.byte_offset(start)}")
        return self.text[start : self.position].lower()

    def read_end_tag(self, begin: int) -> None:
        if not self.stack:
            raise EntityError(f"Unexpected end tag at byte offset {self.byte_offset(begin)}")
        while self.current() and self.current() not in _SPACE + ">":
            self.position += 1
        name = self.text[begin + 2 : self.position].lower()
        self.skip_spaces()
        if self.current() != ">":
            raise EntityError(f"Unclosed end tag at byte offset {self.byte_offset(begin)}")
        self.position += 1
        tag, attributes, start, piece = self.stack[-1]
        if name and name != tag:
            raise EntityError(
                f'Unmatched end tag at byte offset {self.byte_offset(begin)}, expected "</{tag}>", found "</{name}>"'
            )
        if self.length > start:
            self.add_entity(tag, attributes, start, "".join(self.out[piece:]))
        self.stack.pop()

    def add_entity(self, tag: str, attributes: dict[str, str], start: int, inner: str) -> None:
        entity: Json = {"type": _KIND[tag], "offset": start, "length": self.length - start}
        if tag == "a":
            url = attributes.get("href") or inner
            if find_link_error(url):
                return
            entity["url"] = url
        elif tag == "tg-emoji":
            value = attributes.get("emoji-id", "")
            if not value.isdigit() or not 0 < int(value) < 2**63:
                raise EntityError("Invalid custom emoji identifier specified")
            entity["custom_emoji_id"] = value
        elif tag == "tg-time":
            value = attributes.get("unix", "")
            if not re.fullmatch(r"\d{1,12}", value) or not 0 < int(value) <= LATEST_UNIX_TIME:
                raise EntityError("Invalid date specified")
            entity["unix_time"] = int(value)
            if attributes.get("format"):
                entity["date_time_format"] = attributes["format"]
        elif tag == "blockquote" and "expandable" in attributes:
            entity["type"] = "expandable_blockquote"
        elif tag in ("pre", "code") and self.merge_language(tag, attributes, entity):
            return
        self.entities.append(entity)

    def merge_language(self, tag: str, attributes: dict[str, str], entity: Json) -> bool:
        """Make `<pre><code class="language-x">` one `pre` with a language. Returns whether the `code` is merged so."""
        language = attributes.get("class", "").removeprefix("language-") if tag == "code" else ""
        if tag == "code" and self.stack[:-1] and self.stack[-2][0] == "pre" and language:
            self.stack[-2][1]["language"] = language
            self.stack[-2][1]["span"] = f"{entity['offset']}+{entity['length']}"
            return True
        if tag == "pre" and attributes.get("span") == f"{entity['offset']}+{entity['length']}":
            entity["language"] = attributes["language"]
        return False


def parse_html(text: str) -> FormattedText:
    """Return the text without its tags, and its entities. Raises BotApiError with the sentence of Telegram's parser."""
    return _Parser(text).parse()
