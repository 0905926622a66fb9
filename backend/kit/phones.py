"""Phone numbers as people write them, and the one number that is meant. Pure.

A number is stored as it was typed, in plain characters. Whether two are the same is decided in a region (`RU`, `GB`), which
tells what a number without its country means: `8 (916) 123-45-67`, `07911 123456`, `0044 …`.
"""

import re
import unicodedata
from functools import lru_cache

import phonenumbers
from babel.core import get_global
from phonenumbers import PhoneNumber, PhoneNumberFormat

# Business's phones: at most so many, each so long.
MAX_PHONES = 5
MAX_LENGTH = 32
FEWEST_DIGITS = 4
_PREFIX = re.compile(r"^\s*tel:", re.IGNORECASE)
_WRITTEN = re.compile(r"\+?[0-9 ()\-./~]+")
_TRUNK_IN_BRACKETS = re.compile(r"\(\s*0\s*\)")
_IN_TEXT = re.compile(r"(?:\btel:\s*)?\+?\(?\d[\d ()\-./~]{3,40}\d", re.IGNORECASE)
_BETWEEN_PHONES = re.compile(r"\s*[,;\n]\s*")


def clean_phone(text: str) -> str:
    """Return a typed number in plain characters: ASCII digits, hyphens and single spaces, nothing that is not seen."""
    plain = "".join(map(_plain_character, unicodedata.normalize("NFKC", text)))
    return " ".join(_PREFIX.sub("", plain).split())


def _plain_character(char: str) -> str:
    category = unicodedata.category(char)
    if category == "Nd":
        return str(unicodedata.decimal(char))
    if category == "Pd" or char == "−":
        return "-"
    return "" if category == "Cf" else char


def extract_phone(text: str) -> tuple[str, str | None]:
    """Return a text without the first phone number in it, and that number in plain characters."""
    # one character for each, so that places are the same in both
    plain = "".join(" " if char.isspace() else _plain_character(char) or " " for char in text.replace("＋", "+"))
    match = _IN_TEXT.search(plain)
    if match is None:
        return text, None
    return f"{text[: match.start()]} {text[match.end() :]}", clean_phone(match[0])


def phone_digits(phone: str) -> str:
    """Return the ASCII digits of a phone number."""
    return "".join(c for c in phone if c.isascii() and c.isdigit())


def can_be_called(phone: str) -> bool:
    """Return whether a business's number can be one: four digits or more. Words such as an extension may stand beside them."""
    return len(phone_digits(clean_phone(phone))) >= FEWEST_DIGITS


def is_phone(text: str) -> bool:
    """Return whether it may be a phone number: 5 to 18 digits, prefixes included, and what people put between them."""
    plain = clean_phone(text)
    return 5 <= len(phone_digits(plain)) <= 18 and _WRITTEN.fullmatch(plain) is not None


def split_phones(text: str) -> list[str]:
    """Return the numbers of a text that names several, in order, each once."""
    return list(dict.fromkeys(part for part in _BETWEEN_PHONES.split(text.strip()) if part))


def join_phones(phones: list[str]) -> str:
    """Return several numbers as one text, which `split_phones` reads."""
    return ", ".join(phones)


@lru_cache(maxsize=4096)
def choose_region(phones: str, timezone: str) -> str | None:
    """Return the region in which a business reads numbers: that of its own phone, else of its zone; None for neither."""
    for phone in split_phones(phones):
        plain = clean_phone(phone)
        number = _parse(plain, None) if plain.startswith("+") else None
        if number is not None and number.country_code is not None:
            region = phonenumbers.region_code_for_number(number)
            return region or phonenumbers.region_code_for_country_code(number.country_code)
    zone = get_global("zone_aliases").get(timezone, timezone)
    region = get_global("zone_territories").get(zone)
    return region if region in phonenumbers.SUPPORTED_REGIONS else None


