"""Working hours of the week: whole shapes to tap while it is empty, several days typed at once, a button for each weekday."""

from collections.abc import Mapping, Sequence

from aiogram.filters import StateFilter
from aiogram.fsm.state import State, StatesGroup
from aiogram.types import Message

from backend.client.api import BackendRefused
from backend.contract.errors import Code
from backend.contract.schedule import WEEKDAYS, Changed, Hours, Schedule
from bot.admin.callbacks.staff import SpecialistCard
from bot.fsm import Draft, DraftLost, keep_draft, load_draft
from bot.request import Request
from bot.router import Router
from bot.specialist.callbacks import DaysOff, SetWeekShape, SpecialDates, TakeWeekReading, WeekdayHours, WeekHours
from bot.specialist.hours_changes import HoursDraft, Shown, propose_hours
from bot.ui.callbacks import Home
from bot.ui.keyboards import Button, Row, Screen, button_grid, button_to
from bot.ui.prompts import add_above
from bot.ui.text import escape, one_line
from bot.ui.typed_weeks import read_week

# What one tap sets for a day; a button carries the place in this list: new ones go to the end.
DAY_SHAPES: tuple[tuple[str, ...], ...] = (
    (),
    ("09:00-18:00",),
    ("10:00-19:00",),
    ("09:00-13:00", "14:00-18:00"),
    ("10:00-14:00", "15:00-19:00"),
    ("10:00-20:00",),
    ("12:00-20:00",),
    ("00:00-24:00",),
)
# What one tap sets for an empty week: how many days from Monday on, and the shape of each.
WEEK_SHAPES = ((5, 1), (5, 2), (5, 4), (6, 2), (7, 5))
# The weekdays that change, by name, each with its shifts.
Week = Mapping[str, Sequence[str]]

router = Router(for_staff=True)


class WeekForm(StatesGroup):
    """What is typed about the week: the hours of several days, or of one."""

    days = State()
    weekday = State()


class WeekDraft(Draft):
    """The week, or its weekday (0 is Monday), that hours are typed for; `readings`: the ways to read what was typed."""

    specialist_id: int
    weekday: int = 0
    readings: tuple[dict[str, list[str]], ...] = ()


def shifts_label(request: Request, shifts: Sequence[str]) -> str:
    """Return `10:00–14:00, 15:00–19:00`, or that it is a day off."""
    return ", ".join(_shift_label(request, shift) for shift in shifts) or request.t.label("hours-off")


def _shift_label(request: Request, shift: str) -> str:
    start, _, end = shift.partition("-")
    return f"{request.times.wall_time(start)}–{request.times.wall_time(end)}"


def reading_label(request: Request, shifts: Sequence[str]) -> str:
    """Return the shifts for the button of a reading; an end on the next day is said."""
    label = shifts_label(request, shifts)
    if not shifts:
        return label
    start, _, end = shifts[-1].partition("-")
    return request.t.label("hours-next-day", hours=label) if end <= start and end != "00:00" else label


def hours_lines(request: Request, hours: Hours) -> list[str]:
    """Return `Mon–Fri 10:00–19:00` and so on: neighbours that are alike share a line; an empty week is one sentence."""
    shifts: list[list[str]] = [getattr(hours, name) for name in WEEKDAYS]
    if not any(shifts):
        return [request.t.html("hours-none")]
    lines, begin = [], 0
    for day in range(1, 8):
        if day < 7 and shifts[day] == shifts[begin]:
            continue
        lines.append(f"{_days_label(request, range(begin, day))}: {escape(shifts_label(request, shifts[begin]))}")
        begin = day
    return lines


def _days_label(request: Request, days: Sequence[int]) -> str:
    """Return `Mon–Wed, Fri` of weekdays in order."""
    names, runs = request.times.day_names(), list[list[int]]()
    for day in days:
        if runs and runs[-1][-1] == day - 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    return ", ".join(names[run[0]] if len(run) == 1 else f"{names[run[0]]}–{names[run[-1]]}" for run in runs)


def changed_schedule(changed: Changed) -> Schedule:
    """Return the schedule as it is after a change of it."""
    assert changed.schedule is not None, "a change of hours, dates or time off answers with the schedule"
    return changed.schedule


def back_row(request: Request, specialist_id: int) -> Row:
    """Return the way back: to one's day, or for an admin to the specialist's card and the first steps."""
    if not request.is_admin:
        return [button_to(request.t.label("button-my-day"), Home())]
    return [
        button_to(request.t.label("button-to-specialist"), SpecialistCard(specialist_id=specialist_id)),
        button_to(request.t.label("button-home"), Home()),
    ]


@router.press(WeekHours)
async def show_week_hours(request: Request, callback: WeekHours) -> Screen:
    """Show the week as it is."""
    return await _load_week(request, callback.specialist_id)


async def _load_week(request: Request, specialist_id: int) -> Screen:
    schedule = await request.api.get_schedule(specialist_id)
    return await week_hours_screen(request, specialist_id, schedule.name, schedule.hours)


