"""Dates, times, money and durations in words, by the business's clock and in the person's language.

Their spaces do not break, so that none of them stands on two lines."""

import re
import zoneinfo
from collections.abc import Collection
from copy import copy
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.core import get_global
from babel.dates import format_datetime, get_timezone_location
from babel.numbers import get_currency_symbol

from bot.ui.i18n import words_for
from bot.ui.text import NBSP, Html, keep_together

# The pinned tzdata package rules on every machine, not the system's files.
zoneinfo.reset_tzpath(to=[])

MINUTE = 60
_ABBREVIATION_DOT = re.compile(r"(?<=\D)\.")
_LAST_MINUTE = 4_000_000_000  # the year 9575


def parse(instant: str) -> datetime:
    """Return an RFC 3339 time of the backend as an aware datetime."""
    return datetime.fromisoformat(instant)


def epoch_minutes(instant: str) -> int:
    """Return an instant in epoch minutes, as it travels in a button. Starts lie on whole minutes."""
    return int(parse(instant).timestamp()) // MINUTE


def from_epoch_minutes(epoch_minutes: int) -> str:
    """Return the RFC 3339 time (UTC) of epoch minutes.

    A forged number becomes a time that every horizon refuses, and that Telegram can show."""
    return datetime.fromtimestamp(min(max(epoch_minutes, 1), _LAST_MINUTE) * MINUTE, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Times:
    """One person's view of one business's clock. `now` is epoch seconds."""

    def __init__(self, zone: str, locale: str, now: float) -> None:
        self.zone = zoneinfo.ZoneInfo(zone)
        self.locale = locale
        self.now = datetime.fromtimestamp(now, self.zone)
        self._twelve_hours, self.first_weekday, self.month_first = _customs(zone, locale)

    @property
    def today(self) -> date:
        """The business's date now."""
        return self.now.date()

    def local(self, instant: str) -> datetime:
        """Return the business's local time at that instant."""
        return parse(instant).astimezone(self.zone)

    def clock(self, instant: str) -> str:
        """Return `14:30`, or `2:30 PM` where clocks of twelve hours are the custom."""
        return self._clock(self.local(instant))

    def _clock(self, local: datetime | time) -> str:
        if not self._twelve_hours:
            return f"{local:%H:%M}"
        return f"{local.hour % 12 or 12}:{local:%M}{NBSP}{'AM' if local.hour < 12 else 'PM'}"

    def wall_time(self, text: str) -> str:
        """Return a time of the day, `09:00` or `24:00`, as `clock` does."""
        hour, _, minute = text.partition(":")
        return self._clock(time(int(hour) % 24, int(minute))) if self._twelve_hours else text

    def day(self, day: date) -> str:
        """Return `Fri 12 Dec`, with the year where it is not the current one."""
        return _day(day, self.locale, "pattern-day-year" if day.year != self.today.year else "pattern-day")

    def narrow_day(self, day: date) -> str:
        """Return `Fri 12 Dec` for a narrow button, `1 Jan 2027` in another year, where a weekday is too much."""
        return self.day(day) if day.year == self.today.year else _day(day, self.locale, "pattern-narrow")

    def date_pair(self, first: date, last: date) -> tuple[str, str]:
        """Return (`30 Dec`, `2 Jan 2027`) for a narrow button: no weekdays, and one year where it is not the current one."""
        other_year = {first.year, last.year} != {self.today.year}
        key = "pattern-date-year" if other_year else "pattern-date"
        return _day(first, self.locale, "pattern-date"), _day(last, self.locale, key)

    def when(self, instant: str) -> str:
        """Return `Fri 12 Dec 14:30`."""
        local = self.local(instant)
        return _phrase(self.locale, "when", day=self.day(local.date()), time=self._clock(local))

    def relative(self, instant: str, *, offset: bool = False) -> str:
        """Return `Today 14:30`, `Tomorrow 10:00`, or as `when`; `offset` tells the two passes of a repeated hour apart.

        For narrow buttons: day and time may stand on two lines, neither of them breaks."""
        local = self.local(instant)
        clock = keep_together(self._clock(local) + (f" ({utc_offset(local)})" if offset else ""))
        if local.date() == self.today:
            return _label(self.locale, "when-today", time=clock)
        if local.date() == self.today + timedelta(days=1):
            return _label(self.locale, "when-tomorrow", time=clock)
        return _label(self.locale, "when", day=self.day(local.date()), time=clock)

    def time_tag(self, instant: str) -> Html:
        """Return `when` in a tag that shows the reader their own zone's time; without a format the text stays as it is."""
        return Html(f'<tg-time unix="{int(parse(instant).timestamp())}">{self.when(instant)}</tg-time>')

    def zone_name(self, instant: str | None = None) -> str:
        """Return `Moscow, UTC+3`, of now or of that instant."""
        at = self.now if instant is None else self.local(instant)
        return keep_together(f"{city_of(str(self.zone), self.locale)}, {utc_offset(at)}")

    def month(self, first: date) -> str:
        """Return `December 2026`."""
        return _month(first.replace(day=1), self.locale)

    def month_name(self, first: date) -> str:
        """Return `Dec`, three letters for a narrow button."""
        return _short_month(first.month, self.locale)

    def weekdays(self) -> list[str]:
        """Return Monday to Sunday in their shortest form, for the columns of a month."""
        return [_weekday(index, self.locale, "short") for index in range(7)]

    def week_columns(self) -> list[str]:
        """Return the names of `weekdays` in the order of a month's columns: where it is the custom, Sunday is the first."""
        names = self.weekdays()
        return names[self.first_weekday :] + names[: self.first_weekday]

    def column_of(self, day: date) -> int:
        """Return the column of a month in which a date stands, 0 to 6."""
        return (day.weekday() - self.first_weekday) % 7

    def day_names(self) -> list[str]:
        """Return `Mon` to `Sun`, as in a date."""
        return [_weekday(index, self.locale, "abbreviated") for index in range(7)]

    def span(self, minutes: int) -> str:
        """Return `45 min`, `1 h 30 min`."""
        return span_text(self.locale, minutes)

    def span_range(self, minutes: Collection[int]) -> str:
        """Return `45 min`, or `45 min – 1 h` where they are not all the same."""
        return " – ".join(map(self.span, sorted({min(minutes), max(minutes)})))

    def money(self, amount: str, currency: str) -> str:
        """Return `1 500 ₽`, with hundredths where there are some."""
        return money_text(self.locale, amount, currency)


def span_text(locale: str, minutes: int) -> str:
    """Return `45 min`, `1 h 30 min`."""
    hours, rest = divmod(minutes, 60)
    if not hours:
        return _phrase(locale, "span-minutes", minutes=rest)
    if not rest:
        return _phrase(locale, "span-hours", hours=hours)
    return _phrase(locale, "span-both", hours=hours, minutes=rest)


@lru_cache(maxsize=4096)
def money_text(locale: str, amount: str, currency: str) -> str:
    """Return `1 500 ₽`, with hundredths where there are some."""
    value = Decimal(amount)
    pattern = copy(Locale.parse(locale).currency_formats["standard"])
    pattern.frac_prec = (0, 0) if value == value.to_integral_value() else (2, 2)
    text: str = pattern.apply(value, locale, currency=currency, currency_digits=False)
    # a currency without a symbol of its own in this language ("RUB1,500") reads better behind a space
    symbol = get_currency_symbol(currency, locale)
    return text.replace(symbol, f"{symbol}\u00a0") if text.startswith(symbol) and symbol.isalpha() else text


def utc_offset(at: datetime) -> str:
    """Return `UTC+3`, `UTC+5:30`."""
    offset = at.utcoffset() or timedelta()
    total = int(offset.total_seconds()) // MINUTE
    hours, rest = divmod(abs(total), 60)
    sign = "-" if total < 0 else "+"
    return f"UTC{sign}{hours}" + (f":{rest:02}" if rest else "")


def ambiguous_instants(times: Times, instants: list[str]) -> set[str]:
    """Return the instants that share their local time with another one, in an hour that is repeated."""
    by_wall: dict[str, str] = {}
    twice: set[str] = set()
    for instant in instants:
        wall = f"{times.local(instant):%Y-%m-%dT%H:%M}"
        if wall in by_wall:
            twice |= {by_wall[wall], instant}
        by_wall[wall] = instant
    return twice


@lru_cache(maxsize=1024)
def _customs(zone: str, locale: str) -> tuple[bool, int, bool]:
    """Return whether clocks have twelve hours, the first weekday (0 is Monday), and whether dates begin with the month.

    These are the customs where the zone's people speak the language: so English has all in the US; where it is a foreign
    language, 24 hours, Monday and the day first."""
    territory = get_global("zone_territories").get(get_global("zone_aliases").get(zone, zone))
    if territory in (None, "001", "ZZ"):  # such as UTC, which belongs to no country
        return False, 0, False
    try:
        known = Locale.parse(f"{locale}_{territory}")
    except (UnknownLocaleError, ValueError):
        return False, 0, False
    twelve_hours = "a" in str(known.time_formats["short"].pattern)
    return twelve_hours, int(known.first_week_day), str(known.date_formats["short"].pattern).startswith("M")


@lru_cache(maxsize=4096)
def _label(locale: str, key: str, **args: str) -> str:
    """Return a label; labels of times are few and come again on every screen, while formatting one costs 50 µs."""
    return words_for(locale).label(key, **args)


@lru_cache(maxsize=4096)
def _phrase(locale: str, key: str, **args: str | int) -> str:
    return keep_together(words_for(locale).label(key, **args))


@lru_cache(maxsize=4096)
def _day(day: date, locale: str, key: str) -> str:
    # three letters, as in `_short_month`: beside a number, `29 ноя` reads as the button that leads there
    month = str(Locale.parse(locale).months["format"]["abbreviated"][day.month])[:3]
    pattern = words_for(locale).label(key).replace("MMM", f"'{month}'")
    at = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    return keep_together(_ABBREVIATION_DOT.sub("", format_datetime(at, pattern, locale=locale)))


@lru_cache(maxsize=256)
def _month(first: date, locale: str) -> str:
    at = datetime(first.year, first.month, 1, 12, tzinfo=UTC)
    text = format_datetime(at, "LLLL y", locale=locale)
    return keep_together(text[:1].upper() + text[1:])


@lru_cache(maxsize=64)
def _short_month(month: int, locale: str) -> str:
    name = str(Locale.parse(locale).months["stand-alone"]["abbreviated"][month])[:3]
    return name[:1].upper() + name[1:]


@lru_cache(maxsize=64)
def _weekday(index: int, locale: str, width: str) -> str:
    return str(Locale.parse(locale).days["stand-alone"][width][index])


@lru_cache(maxsize=1024)
def city_of(zone: str, locale: str) -> str:
    """Return the city of a zone in a language, also of a zone that has been renamed since the library's names were given."""
    language = Locale.parse(locale)
    for name in (zone, *former_names().get(zone, ())):
        if city := language.time_zones.get(name, {}).get("city"):
            return str(city)
    return get_timezone_location(zoneinfo.ZoneInfo(zone), locale=language, return_city=True)


@lru_cache(maxsize=1)
def former_names() -> dict[str, list[str]]:
    """Return what zones were called before, by their names of today."""
    former: dict[str, list[str]] = {}
    for old, new in get_global("zone_aliases").items():
        former.setdefault(new, []).append(old)
    return former
