"""Bookings that are over and that nobody has marked: for a week, a tap from the card on which it is said."""

from bot.request import Request
from bot.router import Router
from bot.specialist.callbacks import StaffCard, UnmarkedList
from bot.ui import cards
from bot.ui.callbacks import Home
from bot.ui.keyboards import Row, Screen, button_to, turning_buttons

A_PAGE = 8
NAME_MAX = 24
# The backend counts pages so far.
LAST_PAGE = 10_000

router = Router(for_staff=True)


def unmarked_row(request: Request, count: int) -> Row:
    """Return the button that leads to them, where there are some."""
    return [button_to(request.t.label("button-unmarked", count=count), UnmarkedList())] if count else []


@router.press(UnmarkedList)
async def show_unmarked(request: Request, callback: UnmarkedList) -> Screen:
    """Show them, the latest first."""
    page = min(callback.page, LAST_PAGE)
    found = await request.api.list_unmarked_bookings(offset=page * A_PAGE, limit=A_PAGE)
    if page and not found.items:
        return await show_unmarked(request, UnmarkedList(page=0))
    rows: list[Row] = []
    for booking in found.items:
        parts = (
            request.times.when(booking.start),
            cards.service_names(booking),
            cards.client_text(request, booking, NAME_MAX),
        )
        label = " · ".join(part for part in parts if part)
        rows.append([button_to(label, StaffCard(booking_id=booking.id))])
    turning = turning_buttons(page, found.total, A_PAGE, lambda to: UnmarkedList(page=to))
    text = request.t.html("unmarked", count=found.total)
    return Screen(text, [*rows, turning, [button_to(request.t.label("button-home"), Home())]])
