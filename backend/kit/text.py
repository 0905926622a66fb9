"""Texts and sums that people type: cleaned for keeping, folded for searching. Pure.

What makes up a letter or an emoji stays as it is typed: joiners (ZWJ, ZWNJ), combining marks, variation selectors, the
tags of a flag. What nobody can see and what turns the reading direction is taken out of texts and refused in names.
"""

import re
import unicodedata

# The flag of England, Scotland or Wales: a black flag, tags that spell its region, the tag that ends them.
_FLAG = "(\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{1,6}\U000e007f)"
_HARMFUL = (
    "\x7f-\x9f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff\ud800-\udfff"
    "\U000e0000-\U000e007f"
)
_UNSEEN = re.compile(f"{_FLAG}|[\x00-\x1f\u2028\u2029{_HARMFUL}]")
_UNSEEN_BUT_LINES = re.compile(f"{_FLAG}|[\x00-\x08\x0b-\x1f{_HARMFUL}]")
_BREAKS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
# Unicode's Default_Ignorable_Code_Point and what fonts draw as a space, one by one or in ranges.
_SHOWS_NOTHING = re.compile(
    "[\\s\x00-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff\ud800-\udfff\U0001bca0-\U0001bca3\U0001d159"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff]+"
)
_ZWJ = "\u200d"
# The longest character that a cut looks back over: a family of four with skin tones, a letter with a heap of marks.
_LONGEST = 32


def has_invisible_characters(text: str) -> bool:
    """Return whether something in it cannot be seen or turns the reading direction; what joins letters and emoji may stand."""
    return any(found[1] is None for found in _UNSEEN.finditer(text))


def is_visible(text: str) -> bool:
    """Return whether the text shows anything: one of fillers, blanks and joiners alone does not."""
    return bool(text) and _SHOWS_NOTHING.fullmatch(text) is None


def clean_line(text: str, most: int) -> str:
    """Return the text without what cannot be seen, on one line, cut to `most` characters; empty where it shows nothing."""
    line = " ".join(_without(_UNSEEN, _BREAKS.sub(" ", text)).split())
    return line[: cut_position(line, most)].strip() if is_visible(line) else ""


def clean_lines(text: str) -> str:
    """Return a longer text without what cannot be seen; its lines stay. Empty where it shows nothing."""
    lines = remove_unseen(text).strip()
    return lines if is_visible(lines) else ""


def remove_unseen(text: str) -> str:
    """Return the text without what cannot be seen and what turns the reading direction; its lines and tabs stay."""
    return _without(_UNSEEN_BUT_LINES, text)


def _without(pattern: re.Pattern[str], text: str) -> str:
    return pattern.sub(lambda found: found[1] or "", text)


def cut_position(text: str, most: int) -> int:
    """Return where to cut a text so that at most `most` characters stay and none of them is torn from its marks."""
    if len(text) <= most:
        return len(text)
    for at in range(most, max(most - _LONGEST, 0), -1):
        if not _is_joined(text, at):
            return at
    return most


def _is_joined(text: str, at: int) -> bool:
    """Return whether the character there belongs to the one before it: a mark, a skin tone, a joiner, the half of a flag."""
    before, char = text[at - 1], text[at]
    if _ZWJ in (before, char) or unicodedata.category(char) in ("Mn", "Me", "Mc"):
        return True
    if "\U0001f3fb" <= char <= "\U0001f3ff" or "\U000e0020" <= char <= "\U000e007f":
        return True
    if _is_half_flag(char) and _is_half_flag(before):
        halves = 0
        while halves < at and _is_half_flag(text[at - 1 - halves]):
            halves += 1
        return halves % 2 == 1
    return False


def _is_half_flag(char: str) -> bool:
    return "\U0001f1e6" <= char <= "\U0001f1ff"


def fold_for_search(text: str) -> str:
    """Return a text as it is searched: one case, one form, `ё` as `е`, without what shows nothing but the spaces."""
    seen = _SHOWS_NOTHING.sub(lambda found: " " if any(map(str.isspace, found[0])) else "", text)
    return unicodedata.normalize("NFKC", seen).casefold().replace("ё", "е")


def format_money(hundredths: int) -> str:
    """Return hundredths as the wire has them: `1500.00`."""
    return f"{hundredths // 100}.{hundredths % 100:02}"


def parse_money(money: str) -> int:
    """Return the hundredths of a sum as the contract lets it in: `1500`, `1500.5`, `1500.50`."""
    whole, _, fraction = money.partition(".")
    return int(whole) * 100 + int(fraction.ljust(2, "0") or 0)
