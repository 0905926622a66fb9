"""Tokens, codes and limits of visitors' holds. Pure."""

import hashlib
import hmac
import secrets

import msgspec

from backend.contract.bookings import Status
from backend.contract.holds import CODE_DIGITS, HoldStatus

# At most so many places of one business are held by visitors at once, so that the calendar stays open for others.
MAX_OPEN = 50
# How long the token shows what became of the hold.
READABLE_S = 24 * 3600
# Wrong codes for one hold, codes asked for one hold, codes asked for one phone number in a quarter of an hour.
GUESSES = 5
ASKS = 3
WINDOW_S = 15 * 60
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


def new_token() -> str:
    """Return 128 random bits as 22 characters that Telegram lets into a link."""
    return secrets.token_urlsafe(16)


def claim_hash(token: str) -> bytes:
    """Return what is stored of a token. A token cannot be guessed, so a plain digest gives nothing away."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def start_link(bot_username: str | None, token: str) -> str | None:
    """Return the link that opens the bot at this hold; None where the bot is not known yet."""
    return f"https://t.me/{bot_username}?start=h_{token}" if bot_username else None


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
