"""The rival: free times as one writes them with datetime objects, a loop over candidates and a loop over bookings.

Correct for the plain case (exclusive services, buffers, shifts of one date), written the way that comes to mind first,
but without waste on purpose: bookings are grouped by specialist, instants are converted once, the search ends early.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

Row = tuple[int, int, int, int, int]


def free_times(
    rows: Sequence[Row],
    specialists: Sequence[int],
    hours: Sequence[tuple[str, str]],
    zone: ZoneInfo,
    first: date,
    last: date,
    *,
    step: timedelta,
    duration: timedelta,
    before: timedelta,
    after: timedelta,
    earliest: datetime,
) -> list[tuple[datetime, list[int]]]:
    """Return free starts with those who are free; `rows` as the engine takes them, `hours` the same for every date."""
    busy: dict[int, list[tuple[datetime, datetime]]] = defaultdict(list)
    for specialist, starts, ends, _, _ in rows:
        busy[specialist].append((datetime.fromtimestamp(starts, UTC), datetime.fromtimestamp(ends, UTC)))
    found: dict[datetime, list[int]] = defaultdict(list)
    for specialist in specialists:
        day = first
        while day <= last:
            for opens, closes in hours:
                start = datetime.combine(day, time.fromisoformat(opens), zone).astimezone(UTC)
                end = datetime.combine(day, time.fromisoformat(closes), zone).astimezone(UTC)
                while start + duration <= end:
                    taken = any(
                        start - before < booked_end and start + duration + after > booked_start
                        for booked_start, booked_end in busy[specialist]
                    )
                    if start >= earliest and not taken:
                        found[start].append(specialist)
                    start += step
            day += timedelta(days=1)
    return sorted(found.items())
