"""Tokens, codes and limits of visitors' holds. Pure."""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from backend.contract.bookings import Status
from backend.contract.holds import CODE_DIGITS, HoldStatus

# At most so many places of one business are held by visitors at once, so that the calendar stays open for others.
MAX_OPEN = 50
# So long a place is held for a visitor at first: enough to follow the link, or to ask for a code. Then for as long as the
# business keeps any hold.
FIRST_S = 3 * 60
# Of what a specialist has free on a day, visitors hold a third at most, but always one place.
SHARE = 3
# A place that visitors held so often without using it is not held for a visitor again, until so much time has passed.
REPEATS = 2
REPEATED_WITHIN_S = 3600
# So many holds within so long that nobody has used are told to the admins, and then not again for so long.
ALARM_HOLDS = 15
ALARM_WITHIN_S = 3600
ALARM_EVERY_S = 6 * 3600
# How long the token shows what became of the hold.
READABLE_S = 24 * 3600
# Wrong codes for one hold, codes asked for one hold, codes sent to one phone number in a quarter of an hour.
GUESSES = 5
ASKS = 3
WINDOW_S = 15 * 60
# Codes sent to one phone number in a day.
MESSAGES_A_DAY = 6
DAY_S = 24 * 3600
# The parameter of the link that opens the bot at the codes.
CODE_START = "code"
# How many holds a person gets codes for at once, the latest ones.
CODES_AT_ONCE = 3
_VISITOR_STATUS: dict[Status, HoldStatus] = {
    "held": "held",
    "pending": "pending",
    "confirmed": "confirmed",
    "arrived": "confirmed",
    "completed": "confirmed",
    "no_show": "confirmed",
    "cancelled": "cancelled",
    "expired": "expired",
}


def first_hold_until(now: int, hold_min: int) -> int:
    """Return until when a visitor's hold is kept that has just been taken."""
    return now + min(FIRST_S, hold_min * 60)


def used_hold_until(created_at: int, hold_until: int, hold_min: int, now: int) -> int:
    """Return until when a hold is kept whose link was followed, or for which a code was asked, now.

    It ends as if that had come at the last moment, however often a code is asked for.
    """
    return max(hold_until, min(now, first_hold_until(created_at, hold_min)) + hold_min * 60)


class HeldPart(NamedTuple):
    """A stretch of a specialist's time of which a visitor holds so many places."""

    start: int
    end: int
    places: int
    capacity: int


def fits_share(held: Sequence[HeldPart], wanted: Sequence[HeldPart], free_s: int) -> bool:
    """Return whether visitors may hold the wanted stretches beside those that they hold, of so much free time.

    Places of a group count as their part of the time.
    """
    if not held:
        return True
    return SHARE * sum((part.end - part.start) * part.places / part.capacity for part in [*held, *wanted]) <= free_s


def new_token() -> str:
    """Return 128 random bits as 22 characters that Telegram lets into a link."""
    return secrets.token_urlsafe(16)


def claim_hash(token: str) -> bytes:
    """Return what is stored of a token. A token cannot be guessed, so a plain digest gives nothing away."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def bot_link(bot_username: str | None, start: str) -> str | None:
    """Return the link that opens the bot with this parameter; None where the bot is not known yet."""
    return f"https://t.me/{bot_username}?start={start}" if bot_username else None


def visitor_status(status: Status) -> HoldStatus:
    """Return the status as a visitor may know it: whether the client came is the business's own matter."""
    return _VISITOR_STATUS[status]


def new_code() -> str:
    """Return a random code of digits, which can be typed from one screen into another."""
    return f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}}"


def keyed_digest(internal_key: str, purpose: str, *parts: str | int) -> str:
    """Return the name under which a secret is stored: without the key it cannot be told from the code or the number."""
    pepper = hmac.new(internal_key.encode(), b"hold-" + purpose.encode(), hashlib.sha256).digest()
    return hmac.new(pepper, msgspec.json.encode(parts), hashlib.sha256).hexdigest()
