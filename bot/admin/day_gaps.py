"""A gap of the day, booked: what fits into it, when in it; then for whom."""

from backend.contract.catalog import Service
from bot.admin.day import day
from bot.old_way import old_go, old_route
from bot.request import Request
from bot.ui import cards
from bot.ui.keyboards import Button, Row, Screen, button_grid
from bot.ui.text import escape, one_line
from bot.ui.times import MINUTE, epoch_minutes, from_epoch_minutes

SHOWN = 40


def _span(request: Request, start: int, end: int) -> tuple[int, int]:
    """A gap of a button, kept near today and from now on; epoch minutes."""
    now = int(request.now) // MINUTE
    start = min(max(start, now), now + 3650 * 1440)
    return start, min(max(end, start), start + 2 * 1440)


def _ordinal(request: Request, start: int) -> int:
    return request.times.local(from_epoch_minutes(start)).date().toordinal()


def _title(request: Request, start: int, end: int, name: str) -> str:
    times = request.times
    return request.t.html(
        "gap-title",
        name=name,
        day=times.day(times.local(from_epoch_minutes(start)).date()),
        start=times.clock(from_epoch_minutes(start)),
        end=times.clock(from_epoch_minutes(end)),
    )


@old_route("a.gap")
async def gap(request: Request, specialist_id: int, start: int, end: int) -> Screen:
    """The services of this specialist that fit; where it is only one, its times at once."""
    start, end = _span(request, start, end)
    services = (await request.api.list_services(specialist_id)).items
    own = [one for one in services if specialist_id in one.specialist_ids]
    fitting = [one for one in own if one.duration_min <= end - start]
    if not fitting:
        screen = await day(request, _ordinal(request, start))
        return screen._replace(text=f"{request.t.html('gap-too-short')}\n\n{screen.text}")
    if len(fitting) == 1:
        return await _times(request, specialist_id, fitting[0], start, end)
    rows: list[Row] = [
        [old_go(cards.service_label(request, one), "a.gapt", specialist_id, one.id, start, end)]
        for one in fitting[:SHOWN]
    ]
    name = await _name(request, specialist_id, fitting[0].id)
    text = f"{_title(request, start, end, name)}\n{request.t.html('gap-which')}"
    return Screen(text, [*rows, [_back(request, start)]])


@old_route("a.gapt")
async def gap_times(request: Request, specialist_id: int, service_id: int, start: int, end: int) -> Screen:
    """When in the gap."""
    start, end = _span(request, start, end)
    services = (await request.api.list_services(specialist_id)).items
    service = next((one for one in services if one.id == service_id and specialist_id in one.specialist_ids), None)
    if service is None:
        return await gap(request, specialist_id, start, end)
    return await _times(request, specialist_id, service, start, end)


async def _times(request: Request, specialist_id: int, service: Service, start: int, end: int) -> Screen:
    first, last = (request.times.local(from_epoch_minutes(at)).date() for at in (start, end))
    slots = (
        await request.api.list_slots([service.id], first.isoformat(), last.isoformat(), specialist_id=specialist_id)
    ).slots
    inside = [at for at in (epoch_minutes(slot.start) for slot in slots) if start <= at < end]
    picks = [_pick(request, "kpick", specialist_id, service.id, at) for at in inside[:SHOWN]]
    rows = button_grid(picks, 3)
    # off the grid: as early as the gap begins, or now, on the next five minutes
    exact = -(-start // 5) * 5
    if exact not in inside and exact + service.duration_min <= end:
        label = request.t.label("gap-exactly", time=request.times.clock(from_epoch_minutes(exact)))
        rows.append([_pick(request, "kforce", specialist_id, service.id, exact, label)])
    name = await _name(request, specialist_id, service.id)
    lines = [
        _title(request, start, end, name),
        f"<b>{escape(one_line(service.name))}</b> · {request.times.span(service.duration_min)}",
    ]
    lines.append(request.t.html("gap-when" if rows else "gap-nothing"))
    other = old_go(request.t.label("button-other-time"), "knear", (0, service.id), specialist_id)
    return Screen("\n".join(lines), [*rows, [other, _back(request, start)]])


def _pick(request: Request, name: str, specialist_id: int, service_id: int, at: int, label: str = "") -> Button:
    return old_go(label or request.times.clock(from_epoch_minutes(at)), name, (0, service_id), specialist_id, at)


def _back(request: Request, start: int) -> Button:
    return old_go(request.t.label("button-back"), "a.day", _ordinal(request, start))


async def _name(request: Request, specialist_id: int, service_id: int) -> str:
    people = (await request.api.list_specialists(service_id)).items
    return next((one.name for one in people if one.id == specialist_id), "")
