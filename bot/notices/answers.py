"""The buttons of notices: each is answered on the notice itself, and the menu stays as it is."""

from typing import Literal

from backend.client.api import BackendRefused
from backend.contract.bookings import Booking
from backend.contract.errors import Code
from backend.contract.notices import BookTarget
from backend.contract.people import UpdateMe
from bot.admin.callbacks.clients import ClientJoinCard
from bot.client.bookings import confirmation_screen
from bot.client.callbacks import BookingCard
from bot.client.new_times import find_new_times, is_gone, request_new_time
from bot.notices.callbacks import (
    AcceptMoveHere,
    ApproveHere,
    ConfirmComing,
    DeclineHere,
    KeepTimeHere,
    SamePersonHere,
    SetNewsHere,
    TakeNewTimeHere,
    TwoPeopleHere,
)
from bot.notices.compose import broadcast_rows, new_times_notice, reminder_screen
from bot.notices.move_notice import move_notice
from bot.notices.request_notice import request_notice
from bot.request import Request
from bot.router import Router
from bot.specialist.card import may_decide, staff_card_screen
from bot.specialist.decline import decline_screen
from bot.telegram import TelegramRefused
from bot.ui import cards
from bot.ui.keyboards import Row, Screen, button_to, keyboard_markup, menu_text
from bot.ui.prompts import add_above
from bot.ui.text import cut_html

router = Router()


@router.press(ConfirmComing)
async def confirm_coming(request: Request, callback: ConfirmComing) -> None:
    """Tell the business that the client will come."""
    try:
        booking = await request.api.confirm_coming(callback.booking_id, key=request.idempotency_key("coming"))
    except BackendRefused as refusal:
        if refusal.code not in (Code.TOO_LATE, Code.ILLEGAL_STEP):
            raise
        booking = await request.api.get_booking(callback.booking_id)
    await replace_notice(request, reminder_screen(request, booking))


@router.press(TakeNewTimeHere)
async def take_new_time_here(request: Request, callback: TakeNewTimeHere) -> None:
    """Move the booking to the time that was offered; where that is gone, offer the next ones in its place."""
    try:
        booking = await request_new_time(
            request, callback.booking_id, callback.specialist_id, callback.start, request.source_message_id
        )
    except BackendRefused as refusal:
        if is_gone(refusal):
            offered = await find_new_times(request, callback.booking_id)
            if offered is not None and offered.booking is not None:
                again = new_times_notice(request, offered.booking, offered)
                await replace_notice(request, add_above(request.t.html("new-times-gone"), again))
                return
        elif refusal.code is not Code.ILLEGAL_STEP:
            raise
        await _show_settled(request, await request.api.get_booking(callback.booking_id))
        return
    tenant = await request.api.get_tenant()
    await replace_notice(request, confirmation_screen(request, booking, tenant.address, "moved"))


async def _show_settled(request: Request, booking: Booking) -> None:
    """Say in the place of an old question that the booking needs no new time any more, and what it is now."""
    status = request.t.html(cards.own_status_key(booking))
    card = button_to(request.t.label("button-open-my-booking"), BookingCard(booking_id=booking.id))
    screen = Screen(f"{cards.booking_text(request, booking)}\n\n{status}", [[card]])
    await replace_notice(request, add_above(request.t.html("new-times-settled"), screen))


@router.press(SetNewsHere)
async def set_news_here(request: Request, callback: SetNewsHere) -> None:
    """Turn news on or off; it counts at once."""
    me = await request.api.update_me(UpdateMe(news=callback.on), key=request.idempotency_key("news"))
    request.toast = request.t.label("news-on" if me.news else "news-off")
    target = BookTarget(callback.service_id or None, callback.specialist_id or None)
    await _edit(request, "editMessageReplyMarkup", broadcast_rows(request, target, news=me.news))


@router.press(ApproveHere)
async def approve_here(request: Request, callback: ApproveHere) -> None:
    """Accept the booking; where it was answered already, say by whom."""
    try:
        booking = await request.api.approve_booking(callback.booking_id, key=request.idempotency_key("approve"))
    except BackendRefused as refusal:
        if refusal.code is not Code.ILLEGAL_STEP:
            raise
        booking = await request.api.get_booking(callback.booking_id)
        request.toast = request.t.label("refused-step")
    await _show_answer(request, booking)


