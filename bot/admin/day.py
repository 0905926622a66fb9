"""The admin's day: every specialist's visits."""

import asyncio

from bot.callbacks import route
from bot.keyboards import Row, Screen, go
from bot.specialist.day import SHOWN, a_date, heading, turning, visit_label, visits_of, working
from bot.text import escape, one_line
from bot.turn import Turn


async def today(turn: Turn) -> Screen:
    """The business's today: no tap needed."""
    return await day(turn, turn.times.today.toordinal())


@route("a.day")
async def day(turn: Turn, ordinal: int) -> Screen:
    """All visits of a day, in order of time, each with its specialist; per specialist in the words above."""
    shown = a_date(ordinal, turn)
    agenda, found = await asyncio.gather(turn.api.agenda(shown.isoformat()), visits_of(turn, shown, None))
    lines = [heading(turn, shown, found)]
    for one in agenda.days:
        count = turn.t.html("visits-count", count=len(one.booking_ids))
        lines.append(f"{escape(one_line(one.name))}: {count}. {working(turn, one)}")
    rows: list[Row] = [[go(visit_label(turn, one), "s.card", one.id)] for one in found[:SHOWN]]
    footer: Row = [go(turn.t.label("button-manage"), "a.menu", style="primary")]
    return Screen("\n".join(lines), [*rows, turning(turn, "a.day", shown), footer])
