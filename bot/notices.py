"""Messages of their own: confirmations, changes, reminders, in the reader's language and role; never the menu."""

from typing import Any, Literal

from aiogram import Bot
from msgspec.structs import replace

from backend.contract.bookings import Booking
from backend.contract.notices import Notice, Report
from backend.contract.people import UpdateMe
from bot.client.bookings import again_button, change_row
from bot.client.callbacks import BookingCard, CalendarFile
from bot.context import TenantBot
from bot.request import Request
from bot.router import Router
from bot.session import Session
from bot.specialist.callbacks import ApproveBooking, DeclineBooking, StaffCard
from bot.specialist.card import approve_booking, decline_booking
from bot.telegram import TelegramRefused, TelegramUnavailable
from bot.ui import broadcast_progress, cards, keyboards, rich_text
from bot.ui.callbacks import Callback
from bot.ui.i18n import words_for
from bot.ui.keyboards import Row, Screen, button_to
from bot.ui.text import clean_text, cut_html, escape, one_line
from bot.ui.times import Times

router = Router()


class ConfirmComing(Callback, prefix="n.come"):
    """The client of a reminder will come."""

    booking_id: int


class SetNewsHere(Callback, prefix="n.news"):
    """Turn news on or off, on the message itself."""

    on: bool


class ApproveHere(Callback, prefix="n.appr"):
    """Accept a booking, on the notice itself."""

    booking_id: int


class DeclineHere(Callback, prefix="n.decl"):
    """Decline a booking, on the notice itself."""

    booking_id: int


class Reader:
    """Who reads a notice: enough of a `Request` for the cards. `now` is epoch seconds by the backend's clock."""

    def __init__(self, tenant: TenantBot, locale: str, now: float) -> None:
        self.locale = locale
        self.t = words_for(locale)
        self.times = Times(tenant.timezone, locale, now)


async def send(session: Session, bot: Bot, tenant: TenantBot, notice: Notice, now: float) -> Report:
    """Sends it and tells what became of it; Telegram's refusals never raise."""
    screen = compose(tenant, notice, now)
    params: dict[str, Any] = {
        "chat_id": notice.tg_id,
        "text": cut_html(screen.text),
        "parse_mode": "HTML",
        "link_preview_options": {"is_disabled": True},
    }
    if screen.rows:
        params["reply_markup"] = keyboards.keyboard_markup(screen.rows)
    try:
        message_id = await _post(session, bot, notice, params)
    except TelegramUnavailable as failure:
        if notice.kind == "broadcast" and failure.unsure:
            # nobody gets it twice: whether it has arrived nobody knows, so it is not sent again
            return Report(epoch=notice.epoch, outcome="unsure")
        after = float(min(failure.retry_after, 86_400)) if failure.limited else None
        return Report(epoch=notice.epoch, outcome="retry", retry_after_s=after, error=str(failure)[:500])
    except TelegramRefused as refusal:
        # 401: the token is wrong or has been changed; the notice waits for the operator to mend it
        outcome: Literal["blocked", "retry", "failed"] = (
            "blocked" if refusal.blocked else "retry" if refusal.code == 401 else "failed"
        )
        return Report(epoch=notice.epoch, outcome=outcome, error=refusal.description[:500])
    return Report(epoch=notice.epoch, outcome="sent", message_id=message_id)


async def _post(session: Session, bot: Bot, notice: Notice, params: dict[str, Any]) -> int:
    """Sends it, or edits the message that is there already; its id."""
    if notice.kind == "progress" and notice.message_id is not None:
        try:
            await session.call(bot, "editMessageText", {"message_id": notice.message_id, **params})
        except TelegramRefused as refusal:
            if not refusal.gone and not refusal.unchanged:
                raise
            if refusal.unchanged:
                return notice.message_id
        else:
            return notice.message_id
    sent = await session.call(bot, "sendMessage", params)
    return int(sent["message_id"])


def compose(tenant: TenantBot, notice: Notice, now: float) -> Screen:
    """The message. A kind with a visit reads by the reader's role; the others are text alone."""
    reader = Reader(tenant, notice.locale, now)
    booking = notice.booking
    if notice.broadcast is not None:
        lines = broadcast_progress.progress_lines(reader, notice.broadcast)
        return Screen("\n".join(lines), broadcast_progress.progress_rows(reader, notice.broadcast, "n"))
    if notice.kind == "broadcast":
        return Screen(rich_text.format_html(notice.text or "", notice.entities), news_rows(reader))
    if booking is None:
        return Screen(escape(clean_text(notice.text or "")) or reader.t.html("notice-empty"), [])
    if notice.kind == "code":
        # what it confirms is said beside it, so that whoever did not ask for it knows what somebody is trying; but not
        # in that somebody's own words
        card = cards.booking_text(reader, replace(booking, comment=""))
        return Screen(f"{reader.t.html('notice-otp', code=notice.text or '')}\n\n{card}", [])
    if notice.role == "client":
        return _for_client(reader, notice, booking)
    return _for_staff(reader, notice, booking)


