"""Reading what people type: prices, durations, numbers. Each function returns None for what it does not understand."""

import re
import unicodedata
from typing import NamedTuple

from babel.numbers import list_currencies

from backend.contract.tenancy import DAY_MIN, MAX_HORIZON_DAYS

_HOURS = r"(\d{1,3}(?:[.,]\d{1,2})?)\s*(?:h|hrs?|hours?|ч|час(?:а|ов)?)\.?"
_MINUTES = r"(\d{1,4})\s*(?:m|mins?|minutes?|'|м|мин(?:ут[аы]?)?)\.?"
_SPAN = re.compile(rf"(?:{_HOURS})?(?:,\s|\s*(?:and|и)\s)?\s*(?:{_MINUTES})?")
_HOURS_AND_BARE_MINUTES = re.compile(rf"{_HOURS}\s*(\d{{1,2}})")
_DAYS = re.compile(r"(\d{1,3})\s*(?:d|days?|д|дн(?:я|ей|\.)?|день|сут(?:ки|ок|\.)?)\.?")
# Longer spans in days; a month has 30.
_LONGER = (
    (re.compile(r"(?:(\d{1,2})\s*|(?:an?|one) )?(?:w|wks?|weeks?|нед(?:ел(?:[яиью]|ями))?)\.?"), 7),
    (re.compile(r"(?:(\d{1,2})\s*|(?:an?|one) )?(?:mos?|mths?|months?|мес(?:яц(?:а|ев)?)?)\.?"), 30),
    (re.compile(r"(?:(\d)\s*|(?:an?|one) )?(?:y|yrs?|years?|г|год)\.?"), 365),
    (re.compile(r"()(?:half a year|half-year|полгода)"), 182),
)
_NUMBER_WORDS = {
    "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "two and a half": "2.5",
    "два": "2", "две": "2", "три": "3", "четыре": "4", "пять": "5", "шесть": "6",
}  # fmt: skip
_NUMBER_WORD = re.compile(rf"^({'|'.join(sorted(_NUMBER_WORDS, key=len, reverse=True))})(?= (?:h|ч|d|w|mo|д|нед|мес))")
_SPAN_WORDS = (
    (re.compile(r"^(\d{1,2}) and a half hours?$|^(\d{1,2}) (?:1/2|½) ?(?:hours?|hrs?|h)$"), r"\1\2.5 h"),
    (re.compile(r"^(\d{1,2}) час(?:а|ов)? с половиной$"), r"\1.5 h"),
    (re.compile(r"^(?:1 )?час с половиной$"), "90 min"),
    (re.compile(r"^(?:a )?quarter of an hour$|^четверть часа$"), "15 min"),
    (re.compile(r"^(?:three|3) quarters of an hour$|^три четверти часа$"), "45 min"),
    (re.compile(r"^(?:1/2|half) (?:h|hour)$"), "30 min"),
    (re.compile(r"half an hour|полчаса"), "30 min"),
    (re.compile(r"(?:an? |one |1 )?hour and a half|полтора часа"), "90 min"),
    (re.compile(r"(?<![\w\d] )(?<!\w)(?:an?|one) hour(?!s)|(?:^|(?<=и ))час(?=$| \d| и \d)|^hour$"), "1 h"),
)
_FRACTIONS = {"½": ".5", "¼": ".25", "¾": ".75"}
_LIST = re.compile(r"\s*(?:(?<!\d),|,(?!\d)|[;\n+]|\s(?:and|и)\s)\s*")
_PRICE = re.compile(r"(\d{1,9})(?:[.,](\d{1,2}))?")
_THOUSANDS = re.compile(r"(\d{1,5})(?:[.,](\d{1,2}))?(?:k|к|тыс\.?)", re.IGNORECASE)
_MONEY_WORDS = re.compile(
    r"[₽€£$₸₴₾₺¥₹֏₪]|руб(?:л(?:ь|я|ей))?\.?|р\.?|ro?uble?s?|dollars?|доллар(?:а|ов)?|euros?|евро|pounds?|фунт(?:а|ов)?"
    r"|dirhams?|дирхам(?:а|ов)?|тенге|тг\.?|грн\.?|zł|kr\.?|each|pp",
    re.IGNORECASE,
)
_AT_LEAST = re.compile(
    r"^(?:от|from|starting (?:at|from)|starts? at|at least|не менее|min\.?|мин\.?|ab|[≥>]=?)\s*:?\s*(?=\W*\d|[a-z]{2,3}\W*\d)"
)
_AND_MORE = re.compile(
    r"\s*(?:\+|(?:and|or) (?:up|more|above)|onwards?|и (?:выше|более|больше)|или (?:выше|более|больше))$"
)
_CURRENCIES = frozenset(list_currencies())
_FREE = {"free", "free of charge", "бесплатно", "нет"}


class PriceTerms(NamedTuple):
    """A price as it is typed; `at_least`: the least that is asked, the final price is agreed on later."""

    amount: str
    at_least: bool


