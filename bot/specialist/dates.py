"""Other hours for single dates: a short day before a holiday, a Sunday at work."""

from datetime import date

from backend.client.api import BackendRefused
from backend.contract.errors import Code
from backend.contract.schedule import DateHours
from bot.old_way import old_ask, old_go, old_route, old_step
from bot.request import Request
from bot.specialist.day import a_date
from bot.specialist.hours import DAY_SHAPES, back_row, name_of, schedule, shape_label, with_affected
from bot.ui import months, typed_values
from bot.ui.keyboards import Row, Screen, button_grid
from bot.ui.prompts import add_above

SHOWN = 20


@old_route("h.dates")
async def dates(request: Request, specialist_id: int) -> Screen:
    """The dates from today on that differ from the week."""
    await request.dialog.pause()
    found = sorted((await schedule(request, specialist_id)).dates.items())[:SHOWN]
    rows: list[Row] = []
    for iso, shifts in found:
        day = date.fromisoformat(iso)
        label = f"{request.times.day(day)}: {shape_label(request, shifts)}"
        rows.append([old_go(label, "h.date", specialist_id, day.toordinal())])
    this = months.month_index(request.times.today)
    rows.append([old_go(request.t.label("button-pick-date"), "h.mon", specialist_id, this, style="primary")])
    rows.append([old_go(request.t.label("button-back"), "h.week", specialist_id)])
    text = request.t.html("dates-title" if found else "dates-none", name=await name_of(request, specialist_id))
    return Screen(text, [*rows, back_row(request, specialist_id)])


@old_route("h.mon")
async def month(request: Request, specialist_id: int, index: int) -> Screen:
    """Which date?"""
    title, rows = months.month_rows(
        request,
        index,
        request.times.today,
        lambda label, day: old_go(label, "h.date", specialist_id, day.toordinal()),
        lambda label, at: old_go(label, "h.mon", specialist_id, at),
    )
    back = old_go(request.t.label("button-back"), "h.dates", specialist_id)
    return Screen(f"{request.t.html('dates-pick')}\n<b>{title}</b>", [*rows, [back]])


@old_route("h.date")
async def one_date(request: Request, specialist_id: int, ordinal: int) -> Screen:
    """One date: shapes to tap, hours to type, or as usual."""
    day = a_date(ordinal, request)
    known = (await schedule(request, specialist_id)).dates
    presets = [
        old_go(shape_label(request, shape), "h.dset", specialist_id, day.toordinal(), place)
        for place, shape in enumerate(DAY_SHAPES)
    ]
    rows = button_grid(presets, 2)
    if (shifts := known.get(day.isoformat())) is not None:
        rows.append([old_go(request.t.label("button-as-usual"), "h.ddel", specialist_id, day.toordinal())])
    said = request.t.label("hours-usual") if shifts is None else shape_label(request, shifts)
    question = request.t.html("hours-ask", day=request.times.day(day), hours=said)
    back = old_go(request.t.label("button-back"), "h.dates", specialist_id)
    return await old_ask(request, "h.date", question, back, rows, specialist=specialist_id, day=day.toordinal())


@old_step("h.date")
async def date_typed(request: Request, text: str, draft: dict[str, object]) -> Screen:
    """`10:00-14:00, 15:00-19:00`"""
    specialist_id, ordinal = int(str(draft["specialist"])), int(str(draft["day"]))
    shifts = typed_values.read_shifts(text)
    if shifts is None:
        return add_above(request.t.html("hours-not-read"), await one_date(request, specialist_id, ordinal))
    return await _put(request, specialist_id, ordinal, shifts)


@old_route("h.dset")
async def date_tapped(request: Request, specialist_id: int, ordinal: int, place: int) -> Screen:
    """A shape has been tapped."""
    return await _put(request, specialist_id, ordinal, list(DAY_SHAPES[min(place, len(DAY_SHAPES) - 1)]))


async def _put(request: Request, specialist_id: int, ordinal: int, shifts: list[str]) -> Screen:
    day = a_date(ordinal, request)
    hours = DateHours(shifts=shifts)
    try:
        changed = await request.api.set_date_hours(
            specialist_id, day.isoformat(), hours, key=request.idempotency_key("date")
        )
    except BackendRefused as refusal:
        if refusal.code is not Code.INVALID:
            raise
        return add_above(request.t.html("hours-overlap"), await one_date(request, specialist_id, ordinal))
    await request.dialog.end()
    screen = with_affected(request, await dates(request, specialist_id), changed.affected)
    return screen._replace(toast=request.t.label("saved"))


@old_route("h.ddel")
async def as_usual(request: Request, specialist_id: int, ordinal: int) -> Screen:
    """The week holds again for that date."""
    day = a_date(ordinal, request)
    changed = await request.api.clear_date_hours(specialist_id, day.isoformat(), key=request.idempotency_key("date"))
    screen = with_affected(request, await dates(request, specialist_id), changed.affected)
    return screen._replace(toast=request.t.label("saved"))