def _for_client(reader: Reader, notice: Notice, booking: Booking) -> Screen:
    if notice.kind == "reminder":
        text = reader.t.html(
            "notice-reminder",
            when=reader.times.near(booking.start),
            service=cards.service_names(booking),
            specialist=cards.specialist_names(booking),
        )
        return Screen(text, _reminder_rows(reader, booking))
    lines = [reader.t.html(f"notice-{notice.kind.replace('_', '-')}"), "", cards.booking_text(reader, booking)]
    if notice.kind == "text":
        lines.insert(1, escape(clean_text(notice.text or "")))
        return Screen(
            "\n".join(lines), [[button_to(reader.t.label("button-open-visit"), BookingCard(booking_id=booking.id))]]
        )
    if notice.kind == "move_asked":
        return Screen("\n".join(lines), [change_row(reader, booking)])
    if notice.kind == "moved" and notice.previous_start:
        lines.insert(1, reader.t.html("notice-was", when=reader.times.when(notice.previous_start)))
    rows: list[Row] = []
    if notice.kind in ("cancelled", "declined"):
        rows.append([again_button(reader, booking)])
    else:
        rows.append([button_to(reader.t.label("button-calendar"), CalendarFile(booking_id=booking.id))])
        rows.append(change_row(reader, booking))
    return Screen("\n".join(lines), rows)


def _reminder_rows(reader: "Reader | Request", booking: Booking) -> list[Row]:
    rows: list[Row] = [change_row(reader, booking, "button-cant")]
    if not booking.coming:
        rows.insert(
            0, [button_to(reader.t.label("button-coming"), ConfirmComing(booking_id=booking.id), style="success")]
        )
    return rows


def _for_staff(reader: Reader, notice: Notice, booking: Booking) -> Screen:
    key = f"staff-{notice.kind.replace('_', '-')}"
    lines = [reader.t.html(key), "", cards.booking_text(reader, booking)]
    if notice.kind == "moved" and notice.previous_start:
        lines.insert(1, reader.t.html("notice-was", when=reader.times.when(notice.previous_start)))
    client = ", ".join(one_line(part) for part in (booking.client_name, booking.client_phone) if part)
    if client:
        lines.append(escape(client))
    rows: list[Row] = []
    if notice.kind == "approval_asked" and notice.role == "admin":
        rows.append(
            [
                button_to(reader.t.label("button-approve"), ApproveHere(booking_id=booking.id), style="success"),
                button_to(reader.t.label("button-decline"), DeclineHere(booking_id=booking.id), style="danger"),
            ]
        )
    rows.append([button_to(reader.t.label("button-open"), StaffCard(booking_id=booking.id))])
    return Screen("\n".join(lines), rows)


@router.press(ConfirmComing)
async def confirm_coming(request: Request, callback: ConfirmComing) -> None:
    """I'll come: answered in place, on the reminder itself."""
    booking = await request.api.confirm_coming(callback.booking_id, key=request.idempotency_key("coming"))
    await _answered(request, request.t.html("coming-thanks"), _reminder_rows(request, booking))


def news_rows(voice: "Reader | Request", *, on: bool = True) -> list[Row]:
    """Below what the business writes to everybody: no more of it, or again."""
    return [[button_to(voice.t.label("button-news-off" if on else "button-news-on"), SetNewsHere(on=not on))]]


@router.press(SetNewsHere)
async def set_news_here(request: Request, callback: SetNewsHere) -> None:
    """News on or off, on the message itself; it counts at once."""
    me = await request.api.update_me(UpdateMe(news=callback.on), key=request.idempotency_key("news"))
    request.toast = request.t.label("news-on" if me.news else "news-off")
    markup = keyboards.keyboard_markup(news_rows(request, on=me.news))
    try:
        await request.call_telegram(
            "editMessageReplyMarkup", {"message_id": request.source_message_id, "reply_markup": markup}
        )
    except TelegramRefused as refusal:
        if not (refusal.unchanged or refusal.gone):
            raise


@router.press(ApproveHere)
async def approve_here(request: Request, callback: ApproveHere) -> None:
    """Approve, on the notice itself."""
    await approve_booking(request, ApproveBooking(booking_id=callback.booking_id))
    await _answered(
        request,
        request.t.html("approved-here"),
        [[button_to(request.t.label("button-open"), StaffCard(booking_id=callback.booking_id))]],
    )


@router.press(DeclineHere)
async def decline_here(request: Request, callback: DeclineHere) -> None:
    """Decline, on the notice itself."""
    await decline_booking(request, DeclineBooking(booking_id=callback.booking_id))
    await _answered(request, request.t.html("declined-here"), [])


async def _answered(request: Request, html: str, rows: list[Row]) -> None:
    """Writes the answer under the notice and leaves the buttons that still make sense."""
    if request.source_message_id is None:
        return
    try:
        if request.source_html is None:
            await request.call_telegram(
                "editMessageReplyMarkup",
                {"message_id": request.source_message_id, "reply_markup": keyboards.keyboard_markup(rows)},
            )
        else:
            text = cut_html(f"{request.source_html}\n\n{html}")
            params = {"text": text, "parse_mode": "HTML", "reply_markup": keyboards.keyboard_markup(rows)}
            await request.call_telegram("editMessageText", {"message_id": request.source_message_id, **params})
    except TelegramRefused as refusal:
        if not (refusal.unchanged or refusal.gone):
            raise
