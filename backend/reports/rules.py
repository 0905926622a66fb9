"""Adding up, and cells that no spreadsheet takes for a formula. Pure."""

from collections.abc import Iterable

# What makes Excel, LibreOffice or Google Sheets run a cell, also behind a space, and the full-width twins.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%", "＝", "＋", "－", "＠")


def plain_cell(text: str) -> str:
    """Return the text so that a spreadsheet that opens a CSV shows it and never runs it."""
    stripped = text.lstrip()
    return "'" + text if stripped.startswith(_FORMULA) or text.startswith(("\t", "\r", "\n")) else text


def share_of(part: int, whole: int) -> float | None:
    """Return the part's share of the whole, to four places; None where the whole is nothing."""
    return None if whole == 0 else round(part / whole, 4)


def covered_seconds(stretches: Iterable[tuple[int, int]]) -> int:
    """Return how many seconds at least one stretch covers: a group takes its specialist's time once."""
    total, reached = 0, None
    for start, end in sorted(stretches):
        if reached is None or start >= reached:
            total, reached = total + end - start, end
        elif end > reached:
            total, reached = total + end - reached, end
    return total
