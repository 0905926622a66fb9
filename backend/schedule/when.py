"""The start of a visit as somebody sends it."""

import re
from datetime import datetime
from zoneinfo import ZoneInfo

from backend import clock
from backend.errors import Invalid, NonexistentTime

_NAIVE = re.compile(r"\A\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?\Z", re.ASCII)


def parse_start(text: str, tz: ZoneInfo) -> int:
    """RFC 3339 -> epoch seconds.

    A time without an offset is refused (Invalid), but where it is a wall time that the business's clocks skip, that is
    what is said (NonexistentTime), as it is of such a wall time with either of the offsets around the gap.
    """
    if _NAIVE.match(text):
        try:
            skipped = clock.in_gap(datetime.fromisoformat(text), tz)
        except (ValueError, OverflowError):
            raise Invalid("There is no such date or time.", field="start") from None
        if skipped:
            raise NonexistentTime(field="start")
        raise Invalid("A start needs its offset, like 2026-06-01T10:00:00+03:00 or …Z.", field="start")
    return clock.parse_start(text, tz)
