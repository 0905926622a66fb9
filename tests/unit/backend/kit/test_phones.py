"""Phone numbers: however one number is written, it is the same number; two numbers are never one."""

import zoneinfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.kit.phones import (
    canonical_number,
    choose_region,
    clean_phone,
    extract_phone,
    is_phone,
    list_partial_forms,
    list_written_forms,
    phone_digits,
    split_phones,
    tappable_phone,
)
from tests.support.written_phones import NUMBERS, written


def test_a_zero_in_brackets_may_be_the_numbers_own() -> None:
    assert any(form in "493012345678" for form in list_partial_forms("+493 (0) 12345678", "DE"))


@given(st.data(), st.sampled_from(NUMBERS))
def test_any_formatting_of_one_number_is_that_number(data: st.DataObject, number: tuple[str, str, str, str]) -> None:
    region, code, trunk, national = number
    first, second = (data.draw(written(code, trunk, national)) for _ in range(2))
    assert is_phone(first), first
    assert canonical_number(first, region) == code + national
    # an index finds the one by the other, whichever of them is stored
    assert phone_digits(clean_phone(second)) in list_written_forms(first, region)
    # and so does a search, which looks for a part of it
    assert any(form in phone_digits(clean_phone(second)) for form in list_partial_forms(first, region))


@pytest.mark.parametrize(
    ("text", "region", "number"),
    [
        ("8 (916) 123-45-67", "RU", "79161234567"),
        ("9161234567", "RU", "79161234567"),
        ("07911 123456", "GB", "447911123456"),
        ("+44 (0)7911 123456", "RU", "447911123456"),
        ("0044 7911 123456", "RU", "447911123456"),
        ("810 44 7911 123456", "RU", "447911123456"),
        ("tel:+7-916-123-45-67", None, "79161234567"),
        ("0039 06 698 12345", "GB", "390669812345"),
        ("06 698 12345", "IT", "390669812345"),
        ("12345", "RU", "12345"),
        ("8 916 123 45 67", None, "89161234567"),
    ],
)
def test_the_number_that_is_meant(text: str, region: str | None, number: str) -> None:
    assert canonical_number(text, region) == number


@pytest.mark.parametrize("text", ["call me", "12", "+", "1" * 19, "8 916 доб. 12", "a79161234567", ""])
def test_what_is_no_number(text: str) -> None:
    assert not is_phone(text)


@pytest.mark.parametrize(
    ("phones", "zone", "region"),
    [
        ("+44 20 7946 0018", "Europe/Moscow", "GB"),
        ("8-800-555-35-35, +7 495 000-00-00", "Europe/London", "RU"),
        ("8-800-555-35-35", "Europe/Moscow", "RU"),
        ("", "Asia/Kolkata", "IN"),
        ("", "Europe/Kyiv", "UA"),
        ("", "America/New_York", "US"),
        ("", "UTC", None),
        ("", "Etc/GMT-3", None),
    ],
)
def test_the_region_is_that_of_the_own_phone_else_of_the_zone(phones: str, zone: str, region: str | None) -> None:
    assert choose_region(phones, zone) == region


def test_every_zone_has_a_region_or_none() -> None:
    assert all(
        region is None or len(region) == 2
        for region in (choose_region("", zone) for zone in zoneinfo.available_timezones())
    )


def test_a_name_and_a_number_are_told_apart() -> None:
    assert extract_phone("Anna 🧔‍♂️ ＋7 (916)\u00a0123–45–67 from Tver") == (
        "Anna 🧔‍♂️   from Tver",
        "+7 (916) 123-45-67",
    )
    assert extract_phone("Anna tel:+79161234567") == ("Anna  ", "+79161234567")
    assert extract_phone("Anna 2") == ("Anna 2", None)
    assert split_phones("8-800-555-35-35, +7 495 000-00-00;8-800-555-35-35\n1") == [
        "8-800-555-35-35", "+7 495 000-00-00", "1",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("stored", "region", "shown"),
    [
        # as Telegram shares it
        ("+79161234567", "RU", "+7 916 123-45-67"),
        ("+447911123456", None, "+44 7911 123456"),
        ("8 (916) 123-45-67", "RU", "+7 916 123-45-67"),
        ("+7 (916) 123 45 67", "RU", "+7 (916) 123 45 67"),
        ("+99912345", "RU", "+99912345"),
        ("12345", "RU", "12345"),
    ],
)
def test_a_number_is_shown_as_it_is_read(stored: str, region: str | None, shown: str) -> None:
    assert tappable_phone(stored, region) == shown
