"""Booking, first half: a service, a time, which holds it. The second half is `confirm`."""

from datetime import date

from backend.client.api import BackendRefused
from backend.contract.bookings import Booking, NewBooking
from backend.contract.errors import Code
from backend.contract.overviews import HoldSoonest
from bot.client import times
from bot.client.callbacks import (
    ChangeTime,
    DayTimes,
    DropHold,
    FreeDays,
    HeldBooking,
    PickTime,
    RepeatBooking,
    SoonestTimes,
    SpecialistChoice,
)
from bot.client.confirm import (
    confirm_screen,
    keep_comment,
    load_confirm_screen,
)
from bot.client.home import client_home_screen, not_on_sale_screen
from bot.client.offer import BookingDraft, BookingPurpose
from bot.fsm import drop_draft, find_draft
from bot.request import Request
from bot.router import Router
from bot.ui.keyboards import Screen
from bot.ui.times import from_epoch_minutes

router = Router()


@router.press(SoonestTimes)
async def show_soonest_times(request: Request, callback: SoonestTimes) -> Screen:
    """Show the soonest times for these services."""
    return await times.soonest_screen(request, BookingPurpose(callback.services, callback.specialist_id))


@router.press(SpecialistChoice)
async def show_specialists(request: Request, callback: SpecialistChoice) -> Screen:
    """Show who does these services."""
    back = SoonestTimes(services=callback.services, specialist_id=callback.specialist_id)
    return await times.specialists_screen(request, BookingPurpose(callback.services, 0, back), callback.page)


@router.press(FreeDays)
async def show_free_days(request: Request, callback: FreeDays) -> Screen:
    """Show five weeks with their free days."""
    return await times.days_screen(request, _with_specialist(callback), callback.first)


@router.press(DayTimes)
async def show_day_times(request: Request, callback: DayTimes) -> Screen:
    """Show the times of one day."""
    return await times.day_screen(request, _with_specialist(callback), callback.day, callback.page)


def _with_specialist(callback: FreeDays | DayTimes) -> BookingPurpose:
    """Return the purpose with a way back to the soonest times of the same specialist."""
    back = SoonestTimes(services=callback.services, specialist_id=callback.specialist_id)
    return BookingPurpose(callback.services, callback.specialist_id, back)


@router.press(PickTime, books=True)
async def pick_time(request: Request, callback: PickTime) -> Screen:
    """Hold the time and ask for the confirmation; show the nearest ones in place of a time just taken."""
    services, specialist_id = callback.services, callback.specialist_id
    booking = NewBooking(
        service_ids=list(services),
        start=from_epoch_minutes(callback.start),
        specialist_id=specialist_id or None,
        hold=True,
    )
    try:
        held = await request.api.create_booking(booking, key=request.idempotency_key("hold"))
    except BackendRefused as refusal:
        if refusal.code is not Code.SLOT_TAKEN and refusal.code not in times.OLD_TIME:
            raise
        return await times.other_times_screen(request, BookingPurpose(services, specialist_id), refusal)
    return await load_confirm_screen(request, held, await take_comment(request, held))


async def take_comment(request: Request, booking: Booking) -> str:
    """Return the comment for a new hold: what was typed for the hold that has made way for it, if a service is the same."""
    draft = await find_draft(request.state, BookingDraft)
    if draft is None or not draft.comment or not set(draft.services) & set(booking.service_ids):
        return ""
    await keep_comment(request, booking, draft.comment)
    return draft.comment


@router.press(RepeatBooking, books=True)
async def repeat_booking(request: Request, callback: RepeatBooking) -> Screen:
    """Hold the soonest time of the same services and specialist: one tap from confirmed."""
    wanted = HoldSoonest(service_ids=list(callback.services), specialist_id=callback.specialist_id or None)
    try:
        found = await request.api.hold_soonest(wanted, key=request.idempotency_key("hold"))
    except BackendRefused as refusal:
        if refusal.code is not Code.NOT_FOUND:
            raise
        return await not_on_sale_screen(request)
    if found.booking is None:
        return await times.soonest_screen(request, BookingPurpose(callback.services, callback.specialist_id))
    comment = await take_comment(request, found.booking)
    return confirm_screen(request, found.booking, comment, found.offered)


@router.press(ChangeTime)
async def change_time(request: Request, callback: ChangeTime) -> Screen:
    """Show other times; the held place is kept until one of them is taken, and Back leads to it."""
    back = HeldBooking(booking_id=callback.booking_id)
    held_day = date.fromordinal(callback.day) if 0 < callback.day <= date.max.toordinal() else None
    return await times.soonest_screen(request, BookingPurpose(callback.services, 0, back, held_day=held_day))


@router.press(DropHold, books=True)
async def drop_hold(request: Request, callback: DropHold) -> Screen:
    """Give the held place back: nothing was booked."""
    await _give_back(request, callback.booking_id)
    return (await client_home_screen(request))._replace(toast=request.t.label("dropped"))


async def _give_back(request: Request, booking_id: int) -> Booking:
    """Give a held place back and return the booking, as it is where it is not held any more."""
    await drop_draft(request.state)
    try:
        return await request.api.drop_hold(booking_id, key=request.idempotency_key("drop"))
    except BackendRefused as refusal:
        if refusal.code is not Code.ILLEGAL_STEP:
            raise
        return await request.api.get_booking(booking_id)
