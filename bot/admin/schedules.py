"""Everybody's week, and the days on which the whole business is closed; the bookings in the way are handled in one step."""

from datetime import date

from backend.contract.overviews import HandledClosure
from backend.contract.schedule import Changed, Closures, NewClosure
from bot.admin.callbacks.staff import (
    AddSpecialist,
    AskClosure,
    CloseDay,
    ClosureList,
    ClosureMonth,
    ReopenDay,
    Schedules,
)
from bot.admin.menu import manage_row
from bot.request import Request
from bot.router import Router
from bot.specialist.affected_bookings import (
    Handling,
    affected_lines,
    handled_line,
    handling_rows,
    wire_handling,
)
from bot.specialist.callbacks import DaysOff, WeekHours
from bot.specialist.day import clamp_day
from bot.specialist.hours import hours_lines, week_hours_screen
from bot.ui import months
from bot.ui.keyboards import Row, Screen, button_to, page_of
from bot.ui.prompts import add_above
from bot.ui.text import escape, one_line

SPECIALISTS_A_PAGE = 10
CLOSURES_A_PAGE = 20

router = Router(for_staff=True)


@router.press(Schedules)
async def show_schedules(request: Request, callback: Schedules) -> Screen:
    """Show everybody's week in words, page by page; where there is one specialist only, theirs at once."""
    weeks = (await request.api.list_weeks()).items
    if len(weeks) == 1:
        return week_hours_screen(request, weeks[0].specialist_id, weeks[0].name, weeks[0].hours)
    if not weeks:
        add = button_to(request.t.label("button-add-specialist"), AddSpecialist(), style="primary")
        return Screen(request.t.html("staff-none"), [[add], manage_row(request)])
    shown, turning = page_of(weeks, callback.page, SPECIALISTS_A_PAGE, lambda to: Schedules(page=to))
    lines: list[str] = [request.t.html("schedules-title")]
    for week in shown:
        lines += ["", f"<b>{escape(one_line(week.name))}</b>", *hours_lines(request, week.hours)]
    rows: list[Row] = [
        [
            button_to(week.name, WeekHours(specialist_id=week.specialist_id)),
            button_to(request.t.label("button-day-off"), DaysOff(specialist_id=week.specialist_id)),
        ]
        for week in shown
    ]
    return Screen("\n".join(lines), [*rows, turning, manage_row(request)])


@router.press(ClosureList)
async def show_closures(request: Request, callback: ClosureList) -> Screen:
    """Show the closed dates from today on, page by page; a tap opens one again."""
    return _closures_screen(request, await request.api.list_closures(), callback.page)


def _closures_screen(request: Request, closures: Closures, page: int = 0) -> Screen:
    dates, turning = page_of(closures.dates, page, CLOSURES_A_PAGE, lambda to: ClosureList(page=to))
    days = [date.fromisoformat(iso) for iso in dates]
    rows: list[Row] = [
        [
            button_to(
                request.t.label("label-take-back", what=request.times.day(day)),
                ReopenDay(day=day.toordinal()),
            )
        ]
        for day in days
    ]
    month = ClosureMonth(month=months.month_index(request.times.today))
    add = button_to(request.t.label("button-close-day"), month, style="primary")
    text = request.t.html("closures-title" if days else "closures-none")
    return Screen(text, [*rows, turning, [add], manage_row(request)])


@router.press(ClosureMonth)
async def choose_closure(request: Request, callback: ClosureMonth) -> Screen:
    """Ask which day is to be closed."""
    title, rows = months.month_rows(
        request,
        callback.month,
        request.times.today,
        lambda label, day: button_to(label, AskClosure(day=day.toordinal())),
        lambda label, month: button_to(label, ClosureMonth(month=month)),
    )
    back = button_to(request.t.label("button-back"), ClosureList())
    return Screen(f"{request.t.html('closure-pick')}\n<b>{title}</b>", [*rows, [back]])


@router.press(AskClosure)
async def ask_closure(request: Request, callback: AskClosure) -> Screen:
    """Show what closing the day would do, before it is done."""
    day = clamp_day(callback.day, request)
    bookings = (await request.api.preview_closure(day.isoformat())).bookings
    lines: list[str] = [request.t.html("closure-ask", day=request.times.day(day))]

    def close_day_callback(handling: Handling) -> CloseDay:
        return CloseDay(day=day.toordinal(), mode=handling)

    if bookings:
        lines += ["", *affected_lines(request, bookings)]
        rows = handling_rows(request, close_day_callback)
    else:
        close = close_day_callback(Handling.KEEP)
        rows = [[button_to(request.t.label("button-close"), close, style="success")]]
    rows.append([button_to(request.t.label("button-back"), ClosureList())])
    return Screen("\n".join(lines), rows)


@router.press(CloseDay)
async def close_day(request: Request, callback: CloseDay) -> Screen:
    """Close the day and handle the bookings in the way."""
    day, mode = clamp_day(callback.day, request), callback.mode
    key, iso = request.idempotency_key("close"), day.isoformat()
    lines: list[str] = [request.t.html("closure-done", day=request.times.day(day))]
    if handling := wire_handling(mode):
        handled = await request.api.close_day(HandledClosure(date=iso, handling=handling), key=key)
        changed = handled.changed
        lines += filter(None, [handled_line(request, handled, mode)])
    else:
        changed = await request.api.add_closure(NewClosure(date=iso), key=key)
    screen = add_above("\n".join(lines), _changed_screen(request, changed))
    return screen._replace(toast=request.t.label("saved"))


@router.press(ReopenDay)
async def reopen_day(request: Request, callback: ReopenDay) -> Screen:
    """Open a closed day again."""
    day = clamp_day(callback.day, request)
    changed = await request.api.remove_closure(day.isoformat(), key=request.idempotency_key("reopen"))
    return _changed_screen(request, changed)._replace(toast=request.t.label("saved"))


def _changed_screen(request: Request, changed: Changed) -> Screen:
    assert changed.closures is not None, "a change of closures answers them"
    return _closures_screen(request, changed.closures)
