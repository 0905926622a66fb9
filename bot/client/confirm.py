"""Booking, second half: the held booking with its comment, and its confirmation."""

from collections.abc import Sequence
from functools import partial

from aiogram.filters import StateFilter
from aiogram.fsm.state import State, StatesGroup
from aiogram.types import Message

from backend.client.api import BackendRefused
from backend.contract.bookings import Booking
from backend.contract.catalog import Service
from backend.contract.errors import Code
from bot.client import phone, times
from bot.client.bookings import booked_screen
from bot.client.callbacks import (
    AskComment,
    ChangeServices,
    ChangeTime,
    ConfirmBooking,
    DropHold,
    HeldBooking,
)
from bot.client.confirmation import find_message_to_leave, leave_confirmation
from bot.client.offer import BookingDraft, BookingPurpose
from bot.client.place_callbacks import HoldPlaces
from bot.client.places import places_row
from bot.fsm import drop_draft, find_draft, keep_draft, load_draft
from bot.request import Request
from bot.router import Router
from bot.ui import cards
from bot.ui.keyboards import Row, Screen, button_to
from bot.ui.prompts import add_above, ask_for_text
from bot.ui.text import clean_text
from bot.ui.times import parse

COMMENT_MAX = 500

router = Router()


class CommentForm(StatesGroup):
    """The one thing that may be typed for a booking."""

    comment = State()


async def load_confirm_screen(request: Request, held: Booking, comment: str) -> Screen:
    """Return the card of a held booking, of which it is not known yet what else is on sale."""
    offered = (await request.api.list_services()).items if len(held.items) == 1 else []
    return confirm_screen(request, held, comment, offered)


def confirm_screen(request: Request, held: Booking, comment: str, offered: Sequence[Service], note: str = "") -> Screen:
    """Return the card of a held booking. `comment` is what has been typed for it so far, `offered` what is on sale.

    `note` is HTML above it.
    """
    t = request.t
    lines = [*([note, ""] if note else []), t.html("confirm-title"), "", cards.booking_text(request, held)]
    if comment:
        lines.append(t.html("comment-line", comment=comment))
    if held.decide_by:
        when = cards.deadline_text(request, held.decide_by)
        lines += ["", t.html("request-deadline", business=request.tenant.name, when=when)]
    lines += ["", *cards.free_until_lines(request, held)]
    if held.hold_until:
        lines.append(t.html("held-until", time=request.times.clock(held.hold_until)))
    day = request.times.local(held.start).date().toordinal()
    other_time = ChangeTime(booking_id=held.id, services=tuple(held.service_ids), day=day)
    confirm = ConfirmBooking(booking_id=held.id, has_comment=bool(comment), skip_phone=False)
    rows: list[Row] = [
        [button_to(t.label("button-confirm"), confirm, style="success")],
        [
            button_to(t.label("button-change-time"), other_time),
            button_to(t.label("button-comment-edit" if comment else "button-comment"), AskComment(booking_id=held.id)),
        ],
        [button_to(t.label("button-cancel"), DropHold(booking_id=held.id))],
    ]
    if (most := max(cards.most_places(held), held.places)) > 1:
        lines += ["", t.html("places-ask")]
        rows.insert(1, places_row(most, held.places, partial(HoldPlaces, held.id)))
    last = rows[-1]
    change_services = ChangeServices(booking_id=held.id)
    if len(held.items) > 1:
        last.insert(0, button_to(t.label("button-change-services"), change_services))
    elif any(service.specialist_ids and service.id != held.service_ids[0] for service in offered):
        last.insert(0, button_to(t.label("button-add-service"), change_services))
    return Screen("\n".join(lines), rows)


@router.press(HeldBooking)
async def show_held_booking(request: Request, callback: HeldBooking) -> Screen:
    """Show a held booking again; nothing is waited for any more."""
    booking, offered = await load_booking_and_services(request, callback.booking_id)
    if not is_held(request, booking):
        return await no_longer_held_screen(request, booking)
    draft = await find_draft(request.state, BookingDraft)
    comment = draft.comment if draft is not None and draft.booking_id == booking.id else ""
    if await request.state.get_state() is not None:
        await phone.remove_prompt(request, draft)
        await (keep_comment(request, booking, comment) if comment else drop_draft(request.state))
    return confirm_screen(request, booking, comment, offered)


async def load_booking_and_services(request: Request, booking_id: int) -> tuple[Booking, list[Service]]:
    """Return the booking, and what is on sale on the terms of its specialist where they do it."""
    found = await request.api.choose_services(booking_id=booking_id)
    assert found.choice.booking is not None, "the booking that was asked for"
    return found.choice.booking, found.offered


