"""What people type is read kindly, and what cannot be understood is never guessed."""

import pytest

from bot.ui import typed_values


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("45", 45),
        ("90 min", 90),
        ("1h30m", 90),
        ("1:15", 75),
        ("1 ч 15 мин", 75),
        ("2 часа", 120),
        ("24 h", 1440),
        ("0", 0),
        ("25 h", None),
        ("1441", None),
        ("a while", None),
        ("-5", None),
        ("", None),
        ("²", None),
        ("1.5h", 90),
        ("1,5 часа", 90),
        ("90 mins", 90),
        ("1½ h", 90),
        ("1h 30", 90),
        ("1 час 30 минут", 90),
        ("полтора часа", 90),
        ("полчаса", 30),
        ("half an hour", 30),
        ("an hour and 15 min", 75),
        ("час", 60),
        ("１ h", 60),
        ("1.33 h", None),
        ("1.5", None),
        ("24.5 h", None),
        ("1 hour, 30 minutes", 90),
        ("1 час, 30 минут", 90),
        ("час и 15 минут", 75),
        ("час с половиной", 90),
        ("2 часа с половиной", 150),
        ("1 and a half hours", 90),
        ("1 1/2 hours", 90),
        ("two hours", 120),
        ("два часа", 120),
        ("три часа 20 минут", 200),
        ("hour", 60),
        ("quarter of an hour", 15),
        ("90 ′", 90),
        ("45-60", None),
        ("two", None),
    ],
)
def test_minutes(text: str, read: int | None) -> None:
    assert typed_values.read_minutes(text) == read


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("1500", "1500.00"),
        ("1 500,50 ₽", "1500.50"),
        ("$20", "20.00"),
        ("20 EUR", "20.00"),
        ("1500 руб.", "1500.00"),
        ("1,5", "1.50"),
        ("0", "0.00"),
        ("-5", None),
        ("1.2.3", None),
        ("1,500.50", None),
        ("cheap", None),
        ("9999999999", None),
        ("", None),
    ],
)
def test_prices(text: str, read: str | None) -> None:
    assert typed_values.read_price(text) == read


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("от 2500 руб", ("2500.00", True)),
        ("От 2 500,50 ₽", ("2500.50", True)),
        ("from £25", ("25.00", True)),
        ("2500+", ("2500.00", True)),
        ("25 and up", ("25.00", True)),
        ("2500 и выше", ("2500.00", True)),
        ("2500", ("2500.00", False)),
        ("free", ("0.00", False)),
        ("от", None),
        ("from cheap", None),
    ],
)
def test_prices_that_are_the_least(text: str, read: tuple[str, bool] | None) -> None:
    assert typed_values.read_price_terms(text) == read


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("24 h, 2 h", (1440, 120)),
        ("24h,2h", (1440, 120)),
        ("1,5 ч, 24 ч", (90, 1440)),
        ("2 d and 90 mins", (2880, 90)),
        ("сутки", None),
        ("1 сутки и 2 ч", (1440, 120)),
        ("24,2", None),
        ("", None),
    ],
)
def test_several_spans(text: str, read: tuple[int, ...] | None) -> None:
    assert typed_values.read_spans(text) == read


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("45", 45),
        ("60d", 60),
        ("2 дня", 2),
        ("401", None),
        ("2 h", None),
        ("3 weeks", 21),
        ("two weeks", 14),
        ("a week", 7),
        ("2 недели", 14),
        ("две недели", 14),
        ("неделя", 7),
        ("2 months", 60),
        ("two months", 60),
        ("3 мес.", 90),
        ("полгода", 182),
        ("half a year", 182),
        ("1 year", 365),
        ("год", 365),
        ("2 years", None),
        ("20 months", None),
        ("2 m", None),
        ("month of may", None),
    ],
)
def test_days(text: str, read: int | None) -> None:
    assert typed_values.read_days(text) == read


@pytest.mark.parametrize(
    ("text", "read"), [("8", 8), (" 10 ", 10), ("0", None), ("11", None), ("x", None), ("²", None)]
)
def test_numbers_within_bounds(text: str, read: int | None) -> None:
    assert typed_values.read_number(text, 1, 10) == read


@pytest.mark.parametrize(
    ("text", "amount", "at_least"),
    [
        ("2500 рублей", "2500.00", False),
        ("от 2 500 рублей и выше", "2500.00", True),
        ("25 dollars", "25.00", False),
        ("£25 or more", "25.00", True),
        ("25 onwards", "25.00", True),
        ("starts at 25", "25.00", True),
        ("≥ 25", "25.00", True),
        ("2.5k", "2500.00", False),
        ("2,5 тыс", "2500.00", False),
        ("от 3 тыс. руб.", "3000.00", True),
        ("AED 100", "100.00", False),
        ("100 AED", "100.00", False),
        # what stands beside the number means something else
        ("1500 за час", None, False),
        ("25 per hour", None, False),
        ("2500-3000", None, False),
        ("2500 x 2", None, False),
    ],
)
def test_words_beside_a_price(text: str, amount: str | None, at_least: bool) -> None:
    read = typed_values.read_price_terms(text)
    assert read == (None if amount is None else typed_values.PriceTerms(amount, at_least))
