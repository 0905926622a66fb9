"""The buttons of notices: each is answered on the notice itself, and the menu stays as it is."""

from typing import Literal

from backend.client.api import BackendRefused
from backend.contract.bookings import Booking
from backend.contract.errors import Code
from backend.contract.people import UpdateMe
from bot.admin.callbacks.clients import ClientJoinCard
from bot.notices.callbacks import (
    ApproveHere,
    ConfirmComing,
    DeclineHere,
    SamePersonHere,
    SetNewsHere,
    TwoPeopleHere,
)
from bot.notices.compose import news_rows, reminder_screen
from bot.notices.request_notice import request_notice
from bot.request import Request
from bot.router import Router
from bot.specialist.card import may_decide
from bot.specialist.decline import decline_screen
from bot.telegram import TelegramRefused
from bot.ui.keyboards import Row, Screen, button_to, keyboard_markup, menu_text
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


@router.press(SetNewsHere)
async def set_news_here(request: Request, callback: SetNewsHere) -> None:
    """Turn news on or off; it counts at once."""
    me = await request.api.update_me(UpdateMe(news=callback.on), key=request.idempotency_key("news"))
    request.toast = request.t.label("news-on" if me.news else "news-off")
    await _edit(request, "editMessageReplyMarkup", news_rows(request, on=me.news))


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
