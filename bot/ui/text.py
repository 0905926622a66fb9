"""Texts that Telegram never refuses and that cannot be forged: cleaned, escaped, cut."""

import re
from functools import lru_cache
from html import escape as _escape

from backend.kit.text import cut_position, is_visible, remove_unseen
from bot.ui.labels import without_marks

MAX_TEXT = 4096
MAX_CAPTION = 1024
MAX_LABEL = 64

NBSP = "\u00a0"
# Any run of white space but a single space that does not break.
_SPACES = re.compile(r"(?![\u00a0\u202f](?!\s))\s+")
_BLANK_LINES = re.compile(r"\n{3,}")
_LINE_ENDS = re.compile("\r\n|[\u2028\u2029]")
_TOKEN = re.compile(r"<[^>]*>|&(?:#\d+|[a-z]+);|[^<&]+|[<&]")


class Html(str):
    """Text that is HTML already: it is not escaped again."""

    __slots__ = ()


def clean_text(text: str, limit: int = MAX_TEXT) -> str:
    """Return foreign text without bidi and control characters and runs of blank lines, at most `limit` UTF-16 units."""
    plain = remove_unseen(_LINE_ENDS.sub("\n", text).replace("\t", " "))
    return cut_text(_BLANK_LINES.sub("\n\n", plain).strip(), limit)


@lru_cache(maxsize=8192)  # a business's names stand on every screen
def one_line(text: str, limit: int = MAX_LABEL) -> str:
    """Return foreign text on one line, for a label or a name in a sentence."""
    return cut_text(_SPACES.sub(" ", clean_text(text)), limit)


# Between the parts of a label; a line that is too long breaks behind it.
DOT = f"{NBSP}· "


def keep_together(text: str) -> str:
    """Return the text with spaces that do not break: a price, a duration, a date with its time."""
    return text.replace(" ", NBSP)


def escape(text: str) -> str:
    """Return the text escaped for Telegram's HTML; a label is shown whole."""
    return _escape(without_marks(text), quote=False)


def quote_words(text: str) -> Html:
    """Return somebody's own words as a quotation."""
    return Html(f"<blockquote>{escape(clean_text(text))}</blockquote>")


def utf16_length(text: str) -> int:
    """Return the length as Telegram counts it, in UTF-16 code units."""
    return len(text) + sum(1 for char in text if char > "\uffff")


def cut_text(text: str, limit: int) -> str:
    """Return at most `limit` UTF-16 units of the text, with an ellipsis where something is missing."""
    if len(text) * 2 <= limit or utf16_length(text) <= limit:
        return text
    room = limit - 1
    kept = 0
    for index, char in enumerate(text):
        room -= 2 if char > "\uffff" else 1
        if room < 0:
            break
        kept = index + 1
    return text[: cut_position(text, kept)].rstrip() + "…"


def visible_name(text: str, limit: int = MAX_LABEL) -> str:
    """Return a name on one line; nothing where it shows nothing, so that words for "no name" can stand there."""
    return one_line(text, limit) if is_visible(text) else ""


def cut_html(html: str, limit: int = MAX_TEXT) -> str:
    """Return HTML whose text after parsing has at most `limit` UTF-16 units; open tags are closed."""
    if len(html) * 2 <= limit or utf16_length(html) <= limit:
        return html
    left = limit - 1
    out: list[str] = []
    stack: list[str] = []
    for token in _TOKEN.findall(html):
        if token.startswith("</"):
            if stack:
                stack.pop()
        elif token.startswith("<") and len(token) > 1:
            stack.append(token[1:-1].split()[0])
        else:
            size = 1 if token.startswith("&") else utf16_length(token)
            if size > left:
                out.append(cut_text(token, left + 1) if not token.startswith("&") and left > 0 else "…")
                break
            left -= size
        out.append(token)
    else:
        return html
    return "".join(out) + "".join(f"</{tag}>" for tag in reversed(stack))
