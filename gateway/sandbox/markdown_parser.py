"""The parsers of `parse_mode=MarkdownV2` and of the legacy `Markdown`: Telegram's rules, its errors with byte offsets."""

import re

from gateway.sandbox.entities import FormattedText, find_link_error, utf16_length
from gateway.sandbox.errors import EntityError
from gateway.sandbox.model import Json

_RESERVED = "_*[]()~`>#+-=|{}.!\n"
_NAME = {
    "bold": "Bold", "italic": "Italic", "underline": "Underline", "strikethrough": "Strikethrough",
    "spoiler": "Spoiler", "code": "Code", "pre": "Pre", "text_link": "TextUrl", "custom_emoji": "CustomEmoji",
    "blockquote": "BlockQuote",
}  # fmt: skip
_MARKS = (
    ("||", "spoiler"), ("__", "underline"), ("_", "italic"), ("*", "bold"), ("~", "strikethrough"),
    ("```", "pre"), ("`", "code"), ("![", "custom_emoji"), ("[", "text_link"),
)  # fmt: skip
_CLOSING = {
    "spoiler": "||", "underline": "__", "italic": "_", "bold": "*", "strikethrough": "~", "pre": "```", "code": "`",
    "text_link": "]", "custom_emoji": "]",
}  # fmt: skip


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0
        self.out: list[str] = []
        self.length = 0
        self.stack: list[tuple[str, int, int, int, str]] = []  # kind, UTF-16 offset, byte position, piece, language
        self.entities: list[Json] = []
        self.quoted = False

    def starts_with(self, mark: str) -> bool:
        return self.text.startswith(mark, self.position)

    def append(self, char: str) -> None:
        self.out.append(char)
        self.length += utf16_length(char)

    def byte_offset(self, position: int) -> int:
        return len(self.text[:position].encode("utf-8", "surrogatepass"))

    def parse(self) -> FormattedText:
        while self.position < len(self.text):
            char = self.text[self.position]
            following = self.text[self.position + 1 : self.position + 2]
            if char == "\\" and following and 0 < ord(following) <= 126:
                self.append(following)
                self.position += 2
                continue
            inside = self.stack[-1][0] if self.stack else ""
            if char not in ("`" if inside in ("code", "pre") else _RESERVED):
                self.append(char)
                self.position += 1
            elif self.is_closing(inside, char):
                self.close(inside, char)
            else:
                self.open(char)
        if self.quoted and self.stack and self.stack[-1][0] == "blockquote":
            self.add_entity({}, self.length)
        if self.stack:
            kind, _, position, _, _ = self.stack[-1]
            raise EntityError(f"Can't find end of {_NAME[kind]} entity at byte offset {self.byte_offset(position)}")
        return "".join(self.out), self.entities

    def is_closing(self, inside: str, char: str) -> bool:
        if not inside:
            return False
        if self.quoted and char == "\n" and self.text[self.position + 1 : self.position + 2] != ">":
            return True
        if inside == "blockquote":
            return False
        if inside == "italic":
            return char == "_" and not self.starts_with("__")
        return self.starts_with(_CLOSING[inside])

    def open(self, char: str) -> None:
        start = self.position
        if char == "\n":
            self.append("\n")
            self.position += 1
            if self.starts_with(">"):
                self.position += 1
                if not self.quoted:
                    self.open_quote(start)
            return
        if char == ">" and start == 0:
            self.position += 1
            self.open_quote(start)
            return
        mark, kind = next(((mark, kind) for mark, kind in _MARKS if self.starts_with(mark)), ("", ""))
        if not mark:
            raise EntityError(f"Character '{char}' is reserved and must be escaped with the preceding '\\'")
        self.position += len(mark)
        language = ""
        if kind == "pre":
            if match := re.compile(r"[^\s`]+(?=\s)").match(self.text, self.position):
                language, self.position = match.group(), match.end()
            if match := re.compile(r"\r\n|\n\r|\n|\r").match(self.text, self.position):
                self.position = match.end()
        self.stack.append((kind, self.length, start, len(self.out), language))

    def open_quote(self, start: int) -> None:
        self.quoted = True
        self.stack.append(("blockquote", self.length, start, len(self.out), ""))

    def close(self, inside: str, char: str) -> None:
        if char == "\n":
            if inside != "blockquote":
                raise EntityError(
                    f"Can't find end of {_NAME[inside]} entity at byte offset {self.byte_offset(self.stack[-1][2])}"
                )
            self.append("\n")
            self.position += 1
            self.quoted = False
            self.add_entity({}, self.length)
            return
        self.position += len(_CLOSING[inside])
        extra: Json = {}
        if inside == "text_link":
            url = self.read_url("URL") if self.starts_with("(") else "".join(self.out[self.stack[-1][3] :])
            if find_link_error(url):
                self.stack.pop()
                return
            extra = {"url": url}
        elif inside == "custom_emoji":
            if not self.starts_with("("):
                raise EntityError("Custom emoji entity must contain a tg://emoji URL")
            extra = self.emoji_or_time(self.read_url("custom emoji URL"))
        elif inside == "pre" and self.stack[-1][4]:
            extra = {"language": self.stack[-1][4]}
        self.add_entity(extra, self.length)

    def emoji_or_time(self, url: str) -> Json:
        """Return the fields of `![…](tg://emoji?id=…)` or `![…](tg://time?unix=…&format=…)`."""
        if match := re.fullmatch(r"tg://emoji\?id=(\d{1,19})", url):
            return {"custom_emoji_id": match[1]}
        if match := re.fullmatch(r"tg://time\?unix=(\d{1,12})(?:&format=(\w*))?", url):
            return {"type": "date_time", "unix_time": int(match[1])} | (
                {"date_time_format": match[2]} if match[2] else {}
            )
        raise EntityError("Invalid custom emoji identifier specified")

    def read_url(self, what: str) -> str:
        self.position += 1
        start, url = self.position, ""
        while self.position < len(self.text) and self.text[self.position] != ")":
            if self.text[self.position] == "\\" and self.position + 1 < len(self.text):
                self.position += 1
            url += self.text[self.position]
            self.position += 1
        if self.position >= len(self.text):
            raise EntityError(f"Can't find end of a {what} at byte offset {self.byte_offset(start)}")
        self.position += 1
        return url

    def add_entity(self, extra: Json, end: int) -> None:
        kind, start, _, _, _ = self.stack.pop()
        if end > start:
            self.entities.append({"type": kind, "offset": start, "length": end - start, **extra})


