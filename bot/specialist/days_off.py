"""Days off: ranges to tap or dates to pick, the bookings in the way handled in one step, and taking one back."""

from datetime import date, timedelta

from aiogram.filters import StateFilter
from aiogram.fsm.state import State, StatesGroup
from aiogram.types import Message

from backend.contract.schedule import NewTimeOff, Schedule, TimeOff
from bot.fsm import Draft, drop_draft, find_draft, keep_draft, load_draft, pause_draft
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
from bot.specialist.callbacks import (
    AskDaysOff,
    DaysOff,
    DaysOffReason,
    FirstDayOff,
    LastDayOff,
    RemoveTimeOff,
    TakeDaysOff,
    WeekHours,
)
from bot.specialist.day import clamp_day
from bot.specialist.week_hours import back_row, changed_schedule
from bot.ui import months
from bot.ui.keyboards import Row, Screen, button_to, page_of
from bot.ui.labels import cuttable_name
from bot.ui.prompts import ask_for_text
from bot.ui.text import one_line

A_PAGE = 12
LONGEST_DAYS = 365

router = Router(for_staff=True)


class DaysOffForm(StatesGroup):
    """What is typed about days off."""

    reason = State()


class DaysOffDraft(Draft):
    """Days off that are being taken, as ordinals, and the reason that has been typed for exactly these."""

    specialist_id: int
    first: int
    last: int
    reason: str = ""


@router.press(DaysOff)
async def show_days_off(request: Request, callback: DaysOff) -> Screen:
    """Ask which days, and show what is off already."""
    await pause_draft(request.state)
    schedule = await request.api.get_schedule(callback.specialist_id)
    return _days_off_screen(request, callback.specialist_id, schedule, callback.page)


def _days_off_screen(request: Request, specialist_id: int, schedule: Schedule, page: int = 0) -> Screen:
    today = request.times.today
    end_of_week = today + timedelta(days=6 - request.times.column_of(today))
    tomorrow = today + timedelta(days=1)
    choices = [("today", today, today), ("tomorrow", tomorrow, tomorrow), ("button-this-week", today, end_of_week)]
    pick = FirstDayOff(specialist_id=specialist_id, month=months.month_index(today))
    rows: list[Row] = [
        [
            button_to(
                request.t.label(key),
                AskDaysOff(specialist_id=specialist_id, first=first.toordinal(), last=last.toordinal()),
            )
            for key, first, last in choices
        ],
        [button_to(request.t.label("button-pick-dates"), pick)],
    ]
    shown, turning = page_of(schedule.time_off, page, A_PAGE, lambda to: DaysOff(specialist_id=specialist_id, page=to))
    for entry in shown:
        label = request.t.label("label-take-back", what=time_off_label(request, entry))
        rows.append([button_to(label, RemoveTimeOff(specialist_id=specialist_id, time_off_id=entry.id))])
    rows.append(turning)
    text = request.t.html("dayoff-title", name=one_line(schedule.name))
    rows.append([button_to(request.t.label("button-hours"), WeekHours(specialist_id=specialist_id))])
    return Screen(text, [*rows, back_row(request, specialist_id)])


def time_off_label(request: Request, entry: TimeOff) -> str:
    """Return `Fri 12 Dec` or `12 Dec – 14 Dec`, with the times where it is not whole days; the reason after it."""
    first_day, _, start = entry.start.partition("T")
    last_day, _, end = entry.end.partition("T")
    begin, until = date.fromisoformat(first_day), date.fromisoformat(last_day)
    whole_days = start == end == "00:00"
    if whole_days:
        until -= timedelta(days=1)
    start, end = request.times.wall_time(start), request.times.wall_time(end)
    first, last = request.times.date_pair(begin, until)
    if begin >= until:
        text = request.times.day(begin) if whole_days else f"{request.times.day(begin)} {start}–{end}"
    else:
        text = f"{first} – {last}" if whole_days else f"{first} {start} – {last} {end}"
    return f"{text}, {cuttable_name(one_line(entry.reason))}" if entry.reason else text


def days_label(request: Request, first: date, last: date) -> str:
    """Return `Fri 12 Dec` or `Fri 12 Dec – Sun 14 Dec`."""
    return request.times.day(first) if first >= last else f"{request.times.day(first)} – {request.times.day(last)}"


@router.press(FirstDayOff)
async def pick_first_day_off(request: Request, callback: FirstDayOff) -> Screen:
    """Ask for the first day off."""
    own = callback.specialist_id
    title, rows = months.month_rows(
        request,
        callback.month,
        request.times.today,
        lambda label, day: button_to(
            label, LastDayOff(specialist_id=own, first=day.toordinal(), month=months.month_index(day))
        ),
        lambda label, month: button_to(label, FirstDayOff(specialist_id=own, month=month)),
    )
    back = button_to(request.t.label("button-back"), DaysOff(specialist_id=own))
    return Screen(f"{request.t.html('dayoff-first')}\n<b>{title}</b>", [*rows, [back]])


@router.press(LastDayOff)
async def pick_last_day_off(request: Request, callback: LastDayOff) -> Screen:
    """Ask for the last day off; the first again for a single day."""
    own = callback.specialist_id
    first = clamp_day(callback.first, request)
    ordinal = first.toordinal()
    title, rows = months.month_rows(
        request,
        callback.month,
        first,
        lambda label, day: button_to(label, AskDaysOff(specialist_id=own, first=ordinal, last=day.toordinal())),
        lambda label, month: button_to(label, LastDayOff(specialist_id=own, first=ordinal, month=month)),
    )
    one_day = button_to(request.t.label("button-one-day"), AskDaysOff(specialist_id=own, first=ordinal, last=ordinal))
    back = button_to(request.t.label("button-back"), FirstDayOff(specialist_id=own, month=months.month_index(first)))
    text = f"{request.t.html('dayoff-last', day=request.times.day(first))}\n<b>{title}</b>"
    return Screen(text, [*rows, [one_day], [back]])


