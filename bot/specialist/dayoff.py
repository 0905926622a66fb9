"""Days off: ranges to tap or dates to pick, the visits in the way handled in one step, and taking one back."""

import asyncio
from datetime import date, timedelta

from backend.contract.schedule import NewTimeOff, TimeOff
from bot.old_way import old_ask, old_go, old_route, old_step
from bot.request import Request
from bot.specialist import affected
from bot.specialist.day import a_date
from bot.specialist.hours import back_row, name_of, schedule
from bot.ui import months
from bot.ui.keyboards import Button, Row, Screen
from bot.ui.prompts import add_above
from bot.ui.text import one_line

SHOWN = 12
LONGEST_DAYS = 366


@old_route("o.menu")
async def menu(request: Request, specialist_id: int) -> Screen:
    """Which days? And what is off already."""
    await request.dialog.pause()
    found = (await schedule(request, specialist_id)).time_off[:SHOWN]
    today = request.times.today
    sunday = today + timedelta(days=6 - today.weekday())
    tomorrow = today + timedelta(days=1)
    choices = [("today", today, today), ("tomorrow", tomorrow, tomorrow), ("button-this-week", today, sunday)]
    rows: list[Row] = [
        [
            old_go(request.t.label(key), "o.ask", specialist_id, first.toordinal(), last.toordinal())
            for key, first, last in choices
        ],
        [old_go(request.t.label("button-pick-dates"), "o.from", specialist_id, months.month_index(today))],
    ]
    rows += [
        [old_go(request.t.label("label-take-back", what=said(request, one)), "o.del", specialist_id, one.id)]
        for one in found
    ]
    text = request.t.html("dayoff-title", name=await name_of(request, specialist_id))
    rows.append([old_go(request.t.label("button-hours"), "h.week", specialist_id)])
    return Screen(text, [*rows, back_row(request, specialist_id)])


def said(request: Request, one: TimeOff) -> str:
    """`Fri 12 Dec – Sun 14 Dec`, or with the times where it is not whole days; the reason after it."""
    begin, end = one.start.partition("T"), one.end.partition("T")
    first, last = date.fromisoformat(begin[0]), date.fromisoformat(end[0])
    if begin[2] == end[2] == "00:00":
        text = span(request, first, last - timedelta(days=1))
    else:
        text = f"{request.times.day(first)} {begin[2]} – {request.times.day(last)} {end[2]}"
    return f"{text}, {one_line(one.reason, 24)}" if one.reason else text


def span(request: Request, first: date, last: date) -> str:
    """`Fri 12 Dec`, `Fri 12 Dec – Sun 14 Dec`"""
    return request.times.day(first) if first >= last else f"{request.times.day(first)} – {request.times.day(last)}"


@old_route("o.from")
async def pick_first(request: Request, specialist_id: int, index: int) -> Screen:
    """The first day off."""
    title, rows = months.month_rows(
        request,
        index,
        request.times.today,
        lambda label, day: old_go(label, "o.to", specialist_id, day.toordinal(), months.month_index(day)),
        lambda label, at: old_go(label, "o.from", specialist_id, at),
    )
    back = old_go(request.t.label("button-back"), "o.menu", specialist_id)
    return Screen(f"{request.t.html('dayoff-first')}\n<b>{title}</b>", [*rows, [back]])


@old_route("o.to")
async def pick_last(request: Request, specialist_id: int, ordinal: int, index: int) -> Screen:
    """The last day off; the same one for a single day."""
    first = a_date(ordinal, request)
    title, rows = months.month_rows(
        request,
        index,
        first,
        lambda label, day: old_go(label, "o.ask", specialist_id, first.toordinal(), day.toordinal()),
        lambda label, at: old_go(label, "o.to", specialist_id, first.toordinal(), at),
    )
    one_day = old_go(request.t.label("button-one-day"), "o.ask", specialist_id, first.toordinal(), first.toordinal())
    back = old_go(request.t.label("button-back"), "o.from", specialist_id, months.month_index(first))
    text = f"{request.t.html('dayoff-last', day=request.times.day(first))}\n<b>{title}</b>"
    return Screen(text, [*rows, [one_day], [back]])