def parse_markdown(text: str) -> FormattedText:
    """Return a MarkdownV2 text without its marks, and its entities. Raises BotApiError."""
    return _Parser(text).parse()


_LEGACY = re.compile(r"\\(?P<escaped>[_*`\[])|(?P<mark>```|[_*`\[])")


def parse_legacy_markdown(text: str) -> FormattedText:
    """Return a text of the legacy Markdown, which has no nesting, without its marks, and its entities.

    Raises BotApiError.
    """
    out, position = "", 0
    entities: list[Json] = []
    while match := _LEGACY.search(text, position):
        out += text[position : match.start()]
        position = match.end()
        if match["escaped"]:
            out += match["escaped"]
            continue
        mark = match["mark"]
        closing = "]" if mark == "[" else mark
        end = text.find(closing, position)
        if end < 0:
            offset = len(text[: match.start()].encode())
            raise EntityError(f"Can't find end of the entity starting at byte offset {offset}")
        inner = text[position:end]
        kind = {"_": "italic", "*": "bold", "`": "code", "```": "pre", "[": "text_link"}[mark]
        entity: Json = {"type": kind, "offset": utf16_length(out), "length": utf16_length(inner)}
        position = end + len(closing)
        if mark == "[":
            url = inner
            if text.startswith("(", position):
                stop = text.find(")", position)
                stop = len(text) if stop < 0 else stop
                url, position = text[position + 1 : stop], stop + 1
            entity["url"] = url
        out += inner
        if inner and not (mark == "[" and find_link_error(entity["url"])):
            entities.append(entity)
    return out + text[position:], entities
