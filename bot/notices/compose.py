"""What a notice says, in the reader's language and role."""

from msgspec.structs import replace

from backend.contract.bookings import Booking
from backend.contract.notices import VISITORS_HOLD_MUCH, Notice
from backend.contract.people import ClientJoin
from bot.admin.callbacks.business import SendBroadcastHere, StopBroadcastHere
from bot.client.bookings import again_button, change_row
from bot.client.callbacks import BookingCard, CalendarFile
from bot.context import TenantBot
from bot.notices.admin_notices import compose_admin_notice
from bot.notices.callbacks import ApproveHere, ConfirmComing, DeclineHere, SetNewsHere
from bot.specialist.callbacks import StaffCard
from bot.ui import broadcast_progress, cards, rich_text
from bot.ui.i18n import words_for
from bot.ui.keyboards import Row, Screen, button_to
from bot.ui.text import clean_text, escape, one_line
from bot.ui.times import Times


class Reader:
    """The reader of a notice: enough of a `Request` for the cards. `now` is epoch seconds by the backend's clock."""

    def __init__(self, timezone: str, locale: str, now: float) -> None:
        self.locale = locale
        self.t = words_for(locale)
        self.times = Times(timezone, locale, now)


def compose_notice(tenant: TenantBot, notice: Notice, now: float, join: ClientJoin | None = None) -> Screen:
    """Return the message. One about a booking reads by the reader's role; the others are text alone.

    `join` goes with the question whether two clients are one."""
    booking = notice.booking
    # the backend's zone: the tenant's file may have another since a moment
    reader = Reader(tenant.timezone if booking is None else booking.timezone, notice.locale, now)
    if notice.broadcast is not None:
        lines = broadcast_progress.progress_lines(reader, notice.broadcast)
        send = SendBroadcastHere(broadcast_id=notice.broadcast.id)
        stop = StopBroadcastHere(broadcast_id=notice.broadcast.id)
        rows = broadcast_progress.progress_rows(reader, notice.broadcast, send=send, stop=stop)
        return Screen("\n".join(lines), rows)
    if notice.kind == "broadcast":
        return Screen(rich_text.format_html(notice.text or "", notice.entities), news_rows(reader))
    if (about := compose_admin_notice(reader, notice, join)) is not None:
        return about
    if booking is None:
        return Screen(escape(clean_text(notice.text or "")) or reader.t.html("notice-empty"), [])
    if notice.kind == "code":
        # the booking stands beside the code, so that a reader who did not ask for it sees what somebody is trying;
        # its comment does not, for it is that somebody's own words
        card = cards.booking_text(reader, replace(booking, comment=""))
        return Screen(f"{reader.t.html('notice-otp', code=notice.text or '')}\n\n{card}", [])
    if notice.role == "client":
        return _for_client(reader, notice, booking)
    return _for_staff(reader, notice, booking)


def _for_client(reader: Reader, notice: Notice, booking: Booking) -> Screen:
    if notice.kind == "reminder":
        text = reader.t.html(
            "notice-reminder",
            when=reader.times.relative(booking.start),
            service=cards.service_names(booking),
            specialist=cards.specialist_names(booking),
        )
        return Screen(text, reminder_rows(reader, booking))
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


def _for_staff(reader: Reader, notice: Notice, booking: Booking) -> Screen:
    if notice.kind == "text" and notice.text == VISITORS_HOLD_MUCH:
        # the booking is only the last one of many
        return Screen(reader.t.html("staff-visitors-hold-much"), [])
    key = "staff-cancelled-late" if booking.late else f"staff-{notice.kind.replace('_', '-')}"
    lines = [reader.t.html(key), "", cards.booking_text(reader, booking)]
    if notice.kind == "moved" and notice.previous_start:
        lines.insert(1, reader.t.html("notice-was", when=reader.times.when(notice.previous_start)))
    client = ", ".join(filter(None, (cards.client_text(reader, booking), one_line(booking.client_phone or ""))))
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


def reminder_rows(voice: cards.Voice, booking: Booking) -> list[Row]:
    """Return I'll come, until it has been pressed, and what else can be done."""
    rows: list[Row] = [change_row(voice, booking, "button-cant")]
    if not booking.coming:
        coming = ConfirmComing(booking_id=booking.id)
        rows.insert(0, [button_to(voice.t.label("button-coming"), coming, style="success")])
    return rows


def news_rows(voice: cards.Voice, *, on: bool = True) -> list[Row]:
    """Return the button below a broadcast: no more of them, or again."""
    return [[button_to(voice.t.label("button-news-off" if on else "button-news-on"), SetNewsHere(on=not on))]]
