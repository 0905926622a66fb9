"""Everybody's week, and the days on which the whole business is closed; the bookings in the way are handled in one step."""

from datetime import date, timedelta

from backend.contract.schedule import Changed, Closures, NewClosure
from bot.admin.callbacks.staff import (
    AddSpecialist,
    AskClosure,
    CloseDays,
    ClosureList,
    ClosureMonth,
    LastClosed,
    ReopenDays,
    Schedules,
)
from bot.admin.menu import manage_row
from bot.request import Request
from bot.router import Router
from bot.specialist.affected_bookings import (
    PREVIEW,
    PREVIEW_KEY,
    Handling,
    add_changed,
    affected_lines,
    choose_handling,
    handling_rows,
)
from bot.specialist.callbacks import DaysOff, WeekHours
from bot.specialist.day import clamp_day
from bot.specialist.days_off import clamp_range, days_label
from bot.specialist.week_hours import hours_lines, week_hours_screen
from bot.ui import months
from bot.ui.keyboards import Row, Screen, button_to, page_of
from bot.ui.text import escape, one_line

SPECIALISTS_A_PAGE = 10
CLOSURES_A_PAGE = 20

router = Router(for_staff=True)


@router.press(Schedules)
async def show_schedules(request: Request, callback: Schedules) -> Screen:
    """Show everybody's week in words, page by page; where there is one specialist only, theirs at once."""
    weeks = (await request.api.list_weeks()).items
    if len(weeks) == 1:
        return await week_hours_screen(request, weeks[0].specialist_id, weeks[0].name, weeks[0].hours)
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
    ranges = _closed_ranges([date.fromisoformat(iso) for iso in closures.dates])
    shown, turning = page_of(ranges, page, CLOSURES_A_PAGE, lambda to: ClosureList(page=to))
    rows: list[Row] = [
        [
            button_to(
                request.t.label("label-take-back", what=days_label(request, first, last)),
                ReopenDays(first=first.toordinal(), last=last.toordinal()),
            )
        ]
        for first, last in shown
    ]
    month = ClosureMonth(month=months.month_index(request.times.today))
    add = button_to(request.t.label("button-close-day"), month, style="primary")
    text = request.t.html("closures-title" if ranges else "closures-none")
    return Screen(text, [*rows, turning, [add], manage_row(request)])


def _closed_ranges(days: list[date]) -> list[tuple[date, date]]:
    """Return the first and last of dates that follow each other, in order."""
    ranges: list[tuple[date, date]] = []
    for day in sorted(days):
        if ranges and day - ranges[-1][1] == timedelta(days=1):
            ranges[-1] = (ranges[-1][0], day)
        else:
            ranges.append((day, day))
    return ranges


@router.press(ClosureMonth)
async def choose_closure(request: Request, callback: ClosureMonth) -> Screen:
    """Ask which day is the first to be closed."""
    title, rows = months.month_rows(
        request,
        callback.month,
        request.times.today,
        lambda label, day: button_to(label, LastClosed(first=day.toordinal(), month=months.month_index(day))),
        lambda label, month: button_to(label, ClosureMonth(month=month)),
    )
    back = button_to(request.t.label("button-back"), ClosureList())
    return Screen(f"{request.t.html('closure-pick')}\n<b>{title}</b>", [*rows, [back]])


@router.press(LastClosed)
async def choose_last_closed(request: Request, callback: LastClosed) -> Screen:
    """Ask which day is the last to be closed; the first again for a single day."""
    first = clamp_day(callback.first, request)
    ordinal = first.toordinal()
    title, rows = months.month_rows(
        request,
        callback.month,
        first,
        lambda label, day: button_to(label, AskClosure(first=ordinal, last=day.toordinal())),
        lambda label, month: button_to(label, LastClosed(first=ordinal, month=month)),
    )
    one_day = button_to(request.t.label("button-one-day"), AskClosure(first=ordinal, last=ordinal))
    back = button_to(request.t.label("button-back"), ClosureMonth(month=months.month_index(first)))
    text = f"{request.t.html('closure-last', day=request.times.day(first))}\n<b>{title}</b>"
    return Screen(text, [*rows, [one_day], [back]])


@router.press(AskClosure)
async def ask_closure(request: Request, callback: AskClosure) -> Screen:
    """Show what closing the days would do, before it is done."""
    begin, end = clamp_range(request, callback.first, callback.last)
    first, last = begin.toordinal(), end.toordinal()
    closure = NewClosure(date=begin.isoformat(), last=end.isoformat())
    touched = await request.api.add_closure(closure, PREVIEW, key=PREVIEW_KEY)
    lines: list[str] = [request.t.html("closure-ask", days=days_label(request, begin, end))]
    if touched.affected:
        lines += ["", *affected_lines(request, touched.affected)]
        rows = handling_rows(request, lambda handling: CloseDays(first=first, last=last, mode=handling))
    else:
        close = CloseDays(first=first, last=last, mode=Handling.KEEP)
        rows = [[button_to(request.t.label("button-close"), close, style="success")]]
    rows.append([button_to(request.t.label("button-back"), ClosureList())])
    return Screen("\n".join(lines), rows)


@router.press(CloseDays)
async def close_days(request: Request, callback: CloseDays) -> Screen:
    """Close the days and handle the bookings in the way."""
    begin, end = clamp_range(request, callback.first, callback.last)
    closure, mode = NewClosure(date=begin.isoformat(), last=end.isoformat()), callback.mode
    changed = await request.api.add_closure(closure, choose_handling(mode), key=request.idempotency_key("close"))
    done = request.t.html("closure-done", days=days_label(request, begin, end))
    screen = add_changed(request, mode, changed, _changed_screen(request, changed), done)
    return screen._replace(toast=request.t.label("saved"))


@router.press(ReopenDays)
async def reopen_days(request: Request, callback: ReopenDays) -> Screen:
    """Open closed days again."""
    begin, end = clamp_range(request, callback.first, callback.last)
    key = request.idempotency_key("reopen")
    changed = await request.api.remove_closure(begin.isoformat(), end.isoformat(), key=key)
    return _changed_screen(request, changed)._replace(toast=request.t.label("saved"))


def _changed_screen(request: Request, changed: Changed) -> Screen:
    assert changed.closures is not None, "a change of closures answers them"
    return _closures_screen(request, changed.closures)
