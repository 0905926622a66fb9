"""The specialist's week: each day with its bookings and hours, one tap from the day itself."""

import asyncio
from datetime import timedelta

from bot.callbacks import route
from bot.keyboards import Row, Screen, go
from bot.specialist.day import a_date, working
from bot.turn import Turn


@route("s.week")
async def week(turn: Turn, ordinal: int) -> Screen:
    """Monday to Sunday of the week that the date lies in."""
    shown = a_date(ordinal, turn)
    monday = shown - timedelta(days=shown.weekday())
    days = [monday + timedelta(days=n) for n in range(7)]
    agendas = await asyncio.gather(
        *(turn.api.agenda(day.isoformat(), turn.person.specialist_id) for day in days)
    )  # fmt: skip
    lines, rows = [turn.t.html("week-title", first=turn.times.day(days[0]), last=turn.times.day(days[6])), ""], []
    for day, agenda in zip(days, agendas, strict=True):
        count = sum(len(one.booking_ids) for one in agenda.days)
        hours = "; ".join(working(turn, one) for one in agenda.days)
        name = turn.times.day(day)
        lines.append(f"{name}: {turn.t.html('visits-count', count=count)}. {hours}")
        rows.append(go(turn.t.label("label-day", day=name, count=count), "s.day", day.toordinal()))
    turning: Row = [
        go("‹", "s.week", monday.toordinal() - 7),
        go(turn.t.label("button-this-week"), "s.week", turn.times.today.toordinal()),
        go("›", "s.week", monday.toordinal() + 7),
    ]
    pairs = [rows[at : at + 2] for at in range(0, 7, 2)]
    return Screen("\n".join(lines), [*pairs, turning, [go(turn.t.label("button-my-day"), "home")]])
