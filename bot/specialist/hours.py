"""The hours of one weekday: shapes to tap, custom hours to type, the same hours for other days."""

from aiogram.filters import StateFilter
from aiogram.types import Message

from backend.client.api import BackendRefused
from backend.contract.errors import Code
from backend.contract.schedule import WEEKDAYS
from bot.fsm import load_draft
from bot.request import Request
from bot.router import Router
from bot.specialist.callbacks import CopyWeekday, SetWeekdayShape, WeekdayHours, WeekHours
from bot.specialist.week_hours import (
    DAY_SHAPES,
    WeekDraft,
    WeekForm,
    offer_week_readings,
    shifts_label,
    take_typed_days,
    update_week,
)
from bot.ui.keyboards import Screen, button_grid, button_to
from bot.ui.prompts import add_above, ask_for_text
from bot.ui.typed_hours import TypedHours, read_hours

router = Router(for_staff=True)


def shape_label(request: Request, shape: tuple[str, ...] | list[str]) -> str:
    """Return the label of the button that chooses these shifts."""
    return shifts_label(request, shape) if shape else request.t.label("day-off")


def day_shape(place: int) -> list[str]:
    """Return the shifts of a preset; of the last one where there is none at that place."""
    return list(DAY_SHAPES[min(place, len(DAY_SHAPES) - 1)])


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
    draft = WeekDraft(specialist_id=specialist_id, weekday=weekday)
    return await ask_for_text(request, WeekForm.weekday, question, back, rows, draft=draft)


@router.message(StateFilter(WeekForm.weekday))
async def take_weekday_hours(message: Message, request: Request) -> Screen:
    """Set the hours that have been typed, such as `10:00-14:00, 15:00-19:00`; or those of the days that are named."""
    draft = await load_draft(request.state, WeekDraft)
    own, weekday, text = draft.specialist_id, draft.weekday, message.text or ""
    hours = read_hours(text)
    if hours is None:
        screen = await take_typed_days(request, own, text)
        if screen is not None:
            return screen
        return add_above(request.t.html("hours-not-read"), await _weekday_screen(request, own, weekday))
    readings = tuple({WEEKDAYS[weekday]: shifts} for shifts in list_readings(hours))
    draft = WeekDraft(specialist_id=own, weekday=weekday, readings=readings)
    if not hours.certain:
        return await offer_week_readings(request, draft, await _weekday_screen(request, own, weekday), WeekForm.weekday)
    saved = await _set_weekday(request, own, weekday, hours.shifts)
    if hours.other is None or not saved.toast:
        return saved
    return await offer_week_readings(request, draft, saved, WeekForm.days)


def list_readings(hours: TypedHours) -> tuple[list[str], ...]:
    """Return the ways to read what was typed, the likeliest first."""
    return (hours.shifts,) if hours.other is None else (hours.shifts, hours.other)


@router.press(SetWeekdayShape)
async def set_weekday_shape(request: Request, callback: SetWeekdayShape) -> Screen:
    """Set one weekday."""
    return await _set_weekday(request, callback.specialist_id, min(callback.weekday, 6), day_shape(callback.shape))


@router.press(CopyWeekday)
async def copy_weekday(request: Request, callback: CopyWeekday) -> Screen:
    """Set the weekday's hours for Monday to Friday, or for every day."""
    hours = (await request.api.get_schedule(callback.specialist_id)).hours
    shifts: list[str] = getattr(hours, WEEKDAYS[min(callback.weekday, 6)])
    days = WEEKDAYS[: max(min(callback.days, 7), 1)]
    return await update_week(request, callback.specialist_id, dict.fromkeys(days, shifts))


async def _set_weekday(request: Request, specialist_id: int, weekday: int, shifts: list[str]) -> Screen:
    try:
        return await update_week(request, specialist_id, {WEEKDAYS[weekday]: shifts})
    except BackendRefused as refusal:
        if refusal.code is not Code.INVALID:
            raise
        return add_above(request.t.html("hours-overlap"), await _weekday_screen(request, specialist_id, weekday))
