"""Reading the hours of a week as people type them: `mon-fri 9-5, sat 10-14`, `пн-пт с 9 до 18, вс выходной`.

Each day's hours are read as `typed_hours` reads them. Days that are not named stay as they are.
"""

import re
from itertools import product
from typing import NamedTuple

from bot.ui.typed_hours import TypedHours, read_hours
from bot.ui.typed_values import fold_typed

WORKDAYS, WEEKEND, ALL_DAYS = tuple(range(5)), (5, 6), tuple(range(7))
MOST_READINGS = 4
LONGEST = 500
_NAMES = (
    r"mo(?:n(?:days?)?)?|пн|понедельник(?:а|ам|и)?", r"tu(?:e(?:s(?:days?)?)?)?|вт|вторник(?:а|ам|и)?",
    r"we(?:d(?:s|nesdays?)?)?|ср|сред(?:а|у|ы|ам)", r"th(?:u(?:r(?:s(?:days?)?)?)?)?|чт|четверг(?:а|ам|и)?",
    r"fr(?:i(?:days?)?)?|пт|пятниц(?:а|у|ы|ам)", r"sa(?:t(?:urdays?)?)?|сб|суб|суббот(?:а|у|ы|ам)",
    r"su(?:n(?:days?)?)?|вс|воскресень(?:е|я|ям)",
)  # fmt: skip
_DAY = "|".join(f"(?:{names})" for names in _NAMES)
_GROUPS: tuple[tuple[str, tuple[int, ...]], ...] = (
    (r"m\s?-\s?f|week ?days|work(?:ing|)? ?days|будн(?:и|ям|ие дни)|рабочие дни|по рабочим дням", WORKDAYS),
    (r"m\s?-\s?su?", ALL_DAYS),
    (r"week-?ends?|выходн(?:ые дни|ые|ым)", WEEKEND),
    (r"every ?day|daily|all (?:the )?week|each day|7 days(?: a week)?", ALL_DAYS),
    (r"каждый день|ежедневно|без выходных|все дни", ALL_DAYS),
)  # fmt: skip
_ANY_GROUP = "|".join(f"(?:{words})" for words, _ in _GROUPS)
_RANGE = r"\s*(?:-|\b(?:to|till?|until|thru|through|до|по)\b)\s*"
_SPAN = rf"(?:{_ANY_GROUP}|(?:{_DAY})\b\.?(?:{_RANGE}(?:{_DAY})\b\.?)?)"
# One or more days before their hours: `on mon-wed, fri:`, `с пн по ср и в пт`
_BEFORE = r"(?:(?:on|from|со?|во?|по)\s+)?"
_DAYS = re.compile(rf"(?<![\w]){_BEFORE}{_SPAN}(?:(?:\s*[,/&+]\s*|\s+(?:and|и)\s+|\s+){_BEFORE}{_SPAN})*(?![\w])")
_ONE_SPAN = re.compile(rf"(?P<group>{_ANY_GROUP})(?!\w)|(?P<first>{_DAY})\b\.?(?:{_RANGE}(?P<last>{_DAY})\b)?")
# `сб, вс выходные`: no days, but that they are off
_OFF_PLURAL = re.compile(r"\bвыходные(?: дни)?(?!\s*:?\s*-?\s*(?:со?\s+)?\d|\s*:?\s*-?\s*(?:не |нет|закрыт))")
_OFF_SINGULAR = re.compile(r"\b(?:а )?(?:is |are )?(?:closed|off|вых(?:одной)?|закрыто|не работаем)\b")


class TypedWeek(NamedTuple):
    """The days that were typed with their shifts, 0 is Monday; the likeliest reading first.

    Without `certain` nothing is saved before it has been asked."""

    readings: tuple[dict[int, list[str]], ...]
    certain: bool


def read_week(text: str) -> TypedWeek | None:
    """Return what hours were typed for which days, or None where they cannot be read.

    Hours without a day may be those of Monday to Friday or of every day: that is asked.
    """
    if len(text) > LONGEST:
        return None
    typed = fold_typed(re.sub(r"[\n;]+", ", ", text)).strip(" ,.")
    if typed in ("24/7", "24x7"):
        return TypedWeek(({day: ["00:00-24:00"] for day in ALL_DAYS},), certain=True)
    typed = _OFF_PLURAL.sub("выходной", typed)
    found = list(_DAYS.finditer(typed))
    if not found:
        return _read_bare(typed)
    parts = _parts_behind(typed, found) if _is_only_link(typed[: found[0].start()]) else _parts_before(typed, found)
    if parts is None:
        return None
    days: dict[int, TypedHours] = {}
    for named, words in parts:
        hours = _read_part(words)
        if hours is None or not named or days.keys() & set(named):
            return None  # a day that is named twice has two meanings
        days |= dict.fromkeys(named, hours)
    likeliest = {day: hours.shifts for day, hours in days.items()}
    other = {day: hours.other or hours.shifts for day, hours in days.items()}
    readings = (likeliest,) if other == likeliest else (likeliest, other)
    return TypedWeek(readings, all(hours.certain for hours in days.values()))


def _read_bare(typed: str) -> TypedWeek | None:
    """Return hours that were typed without a day."""
    hours = read_hours(typed)
    if hours is None or not hours.shifts:
        return None
    shifts = [hours.shifts] if hours.other is None or hours.certain else [hours.shifts, hours.other]
    readings = [dict.fromkeys(days, each) for each, days in product(shifts, (WORKDAYS, ALL_DAYS))]
    return TypedWeek(tuple(readings[:MOST_READINGS]), certain=False)


def _parts_behind(typed: str, found: list[re.Match[str]]) -> list[tuple[tuple[int, ...], str]]:
    """Return the days with the words behind them: `mon-fri 9-5, sat 10-14`."""
    ends = [match.start() for match in found[1:]] + [len(typed)]
    return [(_days_of(match[0]), typed[match.end() : end]) for match, end in zip(found, ends, strict=True)]


def _parts_before(typed: str, found: list[re.Match[str]]) -> list[tuple[tuple[int, ...], str]] | None:
    """Return the days with the words before them: `9-5 mon-fri, 10-14 sat`; None where words are left behind."""
    if not _is_only_link(typed[found[-1].end() :]):
        return None
    begins = [0] + [match.end() for match in found[:-1]]
    return [(_days_of(match[0]), typed[begin : match.start()]) for match, begin in zip(found, begins, strict=True)]


def _is_only_link(words: str) -> bool:
    return not words.strip(" ,:-.")


def _days_of(words: str) -> tuple[int, ...]:
    """Return the days that were named, in order; a range may go over Sunday, `sat-mon`. Nothing where one comes twice."""
    days: list[int] = []
    for match in _ONE_SPAN.finditer(words):
        if match["group"]:
            days += next(group for names, group in _GROUPS if re.fullmatch(names, match["group"]))
            continue
        first = _day_of(match["first"])
        last = first if match["last"] is None else _day_of(match["last"])
        days += [(first + step) % 7 for step in range((last - first) % 7 + 1)]
    return tuple(sorted(days)) if len(set(days)) == len(days) else ()


def _day_of(name: str) -> int:
    return next(day for day, names in enumerate(_NAMES) if re.fullmatch(names, name))


def _read_part(words: str) -> TypedHours | None:
    bare = re.sub(r"^[\s:,.=-]+|[\s,.]+$|\s+(?:and|и|а)$", "", words.strip(" ,."))
    if not bare:
        return TypedHours([]) if "-" in words else None
    off = _OFF_SINGULAR.fullmatch(bare)
    return TypedHours([]) if off else read_hours(bare)
