"""Invitation codes, cursors, names and phones as people type them. Pure."""

import base64
import binascii
import hashlib
import hmac
import secrets

import msgspec

from backend.contract.people import TAG_MAX
from backend.errors import Invalid
from backend.kit.phones import clean_phone, is_phone, phone_digits
from backend.kit.text import clean_line, fold_for_search

NAME_MAX = 64
# A number of fewer digits is a part of one.
WHOLE_NUMBER_DIGITS = 7
INVITATION_S = 48 * 3600
ATTEMPTS = 5
ATTEMPTS_S = 15 * 60
CODE_LENGTH = 8
# Without characters that are easily mistaken when read aloud or copied by hand: no 0 O 1 I L U V.
ALPHABET = "ABCDEFGHJKMNPQRSTWXYZ23456789"


def new_token() -> str:
    """Return 128 random bits for a deep link: 22 characters that Telegram allows there."""
    return secrets.token_urlsafe(16)


def new_code() -> str:
    """Return a code to type: 8 characters, at least one of them a digit.

    The bot takes eight lower-case letters for a word, not for a code.
    """
    while True:
        code = "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))
        if not code.isalpha():
            return code


def normalize_code(text: str) -> str:
    """Return a typed code or a followed token as it was issued: codes in capitals, without spaces and dashes."""
    text = text.strip()
    bare = text.replace(" ", "").replace("-", "").upper()
    return bare if len(bare) == CODE_LENGTH and set(bare) <= set(ALPHABET) else text


def code_name(internal_key: str, slug: str, text: str) -> str:
    """Return the name under which a token or code is stored: without the key it cannot be computed from the code."""
    pepper = hmac.new(internal_key.encode(), b"invitation-name", hashlib.sha256).digest()
    return hmac.new(pepper, msgspec.json.encode([slug, text]), hashlib.sha256).hexdigest()


def sign_invitation(internal_key: str, slug: str, invitation_id: str, payload: bytes) -> bytes:
    """Return the signature of a stored invitation: others may write to the same store."""
    pepper = hmac.new(internal_key.encode(), b"invitation-seal", hashlib.sha256).digest()
    return hmac.new(pepper, msgspec.json.encode([slug, invitation_id]) + payload, hashlib.sha256).digest()


def encode_cursor(*parts: str | int) -> str:
    """Return where a list goes on; opaque to callers."""
    return base64.urlsafe_b64encode(msgspec.json.encode(parts)).decode().rstrip("=")


def decode_cursor(cursor: str) -> tuple[int, str, int]:
    """Return the (rank, text, id) of `encode_cursor`. Raises Invalid."""
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        return msgspec.json.decode(raw, type=tuple[int, str, int])
    except (binascii.Error, ValueError, msgspec.DecodeError):
        raise Invalid("This cursor is not from here.", field="cursor") from None


def check_name(text: str) -> str:
    """Return a typed name as it is stored. Raises Invalid where nothing of it can be seen."""
    name = clean_line(text, NAME_MAX)
    if not name:
        raise Invalid("A name must show something.", field="name")
    return name


def check_tag(text: str) -> str:
    """Return a typed tag as it is stored, without the signs before it. Raises Invalid where nothing of it can be seen."""
    tag = clean_line(clean_line(text, 2 * TAG_MAX).lstrip("# "), 2 * TAG_MAX)
    if not tag:
        raise Invalid("A tag must show something.", field="names")
    if len(tag) > TAG_MAX:
        raise Invalid(f"A tag has at most {TAG_MAX} characters.", field="names")
    return tag


def tag_key(tag: str) -> str:
    """Return the key of a tag: the same however its letters are written, and no word of it."""
    return hashlib.sha256(" ".join(fold_for_search(tag).split()).encode()).hexdigest()[:12]


def full_name(first_name: str, last_name: str) -> str:
    """Return a person's whole name in Telegram as it is stored."""
    return clean_line(f"{clean_line(first_name, NAME_MAX)} {clean_line(last_name, NAME_MAX)}", 2 * NAME_MAX + 1)


def whole_number(text: str) -> str | None:
    """Return a text that is one whole phone number, cleaned; None for any other."""
    number = clean_phone(text)
    return number if is_phone(number) and len(phone_digits(number)) >= WHOLE_NUMBER_DIGITS else None


def check_phone(text: str) -> str | None:
    """Return a typed phone number as it is stored; an empty text is None. Raises Invalid."""
    phone = clean_phone(text)
    if phone and not is_phone(phone):
        raise Invalid("This is not a phone number.", field="phone")
    return phone or None
