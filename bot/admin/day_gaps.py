"""A gap of the day, booked: what fits into it, when in it; then for whom."""

from backend.contract.catalog import Service
from bot.admin.day import day
from bot.request import Turn
from bot.ui import cards
from bot.ui.callbacks import route
from bot.ui.keyboards import Button, Row, Screen, go, grid
from bot.ui.text import escape, one_line
from bot.ui.times import MINUTE, from_minutes, minutes

SHOWN = 40


def _span(turn: Turn, start: int, end: int) -> tuple[int, int]:
    """A gap of a button, kept near today and from now on; epoch minutes."""
    now = int(turn.now) // MINUTE
    start = min(max(start, now), now + 3650 * 1440)
    return start, min(max(end, start), start + 2 * 1440)


def _ordinal(turn: Turn, start: int) -> int:
    return turn.times.local(from_minutes(start)).date().toordinal()


def _title(turn: Turn, start: int, end: int, name: str) -> str:
    times = turn.times
    return turn.t.html(
        "gap-title",
        name=name,
        day=times.day(times.local(from_minutes(start)).date()),
        start=times.clock(from_minutes(start)),
        end=times.clock(from_minutes(end)),
    )


@route("a.gap")
async def gap(turn: Turn, specialist_id: int, start: int, end: int) -> Screen:
    """The services of this specialist that fit; where it is only one, its times at once."""
    start, end = _span(turn, start, end)
    services = (await turn.api.services(specialist_id)).items
    own = [one for one in services if specialist_id in one.specialist_ids]
    fitting = [one for one in own if one.duration_min <= end - start]
    if not fitting:
        screen = await day(turn, _ordinal(turn, start))
        return screen._replace(text=f"{turn.t.html('gap-too-short')}\n\n{screen.text}")
    if len(fitting) == 1:
        return await _times(turn, specialist_id, fitting[0], start, end)
    rows: list[Row] = [
        [go(cards.service_label(turn, one), "a.gapt", specialist_id, one.id, start, end)] for one in fitting[:SHOWN]
    ]
    name = await _name(turn, specialist_id, fitting[0].id)
    text = f"{_title(turn, start, end, name)}\n{turn.t.html('gap-which')}"
    return Screen(text, [*rows, [_back(turn, start)]])


@route("a.gapt")
async def gap_times(turn: Turn, specialist_id: int, service_id: int, start: int, end: int) -> Screen:
    """When in the gap."""
    start, end = _span(turn, start, end)
    services = (await turn.api.services(specialist_id)).items
    service = next((one for one in services if one.id == service_id and specialist_id in one.specialist_ids), None)
    if service is None:
        return await gap(turn, specialist_id, start, end)
    return await _times(turn, specialist_id, service, start, end)


async def _times(turn: Turn, specialist_id: int, service: Service, start: int, end: int) -> Screen:
    first, last = (turn.times.local(from_minutes(at)).date() for at in (start, end))
    slots = (await turn.api.slots([service.id], first.isoformat(), last.isoformat(), specialist_id=specialist_id)).slots
    inside = [at for at in (minutes(slot.start) for slot in slots) if start <= at < end]
    picks = [_pick(turn, "kpick", specialist_id, service.id, at) for at in inside[:SHOWN]]
    rows = grid(picks, 3)
    # off the grid: as early as the gap begins, or now, on the next five minutes
    exact = -(-start // 5) * 5
    if exact not in inside and exact + service.duration_min <= end:
        label = turn.t.label("gap-exactly", time=turn.times.clock(from_minutes(exact)))
        rows.append([_pick(turn, "kforce", specialist_id, service.id, exact, label)])
    name = await _name(turn, specialist_id, service.id)
    lines = [
        _title(turn, start, end, name),
        f"<b>{escape(one_line(service.name))}</b> · {turn.times.span(service.duration_min)}",
    ]
    lines.append(turn.t.html("gap-when" if rows else "gap-nothing"))
    other = go(turn.t.label("button-other-time"), "knear", (0, service.id), specialist_id)
    return Screen("\n".join(lines), [*rows, [other, _back(turn, start)]])


def _pick(turn: Turn, name: str, specialist_id: int, service_id: int, at: int, label: str = "") -> Button:
    return go(label or turn.times.clock(from_minutes(at)), name, (0, service_id), specialist_id, at)


def _back(turn: Turn, start: int) -> Button:
    return go(turn.t.label("button-back"), "a.day", _ordinal(turn, start))


async def _name(turn: Turn, specialist_id: int, service_id: int) -> str:
    people = (await turn.api.specialists(service_id)).items
    return next((one.name for one in people if one.id == specialist_id), "")
