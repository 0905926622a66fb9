"""Texts and sums that people type: cleaned for keeping, folded for searching. Pure."""

import re
import unicodedata

# Control characters, zero width, line separators, and what turns the reading direction.
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")
_UNSEEN_BUT_LINES = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")


def has_invisible_characters(text: str) -> bool:
    """Return whether something in the text cannot be seen or turns the reading direction."""
    return _UNSEEN.search(text) is not None


def clean_line(text: str, most: int) -> str:
    """Return the text without what cannot be seen, on one line, cut to `most` characters."""
    return " ".join(_UNSEEN.sub(" ", text).split())[:most].strip()


def clean_lines(text: str) -> str:
    """Return a longer text without what cannot be seen; its lines stay."""
    return _UNSEEN_BUT_LINES.sub("", text).strip()


def fold_for_search(text: str) -> str:
    """Return a text as it is searched: one case, one form, `ё` as `е`."""
    return unicodedata.normalize("NFKC", text).casefold().replace("ё", "е")


def phone_digits(phone: str) -> str:
    """Return the ASCII digits of a phone number."""
    return "".join(c for c in phone if c.isascii() and c.isdigit())


def is_phone(text: str) -> bool:
    """Return whether this may be a phone number: 5 to 15 digits and what people put between them."""
    return 5 <= len(phone_digits(text)) <= 15 and re.fullmatch(r"\+?[0-9 ()\-./]+", text) is not None


def format_money(hundredths: int) -> str:
    """Return hundredths as the wire has them: `1500.00`."""
    return f"{hundredths // 100}.{hundredths % 100:02}"


def parse_money(money: str) -> int:
    """Return the hundredths of a sum as the contract lets it in: `1500`, `1500.5`, `1500.50`."""
    whole, _, fraction = money.partition(".")
    return int(whole) * 100 + int(fraction.ljust(2, "0") or 0)