def clamp_range(request: Request, first: int, last: int) -> tuple[date, date]:
    """Return the dates of a button in order, near today and no more than a year apart."""
    begin = clamp_day(first, request)
    end = max(clamp_day(last, request), begin)
    return begin, min(end, begin + timedelta(days=LONGEST_DAYS))


@router.press(AskDaysOff)
async def ask_days_off(request: Request, callback: AskDaysOff) -> Screen:
    """Show what these days off would do, before they are taken."""
    return await _ask_screen(request, callback.specialist_id, callback.first, callback.last)


async def _ask_screen(request: Request, specialist_id: int, first: int, last: int) -> Screen:
    begin, end = clamp_range(request, first, last)
    first, last = begin.toordinal(), end.toordinal()
    time_off = _whole_days(begin, end)
    touched = await request.api.add_time_off(specialist_id, time_off, PREVIEW, key=PREVIEW_KEY)
    reason = await _take_reason(request, specialist_id, first, last)
    name, days = one_line(changed_schedule(touched).name), days_label(request, begin, end)
    lines: list[str] = [request.t.html("dayoff-ask", days=days, name=name)]
    if reason:
        lines.append(request.t.html("dayoff-reason", reason=reason))

    def take(handling: Handling) -> TakeDaysOff:
        return TakeDaysOff(specialist_id=specialist_id, first=first, last=last, mode=handling)

    if touched.affected:
        lines += ["", *affected_lines(request, touched.affected)]
        rows = handling_rows(request, take)
    else:
        rows = [[button_to(request.t.label("button-take-off"), take(Handling.KEEP), style="success")]]
    rows.append(
        [
            button_to(
                request.t.label("button-reason"), DaysOffReason(specialist_id=specialist_id, first=first, last=last)
            ),
            button_to(request.t.label("button-back"), DaysOff(specialist_id=specialist_id)),
        ]
    )
    return Screen("\n".join(lines), rows)


def _whole_days(first: date, last: date, reason: str = "") -> NewTimeOff:
    after = last + timedelta(days=1)
    return NewTimeOff(start=f"{first.isoformat()}T00:00", end=f"{after.isoformat()}T00:00", reason=reason)


async def _take_reason(request: Request, specialist_id: int, first: int, last: int) -> str:
    """Return the reason that has been typed for exactly these days; wait for nothing any more."""
    draft = await find_draft(request.state, DaysOffDraft)
    if draft is None or (draft.specialist_id, draft.first, draft.last) != (specialist_id, first, last):
        return ""
    await pause_draft(request.state)
    return draft.reason


@router.press(DaysOffReason)
async def ask_days_off_reason(request: Request, callback: DaysOffReason) -> Screen:
    """Ask for a reason that staff see."""
    begin, end = clamp_range(request, callback.first, callback.last)
    first, last = begin.toordinal(), end.toordinal()
    back = button_to(
        request.t.label("button-back"), AskDaysOff(specialist_id=callback.specialist_id, first=first, last=last)
    )
    draft = DaysOffDraft(specialist_id=callback.specialist_id, first=first, last=last)
    question = request.t.html("dayoff-reason-ask")
    return await ask_for_text(request, DaysOffForm.reason, question, back, draft=draft)


@router.message(StateFilter(DaysOffForm.reason))
async def take_days_off_reason(message: Message, request: Request) -> Screen:
    """Keep the reason until the days are taken."""
    draft = await load_draft(request.state, DaysOffDraft)
    reason = one_line(message.text or "", 200)
    await keep_draft(
        request.state,
        DaysOffDraft(specialist_id=draft.specialist_id, first=draft.first, last=draft.last, reason=reason),
    )
    return await _ask_screen(request, draft.specialist_id, draft.first, draft.last)


@router.press(TakeDaysOff)
async def take_days_off(request: Request, callback: TakeDaysOff) -> Screen:
    """Take the days off and handle the bookings in the way."""
    specialist_id = callback.specialist_id
    begin, end = clamp_range(request, callback.first, callback.last)
    reason = await _take_reason(request, specialist_id, begin.toordinal(), end.toordinal())
    key, mode = request.idempotency_key("time-off"), callback.mode
    time_off = _whole_days(begin, end, reason)
    changed = await request.api.add_time_off(specialist_id, time_off, choose_handling(mode), key=key)
    done = request.t.html("dayoff-done", days=days_label(request, begin, end))
    await drop_draft(request.state)
    screen = _days_off_screen(request, specialist_id, changed_schedule(changed))
    return add_changed(request, mode, changed, screen, done)._replace(toast=request.t.label("saved"))


@router.press(RemoveTimeOff)
async def remove_time_off(request: Request, callback: RemoveTimeOff) -> Screen:
    """Take days off back."""
    await pause_draft(request.state)
    key = request.idempotency_key("time-off")
    changed = await request.api.remove_time_off(callback.specialist_id, callback.time_off_id, key=key)
    screen = _days_off_screen(request, callback.specialist_id, changed_schedule(changed))
    return screen._replace(toast=request.t.label("saved"))