@lru_cache(maxsize=8192)
def canonical_number(text: str, region: str | None) -> str:
    """Return the digits of the international number that is meant; the digits as they stand where none can be told."""
    number = _find_number(clean_phone(text), region)
    return phone_digits(text) if number is None else _digits(number, PhoneNumberFormat.E164)


@lru_cache(maxsize=8192)
def tappable_phone(phone: str, region: str | None) -> str:
    """Return a stored number as a phone can be told to call it: with its country where that is known, else as it is.

    Telegram shares `+79161234567`, which reads as `+7 916 123-45-67`; a number that is grouped already stays as it is."""
    if phone.startswith("+") and not phone[1:].isdigit():
        return phone
    number = _find_number(phone, region)
    if number is None or not phonenumbers.is_valid_number(number):
        return phone
    return phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL)


def list_written_forms(text: str, region: str | None) -> set[str]:
    """Return the digits of every usual way to write the number, so that an index can find it however it is stored."""
    plain = clean_phone(text)
    forms = {phone_digits(plain)}
    number = _find_number(plain, region)
    if number is None:
        return forms
    national = phonenumbers.national_significant_number(number)
    code = str(number.country_code)
    own_region = phonenumbers.region_code_for_number(number)
    trunk = phonenumbers.ndd_prefix_for_region(own_region, True) if own_region else None
    forms |= {code + national, f"00{code}{national}", national, _digits(number, PhoneNumberFormat.NATIONAL)}
    if trunk:
        forms |= {trunk + national, code + trunk + national}
    forms |= {f"0{national}", f"{code}0{national}", f"00{code}0{national}"}
    if region:
        forms.add(phone_digits(phonenumbers.format_out_of_country_calling_number(number, region)))
    return forms


def list_partial_forms(text: str, region: str | None) -> set[str]:
    """Return digits of which any number that holds the typed part has one, whatever stands before its country or area."""
    plain = clean_phone(text)
    # a zero in brackets may also be one of the number's own: `+493 (0) 12345678`
    readings = {phone_digits(_TRUNK_IN_BRACKETS.sub("", plain)), phone_digits(plain)}
    return {form for digits in readings for form in _list_endings(digits, region, written_abroad=plain.startswith("+"))}


def _list_endings(digits: str, region: str | None, *, written_abroad: bool) -> set[str]:
    forms = {digits}
    if written_abroad or digits.startswith("00"):
        rest = digits.removeprefix("00")
        codes = (rest[:length] for length in (1, 2, 3))
        forms |= {
            rest.removeprefix(code) for code in codes if code and int(code) in phonenumbers.COUNTRY_CODE_TO_REGION_CODE
        }
    prefixes = {"7", "8", "0"}
    if region:
        prefixes |= {
            str(phonenumbers.country_code_for_region(region)),
            phonenumbers.ndd_prefix_for_region(region, True) or "",
        }
    forms |= {digits.removeprefix(prefix) for prefix in prefixes if prefix and digits.startswith(prefix)}
    return {form[-10:] for form in forms if len(form) >= min(3, len(digits))}


def _find_number(plain: str, region: str | None) -> PhoneNumber | None:
    """Return the number that a cleaned text means, or None."""
    if plain.startswith("+"):
        return _parse(plain, region)
    digits = phone_digits(plain)
    readings = [_parse(plain, region)] if region else []
    if digits.startswith("00"):
        readings.append(_parse(f"+{digits[2:]}", None))
    readings.append(_parse(f"+{digits}", None))
    found = [number for number in readings if number is not None]
    valid = next((number for number in found if phonenumbers.is_valid_number(number)), None)
    return valid or next((number for number in found[:1] if phonenumbers.is_possible_number(number)), None)


def _parse(text: str, region: str | None) -> PhoneNumber | None:
    try:
        return phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None


def _digits(number: PhoneNumber, form: int) -> str:
    return phone_digits(phonenumbers.format_number(number, form))
