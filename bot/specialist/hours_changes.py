"""Changes of working hours: made at once where no booking is in the way, else shown before, with what may become of those."""

from collections.abc import Awaitable, Callable
from datetime import date

from backend.client.requests import Displacing
from backend.contract.schedule import Changed, DateHours, UpdateHours
from bot.fsm import Draft, drop_draft, keep_draft, load_draft
from bot.request import Request
from bot.specialist.affected_bookings import (
    IF_NOBODY_IS_TOUCHED,
    Handling,
    add_changed,
    affected_lines,
    choose_handling,
    handling_rows,
)
from bot.specialist.callbacks import ApplyHours, SpecialDates, WeekHours
from bot.ui.keyboards import Screen, button_to

# The screen that shows what has been changed.
Shown = Callable[[Request, Changed], Awaitable[Screen]]


class HoursDraft(Draft):
    """Hours that wait for what becomes of the bookings in the way.

    `week` has the weekdays that change. `day` is the ordinal of a date (0: it is the week that changes), with its `shifts`;
    None: as usual."""

    specialist_id: int
    week: dict[str, list[str]] | None = None
    day: int = 0
    shifts: list[str] | None = None

    def change(self, request: Request, wish: Displacing, key: str) -> Awaitable[Changed]:
        """Ask the backend for the change."""
        if not self.day:
            return request.api.update_hours(self.specialist_id, UpdateHours(**(self.week or {})), wish, key=key)
        day = date.fromordinal(self.day).isoformat()
        if self.shifts is None:
            return request.api.clear_date_hours(self.specialist_id, day, wish, key=key)
        return request.api.set_date_hours(self.specialist_id, day, DateHours(shifts=self.shifts), wish, key=key)


async def propose_hours(request: Request, draft: HoursDraft, shown: Shown) -> Screen:
    """Make the change where no booking is in its way; else ask what becomes of those."""
    touched = await draft.change(request, IF_NOBODY_IS_TOUCHED, request.idempotency_key("hours"))
    if not touched.affected:
        await drop_draft(request.state)
        return (await shown(request, touched))._replace(toast=request.t.label("saved"))
    if not await keep_draft(request.state, draft):
        # nothing can be asked while Redis is away: the bookings stay
        return await _make(request, draft, Handling.KEEP, shown)
    back = (
        SpecialDates(specialist_id=draft.specialist_id) if draft.day else WeekHours(specialist_id=draft.specialist_id)
    )
    rows = handling_rows(request, lambda handling: ApplyHours(mode=handling))
    rows.append([button_to(request.t.label("button-back"), back)])
    return Screen("\n".join([request.t.html("hours-change-ask"), "", *affected_lines(request, touched.affected)]), rows)


async def apply_proposed(request: Request, mode: int, shown: Callable[[HoursDraft], Shown]) -> Screen:
    """Make the change that waits, and handle the bookings in its way. Raises DraftLost."""
    draft = await load_draft(request.state, HoursDraft)
    return await _make(request, draft, mode, shown(draft))


async def _make(request: Request, draft: HoursDraft, mode: int, shown: Shown) -> Screen:
    changed = await draft.change(request, choose_handling(mode), request.idempotency_key("hours"))
    await drop_draft(request.state)
    screen = add_changed(request, mode, changed, await shown(request, changed))
    return screen._replace(toast=request.t.label("saved"))
