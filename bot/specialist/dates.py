"""Other hours for single dates: a short day before a holiday, a Sunday at work."""

from datetime import date

from backend.client.api import BackendRefused
from backend.contract.errors import Code
from backend.contract.schedule import Changed, DateHours
from bot.dialogs import step
from bot.request import Turn
from bot.specialist.day import a_date
from bot.specialist.hours import DAY_SHAPES, back_row, name_of, schedule, shape_label, with_affected
from bot.ui import months, typed_values
from bot.ui.callbacks import route
from bot.ui.keyboards import Row, Screen, go, grid
from bot.ui.prompts import above, ask

SHOWN = 20


@route("h.dates")
async def dates(turn: Turn, specialist_id: int) -> Screen:
    """The dates from today on that differ from the week."""
    await turn.dialog.pause()
    found = sorted((await schedule(turn, specialist_id)).dates.items())[:SHOWN]
    rows: list[Row] = []
    for iso, shifts in found:
        day = date.fromisoformat(iso)
        label = f"{turn.times.day(day)}: {shape_label(turn, shifts)}"
        rows.append([go(label, "h.date", specialist_id, day.toordinal())])
    this = months.index_of(turn.times.today)
    rows.append([go(turn.t.label("button-pick-date"), "h.mon", specialist_id, this, style="primary")])
    rows.append([go(turn.t.label("button-back"), "h.week", specialist_id)])
    text = turn.t.html("dates-title" if found else "dates-none", name=await name_of(turn, specialist_id))
    return Screen(text, [*rows, back_row(turn, specialist_id)])


@route("h.mon")
async def month(turn: Turn, specialist_id: int, index: int) -> Screen:
    """Which date?"""
    title, rows = months.month(
        turn,
        index,
        turn.times.today,
        lambda label, day: go(label, "h.date", specialist_id, day.toordinal()),
        lambda label, at: go(label, "h.mon", specialist_id, at),
    )
    back = go(turn.t.label("button-back"), "h.dates", specialist_id)
    return Screen(f"{turn.t.html('dates-pick')}\n<b>{title}</b>", [*rows, [back]])


@route("h.date")
async def one_date(turn: Turn, specialist_id: int, ordinal: int) -> Screen:
    """One date: shapes to tap, hours to type, or as usual."""
    day = a_date(ordinal, turn)
    known = (await schedule(turn, specialist_id)).dates
    presets = [
        go(shape_label(turn, shape), "h.dset", specialist_id, day.toordinal(), place)
        for place, shape in enumerate(DAY_SHAPES)
    ]
    rows = grid(presets, 2)
    if (shifts := known.get(day.isoformat())) is not None:
        rows.append([go(turn.t.label("button-as-usual"), "h.ddel", specialist_id, day.toordinal())])
    said = turn.t.label("hours-usual") if shifts is None else shape_label(turn, shifts)
    question = turn.t.html("hours-ask", day=turn.times.day(day), hours=said)
    back = go(turn.t.label("button-back"), "h.dates", specialist_id)
    return await ask(turn, "h.date", question, back, rows, specialist=specialist_id, day=day.toordinal())


@step("h.date")
async def date_typed(turn: Turn, text: str, draft: dict[str, object]) -> Screen:
    """`10:00-14:00, 15:00-19:00`"""
    specialist_id, ordinal = int(str(draft["specialist"])), int(str(draft["day"]))
    shifts = typed_values.shifts(text)
    if shifts is None:
        return above(turn.t.html("hours-not-read"), await one_date(turn, specialist_id, ordinal))
    return await _put(turn, specialist_id, ordinal, shifts)


@route("h.dset")
async def date_tapped(turn: Turn, specialist_id: int, ordinal: int, place: int) -> Screen:
    """A shape has been tapped."""
    return await _put(turn, specialist_id, ordinal, list(DAY_SHAPES[min(place, len(DAY_SHAPES) - 1)]))


async def _put(turn: Turn, specialist_id: int, ordinal: int, shifts: list[str]) -> Screen:
    day = a_date(ordinal, turn)
    path = f"/v1/specialists/{specialist_id}/dates/{day.isoformat()}"
    try:
        changed = await turn.api.call("PUT", path, Changed, body=DateHours(shifts=shifts), key=turn.key("date"))
    except BackendRefused as refusal:
        if refusal.code is not Code.INVALID:
            raise
        return above(turn.t.html("hours-overlap"), await one_date(turn, specialist_id, ordinal))
    await turn.dialog.end()
    screen = with_affected(turn, await dates(turn, specialist_id), changed.affected)
    return screen._replace(toast=turn.t.label("saved"))


@route("h.ddel")
async def as_usual(turn: Turn, specialist_id: int, ordinal: int) -> Screen:
    """The week holds again for that date."""
    path = f"/v1/specialists/{specialist_id}/dates/{a_date(ordinal, turn).isoformat()}"
    changed = await turn.api.call("DELETE", path, Changed, key=turn.key("date"))
    screen = with_affected(turn, await dates(turn, specialist_id), changed.affected)
    return screen._replace(toast=turn.t.label("saved"))
