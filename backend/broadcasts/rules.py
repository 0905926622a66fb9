"""Marks on a broadcast's outbox rows, and what its counts mean. Pure."""

from collections.abc import Mapping

# In a row's `error` while it is leased: its sending has begun, so that after a crash nobody knows whether it arrived.
BEGUN = "begun"
# In a row's `error` once it has failed: it may have arrived; it is never tried again.
UNSURE = "unsure"
# In a progress row's `error`: what is shown now does not change any more.
LAST = "last"
# How often the progress message follows, in seconds.
PROGRESS_S = 3
# Telegram's limit for a message.
MAX_UNITS = 4096


def units(text: str) -> int:
    """Length as Telegram counts it: UTF-16 code units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def left(status: str, counts: Mapping[str, int]) -> int:
    """How many are still to be reached; those put aside count while it is stopped."""
    found = counts.get("waiting", 0) + counts.get("leased", 0)
    return found + counts.get("dropped", 0) if status == "stopped" else found


def missed(status: str, counts: Mapping[str, int]) -> int:
    """How many could not be reached."""
    found = counts.get("failed", 0)
    return found if status == "stopped" else found + counts.get("dropped", 0)
