"""What people type is read kindly, and what cannot be understood is never guessed."""

import pytest

from bot.ui import typed_values


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("10:00-14:00, 15:00-19:00", ["10:00-14:00", "15:00-19:00"]),
        ("10-14, 15:00–19:30", ["10:00-14:00", "15:00-19:30"]),
        ("с 9 до 18", ["09:00-18:00"]),
        ("9.30 to 18 and 19 to 21", ["09:30-18:00", "19:00-21:00"]),
        ("10-14 и 15-19", ["10:00-14:00", "15:00-19:00"]),
        ("22:00-02:00", ["22:00-02:00"]),
        ("0-24", ["00:00-24:00"]),
        ("Выходной", []),
        ("off", []),
        ("24:00-10:00", None),
        ("10", None),
        ("10-25", None),
        ("10:61-12", None),
        ("10-14 19", None),
        ("", None),
        ("in the morning", None),
        ("٠٩:٠٠-١٨:٠٠", ["09:00-18:00"]),
        (",".join(["1-2"] * 25), None),
    ],
)
def test_hours(text: str, read: list[str] | None) -> None:
    assert typed_values.read_shifts(text) == read


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
    ("text", "read"), [("8", 8), (" 10 ", 10), ("0", None), ("11", None), ("x", None), ("²", None)]
)
def test_numbers_within_bounds(text: str, read: int | None) -> None:
    assert typed_values.read_number(text, 1, 10) == read
