"""`parse_mode=MarkdownV2` (and the old `Markdown`): Telegram's rules and its complaints, with byte offsets."""

import re

from .entities import Entity, Formatted, check_link, utf16
from .refusals import cant_parse

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


def _reserved(char: str) -> Exception:
    return cant_parse(f"Character '{char}' is reserved and must be escaped with the preceding '\\'")


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.out: list[str] = []
        self.length = 0
        self.stack: list[tuple[str, int, int, int, str]] = []  # kind, UTF-16 offset, byte position, piece, language
        self.entities: list[Entity] = []
        self.quoted = False

    def ahead(self, mark: str) -> bool:
        return self.text.startswith(mark, self.at)

    def put(self, char: str) -> None:
        self.out.append(char)
        self.length += utf16(char)

    def byte(self, position: int) -> int:
        return len(self.text[:position].encode("utf-8", "surrogatepass"))

    def run(self) -> Formatted:
        while self.at < len(self.text):
            char = self.text[self.at]
            following = self.text[self.at + 1 : self.at + 2]
            if char == "\\" and following and 0 < ord(following) <= 126:
                self.put(following)
                self.at += 2
                continue
            inside = self.stack[-1][0] if self.stack else ""
            if char not in ("`" if inside in ("code", "pre") else _RESERVED):
                self.put(char)
                self.at += 1
            elif self.closes(inside, char):
                self.close(inside, char)
            else:
                self.open(char)
        if self.quoted and self.stack and self.stack[-1][0] == "blockquote":
            self.finish({}, self.length)
        if self.stack:
            kind, _, position, _, _ = self.stack[-1]
            raise cant_parse(f"Can't find end of {_NAME[kind]} entity at byte offset {self.byte(position)}")
        return "".join(self.out), self.entities

    def closes(self, inside: str, char: str) -> bool:
        if not inside:
            return False
        if self.quoted and char == "\n" and self.text[self.at + 1 : self.at + 2] != ">":
            return True
        if inside == "blockquote":
            return False
        if inside == "italic":
            return char == "_" and not self.ahead("__")
        return self.ahead(_CLOSING[inside])

    def open(self, char: str) -> None:
        start = self.at
        if char == "\n":
            self.put("\n")
            self.at += 1
            if self.ahead(">"):
                self.at += 1
                if not self.quoted:
                    self.quote(start)
            return
        if char == ">" and start == 0:
            self.at += 1
            self.quote(start)
            return
        mark, kind = next(((mark, kind) for mark, kind in _MARKS if self.ahead(mark)), ("", ""))
        if not mark:
            raise _reserved(char)
        self.at += len(mark)
        language = ""
        if kind == "pre":
            if match := re.compile(r"[^\s`]+(?=\s)").match(self.text, self.at):
                language, self.at = match.group(), match.end()
            if match := re.compile(r"\r\n|\n\r|\n|\r").match(self.text, self.at):
                self.at = match.end()
        self.stack.append((kind, self.length, start, len(self.out), language))

    def quote(self, start: int) -> None:
        self.quoted = True
        self.stack.append(("blockquote", self.length, start, len(self.out), ""))

    def close(self, inside: str, char: str) -> None:
        if char == "\n":
            if inside != "blockquote":
                raise cant_parse(
                    f"Can't find end of {_NAME[inside]} entity at byte offset {self.byte(self.stack[-1][2])}"
                )
            self.put("\n")
            self.at += 1
            self.quoted = False
            self.finish({}, self.length)
            return
        self.at += len(_CLOSING[inside])
        extra: Entity = {}
        if inside == "text_link":
            url = self.url("URL") if self.ahead("(") else "".join(self.out[self.stack[-1][3] :])
            if check_link(url):
                self.stack.pop()
                return
            extra = {"url": url}
        elif inside == "custom_emoji":
            if not self.ahead("("):
                raise cant_parse("Custom emoji entity must contain a tg://emoji URL")
            extra = self.special(self.url("custom emoji URL"))
        elif inside == "pre" and self.stack[-1][4]:
            extra = {"language": self.stack[-1][4]}
        self.finish(extra, self.length)

    def special(self, url: str) -> Entity:
        """`![…](tg://emoji?id=…)` or `![…](tg://time?unix=…&format=…)`."""
        if match := re.fullmatch(r"tg://emoji\?id=(\d{1,19})", url):
            return {"custom_emoji_id": match[1]}
        if match := re.fullmatch(r"tg://time\?unix=(\d{1,12})(?:&format=(\w*))?", url):
            return {"type": "date_time", "unix_time": int(match[1])} | (
                {"date_time_format": match[2]} if match[2] else {}
            )
        raise cant_parse("Invalid custom emoji identifier specified")

    def url(self, what: str) -> str:
        self.at += 1
        start, url = self.at, ""
        while self.at < len(self.text) and self.text[self.at] != ")":
            if self.text[self.at] == "\\" and self.at + 1 < len(self.text):
                self.at += 1
            url += self.text[self.at]
            self.at += 1
        if self.at >= len(self.text):
            raise cant_parse(f"Can't find end of a {what} at byte offset {self.byte(start)}")
        self.at += 1
        return url

    def finish(self, extra: Entity, end: int) -> None:
        kind, start, _, _, _ = self.stack.pop()
        if end > start:
            self.entities.append({"type": kind, "offset": start, "length": end - start, **extra})


def parse(text: str) -> Formatted:
    """MarkdownV2: text without its marks, and its entities in UTF-16 units. Raises `Refusal`."""
    return _Parser(text).run()


_OLD = re.compile(r"\\(?P<escaped>[_*`\[])|(?P<mark>```|[_*`\[])")


def parse_old(text: str) -> Formatted:
    """The old Markdown, which knows no nesting. Raises `Refusal`."""
    out, entities, at, length = "", [], 0, 0
    while match := _OLD.search(text, at):
        out += text[at : match.start()]
        at = match.end()
        if match["escaped"]:
            out += match["escaped"]
            continue
        mark = match["mark"]
        closing = "]" if mark == "[" else mark
        end = text.find(closing, at)
        if end < 0:
            offset = len(text[: match.start()].encode())
            raise cant_parse(f"Can't find end of the entity starting at byte offset {offset}")
        inner, length = text[at:end], utf16(out)
        kind = {"_": "italic", "*": "bold", "`": "code", "```": "pre", "[": "text_link"}[mark]
        entity: Entity = {"type": kind, "offset": length, "length": utf16(inner)}
        at = end + len(closing)
        if mark == "[":
            url = inner
            if text.startswith("(", at):
                stop = text.find(")", at)
                stop = len(text) if stop < 0 else stop
                url, at = text[at + 1 : stop], stop + 1
            entity["url"] = url
        out += inner
        if inner and not (mark == "[" and check_link(entity["url"])):
            entities.append(entity)
    return out + text[at:], entities
