"""Reading what people type: hours, prices, durations. Each function returns None for what it does not understand."""

import re

from backend.contract.tenancy import DAY_MIN

MAX_SHIFTS = 24
_DASHES = re.compile(r"\s*(?:-|–|—|−|\bto\b|\bдо\b)\s*", re.IGNORECASE)
_CLOCK = re.compile(r"(\d{1,2})(?:[:.](\d{2}))?")
_SPAN = re.compile(
    r"(?:(\d{1,3})\s*(?:h|hours?|ч|час(?:а|ов)?)\.?)?\s*(?:(\d{1,4})\s*(?:m|min(?:utes?)?|м|мин(?:ут[аы]?)?)\.?)?",
    re.IGNORECASE,
)
_PRICE = re.compile(r"(\d{1,9})(?:[.,](\d{1,2}))?")
_OFF = {"off", "-", "day off", "none", "выходной", "нет"}


def read_shifts(text: str) -> list[str] | None:
    """Return `10-14, 15:00–19:30` as `["10:00-14:00", "15:00-19:30"]`, [] for a day off."""
    text = text.strip().lower()
    if text in _OFF:
        return []
    shifts = []
    for part in re.split(r"\s*[,;\n]\s*|\s+(?:and|и)\s+", _DASHES.sub("-", text)):
        begin, dash, end = part.removeprefix("с ").removeprefix("from ").partition("-")
        start, stop = _clock(begin), _clock(end)
        if not dash or start is None or stop is None or start == "24:00":
            return None
        shifts.append(f"{start}-{stop}")
    return shifts if len(shifts) <= MAX_SHIFTS else None


def _clock(text: str) -> str | None:
    """Return `9.30`, `09:30` as `09:30`, and `9` as `09:00`."""
    match = _CLOCK.fullmatch(text.strip())
    if match is None:
        return None
    hour, minute = int(match[1]), int(match[2] or 0)
    if hour > 24 or minute > 59 or (hour == 24 and minute):
        return None
    return f"{hour:02}:{minute:02}"


def read_minutes(text: str) -> int | None:
    """Return `45`, `90 min`, `1h30m`, `1:30`, `1 ч 15 мин` as minutes, at most a day."""
    text = " ".join(text.lower().split())
    if text.isascii() and text.isdigit() and len(text) < 5:
        minutes = int(text)
    elif clock := re.fullmatch(r"(\d{1,2}):(\d{2})", text):
        minutes = int(clock[1]) * 60 + int(clock[2])
    elif (match := _SPAN.fullmatch(text)) and (match[1] or match[2]):
        minutes = int(match[1] or 0) * 60 + int(match[2] or 0)
    else:
        return None
    return minutes if minutes <= DAY_MIN else None


def read_price(text: str) -> str | None:
    """Return `1 500,50 ₽` as `1500.50`; a currency's sign or name around it is left out."""
    bare = re.sub(r"[\s\u00a0\u202f']", "", text)
    bare = re.sub(r"^[^\d.,+-]{0,4}|\D{0,5}$", "", bare)
    match = _PRICE.fullmatch(bare)
    return f"{match[1]}.{(match[2] or '').ljust(2, '0')}" if match else None


def read_number(text: str, least: int, most: int) -> int | None:
    """Return a whole number within bounds."""
    text = text.strip()
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        return None
    return int(text) if least <= int(text) <= most else None
