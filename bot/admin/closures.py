"""Days on which the whole business is closed; the visits in the way are handled in one step."""

from datetime import date

from backend.contract.schedule import Changed, Closures, NewClosure
from bot.admin.home import manage_row
from bot.request import Turn
from bot.specialist import affected
from bot.specialist.day import a_date
from bot.ui import months
from bot.ui.callbacks import route
from bot.ui.keyboards import Button, Row, Screen, go
from bot.ui.prompts import above

SHOWN = 20


@route("a.clo")
async def closures(turn: Turn) -> Screen:
    """The closed dates from today on; a tap opens one again."""
    found = (await turn.api.call("GET", "/v1/closures", Closures)).dates
    days = [date.fromisoformat(one) for one in found[:SHOWN]]
    rows: list[Row] = [
        [go(turn.t.label("label-take-back", what=turn.times.day(day)), "a.clox", day.toordinal())] for day in days
    ]
    add = go(turn.t.label("button-close-day"), "a.clom", months.index_of(turn.times.today), style="primary")
    text = turn.t.html("closures-title" if days else "closures-none")
    return Screen(text, [*rows, [add], manage_row(turn)])


@route("a.clom")
async def month(turn: Turn, index: int) -> Screen:
    """Which day?"""
    title, rows = months.month(
        turn,
        index,
        turn.times.today,
        lambda label, day: go(label, "a.clod", day.toordinal()),
        lambda label, at: go(label, "a.clom", at),
    )
    back = go(turn.t.label("button-back"), "a.clo")
    return Screen(f"{turn.t.html('closure-pick')}\n<b>{title}</b>", [*rows, [back]])


@route("a.clod")
async def ask_close(turn: Turn, ordinal: int) -> Screen:
    """What closing would do, before it is done."""
    day = a_date(ordinal, turn)
    found = await affected.visits(turn, day, day, None)
    lines: list[str] = [turn.t.html("closure-ask", day=turn.times.day(day))]

    def yes(label: str, mode: int) -> Button:
        return go(label, "a.cloy", day.toordinal(), mode)

    if found:
        lines += ["", *affected.lines(turn, found)]
        rows = affected.rows(turn, yes)
    else:
        rows = [[yes(turn.t.label("button-close"), affected.KEEP)._replace(style="success")]]
    rows.append([go(turn.t.label("button-back"), "a.clo")])
    return Screen("\n".join(lines), rows)


@route("a.cloy")
async def close(turn: Turn, ordinal: int, mode: int) -> Screen:
    """Closed: first the day, so that nobody books into it, then the visits in the way."""
    day = a_date(ordinal, turn)
    found = await affected.visits(turn, day, day, None) if mode in (affected.OFFER, affected.CANCEL) else []
    await turn.api.call("POST", "/v1/closures", Changed, body=NewClosure(date=day.isoformat()), key=turn.key("close"))
    lines: list[str] = [turn.t.html("closure-done", day=turn.times.day(day))]
    if found:
        lines.append(await affected.handle(turn, found, mode))
    return above("\n".join(lines), await closures(turn))._replace(toast=turn.t.label("saved"))


@route("a.clox")
async def reopen(turn: Turn, ordinal: int) -> Screen:
    """Open after all."""
    path = f"/v1/closures/{a_date(ordinal, turn).isoformat()}"
    await turn.api.call("DELETE", path, Changed, key=turn.key("reopen"))
    return (await closures(turn))._replace(toast=turn.t.label("saved"))
