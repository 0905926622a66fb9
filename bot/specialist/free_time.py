"""The free time of a day between its bookings, from now on: a button each, which leads to what fits into it."""

from datetime import UTC, datetime

from backend.contract.overviews import AgendaDay, Gap
from bot.admin.callbacks.bookings import DayGap
from bot.request import Request
from bot.ui.keyboards import Button, button_to
from bot.ui.times import MINUTE, epoch_minutes, parse

# Free time shorter than this is no gap.
SHORTEST_MIN = 10
# In a gap that has begun a booking begins on the next so many minutes.
NEXT_MIN = 5


def list_gaps_ahead(request: Request, agenda_day: AgendaDay) -> list[Gap]:
    """Return what is left of the free time from now on: what has begun is left from the next five minutes on."""
    gaps = []
    soon = -(-int(request.now) // (NEXT_MIN * MINUTE)) * NEXT_MIN
    for gap in agenda_day.gaps:
        start = max(epoch_minutes(gap.start), soon)
        if epoch_minutes(gap.end) - start >= SHORTEST_MIN:
            at = datetime.fromtimestamp(start * MINUTE, UTC).isoformat()
            gaps.append(Gap(start=at, end=gap.end, local=gap.local))
    return gaps


def gap_entries(request: Request, specialist_id: int, gaps: list[Gap]) -> list[tuple[float, Button]]:
    """Return the start and the button of each gap, to stand among the bookings by time."""
    entries = []
    for gap in gaps:
        label = request.t.label("gap", start=request.times.clock(gap.start), end=request.times.clock(gap.end))
        callback = DayGap(specialist_id=specialist_id, start=epoch_minutes(gap.start), end=epoch_minutes(gap.end))
        entries.append((parse(gap.start).timestamp(), button_to(label, callback)))
    return entries


def free_line(request: Request, gaps: list[Gap]) -> list[str]:
    """Return how much time is free as a line; none where nothing is."""
    free = sum(epoch_minutes(gap.end) - epoch_minutes(gap.start) for gap in gaps)
    return [request.t.html("day-free", span=request.times.span(free))] if free else []
