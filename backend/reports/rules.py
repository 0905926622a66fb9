"""What counts as what, adding up, and cells that no spreadsheet takes for a formula. Pure; instants are epoch seconds."""

import re
from array import array
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from itertools import accumulate, islice
from zoneinfo import ZoneInfo

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


def clip_stretches(stretches: Iterable[tuple[int, int]], since: int, until: int) -> list[tuple[int, int]]:
    """Return what of disjoint stretches lies in `[since, until)`."""
    clipped = ((max(start, since), min(end, until)) for start, end in stretches)
    return [(start, end) for start, end in clipped if start < end]


def count_minutes(stretches: Iterable[tuple[int, int]]) -> int:
    """Return the minutes of disjoint stretches."""
    return sum(end - start for start, end in stretches) // 60


def minutes_by_period(stretches: Iterable[tuple[int, int]], bounds: Sequence[int]) -> list[int]:
    """Return the minutes of disjoint stretches in each period; `bounds` are the starts of all, and the end of the last."""
    seconds = [0] * (len(bounds) - 1)
    for begin, end in clip_stretches(stretches, bounds[0], bounds[-1]):
        start, place = begin, bisect_right(bounds, begin) - 1
        while start < end:
            stop = min(end, bounds[place + 1])
            seconds[place] += stop - start
            start, place = stop, place + 1
    return [total // 60 for total in seconds]


def minutes_by_hour(
    stretches: Iterable[tuple[int, int]], since: int, until: int, tz: ZoneInfo
) -> dict[tuple[int, int], int]:
    """Return minutes by (weekday, hour) of the local wall; Monday is 0. Stretches lie in the range and may overlap.

    Quarters of an hour are looked at, as no clock differs from UTC by less."""
    steps = array("q", bytes(8 * ((until - since) // 60 + 1)))
    for start, end in stretches:
        steps[(start - since) // 60] += 1
        steps[(end - since) // 60] -= 1
    by_hour: dict[tuple[int, int], int] = defaultdict(int)
    at_once = accumulate(steps)
    for at in range(since, until, 900):
        if minutes := sum(islice(at_once, 15)):
            local = datetime.fromtimestamp(at, tz)
            by_hour[local.weekday(), local.hour] += minutes
    return by_hour


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
