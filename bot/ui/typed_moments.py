"""Reading a date and a time ahead as people type them: `tomorrow 10`, `fri 6pm`, `12.12 18:00`, `завтра в 10`, `через 2 часа`."""

import re
from datetime import date, datetime, timedelta

from bot.ui.typed_hours import read_clock
from bot.ui.typed_values import fold_typed, read_span

# The time of a date that is typed without one.
_DEFAULT_MIN = 10 * 60
_NOON, _EARLY = 12 * 60, 8 * 60
_LINK = r"(?:(?:at|on|in|в|во|next|this|следующ\w+|эт\w+)\s+|,\s*)*"
_IN = re.compile(r"^(?:in|через|после)\s+(.+)$")
_NEAR = (
    (re.compile(r"послезавтра|(?:the )?day after tomorrow"), 2),
    (re.compile(r"завтра|tomorrow|tmrw?"), 1),
    (re.compile(r"сегодня|today|tonight"), 0),
)
_WEEKDAYS = tuple(
    re.compile(rf"(?:{names})\b\.?")
    for names in (
        "mon(?:day)?|пн|понедельник", "tue(?:s|sday)?|вт|вторник", "wed(?:nesday)?|ср|среда|среду",
        "thu(?:r|rs|rsday)?|чт|четверг", "fri(?:day)?|пт|пятница|пятницу", "sat(?:urday)?|сб|суббота|субботу",
        "sun(?:day)?|вс|воскресенье",
    )
)  # fmt: skip
_MONTHS = tuple(
    rf"(?:{names})\w*\.?"
    for names in (
        "jan|янв", "feb|фев", "mar|мар", "apr|апр", "may|ма[йя]", "jun|июн", "jul|июл", "aug|авг", "sep|сен", "oct|окт",
        "nov|ноя", "dec|дек",
    )
)  # fmt: skip
_MONTH = "|".join(f"(?P<m{number}>{names})" for number, names in enumerate(_MONTHS, 1))
_YEAR = r"(?:,?\s*(?P<year>20\d\d)(?:\s*(?:г\.?|года))?)?"
_DATES = (
    re.compile(r"(?P<year>20\d\d)-(?P<month>\d{1,2})-(?P<day>\d{1,2})(?:t|\b)"),
    re.compile(r"(?P<day>\d{1,2})[./](?P<month>\d{1,2})[./](?P<year>\d{4}|\d{2})\b"),
    re.compile(r"(?P<day>\d{1,2})[./](?P<month>\d{1,2})\b(?!\s*(?:[ap]\.?m|час|утра|вечера|дня))"),
    re.compile(rf"(?P<day>\d{{1,2}})(?:st|nd|rd|th|-?го)?\s+(?:of\s+)?(?:{_MONTH}){_YEAR}(?!\w)"),
    re.compile(rf"(?:{_MONTH})\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?!\d|:){_YEAR}(?!\w)"),
)


def read_moment(text: str, now: datetime, *, month_first: bool = False) -> datetime | None:
    """Return the local time that was typed, without a zone, or None. A time without a date is the next such time.

    `now` is the local time now. `month_first`: `12/5` is 5 December. A date that has passed is next year's, unless its year is
    typed.
    """
    typed = fold_typed(text).strip(" .,;!")
    now = now.replace(tzinfo=None, second=0, microsecond=0)
    if match := _IN.match(typed):
        minutes = _read_pause(match[1])
        return None if minutes is None else now + timedelta(minutes=minutes)
    for day, rest in _readings(typed, now.date(), month_first=month_first):
        minutes = _read_time(rest) if rest else _DEFAULT_MIN
        if minutes is not None:
            return datetime.combine(day, datetime.min.time()) + timedelta(minutes=minutes)
    minutes = _read_time(_unlinked(typed))
    if minutes is None:
        return None
    at = datetime.combine(now.date(), datetime.min.time()) + timedelta(minutes=minutes)
    return at if at > now else at + timedelta(days=1)


def _read_pause(text: str) -> int | None:
    """Return `2 hours`, `3 days`, `неделю` in minutes."""
    if re.fullmatch(r"(?:an?|one|1)? ?(?:week|неделю)", text.strip()):
        return 7 * 24 * 60
    if re.fullmatch(r"(?:an?|one)? ?(?:day|день)", text.strip()):
        return 24 * 60
    return read_span(text) or None


def _readings(typed: str, today: date, *, month_first: bool) -> list[tuple[date, str]]:
    """Return the dates that the text may begin or end with, each with what is left of the text."""
    found: list[tuple[date, str]] = []
    for pattern, days in _NEAR:
        found += [(today + timedelta(days=days), rest) for rest in _around(pattern, typed)]
        if found:
            return found
    for weekday, pattern in enumerate(_WEEKDAYS):
        ahead = (weekday - today.weekday()) % 7 or 7
        found += [(today + timedelta(days=ahead), rest) for rest in _around(pattern, typed)]
    for pattern in _DATES:
        for match in (pattern.match(_unlinked(typed)), _last(pattern, typed)):
            day = None if match is None else _date_of(match, today, month_first=month_first)
            if match is not None and day is not None:
                found.append((day, _unlinked(f"{match.string[: match.start()]} {match.string[match.end() :]}")))
    return found


def _around(pattern: re.Pattern[str], typed: str) -> list[str]:
    match = pattern.match(_unlinked(typed)) or _last(pattern, typed)
    if match is None:
        return []
    before, after = match.string[: match.start()], match.string[match.end() :]
    # a part of another word is no day
    return [] if after[:1].isalpha() else [_unlinked(f"{before} {after}")]


def _last(pattern: re.Pattern[str], typed: str) -> re.Match[str] | None:
    """Return where the text ends with the pattern, as a word of its own."""
    matches = [match for match in pattern.finditer(typed) if match.end() == len(typed)]
    return next((match for match in matches if typed[: match.start()][-1:] in ("", " ", ",")), None)


def _unlinked(text: str) -> str:
    """Return the text without the words that join a day and a time, at its beginning and its end."""
    text = re.sub(rf"^{_LINK}(?=\S)", "", text.strip(" ,"))
    return re.sub(r"(?:\s|^)(?:at|on|в|во)$", "", text).strip(" ,")


def _date_of(match: re.Match[str], today: date, *, month_first: bool) -> date | None:
    groups = match.groupdict()
    day = int(groups["day"])
    if groups.get("month"):
        month = int(groups["month"])
        is_american = "/" in match[0] and month_first
        if (is_american or month > 12) and "-" not in match[0]:
            day, month = month, day
    else:
        month = next(number for number in range(1, 13) if groups[f"m{number}"])
    year = groups.get("year")
    try:
        if year:
            return date(int(year) if len(year) == 4 else 2000 + int(year), month, day)
        found = date(today.year, month, day)
        return found if found >= today else date(today.year + 1, month, day)
    except ValueError:
        return None


def _read_time(text: str) -> int | None:
    """Return a time in minutes of the day. A bare `6` is said of the evening: nobody is up that early."""
    minutes = read_clock(text)
    if minutes is None or minutes >= 24 * 60:
        return None
    return minutes + _NOON if 0 < minutes < _EARLY and re.fullmatch(r"\d", text.strip()) else minutes
