"""When words of a client may be sent, and how they are put together. Pure; instants are epoch seconds."""

from backend.contract.messages import LONGEST_MESSAGE, MESSAGES_A_DAY

DAY_S = 24 * 3600


def is_over_limit(sent_within_a_day: int, sending: int) -> bool:
    """Return whether so many more are too many for one day."""
    return sent_within_a_day + sending > MESSAGES_A_DAY


def join_words(before: str, text: str) -> str | None:
    """Return both as one message, a line each; None where that would be too long."""
    joined = f"{before}\n{text}"
    return joined if len(joined) <= LONGEST_MESSAGE else None
