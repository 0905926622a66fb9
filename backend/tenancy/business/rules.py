"""The units of a business file: durations, money, shifts, dates. Pure; what is wrong raises ValueError with a sentence."""

import itertools
import re
from collections.abc import Callable, Iterable
from datetime import date

from backend.contract.catalog import Starts
from backend.contract.tenancy import HTTPS_ADDRESS
from backend.kit.text import has_invisible_characters, is_visible

DAY = 1440
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_DURATION = re.compile(r"(\d{1,6})([mhd])", re.ASCII)
_PRICE = re.compile(r"(0|[1-9]\d{0,8})(?:\.(\d{1,2}))?", re.ASCII)
_SHIFT = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-(?:([01]\d|2[0-3]):([0-5]\d)|24:00)", re.ASCII)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_MINUTE = re.compile(r"(\d{4}-\d{2}-\d{2})T(?:[01]\d|2[0-3]):[0-5]\d", re.ASCII)
_HTTPS = re.compile(HTTPS_ADDRESS, re.ASCII)
_UNIT = {"m": 1, "h": 60, "d": DAY}


def parse_duration(text: str, low: int, high: int) -> int:
    """Return the minutes of `45m`, `2h` or `60d`, which must lie within `low..high` minutes."""
    match = _DURATION.fullmatch(text)
    if match is None:
        raise ValueError("must be a whole number with a unit, such as 45m, 2h or 1d")
    minutes = int(match[1]) * _UNIT[match[2]]
    if not low <= minutes <= high:
        raise ValueError(f"must be between {format_duration(low)} and {format_duration(high)}")
    return minutes


def duration_within(low: int, high: int) -> Callable[[str], int]:
    """Return a parser of durations within `low..high` minutes."""
    return lambda text: parse_duration(text, low, high)


def parse_days(text: str) -> int:
    """Return the days of `60d`, at most 400."""
    minutes = parse_duration(text, 0, 400 * DAY)
    if minutes % DAY:
        raise ValueError("must be whole days, such as 60d")
    return minutes // DAY


def parse_clock_time(text: str) -> str:
    """Return a time of the day, such as `22:00`, as it is written."""
    if _SHIFT.fullmatch(f"{text}-24:00") is None:
        raise ValueError('must be a time such as "22:00"')
    return text


def format_duration(minutes: int) -> str:
    """Return the shortest exact way to write a duration; a day is `24h`, as people say it."""
    if minutes and minutes % DAY == 0 and minutes != DAY:
        return f"{minutes // DAY}d"
    return f"{minutes // 60}h" if minutes and minutes % 60 == 0 else f"{minutes}m"


def parse_price(text: str) -> int:
    """Return the hundredths of `"1500.00"`."""
    match = _PRICE.fullmatch(text)
    if match is None:
        raise ValueError('must be an amount such as "1500.00", at most 999999999.99')
    return int(match[1]) * 100 + int((match[2] or "").ljust(2, "0"))


def parse_starts(text: str) -> Starts:
    """Return how the clients of a group start."""
    if text == "together":
        return "together"
    if text == "any":
        return "any"
    raise ValueError("must be `together` or `any`")


def parse_shift(text: str) -> tuple[int, int]:
    """Return `22:00-02:00` as minutes (1320, 1560): an end at or before its start lies on the next day."""
    match = _SHIFT.fullmatch(text)
    if match is None:
        raise ValueError('must be a shift such as "09:00-18:00"')
    start = int(match[1]) * 60 + int(match[2])
    end = DAY if match[3] is None else int(match[3]) * 60 + int(match[4])
    return start, end if end > start else end + DAY


def format_shift(start: int, end: int) -> str:
    """Return a shift as `parse_shift` reads it."""
    end_text = "24:00" if end == DAY else f"{end % DAY // 60:02}:{end % 60:02}"
    return f"{start // 60:02}:{start % 60:02}-{end_text}"


def find_overlap(shifts: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], tuple[int, int]] | None:
    """Return two shifts of one date that overlap, or None; shifts may touch."""
    ordered = sorted(shifts)
    for before, after in itertools.pairwise(ordered):
        if after[0] < before[1]:
            return before, after
    return None


def parse_day(text: str) -> str:
    """Return a date `YYYY-MM-DD` as it is written; it must exist."""
    try:
        if _DATE.fullmatch(text):
            if not 1970 <= date.fromisoformat(text).year <= 9998:
                raise ValueError
            return text
    except ValueError:
        raise ValueError("is not a date of the calendar from 1970 to 9998") from None
    raise ValueError('must be a date such as "2027-01-01"')


def parse_period(text: str) -> tuple[str, str]:
    """Return the local wall times of `start/end`; the end is exclusive and later."""
    start, slash, end = text.partition("/")
    if not slash or not _MINUTE.fullmatch(start) or not _MINUTE.fullmatch(end):
        raise ValueError('must be a period such as "2027-02-01T09:00/2027-02-08T18:00"')
    parse_day(start[:10])
    parse_day(end[:10])
    if end <= start:
        raise ValueError("the period must end after it starts")
    return start, end


def parse_name(text: str) -> str:
    """Return a name as it is written: 1 to 64 characters, none of them invisible."""
    if not text.strip():
        raise ValueError("must not be empty")
    if len(text) > 64:
        raise ValueError(f"must be at most 64 characters, not {len(text)}")
    if text != text.strip():
        raise ValueError("must not begin or end with a space")
    if not is_visible(text):
        raise ValueError("must show something: it is of blanks or invisible characters alone")
    return require_visible(text)


def text_within(most: int) -> Callable[[str], str]:
    """Return a check of a text's length; the longest ones, descriptions, may have several lines."""

    def convert(text: str) -> str:
        if len(text) > most:
            raise ValueError(f"must be at most {most} characters, not {len(text)}")
        return text if most == 1000 else require_visible(text)

    return convert


def parse_https(text: str) -> str:
    """Return an address that a browser may open safely."""
    if len(text) > 300 or _HTTPS.fullmatch(text) is None:
        raise ValueError("must be an address such as https://barber.example/privacy, of at most 300 characters")
    return text


def require_visible(text: str) -> str:
    """Return the text; nothing in it may be invisible or turn the reading direction."""
    if has_invisible_characters(text):
        raise ValueError("must not contain control or invisible characters")
    return text