@router.press(HoldPlaces)
async def set_held_places(request: Request, callback: HoldPlaces) -> Screen:
    """Let the held booking take so many places, and show it again; where there are not so many, say it."""
    note = ""
    try:
        await request.api.change_places(callback.booking_id, callback.places, key=request.idempotency_key("places"))
    except BackendRefused as refusal:
        if refusal.code not in (Code.SLOT_TAKEN, Code.ILLEGAL_STEP, Code.INVALID):
            raise
        note = request.t.html("places-too-many")
    booking, offered = await load_booking_and_services(request, callback.booking_id)
    if not is_held(request, booking):
        return await no_longer_held_screen(request, booking)
    draft = await find_draft(request.state, BookingDraft)
    comment = draft.comment if draft is not None and draft.booking_id == booking.id else ""
    return confirm_screen(request, booking, comment, offered, note)


@router.press(AskComment)
async def ask_comment(request: Request, callback: AskComment) -> Screen:
    """Ask for a comment."""
    back = button_to(request.t.label("button-back"), HeldBooking(booking_id=callback.booking_id))
    draft = await find_draft(request.state, BookingDraft)
    if draft is None or draft.booking_id != callback.booking_id:
        draft = BookingDraft(booking_id=callback.booking_id)
    return await ask_for_text(request, CommentForm.comment, request.t.html("comment-ask"), back, draft=draft)


@router.message(StateFilter(CommentForm.comment))
async def take_typed_comment(message: Message, request: Request) -> Screen:
    """Keep the comment with the held booking. Pictures and recordings cannot be: their words are, and the rest is said."""
    booking_id = (await load_draft(request.state, BookingDraft)).booking_id
    comment = clean_text(message.text or message.caption or "", COMMENT_MAX)
    note = "" if message.text else request.t.html("comment-words-only")
    if not comment:
        return add_above(
            note or request.t.html("not-read"), await ask_comment(request, AskComment(booking_id=booking_id))
        )
    booking, offered = await load_booking_and_services(request, booking_id)
    if not is_held(request, booking):
        await drop_draft(request.state)
        return await no_longer_held_screen(request, booking)
    await keep_comment(request, booking, comment)
    return confirm_screen(request, booking, comment, offered, note)


async def keep_comment(request: Request, booking: Booking, comment: str) -> None:
    """Keep what has been typed for a held booking, also for the one that may take its place."""
    draft = BookingDraft(booking_id=booking.id, services=tuple(booking.service_ids), comment=comment)
    await keep_draft(request.state, draft)


@router.press(ConfirmBooking, books=True)
async def confirm_booking(request: Request, callback: ConfirmBooking) -> Screen:
    """Confirm, after the telephone number where one is wanted. A hold that has ended leads back to the times."""
    booking_id = callback.booking_id
    reads_draft = callback.has_comment or callback.skip_phone
    comment: str | None = None
    if reads_draft:
        draft = await find_draft(request.state, BookingDraft)
        if draft is not None and draft.booking_id == booking_id:
            comment = draft.comment or None
        await phone.remove_prompt(request, draft)
    if callback.has_comment and comment is None:
        return await comment_lost_screen(request, booking_id)
    tenant = await request.api.get_tenant()
    if tenant.policies.ask_phone and not request.person.phone and not callback.skip_phone:
        return await phone.ask_phone(request, booking_id, comment or "", tenant.policies)
    message_id = await find_message_to_leave(request)
    try:
        booking = await request.api.confirm_booking(
            booking_id, comment, message_id=message_id, key=request.idempotency_key("confirm")
        )
    except BackendRefused as refusal:
        if refusal.code not in (Code.ILLEGAL_STEP, Code.SLOT_TAKEN, Code.IDEM_MISMATCH):
            raise
        return await no_longer_held_screen(request, await request.api.get_booking(booking_id))
    if reads_draft:
        await drop_draft(request.state)
    return await leave_confirmation(request, booking, tenant, message_id)


async def comment_lost_screen(request: Request, booking_id: int) -> Screen:
    """Return the held booking again, without the comment that Redis has forgotten: to type anew, or to go without."""
    booking, offered = await load_booking_and_services(request, booking_id)
    if not is_held(request, booking):
        return await no_longer_held_screen(request, booking)
    return confirm_screen(request, booking, "", offered, request.t.html("comment-lost"))


def is_held(request: Request, booking: Booking) -> bool:
    """Return whether the booking's time is held as yet."""
    until = booking.hold_until
    return booking.status == "held" and until is not None and parse(until).timestamp() > request.now


async def no_longer_held_screen(request: Request, booking: Booking) -> Screen:
    """Return the booking where it is confirmed already (a second tap), or else the times again."""
    if booking.status in cards.LIVE:
        return booked_screen(request, booking)
    purpose = BookingPurpose(tuple(booking.service_ids), 0)
    return await times.soonest_screen(request, purpose, request.t.html("hold-ended"))
