"""Zones and currencies as people type them."""

import pytest

from bot.ui.typed_currencies import read_currency, suggested_currencies
from bot.ui.typed_zones import SUGGESTED, known_zones, read_zone

NOW = 1_796_623_200.0


@pytest.mark.parametrize(
    ("typed", "zone"),
    [
        ("Moscow", "Europe/Moscow"),
        ("г. Москва", "Europe/Moscow"),
        ("спб", "Europe/Moscow"),
        ("Киев", "Europe/Kyiv"),
        ("Київ", "Europe/Kyiv"),
        ("kiev", "Europe/Kyiv"),
        ("new york", "America/New_York"),
        ("Буэнос-Айрес", "America/Argentina/Buenos_Aires"),
        ("Moscow, Russia", "Europe/Moscow"),
        ("europe/berlin", "Europe/Berlin"),
    ],
)
def test_a_city_is_its_zone(typed: str, zone: str) -> None:
    assert read_zone(typed, NOW) == ((zone,), True)


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("UTC+3", "Europe/Moscow"),
        ("мск+2", "Asia/Yekaterinburg"),
        ("+5:30", "Asia/Kolkata"),
        ("GMT", "Europe/London"),
        ("Mosow", "Europe/Moscow"),
        ("Россия", "Europe/Moscow"),
    ],
)
def test_what_may_be_several_or_is_a_guess_is_asked_back(typed: str, first: str) -> None:
    zones, certain = read_zone(typed, NOW)
    assert (zones[0], certain) == (first, False)


@pytest.mark.parametrize("typed", ["", "somewhere", "UTC+99", "12345", "☎", "x" * 4000])
def test_what_is_no_place_means_nothing(typed: str) -> None:
    assert read_zone(typed, NOW).zones == ()


def test_every_zone_that_is_offered_is_known() -> None:
    assert {zone for zones in SUGGESTED.values() for zone in zones} <= known_zones()


@pytest.mark.parametrize(
    ("typed", "zone", "code"),
    [
        ("rub", "Europe/London", "RUB"),
        ("₽", "Europe/Moscow", "RUB"),
        ("руб.", "Europe/Moscow", "RUB"),
        ("рублей", "Europe/Minsk", "BYN"),
        ("$", "America/Toronto", "CAD"),
        ("доллары", "America/New_York", "USD"),
        ("евро", "Europe/Moscow", "EUR"),
        ("pounds", "Europe/London", "GBP"),
        ("тенге", "Asia/Almaty", "KZT"),
    ],
)
def test_a_sign_or_a_word_is_a_currency(typed: str, zone: str, code: str) -> None:
    assert read_currency(typed, zone) == (code,)


def test_a_sign_of_many_countries_is_asked_back() -> None:
    assert read_currency("$", "Europe/Berlin")[0] == "USD"
    assert len(read_currency("$", "Europe/Berlin")) > 1
    assert read_currency("shells", "Europe/Berlin") == ()
    assert suggested_currencies("Europe/Kyiv")[0] == "UAH"
