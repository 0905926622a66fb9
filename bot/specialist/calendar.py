"""The calendar of staff: a week, a month, three years to pick a month from. Any day is a tap away from each of the first two.

An admin sees everybody's days or those of one specialist, a specialist their own."""

from datetime import date, timedelta

from backend.contract.overviews import Calendar, CalendarDay
from bot.request import Request
from bot.router import Router
from bot.specialist.callbacks import StaffMonth, StaffWeek, StaffYears
from bot.specialist.day import FARTHEST_DAYS, clamp_day, day_callback, waiting_line, working_hours
from bot.ui.keyboards import Button, Row, Screen, Style, button_grid, button_to, disabled_button
from bot.ui.months import days_grid, first_of_week, month_days, month_index, twelve_months
from bot.ui.text import DOT, escape, one_line

# What a day of the month is marked with: bookings, something that waits for staff, nobody works.
BOOKED, WAITING, CLOSED = "•", "!", "×"
YEARS_SHOWN = 3

router = Router(for_staff=True)


@router.press(StaffWeek)
async def show_staff_week(request: Request, callback: StaffWeek) -> Screen:
    """Show the week that the date lies in, from the weekday that begins it by custom: hours, bookings, what waits."""
    times, specialist_id = request.times, callback.specialist_id
    first = first_of_week(times, clamp_day(callback.day, request))
    last = first + timedelta(days=6)
    calendar = await _load_days(request, first, last, specialist_id)
    lines: list[str] = []
    buttons: list[Button] = []
    for shown in calendar.days:
        day = date.fromisoformat(shown.date)
        name = times.day(day)
        hours = working_hours(request, shown.shifts, day) or request.t.label("hours-off")
        line = request.t.html("week-line", day=name, hours=hours)
        lines.append(f"<b>{line}</b>" if day == times.today else line)
        label = request.t.label("label-day", day=times.narrow_day(day), count=shown.bookings)
        mark = f" {WAITING}" if _waits(shown) else ""
        buttons.append(button_to(label + mark, day_callback(request, day.toordinal(), specialist_id)))
    count = sum(shown.bookings for shown in calendar.days)
    title = request.t.html("week-title", first=times.day(first), last=times.day(last), count=count)
    turning: Row = [
        button_to("‹", StaffWeek(day=first.toordinal() - 7, specialist_id=specialist_id)),
        button_to(
            request.t.label("button-this-week"), StaffWeek(day=times.today.toordinal(), specialist_id=specialist_id)
        ),
        button_to("›", StaffWeek(day=first.toordinal() + 7, specialist_id=specialist_id)),
    ]
    ways: Row = [
        _today_button(request, specialist_id),
        button_to(
            request.t.label("button-month-of"), StaffMonth(month=month_index(first), specialist_id=specialist_id)
        ),
    ]
    text = "\n".join([_heading(request, calendar, title), *_waiting_lines(request, calendar), "", *lines])
    return Screen(text, [*button_grid(buttons, 2), turning, ways])


@router.press(StaffMonth)
async def show_staff_month(request: Request, callback: StaffMonth) -> Screen:
    """Show a month, past or ahead; every day can be pressed and is marked by what it holds."""
    times, specialist_id = request.times, callback.specialist_id
    farthest = FARTHEST_DAYS // 31
    month = min(max(callback.month, month_index(times.today) - farthest), month_index(times.today) + farthest)
    first, last = month_days(month)
    calendar = await _load_days(request, first, last, specialist_id)
    by_date = {day.date: day for day in calendar.days}

    def cell(day: date) -> Button:
        label = f"{day.day}{_mark(by_date[day.isoformat()])}"
        style: Style | None = "primary" if day == times.today else None
        return button_to(label, day_callback(request, day.toordinal(), specialist_id), style=style)

    count = sum(day.bookings for day in calendar.days)
    title = request.t.html("month-title", month=times.month(first), count=count)
    turning: Row = [
        button_to("‹", StaffMonth(month=month - 1, specialist_id=specialist_id)),
        button_to(request.t.label("button-year"), StaffYears(year=first.year, specialist_id=specialist_id)),
        button_to("›", StaffMonth(month=month + 1, specialist_id=specialist_id)),
    ]
    around = times.today if first <= times.today <= last else first
    ways: Row = [
        _today_button(request, specialist_id),
        button_to(request.t.label("button-week-of"), StaffWeek(day=around.toordinal(), specialist_id=specialist_id)),
    ]
    legend = request.t.html("month-legend", booked=BOOKED, waiting=WAITING, closed=CLOSED)
    text = "\n".join([_heading(request, calendar, title), *_waiting_lines(request, calendar), legend])
    return Screen(text, [*days_grid(times, first, last, cell), turning, ways])


@router.press(StaffYears)
async def show_staff_years(request: Request, callback: StaffYears) -> Screen:
    """Show the months of a year, of the one before it and of the one after it."""
    times, specialist_id = request.times, callback.specialist_id
    farthest = FARTHEST_DAYS // 366 - 1
    year = min(max(callback.year, times.today.year - farthest), times.today.year + farthest)
    rows: list[Row] = []
    for shown in range(year - 1, year + 2):
        rows.append([disabled_button(str(shown))])
        rows += twelve_months(
            times, shown * 12, lambda label, month: _month_button(request, label, month, specialist_id)
        )
    turning: Row = [
        button_to("‹", StaffYears(year=year - YEARS_SHOWN, specialist_id=specialist_id)),
        button_to("›", StaffYears(year=year + YEARS_SHOWN, specialist_id=specialist_id)),
    ]
    return Screen(request.t.html("choose-month"), [*rows, turning, [_today_button(request, specialist_id)]])


def _month_button(request: Request, label: str, month: int, specialist_id: int) -> Button:
    style: Style | None = "primary" if month == month_index(request.times.today) else None
    return button_to(label, StaffMonth(month=month, specialist_id=specialist_id), style=style)


def _today_button(request: Request, specialist_id: int) -> Button:
    today = request.times.today.toordinal()
    return button_to(request.t.label("today"), day_callback(request, today, specialist_id))


async def _load_days(request: Request, first: date, last: date, specialist_id: int) -> Calendar:
    """Return the days at a glance; a specialist's are always their own."""
    whose = specialist_id or None if request.is_admin else request.person.specialist_id
    return await request.api.get_calendar(first.isoformat(), last.isoformat(), whose)


def _heading(request: Request, calendar: Calendar, title: str) -> str:
    """Return the title, behind the specialist's name where an admin looks at the days of one."""
    name = calendar.specialist_name
    return title if name is None or not request.is_admin else f"{escape(one_line(name))}{DOT}{title}"


def _waiting_lines(request: Request, calendar: Calendar) -> list[str]:
    days = calendar.days
    return waiting_line(
        request,
        requests=sum(day.requests for day in days),
        tasks=sum(day.tasks for day in days),
        unmarked=sum(day.unmarked for day in days),
    )


def _waits(day: CalendarDay) -> bool:
    return bool(day.requests or day.tasks or day.unmarked)


def _mark(day: CalendarDay) -> str:
    if _waits(day):
        return WAITING
    if day.bookings:
        return BOOKED
    return "" if day.shifts else CLOSED
