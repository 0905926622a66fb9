"""Several services in one booking: one more, or one less, while the time is held.

The hold is replaced in one step by one of the new length. Where that does not fit, it stays, and the nearest times that
fit are offered; picking one of them replaces it (see `book.pick_time`).
"""

from backend.client.api import BackendRefused
from backend.contract.bookings import Booking, NewBooking
from backend.contract.errors import Code
from bot.client import times
from bot.client.book import take_comment
from bot.client.callbacks import ChangeServices, HeldBooking, SetServices
from bot.client.confirm import confirm_screen, is_held, load_booking_and_services, no_longer_held_screen
from bot.client.offer import BookingPurpose
from bot.request import Request
from bot.router import Router
from bot.ui import cards
from bot.ui.callbacks import Ids, ids_fit
from bot.ui.keyboards import Button, Row, Screen, button_to, page_of
from bot.ui.labels import cuttable_name

A_PAGE = 8
# The longer booking has no place at that time: it is taken, or the day ends.
_NO_ROOM = {Code.SLOT_TAKEN, *times.OLD_TIME}

router = Router()


@router.press(ChangeServices)
async def show_services_to_change(request: Request, callback: ChangeServices) -> Screen:
    """Show what can be added, on the terms of the booking's specialist, and what can be left out."""
    booking, offered = await load_booking_and_services(request, callback.booking_id)
    if not is_held(request, booking):
        return await no_longer_held_screen(request, booking)
    chosen = tuple(booking.service_ids)
    others = [
        service
        for service in offered
        if service.specialist_ids and service.id not in chosen and ids_fit((*chosen, service.id))
    ]
    shown, turning = page_of(others, callback.page, A_PAGE, lambda to: ChangeServices(booking_id=booking.id, page=to))

    def set_button(label: str, services: Ids) -> Button:
        return button_to(label, SetServices(booking_id=booking.id, services=services))

    rows: list[Row] = [[set_button(cards.service_label(request, service), (*chosen, service.id))] for service in shown]
    rows.append(turning)
    if len(chosen) > 1:
        for at, item in enumerate(booking.items):
            label = request.t.label("button-without", service=cuttable_name(item.service_name))
            rows.append([set_button(label, (*chosen[:at], *chosen[at + 1 :]))])
    head = request.t.html("add-service" if others else "add-service-none")
    text = f"{cards.booking_text(request, booking)}\n\n{head}"
    return Screen(text, [*rows, [_back_button(request, booking)]])


def _back_button(request: Request, booking: Booking) -> Button:
    return button_to(request.t.label("button-back"), HeldBooking(booking_id=booking.id))


@router.press(SetServices, books=True)
async def set_services(request: Request, callback: SetServices) -> Screen:
    """Hold the booking with these services, at the same time and of the same specialist where they do them all."""
    services = callback.services
    booking, offered = await load_booking_and_services(request, callback.booking_id)
    if not is_held(request, booking):
        return await no_longer_held_screen(request, booking)
    specialist_id = cards.sole_specialist(booking)
    if not {service.id for service in offered if specialist_id in service.specialist_ids}.issuperset(services):
        specialist_id = 0
    longer = NewBooking(
        service_ids=list(services),
        start=booking.start,
        specialist_id=specialist_id or None,
        hold=True,
        comment=booking.comment,
    )
    try:
        held = await request.api.create_booking(longer, key=request.idempotency_key("set"))
    except BackendRefused as refusal:
        if refusal.code is Code.ILLEGAL_STEP:
            return await no_longer_held_screen(request, await request.api.get_booking(booking.id))
        if refusal.code not in _NO_ROOM:
            raise
        return await _elsewhere_screen(request, booking, services, specialist_id, refusal)
    note = ""
    if held.places < booking.places:
        note = request.t.html("places-fewer", held=booking.places, count=held.places)
    return confirm_screen(request, held, await take_comment(request, held), offered, note)


async def _elsewhere_screen(
    request: Request, booking: Booking, services: Ids, specialist_id: int, refusal: BackendRefused
) -> Screen:
    """Return the three nearest times for all services; Back is the booking as it was, still held."""
    purpose = BookingPurpose(services, specialist_id, HeldBooking(booking_id=booking.id))
    note = request.t.html("does-not-fit", when=request.times.time_tag(booking.start))
    if not times.alternative_slots(refusal):
        return await times.nearest_screen(request, purpose, booking.start, note)
    return await times.other_times_screen(request, purpose, refusal, note)