async def week_hours_screen(request: Request, specialist_id: int, name: str, hours: Hours) -> Screen:
    """Return a specialist's week, and wait for the hours of several days."""
    lines = [request.t.html("hours-title", name=one_line(name)), *hours_lines(request, hours)]
    lines.append(request.t.html("zone-line", zone=request.times.zone_name()))
    if await keep_draft(request.state, WeekDraft(specialist_id=specialist_id), WeekForm.days):
        lines += ["", request.t.html("hours-type-week")]
    weekdays = request.times.day_names()
    rows: list[Row] = []
    if not any(getattr(hours, day) for day in WEEKDAYS):
        for place, (days, shape) in enumerate(WEEK_SHAPES):
            label = f"{_days_label(request, range(days))}: {shifts_label(request, DAY_SHAPES[shape])}"
            rows.append([button_to(label, SetWeekShape(specialist_id=specialist_id, shape=place))])
    day_buttons = [
        button_to(weekday, WeekdayHours(specialist_id=specialist_id, weekday=number))
        for number, weekday in enumerate(weekdays)
    ]
    rows += button_grid(day_buttons, 4)
    rows.append(
        [
            button_to(request.t.label("button-dates"), SpecialDates(specialist_id=specialist_id)),
            button_to(request.t.label("button-day-off"), DaysOff(specialist_id=specialist_id)),
        ]
    )
    return Screen("\n".join(lines), [*rows, back_row(request, specialist_id)])


@router.press(SetWeekShape)
async def set_week_shape(request: Request, callback: SetWeekShape) -> Screen:
    """Set the whole week."""
    days, shape = WEEK_SHAPES[min(callback.shape, len(WEEK_SHAPES) - 1)]
    return await update_week(request, callback.specialist_id, dict.fromkeys(WEEKDAYS[:days], DAY_SHAPES[shape]))


@router.message(StateFilter(WeekForm.days))
async def take_week_hours(message: Message, request: Request) -> Screen:
    """Set the hours of the days that have been typed, such as `mon-fri 9:00-18:00, sat 10:00-14:00`."""
    draft = await load_draft(request.state, WeekDraft)
    screen = await take_typed_days(request, draft.specialist_id, message.text or "")
    if screen is not None:
        return screen
    return add_above(request.t.html("hours-not-read"), await _load_week(request, draft.specialist_id))


async def take_typed_days(request: Request, specialist_id: int, text: str) -> Screen | None:
    """Set the hours of the days that have been typed; None where they cannot be read. What is a guess is asked back."""
    week = read_week(text)
    if week is None:
        return None
    readings = tuple({WEEKDAYS[day]: shifts for day, shifts in reading.items()} for reading in week.readings)
    draft = WeekDraft(specialist_id=specialist_id, readings=readings)
    if not week.certain:
        return await offer_week_readings(request, draft, await _load_week(request, specialist_id), WeekForm.days)
    saved = await _set_reading(request, specialist_id, readings[0])
    if len(readings) == 1 or not saved.toast:
        return saved
    return await offer_week_readings(request, draft, saved, WeekForm.days)


@router.press(TakeWeekReading)
async def take_week_reading(request: Request, callback: TakeWeekReading) -> Screen:
    """Set the hours that were meant by what has been typed."""
    draft = await load_draft(request.state, WeekDraft)
    if not draft.readings:
        raise DraftLost
    return await _set_reading(
        request, draft.specialist_id, draft.readings[min(callback.place, len(draft.readings) - 1)]
    )


async def _set_reading(request: Request, specialist_id: int, week: Week) -> Screen:
    try:
        return await update_week(request, specialist_id, week)
    except BackendRefused as refusal:
        if refusal.code is not Code.INVALID:
            raise
        return add_above(request.t.html("hours-overlap"), await _load_week(request, specialist_id))


async def offer_week_readings(request: Request, draft: WeekDraft, screen: Screen, step: State | None) -> Screen:
    """Return the screen with the readings of what was typed above it, each a button."""
    buttons = [
        button_to(_week_label(request, draft.readings, place), TakeWeekReading(place=place), style="primary")
        for place in range(len(draft.readings))
    ]
    return await offer_readings(request, draft, buttons, screen, step)


async def offer_readings(
    request: Request, draft: Draft, buttons: Sequence[Button], screen: Screen, step: State | None
) -> Screen:
    """Return the screen with the buttons of the readings above it; `draft` is kept, with words awaited at `step`.

    A screen that says that it was saved shows the first reading already: the others are offered."""
    await keep_draft(request.state, draft, step)
    rows: list[Row] = [[button] for button in (buttons[1:] if screen.toast else buttons)]
    question = request.t.html("hours-guessed" if screen.toast else "hours-which")
    return add_above(question, screen._replace(rows=[*rows, *screen.rows]))


def _week_label(request: Request, readings: Sequence[Week], place: int) -> str:
    """Return `Mon–Fri: 09:00–17:00` of a reading; where its days differ, those that tell it from the others."""
    reading = readings[place]
    days_of: dict[tuple[str, ...], list[int]] = {}
    for day, name in enumerate(WEEKDAYS):
        if name in reading:
            days_of.setdefault(tuple(reading[name]), []).append(day)
    telling = [
        (shifts, days)
        for shifts, days in days_of.items()
        if any(list(other.get(WEEKDAYS[day], ())) != list(shifts) for other in readings for day in days)
    ]
    shown = telling or list(days_of.items())
    (shifts, days), more = shown[0], "…" if len(shown) > 1 else ""
    return f"{_days_label(request, days)}: {reading_label(request, shifts)}{more}"


async def update_week(request: Request, specialist_id: int, week: Week) -> Screen:
    """Save the weekdays, after a question where bookings would lie outside the hours."""
    draft = HoursDraft(specialist_id=specialist_id, week={name: list(shifts) for name, shifts in week.items()})
    return await propose_hours(request, draft, show_week(specialist_id))


def show_week(specialist_id: int) -> Shown:
    """Return what shows the week after a change of it."""

    async def show(request: Request, changed: Changed) -> Screen:
        schedule = changed_schedule(changed)
        return await week_hours_screen(request, specialist_id, schedule.name, schedule.hours)

    return show
