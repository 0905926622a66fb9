"""How many places of a group a booking takes: buttons from 1 to 4, and another number until the cut-off."""

from collections.abc import Callable

from backend.client.api import BackendRefused
from backend.contract.bookings import Booking
from backend.contract.errors import Code
from bot.client.bookings import card_screen
from bot.client.callbacks import BookingCard
from bot.client.place_callbacks import AskPlaces, ChangePlaces
from bot.request import Request
from bot.router import Router
from bot.ui import cards
from bot.ui.callbacks import Callback
from bot.ui.keyboards import Row, Screen, button_to
from bot.ui.prompts import add_above
from bot.ui.text import Html

router = Router()


def places_row(most: int, taken: int, choose: Callable[[int], Callback]) -> Row:
    """Return a button for each number of places; the one that is taken has a tick."""
    return [
        button_to(f"✓ {places}" if places == taken else str(places), choose(places)) for places in range(1, most + 1)
    ]


@router.press(AskPlaces)
async def ask_places(request: Request, callback: AskPlaces) -> Screen:
    """Ask how many places it is to take; that of one that can no longer be changed is its card."""
    booking = await request.api.get_booking(callback.booking_id)
    if booking.status not in ("pending", "confirmed"):
        return card_screen(request, booking)
    return _places_screen(request, booking)


def _places_screen(request: Request, booking: Booking) -> Screen:
    most = max(cards.most_places(booking), booking.places)
    text = Html(f"{cards.booking_text(request, booking)}\n\n{request.t.html('places-ask')}")
    choice = places_row(most, booking.places, lambda places: ChangePlaces(booking_id=booking.id, places=places))
    return Screen(text, [choice, [button_to(request.t.label("button-back"), BookingCard(booking_id=booking.id))]])


@router.press(ChangePlaces)
async def change_places(request: Request, callback: ChangePlaces) -> Screen:
    """Change it, and show the card; where there are not so many places, ask again."""
    try:
        booking = await request.api.change_places(
            callback.booking_id, callback.places, key=request.idempotency_key("places")
        )
    except BackendRefused as refusal:
        if refusal.code not in (Code.SLOT_TAKEN, Code.TOO_LATE, Code.FORBIDDEN, Code.ILLEGAL_STEP, Code.INVALID):
            raise
        booking = await request.api.get_booking(callback.booking_id)
        if refusal.code is Code.SLOT_TAKEN:
            return add_above(request.t.html("places-too-many"), _places_screen(request, booking))
        if refusal.code is Code.TOO_LATE:
            return add_above(request.t.html("places-too-late"), card_screen(request, booking))
        if refusal.code is Code.FORBIDDEN:
            return add_above(request.t.html("places-by-business"), card_screen(request, booking))
        return card_screen(request, booking)
    return add_above(request.t.html("places-changed"), card_screen(request, booking))
