"""The admin's day: per specialist the visits and the free time between them, which is booked with a tap."""

from datetime import UTC, date, datetime

from backend.contract.bookings import Booking
from backend.contract.overviews import AgendaDay, Gap
from bot.admin.callbacks.bookings import AdminDay
from bot.old_way import old_go, old_route
from bot.request import Request
from bot.specialist.day import (
    booking_label,
    clamp_day,
    count_bookings,
    day_heading,
    turning_row,
    working_hours_line,
)
from bot.ui.keyboards import Button, Row, Screen
from bot.ui.text import one_line
from bot.ui.times import MINUTE, epoch_minutes, parse

# More rows than this are no glance any more: then a button for each specialist leads to theirs.
GLANCE = 45
MOST = 80
# Free time shorter than this is no gap.
SHORTEST_MIN = 10


async def today(request: Request) -> Screen:
    """The business's today: no tap needed."""
    return await day(request, request.times.today.toordinal())


@old_route("a.day")
async def day(request: Request, ordinal: int, specialist_id: int = 0) -> Screen:
    """A day of all specialists or of one: each one's visits and gaps in order of time."""
    shown = clamp_day(ordinal, request)
    agenda = await request.api.get_agenda(shown.isoformat(), specialist_id or None)
    found = agenda.bookings
    known = {one.id: one for one in found}
    lines = [day_heading(request, shown, found)]
    parts: list[tuple[Button, list[Row]]] = []
    for one in agenda.days:
        gaps = _gaps(request, one)
        own = [known[booking_id] for booking_id in one.booking_ids if booking_id in known]
        lines += ["", *_lines(request, one, shown, own, gaps)]
        head = old_go(one.name, "a.day", shown.toordinal(), one.specialist_id)
        parts.append((head, _in_order(request, one, gaps, own)))
    if not agenda.days:
        lines.append(request.t.html("day-nobody"))
    rows: list[Row] = []
    brief = len(parts) > 1 and sum(len(own) + 1 for _, own in parts) > GLANCE
    for head, below in parts[:MOST]:
        if len(parts) > 1:
            rows.append([head])
        if not brief:
            rows += below[:MOST]
    footer: Row = [old_go(request.t.label("button-manage"), "a.menu", style="primary")]
    if specialist_id:
        footer.insert(0, old_go(request.t.label("button-everyone"), "a.day", shown.toordinal()))
    else:
        footer.insert(0, old_go(request.t.label("button-book-for"), "k.svc"))
    ahead = turning_row(request, lambda to: AdminDay(day=to, specialist_id=specialist_id), shown)
    return Screen("\n".join(lines), [*rows, ahead, footer])


def _lines(request: Request, one: AgendaDay, shown: date, own: list[Booking], gaps: list[Gap]) -> list[str]:
    """`Anna: 3 bookings`, when she works, and how much of it is free: a line each, so that none breaks in two."""
    count, held = count_bookings(own)
    lines = [
        request.t.html("day-of", name=one_line(one.name), count=count, held=held),
        working_hours_line(request, one, shown),
    ]
    if free := sum(epoch_minutes(gap.end) - epoch_minutes(gap.start) for gap in gaps):
        lines.append(request.t.html("day-free", span=request.times.span(free)))
    return lines


def _gaps(request: Request, one: AgendaDay) -> list[Gap]:
    """What is still ahead of the free time, from now on."""
    found = []
    this_minute = int(request.now) // MINUTE
    for gap in one.gaps:
        start = max(epoch_minutes(gap.start), this_minute)
        if epoch_minutes(gap.end) - start >= SHORTEST_MIN:
            at = datetime.fromtimestamp(start * MINUTE, UTC).isoformat()
            found.append(Gap(start=at, end=gap.end, local=gap.local))
    return found


def _in_order(request: Request, one: AgendaDay, gaps: list[Gap], visits: list[Booking]) -> list[Row]:
    """The visits and the gaps of one specialist as buttons, by their start."""
    placed = [
        (parse(visit.start).timestamp(), old_go(booking_label(request, visit), "s.card", visit.id)) for visit in visits
    ]
    for gap in gaps:
        label = request.t.label("gap", start=request.times.clock(gap.start), end=request.times.clock(gap.end))
        button = old_go(label, "a.gap", one.specialist_id, epoch_minutes(gap.start), epoch_minutes(gap.end))
        placed.append((parse(gap.start).timestamp(), button))
    return [[button] for _, button in sorted(placed, key=lambda pair: pair[0])]
