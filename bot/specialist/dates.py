"""Other hours for single dates: a short day before a holiday, a Sunday at work."""

from datetime import date

from aiogram.filters import StateFilter
from aiogram.fsm.state import State, StatesGroup
from aiogram.types import Message
from msgspec.structs import replace

from backend.client.api import BackendRefused
from backend.contract.errors import Code
from backend.contract.schedule import Changed, Schedule
from bot.fsm import Draft, DraftLost, load_draft, pause_draft
from bot.request import Request
from bot.router import Router
from bot.specialist.callbacks import (
    ApplyHours,
    RemoveSpecialDate,
    SetSpecialDate,
    SpecialDate,
    SpecialDateMonth,
    SpecialDates,
    TakeDateReading,
    WeekHours,
)
from bot.specialist.day import clamp_day
from bot.specialist.hours import day_shape, list_readings, shape_label
from bot.specialist.hours_changes import HoursDraft, Shown, apply_proposed, propose_hours
from bot.specialist.week_hours import (
    DAY_SHAPES,
    back_row,
    changed_schedule,
    offer_readings,
    reading_label,
    shifts_label,
    show_week,
)
from bot.ui import months
from bot.ui.keyboards import Row, Screen, button_grid, button_to, page_of
from bot.ui.prompts import add_above, ask_for_text
from bot.ui.text import one_line
from bot.ui.typed_hours import read_hours

A_PAGE = 20

router = Router(for_staff=True)


class SpecialDateForm(StatesGroup):
    """What is typed about a date."""

    hours = State()


class SpecialDateDraft(Draft):
    """The date that hours are typed for, as an ordinal; `readings`: the ways to read what was typed."""

    specialist_id: int
    day: int
    readings: tuple[list[str], ...] = ()


@router.press(SpecialDates)
async def show_special_dates(request: Request, callback: SpecialDates) -> Screen:
    """Show the dates from today on that differ from the week."""
    await pause_draft(request.state)
    schedule = await request.api.get_schedule(callback.specialist_id)
    return _dates_screen(request, callback.specialist_id, schedule, callback.page)


def _dates_screen(request: Request, specialist_id: int, schedule: Schedule, page: int = 0) -> Screen:
    dates, turning = page_of(
        sorted(schedule.dates.items()), page, A_PAGE, lambda to: SpecialDates(specialist_id=specialist_id, page=to)
    )
    rows: list[Row] = []
    for iso, shifts in dates:
        day = date.fromisoformat(iso)
        label = f"{request.times.day(day)}: {shifts_label(request, shifts)}"
        rows.append([button_to(label, SpecialDate(specialist_id=specialist_id, day=day.toordinal()))])
    rows.append(turning)
    pick = SpecialDateMonth(specialist_id=specialist_id, month=months.month_index(request.times.today))
    rows.append([button_to(request.t.label("button-pick-date"), pick, style="primary")])
    rows.append([button_to(request.t.label("button-back"), WeekHours(specialist_id=specialist_id))])
    text = request.t.html("dates-title" if dates else "dates-none", name=one_line(schedule.name))
    return Screen(text, [*rows, back_row(request, specialist_id)])


@router.press(SpecialDateMonth)
async def show_special_date_month(request: Request, callback: SpecialDateMonth) -> Screen:
    """Ask which date."""
    own = callback.specialist_id
    title, rows = months.month_rows(
        request,
        callback.month,
        request.times.today,
        lambda label, day: button_to(label, SpecialDate(specialist_id=own, day=day.toordinal())),
        lambda label, month: button_to(label, SpecialDateMonth(specialist_id=own, month=month)),
    )
    back = button_to(request.t.label("button-back"), SpecialDates(specialist_id=own))
    return Screen(f"{request.t.html('dates-pick')}\n<b>{title}</b>", [*rows, [back]])


@router.press(SpecialDate)
async def show_special_date(request: Request, callback: SpecialDate) -> Screen:
    """Show one date: shapes to tap, hours to type, or as usual."""
    return await _date_screen(request, callback.specialist_id, clamp_day(callback.day, request))


