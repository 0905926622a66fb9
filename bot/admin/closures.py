"""Days on which the whole business is closed; the visits in the way are handled in one step."""

from datetime import date

from backend.contract.schedule import NewClosure
from bot.admin.callbacks.staff import CloseDay
from bot.admin.home import manage_row
from bot.old_way import old_go, old_route
from bot.request import Request
from bot.specialist.affected_bookings import (
    Handling,
    affected_lines,
    handle_affected_bookings,
    handling_rows,
    load_affected_bookings,
)
from bot.specialist.day import clamp_day
from bot.ui import months
from bot.ui.keyboards import Row, Screen, button_to
from bot.ui.prompts import add_above

SHOWN = 20


@old_route("a.clo")
async def closures(request: Request) -> Screen:
    """The closed dates from today on; a tap opens one again."""
    found = (await request.api.list_closures()).dates
    days = [date.fromisoformat(one) for one in found[:SHOWN]]
    rows: list[Row] = [
        [old_go(request.t.label("label-take-back", what=request.times.day(day)), "a.clox", day.toordinal())]
        for day in days
    ]
    add = old_go(
        request.t.label("button-close-day"), "a.clom", months.month_index(request.times.today), style="primary"
    )
    text = request.t.html("closures-title" if days else "closures-none")
    return Screen(text, [*rows, [add], manage_row(request)])


@old_route("a.clom")
async def month(request: Request, index: int) -> Screen:
    """Which day?"""
    title, rows = months.month_rows(
        request,
        index,
        request.times.today,
        lambda label, day: old_go(label, "a.clod", day.toordinal()),
        lambda label, at: old_go(label, "a.clom", at),
    )
    back = old_go(request.t.label("button-back"), "a.clo")
    return Screen(f"{request.t.html('closure-pick')}\n<b>{title}</b>", [*rows, [back]])


@old_route("a.clod")
async def ask_close(request: Request, ordinal: int) -> Screen:
    """What closing would do, before it is done."""
    day = clamp_day(ordinal, request)
    found = await load_affected_bookings(request, day, day, None)
    lines: list[str] = [request.t.html("closure-ask", day=request.times.day(day))]

    def yes(handling: Handling) -> CloseDay:
        return CloseDay(day=day.toordinal(), mode=handling)

    if found:
        lines += ["", *affected_lines(request, found)]
        rows = handling_rows(request, yes)
    else:
        rows = [[button_to(request.t.label("button-close"), yes(Handling.KEEP), style="success")]]
    rows.append([old_go(request.t.label("button-back"), "a.clo")])
    return Screen("\n".join(lines), rows)


@old_route("a.cloy")
async def close(request: Request, ordinal: int, mode: int) -> Screen:
    """Closed: first the day, so that nobody books into it, then the visits in the way."""
    day = clamp_day(ordinal, request)
    found = await load_affected_bookings(request, day, day, None) if mode in (Handling.OFFER, Handling.CANCEL) else []
    await request.api.add_closure(NewClosure(date=day.isoformat()), key=request.idempotency_key("close"))
    lines: list[str] = [request.t.html("closure-done", day=request.times.day(day))]
    if found:
        lines.append(await handle_affected_bookings(request, found, mode))
    return add_above("\n".join(lines), await closures(request))._replace(toast=request.t.label("saved"))


@old_route("a.clox")
async def reopen(request: Request, ordinal: int) -> Screen:
    """Open after all."""
    await request.api.remove_closure(clamp_day(ordinal, request).isoformat(), key=request.idempotency_key("reopen"))
    return (await closures(request))._replace(toast=request.t.label("saved"))
