"""Schedules: whose week, dates and days off?"""

import asyncio

from bot.admin.home import manage_row
from bot.old_way import old_go, old_route
from bot.request import Request
from bot.specialist.hours import hours_lines, week_hours_screen
from bot.ui.keyboards import Row, Screen
from bot.ui.text import escape, one_line

SHOWN = 20


@old_route("a.sch")
async def show_schedules(request: Request) -> Screen:
    """Everybody's week in words; where there is one specialist only, theirs at once."""
    people = (await request.api.list_specialists()).items[:SHOWN]
    if len(people) == 1:
        return await week_hours_screen(request, people[0].id)
    if not people:
        add = old_go(request.t.label("button-add-specialist"), "a.stn", style="primary")
        return Screen(request.t.html("staff-none"), [[add], manage_row(request)])
    schedules = await asyncio.gather(*(request.api.get_schedule(one.id) for one in people))
    weeks = [hours_lines(request, one.hours) for one in schedules]
    lines: list[str] = [request.t.html("schedules-title")]
    for one, said in zip(people, weeks, strict=True):
        lines += ["", f"<b>{escape(one_line(one.name))}</b>", *said]
    rows: list[Row] = [
        [old_go(one.name, "h.week", one.id), old_go(request.t.label("button-day-off"), "o.menu", one.id)]
        for one in people
    ]
    return Screen("\n".join(lines), [*rows, manage_row(request)])
