"""The specialist's week: each day with its bookings and hours, one tap from the day itself."""

import asyncio
from datetime import timedelta

from bot.old_way import old_go, old_route
from bot.request import Request
from bot.specialist.day import a_date, hours_on
from bot.ui.keyboards import Button, Row, Screen, button_grid


@old_route("s.week")
async def week(request: Request, ordinal: int) -> Screen:
    """Monday to Sunday of the week that the date lies in."""
    shown = a_date(ordinal, request)
    monday = shown - timedelta(days=shown.weekday())
    days = [monday + timedelta(days=n) for n in range(7)]
    agendas = await asyncio.gather(
        *(request.api.get_agenda(day.isoformat(), request.person.specialist_id) for day in days)
    )  # fmt: skip
    lines: list[str] = []
    total = 0
    buttons: list[Button] = []
    for day, agenda in zip(days, agendas, strict=True):
        count = sum(len(one.booking_ids) for one in agenda.days)
        total += count
        name = request.times.day(day)
        hours = ", ".join(filter(None, (hours_on(request, one, day) for one in agenda.days))) or request.t.label(
            "day-off"
        )
        line = request.t.html("week-line", day=name, hours=hours)
        lines.append(f"<b>{line}</b>" if day == request.times.today else line)
        buttons.append(old_go(request.t.label("label-day", day=name, count=count), "s.day", day.toordinal()))
    title = request.t.html("week-title", first=request.times.day(days[0]), last=request.times.day(days[6]), count=total)
    turning: Row = [
        old_go("‹", "s.week", monday.toordinal() - 7),
        old_go(request.t.label("button-this-week"), "s.week", request.times.today.toordinal()),
        old_go("›", "s.week", monday.toordinal() + 7),
    ]
    return Screen(
        "\n".join([title, "", *lines]),
        [*button_grid(buttons, 2), turning, [old_go(request.t.label("button-my-day"), "home")]],
    )
