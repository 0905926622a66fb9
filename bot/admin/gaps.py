"""A gap of the day, booked: what fits into it, when in it; then for whom. Specialists book into their own day."""

from datetime import date
from typing import NamedTuple

from backend.client.api import BackendRefused
from backend.contract.catalog import Service
from backend.contract.errors import Code
from backend.contract.schedule import Slot
from bot.admin.callbacks.bookings import BookForForce, BookForPick, BookForTimes, DayGap, GapTimes
from bot.admin.day import day_screen
from bot.request import Request
from bot.router import Router
from bot.specialist.day import day_callback, specialist_day_screen
from bot.specialist.free_time import NEXT_MIN
from bot.ui import cards
from bot.ui.keyboards import Button, Row, Screen, button_grid, button_to, page_of
from bot.ui.prompts import add_above, more_lines
from bot.ui.text import escape, one_line
from bot.ui.times import MINUTE, epoch_minutes, from_epoch_minutes

SERVICES_A_PAGE, TIMES_SHOWN = 10, 40

router = Router(for_staff=True)


class _OpenGap(NamedTuple):
    """Free time of one specialist, from now on and near today; epoch minutes."""

    specialist_id: int
    start: int
    end: int


def _open_gap(request: Request, callback: DayGap | GapTimes) -> _OpenGap:
    now = int(request.now) // MINUTE
    start = min(max(callback.start, now), now + 3650 * 1440)
    return _OpenGap(callback.specialist_id, start, min(max(callback.end, start), start + 2 * 1440))


@router.press(DayGap)
async def show_gap(request: Request, callback: DayGap) -> Screen:
    """Show what fits into a gap."""
    return await _services_screen(request, _open_gap(request, callback), callback.page)


async def _services_screen(request: Request, gap: _OpenGap, page: int = 0) -> Screen:
    """Return the services of the specialist that fit; where only one does, its times at once."""
    start, end = from_epoch_minutes(gap.start), from_epoch_minutes(gap.end)
    found = await request.api.get_gap_offers(gap.specialist_id, start, end)
    fitting = found.services
    if not fitting:
        return add_above(request.t.html("gap-too-short"), await _day_screen(request, _ordinal(request, gap)))
    if len(fitting) == 1:
        return _times_screen(request, gap, found.specialist.name, fitting[0], found.slots)
    shown, turning = page_of(fitting, page, SERVICES_A_PAGE, lambda to: DayGap(*gap, page=to))
    rows: list[Row] = [
        [
            button_to(
                cards.service_label(request, service),
                GapTimes(specialist_id=gap.specialist_id, service_id=service.id, start=gap.start, end=gap.end),
            )
        ]
        for service in shown
    ]
    rows.append(turning)
    title = _title(request, gap, found.specialist.name)
    return Screen(f"{title}\n{request.t.html('gap-which')}", [*rows, [_back_button(request, gap)]])


@router.press(GapTimes)
async def show_gap_times(request: Request, callback: GapTimes) -> Screen:
    """Show when a service can begin in a gap; what else fits where the specialist does not do it (any more)."""
    gap = _open_gap(request, callback)
    first, last = (request.times.local(from_epoch_minutes(at)).date() for at in (gap.start, gap.end))
    try:
        found = await request.api.choose_slot(
            first.isoformat(), last.isoformat(), service_ids=[callback.service_id], specialist_id=gap.specialist_id
        )
    except BackendRefused as refusal:
        if refusal.code is not Code.NOT_FOUND:
            raise
        return await _services_screen(request, gap)
    specialists = found.choice.specialists
    name = next((specialist.name for specialist in specialists if specialist.id == gap.specialist_id), "")
    return _times_screen(request, gap, name, found.choice.services[0], found.slots)


def _times_screen(request: Request, gap: _OpenGap, name: str, service: Service, slots: list[Slot]) -> Screen:
    """Return the times of a service that lie in the gap; `name` is the specialist's."""
    starts = [epoch_minutes(slot.start) for slot in slots]
    inside = [start for start in starts if gap.start <= start < gap.end]
    subject = (0, service.id)
    picks = [
        button_to(_clock(request, at), BookForPick(subject=subject, specialist_id=gap.specialist_id, start=at))
        for at in inside[:TIMES_SHOWN]
    ]
    rows = button_grid(picks, 3)
    # off the grid, for an admin: as early as the gap begins, or now
    exact = -(-gap.start // NEXT_MIN) * NEXT_MIN
    if request.is_admin and exact not in inside and exact + service.duration_min <= gap.end:
        label = request.t.label("gap-exactly", time=_clock(request, exact))
        force = BookForForce(subject=subject, specialist_id=gap.specialist_id, start=exact)
        rows.append([button_to(label, force)])
    lines = [
        _title(request, gap, name),
        f"<b>{escape(one_line(service.name))}</b> · {request.times.span(service.duration_min)}",
        request.t.html("gap-when" if rows else "gap-nothing"),
        *more_lines(request, len(inside) - TIMES_SHOWN),
    ]
    other_time = BookForTimes(subject=subject, specialist_id=gap.specialist_id)
    other = button_to(request.t.label("button-other-time"), other_time)
    return Screen("\n".join(lines), [*rows, [other, _back_button(request, gap)]])


def _title(request: Request, gap: _OpenGap, name: str) -> str:
    """Return `Anna · Fri 12 Dec, 10:00–14:00`."""
    day = request.times.day(request.times.local(from_epoch_minutes(gap.start)).date())
    start, end = _clock(request, gap.start), _clock(request, gap.end)
    return request.t.html("gap-title", name=name, day=day, start=start, end=end)


def _back_button(request: Request, gap: _OpenGap) -> Button:
    return button_to(request.t.label("button-back"), day_callback(request, _ordinal(request, gap)))


async def _day_screen(request: Request, ordinal: int) -> Screen:
    if request.is_admin:
        return await day_screen(request, ordinal)
    return await specialist_day_screen(request, date.fromordinal(ordinal))


def _ordinal(request: Request, gap: _OpenGap) -> int:
    return request.times.local(from_epoch_minutes(gap.start)).date().toordinal()


def _clock(request: Request, at: int) -> str:
    return request.times.clock(from_epoch_minutes(at))