async def _date_screen(request: Request, specialist_id: int, day: date) -> Screen:
    shifts = (await request.api.get_schedule(specialist_id)).dates.get(day.isoformat())
    ordinal = day.toordinal()
    presets = [
        button_to(shape_label(request, shape), SetSpecialDate(specialist_id=specialist_id, day=ordinal, shape=place))
        for place, shape in enumerate(DAY_SHAPES)
    ]
    rows = button_grid(presets, 2)
    if shifts is not None:
        usual = RemoveSpecialDate(specialist_id=specialist_id, day=ordinal)
        rows.append([button_to(request.t.label("button-as-usual"), usual)])
    hours = request.t.label("hours-usual") if shifts is None else shifts_label(request, shifts)
    question = request.t.html("hours-ask", day=request.times.day(day), hours=hours)
    back = button_to(request.t.label("button-back"), SpecialDates(specialist_id=specialist_id))
    draft = SpecialDateDraft(specialist_id=specialist_id, day=ordinal)
    return await ask_for_text(request, SpecialDateForm.hours, question, back, rows, draft=draft)


@router.message(StateFilter(SpecialDateForm.hours))
async def take_special_date_hours(message: Message, request: Request) -> Screen:
    """Set the hours that have been typed, such as `10:00-14:00, 15:00-19:00`."""
    draft = await load_draft(request.state, SpecialDateDraft)
    day = clamp_day(draft.day, request)
    hours = read_hours(message.text or "")
    if hours is None or not hours.certain:
        screen = await _date_screen(request, draft.specialist_id, day)
        if hours is None:
            return add_above(request.t.html("hours-not-read"), screen)
        draft = replace(draft, readings=list_readings(hours))
        return await _offer_date_readings(request, draft, screen, SpecialDateForm.hours)
    saved = await _set_date(request, draft.specialist_id, day, hours.shifts)
    if hours.other is None or not saved.toast:
        return saved
    return await _offer_date_readings(request, replace(draft, readings=list_readings(hours)), saved)


async def _offer_date_readings(
    request: Request, draft: SpecialDateDraft, screen: Screen, step: State | None = None
) -> Screen:
    buttons = [
        button_to(reading_label(request, shifts), TakeDateReading(place=place), style="primary")
        for place, shifts in enumerate(draft.readings)
    ]
    return await offer_readings(request, draft, buttons, screen, step)


@router.press(TakeDateReading)
async def take_date_reading(request: Request, callback: TakeDateReading) -> Screen:
    """Set the hours that were meant by what has been typed."""
    draft = await load_draft(request.state, SpecialDateDraft)
    if not draft.readings:
        raise DraftLost
    shifts = draft.readings[min(callback.place, len(draft.readings) - 1)]
    return await _set_date(request, draft.specialist_id, clamp_day(draft.day, request), shifts)


@router.press(SetSpecialDate)
async def set_special_date(request: Request, callback: SetSpecialDate) -> Screen:
    """Set the date to a shape."""
    day = clamp_day(callback.day, request)
    return await _set_date(request, callback.specialist_id, day, day_shape(callback.shape))


async def _set_date(request: Request, specialist_id: int, day: date, shifts: list[str]) -> Screen:
    draft = HoursDraft(specialist_id=specialist_id, day=day.toordinal(), shifts=shifts)
    try:
        return await propose_hours(request, draft, _show_dates(specialist_id))
    except BackendRefused as refusal:
        if refusal.code is not Code.INVALID:
            raise
        return add_above(request.t.html("hours-overlap"), await _date_screen(request, specialist_id, day))


def _show_dates(specialist_id: int) -> Shown:
    async def show(request: Request, changed: Changed) -> Screen:
        return _dates_screen(request, specialist_id, changed_schedule(changed))

    return show


@router.press(ApplyHours)
async def apply_hours(request: Request, callback: ApplyHours) -> Screen:
    """Change the hours of the week or of a date that wait, and handle the bookings in the way."""

    def shown(draft: HoursDraft) -> Shown:
        return _show_dates(draft.specialist_id) if draft.day else show_week(draft.specialist_id)

    return await apply_proposed(request, callback.mode, shown)


@router.press(RemoveSpecialDate)
async def remove_special_date(request: Request, callback: RemoveSpecialDate) -> Screen:
    """Let the week hold again for that date."""
    await pause_draft(request.state)
    day = clamp_day(callback.day, request)
    draft = HoursDraft(specialist_id=callback.specialist_id, day=day.toordinal())
    return await propose_hours(request, draft, _show_dates(callback.specialist_id))