@router.press(DeclineHere)
async def decline_here(request: Request, callback: DeclineHere) -> Screen | None:
    """Ask for a reason before the booking is declined; where it was answered already, say by whom."""
    booking = await request.api.get_booking(callback.booking_id)
    if booking.status == "pending":
        return await decline_screen(request, booking)
    request.toast = request.t.label("refused-step")
    await _show_answer(request, booking)
    return None


@router.press(AcceptMoveHere)
async def accept_move_here(request: Request, callback: AcceptMoveHere) -> Screen | None:
    """Move the booking there; where it is answered already, say by whom, and where the time is gone, show the card."""
    try:
        booking = await request.api.approve_booking(callback.booking_id, key=request.idempotency_key("accept"))
    except BackendRefused as refusal:
        if refusal.code not in (Code.ILLEGAL_STEP, Code.SLOT_TAKEN, Code.OUTSIDE_HOURS, Code.LIMIT_REACHED):
            raise
        booking = await request.api.get_booking(callback.booking_id)
        if refusal.code is not Code.ILLEGAL_STEP:
            return add_above(request.t.html("move-not-possible"), staff_card_screen(request, booking))
        request.toast = request.t.label("refused-step")
    await _show_move(request, booking)
    return None


@router.press(KeepTimeHere)
async def keep_time_here(request: Request, callback: KeepTimeHere) -> Screen | None:
    """Ask for a reason before the client reads that the time stays; where it is answered already, say by whom."""
    booking = await request.api.get_booking(callback.booking_id)
    if cards.asks_to_move(booking):
        return await decline_screen(request, booking)
    request.toast = request.t.label("refused-step")
    await _show_move(request, booking)
    return None


async def _show_move(request: Request, booking: Booking) -> None:
    """Let the notice say what has become of the request for another time."""
    if booking.move_request is not None:
        screen = move_notice(request, booking, booking.move_request, may_decide=may_decide(request, booking))
        await _edit(request, "editMessageText", screen.rows, text=cut_html(screen.text), parse_mode="HTML")


async def _show_answer(request: Request, booking: Booking) -> None:
    """Let the notice say what has become of the request, as the other admins' notices do."""
    screen = request_notice(request, booking, may_decide=may_decide(request, booking))
    await _edit(request, "editMessageText", screen.rows, text=cut_html(screen.text), parse_mode="HTML")


@router.press(SamePersonHere)
async def join_here(request: Request, callback: SamePersonHere) -> None:
    """Make one client of both."""
    await _decide_join(request, callback.join_id, "accept", "join-joined")


@router.press(TwoPeopleHere)
async def keep_apart_here(request: Request, callback: TwoPeopleHere) -> None:
    """Keep both apart."""
    await _decide_join(request, callback.join_id, "refuse", "join-apart")


async def _decide_join(request: Request, join_id: int, decision: Literal["accept", "refuse"], answer: str) -> None:
    """Decide, and say so on the notice; somebody may have been quicker."""
    rows: list[Row] = [[button_to(request.t.label("button-open"), ClientJoinCard(join_id=join_id))]]
    try:
        await request.api.decide_client_join(join_id, decision, key=request.idempotency_key("join"))
    except BackendRefused as refusal:
        if refusal.code not in (Code.ILLEGAL_STEP, Code.NOT_FOUND):
            raise
        answer = "join-outdated"
    await _add_answer(request, request.t.html(answer), rows)


async def _add_answer(request: Request, html: str, rows: list[Row]) -> None:
    """Write the answer below the notice's text and leave the buttons that still make sense."""
    if request.source_message_id is None:
        return
    if request.source_html is None:
        await _edit(request, "editMessageReplyMarkup", rows)
    else:
        text = cut_html(f"{request.source_html}\n\n{html}")
        await _edit(request, "editMessageText", rows, text=text, parse_mode="HTML")


async def replace_notice(request: Request, screen: Screen) -> None:
    """Show the screen in place of the notice with the pressed button; it does not become the menu."""
    await _edit(request, "editMessageText", screen.rows, text=menu_text(screen), parse_mode="HTML")


async def _edit(request: Request, method: str, rows: list[Row], **params: object) -> None:
    """Edit the notice; one that is gone, or reads so already, is no failure. `params` are the Bot API's."""
    message = {"message_id": request.source_message_id, "reply_markup": keyboard_markup(rows)}
    try:
        await request.call_telegram(method, {**message, **params})
    except TelegramRefused as refusal:
        if not (refusal.unchanged or refusal.gone):
            raise
