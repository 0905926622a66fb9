"""Reading the hours of a day as people type them: `10:00-14:00, 15-19`, `9am-5pm`, `с 9 по 18`.

On a clock of twelve hours `9-5` is a day's work, on one of 24 it ends on the next day. What is likeliest comes first,
another reading with it, and what would make a night shift of a guess is not certain.
"""

import re
from typing import NamedTuple

from bot.ui.typed_values import fold_typed

MAX_SHIFTS = 24
HALF_DAY = 12 * 60
DAY = 24 * 60
# From this hour on, a bare number is a time of the morning.
_MORNING = 6 * 60
_TO = re.compile(r"\s*(?:-|\b(?:to|till?|until|до|по)\b)\s*")
_PARTS = re.compile(r"\s*(?:[,;\n&]|\s(?:and|и)\s)\s*")
# `9-13 14-18`: a shift ends where the next one begins without a word between
_NEXT_SHIFT = re.compile(r"(-\s*\d{1,2}(?:[:.]\d{2})?)\s+(?=\d{1,2}(?:[:.]\d{2})?\s*-)")
# `10-00 – 19-00`, `с 9-30 до 18-00`: the minutes behind a dash
_MINUTES_BEHIND_DASH = re.compile(
    r"^((?:from|со?)\s+)?(\d{1,2})-(00|15|30|45)(\s+(?:-|to|till?|until|до|по)\s+)(\d{1,2})-(00|15|30|45)$"
)
_FROM = re.compile(r"^(?:from|со?)\s+")
_CLOCK = re.compile(
    r"(?:(\d{1,2})(?:[:.h](\d{2}))?|(\d{1,2})(\d{2}))\s*(?:h|ч|час(?:ов|а)?|o'clock)?\.?\s*"
    r"(a(?:\.?m\.?)?|утра|ночи|p(?:\.?m\.?)?|дня|вечера)?"
)
_NAMED = {
    "noon": "12pm",
    "midday": "12pm",
    "полдень": "12pm",
    "полудня": "12pm",
    "midnight": "24:00",
    "полночь": "24:00",
}
_NAMED_START = {"midnight": "00:00", "полночь": "00:00", "полуночи": "00:00"}
_ALL_DAY = {
    "24/7",
    "24h",
    "24 h",
    "24 hours",
    "all day",
    "around the clock",
    "round the clock",
    "круглосуточно",
    "24 часа",
}
_OFF = {"off", "-", "day off", "closed", "none", "выходной", "нет", "не работаю"}


class TypedHours(NamedTuple):
    """The shifts as they were likeliest meant, [] for a day off; `other` is another reading, if there is one.

    Without `certain` nothing is saved before it has been asked."""

    shifts: list[str]
    other: list[str] | None = None
    certain: bool = True


class _Time(NamedTuple):
    """Minutes of the day. `half`: said of morning or evening; `exact`: of 24 hours; `spelled`: with its minutes."""

    minutes: int
    half: bool
    exact: bool
    spelled: bool


class _Reading(NamedTuple):
    """A shift as it was likeliest meant; `end` may lie on the next day, then it is above DAY or before `start`."""

    start: int
    end: int
    other: tuple[int, int] | None = None
    certain: bool = True


def read_hours(text: str) -> TypedHours | None:
    """Return what hours were typed, or None where they cannot be read."""
    lines = fold_typed(text.replace("\n", ","))
    if lines in _OFF:
        return TypedHours([])
    if lines in _ALL_DAY:
        return TypedHours(["00:00-24:00"])
    lines = _MINUTES_BEHIND_DASH.sub(r"\1\2:\3\4\5:\6", lines)
    lines = _NEXT_SHIFT.sub(r"\1, ", lines)
    readings: list[_Reading] = []
    for part in _PARTS.split(lines.strip(" ,;.")):
        start, *rest = _TO.split(_FROM.sub("", part))
        times = [_read_time(_NAMED_START.get(start) or _NAMED.get(start, start))]
        times += [_read_time(_NAMED.get(bare, bare)) for bare in rest]
        if len(times) != 2 or times[0] is None or times[1] is None:
            return None
        reading = _read_shift(times[0], times[1], readings[-1].end if readings else 0)
        if reading is None:
            return None
        readings.append(reading)
    if len(readings) > MAX_SHIFTS:
        return None
    shifts = [_format_shift(reading.start, reading.end) for reading in readings]
    other = [_format_shift(*(reading.other or (reading.start, reading.end))) for reading in readings]
    return TypedHours(shifts, None if other == shifts else other, all(reading.certain for reading in readings))


def read_clock(text: str) -> int | None:
    """Return a time of the day, `18:30`, `6 pm`, `10`, `noon`, in minutes, or None; midnight as `24:00` is 1440."""
    folded = fold_typed(text)
    read = _read_time(_NAMED_START.get(folded) or _NAMED.get(folded, folded))
    return None if read is None else read.minutes


def _read_time(text: str) -> _Time | None:
    match = _CLOCK.fullmatch(text.strip())
    if match is None:
        return None
    hour, minute = int(match[1] or match[3]), int(match[2] or match[4] or 0)
    if hour > 24 or minute > 59 or (hour == 24 and minute):
        return None
    if word := match[5]:
        if not 1 <= hour <= 12:
            return None
        late = word[0] in "pдв"
        return _Time(hour % 12 * 60 + minute + HALF_DAY * late, half=True, exact=True, spelled=True)
    spelled = bool(match[2] or match[4])
    exact = hour == 0 or hour > 12 or (spelled and len(match[1] or match[3]) == 2)
    return _Time(hour * 60 + minute, half=False, exact=exact, spelled=spelled)


def _read_shift(start: _Time, end: _Time, previous_end: int) -> _Reading | None:
    """Return a shift from two times; `previous_end` is where the shift before it on that day ends."""
    begin, stop = start.minutes, end.minutes
    if begin == DAY:
        return None
    if end.half and not start.half and not start.exact and begin < stop - HALF_DAY:
        return _Reading(begin + HALF_DAY, stop)  # `2-5pm`
    if start.half and end.half:
        return _Reading(begin, stop)
    if begin < stop:
        if start.exact or end.exact or start.half or stop > HALF_DAY or not 0 < begin < _MORNING:
            return _Reading(begin, stop)
        later = (begin + HALF_DAY, stop + HALF_DAY)
        if previous_end > begin:
            return _Reading(*later)  # `9-12, 1-5`
        return _Reading(*later, other=(begin, stop), certain=False)
    if stop == 0 or (start.exact and start.spelled and end.exact and end.spelled):
        return _Reading(begin, stop)
    if end.half or stop > HALF_DAY or stop + HALF_DAY <= begin:
        return _Reading(begin, stop, certain=False)
    by_day = (begin, stop + HALF_DAY)
    return _Reading(*by_day, other=(begin, stop), certain=begin <= HALF_DAY or previous_end > 0)


def _format_shift(start: int, end: int) -> str:
    return f"{start // 60:02}:{start % 60:02}-{end // 60:02}:{end % 60:02}"
