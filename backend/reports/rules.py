"""What counts as what, adding up, and cells that no spreadsheet takes for a formula. Pure; instants are epoch seconds."""

import re
from datetime import date, timedelta

from backend.contract.bookings import Status
from backend.contract.reports import PeriodKind
from backend.kit.phones import canonical_number, is_phone

# What is paid for: it took place, or will.
EARNING: tuple[Status, ...] = ("confirmed", "arrived", "completed")
# Why a request ended that nobody had accepted: nothing is lost by it.
NEVER_PROMISED = ("declined", "request_expired")

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


def split_periods(first: date, last: date, by: PeriodKind, week_start: int = 0) -> list[tuple[date, date]]:
    """Return the weeks or months of a range, both dates inclusive; the first and the last are cut to the range."""
    periods: list[tuple[date, date]] = []
    begin = first
    while begin <= last:
        if by == "week":
            end = begin + timedelta(days=6 - (begin.weekday() - week_start) % 7)
        else:
            end = (begin.replace(day=1) + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        periods.append((begin, min(end, last)))
        begin = end + timedelta(days=1)
    return periods
