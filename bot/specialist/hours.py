"""Working hours of the week: one's own, or (for an admin) of any specialist; shapes to tap, custom hours to type."""

from aiogram.filters import StateFilter
from aiogram.fsm.state import State, StatesGroup
from aiogram.types import Message
from msgspec import UNSET
from msgspec.structs import replace

from backend.client.api import BackendRefused
from backend.contract.errors import Code
from backend.contract.schedule import WEEKDAYS, Changed, Hours, Schedule, UpdateHours
from bot.admin.callbacks.staff import SpecialistCard
from bot.fsm import Draft, DraftLost, keep_draft, load_draft, pause_draft
from bot.request import Request
from bot.router import Router
from bot.specialist.callbacks import (
    CopyWeekday,
    DaysOff,
    SetWeekdayShape,
    SetWeekShape,
    SpecialDates,
    TakeDateReading,
    TakeWeekdayReading,
    WeekdayHours,
    WeekHours,
)
from bot.specialist.hours_changes import HoursDraft, Shown, propose_hours
from bot.ui.callbacks import Home
from bot.ui.keyboards import Row, Screen, button_grid, button_to
from bot.ui.prompts import add_above, ask_for_text
from bot.ui.text import escape, one_line
from bot.ui.typed_hours import TypedHours, read_hours

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

router = Router(for_staff=True)


class WeekdayForm(StatesGroup):
    """What is typed about a weekday."""

    hours = State()


class ReadingDraft(Draft, kw_only=True):
    """What is typed about the hours of a day. `readings` are the two ways to read it, where there are two."""

    readings: tuple[list[str], ...] = ()


class WeekdayDraft(ReadingDraft):
    """The weekday that hours are typed for; 0 is Monday."""

    specialist_id: int
    weekday: int


def shifts_label(request: Request, shifts: tuple[str, ...] | list[str]) -> str:
    """Return `10:00–14:00, 15:00–19:00`, or that it is a day off."""
    return ", ".join(_shift_label(request, shift) for shift in shifts) or request.t.label("hours-off")


def shape_label(request: Request, shape: tuple[str, ...] | list[str]) -> str:
    """Return the label of the button that chooses these shifts."""
    return shifts_label(request, shape) if shape else request.t.label("day-off")


def _shift_label(request: Request, shift: str) -> str:
    start, _, end = shift.partition("-")
    return f"{request.times.wall_time(start)}–{request.times.wall_time(end)}"


def day_shape(place: int) -> list[str]:
    """Return the shifts of a preset; of the last one where there is none at that place."""
    return list(DAY_SHAPES[min(place, len(DAY_SHAPES) - 1)])


def hours_lines(request: Request, hours: Hours) -> list[str]:
    """Return `Mon–Fri 10:00–19:00` and so on: neighbours that are alike share a line; an empty week is one sentence."""
    shifts: list[list[str]] = [getattr(hours, name) for name in WEEKDAYS]
    if not any(shifts):
        return [request.t.html("hours-none")]
    names = request.times.day_names()
    lines, begin = [], 0
    for day in range(1, 8):
        if day < 7 and shifts[day] == shifts[begin]:
            continue
        name = names[begin] if day == begin + 1 else f"{names[begin]}–{names[day - 1]}"
        lines.append(f"{name}: {escape(shifts_label(request, shifts[begin]))}")
        begin = day
    return lines


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
    """Show the week as it is; whole shapes while it is empty, a button for each weekday."""
    await pause_draft(request.state)
    schedule = await request.api.get_schedule(callback.specialist_id)
    return week_hours_screen(request, callback.specialist_id, schedule.name, schedule.hours)


def week_hours_screen(request: Request, specialist_id: int, name: str, hours: Hours) -> Screen:
    """Return a specialist's week."""
    lines = [request.t.html("hours-title", name=one_line(name)), *hours_lines(request, hours)]
    lines.append(request.t.html("zone-line", zone=request.times.zone_name()))
    weekdays = request.times.day_names()
    rows: list[Row] = []
    if not any(getattr(hours, day) for day in WEEKDAYS):
        for place, (days, shape) in enumerate(WEEK_SHAPES):
            label = f"{weekdays[0]}–{weekdays[days - 1]}: {shifts_label(request, DAY_SHAPES[shape])}"
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
    hours = UpdateHours(**{name: list(DAY_SHAPES[shape]) for name in WEEKDAYS[:days]})
    return await _update_hours(request, callback.specialist_id, hours)


@router.press(WeekdayHours)
async def show_weekday_hours(request: Request, callback: WeekdayHours) -> Screen:
    """Show one weekday: shapes to tap, or hours to type; the same hours for the other days."""
    return await _weekday_screen(request, callback.specialist_id, min(callback.weekday, 6))


