"""The admin's day: per specialist the visits and the free time between them, which is booked with a tap."""

import asyncio
from datetime import UTC, date, datetime

from backend.contract.bookings import Booking
from backend.contract.schedule import AgendaDay, Gap
from bot.request import Turn
from bot.specialist.day import a_date, counted, heading, turning, visit_label, visits_of, working
from bot.ui.callbacks import route
from bot.ui.keyboards import Button, Row, Screen, go
from bot.ui.text import one_line
from bot.ui.times import MINUTE, minutes, parse

# More rows than this are no glance any more: then a button for each specialist leads to theirs.
GLANCE = 45
MOST = 80
# Free time shorter than this is no gap.
SHORTEST_MIN = 10


async def today(turn: Turn) -> Screen:
    """The business's today: no tap needed."""
    return await day(turn, turn.times.today.toordinal())


@route("a.day")
async def day(turn: Turn, ordinal: int, specialist_id: int = 0) -> Screen:
    """A day of all specialists or of one: each one's visits and gaps in order of time."""
    shown = a_date(ordinal, turn)
    agenda, found = await asyncio.gather(
        turn.api.agenda(shown.isoformat(), specialist_id or None), visits_of(turn, shown, specialist_id or None)
    )
    known = {one.id: one for one in found}
    lines = [heading(turn, shown, found)]
    parts: list[tuple[Button, list[Row]]] = []
    for one in agenda.days:
        gaps = _gaps(turn, one)
        own = [known[booking_id] for booking_id in one.booking_ids if booking_id in known]
        lines += ["", *_lines(turn, one, shown, own, gaps)]
        head = go(one.name, "a.day", shown.toordinal(), one.specialist_id)
        parts.append((head, _in_order(turn, one, gaps, own)))
    if not agenda.days:
        lines.append(turn.t.html("day-nobody"))
    rows: list[Row] = []
    brief = len(parts) > 1 and sum(len(own) + 1 for _, own in parts) > GLANCE
    for head, below in parts[:MOST]:
        if len(parts) > 1:
            rows.append([head])
        if not brief:
            rows += below[:MOST]
    footer: Row = [go(turn.t.label("button-manage"), "a.menu", style="primary")]
    if specialist_id:
        footer.insert(0, go(turn.t.label("button-everyone"), "a.day", shown.toordinal()))
    else:
        footer.insert(0, go(turn.t.label("button-book-for"), "k.svc"))
    ahead = turning(turn, "a.day", shown)
    if specialist_id:
        ahead = [button._replace(args=(*button.args, specialist_id)) for button in ahead]
    return Screen("\n".join(lines), [*rows, ahead, footer])


def _lines(turn: Turn, one: AgendaDay, shown: date, own: list[Booking], gaps: list[Gap]) -> list[str]:
    """`Anna: 3 bookings`, when she works, and how much of it is free: a line each, so that none breaks in two."""
    count, held = counted(own)
    lines = [turn.t.html("day-of", name=one_line(one.name), count=count, held=held), working(turn, one, shown)]
    if free := sum(minutes(gap.end) - minutes(gap.start) for gap in gaps):
        lines.append(turn.t.html("day-free", span=turn.times.span(free)))
    return lines


def _gaps(turn: Turn, one: AgendaDay) -> list[Gap]:
    """What is still ahead of the free time, from now on."""
    found = []
    this_minute = int(turn.now) // MINUTE
    for gap in one.gaps:
        start = max(minutes(gap.start), this_minute)
        if minutes(gap.end) - start >= SHORTEST_MIN:
            at = datetime.fromtimestamp(start * MINUTE, UTC).isoformat()
            found.append(Gap(start=at, end=gap.end, local=gap.local))
    return found


def _in_order(turn: Turn, one: AgendaDay, gaps: list[Gap], visits: list[Booking]) -> list[Row]:
    """The visits and the gaps of one specialist as buttons, by their start."""
    placed = [(parse(visit.start).timestamp(), go(visit_label(turn, visit), "s.card", visit.id)) for visit in visits]
    for gap in gaps:
        label = turn.t.label("gap", start=turn.times.clock(gap.start), end=turn.times.clock(gap.end))
        button = go(label, "a.gap", one.specialist_id, minutes(gap.start), minutes(gap.end))
        placed.append((parse(gap.start).timestamp(), button))
    return [[button] for _, button in sorted(placed, key=lambda pair: pair[0])]
