"""Adding up, and cells that no spreadsheet takes for a formula. Pure."""

import re
from collections.abc import Iterable

from backend.kit.phones import canonical_number, is_phone

# What makes Excel, LibreOffice or Google Sheets run a cell, also behind a space, and the full-width twins.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%", "＝", "＋", "－", "＠")
# Where a cell begins for a reader who takes another separator, or cuts at spaces; behind a space a sign is but a dash.
_AFTER_SEPARATOR = re.compile(r"""([,;|\t\r\n])(?=[\s"']*[=+\-@%＝＋－＠])""")
_AFTER_SPACE = re.compile(r"""([\s:])(?=["']*(?:[=@＝＠]|[+\-＋－][^\s\d]))""")


def plain_cell(text: str) -> str:
    """Return the text so that a spreadsheet that opens a CSV shows it and never runs it, whatever separator it takes."""
    text = _AFTER_SPACE.sub(r"\1'", _AFTER_SEPARATOR.sub(r"\1'", text))
    stripped = text.lstrip()
    return "'" + text if stripped.startswith(_FORMULA) or text.startswith(("\t", "\r", "\n")) else text


def phone_cell(phone: str, region: str | None) -> str:
    """Return a phone number so that a spreadsheet that opens a CSV neither adds it up nor drops its first zero."""
    if not is_phone(phone):
        return plain_cell(phone)
    if " " in phone.strip():
        return phone  # no sum has a space between numbers
    if phone.startswith("0") and region:
        return f"+{canonical_number(phone, region)}"
    return ("+" if phone.startswith("+") else "") + " ".join(re.findall(r"\d+", phone))


def share_of(part: int, whole: int) -> float | None:
    """Return the part's share of the whole, to four places; None where the whole is nothing."""
    return None if whole == 0 else round(part / whole, 4)


def covered_seconds(stretches: Iterable[tuple[int, int]]) -> int:
    """Return how many seconds at least one stretch covers: a group takes its specialist's time once."""
    total, reached = 0, None
    for start, end in sorted(stretches):
        if reached is None or start >= reached:
            total, reached = total + end - start, end
        elif end > reached:
            total, reached = total + end - reached, end
    return total
