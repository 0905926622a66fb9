"""The specialist's week: each day with its bookings and hours, one tap from the day itself."""

from datetime import date, timedelta

from bot.request import Request
from bot.router import Router
from bot.specialist.callbacks import SpecialistDay, SpecialistWeek
from bot.specialist.day import clamp_day, working_hours
from bot.ui.callbacks import Home
from bot.ui.keyboards import Button, Row, Screen, button_grid, button_to

router = Router(for_staff=True)


@router.press(SpecialistWeek)
async def show_specialist_week(request: Request, callback: SpecialistWeek) -> Screen:
    """Show the week that the date lies in, from the weekday that begins it by custom."""
    day = clamp_day(callback.day, request)
    first = day - timedelta(days=request.times.column_of(day))
    last = first + timedelta(days=6)
    agendas = await request.api.list_agendas(first.isoformat(), last.isoformat(), request.person.specialist_id)
    lines: list[str] = []
    buttons: list[Button] = []
    total = 0
    for agenda in agendas.items:
        weekday = date.fromisoformat(agenda.date)
        count = sum(len(specialist.booking_ids) for specialist in agenda.days)
        total += count
        name = request.times.day(weekday)
        hours = ", ".join(filter(None, (working_hours(request, each, weekday) for each in agenda.days)))
        line = request.t.html("week-line", day=name, hours=hours or request.t.label("day-off"))
        lines.append(f"<b>{line}</b>" if weekday == request.times.today else line)
        label = request.t.label("label-day", day=name, count=count)
        buttons.append(button_to(label, SpecialistDay(day=weekday.toordinal())))
    title = request.t.html("week-title", first=request.times.day(first), last=request.times.day(last), count=total)
    today = request.times.today.toordinal()
    turning: Row = [
        button_to("‹", SpecialistWeek(day=first.toordinal() - 7)),
        button_to(request.t.label("button-this-week"), SpecialistWeek(day=today)),
        button_to("›", SpecialistWeek(day=first.toordinal() + 7)),
    ]
    home: Row = [button_to(request.t.label("button-my-day"), Home())]
    return Screen("\n".join([title, "", *lines]), [*button_grid(buttons, 2), turning, home])