def fold_typed(text: str) -> str:
    """Return a text as it is read: one form of letters, digits and dashes, lower case, single spaces."""
    for sign, decimal in _FRACTIONS.items():
        text = text.replace(f" {sign}", decimal).replace(sign, decimal)
    text = "".join(map(_plain_character, text))
    return " ".join(text.lower().split())


def _plain_character(char: str) -> str:
    """Return ASCII for a digit of another script, for any dash and for a full-width sign; `²` is no digit."""
    if char.isdecimal():
        return str(unicodedata.decimal(char))
    if unicodedata.category(char) == "Pd" or char == "−":
        return "-"
    return char if char.isnumeric() else unicodedata.normalize("NFKC", char)


def read_minutes(text: str) -> int | None:
    """Return `45`, `90 mins`, `1h30m`, `1:30`, `1.5 h`, `1 ч 15 мин`, `полтора часа` as minutes, at most a day."""
    text = fold_typed(text).replace("′", "'")
    text = _NUMBER_WORD.sub(lambda word: _NUMBER_WORDS[word[1]], text)
    for words, plain in _SPAN_WORDS:
        text = words.sub(plain, text)
    if text.startswith("."):
        text = f"0{text}"
    minutes = _count_minutes(text)
    return minutes if minutes is not None and minutes <= DAY_MIN else None


def _count_minutes(text: str) -> int | None:
    if text.isascii() and text.isdigit() and len(text) < 5:
        return int(text)
    if clock := re.fullmatch(r"(\d{1,2}):(\d{2})", text):
        return int(clock[1]) * 60 + int(clock[2])
    match = _SPAN.fullmatch(text) or _HOURS_AND_BARE_MINUTES.fullmatch(text)
    if match is None or not (match[1] or match[2]):
        return None
    whole, _, hundredths = (match[1] or "0").replace(",", ".").partition(".")
    # a part of an hour that is no whole minutes is a slip
    part = int(hundredths.ljust(2, "0")) * 60
    return None if part % 100 else int(whole) * 60 + part // 100 + int(match[2] or 0)


def read_days(text: str) -> int | None:
    """Return `45`, `60д`, `3 weeks`, `2 месяца`, `полгода` as days, at most as far ahead as a calendar may reach."""
    text = _NUMBER_WORD.sub(lambda word: _NUMBER_WORDS[word[1]], fold_typed(text))
    for span, days in _LONGER:
        if found := span.fullmatch(text):
            return read_number(str(int(found[1] or 1) * days), 0, MAX_HORIZON_DAYS)
    match = _DAYS.fullmatch(text)
    return read_number(match[1] if match else text, 0, MAX_HORIZON_DAYS)


def read_span(text: str) -> int | None:
    """Return what `read_minutes` reads, and `3 d` or `2 weeks`, as minutes. A bare number is one of minutes."""
    minutes = read_minutes(text)
    if minutes is not None or fold_typed(text).isdigit():
        return minutes
    days = read_days(text)
    return None if days is None else days * DAY_MIN


def read_spans(text: str) -> tuple[int, ...] | None:
    """Return `24 h, 1,5 h` as minutes, each above 0."""
    spans = [read_span(part) for part in _LIST.split(text.strip())]
    return tuple(minutes for minutes in spans if minutes) if all(spans) else None


def read_price(text: str) -> str | None:
    """Return `1 500,50 ₽` as `1500.50`; a currency's sign or name around it is left out."""
    if fold_typed(text) in _FREE:
        return "0.00"
    bare = re.sub(r"[\s\u00a0\u202f'’]", "", text)
    bare = re.sub(r"^[^\d.,+-]{0,4}", "", bare)
    bare = _without_currency(bare)
    if match := _THOUSANDS.fullmatch(bare):
        whole = int(match[1]) * 1000 + int((match[2] or "0").ljust(3, "0"))
        return f"{whole}.00"
    match = _PRICE.fullmatch(bare)
    return f"{match[1]}.{(match[2] or '').ljust(2, '0')}" if match else None


def _without_currency(text: str) -> str:
    """Return a price without the currency's sign, word or code behind it; other words stay, so that it is not read."""
    match = re.search(r"\D+$", text)
    if match is None:
        return text
    thousands = re.match(r"k|к(?!\w)|тыс\.?", match[0], re.IGNORECASE)
    behind = match[0][thousands.end() :] if thousands else match[0]
    if behind and not _MONEY_WORDS.fullmatch(behind) and behind.upper().strip(".") not in _CURRENCIES:
        return text
    return text[: len(text) - len(behind)]


def read_price_terms(text: str) -> PriceTerms | None:
    """Return `от 2 500 руб`, `from £25`, `2500+` as the least that is asked, and what `read_price` reads as a price."""
    typed = fold_typed(text)
    bare = _AND_MORE.sub("", _AT_LEAST.sub("", typed))
    amount = read_price(bare)
    return None if amount is None else PriceTerms(amount, bare != typed)


def read_number(text: str, least: int, most: int) -> int | None:
    """Return a whole number within bounds."""
    text = text.strip()
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        return None
    return int(text) if least <= int(text) <= most else None
