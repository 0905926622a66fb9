"""A hold that a visitor of the business's web page took: its link is followed, and the person confirms it here."""

from backend.client.api import BackendRefused
from backend.contract.bookings import Booking
from backend.contract.errors import Code
from bot.client import book, times
from bot.client.done import done_screen
from bot.client.home import client_home
from bot.request import Request
from bot.ui import cards
from bot.ui.keyboards import Screen


async def follow(request: Request, token: str) -> Screen:
    """The Confirm screen of that hold, which is this person's from now on; what has become of it where it is too late."""
    try:
        booking = await request.api.claim_hold(token, key=request.idempotency_key("claim"))
    except BackendRefused as refusal:
        if refusal.code not in (Code.BAD_CODE, Code.ILLEGAL_STEP, Code.INVALID):
            raise
        return await _above_home(request, request.t.html("hold-link-void"))
    if booking.status == "held":
        return await book.confirm_screen(request, booking, "")
    if booking.status in cards.LIVE:
        return done_screen(request, booking, await request.api.get_tenant())
    return await _lapsed(request, booking)


async def _lapsed(request: Request, booking: Booking) -> Screen:
    """The time is held no longer: it, where it is still free, and the times nearest to it."""
    note = request.t.html("hold-link-ended", when=request.times.own(booking.start))
    choice = await book.choice_for(request, tuple(booking.service_ids), 0)
    if choice is None:
        return await _above_home(request, note)
    nearest = await times.nearest(request, choice, booking.start)
    return times.times_screen(request, choice, nearest, note) if nearest else await times.soonest(request, choice, note)


async def _above_home(request: Request, note: str) -> Screen:
    screen = await client_home(request)
    return screen._replace(text=f"{note}\n\n{screen.text}")