async def _weekday_screen(request: Request, specialist_id: int, weekday: int) -> Screen:
    hours = (await request.api.get_schedule(specialist_id)).hours
    shifts: list[str] = getattr(hours, WEEKDAYS[weekday])
    presets = [
        button_to(
            shape_label(request, shape), SetWeekdayShape(specialist_id=specialist_id, weekday=weekday, shape=place)
        )
        for place, shape in enumerate(DAY_SHAPES)
    ]
    rows = button_grid(presets, 2)
    copies = (("button-copy-workdays", 5), ("button-copy-week", 7))
    rows.append(
        [
            button_to(request.t.label(key), CopyWeekday(specialist_id=specialist_id, weekday=weekday, days=days))
            for key, days in copies
        ]
    )
    name = request.times.day_names()[weekday]
    question = request.t.html("hours-ask", day=name, hours=shifts_label(request, shifts))
    back = button_to(request.t.label("button-back"), WeekHours(specialist_id=specialist_id))
    draft = WeekdayDraft(specialist_id=specialist_id, weekday=weekday)
    return await ask_for_text(request, WeekdayForm.hours, question, back, rows, draft=draft)


@router.message(StateFilter(WeekdayForm.hours))
async def take_weekday_hours(message: Message, request: Request) -> Screen:
    """Set the hours that have been typed, such as `10:00-14:00, 15:00-19:00`."""
    draft = await load_draft(request.state, WeekdayDraft)
    hours = read_hours(message.text or "")
    if hours is None or not hours.certain:
        screen = await _weekday_screen(request, draft.specialist_id, draft.weekday)
        if hours is None:
            return add_above(request.t.html("hours-not-read"), screen)
        draft = replace(draft, readings=list_readings(hours))
        return await offer_readings(request, draft, TakeWeekdayReading, screen, WeekdayForm.hours)
    saved = await _set_weekday(request, draft.specialist_id, draft.weekday, hours.shifts)
    if hours.other is None or not saved.toast:
        return saved
    return await offer_readings(request, replace(draft, readings=list_readings(hours)), TakeWeekdayReading, saved)


@router.press(TakeWeekdayReading)
async def take_weekday_reading(request: Request, callback: TakeWeekdayReading) -> Screen:
    """Set the hours that were meant by what has been typed."""
    draft = await load_draft(request.state, WeekdayDraft)
    return await _set_weekday(request, draft.specialist_id, draft.weekday, pick_reading(draft.readings, callback.place))


def list_readings(hours: TypedHours) -> tuple[list[str], ...]:
    """Return the ways to read what was typed, the likeliest first."""
    return (hours.shifts,) if hours.other is None else (hours.shifts, hours.other)


def pick_reading(readings: tuple[list[str], ...], place: int) -> list[str]:
    """Return the reading at that place. Raises DraftLost where the draft has none."""
    if not readings:
        raise DraftLost
    return readings[min(place, len(readings) - 1)]


async def offer_readings(
    request: Request,
    draft: ReadingDraft,
    callback: type[TakeWeekdayReading] | type[TakeDateReading],
    screen: Screen,
    step: State | None = None,
) -> Screen:
    """Return the screen with the readings of what was typed above it, each a button; a guess of a night is asked back."""
    await keep_draft(request.state, draft, step)
    rows: list[Row] = [
        [button_to(_reading_label(request, shifts), callback(place=place), style="primary")]
        for place, shifts in enumerate(draft.readings)
    ]
    return add_above(request.t.html("hours-which"), screen._replace(rows=[*rows, *screen.rows]))


def _reading_label(request: Request, shifts: list[str]) -> str:
    start, _, end = shifts[-1].partition("-")
    label = shifts_label(request, shifts)
    return request.t.label("hours-next-day", hours=label) if end <= start and end != "00:00" else label


@router.press(SetWeekdayShape)
async def set_weekday_shape(request: Request, callback: SetWeekdayShape) -> Screen:
    """Set one weekday."""
    return await _set_weekday(request, callback.specialist_id, min(callback.weekday, 6), day_shape(callback.shape))


@router.press(CopyWeekday)
async def copy_weekday(request: Request, callback: CopyWeekday) -> Screen:
    """Set the weekday's hours for Monday to Friday, or for every day."""
    hours = (await request.api.get_schedule(callback.specialist_id)).hours
    shifts: list[str] = getattr(hours, WEEKDAYS[min(callback.weekday, 6)])
    changed = UpdateHours(**{name: list(shifts) for name in WEEKDAYS[: max(min(callback.days, 7), 1)]})
    return await _update_hours(request, callback.specialist_id, changed)


async def _set_weekday(request: Request, specialist_id: int, weekday: int, shifts: list[str]) -> Screen:
    try:
        return await _update_hours(request, specialist_id, UpdateHours(**{WEEKDAYS[weekday]: shifts}))
    except BackendRefused as refusal:
        if refusal.code is not Code.INVALID:
            raise
        return add_above(request.t.html("hours-overlap"), await _weekday_screen(request, specialist_id, weekday))


async def _update_hours(request: Request, specialist_id: int, hours: UpdateHours) -> Screen:
    """Save the weekdays, after a question where bookings would lie outside the hours."""
    given = {name: shifts for name in WEEKDAYS if (shifts := getattr(hours, name)) is not UNSET}
    return await propose_hours(request, HoursDraft(specialist_id=specialist_id, week=given), show_week(specialist_id))


def show_week(specialist_id: int) -> Shown:
    """Return what shows the week after a change of it."""

    def show(request: Request, changed: Changed) -> Screen:
        schedule = changed_schedule(changed)
        return week_hours_screen(request, specialist_id, schedule.name, schedule.hours)

    return show
