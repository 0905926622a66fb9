"""Working hours of the week: one's own, or (for an admin) of any specialist; shapes to tap, custom hours to type."""

import msgspec

from backend.client.api import BackendRefused
from backend.contract.errors import Code
from backend.contract.schedule import WEEKDAYS, Affected, Hours, Schedule
from bot.old_way import old_ask, old_go, old_route, old_step
from bot.request import Request
from bot.ui import typed_values
from bot.ui.keyboards import Row, Screen, button_grid
from bot.ui.prompts import add_above
from bot.ui.text import escape, one_line

LISTED = 8
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


def shape_label(request: Request, shifts: tuple[str, ...] | list[str]) -> str:
    """`10:00–14:00, 15:00–19:00`, or that it is a day off."""
    return ", ".join(one.replace("-", "–") for one in shifts) or request.t.label("day-off")


async def schedule(request: Request, specialist_id: int) -> Schedule:
    """The week, the dates, the time off. Refused for another specialist's to all but admins."""
    return await request.api.get_schedule(specialist_id)


async def week_lines(request: Request, specialist_id: int) -> list[str]:
    """`Mon–Fri 10:00–19:00` and so on: neighbours that are alike share a line; an empty week is one sentence."""
    return lines_of(request, (await schedule(request, specialist_id)).hours)


def lines_of(request: Request, hours: Hours) -> list[str]:
    """As `week_lines`, of hours that are known."""
    shifts: list[list[str]] = [getattr(hours, name) for name in WEEKDAYS]
    if not any(shifts):
        return [request.t.html("hours-none")]
    names = request.times.day_names()
    lines, begin = [], 0
    for day in range(1, 8):
        if day < 7 and shifts[day] == shifts[begin]:
            continue
        name = names[begin] if day == begin + 1 else f"{names[begin]}–{names[day - 1]}"
        lines.append(f"{name}: {escape(shape_label(request, shifts[begin]))}")
        begin = day
    return lines


async def name_of(request: Request, specialist_id: int) -> str:
    """The specialist's name; empty where there is none."""
    found = (await request.api.list_specialists()).items
    return next((one_line(one.name) for one in found if one.id == specialist_id), "")


def back_row(request: Request, specialist_id: int) -> Row:
    """To one's day, or for an admin to the specialist's card and the first steps."""
    if not request.is_admin:
        return [old_go(request.t.label("button-my-day"), "home")]
    return [
        old_go(request.t.label("button-to-specialist"), "a.st", specialist_id),
        old_go(request.t.label("button-home"), "home"),
    ]


@old_route("h.week")
async def week(request: Request, specialist_id: int) -> Screen:
    """The week as it is; whole shapes while it is empty, a button for each weekday."""
    await request.dialog.pause()
    hours = (await schedule(request, specialist_id)).hours
    return await _week_screen(request, specialist_id, hours)


async def _week_screen(request: Request, specialist_id: int, hours: Hours) -> Screen:
    lines = [request.t.html("hours-title", name=await name_of(request, specialist_id)), *lines_of(request, hours)]
    lines.append(request.t.html("zone-line", zone=request.times.zone_name()))
    rows: list[Row] = []
    if not any(getattr(hours, name) for name in WEEKDAYS):
        names = request.times.day_names()
        for place, (days, shape) in enumerate(WEEK_SHAPES):
            label = f"{names[0]}–{names[days - 1]}: {shape_label(request, DAY_SHAPES[shape])}"
            rows.append([old_go(label, "h.shape", specialist_id, place)])
    days_ = [old_go(name, "h.wd", specialist_id, day) for day, name in enumerate(request.times.day_names())]
    rows += button_grid(days_, 4)
    rows.append(
        [
            old_go(request.t.label("button-dates"), "h.dates", specialist_id),
            old_go(request.t.label("button-day-off"), "o.menu", specialist_id),
        ]
    )
    return Screen("\n".join(lines), [*rows, back_row(request, specialist_id)])


@old_route("h.shape")
async def set_week(request: Request, specialist_id: int, place: int) -> Screen:
    """The whole week in one tap."""
    days, shape = WEEK_SHAPES[min(place, len(WEEK_SHAPES) - 1)]
    hours = Hours(**{name: list(DAY_SHAPES[shape]) for name in WEEKDAYS[:days]})
    return await _put(request, specialist_id, hours)


