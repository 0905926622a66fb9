"""Dates, money and durations in both languages, on the business's clock."""

from datetime import date

import pytest

from bot.ui.times import Times, ambiguous_instants, epoch_minutes, from_epoch_minutes

NOW = 1_797_000_000  # 2026-12-11T14:40:00Z


@pytest.mark.parametrize(
    ("locale", "expected"),
    [
        ("en", ("Sat 12 Dec 14:30", "Tomorrow 14:30", "Sun 12 Dec 2027 14:30", "December 2026", "Moscow, UTC+3")),
        ("ru", ("сб 12 дек, 14:30", "Завтра, 14:30", "вс 12 дек 2027, 14:30", "Декабрь 2026", "Москва, UTC+3")),
    ],
)
def test_words_for_times(locale: str, expected: tuple[str, ...]) -> None:
    times = Times("Europe/Moscow", locale, NOW)
    said = (
        times.when("2026-12-12T11:30:00Z"),
        times.relative("2026-12-12T11:30:00Z"),
        times.when("2027-12-12T11:30:00Z"),
        times.month(date(2026, 12, 1)),
        times.zone_name(),
    )
    assert said[0] == expected[0].replace(" ", "\u00a0"), "it does not break in two"
    assert said[1] == expected[1], "day and time may go on two lines of a button"
    assert said[2:] == tuple(one.replace(" ", "\u00a0") for one in expected[2:])


@pytest.mark.parametrize(
    ("locale", "amount", "currency", "expected"),
    [
        ("ru", "1500.00", "RUB", "1\u00a0500\u00a0₽"),
        ("en", "1500.00", "RUB", "RUB\u00a01,500"),
        ("en", "35.50", "EUR", "€35.50"),
        ("ru", "35.50", "EUR", "35,50\u00a0€"),
    ],
)
def test_money_by_cldr(locale: str, amount: str, currency: str, expected: str) -> None:
    assert Times("Europe/Moscow", locale, NOW).money(amount, currency) == expected


def test_the_hour_that_comes_twice_is_told_apart() -> None:
    times = Times("Europe/Berlin", "en", 1_792_800_000)
    first, second, other = "2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z", "2026-10-25T03:30:00Z"
    assert ambiguous_instants(times, [first, second, other]) == {first, second}
    assert times.relative(first, offset=True).endswith("02:30\u00a0(UTC+2)")
    assert times.relative(second, offset=True).endswith("02:30\u00a0(UTC+1)")


def test_a_start_travels_in_minutes() -> None:
    assert from_epoch_minutes(epoch_minutes("2026-12-12T14:30:00+03:00")) == "2026-12-12T11:30:00Z"


def test_spans() -> None:
    en, ru = (Times("UTC", locale, NOW) for locale in ("en", "ru"))
    assert [en.span(n) for n in (45, 60, 90)] == ["45\u00a0min", "1\u00a0h", "1\u00a0h\u00a030\u00a0min"]
    assert ru.span(90) == "1\u00a0ч\u00a030\u00a0мин"
    assert ru.span_range([75, 80]) == "1\u00a0ч\u00a015\u00a0мин – 1\u00a0ч\u00a020\u00a0мин"


def test_a_month_has_the_three_letters_of_its_button() -> None:
    ru = Times("Europe/Moscow", "ru", NOW)
    assert [ru.day(date(2026, month, 3)).split("\u00a0")[2] for month in (2, 5, 9, 11)] == ["фев", "мая", "сен", "ноя"]


@pytest.mark.parametrize(
    ("zone", "locale", "clock", "first"),
    [
        ("America/New_York", "en", "2:30 PM", "Su"),
        ("Europe/London", "en", "19:30", "Mo"),
        ("Europe/Moscow", "en", "22:30", "Mo"),
        ("Europe/Berlin", "en", "20:30", "Mo"),
        ("UTC", "en", "19:30", "Mo"),
        ("Europe/Moscow", "ru", "22:30", "пн"),
        ("America/New_York", "ru", "14:30", "пн"),
    ],
)
def test_the_clock_and_the_week_are_those_of_the_place(zone: str, locale: str, clock: str, first: str) -> None:
    times = Times(zone, locale, 1_796_623_200)
    assert times.clock("2026-12-07T19:30:00Z").replace("\u00a0", " ") == clock
    assert clock in times.when("2026-12-07T19:30:00Z").replace("\u00a0", " ")
    assert times.week_columns()[0] == first
    # the date stands under the name of its weekday
    monday = date(2026, 12, 7)
    assert times.week_columns()[times.column_of(monday)] == times.weekdays()[0]


def test_wall_times_follow_the_clock() -> None:
    american = Times("America/New_York", "en", 0)
    shown = [american.wall_time(text).replace("\u00a0", " ") for text in ("00:00", "09:05", "12:00", "13:30", "24:00")]
    assert shown == ["12:00 AM", "9:05 AM", "12:00 PM", "1:30 PM", "12:00 AM"]
    assert Times("Europe/London", "en", 0).wall_time("24:00") == "24:00"