def _range(request: Request, first: int, last: int) -> tuple[date, date]:
    begin = a_date(first, request)
    end = max(a_date(last, request), begin)
    return begin, min(end, begin + timedelta(days=LONGEST_DAYS))


@old_route("o.ask")
async def ask_off(request: Request, specialist_id: int, first: int, last: int) -> Screen:
    """What these days off would do, before they are taken."""
    begin, end = _range(request, first, last)
    # the schedule is for its own specialist and admins only: whoever has lost the role is told so here
    found, _ = await asyncio.gather(
        affected.visits(request, begin, end, specialist_id), schedule(request, specialist_id)
    )  # fmt: skip
    reason = await _reason(request, specialist_id, begin, end)
    lines: list[str] = [
        request.t.html("dayoff-ask", days=span(request, begin, end), name=await name_of(request, specialist_id))
    ]
    if reason:
        lines.append(request.t.html("dayoff-reason", reason=reason))

    def yes(label: str, mode: int) -> Button:
        return old_go(label, "o.yes", specialist_id, begin.toordinal(), end.toordinal(), mode)

    if found:
        lines += ["", *affected.lines(request, found)]
        rows = affected.rows(request, yes)
    else:
        rows = [[yes(request.t.label("button-take-off"), affected.KEEP)._replace(style="success")]]
    why = old_go(request.t.label("button-reason"), "o.why", specialist_id, begin.toordinal(), end.toordinal())
    rows.append([why, old_go(request.t.label("button-back"), "o.menu", specialist_id)])
    return Screen("\n".join(lines), rows)


async def _reason(request: Request, specialist_id: int, first: date, last: date) -> str:
    """The reason that has been typed for exactly these days."""
    draft = await request.dialog.read()
    if draft.get("off") != [specialist_id, first.toordinal(), last.toordinal()]:
        return ""
    await request.dialog.pause()
    return str(draft.get("reason", ""))


@old_route("o.why")
async def ask_reason(request: Request, specialist_id: int, first: int, last: int) -> Screen:
    """A reason, for staff's eyes."""
    begin, end = _range(request, first, last)
    back = old_go(request.t.label("button-back"), "o.ask", specialist_id, begin.toordinal(), end.toordinal())
    off = [specialist_id, begin.toordinal(), end.toordinal()]
    return await old_ask(request, "o.why", request.t.html("dayoff-reason-ask"), back, off=off)


@old_step("o.why")
async def reason_typed(request: Request, text: str, draft: dict[str, list[int]]) -> Screen:
    """Kept with the days until they are taken."""
    await request.dialog.keep({"off": draft["off"], "reason": one_line(text, 200)})
    return await ask_off(request, *draft["off"])


@old_route("o.yes")
async def take_off(request: Request, specialist_id: int, first: int, last: int, mode: int) -> Screen:
    """Off: first the days, so that nobody books into them, then the visits in the way."""
    begin, end = _range(request, first, last)
    found = (
        await affected.visits(request, begin, end, specialist_id) if mode in (affected.OFFER, affected.CANCEL) else []
    )
    reason = await _reason(request, specialist_id, begin, end)
    body = NewTimeOff(
        start=f"{begin.isoformat()}T00:00", end=f"{(end + timedelta(days=1)).isoformat()}T00:00", reason=reason
    )
    await request.api.add_time_off(specialist_id, body, key=request.idempotency_key("time-off"))
    lines: list[str] = [request.t.html("dayoff-done", days=span(request, begin, end))]
    if found:
        lines.append(await affected.handle(request, found, mode))
    await request.dialog.end()
    screen = await menu(request, specialist_id)
    return add_above("\n".join(lines), screen)._replace(toast=request.t.label("saved"))


@old_route("o.del")
async def take_back(request: Request, specialist_id: int, time_off_id: int) -> Screen:
    """At work after all."""
    await request.api.remove_time_off(specialist_id, time_off_id, key=request.idempotency_key("time-off"))
    return (await menu(request, specialist_id))._replace(toast=request.t.label("saved"))