@old_route("h.wd")
async def weekday(request: Request, specialist_id: int, day: int) -> Screen:
    """One weekday: shapes to tap, or hours to type; the same hours for the days after it."""
    day = min(day, 6)
    hours = (await schedule(request, specialist_id)).hours
    shifts: list[str] = getattr(hours, WEEKDAYS[day])
    presets = [
        old_go(shape_label(request, shape), "h.set", specialist_id, day, place)
        for place, shape in enumerate(DAY_SHAPES)
    ]
    rows = button_grid(presets, 2)
    rows.append(
        [
            old_go(request.t.label("button-copy-workdays"), "h.copy", specialist_id, day, 5),
            old_go(request.t.label("button-copy-week"), "h.copy", specialist_id, day, 7),
        ]
    )
    name = request.times.day_names()[day]
    question = request.t.html("hours-ask", day=name, hours=shape_label(request, shifts))
    back = old_go(request.t.label("button-back"), "h.week", specialist_id)
    return await old_ask(request, "h.wd", question, back, rows, specialist=specialist_id, day=day)


@old_step("h.wd")
async def weekday_typed(request: Request, text: str, draft: dict[str, object]) -> Screen:
    """`10:00-14:00, 15:00-19:00`"""
    specialist_id, day = int(str(draft["specialist"])), int(str(draft["day"]))
    shifts = typed_values.read_shifts(text)
    if shifts is None:
        return add_above(request.t.html("hours-not-read"), await weekday(request, specialist_id, day))
    return await _set(request, specialist_id, day, shifts)


@old_route("h.set")
async def weekday_tapped(request: Request, specialist_id: int, day: int, place: int) -> Screen:
    """A shape has been tapped."""
    return await _set(request, specialist_id, min(day, 6), list(DAY_SHAPES[min(place, len(DAY_SHAPES) - 1)]))


@old_route("h.copy")
async def copy(request: Request, specialist_id: int, day: int, days: int) -> Screen:
    """The weekday's hours for Monday to Friday, or for every day."""
    hours = (await schedule(request, specialist_id)).hours
    shifts: list[str] = getattr(hours, WEEKDAYS[min(day, 6)])
    changed = {name: list(shifts) for name in WEEKDAYS[: max(min(days, 7), 1)]}
    return await _put(request, specialist_id, msgspec.structs.replace(hours, **changed))


async def _set(request: Request, specialist_id: int, day: int, shifts: list[str]) -> Screen:
    hours = (await schedule(request, specialist_id)).hours
    try:
        return await _put(request, specialist_id, msgspec.structs.replace(hours, **{WEEKDAYS[day]: shifts}))
    except BackendRefused as refusal:
        if refusal.code is not Code.INVALID:
            raise
        return add_above(request.t.html("hours-overlap"), await weekday(request, specialist_id, day))


async def _put(request: Request, specialist_id: int, hours: Hours) -> Screen:
    """Saved; visits that now lie outside the hours stay, and are shown."""
    await request.dialog.end()
    changed = await request.api.set_hours(specialist_id, hours, key=request.idempotency_key("hours"))
    screen = await _week_screen(request, specialist_id, hours)
    return with_affected(request, screen, changed.affected)._replace(toast=request.t.label("saved"))


def with_affected(request: Request, screen: Screen, affected: list[Affected]) -> Screen:
    """The screen with the visits above it that a change has left outside the hours, each a button to its card."""
    if not affected:
        return screen
    rows: list[Row] = [[old_go(affected_label(request, one), "s.card", one.booking_id)] for one in affected[:LISTED]]
    return add_above(request.t.html("affected-kept", count=len(affected)), screen._replace(rows=[*rows, *screen.rows]))


def affected_label(request: Request, one: Affected) -> str:
    """`Fri 12 Dec 14:30 · Haircut · Alex`"""
    parts = [request.times.when(one.start), " + ".join(map(one_line, one.service_names)), one_line(one.client_name, 20)]
    return " · ".join(part for part in parts if part)
